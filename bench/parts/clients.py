"""What do the bench's own clients cost? Measured against a responder that does nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from bench.figure import Figure, spread
from bench.ground import Ground
from bench.load import Address, closed_loop


def run(ground: Ground) -> Iterator[Figure]:
    """The clients' processor time for one answer."""
    with subprocess.Popen([sys.executable, "-m", "bench.responder"], stdout=subprocess.PIPE) as responder:
        try:
            assert responder.stdout is not None
            address = Address("127.0.0.1", int(responder.stdout.readline()), "none")
            costs, rates = [], []
            for number in range(ground.scale.rounds):
                ground.say(f"the clients themselves, round {number + 1} of {ground.scale.rounds}")
                # Against nothing, the same request does as well a second time.
                few = list(ground.stock.requests(address, 1000))
                requests = few * round(250 * ground.scale.seconds)
                load = ground.run(
                    closed_loop(address, requests, clients=ground.scale.clients, seconds=ground.scale.seconds)
                )
                costs.append(load.client_cpu_seconds / load.answered * 1e6)
                rates.append(load.rate)
        finally:
            responder.kill()
    yield Figure(
        name="clients",
        title="the bench's own clients, per answer",
        rounds=costs,
        unit="µs",
        more=False,
        seen={"answers_per_second": spread(rates)},
    )
