"""Ten times more comes than can be decided: what is accepted is answered in time, the rest is refused at once."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator

import pytest

from tests.conftest import execute, run_apart
from tests.faults.conftest import Settle
from tests.faults.load import Load
from tests.faults.server import Server
from tests.faults.service import Service, furnished

DEPTH = 20

SLOW = """
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_sleep(0.3);
            RETURN NULL;
        END
    $$
"""


@pytest.fixture(scope="module")
def service(server: Server) -> Iterator[Service]:
    """A database so slow that what it can carry is little, and is not a question of this machine."""
    with furnished(server.url, batch_leads=2, lane_depth=DEPTH, wait_seconds=60) as started:
        run_apart(execute(server.url, SLOW, "CREATE TRIGGER slow AFTER INSERT ON assignments EXECUTE FUNCTION slow()"))
        yield started


async def carried(load: Load, seconds: float) -> float:
    """How many leads a second are answered."""
    before, began = load.answered, time.monotonic()
    await asyncio.sleep(seconds)
    return (load.answered - before) / (time.monotonic() - began)


@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=pytest.mark.soak)])
async def test_ten_times_the_load_leaves_latency_and_memory_bounded_and_full_speed_right_after(
    service: Service, server: Server, loads: list[Load], ledger: Settle, seconds: float
) -> None:
    (worker,) = service.workers
    async with Load(service, f"as-much-{seconds}", clients=DEPTH // 2, pause=0) as enough:
        loads.append(enough)
        await enough.answers_more(5)
        capacity = await carried(enough, 4)
    memory = worker.memory_info().rss
    async with Load(service, f"flood-{seconds}", clients=100, pause=0.2, persistent=False) as flood:
        await flood.answers_more(5)
        before = len(list(flood.attempts))
        speed = await carried(flood, seconds)
        offered = (len(list(flood.attempts)) - before) / seconds
        grown = worker.memory_info().rss - memory
    async with Load(service, f"after-{seconds}", clients=DEPTH // 2, pause=0) as after:
        loads += [after, flood]
        await after.answers_more(5)
        again = await carried(after, 4)
    assert offered > 10 * capacity
    # The lane does as much as ever: refusing costs it next to nothing.
    assert speed > 0.6 * capacity
    assert again > 0.6 * capacity
    # Whoever got a place waits for those before them in the line, and no longer.
    accepted = [attempt.seconds for attempt in flood.attempts if attempt.answered]
    assert max(accepted) < 3 * DEPTH / capacity
    refused = flood.refused
    assert {attempt.body["type"] for attempt in refused} == {"urn:lead-router:problem:line-full"}
    assert statistics.median(attempt.seconds for attempt in refused) < statistics.median(accepted) / 3
    # A line of twenty leads, and buffers of a hundred connections, need some hundred KiB.
    assert grown < 32 * 1024 * 1024
    assert flood.statuses.keys() <= {201, 503}
    await ledger(server.url, *loads)
