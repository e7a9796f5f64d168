"""A way to Postgres that can be cut: at a COMMIT, or altogether."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Cut = Literal["before", "after"]


class Proxy:
    """Hands everything on, until a COMMIT passes that is to be cut: before it reaches the server, or after it has.

    ``then_away``: with that cut the way is closed, until ``away`` is False again.
    """

    def __init__(self, url: str, port: int) -> None:
        parts = urlsplit(url)
        self.url = urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}"))
        self.cut: Cut | None = None
        self.cuts = 0
        self.then_away = False
        self.away = False
        self._host, self._port = parts.hostname, parts.port
        self._ways: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.away:
            writer.transport.abort()
            return
        up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
        back = asyncio.create_task(self._hand_on(up_reader, writer))
        self._ways.add(writer)
        try:
            while data := await reader.read(65536):
                # With the NUL that ends a query: each turn begins with the words READ COMMITTED.
                if self.cut is not None and b"COMMIT\0" in data:
                    cut, self.cut = self.cut, None
                    self.away = self.then_away
                    back.cancel()
                    await asyncio.wait([back])
                    if cut == "after":
                        up_writer.write(data)
                        # The server's answer is read here, so that the commit has happened; it is told to nobody.
                        await up_reader.read(65536)
                    self.cuts += 1
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
            if self.away:
                for way in self._ways:
                    way.transport.abort()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()


@asynccontextmanager
async def proxied(url: str, port: int) -> AsyncIterator[Proxy]:
    """A proxy on ``port`` before the server of ``url``."""
    proxy = Proxy(url, port)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", port):
        yield proxy
