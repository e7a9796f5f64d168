"""Behind a pgbouncer in transaction mode nothing is lost, and neither when the pgbouncer itself is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import free_port, pgbouncer
from tests.faults.conftest import Settle
from tests.faults.load import Load
from tests.faults.server import Server
from tests.faults.service import Service


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


async def test_behind_a_pgbouncer_that_is_killed_and_started_again_nobody_notices(
    server: Server, stack: ExitStack, loads: list[Load], ledger: Settle
) -> None:
    port = free_port()
    first = ExitStack()
    url = first.enter_context(pgbouncer(server.url, port))
    stack.push(first)
    service = Service(url, workers=2, pgbouncer="true")
    stack.callback(service.remove)
    await asyncio.to_thread(service.start)
    await service.furnish()
    async with Load(service) as load:
        loads.append(load)
        await load.answers_more(200)
        first.close()
        await asyncio.sleep(1)
        stack.enter_context(pgbouncer(server.url, port))
        await load.answers_more(200)
    assert set(load.statuses) <= {200, 201}
    await ledger(server.url, *loads)
