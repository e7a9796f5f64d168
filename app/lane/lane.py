"""How does everything get its turn? One ordered line per process, one locked row for all of them.

An answered lead is a committed lead. Whatever fails is told apart: what concerns one lead stays with that lead; what
concerns the database is tried again, until the waiting limit says to tell the caller.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeVar

import asyncpg
import structlog

from app.engine.policy import Policy
from app.errors import DatabaseAway, Draining, LineFull
from app.lane.batch import Answer, Batch, Job, LeadJob
from app.lane.limits import Limits
from app.lane.line import LineName, Lines
from app.lane.lookup import find_close
from app.lane.route import RouteLead
from app.lane.sync import BrokenStore
from app.lane.turns import Turns, UnknownCommit
from app.observability import REFUSALS, UNKNOWN_COMMITS
from app.store.database import DRIVER_ERRORS, Database

log = structlog.get_logger(__name__)

T = TypeVar("T")

DATA_ERRORS: Final = ("22", "23")
"""SQLSTATE classes that are about what was written: data exception, integrity constraint violation."""

SWEEP_SECONDS: Final = 0.25
"""How often deadlines are looked at."""

BUSY_SECONDS: Final = 1.0
"""For how long after a turn leads are taken to come in."""

BACKOFF: Final = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds between tries while the database fails."""


