"""Which regions, industries and sources does a policy document define?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from app.engine.codes import WORLD, iso_code
from app.engine.policy_reader import Reader
from app.engine.problems import at, shown
from app.engine.text import slug, squeeze
from app.engine.trees import (
    Fault,
    Industry,
    IndustryTree,
    RegionTree,
    Territory,
    industry_faults,
    region_faults,
)

_REGION_KEYS: Final = ("code", "name", "names", "aliases", "contains")
_INDUSTRY_KEYS: Final = ("code", "name", "names", "aliases", "parent")
_SOURCE_KEYS: Final = ("code", "name", "names", "aliases")


def read_regions(reader: Reader, document: object, where: str = "regions") -> RegionTree:
    """Return the tree of the policy's territories; an empty one if they are no tree."""
    listed = [
        (reader.entries(item, place, _REGION_KEYS, required=["code"]), place)
        for place, item in reader.items(document, where)
    ]
    codes = {slug(entry["code"]): entry["code"] for entry, _ in listed if isinstance(entry.get("code"), str)}
    territories = []
    for entry, place in listed:
        code = reader.code(entry.get("code", "?"), at(place, "code")) if "code" in entry else ""
        if code == WORLD or iso_code(code) is not None:
            message = (
                f"{shown(code)} is {'what everything lies in' if code == WORLD else f'the ISO code {iso_code(code)}'}"
            )
            reader.fail(at(place, "code"), f"{message} already; choose another code")
        contains = tuple(
            _contained(text, codes)
            for inner, item in reader.items(entry.get("contains", []), at(place, "contains"))
            if (text := reader.text(item, inner))
        )
        if code and not contains:
            message = f"{shown(code)} contains nothing: only leads that name it are in it"
            reader.note("empty_region", at(place, "contains"), message)
        territories.append(Territory(code, contains=contains, **_naming(reader, entry, place, code)))
    return RegionTree(territories) if _sound(reader, where, region_faults, territories) else RegionTree()


def _contained(text: str, codes: dict[str, str]) -> str:
    return codes.get(slug(text)) or iso_code(text) or text


def read_industries(reader: Reader, document: object, where: str = "industries") -> IndustryTree:
    """Return the tree of the policy's industries; an empty one if they are no tree."""
    industries = []
    for place, item in reader.items(document, where):
        entry = reader.entries(item, place, _INDUSTRY_KEYS, required=["code"])
        code = reader.code(entry["code"], at(place, "code")) if "code" in entry else ""
        parent = reader.code(entry["parent"], at(place, "parent")) if "parent" in entry else None
        industries.append(Industry(code, parent=parent, **_naming(reader, entry, place, code)))
    return IndustryTree(industries) if _sound(reader, where, industry_faults, industries) else IndustryTree()


def read_sources(reader: Reader, document: object, where: str = "sources") -> dict[str, str]:
    """Return the code of each source by its code, name and aliases: folded, and as slugs."""
    sources: dict[str, str] = {}
    for place, item in reader.items(document, where):
        entry = reader.entries(item, place, _SOURCE_KEYS, required=["code"])
        code = reader.code(entry["code"], at(place, "code")) if "code" in entry else ""
        naming = _naming(reader, entry, place, code)
        for text in (code, naming["name"], *naming["names"].values(), *naming["aliases"]):
            for key in {squeeze(text), slug(text)} - {""}:
                if sources.setdefault(key, code) != code:
                    reader.fail(place, f"{shown(text)} already means {shown(sources[key])}; each text means one source")
    return sources


def _naming(reader: Reader, entry: dict[str, Any], place: str, code: str) -> dict[str, Any]:
    name = reader.text(entry["name"], at(place, "name")) if "name" in entry else code
    aliases = tuple(
        reader.text(item, inner) for inner, item in reader.items(entry.get("aliases", []), at(place, "aliases"))
    )
    names = entry.get("names", {})
    if isinstance(names, dict):
        names = {
            str(language): reader.text(text, at(at(place, "names"), str(language))) for language, text in names.items()
        }
    else:
        reader.fail(at(place, "names"), f"{shown(names)} stands where names by language should, as {{en: East China}}")
        names = {}
    return {"name": name, "aliases": aliases, "names": names}


def _sound(reader: Reader, where: str, faults: Callable[[list[Any]], Iterable[Fault]], nodes: list[Any]) -> bool:
    if any(not node.code for node in nodes):
        return False
    sound = True
    for fault in faults(nodes):  # one by one: the reader has enough of them at some point
        reader.fail(at(at(where, fault.index), fault.key), fault.message)
        sound = False
    return sound
