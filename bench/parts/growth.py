"""How much more memory does a worker need in a large office?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bench.figure import Figure
from bench.filling import fill
from bench.ground import Ground, send_bulk
from bench.leads import Sender
from bench.parts.scaling import Office, of_rules
from bench.service import serving

SMALL_RULES = 10
SMALL_REPS = 100


def run(ground: Ground) -> Iterator[Figure]:
    """A worker that has routed the same leads under a small office, and one under a large."""
    large = ground.scale.large
    small_total = held(ground, "small", of_rules(SMALL_RULES, SMALL_REPS))
    large_total = held(ground, "large", of_rules(large, large))
    yield Figure(
        name="growth",
        title=f"a worker's growth from {SMALL_RULES} rules, {SMALL_REPS} reps to {large:,}, {large:,}",
        rounds=[max(0.0, large_total - small_total)],
        unit="MiB",
        must=100,
        aim=50,
        more=False,
        seen={"small_total_mib": round(small_total, 1), "large_total_mib": round(large_total, 1)},
    )


def held(ground: Ground, size: str, office: Office) -> float:
    """What a worker holds to itself once it has routed some leads, in MiB."""
    ground.say(f"a worker's memory in a {size} office")
    url = ground.server.make(f"bench_growth_{size}")
    try:
        asyncio.run(fill(url, office.policy, office.roster))
        with serving(url, ground.log, workers=1) as service:
            send_bulk(service.address, office.bodies(Sender(seed=7).fields(), ground.scale.leads))
            (worker,) = service.workers
            return float(worker.memory_full_info().uss) / 2**20
    finally:
        ground.server.drop(f"bench_growth_{size}")
