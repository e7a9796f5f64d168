"""Where is a lead, going by its country, region, city, address and phone, however these are written?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from app.engine.lead import NOWHERE, Notice, Place
from app.engine.problems import suggest
from app.intake.china import CITIES, CITY_TAIL, MUNICIPALITIES, PREFECTURE_TAIL, PROVINCES
from app.intake.cities import cities
from app.intake.regions import country_codes, find_country, find_subdivision, subdivision_codes
from app.intake.text import plain

LONGEST = 200
"""Characters of a region or city that are looked at; of an address the last ones."""

_HAN = re.compile("[\u4e00-\u9fff]")
_BETWEEN = re.compile(r"[,，、;；/|\n\r\t]+|\s[-–—]\s|(?<=[\u4e00-\u9fff])[\s·\-]+")
_STATE_AND_CODE = re.compile(r"(?P<state>[A-Za-z][A-Za-z .]*?)[ ]+\d{5}(?:-\d{4})?")
_POSTAL = re.compile(r"\b(?=[A-Z0-9-]*\d)[A-Z0-9-]{3,8}\b", re.IGNORECASE)
_CHINAS = frozenset({"HK", "MO", "TW"})
_HAN_PROVINCES = sorted(
    ((name, code) for code, names in PROVINCES.items() for name in names if len(name) > 1 and name >= "\u4e00"),
    key=lambda entry: -len(entry[0]),
)


def _cities_by_name() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for code, names in CITIES.items():
        for name, slug in names.items():
            found.setdefault(name, []).append((code, slug))
    return found


_HAN_CITIES = _cities_by_name()
"""Chinese short name → (subdivision, slug)."""


class Located(NamedTuple):
    """A place, what had to be assumed for it, and the country that the country's own text says, if it could be read."""

    place: Place
    notices: tuple[Notice, ...] = ()
    said: str | None = None


@lru_cache(maxsize=16384)
def locate(country: str | None, region: str | None, city: str | None, dialled: str | None = None) -> Located:
    """The place that these three say together.

    ``dialled`` is the country whose phone number it is; it only breaks ties.

    The wider field decides: a city is looked for within its region, a region within its country. One that lies
    elsewhere is left aside with a ``contradiction``, unless the phone number is of there too: then the
    country gives way. A country that is not known is learned from region and city. Where a name has namesakes the
    largest city is taken if it dwarfs them or the country is known (``assumed``), else none. Text that means nothing
    here (a territory of the policy's own, "other cities") is no fault and gives no notice.

    Of the country's text only the country counts: see :func:`beside_country` for what else it says.
    """
    notices: list[Notice] = []
    within = NOWHERE
    if country is not None:
        found = find_country(country)
        if found is not None:
            within = Place(found[0])
            if not found[1]:
                notices.append(Notice("country", "assumed", found[0]))
        elif (area := _area_for_country(country)) is not NOWHERE:
            within = Place(area.country)
    said = within.country
    return Located(_inside(within, region, city, dialled, notices), tuple(notices), said)


def _inside(within: Place, region: str | None, city: str | None, dialled: str | None, notices: list[Notice]) -> Place:
    """What region and city say inside a place."""
    for field, text in (("region", region), ("city", city)):
        if text is None or len(text) > LONGEST:
            continue
        doubts: list[Notice] = []
        narrower = _area(text, within, doubts, field)
        if narrower is NOWHERE and within is not NOWHERE:
            elsewhere = _area(text, NOWHERE, [], field)
            if elsewhere is not NOWHERE:
                notices.append(Notice(field, "contradiction", text[:120]))
                if elsewhere.country != within.country and elsewhere.country == dialled:
                    within = elsewhere
        elif narrower is not NOWHERE:
            within = narrower
            notices.extend(doubts)
    return within


def is_country(region: str) -> bool:
    """Whether what stands where a region is asked for, and no country is said, is a country's name."""
    found = find_country(region)
    return found is not None and found[1] and locate(None, region, None).place == Place(found[0])


class Beside(NamedTuple):
    """What is to be kept as region and city, and the text that made room for it, by the name of its field."""

    region: str | None
    city: str | None
    left: tuple[str, str] | None = None


