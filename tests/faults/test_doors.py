"""Whatever dies while other systems deliver: what was acknowledged is exactly one lead, what was not may come again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.store import database
from tests.conftest import run_apart
from tests.faults.conftest import Settle, fetch
from tests.faults.load import Attempt, Load, Sent, until
from tests.faults.server import Server
from tests.faults.service import Service, furnished

SECRET = "a-secret-of-the-sender-32-characters"
FORM = "form"
HOOK = "hook"

OPEN = "SELECT state, reason, attempts FROM arrivals WHERE next_at IS NOT NULL"
END_LEASES = "UPDATE arrivals SET next_at = now() WHERE next_at IS NOT NULL"
NOT_DONE = "SELECT state, reason, detail FROM arrivals WHERE state <> 'done'"


@pytest.fixture(scope="module")
def running(server: Server) -> Iterator[Service]:
    with furnished(server.url, workers=2) as started:
        run_apart(open_doors(started))
        yield started


@pytest.fixture
def service(running: Service) -> Service:
    """Two workers; started again if the test before has ended them."""
    if not running.runs:
        running.start()
    return running


async def open_doors(service: Service) -> None:
    """A source that is signed, and a web form without limits."""
    forms = {"kind": "form", "form": {"rate_per_address": None}}
    async with service.client(timeout=60) as client:
        (await client.put(f"/v1/sources/{HOOK}", json={"kind": "generic", "secret": SECRET})).raise_for_status()
        (await client.put(f"/v1/sources/{FORM}", json=forms)).raise_for_status()


class Deliveries(Load):
    """Systems that deliver until they are told that it was taken: one half by webhook, the other by web form."""

    async def attempt(self, client: httpx.AsyncClient, lead: Sent, **fields: object) -> Attempt:
        """Deliver a lead once, and write down what came of it."""
        began = time.monotonic()
        status, retry_after = None, None
        body = {"email": lead.email, **fields}
        by_form = int(lead.key.rpartition("-")[2]) % 2
        try:
            if by_form:
                answer = await client.post(f"/v1/forms/{FORM}", data={**body, "_submission": lead.key})
            else:
                answer = await client.post(f"/v1/webhooks/{HOOK}", json=body, headers={"X-Api-Key": SECRET})
            status, retry_after = answer.status_code, answer.headers.get("retry-after")
        except httpx.TransportError:
            pass
        now = time.monotonic()
        # Nothing is told but that it was taken. What was refused may have been kept before: the outcome is not known.
        attempt = Attempt(status, {} if status == 200 else {"outcome_known": False}, retry_after, now, now - began)
        lead.attempts.append(attempt)
        return attempt


@asynccontextmanager
async def held(server: Server) -> AsyncIterator[None]:
    """Hold the lane's row, as one would who decides for a long time."""
    connection = await database.parse(server.url).connect()
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM lane FOR UPDATE")
            yield
    finally:
        await connection.close()


async def settled(server: Server, *, patient: bool = False) -> None:
    """Wait until nothing is left. What died with a worker is due after its lease, which is ended here or waited for."""
    if not patient:
        await fetch(server.url, END_LEASES)

    async def nothing_open() -> bool:
        return not await fetch(server.url, OPEN)

    await until(nothing_open, 180)
    assert await fetch(server.url, NOT_DONE) == []


@pytest.mark.parametrize("kills", [4, pytest.param(40, marks=pytest.mark.soak)])
async def test_workers_killed_while_others_deliver_lose_and_double_nothing(
    service: Service, server: Server, loads: list[Load], ledger: Settle, kills: int
) -> None:
    chance = random.Random(kills)
    async with Deliveries(service, f"doors-{kills}", pause=0.01) as load:
        loads.append(load)
        for _ in range(kills):
            await load.answers_more(30)
            await asyncio.sleep(chance.random() / 4)
            await until(lambda: bool(service.workers))
            workers = service.workers
            chance.choice(workers).kill()
            await until(lambda killed=workers: service.workers != killed)
        await load.answers_more(60)
    assert load.statuses[None] > 0
    await settled(server, patient=kills > 4)
    counts = await ledger(server.url, *loads)
    assert counts.answered == counts.sent == counts.in_tables


async def test_a_whole_service_killed_between_keeping_and_routing_takes_it_up_when_it_is_back(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    async with Deliveries(service, "held", clients=8) as load:
        loads.append(load)
        await load.answers_more(20)
        # With its row held nothing is decided: what comes meanwhile is kept, acknowledged, and not routed.
        async with held(server):
            before = load.answered
            await until(lambda: load.answered > before)
            workers = service.workers
            for worker in workers:
                worker.kill()
            await until(lambda: bool(service.workers) and not set(service.workers) & set(workers))
        await load.answers_more(20)
    await settled(server)
    counts = await ledger(server.url, *loads)
    assert counts.answered == counts.sent == counts.in_tables


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.soak)])
async def test_postgres_away_for_a_moment_while_others_deliver_is_noticed_by_nobody(
    service: Service, server: Server, loads: list[Load], ledger: Settle, times: int
) -> None:
    async with Deliveries(service, f"away-{times}") as load:
        loads.append(load)
        for _ in range(times):
            await load.answers_more(50)
            server.kill()
            await asyncio.to_thread(server.start)
        await load.answers_more(50)
    assert set(load.statuses) == {200}
    await settled(server)
    counts = await ledger(server.url, *loads)
    assert counts.answered == counts.sent == counts.in_tables
