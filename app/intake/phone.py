"""Which number is this in E.164, and where is it at home?"""

from __future__ import annotations

import gc
import marshal
import re
import sys
from array import array
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberDesc, PhoneNumberFormat

from app.engine.lead import NOWHERE, Place
from app.intake.places import known_country, locate
from app.intake.text import fold

LONGEST = 64
"""Characters of a text that can still be a phone number."""

_BETWEEN = re.compile(r"[/;、；|\n]+|\s+or\s+|,\s+(?=[+\d])")
_CHINESE_EXTENSION = re.compile(r"\s*(?:转|轉|分机号?|分機)[:： ]*(?=\d)")
_CHINESE_MOBILE = re.compile(r"(?:86)?(1[3-9]\d{9})")
_PLAIN_CHINESE_MOBILE = re.compile(r"(\+86 ?)?(1(?!79)[3-9]\d{9})", re.ASCII)
"""With 179 begin the codes of carriers too, which are no part of a number."""
_NO_DIGITS = re.compile(r"\D")
_LABEL = re.compile(r"^\s*(?:tel|phone|mobile|mob|cell|ph|电话|手机|座机|联系电话)\s*[:：.]?\s*", re.IGNORECASE)


class Dialled(NamedTuple):
    """A number in E.164. ``country`` is where it belongs (None: to no country alone), ``notice`` the code of what is
    doubtful or was assumed, if anything.
    """

    number: str
    country: str | None
    extension: str | None = None
    notice: str | None = None
    several: bool = False


@lru_cache(maxsize=8192)
def read_phone(text: str, country: str | None) -> Dialled | str:
    """The number in a text, read as in ``country`` unless it starts with its own country code.

    Without a country, eleven digits that start as Chinese mobile numbers do are taken for one (``assumed_country``).
    A number of a possible length that lies in no range in use is kept (``phone_doubtful``): ranges open faster than
    tables. If there is none, the answer is the code of the reason: ``unreadable`` or ``phone_country_unknown``.
    """
    if len(text) > LONGEST * 4:
        return "unreadable"
    folded = _LABEL.sub("", fold(text))[:LONGEST]
    reason = "unreadable"
    parts = _BETWEEN.split(folded)
    for part in (folded, *parts) if len(parts) > 1 else parts:
        read = _read(_CHINESE_EXTENSION.sub(" ext ", part), country)
        if isinstance(read, Dialled):
            if part is not folded:
                read = read._replace(several=True)
            return read
        reason = read if read != "unreadable" else reason
    return reason


def _read(text: str, country: str | None) -> Dialled | str:
    text = text.strip()
    plain = _PLAIN_CHINESE_MOBILE.fullmatch(text)
    if plain is not None and (plain[1] or country == "CN") and _in_ordinary_range(plain[2], "CN"):
        # What the library makes of it as well, in a tenth of the time.
        return Dialled(f"+86{plain[2]}", "CN")
    digits = _NO_DIGITS.sub("", text)
    if len(digits) < 5:
        return "unreadable"
    international = text.startswith(("+", "(+"))
    if not international and text.startswith("00") and country in (None, "CN"):
        text, international = f"+{text[2:]}", True
    notice = None
    if country is None and not international:
        if not _CHINESE_MOBILE.fullmatch(digits):
            return "phone_country_unknown"
        text, notice = f"+86{digits[-11:]}", "assumed_country"
    number = _parsed(text, country)
    if number is None:
        return "unreadable"
    home = _home(number)
    if home is None and text.startswith("00") and (abroad := _parsed(f"+{text[2:]}", None)) and _home(abroad):
        number, home = abroad, _home(abroad)
    if home is None:
        if (number.national_number or 0) < 10**6 or not phonenumbers.is_possible_number(number):
            return "unreadable"
        notice = "phone_doubtful"
        home = phonenumbers.region_code_for_country_code(number.country_code or 0)
    written = phonenumbers.format_number(_without_extension(number), PhoneNumberFormat.E164)
    if (number.italian_leading_zero or notice == "phone_doubtful") and not _stands(written):
        return "unreadable"
    return Dialled(written, known_country(home), number.extension, notice)


