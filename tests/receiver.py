"""A real HTTP server on this machine that answers as a test says: slowly, wrongly, hugely, or not at all."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import h11


@dataclass(frozen=True)
class Request:
    """What came: header names in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Raw: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes whatever it likes, instead of an answer."""


def said(document: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(document).encode(), {"content-type": "application/json"})


class Receiver:
    """Answers each request with the next of ``replies``; the last one stays."""

    def __init__(self, *replies: Reply | Raw) -> None:
        self.replies: list[Reply | Raw] = list(replies) or [Reply()]
        self.requests: list[Request] = []
        self.peers: list[str] = []
        self.scheme = "http"
        self.port = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.append(writer.get_extra_info("sockname")[0])
        talk = h11.Connection(h11.SERVER)
        try:
            while request := await _request(talk, reader):
                self.requests.append(request)
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                if not isinstance(reply, Reply):
                    await reply(writer)
                    return
                length = {"content-length": str(len(reply.body))}
                writer.write(
                    talk.send(h11.Response(status_code=reply.status, headers=[*(length | dict(reply.headers)).items()]))
                    + (talk.send(h11.Data(data=reply.body)) or b"")
                    + (talk.send(h11.EndOfMessage()) or b"")
                )
                await writer.drain()
                if talk.our_state is not h11.DONE or talk.their_state is not h11.DONE:
                    return
                talk.start_next_cycle()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client has gone, or the test is over
        finally:
            writer.close()


async def _request(talk: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            talk.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            headers = {name.decode(): value.decode() for name, value in head.headers}
            return Request(head.method.decode(), head.target.decode(), headers, bytes(body))
        else:
            return None


@asynccontextmanager
async def receiving(*replies: Reply | Raw, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that listens on 127.0.0.1 while the block runs."""
    receiver = Receiver(*replies)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await receiver.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    receiver.scheme = "https" if tls else "http"
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()


async def hangs(writer: asyncio.StreamWriter) -> None:
    """Say nothing until the client goes."""
    await asyncio.Event().wait()


async def drops(writer: asyncio.StreamWriter) -> None:
    """Hang up without a word."""
    writer.close()


async def babbles(writer: asyncio.StreamWriter) -> None:
    """Say something that is not HTTP."""
    writer.write(b"220 mail.example.com ESMTP\r\n\r\n")
    await writer.drain()


async def drips(writer: asyncio.StreamWriter) -> None:
    """Begin an answer, and send a byte now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.01)


async def floods(writer: asyncio.StreamWriter) -> None:
    """Answer without an end, as fast as it is read."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        await writer.drain()