@lru_cache(maxsize=4096)
def beside_country(country: str, region: str | None, city: str | None) -> Beside:
    """Region and city, with the province or city that stands where a country was asked for put where it belongs.

    Of the country only its code is kept. So the others are to say by themselves, in that country, what the three say
    together; what they are called is kept wherever it can be.
    """
    kept = Beside(region, city)
    area = _area_for_country(country) if find_country(country) is None else NOWHERE
    if area.subdivision is None and area.city is None:
        return kept
    notices: list[Notice] = []
    meant = _inside(area, country if region is None else region, city, None, notices)
    called = (meant.subdivision or "") if meant.city is None else meant.city.rpartition(".")[2].replace("-", " ")
    options = [kept]
    if region is None:
        options = [Beside(country, city), Beside(meant.subdivision, city or called), Beside(called, city)]
    elif city is None:
        options = [Beside(region, country), Beside(region, called)]
        # A territory stays where it is looked for; the name of a place makes room for what is wider.
        is_place = any(_area(region, around, [], "region") is not NOWHERE for around in (area, NOWHERE))
        options.insert(0 if is_place else 2, Beside(country, region))
    else:
        both = f"{country}{city}" if _HAN.search(city) else f"{city}, {country}"
        options += [Beside(region, both)]
        options += [Beside(region, text, ("city", city)) for text in (country, called)]
        options += [Beside(country, region, ("city", city))]
    if meant.subdivision is not None:
        options += [Beside(meant.subdivision, city, None if region is None else ("region", region))]
    contradictions = _contradictions(notices)
    for option in options:
        located = locate(area.country, option.region, option.city)
        if located.place == meant and _contradictions(located.notices) <= contradictions:
            return option
    return kept


def _contradictions(notices: Iterable[Notice]) -> int:
    return sum(notice.code == "contradiction" for notice in notices)


@lru_cache(maxsize=4096)
def locate_address(address: str, within: Place) -> Place:
    """The place that an address names for certain, inside ``within``; else ``within``.

    Chinese addresses are read from the front and must write 省, 市 or 自治区; others from the back and must name a
    country, a state with its postal code, or a city beside one of these.
    """
    text = address[:LONGEST] if _HAN.search(address) else address[-LONGEST:]
    if _HAN.search(text):
        inside = within.country in (None, "CN")
        found = _han_place(text.removeprefix("中国"), within, strict=True) if inside else None
        return found if found is not None else within
    parts = [part.strip() for part in re.split(r"[,;\n]+", text) if part.strip()][-4:]
    place, sure = within, within.country is not None
    for part in reversed(parts):
        if place.country is None and len(part) > 1 and (country := find_country(part)) and country[1]:
            if len(part) > 2 or part == "UK":
                place, sure = Place(country[0]), True
            continue
        if place.subdivision is None and (coded := _STATE_AND_CODE.fullmatch(part)):
            code = find_subdivision(coded["state"], place.country or "US")
            if code is not None:
                place, sure = Place(code[:2], code), True
                continue
        bare = _POSTAL.sub("", part).strip()
        if sure and bare and place.city is None:
            narrower = _name(bare, place, [], "region" if len(bare) <= 3 else "city")
            # Cities lie in England where regions are its counties: the county that is known is not given up for a city.
            if narrower is not NOWHERE and place.subdivision in (None, narrower.subdivision):
                place = narrower
    return place


def fault_of_place(code: str) -> str | None:
    """Why no lead is ever at this ISO code: the tables know no such subdivision or city. None if leads may be there."""
    table = cities()
    above = code.partition(".")[0]
    others: Collection[str]
    if "." in code:
        known, others = code in table, table.codes_in(above)
    elif "-" in code:
        others = subdivision_codes(code.partition("-")[0])
        known = code in others
    else:
        return None
    return None if known else f"no lead is ever in {code}: no such place is known{suggest(code, others)}"


@lru_cache(maxsize=4096)
def place_coordinates(place: Place) -> tuple[float, float] | None:
    """Latitude and longitude of the place's city or municipality; None for anything wider."""
    code = place.city or place.subdivision
    return None if code is None else cities().coordinates(code)


@lru_cache(maxsize=4096)
def _area_for_country(text: str) -> Place:
    """The place that a text names which stands where a country is asked for, and is the name of none."""
    area = _area(text, NOWHERE, [], "country")
    if area.city is not None and not _HAN.search(text) and not _BETWEEN.search(text):
        return NOWHERE  # a lone name that only a town has: more likely a country misspelt
    return area


def _area(text: str, within: Place, doubts: list[Notice], field: str) -> Place:
    """The place of one field's text inside ``within``; NOWHERE if there is none inside."""
    found = _name(text, within, doubts, field)
    if found is not NOWHERE:
        return found
    if _HAN.search(text) and within.country in (None, "CN", *_CHINAS):
        bare = text.removeprefix("中国").strip()
        place = _han_place(bare, within, strict=False)
        if place is not None:
            return place
        if bare != text and within.country in (None, "CN"):
            found = _name(bare, within if within.country else Place("CN"), doubts, field)
            if found is not NOWHERE:
                return found
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    if 2 <= len(parts) <= 6:
        for order in (reversed(parts), parts):
            place = _nested(order, within, doubts)
            if place is not NOWHERE:
                return place
    if len(parts) == 1 and len(pair := text.split()) == 2 and within.subdivision is None:
        for order in (pair, pair[::-1]):
            wider = _region(order[0], within)
            if wider.subdivision is not None and (narrower := _city(order[1], wider, doubts)) is not NOWHERE:
                return narrower
    head, _, tail = text.rpartition(" ")
    if head and len(tail) == 2 and tail.isupper() and within.country in (None, "US"):
        return _nested((tail, head), within if within.country else Place("US"), doubts)
    return NOWHERE


