"""``POST /v1/leads`` from 64 clients, against what Postgres alone could write; and how long the lane's row is held."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.figure import Figure, spread
from bench.ground import Ground


def run(ground: Ground) -> Iterator[Figure]:
    """Rounds of the service and of pgbench in turn; the service's own metrics tell how long it held the lane."""
    service, pgbench, clients = ground.service, ground.pgbench, ground.scale.clients
    ours, theirs, ratios, held, batches, cost = [], [], [], [], [], []
    workers, postgres = [], []
    for number in range(ground.scale.rounds):
        ground.say(f"{clients} clients, round {number + 1} of {ground.scale.rounds}")
        before, worker_cpu, postgres_cpu = service.metrics(), service.cpu_seconds(), ground.postgres_cpu_seconds()
        load = ground.load(service, clients=clients)
        after = service.metrics()
        workers.append((service.cpu_seconds() - worker_cpu) / load.answered * 1e6)
        postgres.append((ground.postgres_cpu_seconds() - postgres_cpu) / load.answered * 1e6)
        ran = pgbench.run(clients=clients, threads=2, seconds=ground.scale.seconds)
        ours.append(load.rate)
        theirs.append(ran.rate)
        ratios.append(load.rate / ran.rate)
        cost.append(load.client_cpu_seconds / load.answered * 1e6)
        leads = after["lead_router_batch_leads_sum"] - before["lead_router_batch_leads_sum"]
        turns = after["lead_router_batch_leads_count"] - before["lead_router_batch_leads_count"]
        hold = after["lead_router_lane_hold_seconds_sum"] - before["lead_router_lane_hold_seconds_sum"]
        held.append(hold / leads * 1e6)
        batches.append(leads / turns)
    ground.say("pgbench with the lane's row, and with all statements sent at once")
    lane = pgbench.run(clients=clients, threads=2, seconds=ground.scale.seconds, variant="lane")
    pipeline = pgbench.run(clients=clients, threads=2, seconds=ground.scale.seconds, variant="pipeline")
    seen = {
        "leads_per_second": spread(ours),
        "pgbench_per_second": spread(theirs),
        "cpu_microseconds_per_lead": {
            "workers": spread(workers),
            "postgres": spread(postgres),
            "clients": spread(cost),
        },
    }
    yield Figure(
        name="single",
        title=f"POST /v1/leads, {clients} clients, {ground.scale.workers} workers: leads/s against pgbench",
        rounds=ratios,
        must=0.7,
        aim=1.0,
        seen=seen,
    )
    yield Figure(
        name="single_against_lane",
        title="… against pgbench that locks the lane's row",
        rounds=[median(ours) / lane.rate],
        seen={"pgbench_per_second": lane.rate},
    )
    yield Figure(
        name="single_against_pipeline",
        title="… against pgbench that sends all statements at once",
        rounds=[median(ours) / pipeline.rate],
        seen={"pgbench_per_second": pipeline.rate},
    )
    yield Figure(
        name="lane_held",
        title=f"lane row held, per lead, {clients} clients",
        rounds=held,
        unit="µs",
        must=150,
        aim=80,
        more=False,
        seen={"leads_per_turn": spread(batches)},
    )
