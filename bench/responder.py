"""``python -m bench.responder``: the trivial responder, on any free port, which it prints."""

import asyncio
import sys

import uvloop

from bench.load import Responder


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Responder, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
