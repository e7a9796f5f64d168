"""``python -m bench.taker``: takes every request at once, on any free port, which it prints. A receiver of events."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

import httptools
import uvloop

_TAKEN: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Taker(asyncio.Protocol):
    """Reads requests to their ends and answers each."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Answer."""
        self._transport.write(_TAKEN)


@contextmanager
def taking() -> Iterator[int]:
    """A taker in a process of its own; its port."""
    with subprocess.Popen([sys.executable, "-m", "bench.taker"], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Taker, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
