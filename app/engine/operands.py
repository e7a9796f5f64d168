"""What may stand as the operand of an operator? Reads it, checks it against the policy's words, makes it canonical."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final, assert_never
from zoneinfo import ZoneInfo

from app.engine.codes import COUNTRIES
from app.engine.conditions import Range
from app.engine.fields import Field, Kind, Words
from app.engine.lead import Number
from app.engine.problems import shown, suggest
from app.engine.text import fold, slug, squeeze
from app.engine.trees import IndustryTree, RegionTree


class Refused(Exception):
    """What is wrong with a part of a document, and what to do about it; ``at`` is the place within that part."""

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that a policy has defined, against which operands are checked."""

    regions: RegionTree = field(default_factory=RegionTree)
    industries: IndustryTree = field(default_factory=IndustryTree)
    sources: Mapping[str, str] = field(default_factory=dict)
    tiers: tuple[str, ...] = ()
    tiers_by_key: Mapping[str, str] = field(init=False)
    """The tiers by their names as these are compared."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tiers_by_key", {fold(tier): tier for tier in self.tiers})


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which field an operator asks, with the policy's words and the time zone given beside it."""

    field: Field
    words: Vocabulary
    zone: tzinfo | None = None


# --- values ---------------------------------------------------------------------------------------------------------

_NUMERAL: Final = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?")
_LONGEST_NUMERAL: Final = 40
_YEARS: Final = range(1000, 9999)
"""At the ends of the calendar no other zone's date can be told; nobody means these years."""


def read_number(value: object) -> Number | None:
    """Return the number that a fact is, or that its text is a numeral for; None if neither."""
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else value
    if not isinstance(value, str) or len(value) > _LONGEST_NUMERAL:
        return None
    text = fold(value).strip()
    if _NUMERAL.fullmatch(text) is None:
        return None
    text = text.replace(",", "")
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def number_text(number: Number) -> str:
    """Return a number as text, the same for equal numbers: ``5`` for 5 and 5.0."""
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def read_time(value: object) -> datetime | None:
    """Return the instant that a fact is, or that its ISO 8601 text names (UTC if it has no offset); None if neither."""
    if isinstance(value, str):
        if len(value) > _LONGEST_NUMERAL:
            return None
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.year not in _YEARS:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def read_duration(value: object) -> timedelta:
    """Return a duration as the document writes it: ``90s``, ``30m``, ``24h``, ``7d``, ``2w``; above zero."""
    shape = re.fullmatch(r"(\d{1,9})\s*([smhdw])", value.strip(), re.ASCII) if isinstance(value, str) else None
    if shape is None:
        raise Refused(f"{shown(value)} is not a duration; write a number and a unit: 90s, 30m, 24h, 7d or 2w")
    seconds = int(shape[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}[shape[2]]
    if not 0 < seconds <= 100 * 366 * 86_400:
        raise Refused(f"{shown(value)} is not a useful duration; give one above zero and below a hundred years")
    return timedelta(seconds=seconds)


YAML_WORDS: Final = "; if a word such as yes, no, on or true is meant, put it in quotes"


RANGES: Final[Mapping[str, Callable[[Any], Range]]] = {
    "at_least": lambda low: Range(low=low),
    "above": lambda low: Range(low=low, low_open=True),
    "at_most": lambda high: Range(high=high),
    "below": lambda high: Range(high=high, high_open=True),
}
"""The operators that bound a number on one side."""


# --- operands -------------------------------------------------------------------------------------------------------


def a_word(value: object, asked: Asked) -> str:
    """Read a text operand in the form in which the field's values are compared."""
    words = asked.words
    if asked.field.kind is Kind.ANY:
        if not isinstance(value, str):
            raise Refused(f"{shown(value)} is not a text; give one, in quotes if need be")
        return fold(value)
    if isinstance(value, bool):
        raise Refused(f"{asked.field.name} is a text, not {shown(value)}{YAML_WORDS}")
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"{asked.field.name} is a text; {shown(value)} is not; give a text, in quotes if need be")
    match asked.field.words:
        case Words.FREE:
            return fold(value)
        case Words.SOURCE:
            return words.sources.get(squeeze(value)) or slug(value)
        case Words.REGION:
            if (known := words.regions.node(value)) is None:
                what = "a region: neither a territory of this policy nor an ISO 3166 code such as CN or CN-SH"
                raise Refused(f"{shown(value)} is not {what}{words.regions.nearest(value)}")
        case Words.INDUSTRY:
            if (known := words.industries.node(value)) is None:
                raise Refused(f"{shown(value)} is not an industry of this policy{words.industries.nearest(value)}")
        case Words.TIER:
            if (known := fold(value)) not in words.tiers_by_key:
                raise Refused(f"{shown(value)} is not a tier of this policy{suggest(value, words.tiers)}")
        case Words.COUNTRY:
            if value.upper() not in COUNTRIES:
                raise Refused(f"{shown(value)} is not an ISO 3166 country code of two letters, such as CN")
            known = fold(value)
        case Words.CUSTOMER:
            if (known := fold(value)) not in _CUSTOMERS:
                message = f'{shown(value)} is not a kind of customer; write "new" or "existing"'
                raise Refused(message + suggest(value, _CUSTOMERS))
        case never:
            assert_never(never)
    return known


