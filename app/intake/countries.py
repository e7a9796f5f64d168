"""How do people in a country write numbers, dates and money? Answered from CLDR, by country code."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.numbers import get_territory_currencies

from app.intake.text import words

DateOrder: TypeAlias = Literal["day", "month", "year"]


class Custom(NamedTuple):
    """``decimal`` is ``.`` or ``,``; ``first`` what a date starts with; ``currency`` an ISO 4217 code."""

    decimal: str
    first: DateOrder
    currency: str | None


# From CLDR, as tables: to ask Babel loads a locale for every country that comes by, 95 MB for all of them.
_DECIMAL_COMMA = frozenset(
    words(
        """
    AD AL AM AO AR AT AW AX AZ BA BE BF BG BI BJ BL BN BO BR BY CD CF CG CI CL CM CO CR CV CY CZ DE DJ DK DZ EC EE
    ES FI FO FR GA GE GF GL GN GP GQ GR GW HR HT HU ID IS IT KG KZ LA LB LT LU LV LY MA MC MD ME MF MK MQ MR MU MZ
    NA NC NL NO PF PL PM PT RE RO RS RU RW SC SE SI SJ SK SM SN SR ST TG TJ TL TM TN TR UA UY UZ VA VE VN WF YT ZA
    """
    )
)
_MONTH_FIRST = frozenset(words("AS GU MH MP PA PH PR UM US VI"))
_YEAR_FIRST = frozenset(words("AF AX BT CA CN GL HU IR JP KP KR LK LS LT MG MN NA NP PY RW SE TW ZA ZW"))


@lru_cache(maxsize=300)
def custom_of(country: str | None) -> Custom:
    """The custom of an ISO 3166-1 alpha-2 country; without one, a decimal point and the day first."""
    if country is None:
        return Custom(".", "day", None)
    first: DateOrder = "month" if country in _MONTH_FIRST else "year" if country in _YEAR_FIRST else "day"
    return Custom("," if country in _DECIMAL_COMMA else ".", first, _currency(country))


def _currency(country: str) -> str | None:
    current = get_territory_currencies(country)
    return str(current[0]) if current else None


def zone_for(country: str | None, naive: datetime) -> ZoneInfo | None:
    """The country's time zone, if all its zones show the same time at ``naive``; None if that cannot be said.

    China keeps Beijing time by law, whatever else is used in its west.
    """
    if country is None:
        return None
    if country == "CN":
        return ZoneInfo("Asia/Shanghai")
    zones = _zones(country)
    if not zones or len({zone.utcoffset(naive) for zone in zones}) > 1:
        return None
    return zones[0]


@lru_cache(maxsize=300)
def _zones(country: str) -> tuple[ZoneInfo, ...]:
    names: list[str] = get_global("territory_zones").get(country, [])
    found = []
    for name in names:
        try:
            found.append(ZoneInfo(name))
        except (KeyError, ValueError, OSError):
            return ()
    return tuple(found)
