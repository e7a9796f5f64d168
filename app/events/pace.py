"""When is something sent? Again after a failure, within a receiver's pace, and beside the leads that come in."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.channels.base import Pace

RETRIES: Final[tuple[float, ...]] = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds after each failed attempt until the next (Standard Webhooks 1.0.0); after the last there is none."""

LONGEST_AFTER: Final = 86_400.0
"""Seconds that a receiver can ask us to wait, at most."""

_JITTER: Final = 0.2
_LATE: Final = 0.004
"""Seconds that a turn of the event loop takes, on the average of the last few, where the thread has no time left."""
_MARGIN: Final = 1.1
"""By so much longer than they say are a receiver's limits taken: messages do not arrive as evenly as they are sent."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How events are delivered. Times are in seconds.

    ``slots``: messages under way to one receiver; ``held``: subscriptions that a worker delivers to at once.
    ``send_seconds`` bounds one attempt, and is well below ``lease``, so that what is under way ends before another
    worker can take over. ``retries`` are the pauses after failed attempts. After ``doubted`` failures in a row a
    receiver is asked with one message at a time, ever less often, up to every ``longest_rest``. ``busy_rate``: messages
    a second that a worker sends while leads take all its time.
    """

    interval: float = 0.5
    lease: float = 60.0
    send_seconds: float = 25.0
    slots: int = 8
    held: int = 16
    hold_seconds: float = 60.0
    flush_seconds: float = 0.05
    flush_sends: int = 200
    retries: tuple[float, ...] = RETRIES
    doubted: int = 5
    longest_rest: float = 60.0
    busy_rate: float = 50.0
    rest: float = 4.0
    drain_seconds: float = 5.0


def next_attempt(attempts: int, after: float | None, retries: Sequence[float] = RETRIES) -> float | None:
    """Seconds until the next attempt after ``attempts`` failed ones; None if there is to be none.

    ``after`` is what the receiver asked for: never sooner. Chance spreads those that failed together.
    """
    if attempts > len(retries):
        return None
    pause = retries[attempts - 1] * (1 + _JITTER * secrets.randbelow(1000) / 1000)
    return max(pause, min(after or 0.0, LONGEST_AFTER))


def rest_after(failures: int, after: float | None, terms: Terms) -> float:
    """Seconds for which a receiver is left alone after so many failures in a row, the last asking for ``after``."""
    doubted = failures - terms.doubted
    pause = 0.0 if doubted < 0 else min(terms.longest_rest, 2.0 ** min(doubted, 20))
    return max(pause, min(after or 0.0, LONGEST_AFTER))


def until_allowed(pace: Pace, told: Sequence[float], now: float) -> float:
    """Seconds until one more message keeps the pace; ``told`` are the times of the last ones, in order."""
    waits = [told[-count] + seconds * _MARGIN - now for count, seconds in pace.limits if len(told) >= count]
    return max(0.0, *waits, 0.0)


def remembered(pace: Pace, told: Sequence[float], now: float) -> list[float]:
    """The times of the last messages, with ``now``: as many as the pace asks about."""
    most = max((count for count, _ in pace.limits), default=0)
    return [*told, now][-most:] if most else []


class Gate:
    """Lets messages through as they come; while leads come in (``busy``) only as far as this process has time for both.

    Each takes about a millisecond of the thread that decides leads. While others who are ready to go on wait for that
    thread, ``rate`` messages a second go, and no more.
    """

    def __init__(self, busy: Callable[[], bool], rate: float) -> None:
        self.busy = busy
        self._space = 1.0 / rate
        self._next = 0.0
        self._late = 0.0

    async def through(self) -> None:
        """Wait for one's turn."""
        while self.busy() and await self._is_strained():
            now = time.monotonic()
            if self._next <= now:
                self._next = now + self._space
                return
            await asyncio.sleep(self._next - now)

    async def _is_strained(self) -> bool:
        began = time.monotonic()
        await asyncio.sleep(0)
        self._late = (self._late + time.monotonic() - began) / 2
        return self._late > _LATE
