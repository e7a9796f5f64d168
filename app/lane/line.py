"""Who waits, and who goes next? The two lines of one worker, interactive and bulk.

Interactive goes first; bulk keeps a quarter of what goes together, and makes room where somebody waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from app.lane.batch import Job
from app.lane.limits import Limits
from app.observability import LINE_DEPTH

LineName = Literal["interactive", "bulk"]

BULK_SHARE: Final = 4
"""Bulk keeps one in this many places of a batch."""

BULK_BESIDE: Final = 8
"""Beside interactive callers a batch of bulk alone is this many times smaller: the next of them waits for it."""

QUIET_SECONDS: Final = 1.0
"""How long nothing interactive must have come before bulk may fill whole batches."""

SHUT_SECONDS: Final = 0.05
"""How long leads are kept from being read while the lane is held, at most."""

GIVE_WAY_SECONDS: Final = 0.005
"""How long an import waits for interactive callers, at most, before it goes on with its next leads."""


class Lines:
    """The jobs that wait for a turn, in order. For one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lines: dict[LineName, deque[Job[Any]]] = {"interactive": deque(), "bulk": deque()}
        self._something = asyncio.Event()
        self._bulk_room = asyncio.Condition()
        self._closed = False
        self._last_interactive = 0.0
        self._interactive = 0
        self._none_waits = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()
        self._unlooked = asyncio.Event()
        self._shown: dict[LineName, int] = {}
        self.busy = False
        """Whether a turn is under way: what is looked for before a turn is then looked for beside it."""

    @property
    def waiting(self) -> int:
        """How many jobs wait in both lines."""
        return sum(len(line) for line in self._lines.values())

    @property
    def full(self) -> bool:
        """Whether the interactive line has no place left."""
        return len(self._lines["interactive"]) >= self._limits.depth

    async def bulk_place(self) -> None:
        """Wait for a place in the bulk line."""
        if len(self._lines["bulk"]) < self._limits.bulk_depth:
            return
        async with self._bulk_room:
            await self._bulk_room.wait_for(lambda: self._closed or len(self._lines["bulk"]) < self._limits.bulk_depth)

    def join(self, job: Job[Any], name: LineName) -> None:
        """Put a job at the end of a line."""
        job.accepted = time.monotonic()
        job.deadline = job.accepted + self._limits.wait_seconds
        job.line = name
        if name == "interactive":
            self._last_interactive = job.accepted
            self._interactive += 1
            self._none_waits.clear()
            job.outcome.add_done_callback(self._interactive_done)
        self._lines[name].append(job)
        self._something.set()
        if self.busy and not job.looked:
            self._unlooked.set()

    def _interactive_done(self, _: asyncio.Future[Any]) -> None:
        self._interactive -= 1
        if not self._interactive:
            self._none_waits.set()

    def heard_elsewhere(self, ago: timedelta) -> None:
        """Somebody interactive was served so long ago, on this worker or another: bulk makes room for them too."""
        if ago.total_seconds() < QUIET_SECONDS:
            self._last_interactive = max(self._last_interactive, time.monotonic() - ago.total_seconds())

    def shut(self) -> None:
        """Keep those out who have not been read yet: the lane is held, and others wait for it."""
        self._open.clear()

    def open(self) -> None:
        """Let them in again."""
        self._open.set()

    async def let_in(self) -> None:
        """Wait, before reading a lead, until the lane is not held while others wait for it; for a moment only."""
        if not self._open.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._open.wait(), SHUT_SECONDS)

    async def unlooked(self) -> list[Job[Any]]:
        """Wait for jobs that joined during a turn, and for which something is to be looked up before their own."""
        while True:
            await self._unlooked.wait()
            found = [job for line in self._lines.values() for job in line if not job.looked]
            if found:
                return found[: self._limits.batch_leads]
            self._unlooked.clear()

    async def give_way(self) -> None:
        """Let others go first, between two leads of an import: whatever is ready, and for a moment who is in the line.

        Only for a moment, so that an import goes on beside any number of interactive callers.
        """
        await asyncio.sleep(0)
        await self.let_in()
        if self._interactive:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._none_waits.wait(), GIVE_WAY_SECONDS)

    async def something(self) -> None:
        """Wait until a job joins, or the lines close."""
        if not self.waiting and not self._closed:
            self._something.clear()
            await self._something.wait()

    async def close(self) -> None:
        """Nobody will join any more: whoever waits for a place, or for somebody to join, is told."""
        self._closed = True
        self._something.set()
        await self.made_room()

    async def made_room(self) -> None:
        """Tell those who wait for a place in the bulk line that there may be one."""
        async with self._bulk_room:
            self._bulk_room.notify_all()

    def show_depths(self) -> None:
        """Bring the metrics up to date."""
        for name, line in self._lines.items():
            if self._shown.get(name) != len(line):
                self._shown[name] = len(line)
                LINE_DEPTH.labels(line=name).set(len(line))

    def again(self, jobs: list[Job[Any]]) -> None:
        """Collect anew, in place: those who came while ``jobs`` waited for the lane go with them.

        Only those for whom everything has been looked up; who has a turn alone keeps it.
        """
        if jobs[0].alone or jobs[0].failures:
            return
        self.put_back(jobs)
        jobs[:] = self.collect(looked=True)

    def collect(self, *, looked: bool = False) -> list[Job[Any]]:
        """Take those who go together next; ``looked``: only as far as everything has been looked up for them."""
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
                if looked and not line[0].looked:
                    break
                if line[0].alone or line[0].failures:
                    # What has a turn to itself, or has failed in company, goes alone.
                    return jobs or [line.popleft()]
                jobs.append(line.popleft())
                taken += 1
        return jobs

    def put_back(self, jobs: Sequence[Job[Any]]) -> None:
        """Put jobs back at the head of their lines, in their order."""
        for job in reversed(jobs):
            self._lines[job.line].appendleft(job)

    def overdue(self, *, doubtful: bool) -> Iterator[Job[Any]]:
        """Take out those who have waited to their deadline; ``doubtful``: those too whose commit must be looked for."""
        now = time.monotonic()
        for line in self._lines.values():
            if not line or line[0].deadline > now:
                continue
            waiting = [(job, job.deadline <= now and (doubtful or not job.doubtful)) for job in line]
            line.clear()
            line.extend(job for job, late in waiting if not late)
            yield from (job for job, late in waiting if late)
