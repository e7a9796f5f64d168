"""How long a fuzzer looks for something, and how it tells that a parser takes more time than its text is long."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
"""Examples per target. As many as in `make test` take all targets together about a minute of one processor."""

brief = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
few = settings(brief, max_examples=max(1, EXAMPLES // 10))
"""For targets whose every example takes a while."""

GROWN = 8
"""How many times longer the second text is."""
TOLERATED = 4
"""How many times more time each of its characters may take: 8 would be a square."""
NOTICED = 0.05
"""Seconds of work below which nothing is said: there the clock is mostly noise."""


def grows_in_proportion(work: Callable[[int], Callable[[], Any]], size: int) -> None:
    """Fail if ``work`` at ``GROWN`` times the size takes much more than so many times the time.

    ``work(size)`` makes ready what is then done, and timed by the processor's clock. What takes no time worth noticing
    even at the larger size is not compared.
    """

    def seconds(at: int, tries: int) -> float:
        best = float("inf")
        for _ in range(tries):
            do = work(at)
            begun = time.thread_time()
            do()
            best = min(best, time.thread_time() - begun)
            if best < NOTICED:
                break
        return best

    if seconds(size * GROWN, 1) < NOTICED:
        return
    large, small = seconds(size * GROWN, 3), seconds(size, 3)
    limit = max(NOTICED, small) * GROWN * TOLERATED
    assert large <= limit, f"{large:.3f} s for {GROWN} times what takes {small:.3f} s"


def is_told(*parts: object) -> None:
    """Fail if a part of what somebody is told is empty, or not true."""
    assert all(parts)
