"""Who goes next? One ordered line per process, one locked row for all of them, one transaction for all that waits.

An answered lead is a committed lead. Whatever fails is told apart: what concerns one lead stays with that lead; what
concerns the database is tried again, until the waiting limit says to tell the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import asyncpg
import structlog

from app.engine.policy import Policy
from app.engine.world import World
from app.errors import DatabaseAway, Draining, LineFull, RequestError
from app.lane.batch import Answer, Batch, Command, Job, LeadJob, NextTurn
from app.lane.lookup import find_close, look_up
from app.lane.route import RouteLead
from app.lane.sync import BrokenStore, bring_up, policy_of
from app.observability import (
    BATCH_SIZE,
    CREDIT_EXTREME,
    DECISIONS,
    LANE_HOLD,
    LANE_WAIT,
    LINE_DEPTH,
    REFUSALS,
    ROUTER_ERRORS,
    UNKNOWN_COMMITS,
)
from app.store.database import Database
from app.store.turn import (
    RECORDS,
    LaneRow,
    Writes,
    lock_lane,
    look_at_lane,
    open_turn,
    write_turn,
)

log = structlog.get_logger(__name__)

T = TypeVar("T")
LineName = Literal["interactive", "bulk"]

BULK_SHARE: Final = 4
"""Bulk keeps one in this many places of a batch."""

GIVE_WAY_SECONDS: Final = 0.005
"""How long an import waits for interactive callers, at most, before it goes on with its next leads."""

BULK_BESIDE: Final = 8
"""Beside interactive callers a batch of bulk alone is this many times smaller: the next of them waits for it."""

QUIET_SECONDS: Final = 1.0
"""How long nothing interactive must have come before bulk may fill whole batches."""

DRIVER_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""What a statement may end in when the database, the way to it, or the driver's state of a cut connection fails."""

DATA_ERRORS: Final = ("22", "23")
"""SQLSTATE classes that are about what was written: data exception, integrity constraint violation."""

SWEEP_SECONDS: Final = 0.25
"""How often deadlines are looked at."""

BACKOFF: Final = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds between tries while the database fails."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait and how long: places in the lines, leads and seconds in a batch, seconds for Postgres."""

    depth: int = 2000
    bulk_depth: int = 512
    batch_leads: int = 64
    batch_seconds: float = 0.02
    statement_timeout_ms: int = 2000
    wait_seconds: float = 10.0


class UnknownCommit(Exception):
    """The connection was lost during COMMIT: it may have happened or not."""


class HalfDecided(Exception):
    """A job failed after it had begun to change the batch's world, which must not be used any more."""


