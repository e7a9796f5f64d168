"""Postgres's clock is stepped back across midnight: time goes on, and the day that has ended is not opened again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.conftest import Settle, fetch
from tests.faults.load import Load
from tests.faults.server import Server
from tests.faults.service import REPS, Service

PER_DAY = 3
LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/local/lib/faketime/libfaketime.so.1")


def _library() -> Path | None:
    found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern[1:])]
    return found[0] if found else None


def set_clock(server: Server, when: datetime) -> None:
    """Have the server see this time, and the time go on from it."""
    ahead = (when - datetime.now(UTC)).total_seconds()
    (server.folder / "clock").write_text(f"{ahead:+.0f}\n")


@pytest.fixture
def server(made: Server) -> Iterator[Server]:
    """A server whose clock can be set."""
    library = _library()
    if library is None:
        pytest.skip("libfaketime is not installed")
    started = Server()
    started.environment |= {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(started.folder / "clock"), "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    try:
        started.copy(made)
        set_clock(started, datetime.now(UTC))
        started.start()
        yield started
    finally:
        started.remove()


async def test_a_clock_stepped_back_across_midnight_opens_no_day_again(server: Server, ledger: Settle) -> None:
    service = Service(server.url, reroute_interval_seconds=3600)
    load = Load(service)
    midnight = (datetime.now(UTC) + timedelta(days=40)).replace(hour=0, minute=0, second=0, microsecond=0)
    team = PER_DAY * len(REPS)
    try:
        await asyncio.to_thread(service.start)
        set_clock(server, midnight - timedelta(minutes=5))
        await service.furnish(capacity={"per_day": PER_DAY}, timezone="UTC")
        async with service.client(timeout=60) as client:

            async def send(count: int) -> Counter[str]:
                leads = [await load.route(client) for _ in range(count)]
                return Counter(lead.answers[0]["status"] for lead in leads)

            assert await send(team + 1) == {"assigned": team, "queued": 1}
            set_clock(server, midnight + timedelta(minutes=1))
            assert await send(4) == {"assigned": 4}
            set_clock(server, midnight - timedelta(minutes=10))
            (row,) = await fetch(server.url, "SELECT clock_timestamp() AS now")
            assert midnight - timedelta(minutes=11) < row["now"] < midnight
            # The day is still the new one, and what it has left is what it had left.
            assert await send(team) == {"assigned": team - 4, "queued": 4}
            set_clock(server, midnight + timedelta(minutes=10))
            assert await send(1) == {"queued": 1}
        days = await fetch(server.url, "SELECT day, sum(count) AS given FROM rep_days GROUP BY day ORDER BY day")
        assert [(row["day"], row["given"]) for row in days] == [
            ((midnight - timedelta(days=1)).date(), team), (midnight.date(), team),
        ]  # fmt: skip
        # No decision is of an earlier time than the one before it: the audit sees to that.
        await ledger(server.url, load, fair=False)
    finally:
        service.remove()
