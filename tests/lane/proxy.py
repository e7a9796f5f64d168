"""A way to Postgres that can be cut at a chosen moment, closed, and led elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from tests.conftest import free_port

Cut = Literal["before", "after"]
_Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Commits:
    """Tells, of what a client sends on one way, what makes the server commit a turn of the lane.

    That is a COMMIT; or, outside a transaction, the statement that writes a turn, by the name that it was given.
    """

    def __init__(self) -> None:
        self._begun = False
        self._writes: set[bytes] = set()

    def sees(self, data: bytes) -> bool:
        # With the NUL that ends a query: each turn begins with the words READ COMMITTED.
        if b"COMMIT\0" in data or b"ROLLBACK\0" in data:
            self._begun = False
            return b"COMMIT\0" in data
        self._begun = self._begun or b"BEGIN" in data
        if (parsed := _PARSED.search(data)) is not None:
            self._writes.add(parsed[1])
            return False
        return not self._begun and data[:1] == b"B" and any(name in data for name in self._writes)


_WHOLE = (b"S\0\0\0\4", b"COMMIT\0")
"""How what a client sends at once ends: with a Sync, or with the text of a query."""

_PARSED = re.compile(rb"(__asyncpg_stmt_[0-9a-f]+__)\0\s*-- Where the lane stands now")


class Proxy:
    """Hands everything on, until a commit passes that is to be cut: before it reaches the server, or after it has.

    ``url`` is its own address, ``target`` that of the server.
    """

    def __init__(self, url: str, target: str) -> None:
        self.url = url
        self.target = target
        self.cut: Cut | None = None
        self.cuts = 0
        self.closed = False
        """Whether nobody is let through any more, as after a cut with ``close_after``."""
        self.close_after = False
        self._ways: set[asyncio.StreamWriter] = set()

    def close(self) -> None:
        """Let nobody through any more, and cut those who are."""
        self.closed = True
        for way in self._ways:
            way.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.closed:
                raise ConnectionRefusedError
            up_reader, up_writer = await _reach(self.target)
        except OSError:
            writer.transport.abort()
            return
        back = asyncio.create_task(self._hand_on(up_reader, writer))
        commits = Commits()
        self._ways.add(writer)
        try:
            while data := await reader.read(65536):
                if commits.sees(data) and self.cut is not None:
                    cut, self.cut = self.cut, None
                    back.cancel()
                    await asyncio.wait([back])
                    if cut == "after":
                        while not data.endswith(_WHOLE) and (more := await reader.read(65536)):
                            data += more
                        up_writer.write(data)
                        await up_writer.drain()
                        # The server's answer is read here, so that the commit has happened; it is told to nobody.
                        await up_reader.read(65536)
                    self.cuts += 1
                    if self.close_after:
                        self.close()
                    break
                up_writer.write(data)
                await up_writer.drain()
        except OSError:
            pass
        finally:
            back.cancel()
            self._ways.discard(writer)
            with contextlib.suppress(OSError):
                up_writer.close()
                writer.transport.abort()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            # What the other side is told by a reset this one is told too.
            writer.transport.abort()
        else:
            writer.close()


async def _reach(url: str) -> _Way:
    socket = _socket(url)
    if socket is not None:
        return await asyncio.open_unix_connection(str(socket))
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


def _socket(url: str) -> Path | None:
    """The unix socket that an address names, if it does."""
    query = parse_qs(urlsplit(url).query)
    return Path(query["host"][0]) / f".s.PGSQL.{query.get('port', ['5432'])[0]}" if "host" in query else None


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server of ``url``, reached as that is: by a unix socket, or by a port of this machine."""
    parts = urlsplit(url)
    socket = _socket(url)
    if socket is None:
        port = free_port()
        proxy = Proxy(urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}")), url)
        async with await asyncio.start_server(proxy.serve, "127.0.0.1", port):
            yield proxy
        return
    with TemporaryDirectory() as folder:
        query = urlencode({**parse_qs(parts.query), "host": [folder]}, doseq=True)
        proxy = Proxy(urlunsplit(parts._replace(query=query)), url)
        async with await asyncio.start_unix_server(proxy.serve, str(Path(folder) / socket.name)):
            yield proxy