class Lane:
    """This process's place in the lane: takes jobs, decides them in batches, keeps the world between batches."""

    def __init__(self, database: Database, limits: Limits = Limits()) -> None:
        self._database = database
        self._limits = limits
        self._lines: dict[LineName, deque[Job[Any]]] = {"interactive": deque(), "bulk": deque()}
        self._something = asyncio.Event()
        self._bulk_room = asyncio.Condition()
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._world: World | None = None
        self._active: int | None = None
        self._draining = False
        self._last_interactive = 0.0
        self._interactive = 0
        self._extreme = 0.0
        self._none_waits = asyncio.Event()
        self._failing_since: float | None = None

    # --- outside ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to take turns."""
        self._task = asyncio.create_task(self._run(), name="lane")
        self._task.add_done_callback(self._ended)
        self._sweeper = asyncio.create_task(self._sweep(), name="lane-deadlines")

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A worker without its lane answers nothing: it ends, and another one takes its place."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("lane.ended", error=type(error).__name__, exc_info=error)
            signal.raise_signal(signal.SIGTERM)

    async def drain(self) -> None:
        """Take no more, decide what waits, and stop."""
        self._draining = True
        self._something.set()
        async with self._bulk_room:
            self._bulk_room.notify_all()
        if self._task is not None:
            await self._task
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self._disconnect()

    @property
    def policy(self) -> Policy | None:
        """The policy in force, as far as this process knows: what leads are prepared under before their turn."""
        if self._world is None or self._active is None:
            return None
        return self._world.policies.get(self._active)

    @property
    def draining(self) -> bool:
        """Whether it has been told to stop."""
        return self._draining

    @property
    def away_too_long(self) -> bool:
        """Whether Postgres has failed for longer than callers are made to wait."""
        since = self._failing_since
        return since is not None and time.monotonic() - since > self._limits.wait_seconds

    @property
    def waiting(self) -> int:
        """How many jobs wait in both lines."""
        return sum(len(line) for line in self._lines.values())

    async def submit(self, job: Job[T], line: LineName = "interactive") -> T:
        """Put a job in the line and wait for its outcome.

        Raises:
            LineFull: too many wait already (the interactive line only: bulk waits for a place).
            DatabaseAway: Postgres did not answer within the waiting limit.
            Draining: this replica is shutting down.
            RequestError: what the job itself has to say.
        """
        await self.enqueue(job, line)
        # The caller may go; what has been accepted is decided and recorded all the same.
        return await asyncio.shield(job.outcome)

    async def enqueue(self, job: Job[Any], line: LineName) -> None:
        """Put a job in the line; its ``outcome`` tells the rest. Raises what :meth:`submit` does until then."""
        if line == "bulk":
            await self._bulk_place()
        elif len(self._lines[line]) >= self._limits.depth:
            REFUSALS.labels(reason="line_full").inc()
            raise LineFull("Too many leads are waiting here already; send it again shortly")
        if self._draining:
            REFUSALS.labels(reason="draining").inc()
            raise Draining("This replica is shutting down; send it again to another one")
        if self.away_too_long:
            REFUSALS.labels(reason="database_away").inc()
            raise DatabaseAway("The database is away; nothing was recorded", outcome_known=True)
        job.accepted = time.monotonic()
        job.deadline = job.accepted + self._limits.wait_seconds
        job.line = line
        if line == "interactive":
            self._last_interactive = job.accepted
            self._interactive += 1
            self._none_waits.clear()
            job.outcome.add_done_callback(self._interactive_done)
        self._lines[line].append(job)
        LINE_DEPTH.labels(line=line).set(len(self._lines[line]))
        self._something.set()

    def _interactive_done(self, _: asyncio.Future[Any]) -> None:
        self._interactive -= 1
        if not self._interactive:
            self._none_waits.set()

    async def give_way(self) -> None:
        """Let others go first, between two leads of an import: whatever is ready, and for a moment who is in the line.

        Only for a moment, so that an import goes on beside any number of interactive callers.
        """
        await asyncio.sleep(0)
        if self._interactive:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._none_waits.wait(), GIVE_WAY_SECONDS)

    async def _bulk_place(self) -> None:
        async with self._bulk_room:
            await self._bulk_room.wait_for(lambda: self._draining or len(self._lines["bulk"]) < self._limits.bulk_depth)

    # --- the loop -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        tries = 0
        while True:
            if not self.waiting:
                if self._draining:
                    return
                if self._failing_since is not None:
                    # Nobody is let in while the database is away, so it falls to us to see that it is back.
                    await self._probe()
                    continue
                self._something.clear()
                await self._something.wait()
                continue
            jobs = self._collect()
            try:
                left = await self._turn(jobs)
            except Exception as error:  # noqa: BLE001  whatever it is, every job is either tried again or told
                await self._failed(jobs, error)
                await asyncio.sleep(BACKOFF[min(tries, len(BACKOFF) - 1)])
                tries += 1
            else:
                tries = 0
                self._failing_since = None
                self._put_back(left)
            for name, line in self._lines.items():
                LINE_DEPTH.labels(line=name).set(len(line))
            async with self._bulk_room:
                self._bulk_room.notify_all()

    async def _sweep(self) -> None:
        """Tell those who have waited to their deadline without their turn having begun, even while one hangs."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            for line in self._lines.values():
                while line and line[0].deadline <= now and not line[0].doubtful:
                    self._too_late(line.popleft())

    def _too_late(self, job: Job[Any]) -> None:
        REFUSALS.labels(reason="deadline").inc()
        said = "it is not known whether it was recorded" if job.doubtful else "nothing was recorded"
        job.fail(DatabaseAway(f"The database did not answer in time; {said}", outcome_known=not job.doubtful))

    async def _probe(self) -> None:
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                await look_at_lane(await self._connected())
        except DRIVER_ERRORS:
            await self._disconnect()
            await asyncio.sleep(BACKOFF[-1])
        else:
            self._failing_since = None

    def _collect(self) -> list[Job[Any]]:
        interactive, bulk = self._lines["interactive"], self._lines["bulk"]
        size = self._limits.batch_leads
        room = size - min(len(bulk), size // BULK_SHARE)
        if interactive:
            # A quarter of what goes together: one interactive lead does not wait for a batch of others.
            bulk_places = max(1, min(len(interactive), room) // (BULK_SHARE - 1))
        elif time.monotonic() - self._last_interactive < QUIET_SECONDS:
            bulk_places = max(1, size // BULK_BESIDE)
        else:
            bulk_places = size
        jobs: list[Job[Any]] = []
        for line, places in ((interactive, room), (bulk, bulk_places)):
            taken = 0
            while line and taken < places and len(jobs) < size:
                if line[0].alone or line[0].failures:
                    # What has a turn to itself, or has failed in company, goes alone.
                    return jobs or [line.popleft()]
                jobs.append(line.popleft())
                taken += 1
        return jobs

    def _put_back(self, jobs: Sequence[Job[Any]]) -> None:
        for job in reversed(jobs):
            self._lines[job.line].appendleft(job)

    async def _turn(self, jobs: list[Job[Any]]) -> list[Job[Any]]:
        """Decide ``jobs`` in one transaction; returns those that its time did not reach."""
        connection = await self._connected()
        await find_close(connection, jobs)
        for job in jobs:
            if isinstance(job, Command):
                await job.before(connection, self._world)
        extreme = 0.0
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                await open_turn(connection, self._limits.statement_timeout_ms)
                lane = await lock_lane(connection)
                held_from = time.monotonic()
                world = self._world = await bring_up(connection, self._world, lane)
                if lane.policy_version is not None and lane.policy_version not in world.policies:
                    # Compiling may take seconds: never while everybody waits for the lane.
                    await connection.execute("ROLLBACK")
                    await policy_of(connection, world, lane.policy_version)
                    return await self._turn(jobs)
                batch = await self._prepare(connection, jobs, lane, world)
                outcomes, left = await self._decide(connection, batch, jobs)
                writes = batch.writes
                changed = bool(writes.records or writes.changes or writes.deliveries)
                if not (writes.records or writes.changes):
                    # A key noted for a known delivery is no part of the world: every cached one stays exact.
                    writes.stamp = lane.stamp
                if changed:
                    extreme = batch.world.largest_change()
                    await write_turn(connection, writes, batch.world)
            if changed:
                await self._commit(connection)
                self._world = batch.world.settled(writes.stamp)
            else:
                await connection.execute("ROLLBACK")
        except BaseException:
            await self._abandon(connection)
            raise
        LANE_HOLD.observe(time.monotonic() - held_from)
        BATCH_SIZE.observe(len(outcomes))
        for record in batch.writes.records:
            DECISIONS.labels(status=record.decision.status.value).inc()
        for job, outcome in outcomes:
            LANE_WAIT.labels(line=job.line).observe(held_from - job.accepted)
            if isinstance(outcome, Exception):
                job.fail(outcome)
            else:
                job.close(outcome)
        self._extreme = max(self._extreme, extreme)
        CREDIT_EXTREME.set(self._extreme)
        return left

    async def _prepare(
        self, connection: asyncpg.Connection, jobs: Sequence[Job[Any]], lane: LaneRow, world: World
    ) -> Batch:
        """Look up what the jobs' leads have left behind, at the time that it is now."""
        world.advance(lane.now)
        policy = await policy_of(connection, world, lane.policy_version)
        self._active = lane.policy_version
        batch = Batch(
            world=world.fork(),
            policy=policy,
            now=lane.now,
            writes=Writes(stamp=secrets.randbits(63), now=lane.now),
        )
        await look_up(connection, batch, jobs)
        return batch

    async def _decide(
        self, connection: asyncpg.Connection, batch: Batch, jobs: Sequence[Job[Any]]
    ) -> tuple[list[tuple[Job[Any], Any]], list[Job[Any]]]:
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
            try:
                outcome: Any
                if isinstance(job, Command):
                    outcome = await job.run(batch, connection)
                elif isinstance(job, LeadJob) and job.failures > 1:
                    outcome = job.undecided(batch)
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
            outcomes.append((job, outcome))
        return outcomes, left

    async def _commit(self, connection: asyncpg.Connection) -> None:
        try:
            await connection.execute("COMMIT", timeout=self._limits.wait_seconds)
        except asyncpg.PostgresError as error:
            # The server answered: unless it is going away itself, the transaction is rolled back for certain.
            if not error.sqlstate or error.sqlstate.startswith(("57", "08")):
                raise UnknownCommit from error
            raise
        except DRIVER_ERRORS as error:
            raise UnknownCommit from error

    async def _failed(self, jobs: Sequence[Job[Any]], error: Exception) -> None:
        """Decide what becomes of jobs whose turn failed: split, wait and try again, or tell their callers."""
        now = time.monotonic()
        sqlstate = getattr(error, "sqlstate", None) or ""
        if sqlstate[:2] in DATA_ERRORS or not is_databases(error):
            log.warning("turn.refused", sqlstate=sqlstate, jobs=len(jobs), error=type(error).__name__)
            await self._split(jobs, error)
            return
        doubtful = isinstance(error, UnknownCommit)
        if doubtful:
            UNKNOWN_COMMITS.inc()
        if self._failing_since is None:
            self._failing_since = now
        self._world = None
        log.warning("turn.failed", sqlstate=sqlstate, jobs=len(jobs), doubtful=doubtful, error=type(error).__name__)
        for job in jobs:
            job.doubtful = job.doubtful or doubtful
        everyone = [*jobs, *self._lines["interactive"], *self._lines["bulk"]]
        for job in [job for job in everyone if job.deadline <= now]:
            self._too_late(job)
        for line in self._lines.values():
            waiting = [job for job in line if not job.outcome.done()]
            line.clear()
            line.extend(waiting)
        self._put_back([job for job in jobs if not job.outcome.done()])

    async def _split(self, jobs: Sequence[Job[Any]], error: Exception) -> None:
        """Find the one at fault: each half is decided anew, until it stands alone."""
        if len(jobs) > 1:
            half = len(jobs) // 2
            for part in (jobs[:half], jobs[half:]):
                try:
                    self._put_back(await self._turn(list(part)))
                except Exception as again:  # noqa: BLE001  it is sorted out like the first
                    await self._failed(part, again)
            return
        job = jobs[0]
        job.failures += 1
        if job.failures > 2 or not isinstance(job, LeadJob):
            log.error("job.refused", error=type(error).__name__)
            job.fail(error)
        else:
            self._put_back(jobs)

    # --- what it holds on to ------------------------------------------------------------------------------------------

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect()
        return self._connection

    async def _disconnect(self) -> None:
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

    # --- looking without taking ---------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def snapshot(self, connection: asyncpg.Connection) -> AsyncIterator[Batch]:
        """The world as it is now, for deciding without recording: locks nothing, and nothing it does is kept."""
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            lane = await look_at_lane(connection)
            known = await bring_up(connection, self._world, lane)
            if self._world is None or known.revision > self._world.revision:
                self._world = known
            world = known.fork()
            world.advance(max(lane.now, world.now))
            policy = await policy_of(connection, world, lane.policy_version)
            yield Batch(world=world, policy=policy, now=world.now, writes=Writes(stamp=0, now=world.now))

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


def is_databases(error: Exception) -> bool:
    """Whether an error is the database's or the way to it, so that trying again makes sense."""
    return isinstance(error, (*DRIVER_ERRORS, UnknownCommit, BrokenStore))