class Lane:
    """This process's place in the lane: takes jobs, and has them decided in batches."""

    def __init__(self, database: Database, limits: Limits | None = None) -> None:
        self._limits = limits = limits or Limits()
        self._lines = Lines(limits)
        self._database = database
        self._turns = Turns(database, limits, self._lines)
        self._task: asyncio.Task[None] | None = None
        self._beside: list[asyncio.Task[None]] = []
        self._draining = False
        self._failing_since: float | None = None

    # --- outside ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to take turns."""
        self._task = asyncio.create_task(self._run(), name="lane")
        self._task.add_done_callback(self._ended)
        self._beside = [
            asyncio.create_task(self._sweep(), name="lane-deadlines"),
            asyncio.create_task(self._scout(), name="lane-scout"),
        ]

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A worker without its lane answers nothing: it ends, and another one takes its place."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("lane.ended", error=type(error).__name__, exc_info=error)
            signal.raise_signal(signal.SIGTERM)

    async def drain(self) -> None:
        """Take no more, decide what waits, and stop."""
        self._draining = True
        await self._lines.close()
        if self._task is not None:
            await self._task
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        await self._turns.disconnect()

    @property
    def policy(self) -> Policy | None:
        """The policy in force, as far as this process knows: what leads are prepared under before their turn."""
        return self._turns.policy

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
    def busy(self) -> bool:
        """Whether leads come in: one waits, or a turn was taken a moment ago."""
        return self._lines.waiting > 0 or time.monotonic() - self._turns.taken_at < BUSY_SECONDS

    @property
    def waiting(self) -> int:
        """How many jobs wait in both lines."""
        return self._lines.waiting

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
            await self._lines.bulk_place()
        elif self._lines.full:
            REFUSALS.labels(reason="line_full").inc()
            raise LineFull("Too many leads are waiting here already; send it again shortly")
        if self._draining:
            REFUSALS.labels(reason="draining").inc()
            raise Draining("This replica is shutting down; send it again to another one")
        if self.away_too_long:
            REFUSALS.labels(reason="database_away").inc()
            raise DatabaseAway("The database is away; nothing was recorded", outcome_known=True)
        self._lines.join(job, line)

    async def let_in(self) -> None:
        """Wait for the moment to read a lead; see :meth:`app.lane.line.Lines.let_in`."""
        await self._lines.let_in()

    async def give_way(self) -> None:
        """Let others go first, between two leads of an import; see :meth:`app.lane.line.Lines.give_way`."""
        await self._lines.give_way()

    def snapshot(self, connection: asyncpg.Connection) -> AbstractAsyncContextManager[Batch]:
        """The world as it is now, for deciding without recording; see :meth:`app.lane.turns.Turns.snapshot`."""
        return self._turns.snapshot(connection)

    async def policy_in_force(self, connection: asyncpg.Connection) -> Policy | None:
        """The policy in force at this moment; see :meth:`app.lane.turns.Turns.policy_in_force`."""
        return await self._turns.policy_in_force(connection)

    async def preview(
        self, connection: asyncpg.Connection, job: RouteLead, policy_version: int | None = None
    ) -> Answer:
        """What a new lead would be answered now; see :meth:`app.lane.turns.Turns.preview`."""
        return await self._turns.preview(connection, job, policy_version)

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
                else:
                    await self._lines.something()
                continue
            jobs = self._lines.collect()
            self._lines.busy = True
            try:
                left = await self._turns.take(jobs)
            except Exception as error:  # noqa: BLE001  whatever it is, every job is either tried again or told
                await self._failed(jobs, error)
                await asyncio.sleep(BACKOFF[min(tries, len(BACKOFF) - 1)])
                tries += 1
            else:
                tries = 0
                self._failing_since = None
                self._lines.put_back(left)
                self._lines.heard_elsewhere(self._turns.quiet)
            self._lines.busy = False
            self._lines.show_depths()
            await self._lines.made_room()

    async def _sweep(self) -> None:
        """Tell those who have waited to their deadline without their turn having begun, even while one hangs."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for job in self._lines.overdue(doubtful=False):
                _too_late(job)

    async def _scout(self) -> None:
        """Look for close spellings during a turn, on a connection of its own, for those who join the next."""
        connection: asyncpg.Connection | None = None
        try:
            while True:
                jobs = await self._lines.unlooked()
                try:
                    if connection is None or connection.is_closed():
                        connection = await self._database.connect()
                    async with asyncio.timeout(self._limits.wait_seconds):
                        await find_close(connection, jobs)
                except DRIVER_ERRORS:
                    # They are looked for in their own turn then.
                    if connection is not None:
                        connection.terminate()
                    await asyncio.sleep(BACKOFF[-1])
        finally:
            if connection is not None:
                connection.terminate()

    async def _probe(self) -> None:
        try:
            await self._turns.look()
        except DRIVER_ERRORS:
            await self._turns.disconnect()
            await asyncio.sleep(BACKOFF[-1])
        else:
            self._failing_since = None

    async def _failed(self, jobs: Sequence[Job[Any]], error: Exception) -> None:
        """Decide what becomes of jobs whose turn failed: split, wait and try again, or tell their callers."""
        sqlstate = getattr(error, "sqlstate", None) or ""
        if sqlstate[:2] in DATA_ERRORS or not _is_databases(error):
            log.warning("turn.refused", sqlstate=sqlstate, jobs=len(jobs), error=type(error).__name__)
            await self._split(jobs, error)
            return
        doubtful = isinstance(error, UnknownCommit)
        if doubtful:
            UNKNOWN_COMMITS.inc()
        if self._failing_since is None:
            self._failing_since = time.monotonic()
        self._turns.forget()
        log.warning("turn.failed", sqlstate=sqlstate, jobs=len(jobs), doubtful=doubtful, error=type(error).__name__)
        for job in jobs:
            job.doubtful = job.doubtful or doubtful
        self._lines.put_back(jobs)
        for job in self._lines.overdue(doubtful=True):
            _too_late(job)

    async def _split(self, jobs: Sequence[Job[Any]], error: Exception) -> None:
        """Find the one at fault: each half is decided anew, until it stands alone."""
        if len(jobs) > 1:
            half = len(jobs) // 2
            for part in (jobs[:half], jobs[half:]):
                try:
                    self._lines.put_back(await self._turns.take(list(part), alone=True))
                except Exception as again:  # noqa: BLE001  it is sorted out like the first
                    await self._failed(part, again)
            return
        job = jobs[0]
        job.failures += 1
        if job.failures > 2 or not isinstance(job, LeadJob):
            log.error("job.refused", error=type(error).__name__)
            job.fail(error)
        else:
            self._lines.put_back(jobs)


def _too_late(job: Job[Any]) -> None:
    REFUSALS.labels(reason="deadline").inc()
    said = "it is not known whether it was recorded" if job.doubtful else "nothing was recorded"
    job.fail(DatabaseAway(f"The database did not answer in time; {said}", outcome_known=not job.doubtful))


def _is_databases(error: Exception) -> bool:
    """Whether an error is the database's or the way to it, so that trying again makes sense."""
    return isinstance(error, (*DRIVER_ERRORS, UnknownCommit, BrokenStore))
