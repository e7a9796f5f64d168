"""Clients who dawdle, who half hang up, or who only hold on: others are served as if they were not there."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import orjson
import pytest

from tests.faults.conftest import Settle
from tests.faults.load import Attempt, Load, Sent, until
from tests.faults.server import Server
from tests.faults.service import KEY, Service, furnished

SPARE = 500
"""Descriptors that are needed besides those of the crowd."""


@pytest.fixture(scope="module")
def service(server: Server) -> Iterator[Service]:
    _allow(12_000)
    with furnished(server.url) as started:
        yield started


def _allow(files: int) -> None:
    """Let this process, and those that it starts, have so many open files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (files if hard == resource.RLIM_INFINITY else min(files, hard), hard)
        )


Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def ways(service: Service, count: int) -> AsyncIterator[list[Way]]:
    """So many connections."""
    parts = urlsplit(service.url)
    opened: list[Way] = []
    try:
        while len(opened) < count:
            some = (asyncio.open_connection(parts.hostname, parts.port) for _ in range(min(100, count - len(opened))))
            opened += await asyncio.gather(*some)
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


def request(lead: Sent) -> bytes:
    """A lead's request, as it goes over the wire."""
    body = orjson.dumps({"email": lead.email})
    head = (
        f"POST /v1/leads HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {KEY}\r\nIdempotency-Key: {lead.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def answer_in(lead: Sent, raw: bytes) -> Attempt:
    """What was told, as it came over the wire; nothing, if nothing came."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else None
    lead.attempts.append(Attempt(status, orjson.loads(body) if body else {}, None, 0.0, 0.0))
    return lead.attempts[-1]


async def drip(way: Way, data: bytes, seconds: float = 1.0) -> None:
    """Send a byte a second."""
    with contextlib.suppress(OSError):
        for number in range(len(data)):
            way[1].write(data[number : number + 1])
            await way[1].drain()
            await asyncio.sleep(seconds)


async def normal(service: Service, loads: list[Load], name: str) -> float:
    """The median latency of a few ordinary clients, in seconds."""
    async with Load(service, name, clients=4) as load:
        loads.append(load)
        await load.answers_more(120, 120)
    return statistics.median(attempt.seconds for attempt in load.attempts)


@pytest.mark.parametrize(
    ("slow", "half", "idle"), [(200, 200, 600), pytest.param(1000, 1000, 10_000, marks=pytest.mark.soak)]
)
async def test_a_crowd_of_slow_half_closed_and_idle_connections_slows_nobody_down(
    service: Service, server: Server, loads: list[Load], ledger: Settle, slow: int, half: int, idle: int
) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < slow + half + idle + SPARE:
        pytest.skip("this system lets a process have fewer connections")
    (worker,) = service.workers
    crowd, port = Load(service, f"crowd-{idle}"), urlsplit(service.url).port
    alone = await normal(service, loads, f"alone-{idle}")
    await until(lambda: not [c for c in worker.net_connections() if c.status == "ESTABLISHED" and c.laddr.port == port])
    files = worker.num_fds()
    async with AsyncExitStack() as stack:
        slow_ways = await stack.enter_async_context(ways(service, slow))
        half_ways = await stack.enter_async_context(ways(service, half))
        await stack.enter_async_context(ways(service, idle))
        await until(lambda: worker.num_fds() >= files + slow + half + idle)
        # Half of the slow ones are slow from the first byte on; the others with the last four bytes of the body.
        slow_leads = [crowd.new() for _ in slow_ways]
        dripping = []
        for number, (way, lead) in enumerate(zip(slow_ways, slow_leads, strict=True)):
            begins = len(request(lead)) - 4 if number % 2 else 0
            way[1].write(request(lead)[:begins])
            dripping.append(asyncio.create_task(drip(way, request(lead)[begins:])))
        # Half of the half-closed ones have sent a whole request, the others a part of one.
        half_leads = [crowd.new() for _ in half_ways]
        for number, ((_, writer), lead) in enumerate(zip(half_ways, half_leads, strict=True)):
            whole = request(lead)
            writer.write(whole if number % 2 else whole[:-4])
            writer.write_eof()
        among = await normal(service, loads, f"among-{idle}")
        await asyncio.gather(*dripping[1::2])
        for number, (way, lead) in enumerate(zip(slow_ways, slow_leads, strict=True)):
            if number % 2:
                assert answer_in(lead, await asyncio.wait_for(way[0].read(), 60)).status == 201
        for drops in dripping[::2]:
            drops.cancel()
        for (reader, _), lead in zip(half_ways, half_leads, strict=True):
            with contextlib.suppress(OSError):
                answer_in(lead, await asyncio.wait_for(reader.read(), 60))
    # Their latency may vary on a busy machine, but is no matter of how many others hold on.
    assert among < 3 * alone + 0.05, (alone, among)
    # Nothing is kept of those who have gone.
    await until(lambda: worker.num_fds() <= files + 4)
    # Whoever learned nothing repeats, and has one answer.
    async with service.client(timeout=60) as client:
        for lead in crowd.sent:
            if not lead.answers:
                assert (await crowd.attempt(client, lead)).answered
    await ledger(server.url, *loads, crowd)
    loads.append(crowd)
