"""How does the queue empty by itself? What waits is routed again when something has made somebody able."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from app.engine.lead import Lead
from app.engine.policy import Policy
from app.errors import RequestError, Unavailable
from app.lane.hand import DRAINED, RouteAgain
from app.lane.lane import Lane
from app.lane.often import Often
from app.observability import OLDEST_QUEUED
from app.store.database import write_transaction

log = structlog.get_logger(__name__)

PAGE: Final = 64
"""Queued leads that are looked at together."""

FORGET_EXPIRED: Final = """
    -- Delivery keys whose time passed long ago, some at a time. Those still looked up are left to the lane.
    DELETE FROM deliveries WHERE key IN (
        SELECT key FROM deliveries WHERE expires_at < now() - interval '1 hour' LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
"""

_BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)

WAITING: Final = """
    -- Leads that wait for somebody to become able, oldest first.
    SELECT id, queued_at FROM leads
    WHERE status = 'queued' AND reason = ANY ($1) AND (queued_at, id) > ($2::timestamptz, $3::uuid)
    ORDER BY queued_at, id LIMIT $4
"""

OLDEST: Final = """
    -- How long the oldest queued lead has waited, in seconds.
    SELECT extract(epoch FROM clock_timestamp() - min(queued_at))::float8 FROM leads WHERE status = 'queued'
"""


def asks_about_time(policy: Policy | None) -> bool:
    """Whether a rule of the policy may come to apply, or find somebody, by time alone."""
    return policy is not None and any(
        rule.available_within is not None or not _TIMED.isdisjoint(rule.when.reads) for rule in policy.rules
    )


_TIMED: Final = frozenset({"now", "occurred_at"})


class Drain(Often):
    """Looks at the queue every so often; routes again if the world has changed in a way that may help.

    Every replica may run one: a lead is moved once, whoever looks first.
    """

    def __init__(self, lane: Lane, pool: asyncpg.Pool, reread: Callable[[str], Lead], *, interval: float) -> None:
        super().__init__("drain", interval)
        self._lane = lane
        self._pool = pool
        self._reread = reread
        self._seen: object = None

    async def look(self) -> int:
        """Route again what can be; returns how many leads have left the queue."""
        async with self._pool.acquire() as connection:
            async with write_transaction(connection):
                await connection.execute(FORGET_EXPIRED)
            oldest = await connection.fetchval(OLDEST)
            OLDEST_QUEUED.set(oldest or 0)
            if oldest is None:
                return 0
            async with self._lane.snapshot(connection) as batch:
                # Somebody can only have become able if one of these has changed: who is there and under which policy,
                # who is on shift, who is or was meanwhile at a cap; and, for rules that ask about the time, the minute.
                minute = batch.now.replace(second=0, microsecond=0) if asks_about_time(batch.policy) else None
                abilities = (batch.policy, batch.world.abilities(), minute)
        if abilities == self._seen:
            return 0
        moved = await self._pass()
        self._seen = abilities
        return moved

    async def _pass(self) -> int:
        moved = 0
        after: tuple[datetime, UUID] = (_BEGINNING, UUID(int=0))
        while True:
            async with self._pool.acquire() as connection:
                rows = await connection.fetch(WAITING, [reason.value for reason in DRAINED], *after, PAGE)
            if not rows:
                return moved
            moved += await self._route([row["id"] for row in rows])
            after = (rows[-1]["queued_at"], rows[-1]["id"])

    async def _route(self, leads: Sequence[UUID]) -> int:
        jobs = [RouteAgain(lead, None, reread=self._reread) for lead in leads]
        outcomes = await asyncio.gather(*(self._lane.submit(job, "bulk") for job in jobs), return_exceptions=True)
        moved = 0
        for lead, outcome in zip(leads, outcomes, strict=True):
            match outcome:
                case Unavailable():
                    raise outcome
                case RequestError():
                    continue
                case Exception():
                    # Those behind it are none the worse for it; it waits until something changes again.
                    log.error("drain.lead_failed", lead_id=str(lead), exc_info=outcome)
                case BaseException():
                    raise outcome
                case _:
                    moved += 1
        return moved
