from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.dates import read_time


@pytest.mark.parametrize(
    ("text", "country", "utc"),
    [
        ("2025-03-01T14:30:00Z", None, "2025-03-01T14:30:00"),
        ("2025-03-01T14:30:00+08:00", "US", "2025-03-01T06:30:00"),
        ("2025-03-01", None, "2025-03-01T00:00:00"),
        ("2025-3-1", None, "2025-03-01T00:00:00"),
        ("2025/03/01 10:20:30 +0800", None, "2025-03-01T02:20:30"),
        ("20250301", None, "2025-03-01T00:00:00"),
        ("20250301143000", None, "2025-03-01T14:30:00"),
        (1740000000, None, "2025-02-19T21:20:00"),
        (1740000000000, None, "2025-02-19T21:20:00"),
        ("1740000000", None, "2025-02-19T21:20:00"),
        ("15/10/2025", "US", "2025-10-15T00:00:00"),
        ("10-20-2016", None, "2016-10-20T00:00:00"),
        ("15.10.2025", None, "2025-10-15T00:00:00"),
        ("10/10/2025", None, "2025-10-10T00:00:00"),
        ("2025年3月1日 14:30", "CN", "2025-03-01T06:30:00"),
        ("2025年3月1日下午2点", "CN", "2025-03-01T06:00:00"),
        ("３ Mar ２０２５", None, "2025-03-03T00:00:00"),
        ("March 3, 2025 2:30 PM", None, "2025-03-03T14:30:00"),
        ("Mon, 03 Mar 2025 10:00:00 GMT", "CN", "2025-03-03T10:00:00"),
        ("3 Mar 2025 10:00 EST", None, "2025-03-03T15:00:00"),
    ],
)
def test_dates_are_read_as_people_and_machines_write_them(text: Any, country: str | None, utc: str) -> None:
    read = read_time(text, country)
    assert read is not None
    assert read.time.isoformat() == f"{utc}+00:00"
    assert read.notice is None


@pytest.mark.parametrize(
    ("text", "country", "date"),
    [
        ("10/03/2025", "US", "2025-10-03"),
        ("10/03/2025", "GB", "2025-03-10"),
        ("10/03/2025", None, "2025-03-10"),
        ("10/03/25", "GB", "2025-03-10"),
        ("25/3/1", "HU", "2025-02-28"),
    ],
)
def test_where_day_and_month_could_change_places_the_country_decides_and_it_is_said(
    text: str, country: str | None, date: str
) -> None:
    read = read_time(text, country)
    assert read is not None
    assert read.time.date().isoformat() == date
    assert read.notice == "ambiguous_date"


@pytest.mark.parametrize(
    ("country", "utc"),
    [
        ("CN", "04:00"),
        ("DE", "11:00"),
        ("IN", "06:30"),
        ("US", "12:00"),
        ("AU", "12:00"),
        (None, "12:00"),
        ("ZZ", "12:00"),
    ],
)
def test_a_time_without_a_zone_is_the_country_s_if_it_has_only_one(country: str | None, utc: str) -> None:
    read = read_time("2025-01-15 12:00", country)
    assert read is not None
    assert read.time.strftime("%H:%M") == utc


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "",
        "March 2025",
        "31/02/2025",
        "2025-13-01",
        "0001-01-01",
        "9999-12-31T23:59:59Z",
        "12:30",
        "2025",
        True,
        None,
        [],
        7,
        -1,
        1e300,
        10**400,
        float("nan"),
        float("inf"),
        "Feb 30 2025",
        "2025-03-01T10:00:00+99:00",
        "1" * 500,
    ],
)
def test_what_is_no_date_of_our_times_is_not_guessed(value: Any) -> None:
    assert read_time(value) is None


@given(
    st.text(alphabet="0123456789/-.: tTzZ+年月日marchjulypm", max_size=70)
    | st.text(max_size=70)
    | st.floats()
    | st.integers()
)
def test_no_value_makes_reading_fail_or_slow(value: Any) -> None:
    begin = time.process_time()
    read_time(value, "DE")
    assert time.process_time() - begin < 5