_CUSTOMERS: Final = ("new", "existing")


def a_number(value: object, asked: Asked) -> Number:
    """Read a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{shown(value)} is not a number; give one without quotes, units or separators, such as 500000")
    if abs(value) > 1e300 or not math.isfinite(value):  # in this order: no float holds a very large integer
        raise Refused("the number must be finite")
    if value < 0 and not asked.field.can_be_negative:
        raise Refused(f"{asked.field.name} is never negative; {value} makes no sense; give 0 or more")
    return value


def a_value(value: object, asked: Asked) -> str | Number | bool:
    """Read one value of the field's kind."""
    match asked.field.kind:
        case Kind.NUMBER:
            return a_number(value, asked)
        case Kind.BOOLEAN:
            if not isinstance(value, bool):
                raise Refused(f"{asked.field.name} is true or false; {shown(value)} is not; write true or false")
            return value
        case Kind.ANY if isinstance(value, bool):
            return value
        case Kind.ANY if isinstance(value, int | float):
            return a_number(value, asked)
    return a_word(value, asked)


def some_values(value: object, asked: Asked) -> list[str | Number | bool]:
    """Read a value or a list of values."""
    if not isinstance(value, list | tuple):
        return [a_value(value, asked)]
    if not value:
        raise Refused("an empty list never matches; name at least one value, or leave the test out")
    return [_at(index, a_value, one, asked) for index, one in enumerate(value)]


def some_words(value: object, asked: Asked) -> list[str]:
    """Read a text or a list of texts, as they are written: they may be parts of a value."""
    if not isinstance(value, list | tuple):
        value = [value]
    if not value:
        raise Refused("an empty list never matches; name at least one text, or leave the test out")
    free = Asked(Field(asked.field.name, asked.field.kind), asked.words)
    return [_at(index, a_word, one, free) for index, one in enumerate(value)]


def _at(index: int, read: Callable[[object, Asked], Any], value: object, asked: Asked) -> Any:
    try:
        return read(value, asked)
    except Refused as refused:
        raise Refused(refused.message, f"[{index}]{refused.at}") from None


def two_numbers(value: object, asked: Asked) -> list[Number]:
    """Read the least and the most."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Refused('"between" takes two numbers, the least and the most: [10, 50]')
    low, high = (_at(index, a_number, one, asked) for index, one in enumerate(value))
    if low > high:
        raise Refused(f"nothing lies between {low} and {high}: the first number is above the second; swap them")
    return [low, high]


def a_flag(value: object, asked: Asked) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise Refused(f"{shown(value)} is neither true nor false; write true or false, without quotes")
    return value


def an_instant(value: object, asked: Asked) -> date | datetime:
    """Read a date, or a date with a time (which gets the zone given beside it, else UTC, unless it has an offset)."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if re.fullmatch(r"[\d-]{8,10}", value) else datetime.fromisoformat(value)
        except ValueError:
            raise Refused(f"{shown(value)} is not a date; write 2026-10-01 or 2026-10-01T09:00:00+08:00") from None
    if not isinstance(value, date) or value.year not in _YEARS:
        raise Refused(f"{shown(value)} is not a date; write 2026-10-01 or 2026-10-01T09:00:00+08:00")
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=asked.zone or UTC)
    return value


