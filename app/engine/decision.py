"""What was decided, and why? The typed value that the engine returns, the record stores and people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from app.engine.immutable import immutable
from app.engine.lead import Number
from app.engine.policy import Strategy
from app.engine.roster import RepId, TeamId
from app.engine.rotation import AnyTurn, Crowd, turn_from

ENGINE_VERSION: Final = "2"
"""Grows with every change that can make the same inputs give another decision."""


class Status(StrEnum):
    """How a decision ends. There is no silent end."""

    ASSIGNED = "assigned"
    QUEUED = "queued"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why a lead is with nobody."""

    NO_RULE_MATCHED = "no_rule_matched"
    NOBODY_ABLE = "nobody_able"
    CLAIM = "claim"
    RELEASED = "released"
    ROUTER_ERROR = "router_error"
    DO_NOT_CONTACT = "do_not_contact"
    SCREENING = "screening"


class Outcome(StrEnum):
    """What became of a lead at one rule whose ``when`` held."""

    ASSIGNED = "assigned"
    QUEUED = "queued"
    NO_OWNER = "no_owner"
    NOBODY_SELECTED = "nobody_selected"
    NOBODY_COVERS = "nobody_covers"
    NOBODY_ABLE = "nobody_able"
    NOBODY_NEAR = "nobody_near"


@immutable(frozen=True, slots=True)
class Step:
    """One rule whose ``when`` held, with what became of it.

    ``ranked`` are those who competed, in the order of their ids, each with the number they were ranked by: credit in
    leads, load, seq, position or kilometres, as the strategy has it. ``left_out`` names others by what left them out;
    ``left_out_count`` counts them all, also where they are too many to name.
    """

    rule: str
    outcome: Outcome
    strategy: Strategy | None = None
    rotation: str | None = None
    preferred: tuple[str, ...] = ()
    ranked: tuple[tuple[RepId, Number | None], ...] = ()
    ranked_count: int = 0
    left_out: Mapping[str, tuple[RepId, ...]] = field(default_factory=dict)
    left_out_count: Mapping[str, int] = field(default_factory=dict)


@immutable(frozen=True, slots=True)
class Contribution:
    """Points by one criterion, or the adjustment by which a group's or the total's limit changed the sum."""

    name: str
    points: Number
    value: Any = None
    group: str | None = None


@immutable(frozen=True, slots=True)
class Score:
    """Points, and where each of them came from."""

    total: Number
    contributions: tuple[Contribution, ...] = ()


@immutable(frozen=True, slots=True)
class Recognition:
    """Who this is, as far as earlier leads tell.

    ``person`` and ``company`` are the latest earlier leads of the same person and company, with the key that told;
    ``similar`` is one whose company is spelled closely like this one's. ``owner`` is the rep of the latest assignment.
    """

    person: str | None = None
    person_by: str | None = None
    company: str | None = None
    company_by: str | None = None
    similar: str | None = None
    owner: RepId | None = None
    owner_by: str | None = None


UNKNOWN: Final = Recognition()


@immutable(frozen=True, slots=True)
class RepRef:
    """A rep as the decision knew them."""

    id: RepId
    name: str
    email: str | None = None


@immutable(frozen=True, slots=True)
class Effects:
    """What a record changes in the world: all that is needed to bring a world to the next revision.

    ``gained`` has one lead more, counted on ``day`` (and for the ``capped_rule``'s own caps); ``lost`` has one less.
    ``turn`` was taken in a rotation, ``returned`` was given back to one.
    """

    gained: RepId | None = None
    day: date | None = None
    capped_rule: str | None = None
    lost: RepId | None = None
    turn: AnyTurn | None = None
    returned: AnyTurn | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any], crowds: Mapping[str, Crowd]) -> Effects:
        """Read back effects as they were recorded; ``crowds`` are those that they may refer to, by name.

        Raises:
            KeyError, TypeError, ValueError: they are not what was recorded, or a crowd is not there.
        """
        turn, returned, day = document["turn"], document["returned"], document["day"]
        return cls(
            gained=document["gained"],
            day=None if day is None else date.fromisoformat(day),
            capped_rule=document["capped_rule"],
            lost=document["lost"],
            turn=None if turn is None else turn_from(turn, crowds),
            returned=None if returned is None else turn_from(returned, crowds),
        )


@immutable(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome with the whole trace of why. It holds no contact data of the lead."""

    status: Status
    reason: Reason | None = None
    screen: str | None = None
    """The name of the screening that rejected the lead."""
    rep: RepRef | None = None
    team: TeamId | None = None
    rule: str | None = None
    rule_name: str | None = None
    strategy: Strategy | None = None
    score: Score | None = None
    tier: str | None = None
    recognition: Recognition = UNKNOWN
    steps: tuple[Step, ...] = ()
    first_contact_due: datetime | None = None
    policy_version: int | None = None
    engine_version: str = ENGINE_VERSION
    decided_at: datetime
    actor: str | None = None
    """Who did it, if it was done by hand."""
    note: str | None = None
    """Why, in that person's words."""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Decision:
        """Read back a decision as it was recorded.

        Raises:
            KeyError, ValueError: the document is not one that the engine wrote.
        """
        d = dict(document)
        due, score, rep, reason, strategy = (
            d["first_contact_due"], d["score"], d["rep"], d["reason"], d["strategy"],
        )  # fmt: skip
        d["status"] = Status(d["status"])
        d["reason"] = None if reason is None else Reason(reason)
        d["strategy"] = None if strategy is None else Strategy(strategy)
        d["rep"] = None if rep is None else RepRef(**rep)
        d["decided_at"] = datetime.fromisoformat(d["decided_at"])
        d["first_contact_due"] = None if due is None else datetime.fromisoformat(due)
        d["recognition"] = Recognition(**d["recognition"])
        if score is not None:
            d["score"] = Score(score["total"], tuple(Contribution(**c) for c in score["contributions"]))
        d["steps"] = tuple(_step(step) for step in d["steps"])
        return cls(**d)


def _step(document: Mapping[str, Any]) -> Step:
    d = dict(document)
    d["outcome"] = Outcome(d["outcome"])
    d["strategy"] = None if d["strategy"] is None else Strategy(d["strategy"])
    d["preferred"] = tuple(d["preferred"])
    d["ranked"] = tuple((rep, number) for rep, number in d["ranked"])
    d["left_out"] = {reason: tuple(reps) for reason, reps in d["left_out"].items()}
    return Step(**d)
