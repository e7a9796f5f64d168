"""How many in a minute? Counted in the worker, and shared with all others once a second.

A sliding window: what was used in the period under way, and of the one before it the share that still lies within the
window, as if it had been used evenly between the first time and the last: so nobody has to wait for longer than a
window. A request only looks at what the worker has in memory. Once a second each worker adds what it has counted to the
table ``rates`` and reads what all have: so a limit holds over every worker and replica within about a second. While the
database is away each worker goes on with what it knows, and nobody is refused for it. Periods are told by Postgres's
clock, so that the replicas' own do not matter.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from app.store.database import write_transaction

INTERVAL_SECONDS: Final = 1.0
"""How often workers tell each other what they have counted."""
MOST: Final = 10_000
"""How many names are counted at a time, of those that are shared and of those that are not: the latest used stay."""
PATIENCE_SECONDS: Final = 10.0
"""How long the database may take for it."""
FORGET_SECONDS: Final = 60.0
"""How often rows of past periods are looked for, to delete them."""
_BLINK: Final = 0.001
"""Seconds that make no difference: times since 1970 are told apart no finer than by a good part of a microsecond."""

SHARE: Final = """
    -- Add what was used here to what all have used, and read that. In one order, so that no two workers wait for each
    -- other; what is only read is not written.
    WITH mine AS (
        SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) AS m(name, seconds, period, used)
    ), added AS (
        INSERT INTO rates AS r (name, seconds, period, used)
        SELECT name, seconds, period, used FROM mine WHERE used > 0 ORDER BY name, seconds, period
        ON CONFLICT (name, seconds, period) DO UPDATE SET used = r.used + excluded.used
        RETURNING r.name, r.seconds, r.period, r.used
    )
    SELECT name, seconds, period, used FROM added
    UNION ALL
    SELECT r.name, r.seconds, r.period, r.used FROM rates r JOIN mine USING (name, seconds, period) WHERE mine.used = 0
"""

NOW: Final = """
    -- What time it is for all workers.
    SELECT extract(epoch FROM clock_timestamp())::float8
