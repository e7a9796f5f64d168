"""A worker may die or stop at any moment: what was committed stays, and what was not is taken by another."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import psutil
import pytest

from tests.faults.conftest import Settle, fetch
from tests.faults.load import Load, until
from tests.faults.server import Server
from tests.faults.service import Service, furnished

IDLE_MS = 500


@pytest.fixture(scope="module")
def running(server: Server) -> Iterator[Service]:
    with furnished(server.url, workers=2, statement_timeout_ms=IDLE_MS) as started:
        yield started


@pytest.fixture
def service(running: Service) -> Service:
    """Two workers; started again if the test before has ended them."""
    if not running.runs:
        running.start()
    return running


@pytest.mark.parametrize("kills", [5, pytest.param(40, marks=pytest.mark.soak)])
async def test_workers_killed_at_random_moments_again_and_again_lose_and_double_nothing(
    service: Service, server: Server, loads: list[Load], ledger: Settle, kills: int
) -> None:
    chance = random.Random(kills)
    async with Load(service, f"killed-{kills}") as load:
        loads.append(load)
        for number in range(kills):
            # Those that are killed while they start are replaced later and later: let one serve first.
            await load.answers_more(30)
            await asyncio.sleep(chance.random() / 4)
            # Those whose origin was killed serve to the end of what they have; the next ones may not be there yet.
            await until(lambda: bool(service.workers))
            workers = service.workers
            # Every fifth time the one that they are forked from.
            (service.nursery if number % 5 == 4 else chance.choice(workers)).kill()
            await until(lambda killed=workers: service.workers != killed)
        await load.answers_more(100)
    assert load.statuses[None] > 0
    assert service.runs
    await ledger(server.url, *loads)


async def test_a_frozen_worker_that_holds_the_lane_stops_nobody_else_and_thawed_it_discards_what_it_held(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    await until(lambda: len(service.workers) == 2)
    async with AsyncExitStack() as stack:
        # One worker by itself decides ahead of the lock, and is never caught with it: each gets clients of its own.
        for worker in service.workers:
            with _suspended(worker):
                load = Load(service, f"frozen-{worker.pid}", clients=12, timeout=5)
                loads.append(load)
                await stack.enter_async_context(load)
                await load.answers_more(1)
        frozen = await _frozen_with_the_lane(server, service)
        try:
            await load.answers_more(200)
        finally:
            frozen.resume()
        await load.answers_more(100)
        # Some of what it held was given by the other meanwhile; it finds that, and makes nothing twice.
    assert frozen.is_running()
    assert "idle-in-transaction timeout" in server.log.read_text()
    await ledger(server.url, *loads)


HOLDER = """
    -- By which port the one comes who has the lane's row and says nothing, if there is one.
    SELECT a.client_port FROM pg_stat_activity a
    WHERE a.datname = 'lead_router' AND a.state = 'idle in transaction'
      AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.relation::regclass::text = 'lane'
                  AND l.mode = 'RowShareLock')
"""


@contextmanager
def _suspended(worker: psutil.Process) -> Iterator[None]:
    worker.suspend()
    try:
        yield
    finally:
        worker.resume()


async def _frozen_with_the_lane(server: Server, service: Service) -> psutil.Process:
    """Freeze workers until one is caught holding the lane."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for worker in service.workers:
            worker.suspend()
            rows = await fetch(server.url, HOLDER)
            ports = {c.laddr.port for c in worker.net_connections("tcp") if c.raddr and c.raddr.port == server.port}
            if any(row["client_port"] in ports for row in rows):
                return worker
            worker.resume()
    raise AssertionError("no worker was caught with the lane")


async def test_told_to_end_it_answers_all_that_it_has_taken(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    async with Load(service, "drained", persistent=False, clients=16, pause=0) as load:
        loads.append(load)
        await load.answers_more(100)
        service.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(service.process.wait, 60)
    assert code == 0
    counts = await ledger(server.url, *loads)
    # Not one was taken whose sender was not told of it.
    assert counts.answered == counts.in_tables
