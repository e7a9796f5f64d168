"""Two places where things are really done: a lane in memory, whose time is the test's, and lanes on a real Postgres.

Both do what they are given through the product's own jobs, and show the log: rows as :func:`app.store.log.pages` has
them.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.doors.reading import reread
from app.engine.lead import Lead, Place
from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.roster import Roster
from app.engine.roster_document import read_roster
from app.errors import Invalid, RequestError
from app.lane.batch import Answer, Job, stored_lead
from app.lane.correct import Correct
from app.lane.drain import Drain
from app.lane.hand import Assign, Claim, Close, Release, RouteAgain
from app.lane.memory import MemoryLane
from app.lane.policies import ActivatePolicy, StorePolicy
from app.lane.roster import Edited, EditRoster
from app.lane.route import RouteLead, idempotency_key
from app.store.log import pages
from app.store.writes import Change, Record
from tests.lane.support import Office
from tests.model.doings import (
    Activate,
    Again,
    Document,
    Doing,
    Edit,
    Finish,
    Give,
    Mend,
    Send,
    Take,
)
from tests.model.doings import (
    Release as PutBack,
)

Row = Mapping[str, Any]

EMPTY: Document = {"name": "none", "rules": []}


@dataclass
class Done:
    """What came of one doing. ``record`` is the id that its record has, if it was given one."""

    doing: Doing
    record: UUID | None = None
    answer: Answer | None = None
    revision: int | None = None
    refused: str | None = None


@dataclass
class Counts:
    """What reps carry and are owed, as it is kept. What is nothing is absent."""

    open: dict[str, int] = field(default_factory=dict)
    last_seq: dict[str, int] = field(default_factory=dict)
    days: dict[tuple[str, Any], int] = field(default_factory=dict)
    rule_days: dict[tuple[str, str, Any], int] = field(default_factory=dict)
    credits: dict[tuple[str, str], int] = field(default_factory=dict)


def mended(lead: Lead, doing: Mend) -> Lead:
    """A lead with other facts; its sender knows it by the same id as before."""
    return replace(lead_of(doing), external_id=lead.external_id)


def lead_of(doing: Send | Mend) -> Lead:
    """The lead that a doing brings."""
    facts = dict(doing.facts)
    place = facts.pop("place", None)
    where = Place() if place is None else Place(place[:2], place if "-" in place else None)
    return Lead(**facts, place=where, external_id=doing.external_id if isinstance(doing, Send) else None)


def policy_of(document: Document, version: int, roster: Roster | None = None) -> Policy:
    """A compiled policy; raises Invalid."""
    compiled = compile_policy(document, version=version, roster=roster)
    if compiled.policy is None:
        raise Invalid("The policy cannot be used as it is", places=compiled.errors)
    return compiled.policy


def edit_of(doing: Edit) -> EditRoster:
    """An edit of the roster as a job."""
    read = read_roster({"reps": doing.reps, "teams": doing.teams})
    assert read.value is not None, read.errors
    removed = () if doing.removed is None else (doing.removed,)
    return EditRoster(read.value, "tests", prune=doing.prune, remove_teams=removed)


class Desk(ABC):
    """Where things are done."""

    def __init__(self) -> None:
        self.documents: dict[int, Document] = {}
        """Policies by the version that they are stored as."""

    @abstractmethod
    async def do(self, doings: Sequence[Doing]) -> list[Done]:
        """Do all of these: at once, where that makes a difference."""

    @abstractmethod
    async def drain(self) -> None:
        """Have the queue looked at, as it is every few seconds."""

    @abstractmethod
    async def log(self) -> list[Row]:
        """The records that have not been shown yet."""

    @abstractmethod
    async def now(self) -> datetime:
        """What time it is."""

    @abstractmethod
    async def counts(self) -> Counts:
        """What is kept of loads and rotations."""

    @abstractmethod
    async def store(self, document: Document) -> int:
        """Store a policy; returns its version."""

    def _job(self, doing: Doing, policy: Policy | None, now: datetime) -> Job[Any]:
        match doing:
            case Send():
                fields = {**doing.facts, "external_id": doing.external_id}
                key = None if doing.key is None else idempotency_key("tests", doing.key)
                return RouteLead(lead_of(doing), fields, received_at=now, policy=policy, idempotency=key)
            case Give():
                return Assign(doing.lead, doing.rep, doing.team, "kim", None)
            case PutBack():
                return Release(doing.lead, "kim", None)
            case Take():
                return Claim(doing.lead, doing.rep, "kim")
            case Again():
                return RouteAgain(doing.lead, "kim" if doing.by_hand else None, reread=reread)
            case Finish():
                return Close(doing.lead, doing.outcome, "kim")
            case Mend():
                return Correct(
                    doing.lead, sorted(doing.facts), lambda lead, _: mended(lead, doing), "kim", reread=reread
                )
            case Edit():
                return edit_of(doing)
            case Activate():
                return ActivatePolicy(doing.version, "kim")


def _done(doing: Doing, job: Job[Any], outcome: object) -> Done:
    done = Done(doing, record=job.minted)
    match outcome:
        case Answer():
            done.answer = outcome
        case Edited():
            done.revision = outcome.revision if outcome.edits else None
        case RequestError():
            done.refused = type(outcome).__name__
        case BaseException():
            raise outcome
    return done


class MemoryDesk(Desk):
    """One lane in memory. What is done is done in order, at a time that only :meth:`wait` moves."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self.lane = MemoryLane(policy_of(EMPTY, 0), Roster({}, {}), now=start)
        self._rows: list[Row] = []
        self._stored: dict[UUID, dict[str, Any]] = {}

    def wait(self, now: datetime) -> None:
        """Let time pass."""
        self.lane.advance(now)

    async def now(self) -> datetime:
        return self.lane.world.now

    async def do(self, doings: Sequence[Doing]) -> list[Done]:
        return [self._do(doing) for doing in doings]

    async def drain(self) -> None:
        waiting = [row for row in self._stored.values() if row["status"] == "queued"]
        for row in sorted(waiting, key=lambda row: row["latest_seq"]):
            self._do(Again(row["id"], by_hand=False))

    async def log(self) -> list[Row]:
        rows, self._rows = self._rows, []
        return rows

    async def store(self, document: Document) -> int:
        version = len(self.documents) + 1
        self.documents[version] = document
        return version

    async def counts(self) -> Counts:
        loads = self.lane.world.loads
        return Counts(
            {rep: count for rep, count in loads.open.items() if count},
            dict(loads.last_seq),
            {(rep, day): count for rep, days in loads.days.items() for day, count in days.items()},
            {(rule, rep, day): count for (rule, rep), days in loads.rule_days.items() for day, count in days.items()},
            {(rotation, rep): credit for rotation, of in loads.credits.items() for rep, credit in of.items()},
        )

    def _do(self, doing: Doing) -> Done:
        lane, batch = self.lane, self.lane._batch
        job = self._job(doing, lane.policy, batch.now)
        outcome: object = None
        try:
            match job:
                case EditRoster():
                    plan = job.plan(batch)
                    if plan.edits:
                        outcome = Edited(plan.edits, plan.warnings, job.change(batch, plan))
                        lane._end_turn()
                case ActivatePolicy():
                    policy = policy_of(self.documents[job.version], job.version, lane.world.roster.roster)
                    if policy.version != lane.policy.version:
                        lane.policy = batch.policy = policy
                        batch.change("policy.activated", str(job.version), "kim", {})
                        lane._end_turn()
                case _:
                    rows = [self._stored[lead] for lead in job.lead_ids]
                    outcome = lane.decide(job, rows)  # type: ignore[arg-type]
        except RequestError as error:
            outcome = error
        for record in lane.records:
            self._rows.append(_assignment(record, batch.now))
            self._stand(record, doing)
        for change in lane.changes:
            self._rows.append(_change(change, batch.now))
            self._stand_changed(change, doing)
        lane.records.clear()
        lane.changes.clear()
        return _done(doing, job, outcome)

    def _stand(self, record: Record, doing: Doing) -> None:
        """The lead's row as it would be read for the next job on it."""
        stored = self._stored.setdefault(
            record.lead_id,
            {
                "id": record.lead_id, "body": None, "warnings": b"[]", "corrected_warnings": None, "said": None,
                "first_decision": orjson.dumps(record.decision),
                "facts": orjson.dumps(lead_of(doing).document()) if isinstance(doing, Send) else b"{}",
            },
        )  # fmt: skip
        decision = record.decision
        stored.update(
            status=decision.status.value, reason=decision.reason and decision.reason.value,
            rep_id=decision.rep and decision.rep.id, team_id=decision.team, latest_seq=record.seq, outcome=None,
            latest_decision=orjson.dumps(decision), latest_effects=orjson.dumps(record.effects),
        )  # fmt: skip

    def _stand_changed(self, change: Change, doing: Doing) -> None:
        match doing:
            case Finish():
                self._stored[doing.lead].update(status="closed", outcome=doing.outcome)
            case Mend():
                stored = self._stored[doing.lead]
                stored["facts"] = orjson.dumps(mended(stored_lead(stored), doing).document())


