"""A primary dies and its standby takes over: two real servers, and clients that see nothing of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager

import pytest

from tests.conftest import execute
from tests.faults.conftest import Settle, fetch
from tests.faults.load import Load, until
from tests.faults.server import Server, either
from tests.faults.service import REPS, Service
from tests.lane.proxy import proxied


@contextmanager
def cluster(made: Server) -> Iterator[tuple[Server, Server]]:
    """A primary and its standby."""
    with ExitStack() as stack:
        servers = []
        for _ in range(2):
            server = Server()
            stack.callback(server.remove)
            servers.append(server)
        primary, standby = servers
        primary.copy(made)
        primary.start()
        standby.follow(primary)
        standby.start()
        yield primary, standby


@asynccontextmanager
async def served(url: str, **settings: object) -> AsyncIterator[Service]:
    started = Service(url, **settings)
    try:
        await asyncio.to_thread(started.start)
        yield started
    finally:
        started.remove()


async def synchronous(primary: Server) -> None:
    """From now on nothing is committed that the standby does not have."""
    await execute(primary.root, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
    await until(lambda: _replicates(primary, "sync_state = 'sync'"))


async def caught_up(primary: Server) -> None:
    """Wait until the standby has replayed everything."""
    await until(lambda: _replicates(primary, "replay_lsn = pg_current_wal_lsn()"))


async def _replicates(primary: Server, how: str) -> bool:
    return bool(await fetch(primary.root, f"SELECT pid FROM pg_stat_replication WHERE {how}"))


@pytest.mark.parametrize("address", ["several hosts", pytest.param("one that moves", marks=pytest.mark.soak)])
@pytest.mark.parametrize("times", [1, pytest.param(5, marks=pytest.mark.soak)])
async def test_a_failover_to_a_synchronous_standby_is_noticed_by_nobody(
    made: Server, loads: list[Load], ledger: Settle, address: str, times: int
) -> None:
    async with AsyncExitStack() as stack:
        primary, standby = stack.enter_context(cluster(made))
        await synchronous(primary)
        proxy = await stack.enter_async_context(proxied(primary.url))
        url = proxy.url if address == "one that moves" else either(primary, standby)
        service = await stack.enter_async_context(served(url, workers=2, wait_seconds=60))
        await service.furnish()
        async with Load(service, timeout=180, patience=300) as load:
            for turn in range(times):
                await load.answers_more(150)
                primary.kill()
                # Half done: for a moment whoever is let through meets a server that only reads.
                proxy.target = standby.url
                await asyncio.sleep(1)
                await execute(standby.root, "SELECT pg_promote()")
                await load.answers_more(150)
                primary, standby = standby, primary
                if turn < times - 1:
                    standby.follow(primary)
                    await asyncio.to_thread(standby.start)
                    await synchronous(primary)
        assert set(load.statuses) <= {200, 201}, service.said()
        await ledger(primary.url, load)


async def test_while_the_synchronous_standby_says_nothing_nothing_is_answered_and_nothing_answered_is_lost(
    made: Server, ledger: Settle
) -> None:
    async with AsyncExitStack() as stack:
        primary, standby = stack.enter_context(cluster(made))
        await synchronous(primary)
        service = await stack.enter_async_context(served(either(primary, standby), wait_seconds=2))
        await service.furnish()
        load = Load(service)
        client = await stack.enter_async_context(service.client(timeout=60))
        for _ in range(5):
            await load.route(client)
        standby.freeze()
        lead = load.new()
        assert (await load.attempt(client, lead)).body["outcome_known"] is False
        # They repeat, for some limits long. The primary has their commit, and would show it to them, had the wait for
        # the standby been broken off; but it is not replicated.
        waited = time.monotonic() + 8
        while time.monotonic() < waited:
            assert (await load.attempt(client, lead)).status == 503
            await asyncio.sleep(0.1)
        # Neither does the standby get to see any more of it.
        primary.kill()
        standby.kill()
        (standby.cluster / "standby.signal").unlink()
        await asyncio.to_thread(standby.start)
        while not (await load.attempt(client, lead)).answered:
            assert len(lead.attempts) < 1000
            await asyncio.sleep(0.1)
        await ledger(standby.url, load)


async def test_after_an_asynchronous_promotion_the_same_revision_with_other_content_is_not_mistaken_for_ours(
    made: Server, ledger: Settle
) -> None:
    async with AsyncExitStack() as stack:
        primary, standby = stack.enter_context(cluster(made))
        quiet = {"reroute_interval_seconds": 3600}
        ours = await stack.enter_async_context(served(either(primary, standby), **quiet))
        await ours.furnish()
        client = await stack.enter_async_context(ours.client(timeout=60))
        before, lost, after = Load(ours, "before"), Load(ours, "lost"), Load(ours, "after")
        for _ in range(20):
            await before.route(client)
        await caught_up(primary)
        standby.stop()
        for _ in range(5):
            await lost.route(client)
        primary.kill()
        await asyncio.to_thread(standby.start)
        await execute(standby.root, "SELECT pg_promote()")
        # Five records by another service: four leads, and that ann is paused.
        theirs = await stack.enter_async_context(served(standby.url, **quiet))
        other = Load(theirs, "other")
        async with theirs.client(timeout=60) as others:
            for _ in range(4):
                await other.route(others)
            (await others.patch(f"/v1/reps/{REPS[0]}", json={"status": "paused"})).raise_for_status()
        for _ in range(20):
            await after.route(client)
        assert {answer["rep"]["id"] for lead in after.sent for answer in lead.answers} == set(REPS[1:])
        assert await ours.metric('cache_reloads_total{reason="not_in_log"}') == 1
        # What an asynchronous standby did not have is gone, and only that: docs/operations.md says so.
        rows = await fetch(standby.url, "SELECT id FROM leads WHERE email LIKE 'p@lost-%'")
        assert (len(rows), lost.answered) == (0, 5)
        await ledger(standby.url, before, other, after, fair=False)
