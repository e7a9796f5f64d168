"""Is a rep able to take a lead now, as far as the clock says?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.availability import (
    HORIZON,
    Presence,
    day_start,
    local_date,
    next_on_shift,
    presence,
    window_start,
)
from app.engine.roster import CountryDays, Rep, RepId, Shift, TimeOff

NINE_TO_SIX = (Shift(9 * 60, 18 * 60),)
NIGHT = (Shift(22 * 60, 30 * 60),)
ROUND_THE_CLOCK = (Shift(0, 24 * 60),)


def rep(*days: tuple[Shift, ...], zone: str = "Asia/Shanghai", holidays: str | None = "CN", off: object = ()) -> Rep:
    hours = tuple(days) if days else None
    return Rep(id=RepId("r"), name="R", timezone=zone, hours=hours, holidays=holidays, time_off=off)  # type: ignore[arg-type]


def weekdays(shifts: tuple[Shift, ...], **rest: object) -> Rep:
    return rep(*([shifts] * 5), (), (), **rest)  # type: ignore[arg-type]


def daily(shifts: tuple[Shift, ...], **rest: object) -> Rep:
    return rep(*([shifts] * 7), **rest)  # type: ignore[arg-type]


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=fold).astimezone(UTC)


CALENDARS = {
    "CN": CountryDays(
        holidays=frozenset({date(2025, 10, 1), date(2025, 10, 2), date(2025, 10, 3)}),
        workdays=frozenset({date(2025, 9, 28), date(2025, 10, 11)}),
    )
}


@pytest.mark.parametrize(
    ("at", "state", "until"),
    [
        ("2025-09-24T08:59:59", Presence.OFF_SHIFT, "2025-09-24T09:00"),
        ("2025-09-24T09:00", Presence.ON_SHIFT, "2025-09-24T18:00"),
        ("2025-09-24T17:59:59", Presence.ON_SHIFT, "2025-09-24T18:00"),
        ("2025-09-24T18:00", Presence.OFF_SHIFT, "2025-09-25T09:00"),
    ],
)
def test_a_shift_includes_its_start_and_not_its_end(at: str, state: Presence, until: str) -> None:
    assert presence(weekdays(NINE_TO_SIX), china(at), CALENDARS) == (state, china(until))


def test_a_weekend_is_one_stretch_off_shift() -> None:
    answer = presence(weekdays(NINE_TO_SIX), china("2025-09-19T18:00"), CALENDARS)
    assert answer == (Presence.OFF_SHIFT, china("2025-09-22T09:00"))


def test_shifts_that_touch_are_one_stretch() -> None:
    answer = presence(daily((Shift(540, 720), Shift(720, 1080))), china("2025-09-24T10:00"), CALENDARS)
    assert answer == (Presence.ON_SHIFT, china("2025-09-24T18:00"))


def test_a_lunch_break_is_off_shift() -> None:
    answer = presence(daily((Shift(540, 720), Shift(810, 1080))), china("2025-09-24T12:30"), CALENDARS)
    assert answer == (Presence.OFF_SHIFT, china("2025-09-24T13:30"))


def test_a_night_shift_goes_on_past_midnight() -> None:
    answer = presence(weekdays(NIGHT), china("2025-09-20T05:59"), CALENDARS)
    assert answer == (Presence.ON_SHIFT, china("2025-09-20T06:00")), "Friday's shift ends on Saturday"


def test_round_the_clock_is_promised_as_far_as_the_horizon() -> None:
    now = china("2025-09-10T10:00")
    assert presence(daily(ROUND_THE_CLOCK), now, CALENDARS) == (Presence.ON_SHIFT, now + HORIZON)


def test_no_hours_is_always() -> None:
    now = china("2025-09-10T03:00")
    assert presence(rep(holidays=None), now, CALENDARS) == (Presence.ON_SHIFT, now + HORIZON)


def test_no_hours_on_any_day_is_never() -> None:
    now = china("2025-09-10T10:00")
    assert presence(daily(()), now, CALENDARS) == (Presence.OFF_SHIFT, now + HORIZON)
    assert next_on_shift(daily(()), now, CALENDARS, within=timedelta(days=60)) is None


def test_a_rep_who_is_always_there_keeps_holidays_as_one_stretch() -> None:
    always = rep()
    assert presence(always, china("2025-09-30T20:00"), CALENDARS) == (Presence.ON_SHIFT, china("2025-10-01T00:00"))
    assert presence(always, china("2025-10-01T00:00"), CALENDARS) == (Presence.HOLIDAY, china("2025-10-04T00:00"))


def test_a_holiday_is_a_holiday_before_and_after_hours_too() -> None:
    answer = presence(weekdays(NINE_TO_SIX), china("2025-10-01T03:00"), CALENDARS)
    assert answer == (Presence.HOLIDAY, china("2025-10-04T00:00"))


def test_the_night_before_a_holiday_is_worked_to_its_end() -> None:
    nights = daily(NIGHT)
    assert presence(nights, china("2025-10-01T01:00"), CALENDARS) == (Presence.ON_SHIFT, china("2025-10-01T06:00"))
    assert presence(nights, china("2025-10-01T06:00"), CALENDARS)[0] is Presence.HOLIDAY


def test_a_night_shift_that_would_start_on_a_holiday_is_cancelled_past_midnight() -> None:
    nights = daily(NIGHT)
    assert presence(nights, china("2025-10-04T01:00"), CALENDARS) == (Presence.HOLIDAY, china("2025-10-04T06:00"))
    assert presence(nights, china("2025-10-04T06:00"), CALENDARS) == (Presence.OFF_SHIFT, china("2025-10-04T22:00"))


def test_a_make_up_workday_takes_the_first_weekdays_hours() -> None:
    monday_differs = rep((Shift(600, 660),), *([NINE_TO_SIX] * 4), (), ())
    assert presence(monday_differs, china("2025-09-28T10:30"), CALENDARS) == (
        Presence.ON_SHIFT,
        china("2025-09-28T11:00"),
    )
    assert presence(monday_differs, china("2025-09-27T10:30"), CALENDARS) == (
        Presence.OFF_SHIFT,
        china("2025-09-28T10:00"),
    )


def test_a_make_up_workday_keeps_the_hours_a_rep_has_on_that_weekday() -> None:
    sundays_too = rep(*([NINE_TO_SIX] * 6), (Shift(600, 660),))
    assert presence(sundays_too, china("2025-09-28T12:00"), CALENDARS)[0] is Presence.OFF_SHIFT


def test_a_calendar_that_is_not_there_has_no_special_days() -> None:
    assert presence(weekdays(NINE_TO_SIX), china("2025-10-01T10:00"), {})[0] is Presence.ON_SHIFT


def test_leave_comes_before_everything_and_adjoining_leave_is_one() -> None:
    off = (
        TimeOff(china("2025-10-10T00:00"), china("2025-11-20T00:00")),
        TimeOff(china("2025-10-01T12:00"), china("2025-10-05T12:00")),
        TimeOff(china("2025-10-05T12:00"), china("2025-10-10T00:00")),
    )
    away = weekdays(NINE_TO_SIX, off=off)
    assert presence(away, china("2025-10-01T11:59"), CALENDARS) == (Presence.HOLIDAY, china("2025-10-01T12:00"))
    assert presence(away, china("2025-10-01T12:00"), CALENDARS) == (Presence.ON_LEAVE, china("2025-11-20T00:00"))


def test_leave_cuts_a_shift_at_the_instant() -> None:
    away = weekdays(NINE_TO_SIX, off=(TimeOff(china("2025-09-24T10:00"), china("2025-09-24T11:00")),))
    assert presence(away, china("2025-09-24T09:30"), CALENDARS) == (Presence.ON_SHIFT, china("2025-09-24T10:00"))
    assert presence(away, china("2025-09-24T11:00"), CALENDARS) == (Presence.ON_SHIFT, china("2025-09-24T18:00"))


@pytest.mark.parametrize(
    ("shift", "on"),
    [
        pytest.param((90, 150), ("01:30+01:00", "03:00+02:00"), id="an end in the gap is the change"),
        pytest.param((150, 240), ("03:00+02:00", "04:00+02:00"), id="a start in the gap is the change"),
        pytest.param((60, 240), ("01:00+01:00", "04:00+02:00"), id="a shift across the gap is an hour shorter"),
    ],
)
def test_when_clocks_go_forward(shift: tuple[int, int], on: tuple[str, str]) -> None:
    someone = daily((Shift(*shift),), zone="Europe/Berlin", holidays=None)
    start, end = (datetime.fromisoformat(f"2025-03-30T{text}") for text in on)
    assert presence(someone, start - timedelta(seconds=1), {}) == (Presence.OFF_SHIFT, start)
    assert presence(someone, start, {}) == (Presence.ON_SHIFT, end)


def test_a_shift_inside_the_gap_vanishes() -> None:
    someone = daily((Shift(135, 165),), zone="Europe/Berlin", holidays=None)
    assert presence(someone, berlin("2025-03-29T12:00"), {}) == (Presence.OFF_SHIFT, berlin("2025-03-31T02:15"))


@pytest.mark.parametrize(
    ("shift", "on"),
    [
        pytest.param((90, 150), ("01:30+02:00", "02:30+02:00"), id="an end that comes twice is its first coming"),
        pytest.param((150, 240), ("02:30+02:00", "04:00+01:00"), id="a start that comes twice is its first coming"),
        pytest.param((60, 240), ("01:00+02:00", "04:00+01:00"), id="a shift across the overlap is an hour longer"),
    ],
)
def test_when_clocks_go_back(shift: tuple[int, int], on: tuple[str, str]) -> None:
    someone = daily((Shift(*shift),), zone="Europe/Berlin", holidays=None)
    start, end = (datetime.fromisoformat(f"2025-10-26T{text}") for text in on)
    assert presence(someone, start - timedelta(seconds=1), {}) == (Presence.OFF_SHIFT, start)
    assert presence(someone, start, {}) == (Presence.ON_SHIFT, end)
    assert presence(someone, end, {})[0] is Presence.OFF_SHIFT


def test_a_day_that_a_zone_skipped_has_no_shift() -> None:
    samoan = daily(NINE_TO_SIX, zone="Pacific/Apia", holidays=None)
    eve = datetime.fromisoformat("2011-12-29T18:00-10:00")
    assert presence(samoan, eve, {}) == (Presence.OFF_SHIFT, datetime.fromisoformat("2011-12-31T09:00+14:00"))


def test_the_next_shift_is_found_at_its_first_instant_and_only_within_the_time_given() -> None:
    someone, eve = weekdays(NINE_TO_SIX), china("2025-09-30T18:30")
    back = china("2025-10-06T09:00")
    assert next_on_shift(someone, eve, CALENDARS, within=back - eve) == back
    assert next_on_shift(someone, eve, CALENDARS, within=back - eve - timedelta(seconds=1)) is None
    assert next_on_shift(someone, china("2025-09-30T10:00"), CALENDARS, within=timedelta()) == china("2025-09-30T10:00")


def test_the_next_shift_is_found_beyond_the_horizon() -> None:
    away = weekdays(NINE_TO_SIX, off=(TimeOff(china("2026-01-05T00:00"), china("2026-02-02T12:00")),))
    now = china("2026-01-03T12:00")
    assert next_on_shift(away, now, CALENDARS, within=timedelta(days=40)) == china("2026-02-02T12:00")


def test_local_dates_are_the_reps_own() -> None:
    instant = datetime(2025, 9, 24, 16, 30, tzinfo=UTC)
    assert local_date(rep(), instant) == date(2025, 9, 25)
    assert local_date(rep(zone="America/New_York"), instant.astimezone(timezone(timedelta(hours=9)))) == date(
        2025, 9, 24
    )
    assert day_start("Asia/Shanghai", date(2025, 9, 25)) == datetime(2025, 9, 24, 16, tzinfo=UTC)


def test_windows_start_on_the_day_the_monday_and_the_first() -> None:
    sunday = date(2026, 3, 1)
    assert window_start("per_day", sunday) == sunday
    assert window_start("per_week", sunday) == date(2026, 2, 23)
    assert window_start("per_month", date(2026, 2, 23)) == date(2026, 2, 1)


# Zones with an hour, half an hour, a change at midnight (both ways), none, and one far from UTC.
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Shanghai", "Pacific/Apia")
SPRING, AUTUMN = datetime(2025, 3, 20, tzinfo=UTC), datetime(2025, 10, 15, tzinfo=UTC)


def highest_wall(now: datetime, zone: ZoneInfo) -> datetime:
    """The latest wall time that the zone's clock has shown up to ``now``: what "or later" is measured by."""
    local = now.astimezone(zone)
    if local.fold == 0:
        return local.replace(tzinfo=None)
    instant = now.replace(second=0, microsecond=0)
    while instant.astimezone(zone).fold == 1:
        instant -= timedelta(minutes=1)
    return instant.astimezone(zone).replace(tzinfo=None) + timedelta(seconds=59, microseconds=999_999)


