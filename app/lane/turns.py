"""What happens in one turn of the lane? Lock, see the world as it is, decide, write, commit; then the world moves on.

Where nobody else takes turns, new leads are decided ahead of the lock: what is written says where the lane stood when
that was decided, and is written only if it stands there still. If not, the turn is taken as any other.

Whatever goes wrong leaves nothing behind: the batch works on a fork of the world, which takes its place only once the
commit is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import timedelta
from math import inf
from typing import Any, Final, TypeVar

import asyncpg
import structlog

from app.engine.policy import Policy
from app.engine.world import World
from app.errors import RequestError
from app.lane.batch import Answer, Attempt, Batch, Command, Job, LeadJob, NextTurn
from app.lane.limits import Limits
from app.lane.line import Lines
from app.lane.lookup import find_close, glance_for, look_up
from app.lane.route import RouteLead
from app.lane.sync import BrokenStore, bring_up, caught_up, is_current, policy_of
from app.observability import BATCH_SIZE, CREDIT_EXTREME, DECISIONS, LANE_HOLD, LANE_WAIT, ROUTER_ERRORS, labelled
from app.store.database import DRIVER_ERRORS, Database
from app.store.turn import LANE_SESSION, RECORDS, STAMP, LaneRow, lock_lane, look_at_lane, open_turn, settle_session
from app.store.writes import Writes, statements_of, write_turn

log = structlog.get_logger(__name__)

T = TypeVar("T")


OTHERS_SECONDS: Final = 1.0
"""How long after a turn of another worker it is taken to wait for the next."""


_GOES_AWAY: Final = ("FATAL", "PANIC")
"""How grave an error is with which the server, or its half of the connection, ends."""

READING_SECONDS: Final = 120.0
"""For how long the world and the policy are read, outside the lane, before the database is taken to be away."""


_decisions: Final = labelled(DECISIONS)
_lane_wait: Final = labelled(LANE_WAIT)


class _Unread(Exception):
    """The world or the policy in force must be read first: never while everybody waits for the lane."""


class UnknownCommit(Exception):
    """The connection was lost while a turn was committed: it may have happened or not."""


class HalfDecided(Exception):
    """A job failed after it had begun to change the batch's world, which must not be used any more."""


