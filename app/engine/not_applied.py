"""Why did the other rules not apply? Asked again of the same conditions, from the facts that were decided on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.engine.conditions import Facts, Failure
from app.engine.decision import Decision, Status
from app.engine.policy import Policy
from app.engine.recorded import GIVEN


@dataclass(frozen=True, slots=True)
class Unmet:
    """A rule that was come to and whose ``when`` did not hold, with the tests that failed."""

    rule: str
    name: str
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class NotApplied:
    """The rules that did not apply, in order, and how many the walk never came to."""

    rules: tuple[Unmet, ...]
    not_reached: int


def not_applied(policy: Policy, decision: Decision, facts: Facts) -> NotApplied:
    """Tell of each rule before the deciding one what kept it from applying.

    ``facts`` are those that ``decision`` was made on under ``policy``: score, tier and time included.
    """
    rules = policy.rules
    if decision.status is Status.REJECTED:
        return NotApplied((), len(rules))
    ended = next((place for place, rule in enumerate(rules) if rule.id == decision.rule), len(rules) - 1)
    applied = {step.rule for step in decision.steps}
    unmet = [
        Unmet(rule.id, rule.name, tuple(_named(failure) for failure in rule.when.failures(facts)))
        for rule in rules[: ended + 1]
        if rule.id not in applied
    ]
    return NotApplied(tuple(unmet), len(rules) - ended - 1)


def _named(failure: Failure) -> Failure:
    """The failure; of a value that was not kept it can only be said that there was one."""
    return replace(failure, actual=True) if failure.actual is GIVEN else failure
