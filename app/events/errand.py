"""How is one subscription told of what it is behind with? In order per lead, and at least once, by who has its lease.

An errand reads the events after the subscription's place in the record, sends several at once, each of another lead,
and writes what became of them, together with the place that has been reached. An event of a lead is sent only when what
became of the one before it is committed: so a worker that dies, or has lost the lease, never gets an order wrong.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
import orjson
import structlog

from app.channels.base import Channel, Delivered, Event, Gone, Refusal, Told, TryAgain
from app.events.pace import Gate, Terms, next_attempt, remembered, rest_after, until_allowed
from app.events.record import Place, events_from, records_of
from app.events.telling import Result, Teller
from app.observability import EVENT_DELAY
from app.store import outbox, sends, subscriptions
from app.store.database import DRIVER_ERRORS
from app.store.outbox import WINDOW, Wanted

log = structlog.get_logger(__name__)

LOADED: Final = 32
"""Events that are read whole together."""

LONGEST_LOG: Final = 20
"""Failed attempts that are kept of one event."""

_GIVE_BACK_SECONDS: Final = 2.0
_SAFE: Final = 1.2
"""By so much longer than a send may take the lease has to last when it begins."""

_WINDOWS: Final = 20
"""Windows of the record that are gone through before the lease is looked at again."""

_RELEASE_FOR: Final = 2.0
"""Seconds of rest from which on the lease is given back rather than kept."""


_UNREADABLE: Final = (LookupError, TypeError, ValueError)
"""What reading a record ends in that this service did not write."""


Connect: TypeAlias = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
"""Gives one of the few connections that errands share."""


class Lost(Exception):
    """Somebody else has the lease, or the subscription is no more."""


@dataclass(slots=True)
class Item:
    """One event that is to be sent. ``fresh``: it has no row yet. ``alone``: it does not go with others any more."""

    place: Place
    key: str
    attempts: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)
    fresh: bool = True
    alone: bool = False
    settled: bool = False
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A subscription whose lease was taken, as it was then. ``clock``: Postgres's time less our monotonic one."""

    number: int
    id: str
    reached: int
    begun_at: datetime
    failures: int
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
        self._channel, self._receiver, self._wanted = channel, told, wanted
        self._teller, self._gate, self._terms = teller, gate, terms
        self._began = time.monotonic()
        self._leased_until = taken.leased_until
        self._stopping = False
        self._stir = asyncio.Event()
        # Where the record has been read to, and the events read from it that are not settled, in order.
        self._read_to = taken.reached
        self._order: deque[Item] = deque()
        # What waits in memory, by key; keys of which nothing is under way; what is read whole and can go.
        self._ready: dict[str, deque[Item]] = {}
        self._heads: deque[str] = deque()
        self._loaded: deque[Item] = deque()
        self._busy: set[str] = set()
        self._flying: dict[asyncio.Task[None], list[Item]] = {}
        # What has become of events and is not written yet; keys of which what waits in memory is to wait in the table.
        self._done: list[tuple[Item, sends.Send]] = []
        self._done_since = 0.0
        self._failing: set[str] = set()
        self._touched: set[str] = set()
        self._soon = False
        self._looked_for_due = 0.0
        self._fault: BaseException | None = None
        self._at_end = False
        self._failures = taken.failures
        self._told = list(taken.told)
        self._rests_until = 0.0
        self._delivered = self._failed = 0
        self._why: str | None = None
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
            log.warning("subscription.not_given_back", subscription=self._taken.id, error=type(error).__name__)

    # --- the loop -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Deliver until nothing is left, the time is over, or the lease is lost."""
        try:
            while await self._step():
                pass
        except Lost:
            log.info("subscription.lost", subscription=self._taken.id)
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
                if self._may_send():
                    await self._fill()
                    await self._launch()
            ending = self._ending()
            if not self._flying and (ending or self._idle() or self._rest() > _RELEASE_FOR):
                await self._write(release=True)
                return False
        except DRIVER_ERRORS as error:
            # What has become of events is kept until it can be written, or somebody else has the lease.
            log.warning("subscription.waits", subscription=self._taken.id, error=type(error).__name__)
            if self._stopping:
                return False
            await asyncio.sleep(1)
            return True
        await self._wait()
        return True

    def _ending(self) -> bool:
        over = time.monotonic() - self._began > self._terms.hold_seconds
        return self._stopping or self._gone is not None or over

    def _idle(self) -> bool:
        return self._at_end and not (self._ready or self._loaded or self._done)

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
        if self._done:
            until.append(self._done_since + self._terms.flush_seconds)
        if not self._flying or len(self._flying) < self._slots:
            until += [self._rests_until] if self._rests_until > now else []
            if self._loaded and (pause := until_allowed(self._channel.pace, self._told, self._clock())):
                until.append(now + pause)
            elif self._heads or not (self._at_end or self._busy):
                until.append(now)
            else:
                until.append(now + self._terms.interval)
        try:
            await asyncio.wait_for(self._stir.wait(), max(0.0, min(until) - now))
        except TimeoutError:
            return

    def _clock(self) -> float:
        """Postgres's time, in seconds since the epoch."""
        return time.monotonic() + self._taken.clock

    # --- what is to be sent -------------------------------------------------------------------------------------------

    async def _fill(self) -> None:
        """See to it that there is something to send."""
        if len(self._loaded) >= max(self._slots, self._channel.at_once):
            return
        async with self._connect() as connection:
            if time.monotonic() - self._looked_for_due > self._terms.interval / 2:
                self._looked_for_due = time.monotonic()
                await self._find_due(connection)
            if not self._heads and len(self._order) < WINDOW:
                await self._scan(connection)
        await self._load()

    async def _find_due(self, connection: asyncpg.Connection) -> None:
        """What was tried before and is due."""
        for row in reversed(await sends.due(connection, self._taken.number, self._busy | self._ready.keys(), LOADED)):
            tried = [] if row["log"] is None else orjson.loads(row["log"])
            place = Place(row["revision"], row["part"], row["stamp"], row["type"], row["at"])
            self._ready[row["key"]] = deque([Item(place, row["key"], row["attempts"], tried, fresh=False)])
            self._heads.appendleft(row["key"])

    async def _scan(self, connection: asyncpg.Connection) -> None:
        """Go on in the record, until there is something to send or the end is reached."""
        self._at_end = False
        for _ in range(_WINDOWS):
            if self._heads or len(self._order) >= WINDOW:
                return
            end = await outbox.reached(connection)
            if self._read_to >= end:
                self._at_end = True
                return
            until = min(end, self._read_to + WINDOW)
            rows = await outbox.scan(
                connection, self._read_to, until, self._wanted, self._taken.number, self._taken.begun_at
            )
            for row in rows:
                place = Place(row["revision"], row["part"], row["stamp"], row["type"], row["at"])
                item = Item(place, row["key"])
                self._order.append(item)
                if row["behind"] or item.key in self._failing:
                    self._wait_behind(item)
                else:
                    self._put(item)
            self._read_to = until

    def _put(self, item: Item) -> None:
        waiting = self._ready.setdefault(item.key, deque())
        waiting.append(item)
        if len(waiting) == 1 and item.key not in self._busy:
            self._heads.append(item.key)

    async def _load(self) -> None:
        """Read some whole that can go next."""
        keys = [self._heads[index] for index in range(min(LOADED, len(self._heads)))]
        if not keys:
            return
        items = [self._ready[key][0] for key in keys]
        try:
            events: list[Event | None] = list(await self._events([item.place for item in items]))
        except _UNREADABLE:
            events = [await self._event_alone(item) for item in items]
        for key, item, event in zip(keys, items, events, strict=True):
            self._heads.popleft()
            self._ready[key].popleft()
            if not self._ready[key]:
                del self._ready[key]
            self._busy.add(key)
            item.event = event
            if event is not None:
                self._loaded.append(item)
            else:
                # Nothing that waits would make it readable; those behind it go on.
                self._note(item, "dead", item.attempts + 1, None, None, item.log)

    async def _events(self, places: list[Place]) -> list[Event]:
        async with self._connect() as connection:
            records = await records_of(connection, places)
        return await events_from(
            records, places, self._receiver.language, personal=self._receiver.personal,
            rest=self._terms.rest if self._gate.busy() else 0,
        )  # fmt: skip

    async def _event_alone(self, item: Item) -> Event | None:
        try:
            (event,) = await self._events([item.place])
        except _UNREADABLE as error:
            log.exception("event.unreadable", event_id=item.place.event_id, exc_info=error)
            return None
        return event

    # --- sending ------------------------------------------------------------------------------------------------------

    async def _launch(self) -> None:
        """Send what can go now."""
        while self._loaded and self._may_send():
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
            items = [self._loaded.popleft()]
            while self._loaded and len(items) < self._channel.at_once and not items[0].alone:
                if self._loaded[0].alone:
                    break
                items.append(self._loaded.popleft())
            task = asyncio.create_task(self._send(items), name=f"send-{self._taken.id}")
            self._flying[task] = items
            task.add_done_callback(self._landed)

    async def _send(self, items: list[Item]) -> None:
        await self._gate.through()
        events = [item.event for item in items if item.event is not None]
        result = await self._teller.tell(self._channel, self._receiver, events, self._terms.send_seconds)
        self._judge(items, result)

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._flying[task]
        if not task.cancelled():
            self._fault = task.exception()
        self._stir.set()

    def _judge(self, items: list[Item], result: Result) -> None:
        """What is to become of events after an attempt."""
        outcome = result.outcome
        if isinstance(outcome, Delivered):
            if self._failures >= self._terms.doubted:
                # It is there again: what was put off need not wait for hours.
                self._soon = True
            self._failures, self._rests_until = 0, 0.0
            self._delivered += len(items)
            for item in items:
                self._settle(item, result, "delivered", None)
                EVENT_DELAY.labels(kind=self._channel.kind).observe(max(0.0, self._clock() - item.place.at.timestamp()))
            return
        if isinstance(outcome, Refusal) and len(items) > 1:
            # One of them may be at fault, and the others are not to fall with it.
            for item in reversed(items):
                item.alone = True
                self._loaded.appendleft(item)
            return
        self._failures += 1
        self._failed += len(items)
        self._why = result.said
        after = outcome.after if isinstance(outcome, TryAgain) else None
        self._rests_until = max(self._rests_until, time.monotonic() + rest_after(self._failures, after, self._terms))
        if isinstance(outcome, Gone):
            self._gone = result.said
        for item in items:
            due: float | None = 0.0
            if isinstance(outcome, TryAgain):
                due = next_attempt(item.attempts + 1, after, self._terms.retries)
            elif isinstance(outcome, Refusal):
                due = None
            self._settle(item, result, "dead" if due is None else "waiting", due)

    def _settle(self, item: Item, result: Result, state: sends.State, due: float | None) -> None:
        outcome = result.outcome
        tried = item.log
        if not isinstance(outcome, Delivered):
            tried = [
                *tried,
                {
                    "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "status": outcome.status,
                    "seconds": round(result.seconds, 3),
                    "said": result.said,
                },
            ][-LONGEST_LOG:]
        self._note(item, state, item.attempts + 1, due, result, tried)
        if state == "waiting":
            self._failing.add(item.key)
            for behind in self._ready.pop(item.key, ()):
                self._wait_behind(behind)
        if not item.fresh or state == "waiting":
            self._touched.add(item.key)
        if state == "dead":
            log.warning("event.dead", subscription=self._taken.id, event_id=item.place.event_id, status=outcome.status)

    def _wait_behind(self, item: Item) -> None:
        """Have an event wait in the table: one of its lead before it does."""
        self._touched.add(item.key)
        if item.fresh:
            self._note(item, "waiting", 0, None, None, [])

    def _note(
        self, item: Item, state: sends.State, attempts: int, due: float | None, result: Result | None,
        tried: list[dict[str, Any]],
    ) -> None:  # fmt: skip
        p = item.place
        if not self._done:
            self._done_since = time.monotonic()
        self._done.append((item, sends.Send(
            p.revision, p.part, p.stamp, p.type, item.key, p.at, state, attempts, due,
            seconds=None if result is None else round(result.seconds, 4),
            status=None if result is None else result.outcome.status,
            said=None if result is None else result.said,
            log=orjson.dumps(tried).decode() if tried else None,
        )))  # fmt: skip

    # --- writing ------------------------------------------------------------------------------------------------------

    def _must_write(self) -> bool:
        now = time.monotonic()
        if self._leased_until - now < self._terms.lease * 2 / 3:
            return True
        starved = not (self._loaded or self._heads or self._flying)
        old = now - self._done_since >= self._terms.flush_seconds
        return bool(self._done) and (old or starved or len(self._done) >= self._terms.flush_sends)

    async def _write(self, *, release: bool = False) -> None:
        """Write what has become of events, and keep the lease or give it back.

        Raises:
            Lost: we have it no longer; nothing was written.
        """
        done, touched, soon = list(self._done), set(self._touched), self._soon
        delivered, failed, gone = self._delivered, self._failed, self._gone
        written = {(item.place.revision, item.place.part) for item, _ in done}
        left = (i for i in self._order if not i.settled and (i.place.revision, i.place.part) not in written)
        first = next(left, None)
        kept = subscriptions.Kept(
            reached=self._read_to if first is None else first.place.revision - 1,
            lease=0 if release else self._terms.lease,
            rest=max(0.0, self._rest()),
            failures=self._failures,
            told=self._told,
            delivered=delivered,
            failed=failed,
            why=self._why,
            edited=self._taken.edited,
        )
        asked = time.monotonic()
        async with self._connect() as connection, connection.transaction(isolation="read_committed"):
            row = await subscriptions.keep(connection, self._taken.number, self._holder, kept)
            if row is None:
                raise Lost
            if done:
                await sends.write(connection, self._taken.number, [send for _, send in done])
            if touched:
                await sends.let_next(connection, self._taken.number, touched)
            if soon:
                await sends.soon(connection, self._taken.number)
            if gone is not None and not self._disabled:
                await connection.execute(subscriptions.DISABLE, self._taken.number, gone)
                log.warning("subscription.gone", subscription=self._taken.id)
        self._disabled = gone is not None
        self._leased_until = asked + self._terms.lease
        self._written(done, touched, delivered, failed)
        if soon:
            self._soon = False
        if row["edited"] != self._taken.edited or not row["enabled"]:
            self.stop()

    def _written(self, done: Sequence[tuple[Item, sends.Send]], touched: set[str], delivered: int, failed: int) -> None:
        """Let go of what is committed now, and let the next of each lead go."""
        self._delivered -= delivered
        self._failed -= failed
        del self._done[: len(done)]
        self._touched -= touched - {item.key for item, _ in self._done}
        for item, send in done:
            item.settled, item.event = True, None
            self._failing.discard(item.key)
            if send.attempts:
                self._busy.discard(item.key)
                if item.key in self._ready:
                    self._heads.append(item.key)
        self._failing |= {item.key for item, send in self._done if send.state == "waiting"}
        while self._order and self._order[0].settled:
            self._order.popleft()
