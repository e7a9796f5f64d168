"""Which policy does a document describe?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.engine.policy import OneRep, OneTeam, Otherwise, Owner, RepsBy, Strategy
from app.engine.policy_document import compile_policy
from app.engine.roster import RepId, TeamId
from tests.engine.policies import ROSTER, errors_of, policy_of, sketch, with_rule


def test_the_template_compiles_without_a_finding() -> None:
    compiled = compile_policy(sketch(), version=3, roster=ROSTER)
    assert (compiled.errors, compiled.findings) == ([], [])
    policy = compiled.policy
    assert policy is not None
    assert (policy.version, policy.name, policy.currency, policy.rates) == (3, "default", "CNY", {"EUR": 7.8})
    assert policy.early
    assert [rule.id for rule in policy.rules] == [
        "a-known-customer-stays-with-their-rep",
        "key-accounts",
        "region",
        "industry",
        "value-tier",
        "source",
        "everyone-in-turn",
    ]
    owner, key, region, _, senior, source, everyone = policy.rules
    assert owner.select == Owner()
    assert (key.select, key.by, key.rotation) == (
        OneTeam(TeamId("key-accounts")),
        Strategy.LEAST_LOADED,
        "team:key-accounts",
    )
    assert (region.select, region.covering, region.prefer) == (RepsBy(), ("region",), ("industry", "tier", "source"))
    assert region.rotation == "rule:region"
    assert senior.select == RepsBy({"seniority": frozenset({"senior"})})
    assert (source.place, source.otherwise) == ("rules[5]", Otherwise.NEXT)
    assert everyone.rotation == "team:everyone"
    assert policy.first_contact_within == {"A": timedelta(days=1), "B": timedelta(days=2), "C": timedelta(days=3)}
    assert policy.regions.path("CN-JS.suzhou") == ("CN-JS.suzhou", "CN-JS", "east-china", "CN", "world")
    facts = {"tier": "B", "source": "Expo", "employees": 5000}
    found = policy.index.matching(policy.index.mask(facts), facts)
    assert [policy.rules[position].id for position in found] == [
        "a-known-customer-stays-with-their-rep",
        "region",
        "industry",
        "source",
        "everyone-in-turn",
    ]


def test_every_key_of_a_rule_is_read() -> None:
    document = with_rule(
        id="mine",
        description="What it is for.",
        when={"tier": "b"},
        assign={
            "reps": {"seniority": ["Senior"], "skills": "golang", "attributes.dialect": "WU", "id": "west-1"},
            "by": "round_robin",
        },
        otherwise="queue",
        even_if=["off_shift", "at_cap", "holiday"],
        available_within="30m",
        each_at_most={"per_day": 3, "per_week": 9.0},
        rotation="hot",
        catch_up=True,
    )
    (rule,) = policy_of(document).rules
    assert rule.id == "mine"
    assert rule.select == RepsBy(
        {
            "seniority": frozenset({"senior"}),
            "skills": frozenset({"golang"}),
            "attributes.dialect": frozenset({"wu"}),
            "id": frozenset({"west-1"}),
        }
    )
    assert rule.otherwise is Otherwise.QUEUE
    assert rule.even_if == {"off_shift", "at_cap", "holiday"}
    assert rule.available_within == timedelta(minutes=30)
    assert rule.each_at_most == {"per_day": 3, "per_week": 9}
    assert (rule.rotation, rule.catch_up) == ("named:hot", True)


def test_a_disabled_rule_is_checked_and_left_out() -> None:
    document = sketch()
    document["rules"][1]["enabled"] = False
    assert "key-accounts" not in [rule.id for rule in policy_of(document).rules]
    document["rules"][1]["assign"]["team"] = "nobody-at-all"
    assert [where for where, _ in errors_of(document)] == ["rules[1].assign.team"]


@pytest.mark.parametrize(
    ("assign", "select"),
    [
        ("owner", Owner()),
        ({"owner": True}, Owner()),
        ({"owner": True, "covering": ["region"]}, Owner()),
        ({"rep": "east-1"}, OneRep(RepId("east-1"))),
        ({"team": "field", "by": "claim"}, OneTeam(TeamId("field"))),
        ({"reps": {}}, RepsBy()),
        ({"covering": "region", "by": "nearest"}, RepsBy()),
        ({"prefer": ["language"]}, RepsBy()),
    ],
)
def test_every_way_to_say_whom(assign: object, select: object) -> None:
    (rule,) = policy_of(with_rule(assign=assign)).rules
    assert rule.select == select


def test_sources_are_found_by_code_name_and_alias_folded_and_as_slugs() -> None:
    document = {
        **with_rule(when={"source": "Trade Show"}),
        "sources": [{"code": "expo", "name": "展会", "aliases": ["Trade  Show"]}],
    }
    policy = policy_of(document)
    assert policy.sources == {"expo": "expo", "展会": "expo", "trade show": "expo", "trade-show": "expo"}
    assert policy.rules[0].when.holds({"source": "expo"})


def test_a_single_time_holds_for_every_tier() -> None:
    document = {**sketch(), "follow_up": {"first_contact_within": "24h"}}
    assert policy_of(document).first_contact_within == {None: timedelta(days=1)}


@pytest.mark.parametrize(
    ("part", "early"),
    [
        ({"tiers": [{"tier": "A", "when": {"history.person_leads": {"at_least": 2}}}]}, False),
        ({"scoring": [{"name": "x", "when": {"occurred_at": {"within_last": "1h"}}, "points": 1}]}, False),
        (
            {"scoring": [{"name": "x", "field": "history.company_leads", "bands": [{"at_least": 1, "points": 1}]}]},
            False,
        ),
        ({"screening": [{"name": "x", "when": {"history.person_leads": {"at_least": 9}}}]}, True),
    ],
)
def test_score_and_tier_can_be_told_early_unless_they_ask_about_history_or_now(
    part: dict[str, Any], early: bool
) -> None:
    assert policy_of({"rules": [], **part}).early is early


def test_dates_that_yaml_has_read_already_are_taken() -> None:
    document = with_rule(when={"now": {"after": date(2026, 9, 30), "date": [date(2026, 10, 1)], "timezone": "UTC"}})
    assert errors_of(document) == []
