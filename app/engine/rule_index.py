"""Which rules may apply to a lead? Found by its values, not by trying every rule.

Each rule is one bit. For each field that rules ask about in an indexable way (text, tree and number tests that must
hold for the rule to hold) the index knows the rules that a value leaves possible: those that do not ask about the
field, and those that are satisfied with the value. The possible rules of all fields are ANDed, and what the index
cannot decide is left to a residual condition per rule.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from app.engine.conditions import (
    ALWAYS,
    Among,
    Condition,
    FieldTest,
    Presence,
    Range,
    all_of,
    conjuncts,
)
from app.engine.fields import Facts, Kind
from app.engine.masks import positions
from app.engine.text import fold

_MOST_BREAKPOINTS: Final = 400
"""A number field with more thresholds than this is left to the residual conditions: each costs a mask of all rules."""

_REMEMBERED: Final = 256
_SHORT: Final = 64
"""How many values are remembered per field with the rules that they leave possible; texts up to which length."""

Masks: TypeAlias = tuple[int, Callable[[Any], int]]
"""The rules that are possible without a value, and the function from a value to those that are possible with it."""


class RuleIndex:
    """Answers which of an ordered list of rules may apply; never leaves out one that does."""

    __slots__ = ("_all", "_fields", "residual")

    residual: tuple[Condition, ...]
    """For each rule, what remains to be asked once it is a candidate; ``ALWAYS`` where the index decides all of it."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        """Index rules by their conditions, in the order of the rules."""
        self._all = (1 << len(conditions)) - 1
        asked: dict[str, dict[int, list[FieldTest]]] = defaultdict(lambda: defaultdict(list))
        rest: list[list[Condition]] = []
        for rule, condition in enumerate(conditions):
            parts = conjuncts(condition)
            for part in parts:
                if isinstance(part, FieldTest) and _indexable(part):
                    asked[part.field.name][rule].append(part)
            rest.append(list(parts))
        self._fields: list[tuple[str, int, Callable[[Any], int]]] = []
        for name, tests in asked.items():
            one_for_each = {rule: _joined(listed) for rule, listed in tests.items()}
            field = next(iter(tests.values()))[0].field
            if field.kind is Kind.NUMBER:
                masks = _number_masks(self._all, one_for_each)
            else:
                masks = _key_masks(self._all, one_for_each, tree=field.kind is Kind.TREE)
            if masks is None:
                continue
            self._fields.append((name, *masks))
            for rule, (_, decided) in one_for_each.items():
                rest[rule] = [part for part in rest[rule] if all(part is not done for done in decided)]
        self.residual = tuple(all_of(parts) for parts in rest)

    def mask(self, facts: Facts) -> int:
        """Return the rules that may apply as an int whose bit N stands for rule N.

        ``facts`` must hold score and tier if rules are to be told by them: an absent value counts as missing. Fields
        that are known only under the lane's lock are not consulted, so a mask found before it stays right in it.
        """
        possible = self._all
        get = facts.get
        for name, without, masks in self._fields:
            value = get(name)
            possible &= without if value is None else masks(value)
        return possible

    def matching(self, mask: int, facts: Facts) -> Iterator[int]:
        """Yield the positions of those rules of ``mask`` whose condition holds, in order, each found when asked for.

        ``mask`` is what :meth:`mask` gave for the same lead; ``facts`` may have grown since.
        """
        residual = self.residual
        for position in positions(mask):
            rest = residual[position]
            if rest is ALWAYS or rest.holds(facts):
                yield position


def _indexable(test: FieldTest) -> bool:
    return not test.field.late and test.field.kind in _INDEXED and isinstance(test.check, Among | Range | Presence)


_INDEXED: Final = frozenset({Kind.TEXT, Kind.TREE, Kind.NUMBER})


def _joined(tests: list[FieldTest]) -> tuple[Among | Range | Presence, list[FieldTest]]:
    """Return one check for a rule's tests of one field, and the tests that it decides; the others stay residual."""
    ranges = [test for test in tests if isinstance(test.check, Range)]
    if ranges:
        joined = Range()
        for test in ranges:
            if isinstance(test.check, Range):
                joined = joined.narrowed_by(test.check)
        return joined, ranges
    narrowest = min(tests, key=_breadth)
    if isinstance(narrowest.check, Among | Range | Presence):
        return narrowest.check, [narrowest]
    raise TypeError(narrowest.check)


