"""How is one subscription told of what it is behind with? In order per lead, and at least once, by who has its lease.

An errand reads the events after the subscription's place in the record, sends several at once, each of another lead,
and writes what became of them, together with the place that has been reached. An event of a lead is sent only when what
became of the one before it is committed: so a worker that dies, or has lost the lease, never gets an order wrong.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from app.channels.base import Channel, Delivered, Gone, Refusal, Told, TryAgain
from app.events.backlog import Backlog, Connect
from app.events.outcomes import Item, Outcomes
from app.events.pace import Gate, Terms, next_attempt, remembered, rest_after, until_allowed
from app.events.telling import Result, Teller
from app.observability import EVENT_DELAY
from app.store import sends, subscriptions
from app.store.database import DRIVER_ERRORS, write_transaction
from app.store.outbox import Wanted

log = structlog.get_logger(__name__)

_GIVE_BACK_SECONDS: Final = 2.0
"""How long giving back the lease may take when the process ends."""

_SAFE: Final = 1.2
"""By so much longer than a send may take the lease has to last when it begins."""

_RELEASE_FOR: Final = 2.0
"""Seconds of rest from which on the lease is given back rather than kept."""


class Lost(Exception):
    """Somebody else has the lease, or the subscription is no more."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A subscription whose lease was taken, as it was then. ``clock``: Postgres's time less our monotonic one."""

    number: int
    id: str
    reached: int
    begun_at: datetime
    failures: int
    delivered: bool
    told: tuple[float, ...]
    edited: int
    clock: float
    leased_until: float
    """On our monotonic clock, and on the safe side."""


