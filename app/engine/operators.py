"""What can be asked of a field's value? All operators: which fields they fit, what operand they take, what they check.

A new operator is one function and one row of :data:`OPERATORS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from app.engine.conditions import Among, Check, Passes, Passing, Presence, Range, Timely, number_in
from app.engine.fields import Kind
from app.engine.operands import (
    DAYS,
    RANGES,
    Asked,
    a_duration,
    a_flag,
    a_number,
    a_value,
    an_instant,
    clock_span,
    number_text,
    read_number,
    read_time,
    some_dates,
    some_days,
    some_hours,
    some_values,
    some_words,
    two_numbers,
)
from app.engine.text import fold


@dataclass(frozen=True, slots=True)
class Operator:
    """``read`` checks an operand and brings it into canonical form, raising ``Refused``; ``check`` compiles it."""

    kinds: frozenset[Kind]
    read: Callable[[object, Asked], Any]
    check: Callable[[Any, Asked], Check]
    needs_zone: bool = False


# --- checks ---------------------------------------------------------------------------------------------------------


def _each(passes: Passes) -> Passes:
    """Extend a test to attributes that are lists: it holds if it holds for any element."""

    def over_lists(value: Any) -> bool:
        return any(map(passes, value)) if isinstance(value, list | tuple) else passes(value)

    return over_lists


def _among(values: list[Any], asked: Asked) -> Check:
    match asked.field.kind:
        case Kind.TEXT | Kind.TREE:
            return Among(frozenset(values))
        case Kind.NUMBER if len(set(values)) == 1:
            return Range(values[0], values[0])
        case Kind.NUMBER:
            return Passing(frozenset(values).__contains__)
        case Kind.BOOLEAN:  # a flag that nobody set is false
            return Passing(frozenset(values).__contains__, missing_passes=False in values)
    return Passing(_each(_is_one_of(values)))


def _not_among(values: list[Any], asked: Asked) -> Check:
    match asked.field.kind:
        case Kind.TEXT | Kind.TREE:
            return Among(frozenset(values), negated=True)
        case Kind.NUMBER | Kind.BOOLEAN:
            these = frozenset(values)
            missing = False not in values if asked.field.kind is Kind.BOOLEAN else True
            return Passing(lambda value: value not in these, missing_passes=missing)
    found = _each(_is_one_of(values))
    return Passing(lambda value: not found(value), missing_passes=True)


def _is_one_of(values: list[Any]) -> Passes:
    """Compare a value of any kind: texts folded, numbers and numerals by value, true and false also as words."""
    texts = {fold(value) for value in values if isinstance(value, str)}
    texts |= {"true" if value else "false" for value in values if isinstance(value, bool)}
    numbers = {value for value in values if isinstance(value, int | float) and not isinstance(value, bool)}

    def is_one(value: object) -> bool:
        if isinstance(value, bool):
            return ("true" if value else "false") in texts
        if isinstance(value, int | float):
            return value in numbers or number_text(value) in texts
        if not isinstance(value, str):
            return False
        return fold(value) in texts or (bool(numbers) and read_number(value) in numbers)

    return is_one


def _range(make: Callable[[Any], Range]) -> Callable[[Any, Asked], Check]:
    def check(operand: Any, asked: Asked) -> Check:
        wanted = make(operand)
        if asked.field.kind is Kind.NUMBER:
            return wanted
        inside = number_in(wanted)
        return Passing(_each(lambda value: (number := read_number(value)) is not None and inside(number)))

    return check


def _text(make: Callable[[str], Callable[[str], object]]) -> Callable[[list[str], Asked], Check]:
    def check(operands: list[str], asked: Asked) -> Check:
        test, *others = [make(operand) for operand in operands]

        def passes(value: object) -> bool:
            if not isinstance(value, str):
                if isinstance(value, bool) or not isinstance(value, int | float):
                    return False
                value = number_text(value)
            text = fold(value)
            if test(text):
                return True
            for other in others:  # noqa: SIM110  a loop is half the cost of a generator inside any()
                if other(text):
                    return True
            return False

        return Passing(_each(passes) if asked.field.kind is Kind.ANY else passes)

    return check


def _like(pattern: str) -> Callable[[str], object]:
    """Match wildcards: ``*`` any characters, ``?`` exactly one.

    Each stretch between stars is matched at its first occurrence and never given back (atomic groups), which is
    enough for wildcards and keeps the time linear per stretch whatever the text.
    """
    first, *rest = ("".join("." if one == "?" else re.escape(one) for one in part) for part in pattern.split("*"))
    if not rest:
        return re.compile(first, re.DOTALL).fullmatch
    *middle, last = rest
    if not first and not last and len(middle) == 1 and "?" not in pattern:
        part = pattern.strip("*")
        return lambda text: part in text
    steps = "".join(f"(?>.*?{part})" for part in middle if part)
    return re.compile(f"{first}{steps}.*{last}", re.DOTALL).fullmatch


def _before(operand: date | datetime, asked: Asked) -> Check:
    start = _start(operand, asked)
    return Passing(_each(lambda value: (at := read_time(value)) is not None and at < start))


def _after(operand: date | datetime, asked: Asked) -> Check:
    if isinstance(operand, datetime):
        return Passing(_each(lambda value: (at := read_time(value)) is not None and at > operand))
    end = _start(operand + timedelta(days=1), asked)
    return Passing(_each(lambda value: (at := read_time(value)) is not None and at >= end))


def _start(operand: date | datetime, asked: Asked) -> datetime:
    return operand if isinstance(operand, datetime) else datetime.combine(operand, time(), asked.zone or UTC)


def _within_last(duration: timedelta, asked: Asked) -> Check:
    nothing = timedelta(0)
    return Timely(lambda value, now: (at := read_time(value)) is not None and nothing <= now - at <= duration)


def _older_than(duration: timedelta, asked: Asked) -> Check:
    return Timely(lambda value, now: (at := read_time(value)) is not None and now - at > duration)


def _local(asked: Asked, passes: Callable[[datetime], bool]) -> Check:
    zone = asked.zone or UTC
    return Passing(_each(lambda value: (at := read_time(value)) is not None and passes(at.astimezone(zone))))


def _on_weekday(days: list[str], asked: Asked) -> Check:
    wanted = frozenset(DAYS.index(day) for day in days)
    return _local(asked, lambda at: at.weekday() in wanted)


def _at_hour(operand: Any, asked: Asked) -> Check:
    if isinstance(operand, dict):
        wanted = Range()
        for name, number in operand.items():
            wanted = wanted.narrowed_by(RANGES[name](number))
        inside = number_in(wanted)
        return _local(asked, lambda at: inside(at.hour))
    spans = [(one * 60, one * 60 + 60) if isinstance(one, int) else clock_span(one) or (0, 0) for one in operand]

    def passes(at: datetime) -> bool:
        minute = at.hour * 60 + at.minute
        return any(start <= minute < end if start < end else minute >= start or minute < end for start, end in spans)

    return _local(asked, passes)


def _on_date(operand: Any, asked: Asked) -> Check:
    if not isinstance(operand, dict):
        these = frozenset(operand)
        return _local(asked, lambda at: at.date() in these)
    first, last = operand.get("from", date.min), operand.get("to", date.max)
    return _local(asked, lambda at: first <= at.date() <= last)


def _presence(*, present: bool) -> Callable[[bool, Asked], Check]:
    return lambda operand, asked: Presence(operand if present else not operand)


# --- the table ------------------------------------------------------------------------------------------------------

_WORTH: Final = frozenset({Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN, Kind.TREE, Kind.ANY})
_NUMBERS: Final = frozenset({Kind.NUMBER, Kind.ANY})
_TEXTS: Final = frozenset({Kind.TEXT, Kind.ANY})
_TIMES: Final = frozenset({Kind.TIME, Kind.ANY})
_TREES: Final = frozenset({Kind.TREE})
_ALL: Final = frozenset(Kind) - {Kind.BOOLEAN}

OPERATORS: Final[Mapping[str, Operator]] = {
    "equals": Operator(_WORTH, lambda value, asked: [a_value(value, asked)], _among),
    "any_of": Operator(_WORTH, some_values, _among),
    "within": Operator(_TREES, some_values, _among),
    "not": Operator(_WORTH, some_values, _not_among),
    "none_of": Operator(_WORTH, some_values, _not_among),
    **{name: Operator(_NUMBERS, a_number, _range(make)) for name, make in RANGES.items()},
    "between": Operator(_NUMBERS, two_numbers, _range(lambda ends: Range(ends[0], ends[1]))),
    "contains": Operator(_TEXTS, some_words, _text(lambda part: lambda text: part in text)),
    "starts_with": Operator(_TEXTS, some_words, _text(lambda part: lambda text: text.startswith(part))),
    "ends_with": Operator(_TEXTS, some_words, _text(lambda part: lambda text: text.endswith(part))),
    "like": Operator(_TEXTS, some_words, _text(_like)),
    "before": Operator(_TIMES, an_instant, _before),
    "after": Operator(_TIMES, an_instant, _after),
    "within_last": Operator(_TIMES, a_duration, _within_last),
    "older_than": Operator(_TIMES, a_duration, _older_than),
    "weekday": Operator(_TIMES, some_days, _on_weekday, needs_zone=True),
    "hour": Operator(_TIMES, some_hours, _at_hour, needs_zone=True),
    "date": Operator(_TIMES, some_dates, _on_date),
    "missing": Operator(_ALL, a_flag, _presence(present=False)),
    "present": Operator(_ALL, a_flag, _presence(present=True)),
}
"""By name as the policy writes it. On a tree, ``equals`` and ``any_of`` mean ``within``, and ``not`` not within."""
