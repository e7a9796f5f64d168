"""Which fields of a lead are in a tree that nobody has mapped, by what its own fields are called?

A name is taken apart (``workEmail``, ``q4_email``, ``Your E-mail:``, ``contact[email]``, ``邮箱（必填）``) and looked
up in :mod:`app.intake.field_names`. Objects that are known to be about the lead are looked into, two levels down. Where
several claim a field, the shallowest wins, then the most specific, then the first. What is not sure is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

from app.intake.amounts import Unit, in_unit, read_unit
from app.intake.answers import read_customer, read_do_not_contact
from app.intake.field_names import NAMES, PLAIN, ROW_NAMES
from app.intake.name_contexts import AFTER, ALLOWED, BEFORE, HAN_AFTER, HAN_BEFORE, INSIDE, NOTES, OBJECTS, OTHERS
from app.intake.paths import Position, flat_segments
from app.intake.text import fold, plain, words
from app.intake.tree import as_text, is_empty

LONGEST_NAME: Final = 100
"""Characters of a name that can still be recognised."""
MOST_WORDS: Final = 12
"""Words of one, and of those that are taken off it."""
MOST_NAMES: Final = 1000
"""Members of an object that are looked at."""
LEAD: Final = "lead"
NUMBERS: Final = frozenset({"budget", "annual_revenue", "employees"})


class Claim(NamedTuple):
    """What a name asks for: a field, perhaps a part of it, how specifically it says so, and in which unit."""

    field: str
    part: str | None
    rank: int
    unit: Unit | None = None


class Recognised(NamedTuple):
    """A value for a field, and the places that it was made of. With ``weak`` only if nothing else gives the field."""

    field: str
    value: Any
    positions: tuple[Position, ...]
    weak: bool = False


def recognised_heading(heading: str) -> str | None:
    """The lead's field that the heading of a column names, or None. Of parts of a field (``first name``): None."""
    claim = claimed_by_heading(heading)
    return claim.field if claim is not None and claim.part is None else None


def meant(name: str) -> str | None:
    """The lead's field that somebody probably meant by a name, or by one of its parts (``first_name``), or None."""
    claim = claimed(name)
    return None if claim is None or claim.part == "visit" else claim.field


@lru_cache(maxsize=8192)
def claimed(name: str, about: str = LEAD) -> Claim | None:
    """What a name asks for inside an object that is about this; None if it is not known, or could be two things."""
    if len(name) > LONGEST_NAME:
        return None
    text, notes = _taken_apart(name)
    claim = _looked_up(text, about)
    for note in notes:
        if _key(note) in _NOTES:
            continue
        unit = read_unit(note)
        if claim is not None and unit is not None and claim.field in NUMBERS and not (unit.currency and claim.part):
            claim = claim._replace(unit=unit)
            continue
        beside = _looked_up(note, about)
        if claim is None or beside is None or beside.field != claim.field:
            return None
        claim = max(claim, beside, key=lambda one: one.rank)
    if claim is not None and (about in ALLOWED and claim.field not in ALLOWED[about]):
        return None
    return claim


def claimed_by_heading(heading: str) -> Claim | None:
    """What the heading of a column asks for, where each row is a lead."""
    return claimed(heading) or (_ROW_TABLE.get(_key(heading)) if len(heading) <= LONGEST_NAME else None)


def is_an_id(text: str) -> bool:
    """Whether a text can tell one record from another: ``0``, ``-`` and ``null`` stand where there is none."""
    return _key(text).strip("0") not in _NO_IDS


def recognise(rest: Mapping[str, Any], wanted: Collection[str]) -> list[Recognised]:
    """What is recognised in a tree, at most one value for each of the fields that are ``wanted``; with those that are
    weak, at most two.
    """
    groups: dict[Position, _Group] = {}
    _look_into(groups, rest, (), LEAD, 0)
    best: dict[tuple[str, bool], tuple[tuple[int, int], Recognised]] = {}
    for group in groups.values():
        for rank, one in group.recognised():
            if one.field not in wanted:
                continue
            order = (group.depth, -rank)
            held = best.get((one.field, one.weak))
            if held is None or order < held[0]:
                best[one.field, one.weak] = (order, one)
    return [one for _, one in best.values()]


def recognised_inside(name: str, value: Mapping[str, Any]) -> Recognised | None:
    """What an object says of the field that it is given for: a name's ``first`` and ``last``, an address's lines."""
    if name not in INSIDE:
        return None
    groups: dict[Position, _Group] = {}
    _look_into(groups, value, (), name, 0)
    found = [one for group in groups.values() for one in group.recognised() if one[1].field == name]
    return max(found, key=lambda one: one[0])[1] if found else None


