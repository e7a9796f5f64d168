"""What do people do to leads? Give, put back, claim, route again, close: each a record, through the lane."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from app.engine.availability import local_date
from app.engine.candidates import candidates
from app.engine.chain import Routed, first_contact_due, prepare, route
from app.engine.conditions import ALWAYS
from app.engine.credits import Credits
from app.engine.decision import UNKNOWN, Decision, Effects, Reason, Recognition, RepRef, Status
from app.engine.lead import Lead
from app.engine.policy import OneTeam, Rule, Strategy
from app.engine.problems import Problem, suggest
from app.engine.recognise import Identity, again, keys_of, remember
from app.engine.roster import Rep, RepId, TeamId
from app.engine.rotation import AnyTurn, Crowd, manual_turn
from app.engine.world import World
from app.errors import Conflict, Invalid, NoPolicy
from app.lane.batch import Answer, Batch, LeadJob, new_id, stored_lead
from app.lane.correct import corrected

DRAINED = frozenset({Reason.NO_RULE_MATCHED, Reason.NOBODY_ABLE, Reason.ROUTER_ERROR})
"""The reasons for which a queued lead is routed again by itself; what people put back waits for people."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A stored lead as it stands under the lane's lock."""

    lead: Lead
    status: str
    reason: Reason | None
    rep: RepId | None
    team: TeamId | None
    decision: Decision
    recognition: Recognition
    turn: AnyTurn | None
    """The turn that its present rep took for it."""
    body: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any], crowds: Mapping[str, Crowd]) -> Standing:
        """Read a row of :data:`app.store.turn.LEADS`; ``crowds`` are those that it may refer to."""
        decision = Decision.from_document(orjson.loads(row["latest_decision"]))
        first = Decision.from_document(orjson.loads(row["first_decision"]))
        effects = Effects.from_document(orjson.loads(row["latest_effects"]), crowds)
        return cls(
            lead=stored_lead(row),
            status=row["status"],
            reason=None if row["reason"] is None else Reason(row["reason"]),
            rep=row["rep_id"],
            team=row["team_id"],
            decision=decision,
            recognition=first.recognition,
            turn=effects.turn,
            body=row["body"],
        )


class StoredLeadJob(LeadJob[Answer]):
    """A job on a lead that is stored already."""

    def __init__(self, lead_id: UUID) -> None:
        super().__init__()
        self.lead_id = lead_id
        self.minted = new_id()

    @property
    def lead_ids(self) -> Sequence[UUID]:
        """The one lead."""
        return (self.lead_id,)

    def standing(self, batch: Batch) -> Standing:
        """The lead as it stands; raises NextTurn and NotFound as :meth:`Batch.stored` does."""
        return Standing.of(batch.stored(self.lead_id), batch.crowds)

    def keep(self, batch: Batch, standing: Standing, kind: str, decision: Decision, effects: Effects) -> Answer:
        """Record what was decided."""
        lead = standing.lead
        routed = Routed(decision, effects, batch.facts_of(lead))
        return self.keep_routed(batch, lead, kind, routed, batch.identities_of(lead))

    def keep_routed(
        self, batch: Batch, lead: Lead, kind: str, routed: Routed, identities: Collection[Identity]
    ) -> Answer:
        """Record what was decided on ``lead``, whose identities are to be kept as they are given."""
        assert self.minted is not None
        notices = batch.notices_of(self.lead_id)
        record = batch.record(lead, self.lead_id, self.minted, kind, routed, identities)
        batch.changed.add(self.lead_id)
        return Answer(self.lead_id, record.id, record.seq, routed.decision, notices)


def rep_named(batch: Batch, rep_id: str) -> Rep:
    """A rep who can be given a lead by hand; raises Invalid."""
    reps = batch.world.roster.roster.reps
    rep = reps.get(RepId(rep_id))
    if rep is None:
        message = f"there is no rep “{rep_id}”{suggest(rep_id, reps)}"
        raise Invalid("The rep is not on the roster", places=[Problem("rep", message)])
    if rep.status == "inactive":
        raise Invalid("The rep is inactive", places=[Problem("rep", f"“{rep_id}” is inactive: activate them")])
    return rep


def freed(standing: Standing) -> Effects:
    """What taking the lead from its present rep changes: the load falls, and the turn is given back."""
    if standing.status != "assigned" or standing.rep is None:
        return Effects()
    return Effects(lost=standing.rep, returned=standing.turn)


def _by_hand(standing: Standing, batch: Batch, actor: str, note: str | None, **values: Any) -> Decision:
    before = standing.decision
    return Decision(
        score=before.score,
        tier=before.tier,
        recognition=standing.recognition,
        policy_version=batch.policy.version if batch.policy else None,
        decided_at=batch.now,
        actor=actor,
        note=note,
        **values,
    )


