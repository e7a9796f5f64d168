"""Is a rep able to take a lead now, as far as the clock says: on shift, or not, and until when?

Shifts are wall times in the rep's own zone, and they belong to the local day on which they start. A holiday is a local
day on which no shift starts: one that began the evening before runs on to its end, and one that would have begun on the
holiday is cancelled whole, also past midnight. A make-up workday (China's 调休) on which the rep has no hours takes the
hours of the first weekday, from Monday, that has any. A rep without hours is on shift at all times but for holidays and
leave. Leave takes away instants, whatever the shift.

A wall time stands for *the first instant at which the clock shows it or a later one*. So where clocks go forward, a
time in the gap is the instant of the change (and a shift inside the gap vanishes); where they go back, a time that
comes twice is its first coming (``fold=0``), for starts and ends alike: shifts that touch go on touching, no shift
runs twice, and none has two pieces. Days are read the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from app.engine.roster import Calendars, CountryDays, Rep, Shift, Window

HORIZON: Final = timedelta(days=8)
"""How far ahead a state is promised at most, but for leave: over a week, so that the next weekly shift is seen."""

_DAY: Final = timedelta(days=1)
_WHOLE_DAY: Final = 24 * 60
_ORDINARY: Final = CountryDays()


class Presence(StrEnum):
    """What the clock says of a rep. Where several hold, leave comes before a holiday, and that before off shift."""

    ON_SHIFT = "on_shift"
    OFF_SHIFT = "off_shift"
    HOLIDAY = "holiday"
    ON_LEAVE = "on_leave"


def presence(rep: Rep, now: datetime, calendars: Calendars) -> tuple[Presence, datetime]:
    """The rep's state at ``now``, and an instant after it up to which (not included) that state is sure to hold.

    The second is where the state changes, or may change, or else ``now`` plus ``HORIZON``; leave is promised to its
    end. HOLIDAY is said all through a local day that is one, whether or not the rep has hours on it, and past its
    midnight as long as a cancelled shift would have lasted. A calendar code that ``calendars`` lacks has no special
    days. ``now`` is aware; instants in the answer are in UTC, or as they were given.
    """
    limit = now + HORIZON
    if rep.time_off:
        back = _leave_end(rep, now)
        if back > now:
            return Presence.ON_LEAVE, back
        limit = min([limit, *(leave.start for leave in rep.time_off if leave.start > now)])

    days = calendars.get(rep.holidays, _ORDINARY) if rep.holidays is not None else _ORDINARY
    if rep.hours is None and not days.holidays:
        return Presence.ON_SHIFT, limit

    zone = _zone(rep.timezone)
    today = now.astimezone(zone).date()
    spans = _always(today, days, zone) if rep.hours is None else _spans(rep.hours, today, days, zone)
    working = closed = now  # how far the stretch of shifts, and that of holidays, reaches in which `now` lies
    change = limit
    for start, end, kind in spans:
        if start >= limit:
            break
        if end <= now:
            continue
        if kind is Presence.ON_SHIFT and start <= working:
            working = max(working, end)
        elif kind is Presence.HOLIDAY and start <= closed:
            closed = max(closed, end)
        elif working == now or start > working:
            change = start
            break
    if working > now:
        return Presence.ON_SHIFT, min(working, limit)
    if closed > now:
        return Presence.HOLIDAY, min(closed, change)
    return Presence.OFF_SHIFT, change


def next_on_shift(rep: Rep, now: datetime, calendars: Calendars, *, within: timedelta) -> datetime | None:
    """The first instant from ``now`` to ``now + within``, both included, at which the rep is on shift; None if none."""
    last = now + within
    instant = now
    while instant <= last:
        state, until = presence(rep, instant, calendars)
        if state is Presence.ON_SHIFT:
            return instant
        instant = until
    return None


def local_date(rep: Rep, now: datetime) -> date:
    """The day on which something that happens at ``now`` counts for the rep: what the calendar on their wall shows."""
    return now.astimezone(_zone(rep.timezone)).date()


def day_start(timezone: str, day: date) -> datetime:
    """The instant, in UTC, at which ``day`` begins in a zone."""
    return _instant(day, 0, _zone(timezone))


def window_start(window: Window, day: date) -> date:
    """The first day of the cap window that ``day`` lies in. Weeks are ISO weeks: they start on Monday."""
    match window:
        case "per_day":
            return day
        case "per_week":
            return day - timedelta(days=day.weekday())
        case "per_month":
            return day.replace(day=1)
        case _:
            assert_never(window)


def _leave_end(rep: Rep, now: datetime) -> datetime:
    """Where the leave that covers ``now`` ends, taking leave that follows without a break as one; else ``now``."""
    end = now
    while later := [leave.end for leave in rep.time_off if leave.start <= end < leave.end]:
        end = max(later)
    return end


_Span = tuple[datetime, datetime, Presence]
"""From, up to, and ON_SHIFT or HOLIDAY."""


def _spans(hours: tuple[tuple[Shift, ...], ...], today: date, days: CountryDays, zone: ZoneInfo) -> Iterator[_Span]:
    """Shifts kept and cancelled, and holidays, by start, from those that may reach into ``today`` on."""
    make_up = next((shifts for shifts in hours if shifts), ())
    day = today - _DAY
    last = today + HORIZON + _DAY
    while day <= last:
        shifts = hours[day.weekday()]
        kind = Presence.ON_SHIFT
        if day in days.holidays:
            kind = Presence.HOLIDAY
            yield _instant(day, 0, zone), _instant(day, _WHOLE_DAY, zone), kind
        elif not shifts and day in days.workdays:
            shifts = make_up
        for shift in shifts:
            start, end = _instant(day, shift.start, zone), _instant(day, shift.end, zone)
            if start < end:
                yield start, end, kind
        day += _DAY


def _always(today: date, days: CountryDays, zone: ZoneInfo) -> Iterator[_Span]:
    """The same for a rep without hours, with days of one kind that follow each other as one span."""
    day = today - _DAY
    last = today + HORIZON + _DAY
    while day <= last:
        first, closed = day, day in days.holidays
        while day <= last and (day in days.holidays) is closed:
            day += _DAY
        yield _instant(first, 0, zone), _instant(day, 0, zone), Presence.HOLIDAY if closed else Presence.ON_SHIFT


@lru_cache(maxsize=1024)
def _zone(key: str) -> ZoneInfo:
    return ZoneInfo(key)


@lru_cache(maxsize=16_384)
def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which the clock shows ``minutes`` after the midnight of ``day``, or later."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    # In a gap fold=0 reads the wall by the offset before the change, which lands after it, and fold=1 the other way
    # round: the change lies between the two.
    before, new = wall.replace(fold=1).astimezone(UTC), instant.astimezone(zone).utcoffset()
    earlier, later = 0, int((instant - before).total_seconds())
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == new:
            later = middle
        else:
            earlier = middle
    return before + timedelta(seconds=later)
