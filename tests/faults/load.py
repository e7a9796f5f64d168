"""Clients that send leads, repeat them under the same key until they are answered, and note what they were told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import orjson

from tests.faults.service import Service

REPEAT_SECONDS = 0.1
"""After how long a client repeats. Sooner than ``Retry-After`` asks: nothing may depend on patience."""

ANSWERED = (200, 201)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. ``status`` is None if no answer came; ``at`` is when it ended, on the monotonic clock."""

    status: int | None
    body: dict[str, Any]
    retry_after: str | None
    at: float
    seconds: float

    @property
    def answered(self) -> bool:
        """Whether the lead was answered with its decision."""
        return self.status in ANSWERED

    @property
    def nothing_recorded(self) -> bool:
        """Whether the client was told, beyond doubt, that this request recorded nothing."""
        return self.status == 503 and self.body.get("outcome_known", True) is True


@dataclass(slots=True)
class Sent:
    """One lead, and what came of each time it was sent."""

    key: str
    email: str
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The answers with its decision."""
        return [attempt.body for attempt in self.attempts if attempt.answered]


class Load:
    """``clients`` senders of leads, each with one under way.

    ``persistent``: each repeats its lead under the same key until it is answered; else it sends each once. ``pause`` is
    how long each rests between leads, and ``timeout`` how long it waits for an answer, in seconds. Use it as a context
    manager: it sends from the beginning of the block to its end, and the last leads are seen through to their answers.
    """

    def __init__(
        self,
        service: Service,
        name: str = "load",
        *,
        clients: int = 24,
        persistent: bool = True,
        pause: float = 0.02,
        timeout: float = 60.0,
        patience: float = 120.0,
    ) -> None:
        self.service = service
        self.name = name
        self.sent: list[Sent] = []
        self._clients = clients
        self._persistent = persistent
        self._pause = pause
        self._timeout = timeout
        self._patience = patience
        self._ending = False
        self._senders: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._senders = [asyncio.create_task(self._send()) for _ in range(self._clients)]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._ending = True
        if kind is not None:
            for sender in self._senders:
                sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._senders)

    async def _send(self) -> None:
        async with self.service.client(timeout=self._timeout) as client:
            while not self._ending:
                await self.route(client)
                await asyncio.sleep(self._pause)

    async def route(self, client: httpx.AsyncClient) -> Sent:
        """Send one new lead, to its answer if this is a persistent load."""
        lead = self.new()
        until = time.monotonic() + self._patience
        while not (await self.attempt(client, lead)).answered and self._persistent:
            assert time.monotonic() < until, f"{lead.key} is not answered: {lead.attempts[-1]}"
            await asyncio.sleep(REPEAT_SECONDS)
        return lead

    def new(self) -> Sent:
        """One more lead, not sent yet."""
        key = f"{self.name}-{len(self.sent)}"
        lead = Sent(key, f"p@{key}.example")
        self.sent.append(lead)
        return lead

    async def attempt(self, client: httpx.AsyncClient, lead: Sent, **fields: Any) -> Attempt:
        """Send a lead once, and write down what came of it."""
        began = time.monotonic()
        status, told, retry_after = None, {}, None
        try:
            body = {"email": lead.email, **fields}
            answer = await client.post("/v1/leads", json=body, headers={"Idempotency-Key": lead.key})
            status, told, retry_after = answer.status_code, answer.json(), answer.headers.get("retry-after")
        except httpx.TransportError:
            pass
        finally:
            now = time.monotonic()
            attempt = Attempt(status, told, retry_after, now, now - began)
            lead.attempts.append(attempt)
        return attempt

    async def bulk(self, client: httpx.AsyncClient, leads: Sequence[Mapping[str, Any]]) -> list[Sent]:
        """Send new leads in one request, each with such fields besides, to the answers of all of them."""
        key = f"{self.name}-{len(self.sent)}-bulk"
        sent = [self.new() for _ in leads]
        lines = [orjson.dumps({"email": one.email, **fields}) for one, fields in zip(sent, leads, strict=True)]
        headers = {"Idempotency-Key": key, "Content-Type": "application/x-ndjson"}
        began = time.monotonic()
        answer = await client.post("/v1/leads/bulk", content=b"\n".join(lines), headers=headers)
        now = time.monotonic()
        told = [orjson.loads(line) for line in answer.text.splitlines()]
        assert answer.status_code == 200, answer.text
        for one, body in zip(sent, told, strict=True):
            assert "error" not in body, body
            one.attempts.append(Attempt(201, body, None, now, now - began))
        return sent

    # --- what has come of it so far -----------------------------------------------------------------------------------

    @property
    def attempts(self) -> Iterator[Attempt]:
        """All requests."""
        return (attempt for lead in self.sent for attempt in lead.attempts)

    @property
    def answered(self) -> int:
        """How many leads have been answered with their decision."""
        return sum(1 for lead in self.sent if lead.answers)

    @property
    def refused(self) -> list[Attempt]:
        """The requests that were refused with a status."""
        return [attempt for attempt in self.attempts if attempt.status is not None and not attempt.answered]

    @property
    def statuses(self) -> Counter[int | None]:
        """How often each status was answered; None: no answer came."""
        return Counter(attempt.status for attempt in self.attempts)

    async def answers_more(self, count: int, seconds: float = 120.0) -> None:
        """Wait until so many more leads have been answered."""
        goal = self.answered + count
        await until(lambda: self.answered >= goal, seconds)


async def until(truth: Callable[[], bool | Awaitable[bool]], seconds: float = 60.0) -> None:
    """Wait for a condition, and fail if it does not come to hold."""
    deadline = time.monotonic() + seconds
    while True:
        holds = truth()
        if holds if isinstance(holds, bool) else await holds:
            return
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.02)