def _breadth(test: FieldTest) -> tuple[bool, int]:
    match test.check:
        case Among(keys, negated=False):
            return False, len(keys)
        case Presence(present=False):
            return False, 0
    return True, 0


def _key_masks(
    everything: int, checks: dict[int, tuple[Among | Range | Presence, list[FieldTest]]], *, tree: bool
) -> Masks:
    """Return the rules possible with a text, or with a path in a tree."""
    asking, if_missing, if_other = 0, 0, 0
    added: dict[str, list[int]] = defaultdict(list)
    removed: dict[str, list[int]] = defaultdict(list)
    for rule, (check, _) in checks.items():
        bit = 1 << rule
        asking |= bit
        match check:
            case Among(keys, negated=False):
                for key in keys:
                    added[key].append(rule)
            case Among(keys, negated=True):
                if_missing |= bit
                if_other |= bit
                for key in keys:
                    removed[key].append(rule)
            case Presence(present=True):
                if_other |= bit
            case Presence(present=False):
                if_missing |= bit
    missing = everything & ~asking | if_missing
    other = everything & ~asking | if_other
    more = {key: _mask(rules) for key, rules in added.items()}
    less = {key: _mask(rules) for key, rules in removed.items()}

    if tree:

        @lru_cache(maxsize=_REMEMBERED)
        def of_path(path: tuple[str, ...]) -> int:
            possible = other
            for code in path:
                possible |= more.get(code, 0)
            if less:
                for code in path:
                    possible &= ~less.get(code, 0)
            return possible

        return missing, of_path

    def of_text(text: str) -> int:
        key = fold(text)
        possible = other | more.get(key, 0)
        return possible & ~less[key] if key in less else possible

    common = lru_cache(maxsize=_REMEMBERED)(of_text)
    return missing, lambda text: common(text) if len(text) <= _SHORT else of_text(text)


def _number_masks(everything: int, checks: dict[int, tuple[Among | Range | Presence, list[FieldTest]]]) -> Masks | None:
    """Return the rules possible with a number; None if it would cost too much memory.

    Between two neighbouring thresholds nothing changes, so there is one mask for each threshold and each gap.
    """
    ends = {end for check, _ in checks.values() if isinstance(check, Range) for end in (check.low, check.high)}
    breakpoints = sorted(end for end in ends if end is not None)
    if len(breakpoints) > _MOST_BREAKPOINTS:
        return None
    place = {end: index for index, end in enumerate(breakpoints)}
    free, missing = everything & ~_mask(checks), everything & ~_mask(checks)
    # Slot 2i is the gap below breakpoint i, slot 2i + 1 the breakpoint itself, the last slot the gap above them all.
    starts: dict[int, list[int]] = defaultdict(list)
    stops: dict[int, list[int]] = defaultdict(list)
    for rule, (check, _) in checks.items():
        match check:
            case Presence(present=False):
                missing |= 1 << rule
            case Presence(present=True):
                starts[0].append(rule)
            case Range(low, high, low_open, high_open) if not check.empty:
                starts[0 if low is None else 2 * place[low] + (2 if low_open else 1)].append(rule)
                if high is not None:
                    stops[2 * place[high] + (1 if high_open else 2)].append(rule)
    slots: list[int] = []
    possible = free
    for slot in range(2 * len(breakpoints) + 1):
        possible = (possible & ~_mask(stops[slot])) | _mask(starts[slot])
        slots.append(possible)

    def of_number(number: Any) -> int:
        index = bisect_left(breakpoints, number)
        exact = index < len(breakpoints) and breakpoints[index] == number
        return slots[2 * index + exact]

    return missing, of_number


def _mask(rules: Any) -> int:
    """Return the int with these bits set; by way of bytes, because setting them one by one costs the length each."""
    listed = list(rules)
    if not listed:
        return 0
    octets = bytearray(max(listed) // 8 + 1)
    for rule in listed:
        octets[rule >> 3] |= 1 << (rule & 7)
    return int.from_bytes(octets, "little")