"""

FORGET: Final = """
    -- What no window reaches any more.
    DELETE FROM rates WHERE (period + 3) * seconds < extract(epoch FROM clock_timestamp())
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether one more is allowed, and what is left: of ``limit`` in ``seconds``, ``remaining`` now.

    ``reset_seconds``: until more is left than now. ``retry_seconds``: until what was refused is allowed; 0 if it was
    not. ``limit`` is None if there is none.
    """

    allowed: bool
    limit: int | None = None
    seconds: int = 60
    remaining: int = 0
    reset_seconds: int = 0
    retry_seconds: int = 0


UNLIMITED: Final = Allowance(allowed=True)


@dataclass(slots=True)
class _Cell:
    """What was used in one period: ``known`` to all, and ``ours`` that is not told yet; for the first and last time.

    What others used counts as used when it is learned of.
    """

    known: int = 0
    ours: int = 0
    first: float = math.inf
    last: float = -math.inf

    @property
    def used(self) -> int:
        return self.known + self.ours

    def note(self, at: float) -> None:
        """Something of it was used then."""
        self.first, self.last = min(self.first, at), max(self.last, at)

    def since(self, moment: float) -> float:
        """How much of it was used after a moment."""
        moment += _BLINK
        if moment >= self.last:
            return 0
        if moment <= self.first:
            return self.used
        return self.used * (self.last - moment) / (self.last - self.first)

    def moment(self, allowed: float) -> float:
        """The moment after which no more than so much of it was used."""
        return self.last - (self.last - self.first) * allowed / self.used


@dataclass(slots=True)
class _Counter:
    seconds: int
    period: int
    now: _Cell = field(default_factory=_Cell)
    before: _Cell = field(default_factory=_Cell)

    def move(self, period: int) -> None:
        """Go to the period under way. One back is a clock that was set right, and waits."""
        if period == self.period + 1:
            self.before, self.now = self.now, _Cell()
        elif period == self.period - 1:
            return
        elif period != self.period:
            self.before, self.now = _Cell(), _Cell()
        self.period = period


class Rates:
    """What is counted in one worker."""

    def __init__(self, pool: asyncpg.Pool, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool, self._clock = pool, clock
        self._ahead = time.time() - clock()
        self._shared: OrderedDict[tuple[str, int], _Counter] = OrderedDict()
        self._alone: OrderedDict[tuple[str, int], _Counter] = OrderedDict()
        self._forgot = clock()

    def take(self, name: str, limit: int | None, seconds: int = 60, cost: int = 1, *, shared: bool = True) -> Allowance:
        """Use ``cost`` of what is allowed under this name in so many seconds; what is refused uses nothing.

        What costs more than the limit uses all of it. Without a limit nothing is counted. ``shared``: whether all
        workers count together; otherwise it is this worker alone, and costs the database nothing.
        """
        if limit is None:
            return UNLIMITED
        cost = min(cost, limit)
        now = self._clock() + self._ahead
        counter = self._counter(name, seconds, int(now // seconds), self._shared if shared else self._alone)
        room = limit - counter.now.used - counter.before.since(now - seconds)
        if room < cost:
            wait = _wait(counter, limit - cost, now)
            return Allowance(False, limit, seconds, max(0, math.floor(room)), wait, wait)
        counter.now.ours += cost
        counter.now.note(now)
        remaining = math.floor(room - cost)
        return Allowance(True, limit, seconds, remaining, _wait(counter, limit - remaining - 1, now))

    async def look(self) -> int:
        """Tell all other workers what was used here, and learn what they have used; returns how many names."""
        for counters in (self._shared, self._alone):
            self._prune(counters)
        if not self._shared:
            return 0
        async with asyncio.timeout(PATIENCE_SECONDS), self._pool.acquire() as connection, write_transaction(connection):
            cells = {
                (name, seconds, period): cell
                for (name, seconds), counter in self._shared.items()
                for period, cell in ((counter.period, counter.now), (counter.period - 1, counter.before))
            }
            told = {place: cell.ours for place, cell in cells.items()}
            # What breaks from here on may have been told all the same. Told twice it could refuse somebody for nothing.
            for place, cell in cells.items():
                cell.known += told[place]
                cell.ours -= told[place]
            names, lengths, periods = zip(*cells, strict=True)
            for row in await connection.fetch(SHARE, names, lengths, periods, list(told.values())):
                cell = cells[row["name"], row["seconds"], row["period"]]
                if row["used"] > cell.known:
                    cell.note(min(self._clock() + self._ahead, (row["period"] + 1) * row["seconds"]))
                # Never less than before: what a crash of the server has forgotten is still known here.
                cell.known = max(cell.known, row["used"])
            self._ahead = await connection.fetchval(NOW) - self._clock()
            if self._clock() - self._forgot >= FORGET_SECONDS:
                await connection.execute(FORGET)
                self._forgot = self._clock()
        return len(self._shared)

    def _counter(
        self, name: str, seconds: int, period: int, counters: OrderedDict[tuple[str, int], _Counter]
    ) -> _Counter:
        counter = counters.get((name, seconds))
        if counter is None:
            counter = counters[name, seconds] = _Counter(seconds, period)
            while len(counters) > MOST:
                counters.popitem(last=False)
        else:
            counters.move_to_end((name, seconds))
        counter.move(period)
        return counter

    def _prune(self, counters: OrderedDict[tuple[str, int], _Counter]) -> None:
        now = self._clock() + self._ahead
        for key in [key for key, counter in counters.items() if now >= (counter.period + 2) * counter.seconds]:
            del counters[key]


def _wait(counter: _Counter, allowed: int, now: float) -> int:
    """Whole seconds until no more than ``allowed`` counts, if nobody uses more."""
    used, seconds = counter.now.used, counter.seconds
    if used <= allowed:
        free = counter.before.moment(allowed - used) + seconds - _BLINK / 2
    else:
        # What is used in a period begins to leave the window when the next one begins.
        free = max(counter.now.moment(allowed) + seconds - _BLINK / 2, (counter.period + 1) * seconds)
    return max(1, math.ceil(free - now))
