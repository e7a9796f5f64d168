"""Postgres goes and comes back: within the waiting limit nobody notices, beyond it everybody is told."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator

import pytest

from tests.faults.conftest import Settle
from tests.faults.load import Load, until
from tests.faults.server import Server
from tests.faults.service import Service, furnished

WAIT_SECONDS = 10
"""The waiting limit as it is by default: the five seconds that Postgres is stopped for stay well below it."""


@pytest.fixture(scope="module")
def service(server: Server) -> Iterator[Service]:
    with furnished(server.url, workers=2, wait_seconds=WAIT_SECONDS) as started:
        yield started


@pytest.mark.parametrize("times", [2, pytest.param(30, marks=pytest.mark.soak)])
async def test_postgres_killed_and_started_again_under_load_is_noticed_by_nobody(
    service: Service, server: Server, loads: list[Load], ledger: Settle, times: int
) -> None:
    async with Load(service, f"killed-{times}") as load:
        loads.append(load)
        for _ in range(times):
            await load.answers_more(100)
            server.kill()
            await asyncio.to_thread(server.start)
        await load.answers_more(100)
    assert set(load.statuses) <= {200, 201}
    await ledger(server.url, *loads)


async def test_postgres_stopped_for_five_seconds_is_noticed_by_nobody(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    async with Load(service, "five-seconds") as load:
        loads.append(load)
        await load.answers_more(100)
        await asyncio.to_thread(server.stop)
        await asyncio.sleep(5)
        await asyncio.to_thread(server.start)
        await load.answers_more(100)
    assert set(load.statuses) <= {200, 201}
    assert max(attempt.seconds for attempt in load.attempts) > 4
    await ledger(server.url, *loads)


async def test_postgres_frozen_for_a_moment_is_noticed_by_nobody(
    service: Service, server: Server, loads: list[Load], ledger: Settle
) -> None:
    async with Load(service, "frozen") as load:
        loads.append(load)
        await load.answers_more(100)
        server.freeze()
        await asyncio.sleep(2)
        server.thaw()
        await load.answers_more(100)
    assert set(load.statuses) <= {200, 201}
    await ledger(server.url, *loads)


@pytest.mark.parametrize("seconds", [WAIT_SECONDS + 3, pytest.param(60, marks=pytest.mark.soak)])
async def test_postgres_away_beyond_the_waiting_limit_is_said_quickly_and_a_repetition_ends_in_one_assignment(
    service: Service, server: Server, loads: list[Load], ledger: Settle, seconds: float
) -> None:
    async with Load(service, f"away-{seconds}") as load:
        loads.append(load)
        await load.answers_more(100)
        server.kill()
        gone = time.monotonic()
        await until(lambda: time.monotonic() > gone + seconds, seconds + 10)
        away = [attempt for attempt in load.refused if attempt.at < time.monotonic()]
        await asyncio.to_thread(server.start)
        await load.answers_more(200)
    assert {attempt.body["type"] for attempt in away} == {"urn:lead-router:problem:database-away"}
    # The first to be refused had waited for the limit; whoever came after it was told at once. A second is far more
    # than that takes, and far less than the limit.
    waited = [attempt for attempt in away if attempt.at - attempt.seconds < gone + WAIT_SECONDS - 1]
    at_once = [attempt for attempt in away if attempt.at - attempt.seconds > gone + WAIT_SECONDS + 1]
    assert waited
    assert max(attempt.seconds for attempt in waited) < WAIT_SECONDS * 1.5
    assert len(at_once) > len(waited)
    assert statistics.median(attempt.seconds for attempt in at_once) < 1
    # Full service again: nobody is refused any more.
    assert all(attempt.answered for attempt in load.sent[-1].attempts)
    await ledger(server.url, *loads)
