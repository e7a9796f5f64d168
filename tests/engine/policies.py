"""The template of a policy, and a roster that it fits."""

from __future__ import annotations

from typing import Any

import yaml

from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.roster import Rep, RepId, Roster, Team, TeamId

SKETCH = """
name: default
currency: CNY
rates: {EUR: 7.8}
regions:
  - {code: east-china, name: 华东, contains: [CN-SH, CN-JS, CN-ZJ, CN-AH, CN-FJ, CN-JX, CN-SD]}
  - {code: south-china, name: 华南, contains: [CN-GD, CN-GX, CN-HI]}
industries:
  - {code: it, name: IT行业, aliases: [software, saas, 互联网, 软件]}
  - {code: manufacturing, name: 制造业, aliases: [factory, 工厂]}
screening:
  - {name: no way to reach, when: {email: missing, phone: missing}}
scoring:
  - {name: purchase intent, field: intent,  points: {high: 5, medium: 3, low: 1}}
  - {name: urgency,         field: urgency, points: {high: 5, medium: 3, low: 1}}
  - name: budget
    field: budget
    bands: [{at_least: 500000, points: 5}, {at_least: 100000, points: 3}, {at_least: 1, points: 1}]
tiers:
  - {tier: A, when: {any: [{score: {at_least: 12}}, {annual_revenue: {at_least: 100000000}}]}}
  - {tier: B, when: {score: {at_least: 7}}}
  - {tier: C}
rules:
  - {name: a known customer stays with their rep, assign: owner}
  - {name: key accounts, when: {tier: A, employees: {at_least: 1000}}, assign: {team: key-accounts, by: least_loaded}}
  - {name: region,     assign: {covering: [region], prefer: [industry, tier, source], by: round_robin}}
  - {name: industry,   assign: {covering: [industry], by: round_robin}}
  - {name: value tier, when: {tier: A}, assign: {reps: {seniority: senior}, by: round_robin}}
  - {name: source,     when: {source: [expo, referral]}, assign: {team: field, by: round_robin}, otherwise: next}
  - {name: everyone in turn, assign: {team: everyone, by: round_robin}}
follow_up:
  first_contact_within: {A: 24h, B: 48h, C: 72h}
"""

REPS = [
    Rep(id=RepId("east-1"), name="Ana Example", seniority="Senior"),
    Rep(id=RepId("west-1"), name="Bo Example", attributes={"dialect": "Wu"}),
    Rep(id=RepId("gone"), name="Cy Example", status="inactive"),
]
TEAMS = [
    Team(TeamId("everyone"), "Everyone", ((RepId("east-1"), 1000), (RepId("west-1"), 1000))),
    Team(TeamId("key-accounts"), "Key accounts", ((RepId("east-1"), 1000),)),
    Team(TeamId("field"), "Field", ((RepId("west-1"), 1000),)),
    Team(TeamId("empty"), "Empty", ()),
    Team(TeamId("weightless"), "Weightless", ((RepId("east-1"), 0),)),
    Team(TeamId("retired"), "Retired", ((RepId("gone"), 1000),)),
]
ROSTER = Roster({rep.id: rep for rep in REPS}, {team.id: team for team in TEAMS})


def sketch() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(SKETCH)
    return document


def policy_of(document: object, roster: Roster | None = ROSTER) -> Policy:
    compiled = compile_policy(document, version=3, roster=roster)
    assert compiled.errors == []
    assert compiled.policy is not None
    return compiled.policy


def errors_of(document: object) -> list[tuple[str, str]]:
    compiled = compile_policy(document, roster=ROSTER)
    assert (compiled.policy is None) == bool(compiled.errors)
    return [(problem.where, problem.message) for problem in compiled.errors]


def with_rule(**rule: Any) -> dict[str, Any]:
    """A policy with tiers and trees, and one rule that says this."""
    return {**sketch(), "rules": [{"name": "r", "assign": {"team": "everyone"}, **rule}]}
