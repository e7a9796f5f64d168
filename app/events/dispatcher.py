"""Who delivers events, and when? Every worker may: each subscription is told by one of them at a time, by a lease."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from pydantic import ValidationError

from app.events.errand import Errand, Taken
from app.events.pace import Gate, Terms
from app.events.subscriptions import told_of, wanted_of
from app.events.telling import Teller
from app.lane.batch import new_id
from app.lane.often import Often
from app.observability import EVENTS_BEHIND, SENDS_DEAD
from app.store import sends, subscriptions
from app.store.database import write_transaction
from app.store.sealing import Unsealable

log = structlog.get_logger(__name__)

CONNECTIONS: Final = 3
"""Connections that a worker's errands share: they must not keep requests from reading."""

NOTHING_SUBSCRIBED: Final = 4
"""Looks of which one is enough while there is no subscription."""

UNUSABLE_SECONDS: Final = 60.0
"""For how long a subscription is left alone whose secrets or settings cannot be read."""

CLEAN_SECONDS: Final = 60.0
CLEANED: Final = 1000
"""Sends that are deleted together."""
MOST_CLEANED: Final = 50
"""Times that this is done, at one go, for one subscription."""


class Dispatcher(Often):
    """Looks every so often whether a subscription is behind that nobody tells, takes its lease, and tells it.

    ``busy``: whether leads come in, which go first.
    """

    def __init__(
        self, pool: asyncpg.Pool, teller: Teller, busy: Callable[[], bool], *, terms: Terms | None = None
    ) -> None:
        self._terms = terms = terms or Terms()
        super().__init__("events", terms.interval)
        self._pool, self._teller = pool, teller
        self._gate = Gate(busy, terms.busy_rate)
        self._few = asyncio.Semaphore(CONNECTIONS)
        self._errands: dict[asyncio.Task[None], Errand] = {}
        self._passed_over = 0
        self._shown: set[str] = set()

    async def look(self) -> int:
        """Take what is free and begin to deliver; returns how many subscriptions were taken."""
        if self._passed_over:
            self._passed_over -= 1
            return 0
        async with self._connect() as connection:
            rows = await subscriptions.look(connection)
            behind = {row["kind"]: row["behind"] for row in rows}
            for kind in self._shown | behind.keys():
                EVENTS_BEHIND.labels(kind=kind).set(behind.get(kind, 0))
            self._shown = set(behind)
            self._passed_over = 0 if rows else NOTHING_SUBSCRIBED - 1
            room = self._terms.held - len(self._errands)
            if room <= 0 or not any(row["free"] for row in rows):
                return 0
            # From here on the lease runs, at the latest: whatever the answer takes is on the safe side.
            asked = time.monotonic()
            # An id for each taking: whoever took it before, and has not heard that it is lost, is not who has it now.
            holder = new_id()
            async with write_transaction(connection):
                taken = await subscriptions.take(
                    connection, holder, self._terms.lease, list(self._teller.channels), room
                )
            for row in taken:
                await self._begin(connection, row, holder, asked)
        return len(taken)

    async def _begin(self, connection: asyncpg.Connection, row: subscriptions.Row, holder: UUID, asked: float) -> None:
        channel = self._teller.channels[row["kind"]]
        taken = Taken(
            number=row["number"],
            id=row["id"],
            reached=row["revision"],
            begun_at=row["begun_at"],
            failures=row["failures"],
            delivered=row["delivered"] > 0,
            told=tuple(row["told"]),
            edited=row["edited"],
            clock=row["now"] - time.monotonic(),
            leased_until=asked + self._terms.lease,
        )
        try:
            told = told_of(
                row["document"], row["secrets"], channel, self._teller.seal, datetime.fromtimestamp(row["now"], UTC)
            )
            wanted = wanted_of(row["document"], channel)
        except (Unsealable, ValidationError) as error:
            why = (
                str(error) if isinstance(error, Unsealable) else "its settings cannot be read by this release: put them"
            )
            log.warning("subscription.unusable", subscription=row["id"], error=type(error).__name__)
            kept = subscriptions.Kept(
                taken.reached, 0, UNUSABLE_SECONDS, taken.failures, taken.told, failed=1, why=why, edited=taken.edited
            )
            async with write_transaction(connection):
                await subscriptions.keep(connection, taken.number, holder, kept)
            return
        errand = Errand(self._connect, holder, taken, channel, told, wanted, self._teller, self._gate, self._terms)
        task = asyncio.create_task(errand.run(), name=f"events-{taken.id}")
        self._errands[task] = errand
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        errand = self._errands.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Its lease runs out by itself: nobody tries the same again at once.
            log.error("subscription.failed", subscription=errand.id, exc_info=error)

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._few, self._pool.acquire() as connection:
            yield connection

    async def stop(self) -> None:
        """Take nothing more, let what is under way end for a while, and give back what is held."""
        await super().stop()
        for errand in self._errands.values():
            errand.stop()
        if self._errands:
            _, late = await asyncio.wait(list(self._errands), timeout=self._terms.drain_seconds)
            left = [self._errands[task] for task in late]
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            await asyncio.gather(*(errand.give_back() for errand in left))


class Cleaning(Often):
    """Deletes what became of events ``days`` ago, and all of subscriptions that are no more, in small steps."""

    def __init__(self, pool: asyncpg.Pool, days: int, *, interval: float = CLEAN_SECONDS) -> None:
        super().__init__("sends", interval)
        self._pool, self._days = pool, days

    async def look(self) -> int:
        """Delete what is due; returns how many sends that were."""
        deleted = 0
        async with self._pool.acquire() as connection:
            for row in await connection.fetch(subscriptions.ALL):
                deleted += await self._clean(connection, row["number"], self._days)
            for row in await connection.fetch(subscriptions.OF_NOBODY):
                number = row["number"]
                deleted += await self._clean(connection, number, None)
                if not await sends.page(connection, number, None, (2**62, 0), 1):
                    async with write_transaction(connection):
                        await connection.execute(subscriptions.FORGET_PROGRESS, number)
            for row in await connection.fetch(sends.DEAD):
                SENDS_DEAD.labels(kind=row["kind"]).set(row["dead"])
        return deleted

    async def _clean(self, connection: asyncpg.Connection, number: int, days: int | None) -> int:
        deleted = 0
        for _ in range(MOST_CLEANED):
            async with write_transaction(connection):
                count = await sends.forget(connection, number, days, CLEANED)
            deleted += count
            if count < CLEANED:
                break
            await asyncio.sleep(0)
        return deleted