def _nested(parts: Iterable[str], within: Place, doubts: list[Notice]) -> Place:
    """Each part inside the one before it; NOWHERE unless the widest of them is known."""
    place, known = within, 0
    for part in parts:
        narrower = _name(part, place, doubts, "region" if place.subdivision is None else "city")
        if not known and narrower.city is not None:
            return NOWHERE  # the widest part must be a country or province, or any word would do
        if narrower is NOWHERE and not known and within.country is not None and len(part) == 2 and part.isupper():
            country = find_country(part)
            if country is not None and country[0] == within.country:
                known += 1
                continue
        if narrower is NOWHERE and not known:
            state = (
                find_subdivision(part, "US") if place.country is None and len(part) == 2 and part.isupper() else None
            )
            if state is None:
                return NOWHERE
            narrower = Place("US", state)
        if narrower is not NOWHERE:
            place, known = narrower, known + 1
    return place


def _name(text: str, within: Place, doubts: list[Notice], field: str) -> Place:
    """The place of one name inside ``within``, as a region first or, in the field for it, as a city first."""
    if field == "city":
        city = _city(text, within, doubts)
        return city if city is not NOWHERE else _region(text, within)
    region = _region(text, within)
    return region if region is not NOWHERE else _city(text, within, doubts)


def _region(text: str, within: Place) -> Place:
    if within.country is None:
        country = find_country(text)
        if country is not None and country[1] and (len(plain(text)) > 2 or text == "UK"):
            return Place(country[0])
        if country is not None and country[1] and find_subdivision(text, "US") is None:
            return Place(country[0])
    code = find_subdivision(text, within.country)
    if code is not None:
        if within.subdivision in (None, code) or within.subdivision not in cities().levels:
            return Place(code[:2], code)
        return NOWHERE
    # Two letters are a state, or a word; two Chinese characters are a country's name.
    if within.country is not None and (len(plain(text)) > 2 or not text.isascii()):
        country = find_country(text)
        if country is not None and country[1]:
            if country[0] == within.country:
                return within
            if within.country == "CN" and country[0] in _CHINAS:
                return Place("CN", f"CN-{country[0]}")
    return NOWHERE


def _city(text: str, within: Place, doubts: list[Notice]) -> Place:
    known = cities()
    key = plain(text)
    inside = within.subdivision if within.subdivision in known.levels else None
    found = known.find(key, within.country, inside)
    if found is None and " " in key:
        found = known.find(key.removesuffix(" city").removesuffix(" shi"), within.country, inside)
    if found is None:
        if within.country == "CN" and (outside := known.find(key, None, None)) and known.country[outside[0]] in _CHINAS:
            return Place("CN", f"CN-{known.country[outside[0]]}")
        return NOWHERE
    at, alone = found
    code = known.code[at]
    if not alone:
        if within.country is None:
            return NOWHERE
        doubts.append(Notice("city", "assumed", code))
    elif within.country is None and any(known.country[other] != known.country[at] for other in known.named(key)):
        doubts.append(Notice("city", "assumed", code))
    return Place(known.country[at], known.subdivision[at] or within.subdivision, code)


def _han_place(text: str, within: Place, *, strict: bool) -> Place | None:
    """A Chinese address from its front: province, then prefecture or county-level city; the rest is not looked at."""
    text = "".join(text.split())
    province = within.subdivision
    rest = text
    for name, code in _HAN_PROVINCES:
        if text.startswith(name):
            tail = text[len(name) :]
            if PREFECTURE_TAIL.match(tail) and any(other != code for other, _ in _HAN_CITIES.get(name, ())):
                break  # 海南藏族自治州 lies in 青海, not in 海南
            written = name[-1] in "省市区" or tail[:1] in ("省", "市")
            if code in MUNICIPALITIES and not written and len(tail) > 0 and strict:
                continue
            if strict and not written:
                continue
            if province not in (None, code):
                return None
            province = code
            rest = tail.removeprefix("省") if code not in MUNICIPALITIES else tail.removeprefix("市")
            if code in MUNICIPALITIES:
                slug = next(iter(CITIES[code].values()))
                return Place("CN", code, f"{code}.{slug}" if rest or written else None)
            if rest.startswith("市") and name in CITIES.get(code, {}):
                rest = name + rest
            break
    found = _han_city(rest, province, strict=strict or province is None)
    if found is not None:
        return Place("CN", found[0], f"{found[0]}.{found[1]}")
    return Place("CN", province) if province != within.subdivision and province is not None else None


def _han_city(text: str, province: str | None, *, strict: bool) -> tuple[str, str] | None:
    for length in range(min(7, len(text)), 1, -1):
        name = text[:length]
        for code, slug in _HAN_CITIES.get(name, ()):
            if province not in (None, code):
                continue
            tail = text[length:]
            if CITY_TAIL.match(tail) or not tail or not strict:
                return code, slug
    return None


def known_country(code: str | None) -> str | None:
    """The code if it is one of ISO 3166-1's, else None."""
    return code if code in country_codes() else None
