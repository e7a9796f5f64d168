"""Postgres refuses what it is asked, for one reason or another: the turn is tried again, and nobody is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest

from tests.conftest import execute
from tests.faults.conftest import Settle, connected, fetch
from tests.faults.load import Load, until
from tests.faults.server import Server
from tests.faults.service import Service, furnished


@pytest.fixture(scope="module")
def service(server: Server) -> Iterator[Service]:
    with furnished(server.url, workers=2, reroute_interval_seconds=0.5) as started:
        yield started


@asynccontextmanager
async def unnoticed(service: Service, loads: list[Load], name: str, *sqlstates: str) -> AsyncIterator[Load]:
    """Leads are sent while something happens and none is refused, though turns did fail: with each of ``sqlstates``."""
    begins = len(service.said())
    async with Load(service, name) as load:
        loads.append(load)
        await load.answers_more(50)
        yield load
        await load.answers_more(100)
    assert set(load.statuses) <= {200, 201}, load.statuses
    failed = set(re.findall(r"turn\.failed.*sqlstate=(\w+)", service.said(begins)))
    assert failed >= set(sqlstates), failed


def hit(service: Service, sqlstate: str) -> int:
    """How many turns have failed with it."""
    return len(re.findall(rf"turn\.failed.*sqlstate={sqlstate}", service.said()))


async def test_statements_cancelled_again_and_again_are_noticed_by_nobody(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    cancel = """
        SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'lead_router' AND state = 'active'
    """
    async with unnoticed(service, loads, "cancelled", "57014"), connected(server.root) as root:
        goal = hit(service, "57014") + 10
        async with asyncio.timeout(60):
            while hit(service, "57014") < goal:
                await root.execute(cancel)
                # Less often than turns are taken, so that some come through.
                await asyncio.sleep(0.05)
    await ledger(server.url, *loads)


SOMETIMES = """
    CREATE FUNCTION sometimes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF random() < 0.3 THEN RAISE EXCEPTION 'sometimes' USING ERRCODE = TG_ARGV[0]; END IF;
            RETURN NULL;
        END
    $$
"""


@pytest.mark.parametrize("sqlstate", ["40001", "53200", "55P03"])
async def test_turns_refused_for_the_moment_are_taken_again(
    service: Service, server: Server, loads: list[Load], ledger: Settle, sqlstate: str
) -> None:
    # A serialization failure, no memory, a lock not to be had: by a trigger on what every turn writes.
    trigger = f"CREATE TRIGGER sometimes AFTER INSERT ON assignments EXECUTE FUNCTION sometimes('{sqlstate}')"
    async with unnoticed(service, loads, f"refused-{sqlstate.lower()}", sqlstate) as load:
        await execute(server.url, SOMETIMES, trigger)
        await load.answers_more(200)
        await execute(server.url, "DROP TRIGGER sometimes ON assignments", "DROP FUNCTION sometimes")
    await ledger(server.url, *loads)


async def blocks(server: Server, pid: int) -> bool:
    """Whether somebody waits for what this backend has."""
    return bool(
        await fetch(server.root, "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))", pid)
    )


async def test_a_deadlock_that_ends_the_turn_is_noticed_by_nobody(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    async with unnoticed(service, loads, "deadlock", "40P01"), connected(server.root_of_ours) as rival:
        for _ in range(2):
            await rival.execute("BEGIN; SET LOCAL deadlock_timeout = '60s'; SELECT * FROM rep_loads FOR UPDATE")
            pid = await rival.fetchval("SELECT pg_backend_pid()")
            await until(lambda pid=pid: blocks(server, pid))
            # Whoever waits for the counters has the lane. It looks for deadlocks a second after it began to wait; we
            # do not, so that it is the one to be ended.
            await rival.execute("SELECT * FROM lane FOR UPDATE")
            await rival.execute("ROLLBACK")
    await ledger(server.url, *loads)


async def test_without_a_connection_to_be_had_all_wait_and_nobody_notices(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lead-router%'"
    async with unnoticed(service, loads, "connections", "53300"), AsyncExitStack() as stack:
        root = await stack.enter_async_context(connected(server.root))
        async with asyncio.timeout(60):
            # Strangers take every connection there is, then those that the service loses.
            while True:
                try:
                    await stack.enter_async_context(connected(server.url))
                except asyncpg.TooManyConnectionsError:
                    if not await root.fetch(end):
                        break
                    await asyncio.sleep(0.005)
        await until(lambda: hit(service, "53300") > 1)
    await ledger(server.url, *loads)


@pytest.mark.parametrize(
    ("setting", "value"), [("default_transaction_isolation", "serializable"), ("default_transaction_read_only", "on")]
)
async def test_what_a_database_says_by_default_is_not_relied_on(
    service: Service, server: Server, loads: list[Load], ledger: Settle, setting: str, value: str
) -> None:
    begins = len(service.said())
    async with unnoticed(service, loads, setting.replace("_", "-")) as load, connected(server.root) as root:
        await root.execute(f"ALTER DATABASE lead_router SET {setting} = '{value}'")
        await root.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lead_router'")
        assert (await fetch(server.url, f"SHOW {setting}"))[0][0] == value
        await load.answers_more(300)
        said = service.said(begins)
        await root.execute(f"ALTER DATABASE lead_router RESET {setting}")
        await root.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lead_router'")
    assert "sqlstate=40001" not in said
    assert "sqlstate=25" not in said
    assert said.count("drain.failed") <= 2
    await ledger(server.url, *loads)
