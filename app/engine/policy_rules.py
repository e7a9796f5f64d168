"""How does a policy document say who gets a lead: its rules, whom they assign, and how they pick?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from app.engine.conditions import ALWAYS
from app.engine.fields import Stage
from app.engine.operands import Vocabulary
from app.engine.policy import (
    OWNER_EXCUSES,
    Excuse,
    OneRep,
    OneTeam,
    Otherwise,
    Owner,
    RepsBy,
    Rule,
    Selector,
    Strategy,
    takes_turns,
)
from app.engine.policy_conditions import read_condition
from app.engine.policy_reader import MOST_RULES, Reader
from app.engine.problems import at, shown, suggest
from app.engine.reading import whole_number
from app.engine.roster import DIMENSIONS, WINDOWS, Dimension, Rep, RepId, Roster, Team, TeamId, Window
from app.engine.text import fold, slug

_RULE_KEYS: Final = (
    "name", "id", "description", "when", "assign", "otherwise", "even_if", "available_within", "each_at_most",
    "rotation", "catch_up", "enabled",
)  # fmt: skip
_SELECTORS: Final = ("owner", "rep", "team", "reps")
_ASSIGN_KEYS: Final = (*_SELECTORS, "covering", "prefer", "by")
_REP_KEYS: Final = ("id", "seniority", "manager", "skills")
_REP_ATTRIBUTE: Final = "attributes."


_OWNER: Final = Owner()


@dataclass(frozen=True, slots=True)
class _Assign:
    """Whom a rule selects and how it picks, as far as ``assign`` says."""

    select: Selector = _OWNER
    covering: tuple[Dimension, ...] = ()
    prefer: tuple[Dimension, ...] = ()
    by: Strategy = Strategy.ROUND_ROBIN


def read_rules(
    reader: Reader, document: object, words: Vocabulary, roster: Roster | None, where: str = "rules"
) -> tuple[Rule, ...]:
    """Return the rules that are enabled, in order. With a roster, the reps and teams they name must be in it."""
    if isinstance(document, list | tuple) and len(document) > MOST_RULES:
        reader.fail(where, f"there are {len(document):,} rules; at most {MOST_RULES:,} are read")
        return ()
    rules: list[Rule] = []
    places: dict[str, str] = {}
    called: dict[str, str] = {}
    for place, item in reader.items(document, where):
        entry = reader.entries(item, place, _RULE_KEYS, required=("name", "assign"))
        if isinstance(item, Mapping) and "when" in item and not item["when"]:
            message = "it is empty, so the rule is for every lead; leave when out if that is meant"
            reader.note("empty_when", at(place, "when"), message)
        rule = _rule(reader, entry, place, words, roster)
        first = places.setdefault(rule.id, place)
        if rule.id and first != place:
            message = f"the id {shown(rule.id)} is that of {first} already; give this rule an id of its own"
            reader.fail(at(place, "id" if "id" in entry else "name"), message)
        other = called.setdefault(fold(rule.name), place)
        if rule.name and other != place and first == place:
            message = (
                f"{other} is called {shown(rule.name)} too: who reads why a lead went where cannot tell them apart"
            )
            reader.note("same_name", at(place, "name"), message)
        if reader.flag(entry.get("enabled", True), at(place, "enabled")):
            rules.append(rule)
    return tuple(rules)


def _rule(reader: Reader, entry: dict[str, Any], place: str, words: Vocabulary, roster: Roster | None) -> Rule:
    name = reader.text(entry["name"], at(place, "name")) if "name" in entry else ""
    if "description" in entry:
        reader.text(entry["description"], at(place, "description"), longest=2000)
    rule_id = _rule_id(reader, entry, place, name)
    assign = _assign(reader, entry["assign"], at(place, "assign"), roster) if "assign" in entry else _Assign()
    when = read_condition(reader, entry["when"], at(place, "when"), words, Stage.TIER) if "when" in entry else ALWAYS
    otherwise = reader.word(entry.get("otherwise", "next"), at(place, "otherwise"), tuple(Otherwise), "known here")
    unsaid = sorted(OWNER_EXCUSES) if isinstance(assign.select, Owner) else []
    excuses = reader.words(entry.get("even_if", unsaid), at(place, "even_if"), get_args(Excuse), "an excuse")
    within = entry.get("available_within")
    for key in ("rotation", "catch_up"):
        if key in entry and not takes_turns(assign.select, assign.by):
            reader.note("unused_setting", at(place, key), f"{key} has no effect: this rule takes no turns")
    return Rule(
        id=rule_id,
        name=name,
        place=place,
        when=when,
        select=assign.select,
        covering=assign.covering,
        prefer=assign.prefer,
        by=assign.by,
        rotation=_rotation(reader, entry, place, rule_id, assign.select),
        catch_up=reader.flag(entry.get("catch_up", False), at(place, "catch_up")),
        even_if=frozenset(cast("tuple[Excuse, ...]", excuses)),
        available_within=None if within is None else reader.duration(within, at(place, "available_within")),
        each_at_most=_caps(reader, entry.get("each_at_most", {}), at(place, "each_at_most")),
        otherwise=Otherwise(otherwise),
    )


def _rule_id(reader: Reader, entry: dict[str, Any], place: str, name: str) -> str:
    if "id" not in entry:
        if name and not slug(name):
            reader.fail(at(place, "name"), f"{shown(name)} has no letter or digit to make an id of; add an id")
        return slug(name)
    rule_id = reader.text(entry["id"], at(place, "id"))
    if rule_id and slug(rule_id) != rule_id:
        message = f"{shown(rule_id)} is not an id; use lower-case letters, digits, dot, underscore and hyphen"
        reader.fail(at(place, "id"), f"{message}, such as {slug(rule_id)}" if slug(rule_id) else message)
    return rule_id


def _rotation(reader: Reader, entry: dict[str, Any], place: str, rule_id: str, select: Selector) -> str:
    if "rotation" in entry:
        name = reader.text(entry["rotation"], at(place, "rotation"))
        if name and slug(name) != name:
            message = f"{shown(name)} is not a name for a rotation; use lower-case letters, digits, dot and hyphen"
            reader.fail(at(place, "rotation"), message)
        return f"named:{name}"
    return f"team:{select.team}" if isinstance(select, OneTeam) else f"rule:{rule_id}"


def _caps(reader: Reader, document: object, where: str) -> dict[Window, int]:
    caps: dict[Window, int] = {}
    for window, most in reader.entries(document, where, WINDOWS).items():
        number = whole_number(most)
        if number is None or not 1 <= number <= 1_000_000_000:
            reader.fail(at(where, window), f"{shown(most)} is not a cap; give a whole number from 1")
        else:
            caps[cast("Window", window)] = number
    return caps


def _assign(reader: Reader, document: object, where: str, roster: Roster | None) -> _Assign:
    if document == "owner":
        return _Assign()
    if not isinstance(document, Mapping):
        message = f"{shown(document)} does not say whom to assign"
        reader.fail(
            where, f"{message}; write owner, {{rep: ID}}, {{team: ID}}, {{reps: {{...}}}} or {{covering: [...]}}"
        )
        return _Assign()
    entry = reader.entries(document, where, _ASSIGN_KEYS)
    named = [key for key in _SELECTORS if key in entry]
    if len(named) > 1:
        reader.fail(
            where, f"{' and '.join(named)} both say whom to assign; keep one, and make two rules of it for both"
        )
    elif not named and not entry.keys() & {"covering", "prefer"}:
        reader.fail(where, "it does not say whom to assign; add owner, rep, team, reps or covering")
    select = _selector(reader, named[0], entry[named[0]], at(where, named[0]), roster) if named else RepsBy()
    covering = reader.words(entry.get("covering", []), at(where, "covering"), DIMENSIONS, "a dimension of coverage")
    prefer = reader.words(entry.get("prefer", []), at(where, "prefer"), DIMENSIONS, "a dimension of coverage")
    by = reader.word(entry.get("by", Strategy.ROUND_ROBIN), at(where, "by"), tuple(Strategy), "a way to pick")
    strategy = Strategy(by)
    if strategy is Strategy.CLAIM and not isinstance(select, OneTeam):
        reader.fail(at(where, "by"), "claim leaves a lead in the queue of a team; name the team with team: ID")
    unused = [key for key in ("by",) if isinstance(select, Owner | OneRep) and key in entry]
    unused += [key for key in ("covering", "prefer") if strategy is Strategy.CLAIM and key in entry]
    for key in unused:
        why = "leads left to be claimed" if strategy is Strategy.CLAIM else "one rep, there is nothing to pick"
        reader.note("unused_setting", at(where, key), f"{key} has no effect: with {why}")
    return _Assign(select, cast("tuple[Dimension, ...]", covering), cast("tuple[Dimension, ...]", prefer), strategy)


def _selector(reader: Reader, key: str, value: object, where: str, roster: Roster | None) -> Selector:
    match key:
        case "owner":
            if value is not True:
                reader.fail(where, f"{shown(value)} makes no sense here; write owner: true, or assign: owner")
            return Owner()
        case "rep":
            return OneRep(RepId(_known(reader, value, where, "rep", None if roster is None else roster.reps)))
        case "team":
            return OneTeam(TeamId(_known(reader, value, where, "team", None if roster is None else roster.teams)))
    return _reps_by(reader, value, where, roster)


def _known(reader: Reader, value: object, where: str, what: str, known: Mapping[Any, Rep | Team] | None) -> str:
    if known and isinstance(value, str) and value.strip() not in known:
        meant = [code for code, one in known.items() if fold(one.name) == fold(value.strip())]
        if meant:
            reader.fail(where, f"{shown(value)} is a name; write the id of that {what}: {' or '.join(meant[:5])}")
            return str(meant[0])
    code = reader.code(value, where)
    if code and known is not None and code not in known:
        hint = suggest(code, known) or f"; the roster has {'none' if not known else ', '.join(list(known)[:5])}"
        reader.fail(where, f"unknown {what} {shown(code)}{hint}")
    return code


def _reps_by(reader: Reader, document: object, where: str, roster: Roster | None) -> RepsBy:
    if not isinstance(document, Mapping):
        hint = "; to name reps write reps: {id: [...]}" if isinstance(document, str | list) else ""
        reader.fail(where, f"{shown(document)} stands where attributes of reps should, as {{seniority: senior}}{hint}")
        return RepsBy()
    attributes: dict[str, frozenset[Any]] = {}
    for raw, wanted in document.items():
        key = reader.key(raw, where)
        if key is None:
            continue
        place = at(where, key)
        if key not in _REP_KEYS and not (key.startswith(_REP_ATTRIBUTE) and len(key) > len(_REP_ATTRIBUTE)):
            hint = suggest(key, _REP_KEYS) or f"; for an attribute of your own write {_REP_ATTRIBUTE}{key[:40]}"
            reader.fail(place, f"reps have no {shown(key)}{hint}")
            continue
        attributes[key] = _wanted(reader, wanted, place)
        if roster is not None and key in {"id", "manager"}:
            for one in wanted if isinstance(wanted, list) else [wanted]:
                if isinstance(one, str) and one not in roster.reps:
                    reader.fail(place, f"unknown rep {shown(one)}{suggest(one, roster.reps)}")
    return RepsBy(attributes)


def _wanted(reader: Reader, value: object, where: str) -> frozenset[Any]:
    if isinstance(value, list | tuple) and not value:
        reader.fail(where, "an empty list never matches; name at least one value, or leave the key out")
    wanted: set[str | int | float | bool] = set()
    for place, item in reader.items(value, where) if isinstance(value, list | tuple) else [(where, value)]:
        if isinstance(item, str):
            wanted.add(fold(item))
        elif isinstance(item, int | float):
            wanted.add(item if isinstance(item, bool) else reader.number(item, place))
        else:
            reader.fail(place, f"{shown(item)} is not a value of a rep; give a text, a number, true or false")
    return frozenset(wanted)
