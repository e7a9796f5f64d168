"""Whatever a policy or a roster says, there is one or there are reasons with their places; and a policy that there is
decides any lead.
"""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.engine.chain import prepare, route
from app.engine.decision import Decision, Effects
from app.engine.explain import sentence
from app.engine.fields import FIELDS
from app.engine.operators import OPERATORS
from app.engine.policy_document import Compiled, compile_policy
from app.engine.problems import Problem
from app.engine.rep_reader import REP_KEYS
from app.engine.roster import Roster
from app.engine.roster_document import (
    check_roster,
    patched,
    read_rep,
    read_roster,
    read_team,
    rep_document,
    team_document,
)
from app.intake.calendars import known_calendar
from app.intake.documents import UnreadableDocument, read_document
from app.intake.normalise import normalise
from app.lane.policies import findings_json
from tests.engine import scene
from tests.fuzz.strategies import (
    POLICIES,
    ROSTERS,
    changed,
    inserts,
    leads,
    mistyped,
    plain_texts,
    scalars,
    texts,
    values,
    words,
)
from tests.fuzz.support import brief, few, grows_in_proportion, is_told

PEOPLE = scene.roster(Random(7))


def places_are_told(problems: list[Problem]) -> None:
    for problem in problems:
        assert isinstance(problem.where, str)
        assert problem.message
        # They are answered as JSON, and printed.
        json.dumps([problem.where, problem.message]).encode()


def compiled(document: object, roster: Roster | None = None) -> Compiled:
    made = compile_policy(document, roster=roster)
    assert (made.policy is None) == bool(made.errors)
    places_are_told(made.errors)
    for finding in made.findings:
        assert finding.message
    return made


def decides(made: Compiled, fields: dict[str, Any]) -> None:
    """Route a lead under the policy, and keep the decision as the record does."""
    if made.policy is None:
        return
    orjson.dumps(findings_json(tuple(made.findings)))
    lead = normalise(fields, received_at=scene.START)
    current = scene.world(PEOPLE)
    routed = route(prepare(lead, made.policy), current, scene.START)
    decision, effects = orjson.dumps(routed.decision), orjson.dumps(routed.effects)
    assert b"\\u0000" not in decision
    assert Decision.from_document(orjson.loads(decision)) == routed.decision
    assert Effects.from_document(orjson.loads(effects), {}) == routed.effects
    for language in ("en", "zh"):
        sentence(routed.decision, language).encode()
    scene.keep(current, lead, routed, 1)
    again = route(prepare(lead, made.policy), current, scene.START)
    scene.keep(current, lead, again, 2)


@brief
@given(changed(POLICIES), st.booleans(), leads)
def test_a_changed_policy_is_refused_with_its_places_or_decides_any_lead(
    document: Any, checked: bool, fields: dict[str, Any]
) -> None:
    before = copy.deepcopy(document)
    decides(compiled(document, PEOPLE if checked else None), fields)
    assert repr(document) == repr(before)


