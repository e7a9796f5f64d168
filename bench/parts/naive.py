"""The service, against a twin as one writes it in a day: a session per request, count and then insert."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bench import naive
from bench.figure import Figure, spread
from bench.ground import Ground
from bench.service import serving


def run(ground: Ground) -> Iterator[Figure]:
    """Rounds in turn, with as many workers. The twin's process starts anew in each round, and with it its today."""
    service, clients = ground.service, ground.scale.clients
    url = ground.database("naive")
    asyncio.run(naive.make_ready(url))
    ours, theirs = [], []
    for number in range(ground.scale.rounds):
        ground.say(f"the naive twin, round {number + 1} of {ground.scale.rounds}")
        ours.append(ground.load(service, clients=clients).rate)
        with serving(url, ground.log, workers=ground.scale.workers, application=naive.APPLICATION) as twin:
            ground.load(twin, clients=clients, seconds=1)
            theirs.append(ground.load(twin, clients=clients).rate)
    yield Figure(
        name="naive",
        title=f"against a naive twin with {ground.scale.workers} workers: leads/s, {clients} clients",
        rounds=[our / their for our, their in zip(ours, theirs, strict=True)],
        must=5,
        aim=8,
        seen={"leads_per_second": spread(ours), "naive_per_second": spread(theirs)},
    )
