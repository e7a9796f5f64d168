"""Whose key is it, without asking the database each time? What a worker remembers of keys.

A key that was asked for once is at hand, and all of those are read anew together every two seconds: so no request
waits for it, a revocation or an edit holds everywhere within that time, and while the database is away those who were
known go on. One that is not at hand is looked up, together with all others that are asked for meanwhile: one small
statement at a time, however many strange keys are tried. What is not there is remembered for a moment too.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from app.store.connections import Connecting
from app.store.keys import KEYS, USED, Key, read

REFRESH_SECONDS: Final = 2.0
"""How often what is at hand is read anew: how long a revocation takes to hold everywhere."""
UNKNOWN_SECONDS: Final = 2.0
"""How long it is remembered that there is no such key."""
USED_SECONDS: Final = 60.0
"""How often it is written down when a key was last used, at most."""
MOST: Final = 10_000
"""How many keys are remembered, and how many that are none."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Ids that are looked up together next."""

    ids: set[str]
    task: asyncio.Task[Mapping[str, Key]]


class KnownKeys:
    """The keys at hand in one worker. ``reading`` and ``writing`` give connections, and raise DatabaseAway."""

    def __init__(
        self, reading: Connecting, writing: Connecting, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reading, self._writing, self._clock = reading, writing, clock
        self._keys: OrderedDict[str, Key] = OrderedDict()
        self._used: dict[str, float] = {}
        self._written: dict[str, float] = {}
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._next: _Batch | None = None
        self._one_at_a_time = asyncio.Lock()
        self._edits = 0

    async def find(self, key_id: str) -> Key | None:
        """The key with this id, revoked or not; None if there is none.

        Raises:
            DatabaseAway: it is not at hand, and cannot be looked up.
        """
        key = self._keys.get(key_id)
        if key is not None or self._unknown.get(key_id, 0.0) > self._clock():
            return key
        if self._next is None:
            self._next = _Batch(set(), asyncio.create_task(self._look_up(), name="keys.look_up"))
        self._next.ids.add(key_id)
        # Others may wait for the same: who goes takes nothing from them.
        return (await asyncio.shield(self._next.task)).get(key_id)

    def at_hand(self, key_id: str) -> Key | None:
        """The key with this id as it was last seen; None if it is not at hand."""
        return self._keys.get(key_id)

    def mark_used(self, key_id: str) -> None:
        """Remember that a key was used now."""
        if key_id in self._keys:
            self._used[key_id] = self._clock()
            self._keys.move_to_end(key_id)

    def keep(self, key: Key) -> None:
        """Have a key at hand as it is now: what was edited here holds here at once."""
        self._edits += 1
        self._put([key])

    async def look(self) -> int:
        """Read anew what is at hand, and write down what was used; returns how many are at hand.

        Raises:
            DatabaseAway: the database cannot be reached; what is at hand stays.
        """
        asked, edits = list(self._keys), self._edits
        if not asked:
            return 0
        async with self._reading() as connection:
            keys = {row["id"]: read(row) for row in await connection.fetch(KEYS, asked)}
        # What was edited here meanwhile may be newer than what was read: the next look tells.
        if edits == self._edits:
            for key_id in asked:
                if key_id in keys and key_id in self._keys:
                    self._keys[key_id] = keys[key_id]
                else:
                    self._drop(key_id)
        await self._write_used()
        return len(self._keys)

    async def _write_used(self) -> None:
        now, here = self._clock(), datetime.now(UTC)
        due = {key_id: used for key_id, used in self._used.items() if self._is_due(key_id, used, now)}
        if not due:
            return
        times = [here - timedelta(seconds=now - used) for used in due.values()]
        async with self._writing() as connection:
            await connection.execute(USED, list(due), times)
        self._written |= dict.fromkeys(due, now)

    def _is_due(self, key_id: str, used: float, now: float) -> bool:
        written = self._written.get(key_id)
        return written is None or (used > written and now - written >= USED_SECONDS)

    async def _look_up(self) -> Mapping[str, Key]:
        async with self._one_at_a_time:
            batch, self._next = self._next, None
            asked = [] if batch is None else list(batch.ids)
            async with self._reading() as connection:
                keys = {row["id"]: read(row) for row in await connection.fetch(KEYS, asked)}
        self._put(keys.values())
        until = self._clock() + UNKNOWN_SECONDS
        self._unknown |= {key_id: until for key_id in asked if key_id not in keys}
        while len(self._unknown) > MOST:
            self._unknown.popitem(last=False)
        return keys

    def _put(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._keys[key.id] = key
            self._unknown.pop(key.id, None)
        while len(self._keys) > MOST:
            self._drop(next(iter(self._keys)))

    def _drop(self, key_id: str) -> None:
        for remembered in (self._keys, self._used, self._written):
            remembered.pop(key_id, None)