operands = inserts | st.lists(words | scalars, min_size=1, max_size=3)
asked = st.sampled_from([*FIELDS, "attributes.a", "attributes.a.b"]) | texts.map(lambda text: f"attributes.{text}")
tests = st.one_of(
    operands,
    st.dictionaries(st.sampled_from(list(OPERATORS)), operands, min_size=1, max_size=2).flatmap(
        lambda test: st.sampled_from([test, {**test, "timezone": "Asia/Shanghai"}, {"not": test}])
    ),
)
conditions = st.recursive(
    st.dictionaries(asked, tests, max_size=3),
    lambda inner: st.one_of(
        st.builds(lambda key, parts: {key: parts}, st.sampled_from(["all", "any"]), st.lists(inner, max_size=3)),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@brief
@given(conditions, conditions, st.lists(leads, min_size=1, max_size=3))
def test_any_condition_is_refused_or_holds_or_does_not(when: Any, other: Any, sent: list[dict[str, Any]]) -> None:
    document = copy.deepcopy(scene.POLICY)
    document["rules"][3]["when"], document["rules"][4]["when"] = when, other
    document["tiers"][0]["when"] = other
    made = compiled(document)
    for fields in sent:
        decides(made, fields)


@brief
@given(changed(ROSTERS), inserts)
def test_a_changed_roster_is_refused_with_its_places_or_read_back_as_it_was(document: Any, patch: Any) -> None:
    read = read_roster(document, known_calendar=known_calendar)
    assert (read.value is None) == bool(read.errors)
    places_are_told([*read.errors, *read.warnings])
    if read.value is None:
        return
    whole = check_roster(Roster(read.value.reps, read.value.teams))
    places_are_told([*whole.errors, *whole.warnings])
    for rep in read.value.reps.values():
        written = rep_document(rep)
        assert read_rep(rep.id, orjson.loads(orjson.dumps(written))).value == rep
        if isinstance(patch, dict):
            read_rep(rep.id, patched(written, patch, REP_KEYS))
    for team in read.value.teams.values():
        written = team_document(team)
        assert read_team(team.id, orjson.loads(orjson.dumps(written))).value == team
    if whole.value is not None:
        scene.world(whole.value)


def as_yaml(document: Any) -> bytes:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode(errors="replace")


def as_flow(document: Any) -> bytes:
    return yaml.safe_dump(document, default_flow_style=True, width=60).encode(errors="replace")


def as_json(document: Any) -> bytes:
    return json.dumps(document, indent=1).encode()


finite = st.sampled_from([*POLICIES, *ROSTERS]) | values
written = mistyped(
    st.one_of(
        st.builds(as_yaml, finite),
        st.builds(as_flow, finite),
        st.builds(as_json, finite),
        plain_texts.map(str.encode),
        st.binary(max_size=60),
    )
)
kinds = st.sampled_from(
    [None, "", "application/json", "application/yaml", "text/plain", "application/x-yaml; charset=x"]
)


@brief
@given(written, kinds)
def test_a_document_with_slips_is_data_or_it_is_said_where_it_is_not(raw: bytes, kind: str | None) -> None:
    try:
        data = read_document(raw, kind, name="policy")
    except UnreadableDocument as error:
        is_told(error.where.startswith("policy"), error.message)
        return
    # It is plain: JSON can carry it, and reading what was written says the same.
    plain = json.dumps(data, allow_nan=False).encode()
    assert read_document(plain, "application/json") == data
    compiled(data)
    read = read_roster(data, known_calendar=known_calendar)
    assert (read.value is None) == bool(read.errors)


@few
@given(
    st.sampled_from(
        [
            "- ",
            "a: ",
            "[",
            "{",
            "- &a x\n",
            "*a ",
            "? ",
            "'",
            '"',
            "|\n ",
            "#",
            "\n",
            "a,",
            "<<: *a\n",
            "\t",
            "é",
            "&a ",
            "!",
            "- - ",
            '{"a":',
        ]
    ),
    st.sampled_from(["", "rules: ", "rules: [", '{"rules": "', "a: &a [x]\nb: ["]),
)
def test_a_longer_document_takes_only_so_much_longer(piece: str, begin: str) -> None:
    def work(size: int) -> Any:
        raw = (begin + piece * (size // len(piece))).encode()
        return lambda: _read(raw)

    grows_in_proportion(work, 12_000)


def _read(raw: bytes) -> None:
    for kind in ("application/json", "application/yaml"):
        try:
            read_document(raw, kind)
        except UnreadableDocument:
            continue


RULE = {"name": "r", "when": {"source": ["a", "b"]}, "assign": {"team": "everyone"}}
MANY: dict[str, Any] = {
    "rules": lambda size: {"rules": [{**RULE, "name": f"r{n}"} for n in range(size)]},
    "rules of one name": lambda size: {"rules": [RULE for _ in range(size)]},
    "conditions": lambda size: {"rules": [{**RULE, "when": {"any": [{"city": f"c{n}"} for n in range(size)]}}]},
    "values": lambda size: {"rules": [{**RULE, "when": {"city": [f"c{n}" for n in range(size)]}}]},
    "ranges": lambda size: {"rules": [{**RULE, "when": {"any": [{"budget": {"above": n}} for n in range(size)]}}]},
    "regions": lambda size: {
        "regions": [{"code": f"x{n}", "contains": [f"x{n + 1}"]} for n in range(size)],
        "rules": [],
    },
    "flat regions": lambda size: {
        "regions": [{"code": f"x{n}", "contains": ["CN-SH"]} for n in range(size)],
        "rules": [],
    },
    "industries": lambda size: {
        "industries": [{"code": f"i{n}", "parent": f"i{n + 1}"} for n in range(size)],
        "rules": [],
    },
    "a chain of industries": lambda size: {
        "industries": [{"code": f"i{n}", **({"parent": f"i{n + 1}"} if n + 1 < size else {})} for n in range(size)],
        "rules": [],
    },
    "a circle of industries": lambda size: {
        "industries": [{"code": f"i{n}", "parent": f"i{(n + 1) % size}"} for n in range(size)],
        "rules": [],
    },
    "a chain of regions": lambda size: {
        "regions": [{"code": f"x{n}", "contains": [f"x{n + 1}" if n + 1 < size else "CN"]} for n in range(size)],
        "rules": [],
    },
    "tiers in rules": lambda size: {
        "tiers": [{"tier": f"t{n}"} for n in range(size)],
        "rules": [{**RULE, "name": f"r{n}", "when": {"tier": f"t{n}"}} for n in range(size)],
    },
    "scores in rules": lambda size: {
        "rules": [{**RULE, "name": f"r{n}", "when": {"score": {"at_least": n}}} for n in range(size)]
    },
    "nots": lambda size: {
        "rules": [{**RULE, "name": f"r{n}", "when": {"not": {"city": f"r{n}"}}} for n in range(size)]
    },
    "reps by attribute": lambda size: {
        "rules": [{**RULE, "name": f"r{n}", "assign": {"reps": {"attributes.a": f"a{n}"}}} for n in range(size)]
    },
    "unknown industries": lambda size: {
        "industries": [{"code": f"i{n}", "parent": f"no{n}"} for n in range(size)],
        "rules": [],
    },
    "sources": lambda size: {"sources": [{"code": f"s{n}", "aliases": [f"a{n}"]} for n in range(size)], "rules": []},
    "screens": lambda size: {"screening": [{"name": f"s{n}", "when": {"city": "x"}} for n in range(size)], "rules": []},
    "tiers": lambda size: {"tiers": [{"tier": f"t{n}", "when": {"score": n}} for n in range(size)], "rules": []},
    "criteria": lambda size: {
        "scoring": [{"name": f"c{n}", "when": {"city": "x"}, "points": 1} for n in range(size)],
        "rules": [],
    },
    "groups": lambda size: {"scoring": {"groups": {f"g{n}": {} for n in range(size)}, "criteria": []}, "rules": []},
    "bands": lambda size: {
        "scoring": [{"name": "b", "field": "budget", "bands": [{"at_least": n, "points": 1} for n in range(size)]}],
        "rules": [],
    },
    "points": lambda size: {
        "scoring": [{"name": "b", "field": "city", "points": {f"c{n}": 1 for n in range(size)}}],
        "rules": [],
    },
    "rates": lambda size: {
        "currency": "CNY",
        "rates": {f"{chr(65 + n % 26)}{chr(65 + n // 26 % 26)}{chr(65 + n // 676 % 26)}": 2 for n in range(size)},
        "rules": [],
    },
    "unknown keys": lambda size: {f"rulez{n}": 1 for n in range(size)},
    "unknown reps": lambda size: {
        "rules": [{**RULE, "name": f"r{n}", "assign": {"rep": f"who{n}"}} for n in range(size)]
    },
    "wildcards": lambda size: {"rules": [{**RULE, "when": {"city": {"like": "*a" * size}}}]},
    "follow-up": lambda size: {
        "tiers": [{"tier": f"t{n}"} for n in range(size)],
        "follow_up": {"first_contact_within": {f"t{n}": "1h" for n in range(size)}},
        "rules": [],
    },
}


@pytest.mark.parametrize("kind", sorted(MANY))
def test_a_larger_policy_takes_only_so_much_longer(kind: str) -> None:
    def work(size: int) -> Any:
        document = MANY[kind](size)
        return lambda: compile_policy(document, roster=PEOPLE)

    grows_in_proportion(work, 250)


CROWDS: dict[str, Any] = {
    "reps": lambda size: {"reps": {f"r{n}": {"name": "x", "manager": f"r{n + 1}"} for n in range(size)}},
    "members": lambda size: {"teams": {"t": {"members": [f"r{n}" for n in range(size)]}}},
    "members twice": lambda size: {"teams": {"t": {"members": ["r" for _ in range(size)]}}},
    "teams": lambda size: {"teams": {f"t{n}": {"members": ["a"]} for n in range(size)}},
    "leave": lambda size: {
        "reps": {"r": {"name": "x", "time_off": [{"from": "2026-01-01", "to": "2026-01-02"}] * size}}
    },
    "regions": lambda size: {"reps": {"r": {"name": "x", "covers": {"regions": [f"x{n}" for n in range(size)]}}}},
    "skills": lambda size: {"reps": {"r": {"name": "x", "skills": [f"x{n}" for n in range(size)]}}},
    "unknown keys": lambda size: {"reps": {"r": {f"naame{n}": "x" for n in range(size)}}},
    "shifts": lambda size: {"reps": {"r": {"name": "x", "hours": {"mon-sun": ["09:00-10:00"] * size}}}},
    "attributes": lambda size: {"reps": {"r": {"name": "x", "attributes": {f"a{n}": n for n in range(size)}}}},
}


@pytest.mark.parametrize("kind", sorted(CROWDS))
def test_a_larger_roster_takes_only_so_much_longer(kind: str) -> None:
    def work(size: int) -> Any:
        document = CROWDS[kind](size)

        def read() -> None:
            found = read_roster(document, known_calendar=known_calendar).value
            if found is not None:
                check_roster(Roster(found.reps, found.teams))

        return read

    grows_in_proportion(work, 500)
