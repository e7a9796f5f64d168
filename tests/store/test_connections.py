"""While Postgres is away callers wait for it, one looks, and what breaks is done again."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from app.errors import DatabaseAway
from app.store import database
from app.store.connections import PAUSE_SECONDS, Connections

REFUSED = 1
"""Connections that are refused before the look begins."""
CUT = "SELECT pg_terminate_backend(pg_backend_pid())"


@asynccontextmanager
async def connected(url: str, wait_seconds: float) -> AsyncIterator[Connections]:
    pool = await database.parse(url).pool()
    connections = Connections(pool, wait_seconds)
    try:
        yield connections
    finally:
        await connections.close()
        await pool.close()


async def test_what_breaks_is_done_again_and_recorded_once(empty_database_url: str) -> None:
    tries = 0

    async def note(connection: asyncpg.Connection) -> int:
        nonlocal tries
        tries += 1
        await connection.execute("INSERT INTO notes VALUES ($1)", tries)
        if tries < 3:
            await connection.execute(CUT)
        return tries

    async with connected(empty_database_url, 20) as connections:
        await connections.write(lambda connection: connection.execute("CREATE TABLE notes (try int)"))
        assert await connections.write(note) == 3
        notes = await connections.read(lambda connection: connection.fetch("SELECT try FROM notes"))
    assert [row["try"] for row in notes] == [3]


async def test_what_keeps_breaking_is_told_within_the_limit_and_whether_it_may_have_been_done(
    empty_database_url: str,
) -> None:
    async with connected(empty_database_url, 1) as connections:
        for doing, known in ((connections.read, True), (connections.write, False)):
            with pytest.raises(DatabaseAway) as caught:
                await doing(lambda connection: connection.execute(CUT))
            assert caught.value.outcome_known is known


async def test_what_the_caller_makes_of_it_is_not_taken_for_an_outage(empty_database_url: str) -> None:
    async with connected(empty_database_url, 20) as connections:
        with pytest.raises(DatabaseAway):
            async with connections.reading() as connection:
                await connection.execute(CUT)
        assert connections.failing_since is not None
        with pytest.raises(LookupError):
            async with connections.reading():
                raise LookupError
        assert connections.failing_since is None


async def test_what_is_wrong_in_itself_is_not_done_again(empty_database_url: str) -> None:
    tries = 0

    async def wrong(connection: asyncpg.Connection) -> None:
        nonlocal tries
        tries += 1
        await connection.execute("SELECT FROM nothing_of_that_name")

    async with connected(empty_database_url, 20) as connections:
        with pytest.raises(asyncpg.UndefinedTableError):
            await connections.write(wrong)
    assert tries == 1


async def test_however_many_wait_one_looks_and_beyond_the_limit_everyone_is_told_at_once(
    empty_database_url: str,
) -> None:
    looked = 0

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal looked
        looked += 1
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    there = f"@127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    callers, waits = 60, 20 * PAUSE_SECONDS
    async with server, connected(re.sub(r"@[^/]*/", there, empty_database_url), waits) as connections:
        asked = [connections.read(lambda connection: connection.fetchval("SELECT 1")) for _ in range(callers)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(one) for one in told} == {DatabaseAway}
        # Each tries for itself when it comes, and perhaps when time is over; all the while between, one does for all.
        assert callers <= looked <= 2 * callers + 30
        looked, began = 0, time.monotonic()
        with pytest.raises(DatabaseAway):
            await connections.read(lambda connection: connection.fetchval("SELECT 1"))
        # One who was looking may just do so a last time.
        assert looked <= 3
        assert time.monotonic() - began < waits


async def test_who_waits_goes_on_with_the_first_who_gets_through_though_the_look_hangs(empty_database_url: str) -> None:
    parts = urlsplit(empty_database_url)
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
    came: list[asyncio.StreamWriter] = []
    hangs = asyncio.Event()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)
        if not hangs.is_set() and len(came) <= REFUSED:
            writer.close()
        elif not hangs.is_set():
            # The look: nobody ever answers it.
            hangs.set()
        else:
            there, onward = await asyncio.open_unix_connection(socket)
            await asyncio.gather(_pipe(reader, onward), _pipe(there, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    url = f"postgresql://{parts.netloc.rpartition('@')[0]}@{address}{parts.path}?connect_timeout=60&sslmode=disable"
    async with server, connected(url, 60) as connections, asyncio.timeout(20):
        waiting = asyncio.create_task(connections.read(lambda connection: connection.fetchval("SELECT 1")))
        await hangs.wait()
        assert not waiting.done()
        assert await connections.read(lambda connection: connection.fetchval("SELECT 2")) == 2
        assert await waiting == 1


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()
