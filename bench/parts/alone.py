"""One client alone: how long a lead takes, against one client of pgbench that writes the same."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figure import Figure, spread
from bench.ground import Ground


def run(ground: Ground) -> Iterator[Figure]:
    """Rounds in turn; of each the middle of all waiting times."""
    service, pgbench = ground.service, ground.pgbench
    ours, theirs = [], []
    for number in range(ground.scale.rounds):
        ground.say(f"one client, round {number + 1} of {ground.scale.rounds}")
        ours.append(ground.load(service, clients=1).p50 * 1e3)
        theirs.append(pgbench.run(clients=1, threads=1, seconds=ground.scale.seconds, latencies=True).p50 * 1e3)
    yield Figure(
        name="alone",
        title="one client alone: p50 against pgbench -c 1",
        rounds=[our / their for our, their in zip(ours, theirs, strict=True)],
        must=2.5,
        aim=2.0,
        more=False,
        seen={"milliseconds": spread(ours), "pgbench_milliseconds": spread(theirs)},
    )
