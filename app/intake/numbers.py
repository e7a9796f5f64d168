"""What number does this text mean, and how much money of which currency?

Numbers are read as people write them: ``1,200`` · ``1.200,50`` · ``50万`` · ``1亿5000万`` · ``五十万`` ·
``50-100人`` (the lower bound) · ``10+`` · ``about 50`` · ``$2.5M`` · ``USD 3,000`` · ``12,34,567`` · ``2 lakh`` ·
full-width digits.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from app.engine.lead import Money, Number
from app.intake.countries import custom_of
from app.intake.text import fold
from app.intake.units import CURRENCIES, FIRST_HAN, SHARED_SIGNS, SIGNS, UNITS, USUAL

LARGEST = 10**15
LONGEST = 80
"""Characters of a text that can still be a number."""

_ABOUT = "|".join(
    (
        "(?:about|approximately|approx|around|circa|ca|roughly|nearly|almost|over|above|more than|greater than|at least"
        # Whole words only: CAD is a currency.
        "|min|minimum|from|up to|max|maximum|under|below|less than|fewer than|no more than)(?![a-z])",
        "约|大约|大概|近|超过|至少|不少于|不低于|最多|不超过|不到|少于|低于|小于|大于|多于|高于|预算|共|[~≈><≥≤=]",
    )
)
_BELOW = frozenset({"<", "under", "below", "less than", "fewer than", "不到", "少于", "低于", "小于"})
_AFTER = "|".join(
    (
        "employees?|people|persons?|staff|ppl|workers|users?|seats?|members|fte|or more|and up|and above|plus|only",
        "per year|per annum|a year|/ ?year|/ ?yr|/ ?年|p ?a|yearly|annually|每年",
        r"个?人|名?员工|名|位|个|家|套|台|以上|以下|以内|左右|上下|多|余|起|整|\+|/-",
    )
)
_DIGITS = r"\d[\d.,'’ ]*\d|\d|[.,]\d+"
_HAN_DIGITS = {
    sign: value
    for value, signs in enumerate(("〇零", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for sign in signs
}
_HAN_NUMBER = re.compile("[〇零一壹二贰两三叁四肆五伍六陆七柒八捌九玖十拾百佰千仟万萬亿億]+")
_HAN_POWER = re.compile("[百佰千仟万萬亿億]")
_HAN_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}

_unit = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_sign = "|".join(
    sorted(map(re.escape, (*SIGNS, *SHARED_SIGNS, *(code.lower() for code in CURRENCIES))), key=len, reverse=True)
)
_AMOUNT = rf"(?>{_DIGITS})(?: ?(?:{_unit})(?: ?\d+(?:\.\d+)? ?(?:{_unit})){{0,3}})?\.?"
# Every repetition is possessive: what a sender writes must not be able to make matching slow.
_SHAPE = re.compile(
    rf"(?P<about>(?:(?:{_ABOUT})\.?:? ?){{0,3}}+)"
    rf"(?P<sign>{_sign})?\.? ?(?P<about2>(?:(?:{_ABOUT}) ?){{0,2}}+)"
    rf"(?P<low>{_AMOUNT})"
    rf" ?(?P<mid>{_sign})?"
    rf"(?: ?(?:-|–|—|~|～|至|到|to|and|bis) ?(?:{_sign})? ?(?P<high>{_AMOUNT}))?"
    rf" ?(?P<more>[+多余]?) ?(?P<late>{_unit})? ?(?P<tail>{_sign})?"
    rf"(?P<after>(?: ?(?:{_AFTER})\.?){{0,4}}+)"
)
_PART = re.compile(rf"(?P<digits>{_DIGITS}) ?(?P<unit>{_unit})?\.?")


class Figure(NamedTuple):
    """A number that was read. ``notice`` is the code of what had to be assumed, if anything."""

    value: Number
    notice: str | None = None


class Sum(NamedTuple):
    """An amount that was read. ``notice`` is the code of what had to be assumed, if anything."""

    money: Money
    notice: str | None = None


class OwnWords(NamedTuple):
    """What is written with a number: whether a power of ten (``50万``), whether a currency (``$50``)."""

    power: bool
    currency: bool


class _Parts(NamedTuple):
    value: Number
    sign: str | None
    notice: str | None


def read_number(value: Any, country: str | None = None, *, whole: bool = False) -> Figure | None:
    """A number that cannot be negative, or None if ``value`` is none.

    Of a range the lower bound counts; ``<50`` is 49 (``upper_bound``). A lone separator before three digits is read as
    the country writes it; with no country to go by, or read as a decimal sign, that is ``ambiguous_number``. In a
    number that can only be ``whole`` it is never a decimal sign.
    """
    if isinstance(value, str):
        parts = _read(value, country, whole)
        return None if parts is None or parts.sign is not None else Figure(parts.value, parts.notice)
    number = _plain(value)
    return None if number is None else Figure(number)


def read_money(value: Any, country: str | None = None, currency: str | None = None) -> Sum | None:
    """An amount of money that cannot be negative, or None if ``value`` is none.

    The currency is the one written with it; a sign that several share (``$``, ``¥``, ``元``, ``kr``) means the lead's
    own ``currency`` or else the country's if that is written so, else the best known one (``currency_assumed`` if
    there was neither to go by). Where nothing is written it is ``currency``, which may be None.
    """
    if not isinstance(value, str):
        number = _plain(value)
        return None if number is None else Sum(Money(number, currency))
    parts = _read(value, country, whole=False)
    if parts is None:
        return None
    if parts.sign is None:
        return Sum(Money(parts.value, currency), parts.notice)
    code, sure = _currency_of(parts.sign, country, currency)
    return Sum(Money(parts.value, code), parts.notice or (None if sure else "currency_assumed"))


def words_of_number(text: str) -> OwnWords | None:
    """What is written with the number that a text is; None if it is none."""
    if len(text) > LONGEST:
        return None
    written = " ".join(fold(text).split())
    shape = _SHAPE.fullmatch(_han_to_digits(written.replace("，", ",").replace("―", "-")))
    if shape is None:
        return None
    amounts = (shape["low"], shape["high"] or "")
    power = shape["late"] is not None or any(map(_last_unit, amounts)) or _HAN_POWER.search(written) is not None
    return OwnWords(power, any(shape[sign] is not None for sign in ("sign", "mid", "tail")))


def read_currency(text: str, country: str | None = None) -> str | None:
    """The ISO 4217 code that a text means (``rmb``, ``人民币``, ``$``), or None."""
    key = fold(text).strip(" .")
    if key.upper() in CURRENCIES:
        return key.upper()
    if key in SIGNS or key in SHARED_SIGNS:
        return _currency_of(key, country, None)[0]
    return None


def read_decimal(value: Any) -> float | None:
    """A plain finite number of either sign, from a number or its text; no units, no grouping. None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        value = fold(value[:LONGEST]).strip().replace("−", "-").rstrip("°")
        if not re.fullmatch(r"[+-]?\d{1,15}([.,]\d{0,20})?", value, re.ASCII):
            return None
        value = value.replace(",", ".")
    elif not -LARGEST <= value <= LARGEST:
        return None
    return float(value)