class Turns:
    """Takes turns in the lane over one connection, and keeps the world between them."""

    def __init__(self, database: Database, limits: Limits, lines: Lines) -> None:
        self._database = database
        self._limits = limits
        self._lines = lines
        self._others_until = 0.0
        self._connection: asyncpg.Connection | None = None
        self._world: World | None = None
        self._active: int | None = None
        self._extreme = 0.0
        self.taken_at = -inf
        """When the last turn was taken, on the monotonic clock."""
        self.quiet = timedelta.max
        """How long before the last turn somebody who waits for it was last given a decision, on any worker."""

    @property
    def policy(self) -> Policy | None:
        """The policy in force, as far as is known here."""
        if self._world is None or self._active is None:
            return None
        return self._world.policies.get(self._active)

    def forget(self) -> None:
        """Doubt what is known of the world: the next turn reads it anew."""
        self._world = None

    async def look(self) -> None:
        """See whether Postgres is there; raises one of :data:`DRIVER_ERRORS`."""
        async with asyncio.timeout(self._limits.wait_seconds):
            await look_at_lane(await self._connected())

    async def take(self, jobs: list[Job[Any]], *, alone: bool = False) -> list[Job[Any]]:
        """Decide ``jobs`` in one transaction, and tell their callers; returns those that its time did not reach.

        Who came while the lane was waited for is decided with them, and added to ``jobs``; not if they go ``alone``.
        """
        connection = await self._connected()
        if not alone and (leads := self._can_go_ahead(jobs)):
            left = await self._ahead(connection, leads)
            if left is not None:
                return left
        while True:
            try:
                return await self._turn(connection, jobs, alone=alone)
            except _Unread:
                self._world = await self._read(connection)

    async def _read(self, connection: asyncpg.Connection) -> World:
        """Read, outside the lane, what takes long: the world anew if it cannot be followed, and the policy in force."""
        async with asyncio.timeout(READING_SECONDS):
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                # It takes as long as it takes: nobody waits behind it.
                await connection.execute("SET LOCAL statement_timeout = 0")
                lane = await look_at_lane(connection)
                world = await bring_up(connection, self._world, lane)
            await policy_of(connection, world, lane.policy_version)
        # It stays, and may be large: nobody need look through it again while the lane is held.
        gc.freeze()
        return world

    async def _turn(self, connection: asyncpg.Connection, jobs: list[Job[Any]], *, alone: bool) -> list[Job[Any]]:
        await find_close(connection, jobs)
        for job in jobs:
            if isinstance(job, Command):
                await job.before(connection, self._world)
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                await open_turn(connection, self._limits.statement_timeout_ms, commanded=any(job.alone for job in jobs))
                lane = await lock_lane(connection)
                held_from = time.monotonic()
                self._heard(lane)
                self._keep_out()
                if not alone:
                    self._lines.again(jobs)
                world = await caught_up(connection, self._world, lane)
                if isinstance(world, str):
                    raise _Unread
                self._world = world
                if lane.policy_version is not None and lane.policy_version not in world.policies:
                    raise _Unread
                policy = await policy_of(connection, world, lane.policy_version)
                batch = self._batch(jobs, lane, world, policy)
                await look_up(connection, batch, jobs)
                outcomes, left = await self._decide(connection, batch, jobs)
                writes = batch.writes
                changed = writes.some
                if not (writes.records or writes.changes):
                    # Keys noted for known deliveries are no part of the world, nor is when a field was said: every
                    # cached one stays exact.
                    writes.stamp = lane.stamp
                extreme = batch.world.largest_change()
                if changed and not await write_turn(connection, statements_of(writes, batch.world, lane)):
                    raise BrokenStore("the lane moved on while it was locked")
            if changed:
                await self._committed(connection, connection.execute("COMMIT"))
            else:
                await connection.execute("ROLLBACK")
        except BaseException:
            await self._abandon(connection)
            raise
        finally:
            self._lines.open()
        if changed:
            self._move_on(batch, extreme)
        self._tell(batch, outcomes, held_from, held_from)
        return left

    def _can_go_ahead(self, jobs: Sequence[Job[Any]]) -> list[RouteLead]:
        """The jobs, if they can be decided ahead of the lock; else none.

        New leads can, of which nothing is in doubt, unless others take turns too: most of it would be done twice.
        """
        if self._database.pgbouncer or self.policy is None or time.monotonic() < self._others_until:
            return []
        leads = [job for job in jobs if isinstance(job, RouteLead) and not job.doubtful and not job.failures]
        return leads if len(leads) == len(jobs) else []

    async def _ahead(self, connection: asyncpg.Connection, jobs: Sequence[RouteLead]) -> list[Job[Any]] | None:
        """Decide on what is seen without a lock, and write it if nothing has changed until then, in one statement.

        Returns those that its time did not reach; None if the lane must be locked, and nothing has been done.
        """
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                lane, identities, answered = await glance_for(connection, jobs)
            world = self._world
            self._heard(lane)
            if answered or world is None or not is_current(world, lane):
                return None
            policy = None if lane.policy_version is None else world.policies.get(lane.policy_version)
            if policy is None:
                return None
            batch = self._batch(jobs, lane, world, policy)
            batch.world.identities = identities
            began = time.monotonic()
            outcomes, left = await self._decide(connection, batch, jobs, held=False)
            statements = statements_of(batch.writes, batch.world, lane)
            extreme = batch.world.largest_change()
            if not batch.writes.records or not statements.one:
                return None
            held_from = time.monotonic()
            if not await self._committed(connection, write_turn(connection, statements)):
                self._others_until = time.monotonic() + OTHERS_SECONDS
                return None
        except asyncpg.PostgresError:
            # The server has undone it, and waits for what comes next.
            raise
        except BaseException:
            await self._abandon(connection)
            raise
        self._move_on(batch, extreme)
        self._tell(batch, outcomes, began, held_from)
        return left

    def _move_on(self, batch: Batch, extreme: float) -> None:
        """What the batch made of the world has been committed; ``extreme`` is the largest credit in it."""
        self._world = batch.world.settled(batch.writes.stamp)
        self._extreme = max(self._extreme, extreme)
        CREDIT_EXTREME.set(self._extreme)

    def _tell(self, batch: Batch, outcomes: Sequence[tuple[Job[Any], Any]], began: float, held_from: float) -> None:
        """The turn is over, and who was decided is told: deciding ``began``, and the lane was had, at these times."""
        self.taken_at = time.monotonic()
        LANE_HOLD.observe(self.taken_at - held_from)
        BATCH_SIZE.observe(len(outcomes))
        for status, count in Counter(record.decision.status.value for record in batch.writes.records).items():
            _decisions(status).inc(count)
        for job, outcome in outcomes:
            _lane_wait(job.line).observe(began - job.accepted)
            if isinstance(outcome, Exception):
                job.fail(outcome)
            else:
                job.close(outcome)

    def _heard(self, lane: LaneRow) -> None:
        """Notice what other workers do: whether they take turns, and when they last served somebody who waits."""
        self.quiet = lane.now - lane.interactive_at if lane.interactive_at is not None else timedelta.max
        if self._world is not None and lane.revision != self._world.revision:
            self._others_until = time.monotonic() + OTHERS_SECONDS

    def _keep_out(self) -> None:
        """While others wait for the lane, this worker does nothing but its turn; it reads leads while they have theirs.

        Reading takes longer than deciding, and every answer of Postgres would have to wait for it.
        """
        if time.monotonic() < self._others_until:
            self._lines.shut()

    def _batch(self, jobs: Sequence[Job[Any]], lane: LaneRow, world: World, policy: Policy | None) -> Batch:
        """What a turn works on, at the time that it is now."""
        world.advance(lane.now)
        self._active = lane.policy_version
        interactive = any(job.line == "interactive" for job in jobs)
        writes = Writes(stamp=secrets.randbits(63), now=lane.now, interactive=interactive)
        return Batch(world=world.fork(), policy=policy, now=lane.now, writes=writes)

    async def _decide(
        self, connection: asyncpg.Connection, batch: Batch, jobs: Sequence[Job[Any]], *, held: bool = True
    ) -> tuple[list[tuple[Job[Any], Any]], list[Job[Any]]]:
        """Decide one after the other; returns who was decided, and whom the time did not reach.

        ``held``: the lane is held meanwhile, and with it a transaction that Postgres ends if it is idle for long.
        """
        doubtful = [job.minted for job in jobs if job.doubtful and job.minted is not None]
        recorded = {}
        if doubtful:
            recorded = {row["id"]: row for row in await connection.fetch(RECORDS, doubtful)}
        outcomes: list[tuple[Job[Any], Any]] = []
        left: list[Job[Any]] = []
        until = time.monotonic() + self._limits.batch_seconds
        for number, job in enumerate(jobs):
            revision = batch.world.revision
            if number and time.monotonic() > until:
                return outcomes, [*left, *jobs[number:]]
            if job.minted in recorded:
                outcomes.append((job, Answer.from_row(recorded[job.minted], replayed=False)))
                continue
            began = time.monotonic()
            try:
                outcome: Any
                if isinstance(job, Command):
                    outcome = await self._commanded(connection, batch, job)
                elif isinstance(job, LeadJob) and job.failures > 1 and (kept := job.undecided(batch)) is not None:
                    outcome = kept
                    ROUTER_ERRORS.inc()
                elif isinstance(job, LeadJob):
                    outcome = job.decide(batch)
                else:
                    raise TypeError(job)
            except NextTurn:
                left.append(job)
                continue
            except RequestError as error:
                outcome = error
            except DRIVER_ERRORS:
                raise
            except Exception as error:
                # A fault of ours in deciding one lead concerns that lead alone.
                if batch.world.revision != revision:
                    raise HalfDecided from error
                ROUTER_ERRORS.inc()
                log.exception("lead.undecided", lead_ids=[str(lead) for lead in job.lead_ids])
                kept = job.undecided(batch) if isinstance(job, LeadJob) else None
                outcome = error if kept is None else kept
            if (
                held
                and isinstance(job, LeadJob)
                and time.monotonic() - began > self._limits.statement_timeout_ms / 1000
            ):
                # Postgres will have ended a turn that was idle for so long. The process may only have stood still: the
                # lead gets a turn to itself; if that is as slow, it is kept as it came.
                log.error("lead.slow", lead_ids=[str(lead) for lead in job.lead_ids])
                job.failures += 1
            outcomes.append((job, outcome))
        return outcomes, left

    async def _commanded(self, connection: asyncpg.Connection, batch: Batch, job: Command[T]) -> T:
        """Run a command, unless the commit of its last attempt is found to have happened."""
        before = job.attempt if job.doubtful else None
        if before is not None and await connection.fetchval(STAMP, before.revision) == before.stamp:
            return before.outcome
        outcome = await job.run(batch, connection)
        job.attempt = Attempt(outcome, batch.world.revision, batch.writes.stamp)
        return outcome

    async def _committed(self, connection: asyncpg.Connection, sent: Coroutine[Any, Any, T]) -> T:
        """Wait for what commits, once it is ``sent``; raises UnknownCommit if nobody can tell whether it did."""
        commit = asyncio.ensure_future(sent)
        done, _ = await asyncio.wait({commit}, timeout=self._limits.wait_seconds)
        if not done:
            # Left behind and never cancelled: a commit that waits for a synchronous standby would end there and then,
            # visible to all and not replicated, and would be lost with the primary after it had been answered.
            connection.terminate()
        try:
            return await commit
        except asyncpg.PostgresError as error:
            # The server answered: unless it is going away itself, the transaction is rolled back for certain.
            if error.severity_en in _GOES_AWAY or not error.sqlstate or error.sqlstate.startswith(("57", "08")):
                raise UnknownCommit from error
            raise
        except DRIVER_ERRORS as error:
            raise UnknownCommit from error

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect(settings=LANE_SESSION)
            if not self._database.pgbouncer:
                await settle_session(self._connection, self._limits.statement_timeout_ms)
        return self._connection

    async def disconnect(self) -> None:
        """Let go of the connection; the next turn makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*DRIVER_ERRORS):
                await asyncio.wait_for(connection.close(), 1)

    async def _abandon(self, connection: asyncpg.Connection) -> None:
        """Leave a failed transaction; a connection that cannot even do that is closed."""
        try:
            await asyncio.wait_for(connection.execute("ROLLBACK"), 2)
        except DRIVER_ERRORS:
            connection.terminate()
            self._connection = None

    @contextlib.asynccontextmanager
    async def snapshot(self, connection: asyncpg.Connection) -> AsyncIterator[Batch]:
        """The world as it is now, for deciding without recording: locks nothing, and nothing it does is kept."""
        # As it is before the snapshot: what a turn makes of it meanwhile is newer than anything seen here.
        before = self._world
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            lane = await look_at_lane(connection)
            known = await bring_up(connection, before, lane)
            if self._world is None or known.revision > self._world.revision:
                self._world = known
            world = known.fork()
            world.advance(max(lane.now, world.now))
            policy = await policy_of(connection, world, lane.policy_version)
            yield Batch(world=world, policy=policy, now=world.now, writes=Writes(stamp=0, now=world.now))

    async def policy_in_force(self, connection: asyncpg.Connection) -> Policy | None:
        """The policy in force at this moment, whoever activated it; None if there is none. Locks nothing.

        Raises:
            BrokenStore: it is not there, or can no longer be compiled.
        """
        if self._world is None:
            async with self.snapshot(connection) as batch:
                return batch.policy
        return await policy_of(connection, self._world, (await look_at_lane(connection)).policy_version)

    async def preview(
        self, connection: asyncpg.Connection, job: RouteLead, policy_version: int | None = None
    ) -> Answer:
        """What a new lead would be answered now, under the policy in force or another version. Nothing is recorded.

        Raises:
            BrokenStore: that version is not stored.
            Conflict: the delivery is known with another body.
            NoPolicy: there is no policy.
        """
        await find_close(connection, [job])
        async with self.snapshot(connection) as batch:
            if policy_version is not None:
                batch.policy = await policy_of(connection, batch.world, policy_version)
            await look_up(connection, batch, [job])
            return job.preview(batch)
