"""A number in a form's own unit is read as what was meant, whatever is written with it."""

from typing import Any

import pytest

from app.intake.amounts import Unit, in_unit, read_unit
from app.intake.numbers import read_money, read_number


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("万", Unit("万", "")),
        ("k", Unit("k", "")),
        ("K EUR", Unit("k", "eur")),
        ("EUR k", Unit("k", "eur")),
        ("万元", Unit("万", "元")),
        ("千万元", Unit("千万", "元")),
        ("万 CNY", Unit("万", "cny")),
        ("$", Unit("", "$")),
        ("EUR", Unit("", "eur")),
        ("m", Unit("m", "")),
        ("lakh INR", Unit("lakh", "inr")),
        ("crore", Unit("crore", "")),
        ("亿", Unit("亿", "")),
        ("thousands", Unit("thousands", "")),
    ],
)
def test_a_unit_is_a_power_a_currency_or_both(text: str, unit: Unit) -> None:
    assert read_unit(text) == unit


@pytest.mark.parametrize("text", ["", " ", "x", "EUR EUR", "k k", "kk", "必填", "per year", "万" * 40, "10"])
def test_what_is_none_is_none(text: str) -> None:
    assert read_unit(text) is None


@pytest.mark.parametrize(
    ("value", "unit", "amount", "currency"),
    [
        ("50", "万", 500_000, None),
        (50, "万", 500_000, None),
        ("50", "万元", 500_000, "CNY"),
        ("50-80", "万 CNY", 500_000, "CNY"),
        ("50以上", "万元", 500_000, "CNY"),
        ("约50", "万", 500_000, None),
        ("about 50", "k EUR", 50_000, "EUR"),
        ("<50", "k", 49_999, None),
        ("50+", "k USD", 50_000, "USD"),
        ("五十", "万", 500_000, None),
        ("1.5", "m", 1_500_000, None),
        (1.5, "k EUR", 1_500, "EUR"),
        (0.1234567, "k EUR", 123.4567, "EUR"),
        (0.123456, "k EUR", 123.456, "EUR"),
        (0.123456, "k", 123.456, None),
        ("1,200", "EUR", 1200, "EUR"),
        ("2", "crore INR", 20_000_000, "INR"),
        # What brings its own is the sender's word.
        ("50万", "万", 500_000, None),
        ("50万", "万 CNY", 500_000, "CNY"),
        ("五十万", "万", 500_000, None),
        ("50k", "万 CNY", 50_000, "CNY"),
        ("$50", "k EUR", 50, "USD"),
        ("500,000 EUR", "万元", 500_000, "EUR"),
    ],
)
def test_money_in_a_unit_is_read(value: Any, unit: str, amount: float, currency: str | None) -> None:
    read = read_unit(unit)
    assert read is not None
    money = read_money(in_unit(value, read), "CN")
    assert money is not None
    assert (money.money.amount, money.money.currency) == (amount, currency)


def test_a_count_in_a_unit_is_read_and_what_is_no_number_stays_as_it_is() -> None:
    thousand = Unit("千", "")
    figure = read_number(in_unit("3人", thousand), whole=True)
    assert figure is not None
    assert figure.value == 3000
    for value in ("a lot", True, None, [5], float("inf"), 10**400, "x" * 500):
        assert in_unit(value, thousand) is value
