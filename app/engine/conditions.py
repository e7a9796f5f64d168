"""Does a condition hold for a lead, and if not, why not? The one evaluator, for routing and for explaining alike.

A condition is compiled once into closures over prepared operands; evaluating it parses and allocates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from app.engine.fields import ATTRIBUTES, Facts, Field, Kind, getter, shown
from app.engine.lead import Number
from app.engine.text import fold

__all__ = [
    "ALWAYS", "AllOf", "Always", "Among", "AnyOf", "Check", "Condition", "Facts", "Failure", "FieldTest", "Holds",
    "Not", "Passes", "Passing", "Presence", "Range", "Timely", "all_of", "conjuncts", "number_in", "tests_in",
]  # fmt: skip

Holds: TypeAlias = Callable[[Facts], bool]
Passes: TypeAlias = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a condition does not hold: what was asked, and what the lead has instead.

    ``expected`` is the operand as the policy has it; ``actual`` is the lead's value, None if it has none.
    ``negated``: the test did hold, but stands below a ``not``.
    """

    field: str
    operator: str
    expected: object
    actual: object
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """The test holds if the value is one of ``keys`` (folded texts; in a tree: on the path); negated: if it is not."""

    keys: frozenset[str]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """The test holds if the number lies between ``low`` and ``high``; an open end is itself outside."""

    low: Number | None = None
    high: Number | None = None
    low_open: bool = False
    high_open: bool = False

    def narrowed_by(self, other: Range) -> Range:
        """Return the range of what lies in both."""
        low, low_open = self.low, self.low_open
        if other.low is not None and (low is None or (other.low, other.low_open) > (low, low_open)):
            low, low_open = other.low, other.low_open
        high, high_open = self.high, self.high_open
        if other.high is not None and (high is None or (other.high, not other.high_open) < (high, not high_open)):
            high, high_open = other.high, other.high_open
        return Range(low, high, low_open, high_open)

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))


@dataclass(frozen=True, slots=True)
class Presence:
    """The test holds if there is a value (``present``), or if there is none."""

    present: bool


@dataclass(frozen=True, slots=True)
class Passing:
    """The test holds if ``passes`` says so of the value; for a missing one, if ``missing_passes``."""

    passes: Passes
    missing_passes: bool = False


@dataclass(frozen=True, slots=True)
class Timely:
    """The test holds if ``passes`` says so of the value and the present time."""

    passes: Callable[[Any, Any], bool]


Check: TypeAlias = Among | Range | Presence | Passing | Timely
"""What a test asks of a value. The first three are data as well, so that rules can be indexed by them."""


class Condition:
    """A compiled condition: :attr:`holds` answers, :meth:`failures` explains, :attr:`reads` names the fields read."""

    __slots__ = ("holds", "reads")

    holds: Holds
    """Whether it holds for these facts."""
    reads: frozenset[str]
    """The names of all fields that it may look at; ``attributes.NAME`` in full."""

    def __init__(self, holds: Holds, reads: frozenset[str]) -> None:
        self.holds = holds
        self.reads = reads

    def failures(self, facts: Facts) -> tuple[Failure, ...]:
        """Return why it does not hold, test by test, in the order of the document; nothing if it holds."""
        return () if self.holds(facts) else tuple(self._against(facts, wanted=True))

    def _against(self, facts: Facts, *, wanted: bool) -> Iterator[Failure]:
        """Yield the tests that keep it from being as ``wanted``."""
        raise NotImplementedError


class Always(Condition):
    """The condition of a rule without ``when``."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(lambda _: True, frozenset())

    def _against(self, facts: Facts, *, wanted: bool) -> Iterator[Failure]:
        return iter(())


ALWAYS: Final = Always()


class FieldTest(Condition):
    """One question about one field."""

    __slots__ = ("_get", "check", "expected", "field", "operator")

    def __init__(self, field: Field, operator: str, expected: object, check: Check) -> None:
        reads = {field.name, "now"} if isinstance(check, Timely) else {field.name}
        super().__init__(_compiled(field, check), frozenset(reads))
        self._get = getter(field.name)
        self.field = field
        self.operator = operator
        self.expected = expected
        self.check = check

    def _against(self, facts: Facts, *, wanted: bool) -> Iterator[Failure]:
        actual = shown(self._get(facts))
        if actual is None and self.field.kind is Kind.BOOLEAN:
            actual = False  # a flag that nobody set is false, and was tested so
        yield Failure(self.field.name, self.operator, self.expected, actual, negated=not wanted)


class AllOf(Condition):
    """Holds if every part holds."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Condition]) -> None:
        super().__init__(_every([part.holds for part in parts]), _reads(parts))
        self.parts = tuple(parts)

    def _against(self, facts: Facts, *, wanted: bool) -> Iterator[Failure]:
        for part in self.parts:
            if part.holds(facts) is not wanted:
                yield from part._against(facts, wanted=wanted)


