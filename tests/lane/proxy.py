"""A way to Postgres that can be cut at a chosen moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

Cut = Literal["before", "after"]


class Proxy:
    """Hands everything on, until a COMMIT passes that is to be cut: before it reaches the server, or after it has."""

    def __init__(self, url: str, socket: Path) -> None:
        self.url = url
        self.cut: Cut | None = None
        self.cuts = 0
        self.closed = False
        """Whether nobody is let through any more, as after a cut with ``close_after``."""
        self.close_after = False
        self._socket = socket

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.transport.abort()
            return
        up_reader, up_writer = await asyncio.open_unix_connection(str(self._socket))
        back = asyncio.create_task(self._hand_on(up_reader, writer))
        try:
            while data := await reader.read(65536):
                # With the NUL that ends a query: each turn begins with the words READ COMMITTED.
                if self.cut is not None and b"COMMIT\0" in data:
                    cut, self.cut = self.cut, None
                    self.cuts += 1
                    self.closed = self.close_after
                    back.cancel()
                    if cut == "after":
                        up_writer.write(data)
                        await up_writer.drain()
                        # The server's answer is read here, so that the commit has happened; it is told to nobody.
                        await up_reader.read(65536)
                    break
                up_writer.write(data)
                await up_writer.drain()
        finally:
            back.cancel()
            with contextlib.suppress(OSError):
                up_writer.close()
                writer.transport.abort()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server of ``url``, which is reached by a unix socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    port = int(query.get("port", ["5432"])[0])
    with TemporaryDirectory() as folder:
        query["host"] = [folder]
        through = urlunsplit(parts._replace(query=urlencode(query, doseq=True)))
        proxy = Proxy(through, Path(parse_qs(parts.query)["host"][0]) / f".s.PGSQL.{port}")
        server = await asyncio.start_unix_server(proxy.serve, str(Path(folder) / f".s.PGSQL.{port}"))
        async with server:
            yield proxy
