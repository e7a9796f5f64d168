"""Connections for all that is not a turn of the lane. While Postgres is away one looks for it, and the others wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol, TypeAlias, TypeVar

import asyncpg
from asyncpg import Connection

from app.errors import DatabaseAway
from app.store.database import DRIVER_ERRORS, write_transaction

T = TypeVar("T")

PAUSE_SECONDS: Final = 0.1
"""Between two looks whether Postgres is back."""

OURS: Final = ("22", "23", "42")
"""SQLSTATE classes of a statement that is wrong in itself: a fault of the service, which no waiting mends."""

Connecting: TypeAlias = Callable[[], AbstractAsyncContextManager[Connection]]
"""Gives a connection, and raises DatabaseAway."""
Work: TypeAlias = Callable[[Connection], Awaitable[T]]


class Doing(Protocol):
    """Does a piece of work with a connection, again if that breaks meanwhile, and raises DatabaseAway."""

    async def __call__(self, work: Work[T], /) -> T:
        """Do it, and return what it returns."""
        ...


class Connections:
    """The connections of a pool. ``wait_seconds``: for how long callers wait while Postgres is away."""

    def __init__(self, pool: asyncpg.Pool, wait_seconds: float) -> None:
        self._pool, self._wait_seconds = pool, wait_seconds
        self._looking: asyncio.Task[None] | None = None
        self._closing = False
        # Set while nobody need wait: whoever gets a connection lets the others try.
        self._back = asyncio.Event()
        self.failing_since: float | None = None
        """When it began to fail, by :func:`time.monotonic`; None while it works."""

    @property
    def away_too_long(self) -> bool:
        """Whether Postgres has failed for longer than callers are made to wait: they are told so at once then."""
        return self.failing_since is not None and time.monotonic() - self.failing_since >= self._wait_seconds

    @asynccontextmanager
    async def reading(self, seconds: float | None = None, *, wait: bool = True) -> AsyncIterator[Connection]:
        """A connection for reading, for so many seconds at most; the waiting limit if not said.

        With ``wait`` it is waited for if Postgres is away, within these seconds.

        Raises:
            DatabaseAway: Postgres cannot be reached, or does not answer in that time.
        """
        try:
            async with asyncio.timeout(seconds or self._wait_seconds):
                connection = await (self._acquired() if wait else self._pool.acquire())
                self._back.set()
                try:
                    yield connection
                    self.failing_since = None
                except DRIVER_ERRORS:
                    raise
                except Exception:
                    # It is of the caller, and not of Postgres.
                    self.failing_since = None
                    raise
                finally:
                    await self._pool.release(connection)
        except DRIVER_ERRORS as error:
            self._fails(error)
            raise DatabaseAway("The database does not answer", outcome_known=True) from error

    @asynccontextmanager
    async def writing(self, seconds: float | None = None) -> AsyncIterator[Connection]:
        """A connection for writing what no decision depends on, in a transaction; for so many seconds at most.

        Raises:
            DatabaseAway: as for reading; the outcome is not known once the transaction has begun.
        """
        begun = False
        try:
            async with self.reading(seconds) as connection, write_transaction(connection):
                begun = True
                yield connection
        except DatabaseAway as error:
            if not begun:
                raise
            raise DatabaseAway(
                "The database went away; look whether it was done before you repeat it", outcome_known=False
            ) from error

    async def read(self, work: Work[T]) -> T:
        """Do what only reads, again if its connection breaks.

        Raises:
            DatabaseAway: Postgres did not answer within the waiting limit.
        """
        return await self._repeated(self.reading, work)

    async def write(self, work: Work[T]) -> T:
        """Do in a transaction what ends the same if it is done twice, again if its connection breaks.

        Raises:
            DatabaseAway: Postgres did not answer within the waiting limit. The outcome is known if none of the
                transactions had begun.
        """
        return await self._repeated(self.writing, work)

    async def _repeated(
        self, connecting: Callable[[float], AbstractAsyncContextManager[Connection]], work: Work[T]
    ) -> T:
        until = time.monotonic() + self._wait_seconds
        known = True
        while True:
            try:
                async with connecting(max(PAUSE_SECONDS, until - time.monotonic())) as connection:
                    return await work(connection)
            except DatabaseAway as error:
                known = known and error.outcome_known
                if self.away_too_long or time.monotonic() + PAUSE_SECONDS >= until:
                    if known == error.outcome_known:
                        raise
                    raise DatabaseAway(
                        "The database does not answer, and an attempt before may have been recorded",
                        outcome_known=known,
                    ) from error
            await asyncio.sleep(PAUSE_SECONDS)

    async def _acquired(self) -> Connection:
        while True:
            try:
                return await self._pool.acquire()
            except DRIVER_ERRORS as error:
                self._fails(error)
                if self.away_too_long or self._closing:
                    raise
            # However many wait, one looks.
            self._back.clear()
            if self._looking is None:
                self._looking = asyncio.create_task(self._look(), name="connections.look")
            await self._back.wait()

    async def _look(self) -> None:
        """Until Postgres is back, or has been away for too long."""
        try:
            while not self.away_too_long:
                await asyncio.sleep(PAUSE_SECONDS)
                try:
                    await self._pool.release(await self._pool.acquire())
                except DRIVER_ERRORS:
                    continue
                return
        finally:
            self._looking = None
            self._back.set()

    def _fails(self, error: Exception) -> None:
        """Note that Postgres fails; raises the error if it is none of Postgres's own."""
        if (getattr(error, "sqlstate", None) or "")[:2] in OURS:
            raise error
        self.failing_since = self.failing_since or time.monotonic()

    async def close(self) -> None:
        """Look for Postgres no longer."""
        self._closing = True
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