class Errand:
    """One holding of a subscription, from taking its lease to giving it back."""

    def __init__(
        self, connect: Connect, holder: UUID, taken: Taken, channel: Channel, told: Told, wanted: Wanted,
        teller: Teller, gate: Gate, terms: Terms,
    ) -> None:  # fmt: skip
        self._connect, self._holder, self._taken = connect, holder, taken
        self._channel, self._receiver = channel, told
        self._teller, self._gate, self._terms = teller, gate, terms
        self._outcomes = Outcomes()
        self._backlog = Backlog(
            connect, taken.number, taken.reached, taken.begun_at, wanted, self._outcomes, told,
            due_every=terms.interval / 2,
        )  # fmt: skip
        self._began = time.monotonic()
        self._leased_until = taken.leased_until
        self._stopping = False
        self._stir = asyncio.Event()
        self._flying: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        # Of the receiver: failures in a row, when it was told, until when it is left alone, whether it is there again.
        self._failures = taken.failures
        # Before anything was delivered by its settings, it is they that may be at fault, whatever is said of an event.
        self._proven = taken.delivered
        self._told = list(taken.told)
        self._rests_until = 0.0
        self._back = False
        self._gone: str | None = None
        self._disabled = False

    @property
    def id(self) -> str:
        """The subscription's id."""
        return self._taken.id

    def stop(self) -> None:
        """Send nothing more; what is under way may end."""
        self._stopping = True
        self._stir.set()

    async def give_back(self) -> None:
        """After ``run`` was cancelled: write what is known, and let others go on. Nothing, if that cannot be now."""
        try:
            async with asyncio.timeout(_GIVE_BACK_SECONDS):
                await self._write(release=True)
        except (Lost, *DRIVER_ERRORS) as error:
            log.warning("subscription.not_given_back", subscription=self.id, error=type(error).__name__)

    # --- the loop -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Deliver until nothing is left, the time is over, or the lease is lost."""
        try:
            while await self._step():
                pass
        except Lost:
            log.info("subscription.lost", subscription=self.id)
        finally:
            flying = list(self._flying)
            for task in flying:
                task.cancel()
            await asyncio.gather(*flying, return_exceptions=True)

    async def _step(self) -> bool:
        """One turn of the loop; whether there is to be another."""
        self._stir.clear()
        if self._fault is not None:
            raise self._fault
        try:
            if self._must_write():
                await self._write()
            if not self._ending():
                await self._launch()
                if self._may_send() and len(self._backlog.loaded) < max(self._slots, self._channel.at_once):
                    await self._backlog.fill(rest=self._terms.rest if self._gate.busy() else 0)
                    await self._launch()
            idle = self._backlog.empty and not self._outcomes.rows
            if not self._flying and (self._ending() or idle or self._rest() > _RELEASE_FOR):
                await self._write(release=True)
                return False
        except DRIVER_ERRORS as error:
            # What has become of events is kept until it can be written, or somebody else has the lease.
            log.warning("subscription.waits", subscription=self.id, error=type(error).__name__)
            if self._stopping:
                return False
            await asyncio.sleep(1)
            return True
        await self._wait()
        return True

    def _ending(self) -> bool:
        over = time.monotonic() - self._began > self._terms.hold_seconds
        return self._stopping or self._gone is not None or over

    def _rest(self) -> float:
        return self._rests_until - time.monotonic()

    @property
    def _slots(self) -> int:
        """How many messages may be under way: one, where a pace is to be kept or the receiver is in doubt."""
        if self._channel.pace.limits or self._failures >= self._terms.doubted:
            return 1
        return self._terms.slots

    def _may_send(self) -> bool:
        return len(self._flying) < self._slots and self._rest() <= 0

    async def _wait(self) -> None:
        """Until a message has ended, or it is time for something."""
        now = time.monotonic()
        until = [self._leased_until - self._terms.lease * 2 / 3]
        if self._outcomes.rows:
            until.append(self._outcomes.since + self._terms.flush_seconds)
        if self._rests_until > now:
            until.append(self._rests_until)
        elif len(self._flying) < self._slots:
            if self._backlog.loaded and (pause := until_allowed(self._channel.pace, self._told, self._clock())):
                until.append(now + pause)
            else:
                until.append(now if self._backlog.more else now + self._terms.interval)
        try:
            await asyncio.wait_for(self._stir.wait(), max(0.0, min(until) - now))
        except TimeoutError:
            return

    def _clock(self) -> float:
        """Postgres's time, in seconds since the epoch."""
        return time.monotonic() + self._taken.clock

    # --- sending ------------------------------------------------------------------------------------------------------

    async def _launch(self) -> None:
        """Send what can go now."""
        loaded = self._backlog.loaded
        while loaded and self._may_send():
            if self._leased_until - time.monotonic() < self._terms.send_seconds * _SAFE:
                await self._write()
            if self._channel.pace.limits:
                if until_allowed(self._channel.pace, self._told, self._clock()) > 0:
                    return
                self._told = remembered(self._channel.pace, self._told, self._clock())
                # Known to whoever comes after us, before it is sent.
                await self._write()
            if self._ending():
                return
            items = [loaded.popleft()]
            while loaded and len(items) < self._channel.at_once and not (items[0].alone or loaded[0].alone):
                items.append(loaded.popleft())
            task = asyncio.create_task(self._send(items), name=f"send-{self.id}")
            self._flying.add(task)
            task.add_done_callback(self._landed)

    async def _send(self, items: list[Item]) -> None:
        await self._gate.through()
        events = [item.event for item in items if item.event is not None]
        self._judge(items, await self._teller.tell(self._channel, self._receiver, events, self._terms.send_seconds))

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        if not task.cancelled():
            self._fault = self._fault or task.exception()
        self._stir.set()

    def _judge(self, items: list[Item], result: Result) -> None:
        """What is to become of events, and of the receiver, after an attempt."""
        outcome = result.outcome
        if isinstance(outcome, Delivered):
            self._proven = True
            if self._failures >= self._terms.doubted:
                # What was put off while it was away need not wait for hours.
                self._back = True
            self._failures, self._rests_until = 0, 0.0
            for item in items:
                self._outcomes.attempted(item, result, "delivered", None)
                EVENT_DELAY.labels(kind=self._channel.kind).observe(max(0.0, self._clock() - item.place.at.timestamp()))
            return
        if isinstance(outcome, Refusal) and len(items) > 1:
            # One of them may be at fault, and the others are not to fall with it.
            for item in reversed(items):
                item.alone = True
                self._backlog.loaded.appendleft(item)
            return
        if isinstance(outcome, Refusal) and outcome.of_event and self._proven:
            # The receiver is as it was. What it refuses itself counts: settings may be at fault, and in a pause fewer
            # events fall before somebody has mended them.
            for item in items:
                self._outcomes.attempted(item, result, "dead", None)
            return
        self._failures += 1
        after = outcome.after if isinstance(outcome, TryAgain) else None
        self._rests_until = max(self._rests_until, time.monotonic() + rest_after(self._failures, after, self._terms))
        if isinstance(outcome, Gone):
            self._gone = f"{result.said}; once it is there again, put “enabled”: true, and what waits goes out"
        for item in items:
            match outcome:
                case TryAgain():
                    due = next_attempt(item.attempts + 1, after, self._terms.retries)
                case Refusal():
                    due = None
                case Gone():
                    # When somebody enables it again, it goes on with this.
                    due = 0.0
            self._outcomes.attempted(item, result, "dead" if due is None else "waiting", due)
            if due is not None:
                self._backlog.hold_back(item.key)

    # --- writing ------------------------------------------------------------------------------------------------------

    def _must_write(self) -> bool:
        now = time.monotonic()
        if self._leased_until - now < self._terms.lease * 2 / 3:
            return True
        rows = self._outcomes.rows
        old = now - self._outcomes.since >= self._terms.flush_seconds
        starved = self._backlog.starved and not self._flying
        return bool(rows) and (old or starved or len(rows) >= self._terms.flush_sends)

    async def _write(self, *, release: bool = False) -> None:
        """Write what has become of events, and keep the lease or give it back.

        Raises:
            Lost: we have it no longer; nothing was written.
        """
        now, back, gone = self._outcomes.so_far(), self._back, self._gone
        kept = subscriptions.Kept(
            reached=self._backlog.reached_without(now.rows),
            lease=0 if release else self._terms.lease,
            rest=max(0.0, self._rest()),
            failures=self._failures,
            told=self._told,
            delivered=now.delivered,
            failed=now.failed,
            why=now.why,
            edited=self._taken.edited,
        )
        asked, number = time.monotonic(), self._taken.number
        async with self._connect() as connection, write_transaction(connection):
            row = await subscriptions.keep(connection, number, self._holder, kept)
            if row is None:
                raise Lost
            if now.rows:
                await sends.write(connection, number, [send for _, send in now.rows])
            if now.touched:
                await sends.let_next(connection, number, now.touched)
            if back:
                await sends.soon(connection, number)
            # Who has been set since may well be there.
            if gone is not None and not self._disabled and row["edited"] == self._taken.edited:
                await connection.execute(subscriptions.DISABLE, number, gone)
                log.warning("subscription.gone", subscription=self.id)
        self._leased_until = asked + self._terms.lease
        self._disabled = gone is not None
        self._back = self._back and not back
        self._outcomes.forget(now)
        self._backlog.settle(now.rows)
        if row["edited"] != self._taken.edited or not row["enabled"]:
            self.stop()