class Assign(StoredLeadJob):
    """Give a lead to a rep. In a team's rotation it counts only if the team is named."""

    def __init__(self, lead_id: UUID, rep: str, team: str | None, actor: str, note: str | None) -> None:
        super().__init__(lead_id)
        self.rep, self.team, self.actor, self.note = rep, team, actor, note

    def decide(self, batch: Batch) -> Answer:
        """Give it, whoever has it now.

        Raises:
            Invalid: the rep or team is unknown, inactive, or they do not belong together.
            NotFound: there is no such lead.
        """
        standing = self.standing(batch)
        rep = rep_named(batch, self.rep)
        turn = None
        if self.team is not None:
            # It is given as things are once whoever has it has given it back.
            turn = self._turn(batch.world.given_back(freed(standing)), rep)
        return self.keep(*given(batch, self, standing, rep, "assigned", self.actor, self.note, self.team, turn))

    def _turn(self, world: World, rep: Rep) -> AnyTurn | None:
        name = TeamId(self.team or "")
        team = world.roster.teams.get(name)
        if team is None:
            message = f"there is no team “{name}”{suggest(name, world.roster.teams)}"
            raise Invalid("The team is not on the roster", places=[Problem("team", message)])
        position = world.roster.index[rep.id]
        if not team.members >> position & 1:
            raise Invalid("The rep is not on it", places=[Problem("team", f"“{rep.id}” is not on “{name}”")])
        rotation = f"team:{name}"
        rule = Rule(id=rotation, name=rotation, place="", when=ALWAYS, select=OneTeam(name), rotation=rotation)
        competing = candidates(rule, {}, UNKNOWN, world).competing | (1 << position)
        competing &= team.weighted | 1 << position
        credits = world.loads.credits.get(rotation, Credits())
        if team.weights is None:
            return manual_turn(credits, rotation, world.roster.competitors(competing), None, rep.id)
        ids = world.roster.members(competing)
        return manual_turn(credits, rotation, ids, [team.weights.get(member, 0) for member in ids], rep.id)


def given(
    batch: Batch,
    job: StoredLeadJob,
    standing: Standing,
    rep: Rep,
    kind: str,
    actor: str,
    note: str | None,
    team: str | None,
    turn: AnyTurn | None,
) -> tuple[Batch, Standing, str, Decision, Effects]:
    """A lead given to ``rep`` by hand, as :meth:`StoredLeadJob.keep` takes it."""
    due = None
    if batch.policy is not None:
        due = first_contact_due(batch.policy, standing.decision.tier, batch.now)
    decision = _by_hand(
        standing, batch, actor, note,
        status=Status.ASSIGNED, rep=RepRef(rep.id, rep.name, rep.email), team=team, first_contact_due=due,
        strategy=Strategy.CLAIM if kind == "claimed" else None,
    )  # fmt: skip
    effects = replace(freed(standing), gained=rep.id, day=local_date(rep, batch.now), turn=turn)
    return batch, standing, kind, decision, effects


class Release(StoredLeadJob):
    """Put a lead back in the queue, where it waits for people."""

    def __init__(self, lead_id: UUID, actor: str, note: str | None) -> None:
        super().__init__(lead_id)
        self.actor, self.note = actor, note

    def decide(self, batch: Batch) -> Answer:
        """Take it from its rep.

        Raises:
            Conflict: nobody has it.
            NotFound: there is no such lead.
        """
        standing = self.standing(batch)
        if standing.status != "assigned":
            raise Conflict(f"Nobody has this lead: it is {standing.status}", lead_id=str(self.lead_id))
        decision = _by_hand(standing, batch, self.actor, self.note, status=Status.QUEUED, reason=Reason.RELEASED)
        return self.keep(batch, standing, "released", decision, freed(standing))


class Claim(StoredLeadJob):
    """Take a lead from the queue. Of several who try, one wins."""

    def __init__(self, lead_id: UUID, rep: str, actor: str) -> None:
        super().__init__(lead_id)
        self.rep, self.actor = rep, actor

    def decide(self, batch: Batch) -> Answer:
        """Give it to the one who claims it.

        Raises:
            Conflict: it is gone; ``winner`` is the rep who has it.
            Invalid: the rep is unknown, inactive, or not on the team it waits for.
            NotFound: there is no such lead.
        """
        standing = self._waiting(batch)
        rep = rep_named(batch, self.rep)
        if standing.team is not None:
            team = batch.world.roster.teams.get(standing.team)
            if team is not None and not team.members >> batch.world.roster.index[rep.id] & 1:
                raise Invalid(
                    "The lead waits for another team",
                    places=[Problem("rep", f"“{rep.id}” is not on team “{standing.team}”")],
                )
        return self.keep(*given(batch, self, standing, rep, "claimed", self.actor, None, standing.team, None))

    def _waiting(self, batch: Batch) -> Standing:
        standing = self.standing(batch)
        if standing.status == "assigned":
            winner = standing.rep
            raise Conflict(f"The lead is gone: “{winner}” has it", lead_id=str(self.lead_id), winner=winner)
        if standing.status != "queued":
            raise Conflict(f"The lead is not in the queue: it is {standing.status}", lead_id=str(self.lead_id))
        return standing


