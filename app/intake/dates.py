"""When did this happen, as people and machines write it?

Read are RFC 3339 and ISO 8601, epoch seconds and milliseconds, ``15/10/2025``, ``2025年3月1日 14:30``, ``3 Mar 2025``,
``March 3, 2025 2:30 PM``. Anything relative ("yesterday") is not.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from dateutil import parser as dateutil_parser

from app.intake.countries import custom_of, zone_for
from app.intake.text import fold

LONGEST = 64
"""Characters of a text that can still be a date."""
FIRST_YEAR, LAST_YEAR = 1900, 2199

_MINUTES = r"[:时點点](?P<minute>\d{1,2})分?(?::?(?P<second>\d{1,2})(?:\.\d{1,9})?秒?)?"
_CLOCK = (
    r"(?:[ t,]*(?P<part>上午|下午|晚上|中午|凌晨|早上)? ?(?P<hour>\d{1,2})"
    rf"(?:{_MINUTES}|[时點点]) ?(?P<half>[ap]\.?m\.?)?)?"
)
_ZONE = r" ?(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)?"
_NUMERIC = re.compile(rf"(?P<a>\d{{1,4}})(?P<gap>[/.-])(?P<b>\d{{1,2}})(?P=gap)(?P<c>\d{{1,4}}){_CLOCK}{_ZONE}")
_HAN = re.compile(rf"(?P<a>\d{{4}}) ?年 ?(?P<b>\d{{1,2}}) ?月 ?(?P<c>\d{{1,2}}) ?[日号]?{_CLOCK}{_ZONE}")
_NAMED = re.compile(
    r"(?=.*\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b)(?=.*\b(?:19|20|21)\d\d\b)[a-z0-9 ,.:/+-]+"
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{12,13}")
_DIGITS = re.compile(r"(?P<a>\d{4})(?P<b>\d\d)(?P<c>\d\d)(?:(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d))?")


class When(NamedTuple):
    """A point in time, in UTC. ``notice`` is the code of what had to be assumed, if anything."""

    time: datetime
    notice: str | None = None


def read_time(value: Any, country: str | None = None) -> When | None:
    """The point in time that ``value`` names, or None if it names none between 1900 and 2199.

    Where day and month cannot be told apart the lead's country decides (``ambiguous_date``): month first where it
    writes so (the United States), year first for two-digit groups where it writes so (China), else day first. A time
    without a zone is the country's own where all of it shows the same time, else UTC; a date alone is its midnight.
    """
    match value:
        case bool():
            return None
        case int() | float():
            return _epoch(value)
        case datetime():
            return _finish(value, country, None)
        case str() if len(value) <= LONGEST:
            return _read(" ".join(fold(value).split()), country)
        case _:
            return None


def _epoch(value: float) -> When | None:
    if not 1e8 <= value < 4.1e12:
        return None
    seconds = value / 1000 if value >= 1e11 else value
    if seconds >= 4.1e9:
        return None
    return When(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(seconds * 1e6)))


@lru_cache(maxsize=4096)
def _read(text: str, country: str | None) -> When | None:
    if text[:4].isdigit() and text[4:5] == "-":
        try:
            return _finish(datetime.fromisoformat(text), country, None)
        except ValueError:
            pass
    if _EPOCH.fullmatch(text):
        return _epoch(float(text))
    try:
        if found := _HAN.fullmatch(text) or _DIGITS.fullmatch(text):
            return _finish(_dated(found, int(found["a"]), int(found["b"]), int(found["c"])), country, None)
        if found := _NUMERIC.fullmatch(text):
            return _numeric(found, country)
        if _NAMED.fullmatch(text):
            # Asked for twice with other defaults: what differs was not in the text.
            read = [_named(text, datetime(2000, month, month)) for month in (1, 2)]  # noqa: DTZ001  (naive on purpose)
            return _finish(read[0], country, None) if read[0] == read[1] else None
    except (ValueError, OverflowError, TypeError):
        return None
    return None


def _numeric(found: re.Match[str], country: str | None) -> When | None:
    a, b, c = found["a"], int(found["b"]), found["c"]
    first = custom_of(country).first
    notice = None
    if len(a) == 4:
        return _finish(_dated(found, int(a), b, int(c)), country, None) if len(c) <= 2 else None
    if len(a) > 2 or len(c) == 3:
        return None
    x, z = int(a), int(c)
    if len(c) <= 2:
        if len(a) == 2 and (first == "year" or x > 31):
            return _finish(_dated(found, _century(x), b, z), country, "ambiguous_date")
        if len(c) == 1:
            return None
        z = _century(z)
    if x <= 12 and b <= 12 and x != b:
        notice = "ambiguous_date"
        day, month = (b, x) if first == "month" else (x, b)
    else:
        day, month = (b, x) if b > 12 else (x, b)
    return _finish(_dated(found, z, month, day), country, notice)


def _century(year: int) -> int:
    return 2000 + year if year < 70 else 1900 + year


def _dated(found: re.Match[str], year: int, month: int, day: int) -> datetime:
    groups = found.groupdict()
    hour = int(groups["hour"] or 0)
    part, half = groups.get("part"), groups.get("half")
    if hour < 12 and (part in ("下午", "晚上") or (part == "中午" and hour < 11) or (half and half[0] == "p")):
        hour += 12
    elif hour == 12 and ((half and half[0] == "a") or part == "凌晨"):
        hour = 0
    zone = _offset(groups.get("zone"))
    return datetime(year, month, day, hour, int(groups["minute"] or 0), int(groups["second"] or 0), tzinfo=zone)


def _offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    text = zone.removeprefix("utc").removeprefix("gmt")
    if text in ("", "z"):
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _named(text: str, default: datetime) -> datetime:
    return dateutil_parser.parse(text.upper(), default=default, tzinfos=_known_zone)


def _known_zone(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    hours = _ZONE_NAMES.get(name or "")
    return None if hours is None else timezone(timedelta(hours=hours))


# Those that mean one thing; CST and IST mean several.
_ZONE_NAMES = {"UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "JST": 9}


def _finish(time: datetime, country: str | None, notice: str | None) -> When | None:
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=zone_for(country, time) or UTC)
    return When(time.astimezone(UTC), notice)
