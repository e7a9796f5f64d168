"""What does one turn of the lane work on? The jobs it decides, the world they see, and what they write."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Generic, TypeVar
from uuid import UUID

import orjson
import uuid_utils
from asyncpg import Connection

from app.engine.chain import Routed
from app.engine.conditions import Facts
from app.engine.decision import Decision, Effects, Reason
from app.engine.facts import facts_of
from app.engine.immutable import immutable
from app.engine.lead import Lead, Notice
from app.engine.policy import Policy
from app.engine.recognise import Identity, keys_of, own, own_node
from app.engine.rotation import Crowd
from app.engine.world import World
from app.errors import NotFound
from app.store.writes import Change, Delivery, Record, Writes

T = TypeVar("T")

AUTOMATIC: Final = frozenset({"routed", "rerouted"})
"""The kinds of records that the rules decided, and not a person."""


def new_id() -> UUID:
    """Mint a UUIDv7 (RFC 9562): ids that grow with time."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def notices_json(notices: Iterable[Notice]) -> bytes:
    """Notices as they are kept beside a lead."""
    return orjson.dumps([{"field": n.field, "code": n.code, "value": n.value} for n in notices])


def notices_from(stored: str | bytes) -> tuple[Notice, ...]:
    """Read back notices as they were kept."""
    return tuple(Notice(n["field"], n["code"], n["value"]) for n in orjson.loads(stored))


def stored_lead(row: Mapping[str, Any]) -> Lead:
    """The lead of a stored row."""
    return Lead.from_document(orjson.loads(row["facts"]))


@immutable(frozen=True, slots=True)
class Answer:
    """What a caller is told of a lead: its record, and whether it had been answered before."""

    lead_id: UUID | None
    assignment_id: UUID | None
    seq: int | None
    decision: Decision
    notices: tuple[Notice, ...] = ()
    replayed: bool = False
    made_on: tuple[Policy, Facts] | None = None
    """Of a preview: what it was decided under and on, for there is no record that would tell."""

    @classmethod
    def from_row(cls, row: Mapping[str, Any], *, replayed: bool) -> Answer:
        """The answer that a stored record gives; ``row`` is it with the lead's ``warnings``."""
        return cls(
            lead_id=row["lead_id"],
            assignment_id=row["id"],
            seq=row["seq"],
            decision=Decision.from_document(orjson.loads(row["decision"])),
            notices=notices_from(row["warnings"]),
            replayed=replayed,
        )


@immutable(frozen=True, slots=True)
class Known:
    """A delivery key that has been answered: as which lead, and the hash of the body it came with."""

    lead_id: UUID
    body_hash: bytes


@immutable(frozen=True, slots=True)
class DeliveryKey:
    """What a delivery is known by; ``kept``: for how long, None for ever."""

    key: str
    kept: timedelta | None = None


