"""What does a number mean that a form asks for in a unit of its own: in ten thousands, in thousands of euros?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from app.intake.numbers import LARGEST, words_of_number
from app.intake.text import fold
from app.intake.units import CURRENCIES, SHARED_SIGNS, SIGNS, UNITS

LONGEST_UNIT: Final = 30


class Unit(NamedTuple):
    """What stands behind each number of a field: a power of ten as it is written, a currency, or both."""

    power: str
    currency: str

    @property
    def times(self) -> int:
        """What a number is multiplied by."""
        return UNITS.get(self.power, 1)


def read_unit(text: str) -> Unit | None:
    """The unit that a text is (``万``, ``k``, ``lakh``, ``EUR``, ``万元``, ``k EUR``, ``USD m``), or None."""
    word = "".join(fold(text[:LONGEST_UNIT]).split())
    if not word or len(text) > LONGEST_UNIT:
        return None
    if _is_currency(word):
        return Unit("", word)
    if word in UNITS:
        return Unit(word, "")
    # The longest power first: 千万元 is ten million, and not a thousand of something.
    for at in range(len(word) - 1, 0, -1):
        if word[:at] in UNITS and _is_currency(word[at:]):
            return Unit(word[:at], word[at:])
        if word[at:] in UNITS and _is_currency(word[:at]):
            return Unit(word[at:], word[:at])
    return None


def in_unit(value: Any, unit: Unit) -> Any:
    """The value with its unit, so that :mod:`app.intake.numbers` reads what was meant.

    A number that brings a power or a currency of its own (``80万``, ``$50``) is the sender's word: only a currency is
    added, and only if it has none. What is no number is left as it is.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    if not isinstance(value, str):
        if not -LARGEST <= value <= LARGEST:
            return value
        return _written(Decimal(str(value)) * unit.times, unit.currency)
    own = words_of_number(value)
    if own is None or own.currency:
        return value
    behind = [part for part in ("" if own.power else unit.power, unit.currency) if part]
    if not behind:
        return value
    if own.power:
        return _joined(value.rstrip(), behind)
    text = fold(value)
    end = max(found.end() for found in _FIGURE.finditer(text))
    return f"{_joined(text[:end], behind)}{text[end:]}"


def _joined(text: str, parts: Iterable[str]) -> str:
    """A number and the words of its unit: Chinese is written without blanks (``50-80万元``), all else with them."""
    for part in parts:
        close = _HAN.match(part) and (text[-1:].isdigit() or _HAN.match(text[-1:]))
        text = f"{text}{'' if close else ' '}{part}"
    return text


_HAN: Final = re.compile("[\u4e00-\u9fff]")
_FIGURE: Final = re.compile("[\\d〇零一壹二贰两三叁四肆五伍六陆七柒八捌九玖十拾]")


def _is_currency(word: str) -> bool:
    return word.upper() in CURRENCIES or word in SIGNS or word in SHARED_SIGNS


def _written(number: Decimal, currency: str) -> Any:
    if not currency:
        return int(number) if number == number.to_integral_value() else float(number)
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    # Three digits behind a point might be thousands.
    if len(text.partition(".")[2]) == 3:
        text += "0"
    return _joined(text, (currency,))
