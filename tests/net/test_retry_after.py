from __future__ import annotations

import pytest

from app.net.retry_after import LONGEST, retry_after

DATE = "Sat, 01 Mar 2025 08:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("999999999", LONGEST),
        ("Sat, 01 Mar 2025 08:01:30 GMT", 90.0),
        ("Sat, 01 Mar 2025 07:00:00 GMT", 0.0),
        ("Sat, 01 Mar 2025 09:01:30 +0100", 90.0),
        ("Sun, 01 Mar 2026 08:00:00 GMT", LONGEST),
        ("Sat, 01 Mar 2025 08:01:30", 90.0),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("1e400", None),
        ("７", None),
        ("9" * 5_000, None),
    ],
)
def test_a_number_of_seconds_or_a_date_is_read_and_nothing_else(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header, "date": DATE}) == seconds


def test_without_the_header_nothing_is_asked_for() -> None:
    assert retry_after({}) is None
    assert retry_after({"date": DATE}) is None


def test_a_date_without_the_answers_own_counts_from_now() -> None:
    assert retry_after({"retry-after": "Thu, 01 Jan 2099 00:00:00 GMT"}) == LONGEST
    assert retry_after({"retry-after": DATE}) == 0.0