def expected(someone: Rep, now: datetime, days: CountryDays) -> Presence:
    """The definition, instant by instant, with no thought of boundaries."""
    if any(leave.start <= now < leave.end for leave in someone.time_off):
        return Presence.ON_LEAVE
    wall = highest_wall(now, ZoneInfo(someone.timezone))
    states = set()
    for day in (wall.date() - timedelta(days=1), wall.date()):
        shifts = ROUND_THE_CLOCK if someone.hours is None else someone.hours[day.weekday()]
        if not shifts and day in days.workdays and day not in days.holidays:
            shifts = next((shifts for shifts in someone.hours or () if shifts), ())
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
        if any(
            midnight + timedelta(minutes=shift.start) <= wall < midnight + timedelta(minutes=shift.end)
            for shift in shifts
        ):
            states.add(Presence.HOLIDAY if day in days.holidays else Presence.ON_SHIFT)
    if Presence.ON_SHIFT in states:
        return Presence.ON_SHIFT
    return Presence.HOLIDAY if states or wall.date() in days.holidays else Presence.OFF_SHIFT


@st.composite
def shifts(draw: st.DrawFn) -> tuple[Shift, ...]:
    cuts = sorted(draw(st.sets(st.integers(0, 95), max_size=6)))
    day = [Shift(start * 15, end * 15) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    if len(cuts) % 2:
        day.append(Shift(cuts[-1] * 15, draw(st.integers(cuts[-1] + 1, cuts[0] + 96)) * 15))
    return tuple(day)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rep, datetime, CountryDays]:
    zone = draw(st.sampled_from(ZONES))
    season = draw(st.sampled_from((SPRING, AUTUMN)))
    minute = st.integers(0, 40 * 24 * 60).map(lambda minutes: season + timedelta(minutes=minutes))
    day = st.integers(0, 40).map(lambda days: season.date() + timedelta(days=days))
    leave = st.tuples(minute, st.integers(1, 4000)).map(
        lambda pair: TimeOff(pair[0], pair[0] + timedelta(minutes=pair[1]))
    )
    hours = draw(st.none() | st.lists(shifts(), min_size=7, max_size=7).map(tuple))
    someone = Rep(
        id=RepId("r"),
        name="R",
        timezone=zone,
        hours=hours,
        holidays="XX",
        time_off=tuple(draw(st.lists(leave, max_size=3))),
    )
    days = CountryDays(draw(st.frozensets(day, max_size=8)), draw(st.frozensets(day, max_size=3)))
    return someone, draw(minute), days


@settings(max_examples=300, deadline=None)
@given(cases(), st.lists(st.integers(0, 996), min_size=5, max_size=5))
def test_the_state_holds_until_the_instant_given_and_changes_there(
    case: tuple[Rep, datetime, CountryDays], samples: list[int]
) -> None:
    someone, now, days = case
    state, until = presence(someone, now, {"XX": days})
    assert now < until
    for share in (0, *samples):
        instant = now + (until - now) * share / 997
        assert expected(someone, instant, days) is state, instant
    assert expected(someone, until - timedelta(microseconds=1), days) is state
    if until < now + HORIZON:
        assert expected(someone, until, days) is not state, "a boundary that changes nothing is needless"


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 3 * 24 * 60))
def test_the_next_shift_is_the_first_instant_on_shift(case: tuple[Rep, datetime, CountryDays], minutes: int) -> None:
    someone, now, days = case
    found = next_on_shift(someone, now, {"XX": days}, within=timedelta(minutes=minutes))
    first = next(
        (
            instant
            for step in range(minutes + 1)
            if expected(someone, instant := now + timedelta(minutes=step), days) is Presence.ON_SHIFT
        ),
        None,
    )
    assert found == first