class Job(Generic[T]):
    """One thing that must go through the lane, and the promise of its outcome.

    ``deadline`` is on the event loop's clock: until then it may wait for Postgres. ``doubtful``: its commit may have
    happened, and must be looked for before it is decided again. ``looked``: all that is looked for before the lane is
    locked has been.
    """

    # No abstract base: to ask whether something is an instance of one takes a call, and turns ask it of every job.

    alone: ClassVar[bool] = False
    """Whether it has a turn to itself."""
    minted: UUID | None = None
    """The id of the record that it writes, if it writes one: known before, so that it can be found again."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.deadline = 0.0
        self.accepted = 0.0
        self.line = "interactive"
        self.doubtful = False
        self.failures = 0
        self.looked = True

    @property
    def identity_keys(self) -> Iterable[str]:
        """The keys by which its lead may be recognised."""
        return ()

    @property
    def delivery_keys(self) -> Sequence[str]:
        """The keys under which it may have been answered before."""
        return ()

    @property
    def lead_ids(self) -> Sequence[UUID]:
        """The stored leads that it works on."""
        return ()

    def keys_brought(self, leads: Mapping[UUID, Mapping[str, Any]]) -> Iterable[str]:
        """The keys that stored leads (by id, as they were read) will be recognised by once this job is done."""
        return ()

    def close(self, result: T) -> None:
        """Keep the promise."""
        if not self.outcome.done():
            self.outcome.set_result(result)

    def fail(self, error: Exception) -> None:
        """Say that it could not be kept, and why."""
        if not self.outcome.done():
            self.outcome.set_exception(error)
            # A caller who has gone asks no more; the error is theirs alone.
            self.outcome.exception()


class NextTurn(Exception):
    """A job before this one has changed the lead: this one is decided in the next turn, on the lead as it is then."""


class LeadJob(Job[T]):
    """A job on one lead, decided together with others."""

    def decide(self, batch: Batch) -> T:
        """Decide, and leave in ``batch`` what is to be written.

        Raises:
            NextTurn: it must see what another job of this turn has changed.
            RequestError: the caller is to be told; nothing is written for this job.
        """
        raise NotImplementedError

    def undecided(self, batch: Batch) -> T | None:
        """Keep what could not be decided, so that it is not lost; None if there is nothing to keep.

        Called after ``decide`` has failed unexpectedly, or the database has refused what it wrote.
        """
        return None


@immutable(frozen=True, slots=True)
class Attempt(Generic[T]):
    """What a command came to, and the revision and stamp by which its commit can be found if it had no answer."""

    outcome: T
    revision: int
    stamp: int


class Command(Job[T]):
    """A job with a turn to itself, which may read and write as it likes."""

    alone = True

    def __init__(self) -> None:
        super().__init__()
        self.attempt: Attempt[T] | None = None

    async def before(self, connection: Connection, world: World | None) -> None:
        """Do what can be done before the lane is locked; ``world`` is the one known so far, which may be behind."""

    async def run(self, batch: Batch, connection: Connection) -> T:
        """Do it inside the turn's transaction.

        Raises:
            RequestError: the caller is to be told; nothing is written.
        """
        raise NotImplementedError


@dataclass(slots=True)
class Batch:
    """One turn's world, time and policy, what was read for it, and what it writes."""

    world: World
    policy: Policy | None
    now: datetime
    writes: Writes
    deliveries: dict[str, Known] = field(default_factory=dict)
    leads: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    answers: dict[UUID, Answer] = field(default_factory=dict)
    """The first answers to leads: given in this turn, or read from the record."""
    changed: set[UUID] = field(default_factory=set)
    """Stored leads that a job of this turn has changed: what was read of them no longer holds."""
    crowds: dict[str, Crowd] = field(default_factory=dict)
    """Those that the stored leads' records refer to."""

    def record(
        self,
        lead: Lead,
        lead_id: UUID,
        assignment_id: UUID,
        kind: str,
        routed: Routed,
        identities: Collection[Identity],
    ) -> Record:
        """Give a decision its place in the lane, apply it to the world, and write it.

        ``identities`` are the lead's and this batch's own; the rep who gets the lead becomes their owner.
        """
        world, decision = self.world, routed.decision
        world.seq += 1
        world.revision += 1
        world.apply(routed.effects, world.seq)
        if decision.rep is not None:
            own(identities, decision.rep.id, world.seq)
        self.keep(identities)
        facts = person = None
        if kind in AUTOMATIC and decision.reason is not Reason.ROUTER_ERROR and self.policy is not None:
            facts, person = self.policy.reads.kept(routed.facts)
        record = Record(
            id=assignment_id,
            lead_id=lead_id,
            seq=world.seq,
            revision=world.revision,
            kind=kind,
            decision=decision,
            effects=routed.effects,
            source=_source(routed.facts, lead),
            region=own_node(routed.facts, "region"),
            industry=own_node(routed.facts, "industry"),
            facts=facts,
            person=person,
        )
        self.writes.records.append(record)
        return record

    def keep(self, identities: Iterable[Identity]) -> None:
        """Have these identities written, and seen by the jobs after this one."""
        for identity in identities:
            self.world.identities[identity.key] = identity
            self.writes.identities[identity.key] = identity

    def deliver(self, known_by: DeliveryKey, lead_id: UUID, body_hash: bytes) -> None:
        """Have a delivery with this body answered as this lead from now on."""
        self.deliveries[known_by.key] = Known(lead_id, body_hash)
        expires_at = None if known_by.kept is None else self.now + known_by.kept
        self.writes.deliveries.append(Delivery(known_by.key, lead_id, body_hash, expires_at))

    def change(
        self,
        kind: str,
        subject: str | None,
        actor: str | None,
        detail: Mapping[str, Any],
        *,
        effects: Effects | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> int:
        """Write a record that assigns nothing; returns the world's new revision.

        ``effects`` are applied to the world here; ``extra`` is what other workers need besides to follow.
        """
        self.world.revision += 1
        if effects is not None:
            self.world.apply(effects)
        written = {**({"effects": effects} if effects is not None else {}), **(extra or {})}
        self.writes.changes.append(Change(self.world.revision, kind, subject, actor, detail, written))
        return self.world.revision

    def stored(self, lead_id: UUID) -> Mapping[str, Any]:
        """A lead as it is stored.

        Raises:
            NextTurn: another job of this turn has changed it.
            NotFound: there is no such lead.
        """
        row = self.leads.get(lead_id)
        if row is None:
            raise NotFound(f"There is no lead {lead_id}")
        if lead_id in self.changed:
            raise NextTurn
        return row

    def notices_of(self, lead_id: UUID) -> tuple[Notice, ...]:
        """The notices kept beside a stored lead."""
        row = self.leads[lead_id]
        return notices_from(row["corrected_warnings"] or row["warnings"])

    def identities_of(self, lead: Lead) -> list[Identity]:
        """What is known by the lead's keys now."""
        known = self.world.identities
        return [known[key] for _, key in keys_of(lead) if key in known]

    def facts_of(self, lead: Lead) -> dict[str, Any]:
        """The lead's facts under the policy in force; none without a policy."""
        return facts_of(lead, self.policy)[0] if self.policy is not None else {}


def _source(facts: Facts, lead: Lead) -> str | None:
    source = facts.get("source", lead.source)
    return source if isinstance(source, str) else None