def a_duration(value: object, asked: Asked) -> timedelta:
    """Read a duration (see :func:`read_duration`)."""
    return read_duration(value)


DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def some_days(value: object, asked: Asked) -> list[str]:
    """Read a weekday or a list of them."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed:
        raise Refused("an empty list never matches; name at least one day")
    for index, day in enumerate(listed):
        if not isinstance(day, str) or day.lower() not in DAYS:
            hint = suggest(day, DAYS) if isinstance(day, str) else ""
            raise Refused(
                f"{shown(day)} is not a weekday; write mon, tue, wed, thu, fri, sat or sun{hint}", f"[{index}]"
            )
    return [str(day).lower() for day in listed]


_CLOCK: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)


def clock_span(text: str) -> tuple[int, int] | None:
    """Return the minutes since midnight at which ``09:00-18:00`` starts and ends; None if it is not written so."""
    shape = _CLOCK.fullmatch(text.strip())
    if shape is None:
        return None
    start, end = int(shape[1]) * 60 + int(shape[2]), int(shape[3]) * 60 + int(shape[4])
    return None if max(start, end) > 1440 else (start, end)


def some_hours(value: object, asked: Asked) -> Any:
    """Read when in the day: spans, hours or a list of these, or a mapping of bounds on the hour."""
    if isinstance(value, dict):
        return _numbers_asked(value, highest=23)
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed:
        raise Refused("an empty list never matches; name at least one hour")
    for index, one in enumerate(listed):
        at = f"[{index}]" if isinstance(value, list | tuple) else ""
        if isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= 23:
            continue
        span = clock_span(one) if isinstance(one, str) else None
        if span is None:
            message = (
                f'{shown(one)} is not an hour; write "09:00-18:00", a number up to 23, or {{at_least: 9, below: 18}}'
            )
            raise Refused(message, at)
        if span[0] == span[1]:
            raise Refused(f'{shown(one)} ends when it starts; for the whole day write "00:00-24:00"', at)
    return list(listed)


def _numbers_asked(value: dict[Any, Any], *, highest: int) -> dict[str, Number]:
    asked = Asked(Field("hour", Kind.NUMBER), Vocabulary())
    wanted = Range()
    for name, operand in value.items():
        if name not in RANGES:
            raise Refused(f"hour cannot be asked with {shown(name)}; use {', '.join(RANGES)}")
        number = _at_key(str(name), operand, asked)
        if number > highest + 1:
            raise Refused(f"there is no hour {number}; give 0 to {highest}", f".{name}")
        wanted = wanted.narrowed_by(RANGES[name](number))
    if not value or wanted.empty:
        raise Refused("no hour is within these bounds; mend them")
    return dict(value)


def _at_key(key: str, value: object, asked: Asked) -> Number:
    try:
        return a_number(value, asked)
    except Refused as refused:
        raise Refused(refused.message, f".{key}{refused.at}") from None


def some_dates(value: object, asked: Asked) -> Any:
    """Read a date, a list of dates, or the first and last of a span."""
    if isinstance(value, dict):
        if not value or not value.keys() <= {"from", "to"}:
            raise Refused('"date" takes a date, a list of dates, or a mapping of from and to (both included)')
        span = {key: _a_date(one, f".{key}") for key, one in value.items()}
        if span.get("from", date.min) > span.get("to", date.max):
            raise Refused('"from" is after "to"; swap them')
        return span
    if isinstance(value, list | tuple):
        if not value:
            raise Refused("an empty list never matches; name at least one date")
        return [_a_date(one, f"[{index}]") for index, one in enumerate(value)]
    return [_a_date(value, "")]


def _a_date(value: object, at: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Refused(f"{shown(value)} is not a date; write 2026-10-01", at) from None


def zone_named(value: object) -> ZoneInfo:
    """Read the IANA name of a time zone."""
    message = f"{shown(value)} is not a time zone; use an IANA name such as Asia/Shanghai or Europe/Berlin"
    if not isinstance(value, str) or not value:
        raise Refused(message)
    try:
        return ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise Refused(message) from None