def _parsed(text: str, country: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None


def _stands(written: str) -> bool:
    """Whether a number is read as itself again: the library may take a zero off it, or the code of a carrier."""
    again = _parsed(written, None)
    return again is not None and phonenumbers.format_number(again, PhoneNumberFormat.E164) == written


def _home(number: PhoneNumber) -> str | None:
    """The region in one of whose ranges the number lies (``001`` for those of no region); None if it is not valid."""
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        return None
    return region if _is_ordinary(number, region) or phonenumbers.is_valid_number_for_region(number, region) else None


def _is_ordinary(number: PhoneNumber, region: str) -> bool:
    """Whether it is a mobile or fixed line of a region: what nearly all are, and the library asks last."""
    return _in_ordinary_range(phonenumbers.national_significant_number(number), region)


def _in_ordinary_range(digits: str, region: str) -> bool:
    general, mobile, fixed = _ordinary(region)
    return _matches(general, digits) and (_matches(mobile, digits) or _matches(fixed, digits))


@lru_cache(maxsize=512)
def _ordinary(region: str) -> tuple[_Range, _Range, _Range]:
    """Any number of a region, its mobiles, its fixed lines."""
    found = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if found is None:
        return _NONE, _NONE, _NONE
    return _range(found.general_desc), _range(found.mobile), _range(found.fixed_line)


def _range(one: PhoneNumberDesc | None) -> _Range:
    if one is None or not one.national_number_pattern:
        return _NONE
    return _Range(frozenset(one.possible_length), re.compile(one.national_number_pattern))


def _matches(one: _Range, digits: str) -> bool:
    return (not one.lengths or len(digits) in one.lengths) and one.pattern.fullmatch(digits) is not None


def _without_extension(number: PhoneNumber) -> PhoneNumber:
    if number.extension is None:
        return number
    bare = PhoneNumber()
    bare.merge_from(number)
    bare.extension = None
    return bare


class _Range(NamedTuple):
    """Numbers of one kind in one region: how many digits they may have (empty: any), and which."""

    lengths: frozenset[int]
    pattern: re.Pattern[str]


_NONE = _Range(frozenset(), re.compile(r"(?!)"))


class _Prefixes:
    """libphonenumber's geographic prefixes as two sorted arrays, 3 MB in place of 100."""

    def __init__(self) -> None:
        from phonenumbers.geodata import GEOCODE_DATA  # noqa: PLC0415  (100 MB, wanted for a moment only)

        names: dict[str, int] = {}
        entries = sorted(
            (
                int(prefix),
                names.setdefault((spoken.get("zh") if prefix[:2] == "86" else None) or spoken["en"], len(names)),
            )
            for prefix, spoken in GEOCODE_DATA.items()
            if "en" in spoken
        )
        self._prefixes = array("q", (prefix for prefix, _ in entries))
        self._at = array("i", (at for _, at in entries))
        self._names = list(names)
        for module in [name for name in sys.modules if name.startswith("phonenumbers.geodata")]:
            del sys.modules[module]
        if hasattr(phonenumbers, "geodata"):
            del phonenumbers.geodata

    def repack(self) -> None:
        """Copy the names, so that the memory among which they lie can be given back."""
        packed = marshal.dumps(self._names)
        self._names = []
        self._names = marshal.loads(packed)  # noqa: S302  (our own)

    def describe(self, number: str) -> str | None:
        for length in range(min(9, len(number)), 3, -1):
            prefix = int(number[:length])
            at = bisect_left(self._prefixes, prefix)
            if at < len(self._prefixes) and self._prefixes[at] == prefix:
                return self._names[self._at[at]]
        return None


@lru_cache(maxsize=1)
def _prefixes() -> _Prefixes:
    found = _Prefixes()
    gc.collect()  # the modules that are gone held each other
    found.repack()
    return found


def place_of_number(number: str, country: str) -> Place:
    """Where an E.164 number of this country is at home, as narrowly as its prefix tells; at least the country."""
    described = _prefixes().describe(number[1:])
    return Place(country) if described is None else _described(described, country)


@lru_cache(maxsize=8192)
def _described(text: str, country: str) -> Place:
    found = locate(country, text, None).place
    if found.country != country or found is NOWHERE:
        return Place(country)
    return found


def warm() -> None:
    """Read the tables now rather than at the first number that needs them."""
    _prefixes()
