"""Many leads in one request of NDJSON, against what Postgres alone could write."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.figure import Figure, spread
from bench.ground import Ground, send_bulk


def run(ground: Ground) -> Iterator[Figure]:
    """Rounds of one import and of pgbench in turn."""
    service, pgbench = ground.service, ground.pgbench
    ours, theirs = [], []
    for number in range(ground.scale.rounds):
        ground.say(f"bulk, round {number + 1} of {ground.scale.rounds}")
        bodies = ground.stock.bodies(ground.scale.bulk)
        began = time.perf_counter()
        answered = send_bulk(service.address, bodies)
        ours.append(answered / (time.perf_counter() - began))
        theirs.append(pgbench.run(clients=ground.scale.clients, threads=2, seconds=ground.scale.seconds).rate)
    yield Figure(
        name="bulk",
        title=f"bulk NDJSON, one request of {ground.scale.bulk:,} leads: leads/s against pgbench",
        rounds=[our / their for our, their in zip(ours, theirs, strict=True)],
        must=1.0,
        aim=1.5,
        seen={"leads_per_second": spread(ours), "pgbench_per_second": spread(theirs)},
    )
