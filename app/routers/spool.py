"""Where do answers wait that nobody reads yet? In memory first, then on disk, up to a bound."""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile
from typing import Final

IN_MEMORY: Final = 4 * 1024 * 1024
"""Bytes of unread answers that are kept in memory; what is more goes to a temporary file."""
MOST: Final = 1024 * 1024 * 1024
"""Bytes of unread answers at which writing waits: about a million of them."""
_PART: Final = 64 * 1024


class Spool:
    """Bytes that one task writes and another reads, in order; the writer is not held up by the reader."""

    def __init__(self, *, in_memory: int = IN_MEMORY, most: int = MOST) -> None:
        # It lives as long as its answer; close() ends it.
        self._file = SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115
        self._most = most
        self._written = 0
        self._read = 0
        self._ended = False
        self._error: Exception | None = None
        self._something = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def write(self, data: bytes) -> None:
        """Add to the end; waits only where the bound is reached."""
        await self._room.wait()
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)
        self._something.set()
        if self._written - self._read >= self._most:
            self._room.clear()

    def end(self, error: Exception | None = None) -> None:
        """Nothing more will be written; with an error, reading ends in it once all before it has been read."""
        self._ended, self._error = True, error
        self._something.set()

    async def read(self) -> bytes:
        """The next part, as soon as there is one; nothing at the end. Raises the error that it ended with."""
        while self._read == self._written:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._something.clear()
            await self._something.wait()
        self._file.seek(self._read)
        part = self._file.read(min(_PART, self._written - self._read))
        self._read += len(part)
        if self._read == self._written:
            self._file.seek(0)
            self._file.truncate()
            self._read = self._written = 0
        if self._written - self._read < self._most:
            self._room.set()
        return part

    def close(self) -> None:
        """Forget what is there."""
        self._file.close()
