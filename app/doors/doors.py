"""What happens at a door? What comes is kept as it came, before it is parsed; then it is driven, and answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from app.doors.arriving import as_kept
from app.doors.driving import LEASE, Drives, Settled
from app.doors.source import Source
from app.lane.batch import new_id
from app.observability import ARRIVALS
from app.senders.base import NotGenuine, Received
from app.store import arrivals
from app.store.connections import Doing
from app.store.rates import Rates

log = structlog.get_logger(__name__)

PATIENCE_SECONDS: Final = 4.0
"""For how long a sender is kept waiting for what becomes of what it sent: some give up after five seconds."""

MOST_REFUSED: Final = 60
"""Deliveries of a source that are not taken and are kept all the same, in a minute and a worker."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was kept. ``settled`` is what became of it, if that was known in time."""

    arrival: UUID
    settled: Settled | None


class Doors:
    """Takes what comes to a source."""

    def __init__(self, write: Doing, drives: Drives, rates: Rates) -> None:
        self._write = write
        self._rates = rates
        self.drives = drives
        self._under_way: set[asyncio.Task[Settled]] = set()

    async def take(
        self,
        source: Source,
        received: Received,
        address: str | None,
    ) -> Taken:
        """Keep a genuine delivery, drive it, and say what became of it if that is known soon.

        Raises:
            DatabaseAway: it could not be kept within the waiting limit.
        """
        arrival, received_at, until = await self.keep(source, received, address)
        received = as_kept(replace(received, received_at=received_at), source)
        driving = asyncio.create_task(self.drives.drive(source, arrival, received, until), name="drive")
        # Whoever sent it may go, and others need not wait for it: it is kept.
        self._under_way.add(driving)
        driving.add_done_callback(self._over)
        try:
            settled = await asyncio.wait_for(asyncio.shield(driving), PATIENCE_SECONDS)
        except TimeoutError:
            return Taken(arrival, None)
        except Exception:  # it is kept, and due again after its lease
            log.exception("arrival.undriven", arrival=str(arrival))
            return Taken(arrival, None)
        if settled.again == 0:
            self.drives.wake()
        return Taken(arrival, settled)

    async def verify(self, source: Source, received: Received, address: str | None) -> None:
        """Whether a delivery comes from the sender.

        Raises:
            NotGenuine: it does not. It is kept as refused all the same, as :meth:`refuse` does.
        """
        try:
            source.sender.verify(received, source.settings)
        except NotGenuine as error:
            await self.refuse(source, received, address, "refused", "not_genuine", str(error))
            raise

    async def refuse(
        self,
        source: Source,
        received: Received,
        address: str | None,
        state: arrivals.State,
        reason: str,
        detail: str | None = None,
    ) -> None:
        """Keep what is not taken: so many of a source in a minute, since anybody can send those."""
        ARRIVALS.labels(state=state).inc()
        if self._rates.take(f"refused:{source.id}", MOST_REFUSED, shared=False).allowed:
            await self.keep(source, received, address, state=state, reason=reason, detail=detail)

    def _over(self, driving: asyncio.Task[Settled]) -> None:
        self._under_way.discard(driving)
        if not driving.cancelled():
            driving.exception()  # what failed here is due again after its lease

    async def keep(
        self,
        source: Source,
        received: Received,
        address: str | None,
        *,
        state: arrivals.State = "received",
        reason: str | None = None,
        detail: str | None = None,
    ) -> tuple[UUID, datetime, datetime | None]:
        """Keep what came, less what is secret in it; returns its id, when it came, and until when we drive it."""
        kept = as_kept(received, source)
        arrival = arrivals.Kept(
            id=new_id(),
            source_id=source.id,
            received_at=received.received_at,
            method=kept.method,
            url=kept.url,
            content_type=(received.headers.get("content-type") or "")[:300] or None,
            headers=kept.headers,
            body=kept.body,
            address=address,
            state=state,
            reason=reason,
            detail=detail,
            verified=state == "received",
        )
        received_at, until = await self._write(lambda connection: arrivals.keep(connection, arrival, LEASE))
        return arrival.id, received_at, until

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way)