class AnyOf(Condition):
    """Holds if at least one part holds."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Condition]) -> None:
        super().__init__(_some([part.holds for part in parts]), _reads(parts))
        self.parts = tuple(parts)

    def _against(self, facts: Facts, *, wanted: bool) -> Iterator[Failure]:
        for part in self.parts:
            if part.holds(facts) is not wanted:
                yield from part._against(facts, wanted=wanted)


class Not(Condition):
    """Holds if its part does not."""

    __slots__ = ("part",)

    def __init__(self, part: Condition) -> None:
        inner = part.holds
        super().__init__(lambda facts: not inner(facts), part.reads)
        self.part = part

    def _against(self, facts: Facts, *, wanted: bool) -> Iterator[Failure]:
        yield from self.part._against(facts, wanted=not wanted)


def all_of(parts: Sequence[Condition]) -> Condition:
    """Return the condition that every part holds, with nested ones laid flat: the index sees their tests then."""
    flat: list[Condition] = []
    for part in parts:
        if isinstance(part, AllOf):
            flat.extend(part.parts)
        elif not isinstance(part, Always):
            flat.append(part)
    if not flat:
        return ALWAYS
    return flat[0] if len(flat) == 1 else AllOf(flat)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions that must all hold for this one to hold."""
    if isinstance(condition, Always):
        return ()
    return condition.parts if isinstance(condition, AllOf) else (condition,)


def tests_in(condition: Condition) -> Iterator[FieldTest]:
    """Yield every question that a condition asks, wherever it stands in it."""
    match condition:
        case FieldTest():
            yield condition
        case AllOf() | AnyOf():
            for part in condition.parts:
                yield from tests_in(part)
        case Not():
            yield from tests_in(condition.part)


def _reads(parts: Sequence[Condition]) -> frozenset[str]:
    return frozenset[str]().union(*(part.reads for part in parts))


def _every(holds: Sequence[Holds]) -> Holds:
    if len(holds) == 2:
        first, second = holds
        return lambda facts: first(facts) and second(facts)
    if len(holds) == 3:
        one, two, three = holds
        return lambda facts: one(facts) and two(facts) and three(facts)

    def every(facts: Facts) -> bool:
        for part in holds:  # noqa: SIM110  a loop is half the cost of a generator inside all()
            if not part(facts):
                return False
        return True

    return every


def _some(holds: Sequence[Holds]) -> Holds:
    if len(holds) == 2:
        first, second = holds
        return lambda facts: first(facts) or second(facts)

    def some(facts: Facts) -> bool:
        for part in holds:  # noqa: SIM110  as above
            if part(facts):
                return True
        return False

    return some


def _compiled(field: Field, check: Check) -> Holds:
    """Return the closure for a test. Plain fields get the look-up written into it: one call less each time."""
    name = field.name
    match check:
        case Presence(present):
            get = getter(name)
            return (lambda facts: get(facts) is not None) if present else (lambda facts: get(facts) is None)
        case Among(keys, negated) if field.kind is Kind.TREE:
            return _on_path(name, keys, negated=negated)
        case Among(keys, negated):
            return _is_text(name, keys, negated=negated)
        case Range() if field.kind is Kind.NUMBER:
            return _in_range(name, check)
        case Range():
            raise TypeError(f"a range needs a number field, not {name}")
        case Timely(passes):
            return _timely(getter(name), passes)
        case Passing(passes, missing_passes):
            return _passing(name, passes, missing_passes=missing_passes)


def _on_path(name: str, keys: frozenset[str], *, negated: bool) -> Holds:
    if negated:
        return lambda facts: (path := facts.get(name)) is None or keys.isdisjoint(path)  # type: ignore[arg-type]
    if len(keys) == 1:
        (key,) = keys
        return lambda facts: (path := facts.get(name)) is not None and key in path  # type: ignore[operator]
    return lambda facts: (path := facts.get(name)) is not None and not keys.isdisjoint(path)  # type: ignore[arg-type]


def _is_text(name: str, keys: frozenset[str], *, negated: bool) -> Holds:
    if negated:
        return lambda facts: (text := facts.get(name)) is None or fold(text) not in keys  # type: ignore[arg-type]
    if len(keys) == 1:
        (key,) = keys
        return lambda facts: (text := facts.get(name)) is not None and fold(text) == key  # type: ignore[arg-type]
    return lambda facts: (text := facts.get(name)) is not None and fold(text) in keys  # type: ignore[arg-type]


def _in_range(name: str, wanted: Range) -> Holds:
    low, high = wanted.low, wanted.high
    if high is None and low is not None and not wanted.low_open:
        return lambda facts: (number := facts.get(name)) is not None and number >= low  # type: ignore[operator]
    return _passing(name, number_in(wanted), missing_passes=False)


def number_in(wanted: Range) -> Passes:
    """Return the test whether a number lies in the range."""
    low, high, low_open, high_open = wanted.low, wanted.high, wanted.low_open, wanted.high_open

    def passes(number: Number) -> bool:
        if low is not None and (number <= low if low_open else number < low):
            return False
        return not (high is not None and (number >= high if high_open else number > high))

    return passes


def _timely(get: Callable[[Facts], Any], passes: Callable[[Any, Any], bool]) -> Holds:
    def holds(facts: Facts) -> bool:
        value, now = get(facts), facts.get("now")
        return value is not None and now is not None and passes(value, now)

    return holds


def _passing(name: str, passes: Passes, *, missing_passes: bool) -> Holds:
    if name.startswith(ATTRIBUTES):
        get = getter(name)
        if missing_passes:
            return lambda facts: (value := get(facts)) is None or passes(value)
        return lambda facts: (value := get(facts)) is not None and passes(value)
    if missing_passes:
        return lambda facts: (value := facts.get(name)) is None or passes(value)
    return lambda facts: (value := facts.get(name)) is not None and passes(value)
