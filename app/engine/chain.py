"""Who gets this lead, and why? The one call that owns the decision.

Recognise, score, tier, screen, walk the rules. Single, bulk, preview, rerouting and the queue's drain all go through
:func:`route`; the same inputs give the same decision for ever. What it decides on is what the record keeps, so that
:func:`decide` can be asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from app.engine.candidates import candidates
from app.engine.decision import (
    UNKNOWN,
    Decision,
    Effects,
    Outcome,
    Reason,
    Recognition,
    RepRef,
    Score,
    Status,
    Step,
)
from app.engine.facts import facts_of
from app.engine.immutable import immutable
from app.engine.lead import Lead, Notice
from app.engine.policy import OneRep, OneTeam, Otherwise, Owner, Policy, Rule, Strategy
from app.engine.recognise import NO_HISTORY, Keys, do_not_contact, history, is_new, keys_of, recognise
from app.engine.roster import RepId
from app.engine.scoring import score, screened_by, tier_of
from app.engine.strategies import Pick, choose
from app.engine.world import World


@immutable(frozen=True, slots=True)
class Worth:
    """What a lead's facts come to under one policy: its score, its tier, and the rules that may match, as a mask."""

    score: Score
    tier: str | None
    rules: int


@dataclass(slots=True)
class Prepared:
    """What can be told of a lead under one policy before the lane is locked."""

    lead: Lead
    policy: Policy
    keys: Keys
    facts: dict[str, Any]
    notices: tuple[Notice, ...]
    worth: Worth | None
    """None if it takes history or the time of day to say."""


@immutable(frozen=True, slots=True)
class Routed:
    """A decision, with what it changes in the world and the facts it was made on."""

    decision: Decision
    effects: Effects
    facts: dict[str, Any]


def prepare(lead: Lead, policy: Policy) -> Prepared:
    """Do all that needs neither the world nor the time: facts, and where no condition asks for more, score and tier."""
    facts, notices = facts_of(lead, policy)
    return Prepared(lead, policy, keys_of(lead), facts, notices, _worth(facts, policy) if policy.early else None)


def _worth(facts: dict[str, Any], policy: Policy) -> Worth:
    points = score(policy.scoring, facts)
    facts["score"] = points.total
    tier = tier_of(policy.tiers, facts)
    if tier is not None:
        facts["tier"] = tier
    return Worth(points, tier, policy.index.mask(facts))


def route(prepared: Prepared, world: World, now: datetime, *, recognition: Recognition | None = None) -> Routed:
    """Decide who gets the lead.

    ``world`` must hold the identities of the lead's keys. ``recognition`` is handed in where it is known from before: a
    lead that is routed again does not meet itself. Nothing is changed; the caller applies the effects.
    """
    lead, policy, known = prepared.lead, prepared.policy, world.identities
    facts = dict(prepared.facts)
    if recognition is None and is_new(lead, prepared.keys, known):
        recognition, refused = UNKNOWN, lead.do_not_contact
        facts.update(NO_HISTORY)
    else:
        counted = recognition is not None
        if recognition is None:
            recognition = recognise(lead, prepared.keys, facts, known)
        facts.update(history(prepared.keys, recognition, known, now, counted=counted))
        refused = do_not_contact(lead, prepared.keys, known)
    return decide(facts, policy, recognition, world, now, refused=refused, worth=prepared.worth)


