"""A way is cut between a COMMIT and the answer to it: it is looked up what became of it, and nothing is made twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.faults.conftest import Settle, connected, fetch
from tests.faults.load import Load, until
from tests.faults.server import Server
from tests.faults.service import Service
from tests.lane.proxy import Cut, Proxy, proxied

WAIT_SECONDS = 5

DECIDED = "SELECT count(*) AS decided FROM assignments a JOIN leads l ON l.id = a.lead_id WHERE l.email = ANY($1)"


@pytest.fixture(scope="module")
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    async with proxied(server.url) as opened:
        yield opened


@pytest.fixture(scope="module", params=[1, 2], ids=["one-worker", "two-workers"])
async def service(proxy: Proxy, request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """Workers that reach Postgres through the proxy: one commits each turn by writing it, two by a COMMIT."""
    started = Service(proxy.url, wait_seconds=WAIT_SECONDS, workers=request.param)
    try:
        await asyncio.to_thread(started.start)
        await started.furnish()
        yield started
    finally:
        started.remove()


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_commit_whose_outcome_is_unknown_is_looked_up_and_never_made_twice(
    service: Service, server: Server, proxy: Proxy, loads: list[Load], ledger: Settle, cut: Cut
) -> None:
    unknown = await service.metric("unknown_commits_total")
    async with Load(service, f"cut-{cut}-{len(service.workers)}") as load:
        loads.append(load)
        for number in range(proxy.cuts + 1, proxy.cuts + 6):
            proxy.cut = cut
            await until(lambda goal=number: proxy.cuts == goal)
            await load.answers_more(30)
    assert load.statuses.keys() == {201}
    assert not any(answer["replayed"] for lead in load.sent for answer in lead.answers)
    assert await service.metric("unknown_commits_total") == unknown + 5
    await ledger(server.url, *loads)


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_who_cannot_be_told_the_outcome_is_told_so_and_learns_it_by_repeating(
    service: Service, server: Server, proxy: Proxy, loads: list[Load], ledger: Settle, cut: Cut
) -> None:
    load = Load(service, f"unknown-{cut}-{len(service.workers)}")
    loads.append(load)
    async with service.client(timeout=60) as client:
        assert (await load.attempt(client, load.new())).status == 201
        lead = load.new()
        proxy.cut, proxy.close_after = cut, True
        unknown = await load.attempt(client, lead)
        # While it is away nobody else is in doubt: theirs was never written.
        known = await load.attempt(client, load.new())
        proxy.closed = proxy.close_after = False
        assert (unknown.status, unknown.body["outcome_known"]) == (503, False)
        assert (known.status, known.body["outcome_known"]) == (503, True)
        while not (told := await load.attempt(client, lead)).answered:
            assert len(lead.attempts) < 600
            await asyncio.sleep(0.1)
    assert told.body["replayed"] is (cut == "after")
    await ledger(server.url, *loads)


async def test_a_caller_who_goes_before_the_answer_learns_it_by_repeating(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    load = Load(service, f"gone-{len(service.workers)}")
    loads.append(load)
    leads = [load.new() for _ in range(40)]

    async def all_decided() -> bool:
        (row,) = await fetch(server.url, DECIDED, [lead.email for lead in leads])
        return bool(row["decided"] == len(leads))

    async with service.client(timeout=2) as hasty, service.client(timeout=60) as patient:
        async with connected(server.root_of_ours) as holder:
            await holder.execute("BEGIN; SELECT * FROM lane FOR UPDATE")
            gone = await asyncio.gather(*(load.attempt(hasty, lead) for lead in leads))
            assert {attempt.status for attempt in gone} == {None}
        # Whoever was let in is decided all the same, unasked. Who asks again sooner may be let in by the other worker,
        # and be decided there.
        await until(all_decided)
        again = await asyncio.gather(*(load.attempt(patient, lead) for lead in leads))
    assert all(attempt.answered for attempt in again)
    assert all(attempt.body["replayed"] for attempt in again)
    await ledger(server.url, *loads)