def _plain(value: Any) -> Number | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        return None
    return int(value) if value == int(value) else value


def _read(text: str, country: str | None, whole: bool) -> _Parts | None:
    if len(text) > LONGEST:
        return None
    if text.isascii() and text.isdigit():
        number = int(text)
        return _Parts(number, None, None) if number <= LARGEST else None
    return _read_shape(" ".join(fold(text).split()), custom_of(country).decimal, country is not None, whole)


@lru_cache(maxsize=8192)
def _read_shape(text: str, decimal: str, known: bool, whole: bool) -> _Parts | None:
    """``decimal`` is the country's decimal sign, ``known`` whether there was a country to tell it."""
    text = _han_to_digits(text.replace("，", ",").replace("―", "-"))
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    low, high = shape["low"], shape["high"]
    unit = shape["late"]
    if (
        high is not None
        and unit is None
        and _PART.fullmatch(low)
        and (last := _last_unit(high))
        and not _last_unit(low)
    ):
        unit = last
    read = _amount(low, decimal, known, whole)
    if read is None or (high is not None and _amount(high, decimal, known, whole) is None):
        return None
    value, notice = read
    if unit is not None:
        value *= UNITS[unit]
    if value > LARGEST:
        return None
    if high is None and not _BELOW.isdisjoint(_words(shape["about"]) + _words(shape["about2"])) and value >= 1:
        value, notice = value - 1, "upper_bound"
    sign = shape["sign"] or shape["mid"] or shape["tail"]
    return _Parts(int(value) if value == value.to_integral_value() else float(value), sign, notice)


