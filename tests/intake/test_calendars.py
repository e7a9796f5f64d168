"""Which days differ from the ordinary week where a rep works?"""

from __future__ import annotations

from datetime import date

import pytest

from app.engine.roster import CountryDays
from app.intake.calendars import UnknownCalendar, calendars, known_calendar, unknown_calendar


def days(code: str, first: int, last: int | None = None) -> CountryDays:
    return calendars([code], range(first, (last or first) + 1))[code]


# As announced by the General Office of the State Council for each year.
MAKE_UP_DAYS = {
    2020: "01-19 04-26 05-09 06-28 09-27 10-10",
    2021: "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
    2022: "01-29 01-30 04-02 04-24 05-07 10-08 10-09",
    2023: "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}


@pytest.mark.parametrize("year", MAKE_UP_DAYS)
def test_chinas_make_up_days_are_workdays(year: int) -> None:
    announced = {date.fromisoformat(f"{year}-{day}") for day in MAKE_UP_DAYS[year].split()}
    china = days("CN", year)
    assert china.workdays == announced
    assert not china.workdays & china.holidays


def test_a_break_in_china_takes_in_the_weekend_it_touches() -> None:
    golden_week = {date(2025, 10, day) for day in range(1, 9)}
    assert {day for day in days("CN", 2025).holidays if day.month == 10} == golden_week
    new_year = days("CN", 2022, 2023).holidays
    assert {date(2022, 12, 31), date(2023, 1, 1), date(2023, 1, 2)} <= new_year


def test_elsewhere_a_weekend_beside_a_holiday_is_an_ordinary_one() -> None:
    assert date(2025, 4, 19) not in days("DE", 2025).holidays, "the Saturday between Good Friday and Easter Monday"


def test_subdivisions_add_their_own_days() -> None:
    epiphany = date(2025, 1, 6)
    assert epiphany in days("DE-BY", 2025).holidays
    assert epiphany not in days("DE", 2025).holidays


def test_a_new_year_kept_on_the_last_day_of_december_is_in_that_year() -> None:
    assert date(2021, 12, 31) in days("US", 2021).holidays


def test_only_the_years_asked_for_are_there() -> None:
    found = days("CN", 2024, 2025)
    assert {day.year for day in found.holidays | found.workdays} == {2024, 2025}


def test_only_public_holidays_count() -> None:
    assert date(2025, 12, 24) not in days("DE", 2025).holidays


@pytest.mark.parametrize("code", ["CN", "cn", "DE-BY", "de-by", "US-CA", "HK"])
def test_known_codes(code: str) -> None:
    assert known_calendar(code)
    assert calendars([code], range(2025, 2026))[code].holidays


@pytest.mark.parametrize("code", ["", "-", "XX", "CN-", "DE-XX", "China", "DE-BY-1", "DEU"])
def test_unknown_codes(code: str) -> None:
    assert not known_calendar(code)
    with pytest.raises(UnknownCalendar):
        calendars([code], range(2025, 2026))


def test_an_unknown_code_is_answered_with_one_that_was_probably_meant() -> None:
    assert unknown_calendar("CHN") == 'there are no public holidays known for "CHN"; did you mean "CN"?'
    assert unknown_calendar("DE-Augsberg").endswith('did you mean "DE-Augsburg"?')
