"""How are working hours written? As ``{"mon-fri": ["09:00-12:00", "13:30-18:00"], "sat": "22:00-06:00"}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from app.engine.problems import at, shown, suggest
from app.engine.roster import Shift
from app.engine.text import fold

Hours: TypeAlias = tuple[tuple[Shift, ...], ...]
Report: TypeAlias = Callable[[str, str], None]
"""Takes a place and what is wrong there."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BY_NAME: Final = {name: day for names in (DAYS, _DAY_NAMES) for day, name in enumerate(names)}
_SHIFT: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-\u2010-\u2015~]\s*(\d{1,2}):(\d{2})", re.ASCII)
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
_MOST_SHIFTS: Final = 24
_LONGEST_KEY: Final = 200


def read_hours(document: dict[str, object], where: str, report: Report) -> Hours:
    """Seven days from Monday, each with its shifts by start. What is wrong is reported, each at its place.

    A key names a day (``mon`` or ``monday``), a range that may go over the weekend (``fri-mon``), or several with
    commas (``mon,wed-fri``); a day is named once. A value is a shift or a list of them. A shift that ends at or before
    the time it starts at ends on the next day; ``24:00`` is the midnight that ends the day.
    """
    named: dict[int, str] = {}
    week: list[list[tuple[Shift, str]]] = [[] for _ in DAYS]
    for key, value in document.items():
        place = at(where, key[:_LONGEST_KEY])
        shifts = list(_shifts(value, place, report))
        for day in _days(key, place, report):
            if day in named:
                report(place, f'{DAYS[day]} is already named by "{named[day]}"')
                continue
            named[day] = key
            week[day] = sorted(shifts, key=lambda pair: (pair[0].start, pair[0].end))
    _report_overlaps(week, report)
    return tuple(tuple(shift for shift, _ in day) for day in week)


def day_by_day(document: Mapping[str, object]) -> Mapping[str, object]:
    """The same hours with a key for each day, to be merged with others; as they are, if they cannot be read so."""
    apart: dict[str, object] = {}
    faults: list[str] = []

    def report(_: str, message: str) -> None:
        faults.append(message)

    for key, value in document.items():
        days = _days(key, "", report)
        if faults or any(DAYS[day] in apart for day in days):
            return document
        apart |= dict.fromkeys((DAYS[day] for day in days), value)
    return apart


def hours_document(hours: Hours) -> dict[str, list[str]]:
    """The days that have shifts, as :func:`read_hours` reads them."""
    return {DAYS[day]: [shift_text(shift) for shift in shifts] for day, shifts in enumerate(hours) if shifts}


def shift_text(shift: Shift) -> str:
    """A shift as it is written: ``22:00-06:00``."""
    end = shift.end - _DAY if shift.end > _DAY else shift.end
    return f"{shift.start // 60:02}:{shift.start % 60:02}-{end // 60:02}:{end % 60:02}"


def _days(key: str, place: str, report: Report) -> list[int]:
    if len(key) > _LONGEST_KEY:
        report(place, f"this is too long: {len(key)} characters; all the days of the week take no more than 80")
        return []
    found: list[int] = []
    for part in fold(key).split(","):
        first, dash, last = (name.strip() for name in part.partition("-"))
        wrong = next((name for name in ((first, last) if dash else (first,)) if name not in _BY_NAME), None)
        if wrong is not None:
            hint = suggest(wrong, DAYS) or suggest(wrong, _DAY_NAMES)
            report(place, f"{shown(wrong)} is not a day; write mon, tue, wed, thu, fri, sat, sun, or mon-fri{hint}")
            continue
        start = _BY_NAME[first]
        length = (_BY_NAME[last] - start) % 7 if dash else 0
        found += [(start + step) % 7 for step in range(length + 1)]
    return found


def _shifts(value: object, place: str, report: Report) -> Iterable[tuple[Shift, str]]:
    if value is None:
        return
    listed = isinstance(value, list)
    entries = value if isinstance(value, list) else [value]
    if len(entries) > _MOST_SHIFTS:
        report(place, f"{len(entries)} shifts are too many; at most {_MOST_SHIFTS} can be given for a day")
        return
    for index, entry in enumerate(entries):
        here = at(place, index) if listed else place
        shift = _shift(entry, here, report)
        if shift is not None:
            yield shift, here


def _shift(entry: object, place: str, report: Report) -> Shift | None:
    shape = _SHIFT.fullmatch(fold(entry).strip()) if isinstance(entry, str) and len(entry) <= 40 else None
    if shape is None:
        report(place, f'{shown(entry)} is not a shift; write one as "09:00-18:00"')
        return None
    from_hour, from_minute, to_hour, to_minute = (int(part) for part in shape.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or start >= _DAY or end > _DAY:
        report(
            place, f"{shown(entry)} has a time that no clock shows; times go from 00:00 to 23:59, and 24:00 as an end"
        )
        return None
    if start == end:
        report(place, f'{shown(entry)} ends when it starts; a whole day is "00:00-24:00"')
        return None
    return Shift(start, end if end > start else end + _DAY)


def _report_overlaps(week: list[list[tuple[Shift, str]]], report: Report) -> None:
    """Compare each shift with the next one that starts, round the week."""
    spread = [
        (day * _DAY + shift.start, shift, day, place) for day, shifts in enumerate(week) for shift, place in shifts
    ]
    if len(spread) < 2:
        return
    reported: set[tuple[str, str]] = set()
    for this, following in zip(spread, [*spread[1:], spread[0]], strict=True):
        start, shift, day, place = this
        next_start, next_shift, next_day, next_place = following
        if following is spread[0]:
            next_start += _WEEK
        if next_start < start + shift.end - shift.start and (place, next_place) not in reported:
            reported.add((place, next_place))
            report(
                next_place,
                f"{DAYS[next_day]} {shift_text(next_shift)} overlaps with {DAYS[day]} {shift_text(shift)} ({place})",
            )
