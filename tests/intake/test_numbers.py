from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.lead import Money
from app.intake.numbers import LARGEST, read_currency, read_decimal, read_money, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200", 1200),
        ("0", 0),
        ("1.5", 1.5),
        ("2,5", 2.5),
        ("1.200,50", 1200.5),
        ("1,200.50", 1200.5),
        ("1 200,50", 1200.5),
        ("1'200.50", 1200.5),
        ("3.000.000", 3_000_000),
        ("12,34,567", 1_234_567),
        ("50万", 500_000),
        ("50 万", 500_000),
        ("５０万", 500_000),
        ("50w", 500_000),
        ("1.5亿", 150_000_000),
        ("3千", 3000),
        ("1亿5000万", 150_000_000),
        ("3万5千", 35_000),
        ("五十万", 500_000),
        ("一百二十万", 1_200_000),
        ("两千", 2000),
        ("约50万左右", 500_000),
        ("200多万", 2_000_000),
        ("50-100人", 50),
        ("50—100", 50),
        ("50 to 100", 50),
        ("50至100人", 50),
        ("50-100万", 500_000),
        ("5000万-1亿", 50_000_000),
        ("10-20k", 10_000),
        ("10+", 10),
        ("500+ employees", 500),
        ("1000人以上", 1000),
        (">200", 200),
        ("about 50", 50),
        ("~ 50", 50),
        ("2.5 million", 2_500_000),
        ("2.5M", 2_500_000),
        ("500k", 500_000),
        ("1.2bn", 1_200_000_000),
        ("2 lakh", 200_000),
        ("1.5 crore", 15_000_000),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    read = read_number(text)
    assert read is not None
    assert (read.value, read.notice) == (value, None)
    assert isinstance(read.value, int) is (value == int(value))


@pytest.mark.parametrize(
    "value",
    [
        "a lot",
        "",
        "-5",
        "nan",
        "inf",
        "1e400",
        "1,2,3",
        "1.234.56",
        "1 2 3",
        "万",
        "12 monkeys",
        "1/2",
        "5k/month",
        "9" * 40,
        "1" * 100,
        -1,
        float("nan"),
        float("inf"),
        10**16,
        True,
        None,
        [],
        {},
        "50k-a lot",
        "1万2亿",
    ],
)
def test_what_is_no_number_is_not_guessed(value: Any) -> None:
    assert read_number(value) is None


@pytest.mark.parametrize(
    ("text", "country", "value", "notice"),
    [
        ("1.200", "DE", 1200, None),
        ("1.200", "US", 1.2, "ambiguous_number"),
        ("1.200", None, 1.2, "ambiguous_number"),
        ("1,200", "US", 1200, None),
        ("1,200", "CN", 1200, None),
        ("1,200", "DE", 1.2, "ambiguous_number"),
        ("1,200", None, 1200, "ambiguous_number"),
        ("0.500", "DE", 0.5, None),
    ],
)
def test_one_sign_before_three_digits_follows_the_country(
    text: str, country: str | None, value: float, notice: str | None
) -> None:
    assert read_number(text, country) == (value, notice)


@pytest.mark.parametrize(("text", "country"), [("1.200", "US"), ("1,200", "DE"), ("1.200", None), ("1,200", None)])
def test_nobody_has_a_fifth_of_an_employee(text: str, country: str | None) -> None:
    assert read_number(text, country, whole=True) == (1200, None)


@pytest.mark.parametrize("text", ["<50", "under 50", "less than 50", "不到50人"])
def test_less_than_fifty_is_not_fifty(text: str) -> None:
    assert read_number(text) == (49, "upper_bound")


@pytest.mark.parametrize(
    ("text", "country", "currency", "money"),
    [
        ("$2.5M", "US", None, Money(2_500_000, "USD")),
        ("$5,000", "CA", None, Money(5000, "CAD")),
        ("$5,000", "CN", None, Money(5000, "USD")),
        ("$500", None, "AUD", Money(500, "AUD")),
        ("HK$ 3,000", "CN", None, Money(3000, "HKD")),
        ("¥50万", "CN", None, Money(500_000, "CNY")),
        ("￥5000", "JP", None, Money(5000, "JPY")),
        ("€1.2bn", None, None, Money(1_200_000_000, "EUR")),
        ("USD 3,000", "US", None, Money(3000, "USD")),
        ("CAD 60,000", "CA", None, Money(60_000, "CAD")),
        ("ca. 60000", "DE", None, Money(60_000, None)),
        ("3000元", None, None, Money(3000, "CNY")),
        ("人民币50万元", None, None, Money(500_000, "CNY")),
        ("100万美元", "CN", None, Money(1_000_000, "USD")),
        ("RMB 20万", None, None, Money(200_000, "CNY")),
        ("10 000,50 zł", "PL", None, Money(10_000.5, "PLN")),
        ("50 000 €", "FR", None, Money(50_000, "EUR")),
        ("5000 kr", "SE", None, Money(5000, "SEK")),
        ("Rs. 5,00,000/-", "IN", None, Money(500_000, "INR")),
        ("€100k-€200k", None, None, Money(100_000, "EUR")),
        ("1M to 5M USD", None, None, Money(1_000_000, "USD")),
        ("50万", None, "CNY", Money(500_000, "CNY")),
        ("50万", None, None, Money(500_000, None)),
        (1200.0, "US", "EUR", Money(1200, "EUR")),
    ],
)
def test_money_is_read_with_its_currency(text: Any, country: str | None, currency: str | None, money: Money) -> None:
    assert read_money(text, country, currency) == (money, None)


def test_a_dollar_without_a_country_is_the_american_one_and_said_to_be_assumed() -> None:
    assert read_money("$500") == (Money(500, "USD"), "currency_assumed")


def test_a_number_of_people_is_no_money() -> None:
    assert read_number("$500") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("usd", "USD"), ("RMB", "CNY"), ("人民币", "CNY"), ("€", "EUR"), ("美元", "USD"), ("shells", None), ("XQZ", None)],
)
def test_currencies_are_known_by_code_sign_and_name(text: str, code: str | None) -> None:
    assert read_currency(text) == code


@pytest.mark.parametrize(("text", "value"), [("-31.5", -31.5), ("121,47", 121.47), (7, 7.0), ("x", None), (True, None)])
def test_plain_decimals_have_either_sign(text: Any, value: float | None) -> None:
    assert read_decimal(text) == value


@given(st.integers(0, LARGEST))
def test_every_count_that_is_written_with_grouping_is_read_back(number: int) -> None:
    for written in (str(number), f"{number:,}", f"{number:,}".replace(",", " "), f"{number:_}".replace("_", "'")):
        assert read_number(written, "US") == (number, None)


signs = st.text(alphabet="0123456789 .,'-~<>+$€¥kmbw万亿千百人元约abouttoless", max_size=80)


@given(signs | st.text(max_size=80))
def test_no_text_makes_reading_fail_or_slow(text: str) -> None:
    begin = time.process_time()
    read_money(text, "DE")
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    "text", ["~" * 80, "1" + ",111" * 19, "1 " * 40, "about " * 13, "1万" * 40, "1人" * 40, "10-" * 26]
)
def test_repetition_is_no_trap(text: str) -> None:
    begin = time.process_time()
    read_number(text)
    assert time.process_time() - begin < 5
