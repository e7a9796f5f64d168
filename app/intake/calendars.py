"""Which days differ from the ordinary week where a rep works? Public holidays, and workdays that make up for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

import holidays

from app.engine.problems import suggest
from app.engine.roster import Calendars, CountryDays

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_WHOLE_BREAKS: Final = frozenset({"CN"})
"""Countries that announce holidays as unbroken breaks, which take in the weekends that they touch."""


class UnknownCalendar(ValueError):
    """No public holidays are known by this code."""


def calendars(codes: Iterable[str], years: range) -> Calendars:
    """The special days of all ``years`` by calendar code.

    A code is an ISO 3166-1 country (``CN``) or a country and its subdivision (``DE-BY``), in any case. A year whose
    make-up workdays have not been announced yet has its holidays alone.

    Raises:
        UnknownCalendar: naming the code, and one that was probably meant.
    """
    return {code: _joined(code, years.start, years.stop) for code in set(codes)}


def known_calendar(code: str) -> bool:
    """Whether there is a calendar of that code."""
    return _entity(code) is not None


def unknown_calendar(code: str) -> str:
    """What to tell somebody who asked for a calendar that there is not."""
    country, dash, _ = code.partition("-")
    here = _countries().get(country.casefold())
    known = (
        [f"{here[0]}-{part}" for part in here[1].values()] if dash and here else [c for c, _ in _countries().values()]
    )
    return f'there are no public holidays known for "{code}"{suggest(code, known)}'


@lru_cache(maxsize=4096)
def _joined(code: str, start: int, stop: int) -> CountryDays:
    parts = [_year(code, year) for year in range(start, stop)]
    return CountryDays(
        holidays=frozenset().union(*(part.holidays for part in parts)),
        workdays=frozenset().union(*(part.workdays for part in parts)),
    )


@lru_cache(maxsize=4096)
def _year(code: str, year: int) -> CountryDays:
    entity = _entity(code)
    if entity is None:
        raise UnknownCalendar(unknown_calendar(code))
    country, subdivision = entity
    # A year's last days may be told by the next one's first (a New Year kept on 31 December), and the other way round.
    found = holidays.country_holidays(
        country, subdiv=subdivision, years=range(year - 1, year + 2), categories=holidays.PUBLIC
    )
    workdays = {day for day in found.weekend_workdays if day.year == year}
    free = set(found)
    if country in _WHOLE_BREAKS:
        free |= {day for day in _weekends(year) if _touches(day, free, found.weekend_workdays)}
    return CountryDays(frozenset(day for day in free if day.year == year) - workdays, frozenset(workdays))


def _weekends(year: int) -> Iterable[date]:
    day = date(year, 1, 1)
    while day.year == year:
        if day.weekday() >= _SATURDAY:
            yield day
        day += _DAY


def _touches(day: date, free: set[date], workdays: set[date]) -> bool:
    """Whether only free weekend days lie between ``day``, itself one, and a holiday."""
    if day in workdays:
        return False
    for step in (-_DAY, _DAY):
        neighbour = day + step
        while neighbour.weekday() >= _SATURDAY and neighbour not in free and neighbour not in workdays:
            neighbour += step
        if neighbour in free:
            return True
    return False


@lru_cache(maxsize=4096)
def _entity(code: str) -> tuple[str, str | None] | None:
    """The country and the subdivision as the library spells them."""
    country, dash, subdivision = code.casefold().partition("-")
    found = _countries().get(country)
    if found is None or not dash:
        return None if found is None else (found[0], None)
    spelled = found[1].get(subdivision)
    return None if spelled is None else (found[0], spelled)


@cache
def _countries() -> dict[str, tuple[str, dict[str, str]]]:
    """By case-folded code: the country's code, and its subdivisions' by theirs."""
    return {
        country.casefold(): (country, {part.casefold(): part for part in parts})
        for country, parts in holidays.list_supported_countries(include_aliases=False).items()
    }
