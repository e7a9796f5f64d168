"""How much does a service answer? Closed loops over kept connections: each client sends its next lead when it has the
answer to the one before.

Light, because it shares the machine with what it measures: requests are made beforehand, answers are looked at only as
far as must be to know that they are answers to leads. :data:`TRIVIAL` is what its own cost is measured against.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import median
from typing import Final, cast

from bench.leads import Sender

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "
_EXPECTED: Final = b"HTTP/1.1 201"
_MARK: Final = b'"status"'

PATIENCE: Final = 30.0
"""Seconds after the end of a round in which what was asked in it must be answered."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service listens, and the key it takes."""

    host: str
    port: int
    key: str

    @property
    def url(self) -> str:
        """As HTTP clients take it."""
        return f"http://{self.host}:{self.port}"

    @property
    def authorization(self) -> dict[str, str]:
        """The header that carries the key."""
        return {"Authorization": f"Bearer {self.key}"}

    def request(self, body: bytes) -> bytes:
        """``POST /v1/leads`` with this body, as it goes over the wire."""
        head = (
            f"POST /v1/leads HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(slots=True)
class Load:
    """What came of one round: answers in so many seconds, how long each took, and what the clients themselves cost.

    ``wrong`` counts what was no 201 with a status in it, by its first line.
    """

    answered: int
    seconds: float
    latencies: list[float]
    client_cpu_seconds: float
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Leads answered in a second."""
        return self.answered / self.seconds

    @property
    def p50(self) -> float:
        """The middle of all waiting times, in seconds."""
        return median(self.latencies)


class WrongAnswers(Exception):
    """Some of what came back were no answers to leads: nothing that was measured would count."""


class _Client(asyncio.Protocol):
    """One client: sends, waits for the answer, sends again, until there is no time or nothing left to send."""

    def __init__(self, requests: Iterator[bytes], load: Load, until: float) -> None:
        self._requests, self._load, self._until = requests, load, until
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self._whole = 0
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._next()

    def data_received(self, data: bytes) -> None:
        if self._held:
            data = self._held + data
        if not self._whole:
            end = data.find(_END)
            if end < 0:
                self._held = data
                return
            at = data.lower().index(_LENGTH, 0, end + 2) + len(_LENGTH)
            self._whole = end + len(_END) + int(data[at : data.index(b"\r", at)])
        if len(data) < self._whole:
            self._held = data
            return
        self._held, self._whole = b"", 0
        load = self._load
        now = time.perf_counter()
        if not data.startswith(_EXPECTED) or _MARK not in data:
            load.wrong[data[:64].partition(b"\r")[0].decode("latin-1")] += 1
        if now <= self._until:
            load.answered += 1
            load.latencies.append(now - self._sent)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._load.wrong[f"connection lost: {type(exc).__name__}"] += 1
            self.done.set_result(None)

    def _next(self) -> None:
        now = time.perf_counter()
        request = next(self._requests, None) if now < self._until else None
        assert self._transport is not None
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._sent = now
        self._transport.write(request)


async def closed_loop(address: Address, requests: Iterable[bytes], *, clients: int, seconds: float) -> Load:
    """Let so many clients send for so many seconds. What is answered after that does not count.

    Raises:
        WrongAnswers: not all of it were answers, or there were too few requests for the time.
        TimeoutError: the last answers do not come.
    """
    loop = asyncio.get_running_loop()
    load = Load(0, seconds, [], 0.0)
    sent = iter(requests)
    began, cpu = time.perf_counter(), time.process_time()
    until = began + seconds
    opened = [
        await loop.create_connection(lambda: _Client(sent, load, until), address.host, address.port)
        for _ in range(clients)
    ]
    async with asyncio.timeout(seconds + PATIENCE):
        await asyncio.gather(*(client.done for _, client in opened))
    load.client_cpu_seconds = time.process_time() - cpu
    if load.wrong:
        raise WrongAnswers(dict(load.wrong))
    if time.perf_counter() < until:
        raise WrongAnswers("there were fewer requests than could be answered in the time")
    return load


class Stock:
    """Requests made beforehand, none of them used twice."""

    def __init__(self, sender: Sender) -> None:
        self._bodies = sender.bodies()

    def requests(self, address: Address, number: int) -> Sequence[bytes]:
        """The next so many as requests."""
        return [address.request(body) for body in islice(self._bodies, number)]

    def bodies(self, number: int) -> Sequence[bytes]:
        """The next so many as bodies."""
        return list(islice(self._bodies, number))


TRIVIAL: Final = (
    b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 600\r\n\r\n"
    + b'{"status":"assigned"'.ljust(599)
    + b"}"
)
"""What the trivial responder answers to anything: as long as an answer to a lead."""


class Responder(asyncio.Protocol):
    """Answers whatever arrives whole in one piece with :data:`TRIVIAL`: the least that a server can do."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer."""
        self._transport.write(TRIVIAL)