def _assignment(record: Record, now: datetime) -> Row:
    return {
        "revision": record.revision, "stamp": 0, "seq": record.seq, "at": now, "kind": record.kind, "id": record.id,
        "lead_id": record.lead_id, "subject": None, "detail": None,
        **{name: orjson.dumps(getattr(record, name)).decode() for name in ("decision", "effects")},
        **{
            name: None if (kept := getattr(record, name)) is None else orjson.dumps(kept).decode()
            for name in ("facts", "person")
        },
    }  # fmt: skip


def _change(change: Change, now: datetime) -> Row:
    return {
        "revision": change.revision, "stamp": 0, "seq": None, "at": now, "kind": change.kind, "id": None,
        "subject": change.subject, "detail": orjson.dumps(change.detail).decode(),
        "effects": orjson.dumps(change.effects).decode(),
    }  # fmt: skip


class OfficeDesk(Desk):
    """Several lanes on one Postgres. What is done goes into all of them at once; the record tells in which order."""

    def __init__(self, place: Office, pool: asyncpg.Pool) -> None:
        super().__init__()
        self.place = place
        self._pool = pool
        self._revision = 0
        self._drain = Drain(place.lanes[0], pool, reread, interval=3600)

    async def now(self) -> datetime:
        found: datetime = await self._pool.fetchval("SELECT clock_timestamp()")
        return found

    async def do(self, doings: Sequence[Doing]) -> list[Done]:
        lanes = self.place.lanes
        pairs = [
            (lane, self._job(doing, lane.policy, datetime.now(UTC)))
            for doing, lane in zip(doings, lanes * len(doings), strict=False)
        ]
        outcomes = await asyncio.gather(*(lane.submit(job) for lane, job in pairs), return_exceptions=True)
        return [_done(doing, job, outcome) for doing, (_, job), outcome in zip(doings, pairs, outcomes, strict=True)]

    async def drain(self) -> None:
        await self._drain.look()

    async def log(self) -> list[Row]:
        rows: list[Row] = []
        async with self._pool.acquire() as connection:
            until = await connection.fetchval("SELECT revision FROM lane")
            async for page in pages(connection, self._revision, until, whole=True):
                rows += page
        self._revision = until
        return rows

    async def store(self, document: Document) -> int:
        job = StorePolicy(document, orjson.dumps(document).decode(), "json", "kim")
        version = (await self.place.lanes[0].submit(job)).version
        self.documents[version] = document
        return version

    async def counts(self) -> Counts:
        fetch = self._pool.fetch
        counts = Counts()
        for row in await fetch("SELECT rep_id, open, last_seq FROM rep_loads"):
            if row["open"]:
                counts.open[row["rep_id"]] = row["open"]
            if row["last_seq"] is not None:
                counts.last_seq[row["rep_id"]] = row["last_seq"]
        counts.days = {(row["rep_id"], row["day"]): row["count"] for row in await fetch("SELECT * FROM rep_days")}
        counts.rule_days = {
            (row["rule_id"], row["rep_id"], row["day"]): row["count"] for row in await fetch("SELECT * FROM rule_days")
        }
        counts.credits = {
            (row["rotation"], row["rep_id"]): row["credit"] for row in await fetch("SELECT * FROM credits")
        }
        return counts