class RouteAgain(StoredLeadJob):
    """Route a stored lead again: by hand, or for the queue's drain (``actor`` None).

    ``if_rejected``: only one that stands rejected, and nothing is recorded if it would be again: what a sender has
    since said of it may have made it a lead.
    """

    def __init__(
        self,
        lead_id: UUID,
        actor: str | None,
        note: str | None = None,
        *,
        reread: Callable[[str], Lead] | None = None,
        if_rejected: bool = False,
    ) -> None:
        super().__init__(lead_id)
        self.actor, self.note, self._reread, self._if_rejected = actor, note, reread, if_rejected

    def keys_brought(self, leads: Mapping[UUID, Mapping[str, Any]]) -> Iterable[str]:
        """The keys of a lead that was kept as it came."""
        row = leads.get(self.lead_id)
        if row is None or row["body"] is None or self._reread is None:
            return ()
        try:
            return [key for _, key in keys_of(self._reread(row["body"]))]
        except Exception:  # noqa: BLE001  it is met again, and told, where this lead alone is decided
            return ()

    def decide(self, batch: Batch) -> Answer:
        """Walk the rules anew.

        For the drain, nothing is recorded unless the lead gets somewhere, and nothing is done to one that people have
        moved since.

        Raises:
            Conflict: it is closed, (for the drain) no longer waits, or is not rejected or would be again.
            NoPolicy: there is no policy.
            NotFound: there is no such lead.
        """
        standing = self.standing(batch)
        if standing.status == "closed":
            raise Conflict("The lead is closed", lead_id=str(self.lead_id))
        drained = standing.status == "queued" and standing.reason in DRAINED
        if self.actor is None and not drained:
            raise Conflict(f"The lead does not wait any more: it is {standing.status}", lead_id=str(self.lead_id))
        if self._if_rejected and standing.status != "rejected":
            raise Conflict(f"The lead is not rejected: it is {standing.status}", lead_id=str(self.lead_id))
        if batch.policy is None:
            raise NoPolicy
        lead, recognition = standing.lead, None
        read_anew = standing.body is not None and self._reread is not None
        if read_anew:
            lead = self._reread(standing.body)  # type: ignore[misc, arg-type]  # it was just seen that both are there
        effects = freed(standing)
        # Who has it now may get it again: the world is seen as if they had given it back.
        world = batch.world.given_back(effects)
        prepared = prepare(lead, batch.policy)
        if not read_anew:
            recognition = again(standing.recognition, lead, prepared.facts, world.identities, str(self.lead_id))
        routed = route(prepared, world, batch.now, recognition=recognition)
        decision = routed.decision
        if self.actor is None and decision.status is Status.QUEUED and decision.reason is not Reason.CLAIM:
            raise Conflict("Nobody can take it yet", lead_id=str(self.lead_id))
        if self._if_rejected and decision.status is Status.REJECTED:
            raise Conflict("It would be rejected again", lead_id=str(self.lead_id))
        routed = replace(
            routed,
            decision=replace(decision, actor=self.actor, note=self.note),
            effects=replace(routed.effects, lost=effects.lost, returned=effects.returned),
        )
        if not read_anew:
            return self.keep_routed(batch, lead, "rerouted", routed, batch.identities_of(lead))
        batch.writes.corrected[self.lead_id] = corrected(self.lead_id, lead, routed.facts)
        seen = remember(lead, str(self.lead_id), routed.facts, batch.world.identities, batch.now)
        return self.keep_routed(batch, lead, "rerouted", routed, seen)


class Close(LeadJob[None]):
    """The rep is done with a lead: it no longer counts as open."""

    def __init__(self, lead_id: UUID, outcome: str, actor: str) -> None:
        super().__init__()
        self.lead_id, self.result, self.actor = lead_id, outcome, actor

    @property
    def lead_ids(self) -> Sequence[UUID]:
        """The one lead."""
        return (self.lead_id,)

    def decide(self, batch: Batch) -> None:
        """Close it; closing it again with the same outcome does nothing.

        Raises:
            Conflict: it is closed with another outcome.
            NotFound: there is no such lead.
        """
        row = batch.stored(self.lead_id)
        if row["status"] == "closed":
            if row["outcome"] == self.result:
                return
            raise Conflict(f"The lead is closed already: {row['outcome']}", lead_id=str(self.lead_id))
        effects = Effects(lost=row["rep_id"] if row["status"] == "assigned" else None)
        batch.change(
            "lead.closed",
            str(self.lead_id),
            self.actor,
            {"outcome": self.result, "rep": row["rep_id"]},
            effects=effects,
        )
        batch.writes.closed[self.lead_id] = self.result
        batch.changed.add(self.lead_id)
        lead = stored_lead(row)
        batch.keep(replace(known, outcome=self.result) for known in batch.identities_of(lead))
