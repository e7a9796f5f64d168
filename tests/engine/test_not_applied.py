"""Of every rule that was come to and did not apply it is told what kept it, from the facts that were decided on."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from app.engine.chain import Routed, prepare, route
from app.engine.conditions import Failure
from app.engine.lead import Lead
from app.engine.not_applied import NotApplied, Unmet, not_applied
from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from tests.engine import scene

NOBODY: dict[str, Any] = {"rep": "gone"}
TIERS = [{"tier": "A", "when": {"score": {"at_least": 100}}}, {"tier": "B"}]
RULES: list[dict[str, Any]] = [
    {"name": "big", "when": {"tier": "A", "employees": {"at_least": 100}}, "assign": NOBODY},
    {"name": "applies", "assign": NOBODY},
    {"name": "never", "when": {"not": {"country": "DE"}, "email": "missing"}, "assign": {"reps": {}}},
    {"name": "end", "when": {"intent": "high"}, "assign": {"reps": {}}},
    {"name": "far", "when": {"intent": "low"}, "assign": {"reps": {}}},
]


def told(lead: Lead, **more: Any) -> NotApplied:
    policy, routed = decided(lead, **more)
    return not_applied(policy, routed.decision, routed.facts)


def decided(lead: Lead, **more: Any) -> tuple[Policy, Routed]:
    policy = compile_policy({"tiers": TIERS, "rules": RULES, **more}).policy
    assert policy is not None
    current = scene.world(scene.roster(Random(3)))
    return policy, route(prepare(lead, policy), current, current.now)


def test_rules_before_the_deciding_one_are_told_and_those_after_it_are_counted() -> None:
    found = told(Lead(intent="high", country="DE", employees=5, email="a@x.example"))
    assert found == NotApplied(
        (
            Unmet("big", "big", (
                Failure("tier", "equals", "A", "B"), Failure("employees", "at_least", 100, 5),
            )),
            Unmet("never", "never", (
                Failure("country", "equals", "DE", "DE", negated=True),
                Failure("email", "missing", True, "a@x.example"),
            )),
        ),
        not_reached=1,
    )  # fmt: skip


def test_if_no_rule_decided_all_were_come_to() -> None:
    found = told(Lead(country="DE"))
    assert ([one.rule for one in found.rules], found.not_reached) == (["big", "never", "end", "far"], 0)


@pytest.mark.parametrize("lead", [Lead(do_not_contact=True), Lead(country="KP")])
def test_of_a_rejected_lead_no_rule_was_come_to(lead: Lead) -> None:
    screening = [{"name": "no", "when": {"country": "KP"}}]
    assert told(lead, screening=screening) == NotApplied((), len(RULES))
