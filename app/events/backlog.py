"""What is a subscription still to be told, and in which order? Read from the record a little ahead, lead by lead."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final, TypeAlias

import asyncpg
import orjson
import structlog

from app.channels.base import Event, Told
from app.events.outcomes import Item, Outcomes, Row
from app.events.record import Place, events_from, records_of
from app.store import outbox, sends
from app.store.outbox import WINDOW, Wanted

log = structlog.get_logger(__name__)

LOADED: Final = 32
"""Events that are read whole together."""

_WINDOWS: Final = 20
"""Windows of the record that are gone through before anything else is looked at again."""

_UNREADABLE: Final = (LookupError, TypeError, ValueError)
"""What reading a record ends in that this service did not write."""

Connect: TypeAlias = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
"""Gives one of the few connections that errands share."""


class Backlog:
    """The events of one subscription from its place in the record on, and those that are to be tried again.

    ``loaded`` can go now, at most one of each key: until what became of it is committed, the others of its key wait.
    Events behind one that waits in the table are put there as well, through ``outcomes``.
    """

    def __init__(
        self, connect: Connect, number: int, reached: int, begun_at: datetime, wanted: Wanted, outcomes: Outcomes,
        told: Told, *, due_every: float,
    ) -> None:  # fmt: skip
        self._connect = connect
        self._number, self._begun_at, self._wanted = number, begun_at, wanted
        self._outcomes, self._told = outcomes, told
        self._due_every = due_every
        self._looked_for_due = -due_every
        self.at_end = False
        self._read_to = reached
        # Those read from the record that are not settled, in its order.
        self._order: deque[Item] = deque()
        # Those that are not read whole yet, by key; and the keys of which one can be.
        self._ready: dict[str, deque[Item]] = {}
        self._heads: deque[str] = deque()
        self._busy: set[str] = set()
        self.loaded: deque[Item] = deque()

    @property
    def empty(self) -> bool:
        """Whether there was nothing left when it was last looked."""
        return self.at_end and not (self._ready or self.loaded)

    @property
    def more(self) -> bool:
        """Whether there is something that could be loaded at once."""
        return bool(self._heads) or not (self.at_end or self._busy)

    @property
    def starved(self) -> bool:
        """Whether nothing can go before what has become of others is committed."""
        return not (self.loaded or self._heads)

    def reached_without(self, rows: Collection[Row]) -> int:
        """Up to which revision everything has a row, or needs none, once these are written."""
        written = {item for item, _ in rows}
        first = next((item for item in self._order if not item.settled and item not in written), None)
        return self._read_to if first is None else first.place.revision - 1

    async def fill(self, *, rest: float) -> None:
        """See to it that there is something to send; resting for so many times as long as each event takes to make."""
        async with self._connect() as connection:
            if time.monotonic() - self._looked_for_due > self._due_every:
                self._looked_for_due = time.monotonic()
                await self._find_due(connection)
            if not self._heads and len(self._order) < WINDOW:
                await self._scan(connection)
        await self._load(rest)

    async def _find_due(self, connection: asyncpg.Connection) -> None:
        """What was tried before and is due goes first."""
        for row in reversed(await sends.due(connection, self._number, self._busy | self._ready.keys(), LOADED)):
            tried = [] if row["log"] is None else orjson.loads(row["log"])
            self._ready[row["key"]] = deque([Item(_place(row), row["key"], row["attempts"], tried, fresh=False)])
            self._heads.appendleft(row["key"])

    async def _scan(self, connection: asyncpg.Connection) -> None:
        """Go on in the record, until there is something to send or the end is reached."""
        self.at_end = False
        for _ in range(_WINDOWS):
            if self._heads or len(self._order) >= WINDOW:
                return
            end = await outbox.reached(connection)
            if self._read_to >= end:
                self.at_end = True
                return
            until = min(end, self._read_to + WINDOW)
            rows = await outbox.scan(connection, self._read_to, until, self._wanted, self._number, self._begun_at)
            for row in rows:
                item = Item(_place(row), row["key"])
                self._order.append(item)
                if row["behind"] or item.key in self._outcomes.failing:
                    self._outcomes.waits(item)
                else:
                    self._put(item)
            self._read_to = until

    def _put(self, item: Item) -> None:
        waiting = self._ready.setdefault(item.key, deque())
        waiting.append(item)
        if len(waiting) == 1 and item.key not in self._busy:
            self._heads.append(item.key)

    async def _load(self, rest: float) -> None:
        """Read some whole that can go next."""
        keys = [self._heads[index] for index in range(min(LOADED, len(self._heads)))]
        if not keys:
            return
        items = [self._ready[key][0] for key in keys]
        try:
            events: list[Event | None] = list(await self._events([item.place for item in items], rest))
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
                self.loaded.append(item)
            else:
                self._outcomes.unreadable(item)

    async def _events(self, places: list[Place], rest: float) -> list[Event]:
        async with self._connect() as connection:
            records = await records_of(connection, places)
        return await events_from(records, places, self._told.language, personal=self._told.personal, rest=rest)

    async def _event_alone(self, item: Item) -> Event | None:
        try:
            (event,) = await self._events([item.place], 0)
        except _UNREADABLE as error:
            log.exception("event.unreadable", event_id=item.place.event_id, exc_info=error)
            return None
        return event

    def hold_back(self, key: str) -> None:
        """One of this key is to be sent again: those behind it wait in the table."""
        for item in self._ready.pop(key, ()):
            self._outcomes.waits(item)

    def settle(self, rows: Collection[Row]) -> None:
        """These are committed: of each key that was under way the next can go."""
        for item, send in rows:
            item.settled, item.event = True, None
            if send.attempts:
                self._busy.discard(item.key)
                if item.key in self._ready:
                    self._heads.append(item.key)
        while self._order and self._order[0].settled:
            self._order.popleft()


def _place(row: outbox.Row) -> Place:
    return Place(row["revision"], row["part"], row["stamp"], row["type"], row["at"])