def is_east(text: str) -> bool:
    """Whether a text is one of the scripts that put nothing between the parts of a name: Han, kana, Hangul."""
    return _EAST.fullmatch(text) is not None


@dataclass(slots=True)
class _Group:
    """The names in one object, by what they ask for."""

    depth: int
    claims: list[tuple[Claim, Position, Any]] = field(default_factory=list)

    def recognised(self) -> Iterator[tuple[int, Recognised]]:
        parts: dict[str, _Given] = {}
        for claim, position, value in self.claims:
            if claim.part == "visit":
                yield claim.rank, Recognised(claim.field, value, (position,), weak=True)
            elif claim.part is None:
                yield claim.rank, Recognised(claim.field, value, (position,))
            else:
                parts.setdefault(claim.field, {}).setdefault(claim.part, (position, value))
        for name, given in parts.items():
            used, text = _JOIN[name](given)
            yield PLAIN, Recognised(name, text, tuple(given[part][0] for part in used))


def _look_into(groups: dict[Position, _Group], tree: Mapping[str, Any], at: Position, about: str, depth: int) -> None:
    for name, member in islice(tree.items(), MOST_NAMES):
        *outer, last = _segments(name)
        inside: str | None = about
        for one in outer:
            inside = _about(one, inside)
            if inside is None:
                break
        if inside is None or depth + len(outer) > 2:
            continue
        place, value = (*at, name), member
        if isinstance(value, dict) and "value" in value:
            place, value = (*place, "value"), value["value"]
        elif isinstance(value, dict):
            if (next_about := _about(last, inside)) is not None and depth + len(outer) < 2:
                _look_into(groups, value, (*at, name), next_about, depth + len(outer) + 1)
            continue
        claim = claimed(last, inside)
        if claim is None or (read := _read(claim, value)) is None:
            continue
        group = (*at, *map(fold, outer))
        groups.setdefault(group, _Group(depth + len(outer))).claims.append((claim, place, read))


def _segments(name: str) -> list[str]:
    """The segments of a form field's name, without those that only say that there is a value."""
    if len(name) > LONGEST_NAME:
        return [name[:LONGEST_NAME] + "…"]
    segments = list(flat_segments(name))
    while len(segments) > 1 and (segments[-1].lower() == "value" or _key(segments[-1]) in _NOTES):
        segments.pop()
    return segments


@lru_cache(maxsize=2048)
def _about(name: str, about: str | None) -> str | None:
    """What the object of this name is about, inside one that is about the lead, or that is not known."""
    if about != LEAD or len(name) > LONGEST_NAME:
        return None
    found = _OBJECTS.get(_key(_taken_apart(name)[0]))
    if found is None and (claim := _looked_up(_taken_apart(name)[0], LEAD)) is not None and claim.field in INSIDE:
        found = claim.field
    return found


def _read(claim: Claim, value: Any) -> Any:
    """The value as the field takes it, or None if it does not look like one."""
    parts = [part for part in value if not is_empty(part)] if isinstance(value, list) else [value]
    if any(isinstance(part, bool) for part in parts) and claim.field not in ("customer", "do_not_contact"):
        return None
    texts = [as_text(part) for part in parts]
    if not texts or None in texts:
        return None
    value = ", ".join(text.strip() for text in texts if text) if len(texts) > 1 else parts[0]
    text = as_text(value) or ""
    match claim.field:
        case "customer" if read_customer(text[:LONGEST_NAME]) is None:
            return None
        case "do_not_contact" if read_do_not_contact(text[:LONGEST_NAME]) is None:
            return None
        case "external_id" if not is_an_id(text[:LONGEST_NAME]):
            return None
    if claim.unit is not None:
        return in_unit(value, claim.unit)
    return text if claim.part else value


# --- parts that are joined

_Given: TypeAlias = dict[str, tuple[Position, Any]]


def _name(given: _Given) -> tuple[list[str], str]:
    first, last = ("first" if "first" in given else None), ("last" if "last" in given else None)
    whole = next((part for part in ("full_or_last", "full_or_first") if part in given), None)
    if whole is not None:
        # It is the other half of a name if one half alone stands beside it, and not in it.
        half, missing = (first, last) if whole == "full_or_last" else (last, first)
        text = str(given[whole][1])
        if half is None or missing is not None or plain(str(given[half][1])) in plain(text):
            return [whole], text.strip()
        first, last = (half, whole) if whole == "full_or_last" else (whole, half)
    middle = "middle" if "middle" in given else None
    used = [part for part in (first, middle, last) if part is not None]
    between = " "
    # In Chinese, Japanese and Korean the family name comes first, and nothing stands between.
    if all(is_east(str(given[part][1]).strip()) for part in used):
        used = [part for part in (last, first, middle) if part is not None]
        between = ""
    return used, between.join(str(given[part][1]).strip() for part in used)


