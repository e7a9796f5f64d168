"""Would it be decided so again? A decision computed once more, from what the record holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from app.engine.chain import decide
from app.engine.decision import ENGINE_VERSION, Decision, Effects, Reason
from app.engine.policy import Policy
from app.engine.rotation import Crowd
from app.engine.world import World
from app.lane.batch import AUTOMATIC


class Incomparable(StrEnum):
    """Why a recorded decision cannot be computed again."""

    BY_HAND = "by_hand"
    """A person decided."""
    UNDECIDED = "undecided"
    """The lead could not be decided, and was kept as it came."""
    OTHER_ENGINE = "other_engine"
    """Another version of the engine decided, which may well have decided otherwise."""
    NO_FACTS = "no_facts"
    """It is older than the keeping of facts."""
    ERASED = "erased"
    """What it was decided on was the person's, and has been erased."""
    UNREADABLE = "unreadable"
    """The policy that it was made under cannot be compiled by this version."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One record, as far as its decision depends on it.

    ``person`` is what the policy read of the person's own: None if there was nothing, empty once it has been erased.
    """

    seq: int
    kind: str
    decision: Decision
    effects: Effects
    facts: Mapping[str, Any] | None
    person: Mapping[str, Any] | None

    @classmethod
    def of(cls, row: Mapping[str, Any], crowds: Mapping[str, Crowd]) -> Recorded:
        """Read a row of the table ``assignments``, which may refer to ``crowds``.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: a document in it is not one that this service wrote.
        """
        facts, person = row["facts"], row["person"]
        return cls(
            seq=row["seq"],
            kind=row["kind"],
            decision=Decision.from_document(orjson.loads(row["decision"])),
            effects=Effects.from_document(orjson.loads(row["effects"]), crowds),
            facts=None if facts is None else orjson.loads(facts),
            person=None if person is None else orjson.loads(person),
        )

    @property
    def incomparable(self) -> Incomparable | None:
        """Why it cannot be computed again; None if it can."""
        if self.kind not in AUTOMATIC:
            return Incomparable.BY_HAND
        if self.decision.reason is Reason.ROUTER_ERROR:
            return Incomparable.UNDECIDED
        if self.decision.engine_version != ENGINE_VERSION:
            return Incomparable.OTHER_ENGINE
        if self.facts is None:
            return Incomparable.NO_FACTS
        return Incomparable.ERASED if self.person == {} else None

    def facts_under(self, policy: Policy) -> dict[str, Any]:
        """The facts that it was decided on, score and tier and time included; ``policy`` is the one it names."""
        decision = self.decision
        facts = policy.reads.restored(self.facts or {}, self.person)
        facts["now"] = decision.decided_at
        if decision.score is not None:
            facts["score"] = decision.score.total
        if decision.tier is not None:
            facts["tier"] = decision.tier
        return facts

    def again(self, policy: Policy, world: World) -> tuple[Decision, Effects]:
        """Decide once more, under the policy that it names and in the world as it was before it, at its time.

        What earlier leads told of this one, and that the person asked not to be contacted, are taken as they are
        recorded: the identities that told it may have been erased.
        """
        decision, effects = self.decision, self.effects
        routed = decide(
            policy.reads.restored(self.facts or {}, self.person),
            policy,
            decision.recognition,
            world.given_back(effects),
            decision.decided_at,
            refused=decision.reason is Reason.DO_NOT_CONTACT,
        )
        return (
            replace(routed.decision, actor=decision.actor, note=decision.note),
            replace(routed.effects, lost=effects.lost, returned=effects.returned),
        )