def _words(about: str | None) -> list[str]:
    return [about.strip(" .:")] if about else []


def _last_unit(amount: str) -> str | None:
    last = None
    for part in _PART.finditer(amount):
        last = part["unit"]
    return last


def _amount(text: str, decimal: str, known: bool, whole: bool) -> tuple[Decimal, str | None] | None:
    """The sum of parts such as ``1亿5000万``, each smaller in kind than the one before it."""
    total, smallest, notice = Decimal(0), None, None
    for part in _PART.finditer(text):
        unit = UNITS[part["unit"]] if part["unit"] else 1
        if smallest is not None and unit >= smallest:
            return None
        smallest = unit
        read = _digits(part["digits"], decimal, known, whole and unit == 1)
        if read is None:
            return None
        total += read[0] * unit
        notice = notice or read[1]
    return total, notice


_GROUPED = re.compile(r"\d{1,3}(?:([.,'’ ])\d{3})(?:\1\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}")


def _digits(text: str, decimal: str, known: bool, whole: bool) -> tuple[Decimal, str | None] | None:
    notice = None
    points, commas = text.count("."), text.count(",")
    if not points and not commas:
        head, tail = text, ""
    elif points and commas:
        at = max(text.rfind("."), text.rfind(","))
        if text.count(text[at]) > 1:
            return None
        head, tail = text[:at], text[at + 1 :]
    elif points + commas > 1:
        head, tail = text, ""
    else:
        at = text.find("." if points else ",")
        head, tail = text[:at], text[at + 1 :]
        if len(tail) == 3 and tail.isdigit() and 1 <= len(head) <= 3 and head.isdigit() and head[0] != "0":
            if whole or text[at] != decimal:
                notice = None if known or whole else "ambiguous_number"
                head, tail = head + tail, ""
            else:
                notice = "ambiguous_number"
    if not head.isdigit() and head:
        if not _GROUPED.fullmatch(head):
            return None
        head = re.sub(r"\D", "", head)
    if tail and not tail.isdigit():
        return None
    try:
        return Decimal(f"{head or 0}.{tail or 0}"), notice
    except InvalidOperation:
        return None


def _han_to_digits(text: str) -> str:
    """Numbers in Chinese characters as digits; a run that is only a unit (``50万``) is left to the units."""

    def digits(found: re.Match[str]) -> str:
        run = found[0]
        after_digit = found.start() > 0 and text[found.start() - 1] in "0123456789 "
        if after_digit or not any(sign in _HAN_DIGITS or sign in "十拾" for sign in run):
            return run
        return str(_han_number(run))

    return _HAN_NUMBER.sub(digits, text)


def _han_number(run: str) -> int:
    total = section = digit = 0
    for sign in run:
        if sign in _HAN_DIGITS:
            digit = _HAN_DIGITS[sign]
        elif sign in _HAN_UNITS:
            section += (digit or 1) * _HAN_UNITS[sign]
            digit = 0
        else:
            total = (total + section + digit) * 10**8 if sign in "亿億" else total + (section + digit) * 10**4
            section = digit = 0
    return total + section + digit


def _currency_of(sign: str, country: str | None, currency: str | None) -> tuple[str, bool]:
    """The code, and whether anything but habit says so."""
    if sign in SIGNS:
        return SIGNS[sign], True
    if sign not in SHARED_SIGNS:
        return sign.upper(), True
    shared = SHARED_SIGNS[sign]
    if currency in shared:
        return str(currency), True
    local = custom_of(country).currency
    if local in shared:
        return str(local), True
    usual = USUAL.get(sign) or min(shared)
    return usual, len(shared) == 1 or country is not None or sign >= FIRST_HAN
