"""Workers that deliver events may die at any moment: each event arrives at least once, and in order per lead."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import run_apart
from tests.events.support import QUICK, Got, Receiver, Reply, in_order_per_lead, receiving
from tests.faults.conftest import Settle, fetch
from tests.faults.load import Load, until
from tests.faults.server import Server
from tests.faults.service import REPS, Service

MOST_REFUSED = len(QUICK.retries) - 1

EXPECTED = """
    SELECT revision FROM assignments
    WHERE revision > $1 AND (status <> 'assigned' OR effects ->> 'lost' IS DISTINCT FROM rep_id)
"""
BEHIND = """
    SELECT FROM subscription_progress p CROSS JOIN lane WHERE p.revision < lane.revision
    UNION ALL SELECT FROM sends WHERE state = 'waiting'
"""


@pytest.fixture(scope="module")
def service(server: Server) -> Iterator[Service]:
    started = Service(server.url, command=("-m", "tests.faults.telling"), workers=2)
    try:
        started.start()
        run_apart(started.furnish())
        yield started
    finally:
        started.remove()


async def move_about(client: httpx.AsyncClient, load: Load) -> None:
    """Give some leads to one rep after the other, so that each has several events."""
    for lead in [lead.answers[-1]["lead_id"] for lead in load.sent[-20:] if lead.answers]:
        for rep in REPS:
            # A worker that dies takes its connections along; what it answered to that is nobody's concern here.
            try:
                await client.post(f"/v1/leads/{lead}/assign", json={"rep": rep, "reason": "moved"})
            except httpx.TransportError:
                break


async def caught_up(server: Server) -> bool:
    return not await fetch(server.url, BEHIND)


def check(receiver: Receiver, expected: list[Any]) -> Counter[str]:
    """What was taken against what is in the record; how often each event came."""
    taken = receiver.taken
    assert {event["revision"] for event in taken} == {row["revision"] for row in expected}
    firsts = {event["id"]: event for event in reversed(taken)}
    assert in_order_per_lead(sorted(firsts.values(), key=taken.index))
    # Not even what came again came after a later one of its lead.
    assert in_order_per_lead(taken)
    return Counter(event["id"] for event in taken)


@pytest.mark.parametrize("kills", [4, pytest.param(30, marks=pytest.mark.soak)])
async def test_workers_killed_while_they_deliver_lose_no_event_and_no_order(
    service: Service, server: Server, loads: list[Load], ledger: Settle, kills: int
) -> None:
    chance = random.Random(kills)
    stumbles = random.Random(kills + 1)
    refused: Counter[str] = Counter()

    async def answer(got: Got) -> Reply:
        (event,) = got.events
        await asyncio.sleep(stumbles.random() / 50)
        # Never so often in a row that the event is given up, as it should be then.
        if stumbles.random() >= 0.2 or refused[event["id"]] == MOST_REFUSED:
            return 200, {}
        refused[event["id"]] += 1
        return 503, {}

    async with receiving(answer) as receiver, service.client(timeout=60) as client:
        (begins,) = await fetch(server.url, "SELECT revision FROM lane")
        body = {
            "kind": "hook",
            "settings": {"url": receiver.url},
            "events": ["lead.assigned", "lead.reassigned", "lead.queued", "lead.rejected"],
        }
        assert (await client.put(f"/v1/subscriptions/all-{kills}", json=body)).status_code == 201
        async with Load(service, f"told-{kills}", clients=2, pause=0.1) as load:
            loads.append(load)
            for _ in range(kills):
                await load.answers_more(20)
                await move_about(client, load)
                so_far = len(receiver.taken)
                await until(lambda so_far=so_far: len(receiver.taken) > so_far)
                await until(lambda: bool(service.workers))
                workers = service.workers
                chance.choice(workers).kill()
                await until(lambda killed=workers: service.workers != killed)
            await load.answers_more(20)
            await move_about(client, load)
        await until(lambda: caught_up(server), 120)
        counts = check(receiver, await fetch(server.url, EXPECTED, begins["revision"]))
        assert (await client.delete(f"/v1/subscriptions/all-{kills}")).status_code == 204
    assert len(counts) > 100
    await ledger(server.url, *loads, fair=False)
