"""How does a policy document say what a lead is worth: its screening, scoring, tiers and times?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from app.engine.conditions import ALWAYS
from app.engine.fields import Field, Kind, Stage
from app.engine.lead import Number
from app.engine.operands import Asked, Refused, Vocabulary, a_word, number_text, read_number
from app.engine.policy import Criterion, Limits, Scoring, Screen, Tier
from app.engine.policy_conditions import read_condition, read_field
from app.engine.policy_reader import Reader
from app.engine.problems import at, shown, suggest
from app.engine.scoring import scoring_of
from app.engine.text import fold

_DECIMALS: Final = 3
_LIMITS: Final = ("minimum", "maximum")


def read_screening(reader: Reader, document: object, words: Vocabulary, where: str = "screening") -> tuple[Screen, ...]:
    """Return the screens in order."""
    screens: list[Screen] = []
    names: set[str] = set()
    for place, item in reader.items(document, where):
        entry = reader.entries(item, place, ("name", "when"), required=("name", "when"))
        name = reader.text(entry["name"], at(place, "name")) if "name" in entry else ""
        if fold(name) in names:
            reader.fail(at(place, "name"), f"{shown(name)} is there twice; give each its own name")
        names.add(fold(name))
        before = len(reader.errors)
        when = read_condition(reader, entry.get("when", {}), at(place, "when"), words, Stage.LEAD)
        if when is ALWAYS and "when" in entry and len(reader.errors) == before:
            reader.note("screens_everything", place, f"{shown(name)} rejects every lead")
        screens.append(Screen(name, when))
    return tuple(screens)


def tier_names(reader: Reader, document: object, where: str = "tiers") -> tuple[str, ...]:
    """Return the names of the tiers, in order: conditions may name them before the tiers themselves are read."""
    names: list[str] = []
    known: set[str] = set()
    for place, item in reader.items(document, where):
        entry = reader.entries(item, place, ("tier", "when"), required=["tier"])
        name = reader.text(entry["tier"], at(place, "tier"), longest=64) if "tier" in entry else ""
        if name and fold(name) in known:
            reader.fail(at(place, "tier"), f"tier {shown(name)} is there twice; join their conditions with any")
        names.append(name)
        known.add(fold(name))
    return tuple(names)


def read_tiers(reader: Reader, document: object, words: Vocabulary, where: str = "tiers") -> tuple[Tier, ...]:
    """Return the tiers in order; their names are those of ``words``."""
    tiers: list[Tier] = []
    last: str | None = None
    if not isinstance(document, list | tuple):
        return ()
    for index, (item, name) in enumerate(zip(document, words.tiers, strict=True)):
        place = at(where, index)
        if last is not None:
            reader.note("unreachable_tier", place, f"tier {shown(last)} above it takes every lead")
        before = len(reader.errors)
        when = item.get("when") if isinstance(item, Mapping) else None
        read = ALWAYS if when is None else read_condition(reader, when, at(place, "when"), words, Stage.SCORE)
        if last is None and read is ALWAYS and len(reader.errors) == before:
            last = name
        tiers.append(Tier(name, read))
    return tuple(tiers)


def read_scoring(reader: Reader, document: object, words: Vocabulary, where: str = "scoring") -> Scoring:
    """Return the criteria with their limits, from a list of criteria or an object with ``criteria``."""
    if isinstance(document, list | tuple):
        return scoring_of(_criteria(reader, document, where, words, None))
    entry = reader.entries(document, where, ("criteria", "groups", *_LIMITS), required=["criteria"])
    groups: dict[str, Limits] = {}
    listed = entry.get("groups", {})
    if isinstance(listed, Mapping):
        for name, limits in listed.items():
            place = at(at(where, "groups"), str(name))
            groups[str(name)] = _limits(reader, reader.entries(limits, place, _LIMITS), place)
    else:
        reader.fail(at(where, "groups"), f"{shown(listed)} stands where limits by group should")
    criteria = _criteria(reader, entry.get("criteria", []), at(where, "criteria"), words, groups)
    for name in groups.keys() - {criterion.group for criterion in criteria}:
        reader.note("unused_group", at(at(where, "groups"), name), f"no criterion is in group {shown(name)}")
    return scoring_of(criteria, groups, _limits(reader, entry, where))


def _limits(reader: Reader, entry: Mapping[str, Any], where: str) -> Limits:
    least, most = (_points(reader, entry[key], at(where, key)) if key in entry else None for key in _LIMITS)
    if least is not None and most is not None and least > most:
        reader.fail(where, f"the minimum {least} is above the maximum {most}; swap them")
    return Limits(least, most)


def _points(reader: Reader, value: object, where: str) -> Number:
    return reader.number(value, where, places=_DECIMALS)


def _criteria(
    reader: Reader, document: object, where: str, words: Vocabulary, groups: Mapping[str, Limits] | None
) -> tuple[Criterion, ...]:
    criteria: list[Criterion] = []
    names: set[str] = set(_LIMITS)
    for place, item in reader.items(document, where):
        criterion = _criterion(reader, item, place, words)
        if criterion is None:
            continue
        if criterion.name in _LIMITS:
            reader.fail(at(place, "name"), f"{shown(criterion.name)} is what limits are called; choose another name")
        elif criterion.name in names:
            reader.fail(at(place, "name"), f"{shown(criterion.name)} is there twice; give each its own name")
        if criterion.group is not None and groups is not None and criterion.group not in groups:
            message = f"group {shown(criterion.group)} is not among scoring.groups{suggest(criterion.group, groups)}"
            reader.fail(at(place, "group"), message)
        names.add(criterion.name)
        criteria.append(criterion)
    return tuple(criteria)


def _criterion(reader: Reader, document: object, place: str, words: Vocabulary) -> Criterion | None:
    entry = reader.entries(document, place, ("name", "group", "field", "points", "bands", "when"), required=["name"])
    common: dict[str, Any] = {
        "name": reader.text(entry["name"], at(place, "name")) if "name" in entry else "",
        "group": reader.text(entry["group"], at(place, "group")) if "group" in entry else None,
        "place": place,
    }
    match entry.keys() - {"name", "group"}:
        case keys if keys == {"field", "points"}:
            field = read_field(reader, entry["field"], at(place, "field"), Stage.LEAD)
            if field is None:
                return None
            points = _by_value(reader, field, entry["points"], at(place, "points"), words)
            return Criterion(field=field.name, points=points, **common)
        case keys if keys == {"field", "bands"}:
            field = read_field(reader, entry["field"], at(place, "field"), Stage.LEAD)
            if field is None:
                return None
            if field.kind not in {Kind.NUMBER, Kind.ANY}:
                reader.fail(at(place, "bands"), f"bands are for numbers, and {field.name} is none; use points")
            return Criterion(
                field=field.name, bands=_bands(reader, field, entry["bands"], at(place, "bands")), **common
            )
        case keys if keys == {"when", "points"}:
            when = read_condition(reader, entry["when"], at(place, "when"), words, Stage.LEAD)
            return Criterion(when=when, award=_points(reader, entry["points"], at(place, "points")), **common)
        case keys if keys or isinstance(document, Mapping):
            message = "a criterion has field and points, or field and bands, or when and points"
            reader.fail(place, f"{message}; this one has {' and '.join(sorted(keys)) or 'none of them'}")
    return None


def _bands(reader: Reader, field: Field, document: object, where: str) -> tuple[tuple[Number, Number], ...]:
    bands: dict[Number, Number] = {}
    for place, item in reader.items(document, where):
        entry = reader.entries(item, place, ("at_least", "points"), required=("at_least", "points"))
        if len(entry) < 2:
            continue
        at_least = reader.number(entry["at_least"], at(place, "at_least"))
        if at_least < 0 and not field.can_be_negative:
            reader.fail(at(place, "at_least"), f"{field.name} is never negative; give 0 or more")
        elif at_least in bands:
            reader.fail(at(place, "at_least"), f"there is a band from {at_least} already; each starts elsewhere")
        bands[at_least] = _points(reader, entry["points"], at(place, "points"))
    if isinstance(document, list | tuple) and not document:
        reader.fail(where, "a criterion without bands gives nothing; list at least one")
    return tuple(sorted(bands.items(), reverse=True))


def _by_value(
    reader: Reader, field: Field, document: object, where: str, words: Vocabulary
) -> dict[str, Number] | None:
    if not isinstance(document, Mapping):
        message = f"{shown(document)} stands where points by value should, as {{high: 5, medium: 3}}"
        reader.fail(where, f"{message}; for fixed points use when instead of field")
        return None
    points: dict[str, Number] = {}
    for raw, value in document.items():
        place = at(where, str(raw))
        key = reader.attempt(place, lambda raw=raw: _value_key(raw, field, words), None)  # type: ignore[misc]
        number = _points(reader, value, place)
        if key is not None and points.setdefault(key, number) != number:
            reader.fail(place, f"{shown(raw)} means the same as a value above it, with other points; keep one")
    if not document:
        reader.fail(where, "a criterion without points gives nothing; name at least one value")
    return points


def _value_key(raw: object, field: Field, words: Vocabulary) -> str:
    """Return a value as scoring looks it up."""
    match field.kind:
        case Kind.TEXT | Kind.TREE:
            return a_word(raw, Asked(field, words))
        case Kind.TIME:
            raise Refused(f"{field.name} is a time and has no points by value; use when with date or within_last")
        case Kind.BOOLEAN:
            if raw in (True, False, "true", "false"):
                return "true" if raw in (True, "true") else "false"
            raise Refused(f"{field.name} is true or false; {shown(raw)} is not")
    number = read_number(raw)
    if number is not None:
        return number_text(number)
    if isinstance(raw, str) and field.kind is Kind.ANY:
        return fold(raw)
    raise Refused(f"{shown(raw)} is not a number, which {field.name} is; use bands for ranges")


def read_follow_up(
    reader: Reader, document: object, words: Vocabulary, where: str = "follow_up"
) -> dict[str | None, timedelta]:
    """Return within what time of the assignment the first contact is due, by tier; None stands for all others."""
    entry = reader.entries(document, where, ("first_contact_within",))
    within, where = entry.get("first_contact_within"), at(where, "first_contact_within")
    if within is None:
        return {}
    if not isinstance(within, Mapping):
        return {None: reader.duration(within, where)}
    due: dict[str | None, timedelta] = {}
    for raw, duration in within.items():
        key = reader.key(raw, where)
        if key is None:
            continue
        tier = words.tiers_by_key.get(fold(key))
        if tier is None:
            reader.fail(at(where, key), f"{shown(key)} is not a tier of this policy{suggest(key, words.tiers)}")
        due[tier] = reader.duration(duration, at(where, key))
    return due
