"""Receivers on this machine, a kind of channel that calls them, and offices whose records they are told of."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import orjson
from pydantic import BaseModel, ConfigDict

from app.channels.base import Channel, Delivered, Event, Gone, Outcome, Pace, Refusal, Told, TryAgain
from app.channels.message import without_personal
from app.events.dispatcher import Dispatcher
from app.events.pace import Terms
from app.events.telling import Channels, Teller
from app.net.client import Answer, Unreachable
from app.store import database, outbox, subscriptions
from app.store.sealing import Seal

SEAL = Seal(["what-secrets-are-sealed-under-here"])

QUICK = Terms(
    interval=0.05, lease=3.0, send_seconds=1.0, retries=(0.1, 0.2, 0.4, 0.4), longest_rest=0.2, drain_seconds=1
)
"""All that takes seconds or hours takes a moment."""


class CallsHere:
    """A client that calls whatever it is told to."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            trust_env=False, verify=False, limits=httpx.Limits(max_connections=200), follow_redirects=False
        )

    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", seconds: float = 20
    ) -> Answer:
        began = time.monotonic()
        try:
            answer = await self._client.request(method, url, headers=dict(headers or {}), content=body, timeout=seconds)
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from None
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, named, answer.content, time.monotonic() - began)

    async def close(self) -> None:
        await self._client.aclose()


class HookSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str
    note: str | None = None


async def send_hook(client: Any, told: Told, events: Sequence[Event]) -> Outcome:
    settings = told.settings
    assert isinstance(settings, HookSettings)
    shown = [
        {
            "id": e.id, "type": e.type, "revision": e.revision, "seq": e.seq,
            "data": e.data if told.personal else without_personal(e),
        }
        for e in events
    ]  # fmt: skip
    headers = {"x-event": events[0].id, "x-signing": " ".join(told.secrets.get("signing", ()))}
    try:
        answer = await client.call("POST", settings.url, headers=headers, body=orjson.dumps(shown), seconds=20)
    except Unreachable as error:
        return TryAgain(str(error))
    said = answer.body.decode()
    if 200 <= answer.status < 300:
        return Delivered(answer.status, said)
    if answer.status == 410:
        return Gone(said or "it is gone", answer.status)
    after = answer.headers.get("retry-after")
    if answer.status == 429 or answer.status >= 500:
        return TryAgain(said, answer.status, None if after is None else float(after))
    return Refusal(said, answer.status)


async def send_owner(client: Any, told: Told, events: Sequence[Event]) -> Outcome:
    if any(event.data["lead"].get("email") is None for event in events):
        return Refusal("The lead has no email", of_event=True)
    return await send_hook(client, told, events)


def made() -> dict[str, str]:
    return {"signing": f"whsec-{secrets.token_hex(16)}"}


HOOK = Channel("hook", ("A hook", "钩子"), HookSettings, send_hook, secrets=("signing", "token"), made=made)
DIGEST = Channel("digest", ("A digest", "摘要"), HookSettings, send_hook, at_once=10)
SLOW = Channel("slow", ("Slow", "慢"), HookSettings, send_hook, at_once=3, pace=Pace(((2, 0.5),)))
LEADS = Channel(
    "leads", ("Leads", "线索"), HookSettings, send_hook, secrets=("key",), needed_secrets=("key",),
    events=("lead.assigned", "lead.reassigned"),
)  # fmt: skip
OWNERS = Channel("owners", ("Owners", "归属人"), HookSettings, send_owner)
CHANNELS: Channels = {channel.kind: channel for channel in (HOOK, DIGEST, SLOW, LEADS, OWNERS)}


@dataclass
class Got:
    """One request, as a receiver got it."""

    events: list[dict[str, Any]]
    headers: dict[str, str]
    at: float
    status: int = 0


Reply = tuple[int, dict[str, str]]
Answering = Callable[[Got], Awaitable[Reply]]


async def take(_: Got) -> Reply:
    return 200, {}


@dataclass
class Receiver:
    """A server that notes what it gets, and answers as ``answering`` has it."""

    answering: Answering = take
    got: list[Got] = field(default_factory=list)
    url: str = ""
    under_way: int = 0
    most_at_once: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The events that it has taken, in order, those that came twice twice."""
        return [event for got in self.got if 200 <= got.status < 300 for event in got.events]

    async def until(self, holds: Callable[[Receiver], bool], seconds: float = 20) -> None:
        """Wait until something holds of it."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: holds(self))

    async def until_taken(self, count: int, seconds: float = 20) -> list[dict[str, Any]]:
        """Wait until it has taken so many different events."""
        await self.until(lambda one: len({event["id"] for event in one.taken}) >= count, seconds)
        return self.taken

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")[1:]
                headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                got = Got(orjson.loads(body), headers, time.monotonic())
                self.under_way += 1
                self.most_at_once = max(self.most_at_once, self.under_way)
                try:
                    got.status, more = await self.answering(got)
                finally:
                    self.under_way -= 1
                self.got.append(got)
                async with self.changed:
                    self.changed.notify_all()
                said = f"answer {got.status}".encode()
                extra = "".join(f"{name}: {value}\r\n" for name, value in more.items())
                writer.write(f"HTTP/1.1 {got.status} X\r\ncontent-length: {len(said)}\r\n{extra}\r\n".encode() + said)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(answering: Answering = take) -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver(answering)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await receiver.serve(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**22)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def subscribe(
    url: str, name: str, to: str, *, kind: str = "hook", begin: int | None = 0, **document: Any
) -> None:
    """Store a subscription that is told from seq ``begin`` on, or (None) from now on."""
    stored = {"settings": {"url": to}, **document}
    connection = await database.parse(url).connect()
    try:
        after = await outbox.start(connection, begin)
        assert after is not None
        assert await subscriptions.insert(
            connection, name, kind, orjson.dumps(stored).decode(), "{}", "tests", enabled=True, after=after
        )
    finally:
        await connection.close()


@asynccontextmanager
async def dispatching(
    url: str,
    *,
    terms: Terms = QUICK,
    busy: Callable[[], bool] = lambda: False,
    channels: Channels = CHANNELS,
    pgbouncer: bool = False,
) -> AsyncIterator[Dispatcher]:
    """A dispatcher, as each worker has one."""
    pool: asyncpg.Pool = await database.parse(url, pgbouncer=pgbouncer).pool()
    client = CallsHere()
    dispatcher = Dispatcher(pool, Teller(channels, client, SEAL), busy, terms=terms)
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        await dispatcher.stop()
        await client.close()
        await pool.close()


async def rows(url: str, query: str, *arguments: Any) -> list[Any]:
    """Read from the tables."""
    connection = await database.parse(url).connect()
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


async def until_row(url: str, query: str, seconds: float = 20) -> Any:
    """The first row of a query, as soon as there is one."""
    connection = await database.parse(url).connect()
    try:
        async with asyncio.timeout(seconds):
            while (row := await connection.fetchrow(query)) is None:  # noqa: ASYNC110  nothing tells it but the table
                await asyncio.sleep(0.02)
            return row
    finally:
        await connection.close()


def in_order_per_lead(events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no event of a lead came first after a later one of it had."""
    seen: dict[str, int] = {}
    for event in events:
        decision = event["data"].get("decision")
        key = decision["lead_id"] if decision else event["type"]
        if event["revision"] < seen.get(key, 0):
            return False
        seen[key] = event["revision"]
    return True
