"""A record keeps the facts that the policy reads, and apart from them what may be the person's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.engine.fields import FIELDS, OWN
from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.recorded import GIVEN

RULE: dict[str, Any] = {"name": "all", "assign": {"reps": {}}}
FACTS: dict[str, Any] = {
    "name": "Wei Sample", "email": "wei@factory.example", "phone": "+8613800000000", "address": "Example Road 1",
    "external_id": "form-7",
    "title": "director", "referrer": "a friend", "need": "call me, Wei", "postal_code": "215000",
    "latitude": 31.2345, "longitude": 120.6, "coordinates": (31.2345, 120.6), "company": "Sample Factory",
    "region": ("CN-JS.suzhou", "CN-JS", "CN"), "industry": ("saas", "it"), "source": "website", "intent": "high",
    "employees": 120, "budget": 99.5, "do_not_contact": True, "satisfaction": 4.5, "country": "CN",
    "occurred_at": datetime(2026, 3, 1, 23, 59, 59, 123456, tzinfo=UTC), "possible_duplicate": False,
    "history.person_leads": 0, "history.last_outcome": "won",
    "attributes": {"plan": "gold", "a.b": "", "a": {"b": "inner", "c": [1, None]}, "blank": " ", "seats": 7},
    "score": 5, "tier": "A", "now": datetime(2026, 3, 2, tzinfo=UTC),
}  # fmt: skip


def under(**policy: Any) -> Policy:
    compiled = compile_policy({"rules": [RULE], **policy})
    assert compiled.policy is not None, compiled.errors
    return compiled.policy


def when(*conditions: dict[str, Any]) -> Policy:
    return under(screening=[{"name": f"s{n}", "when": one} for n, one in enumerate(conditions)])


def through_json(policy: Policy, facts: dict[str, Any] = FACTS) -> tuple[Any, Any, dict[str, Any]]:
    open_, person = (orjson.loads(orjson.dumps(part)) for part in policy.reads.kept(facts))
    return open_, person, policy.reads.restored(open_, person)


def test_a_policy_that_reads_nothing_keeps_nothing() -> None:
    assert through_json(under()) == ({}, None, {})


def test_every_part_of_a_policy_that_reads_a_fact_has_it_kept_and_no_other() -> None:
    policy = under(
        screening=[{"name": "spam", "when": {"any": [{"country": "KP"}, {"not": {"company": {"contains": "x"}}}]}}],
        scoring=[
            {"name": "intent", "field": "intent", "points": {"high": 5}},
            {"name": "again", "when": {"history.person_leads": {"at_least": 1}}, "points": 1},
        ],
        tiers=[{"tier": "A", "when": {"employees": {"at_least": 100}}}],
        rules=[
            {"name": "region", "when": {"score": {"at_least": 1}, "budget": {"above": 5},
                      "now": {"before": "2027-01-01"}},
             "assign": {"covering": ["region", "tier"], "prefer": ["industry"]}},
            RULE,
        ],
    )  # fmt: skip
    open_, person, restored = through_json(policy)
    names = {"country", "company", "intent", "history.person_leads", "employees", "budget", "region", "industry"}
    assert (set(open_), person) == (names, None)
    assert restored == {name: FACTS[name] for name in names}


def test_values_come_back_as_they_were() -> None:
    policy = when(
        {"region": "CN-JS", "occurred_at": {"before": "2026-01-01"}, "budget": {"above": 1}, "do_not_contact": True},
        {"satisfaction": {"at_least": 3}, "possible_duplicate": True, "history.last_outcome": "won"},
    )
    _, _, restored = through_json(policy)
    assert restored == {name: FACTS[name] for name in restored}
    assert len(restored) == 7
    assert isinstance(restored["region"], tuple)


@pytest.mark.parametrize("name", sorted(OWN & FIELDS.keys()))
def test_what_is_the_persons_own_stands_apart(name: str) -> None:
    test = {"at_least": 1} if name in ("latitude", "longitude") else {"not": "nobody"}
    open_, person, restored = through_json(when({name: test}))
    assert (open_, set(person), restored) == ({}, {name}, {name: FACTS[name]})


def test_where_the_lead_is_stands_apart_too() -> None:
    near = {"name": "near", "assign": {"reps": {}, "by": "nearest"}}
    open_, person, restored = through_json(under(rules=[near]))
    assert (open_, person, restored) == ({}, {"coordinates": [31.2345, 120.6]}, {"coordinates": (31.2345, 120.6)})


def test_of_what_is_only_asked_for_nothing_is_kept_but_that_it_was_there() -> None:
    policy = when({"email": "missing", "phone": "missing"}, {"name": {"not": "missing"}, "attributes.plan": "present"})
    open_, person, restored = through_json(policy)
    assert open_ == {"email": True, "phone": True, "name": True, "attributes": {"plan": True}}
    assert person is None
    assert restored == {"email": GIVEN, "phone": GIVEN, "name": GIVEN, "attributes": {"plan": GIVEN}}
    assert through_json(policy, {"phone": "+1"})[0] == {"phone": True}
    assert not policy.reads.needs_the_person


def test_a_value_that_is_asked_for_and_compared_is_kept_apart() -> None:
    policy = when({"email": "missing"}, {"email": {"ends_with": "factory.example"}})
    open_, person, restored = through_json(policy)
    assert (open_, person, restored) == ({}, {"email": FACTS["email"]}, {"email": FACTS["email"]})
    assert policy.reads.needs_the_person


def test_attributes_are_the_persons_own_and_only_those_that_are_read_are_kept() -> None:
    policy = when({"attributes.plan": "gold"}, {"attributes.a.c": {"not": 2}}, {"attributes.absent": "x"})
    open_, person, _ = through_json(policy)
    assert (open_, person) == ({}, {"attributes": {"plan": "gold", "a.c": [1, None]}})


@pytest.mark.parametrize("facts", [
    FACTS, {"attributes": {"a": {"b": "inner"}}}, {"attributes": {"a.b": "", "a": {"b": "inner"}}},
    {"attributes": {"a.b": None, "a": {"b": "inner"}}}, {"attributes": {"a": "text"}}, {"attributes": {}}, {},
])  # fmt: skip
def test_attributes_inside_attributes_are_read_back_as_they_were_read(facts: dict[str, Any]) -> None:
    tests = [{"attributes.a.b": "inner"}, {"attributes.a": "text"}, {"attributes.a.b": "missing"}]
    for conditions in (tests[:2], tests[1:], tests[:1], tests[2:]):
        policy = when(*conditions)
        _, _, restored = through_json(policy, facts)
        for screen in policy.screening:
            assert screen.when.holds(restored) == screen.when.holds(facts)