def decide(
    facts: dict[str, Any],
    policy: Policy,
    recognition: Recognition,
    world: World,
    now: datetime,
    *,
    refused: bool,
    worth: Worth | None = None,
) -> Routed:
    """Decide on facts alone: what :func:`route` ends in, and what gives a recorded decision once more.

    ``facts`` are completed here, by score, tier and time. ``refused``: the person asked not to be contacted. ``worth``
    is handed in where it is known from before.
    """
    facts["now"] = now
    if worth is None:
        worth = _worth(facts, policy)
    common: dict[str, Any] = {
        "score": worth.score,
        "tier": worth.tier,
        "recognition": recognition,
        "policy_version": policy.version,
        "decided_at": now,
    }
    if refused:
        return Routed(Decision(status=Status.REJECTED, reason=Reason.DO_NOT_CONTACT, **common), Effects(), facts)
    screen = screened_by(policy.screening, facts)
    if screen is not None:
        rejected = Decision(status=Status.REJECTED, reason=Reason.SCREENING, screen=screen.name, **common)
        return Routed(rejected, Effects(), facts)

    steps: list[Step] = []
    for number in policy.index.matching(worth.rules, facts):
        rule = policy.rules[number]
        step, pick = try_rule(rule, facts, recognition, world)
        steps.append(step)
        picked = None if pick is None else pick.rep
        if picked is None and rule.by is not Strategy.CLAIM and rule.otherwise is not Otherwise.QUEUE:
            continue
        common.update(rule=rule.id, rule_name=rule.name, strategy=step.strategy, steps=tuple(steps))
        if pick is not None and picked is not None:
            return _assigned(rule, pick, picked, world, facts, policy, common)
        if rule.by is Strategy.CLAIM:
            team = rule.select.team if isinstance(rule.select, OneTeam) else None
            return Routed(Decision(status=Status.QUEUED, reason=Reason.CLAIM, team=team, **common), Effects(), facts)
        return Routed(Decision(status=Status.QUEUED, reason=Reason.NOBODY_ABLE, **common), Effects(), facts)
    reason = Reason.NOBODY_ABLE if steps else Reason.NO_RULE_MATCHED
    return Routed(Decision(status=Status.QUEUED, reason=reason, steps=tuple(steps), **common), Effects(), facts)


def try_rule(rule: Rule, facts: dict[str, Any], recognition: Recognition, world: World) -> tuple[Step, Pick | None]:
    """See what becomes of the lead at one rule whose ``when`` holds."""
    select = rule.select
    if recognition.owner is None and isinstance(select, Owner):
        return _without_owner(rule.id), None
    strategy = None if isinstance(select, Owner | OneRep) else rule.by
    if rule.by is Strategy.CLAIM:
        return Step(rule.id, Outcome.QUEUED, strategy), None
    found = candidates(rule, facts, recognition, world)
    if found.nobody is not None:
        left_out, counts = found.left_out, found.left_out_count
        return Step(rule.id, found.nobody, strategy, left_out=left_out, left_out_count=counts), None
    pick = choose(rule, facts, found, world)
    step = Step(
        rule=rule.id,
        outcome=Outcome.NOBODY_NEAR if pick.rep is None else Outcome.ASSIGNED,
        strategy=strategy,
        rotation=pick.turn.rotation if pick.turn else None,
        preferred=found.preferred,
        ranked=pick.best_ranked(rule.by),
        ranked_count=len(pick.ranked) + pick.unranked,
        left_out=found.left_out,
        left_out_count=found.left_out_count,
    )
    return step, pick


@lru_cache(maxsize=1024)
def _without_owner(rule: str) -> Step:
    """The step of a lead without an owner at a rule that gives leads to theirs: the same for nearly all leads."""
    return Step(rule, Outcome.NO_OWNER)


def _assigned(
    rule: Rule, pick: Pick, rep_id: RepId, world: World, facts: dict[str, Any], policy: Policy, values: dict[str, Any]
) -> Routed:
    now: datetime = values["decided_at"]
    rep = world.roster.roster.reps[rep_id]
    decision = Decision(
        status=Status.ASSIGNED,
        rep=RepRef(rep.id, rep.name, rep.email),
        team=rule.select.team if isinstance(rule.select, OneTeam) else None,
        first_contact_due=first_contact_due(policy, values["tier"], now),
        **values,
    )
    effects = Effects(
        gained=rep_id,
        day=world.day_of(rep, now),
        capped_rule=rule.id if rule.each_at_most else None,
        turn=pick.turn,
    )
    return Routed(decision, effects, facts)


def first_contact_due(policy: Policy, tier: str | None, now: datetime) -> datetime | None:
    """By when the rep should have been in touch, by the policy's ``first_contact_within``; None if it sets no limit."""
    within = policy.first_contact_within
    limit: timedelta | None = within.get(tier, within.get(None))
    return None if limit is None else now + limit


def undecided(lead_policy: Policy | None, now: datetime) -> Decision:
    """The decision on a lead that could not be decided: it waits in the queue, and is not lost."""
    return Decision(
        status=Status.QUEUED,
        reason=Reason.ROUTER_ERROR,
        recognition=UNKNOWN,
        policy_version=lead_policy.version if lead_policy else None,
        decided_at=now,
    )
