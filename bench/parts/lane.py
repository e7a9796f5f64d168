"""How long is the lane's row held where nothing else wants the processor? By one worker, and by two that take turns.

Under 64 clients on two cores most of the time in the lane goes by in waiting for a core. This is what is left where
there are cores enough: what limits many of them, and many replicas.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import cycle

from prometheus_client import REGISTRY

from app.lane.lane import Lane
from bench.figure import Figure, spread
from bench.filling import lane_on, read
from bench.ground import Ground


def run(ground: Ground) -> Iterator[Figure]:
    """Turns of as many leads as there are clients, one after the other, in this process: no HTTP, nobody beside it."""
    for name, title, lanes in (
        ("lane_idle", "… with the machine to itself: one worker's turns, ahead of the lock", 1),
        ("lane_idle_two", "… with the machine to itself: two workers in turn, each with the lock", 2),
    ):
        url = ground.database(name)
        held, turns = [], []
        for number in range(ground.scale.rounds):
            ground.say(f"{name}, round {number + 1} of {ground.scale.rounds}")
            bodies = ground.stock.bodies(ground.scale.leads)
            seconds, leads, count = ground.run(_turns(url, bodies, lanes, ground.scale.clients))
            held.append(seconds / leads * 1e6)
            turns.append(leads / count)
        yield Figure(name=name, title=title, rounds=held, unit="µs", more=False, seen={"leads_per_turn": spread(turns)})


async def _turns(url: str, bodies: Sequence[bytes], lanes: int, together: int) -> tuple[float, float, float]:
    """Seconds that the lane was held, leads decided, and turns taken, once each lane knows the world."""
    begins = range(0, len(bodies), together)
    warm = 2 * lanes
    before = _seen()
    async with AsyncExitStack() as stack:
        turns = cycle([await stack.enter_async_context(lane_on(url)) for _ in range(lanes)])
        for number, (begin, lane) in enumerate(zip(begins, turns, strict=False)):
            if number == warm:
                before = _seen()
            await _turn(lane, bodies[begin : begin + together])
        after = _seen()
    seconds, leads, count = (now - then for now, then in zip(after, before, strict=True))
    return seconds, leads, count


async def _turn(lane: Lane, bodies: Sequence[bytes]) -> None:
    jobs = [read(lane, body) for body in bodies]
    for job in jobs:
        await lane.enqueue(job, "interactive")
    await asyncio.gather(*(job.outcome for job in jobs))


def _seen() -> tuple[float, float, float]:
    """Of all turns that this process has taken: seconds in the lane, leads, turns."""

    def of(name: str) -> float:
        return REGISTRY.get_sample_value(f"lead_router_{name}") or 0.0

    return of("lane_hold_seconds_sum"), of("batch_leads_sum"), of("batch_leads_count")