def _address(given: _Given) -> tuple[list[str], str]:
    used: list[str] = [part for part in ("district", "line", "number", "more") if part in given]
    text = {part: str(given[part][1]).strip() for part in used}
    line = " ".join(text[part] for part in ("line", "number") if part in text)
    district, more = text.get("district"), text.get("more")
    parts = [part for part in (district, line, more) if part]
    if all(_EAST.match(part) for part in parts):
        return used, "".join(parts)
    return used, ", ".join(part for part in (line, more, district) if part)


def _phone(given: _Given) -> tuple[list[str], str]:
    used: list[str] = [part for part in ("country", "area", "line") if part in given]
    texts = {part: str(given[part][1]).strip() for part in used}
    if (country := texts.get("country")) is not None and re.fullmatch(r"\d{1,3}", country, re.ASCII):
        texts["country"] = f"+{country}"
    return used, " ".join(texts.values())


_JOIN: Final = {"name": _name, "address": _address, "phone": _phone}

# --- names

_EAST: Final = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff·]+")
_HUMP: Final = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOTE: Final = re.compile(r"[(\[【][^()\[\]【】]{0,60}[)\]】]")
_COUNT: Final = re.compile(r"(?<=\D)(\d{1,3})$")
_NUMBERED: Final = re.compile(r"q?\d{1,4}")


def _key(text: str) -> str:
    return plain(text).replace(" ", "")


def _listed(names: str) -> frozenset[str]:
    return frozenset(_key(name) for name in re.split(r"[,\n]", names) if name.strip())


def _table(rows: tuple[tuple[str, int, str], ...]) -> dict[str, Claim]:
    table: dict[str, Claim] = {}
    for target, rank, names in rows:
        name, _, part = target.partition(".")
        for key in _listed(names):
            table.setdefault(key, Claim(name, part or None, rank))
    return table


_TABLES: Final = {LEAD: _table(NAMES)} | {about: _table(rows) for about, rows in INSIDE.items()}
_ROW_TABLE: Final = _table(ROW_NAMES)
_OBJECTS: Final = {key: about for about, names in OBJECTS.items() for key in _listed(names)}
_NO_IDS: Final = frozenset({"", "null", "none", "na", "nan", "nil", "undefined", "new", "无", "無", "新"})
_NOTES: Final = _listed(NOTES)
_OTHERS: Final = _listed(OTHERS)
_BEFORE: Final = frozenset(map(plain, words(BEFORE)))
_AFTER: Final = frozenset(map(plain, words(AFTER)))


def _taken_apart(name: str) -> tuple[str, list[str]]:
    """The words of a name in small letters, and what stands in brackets."""
    text = _HUMP.sub(" ", name.strip())
    notes = [found[0][1:-1] for found in _NOTE.finditer(fold(text))]
    return plain(_NOTE.sub(" ", fold(text))), notes


def _looked_up(text: str, about: str) -> Claim | None:
    """The claim of a name, with one word after another taken off that adds nothing to it."""
    rest = plain(text).split()
    if not 0 < len(rest) <= MOST_WORDS:
        return None
    later = 0
    for _ in range(MOST_WORDS):
        key = "".join(rest)
        if key in _OTHERS:
            return None
        if (claim := _found(key, about)) is not None:
            return claim._replace(rank=claim.rank - later)
        if (count := _COUNT.search(rest[-1])) is not None and (len(rest) > 1 or count.start() > 0):
            rest[-1] = rest[-1][: count.start()]
            later += count[1] not in ("0", "1")
        elif len(rest) > 1 and rest[-1].isdecimal():
            later += rest.pop() not in ("0", "1")
        elif len(rest) > 1 and rest[-1] in _AFTER:
            rest.pop()
        elif len(rest) > 1 and (rest[0] in _BEFORE or _NUMBERED.fullmatch(rest[0])):
            rest.pop(0)
        elif (shorter := _without_han(rest)) != rest:
            rest = shorter
        else:
            return None
    return None


def _found(key: str, about: str) -> Claim | None:
    return _TABLES[about].get(key) or _TABLES[LEAD].get(key) if about in _TABLES else None


def _without_han(rest: list[str]) -> list[str]:
    first, last = rest[0], rest[-1]
    for before in HAN_BEFORE:
        if first.startswith(before) and len(first) > len(before):
            return [first[len(before) :], *rest[1:]]
    for after in HAN_AFTER:
        if last.endswith(after) and len(last) > len(after):
            return [*rest[:-1], last[: -len(after)]]
    return rest
