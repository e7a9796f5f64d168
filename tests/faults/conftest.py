"""Servers and services of a test module's own; and the count that each test ends in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import asyncpg
import pytest

from app.store import database, migrate
from tests.conftest import COUNTS, execute, run_apart
from tests.faults.ledger import Counts, settle
from tests.faults.load import Load
from tests.faults.server import Server

Settle = Callable[..., Awaitable[Counts]]


@pytest.fixture(scope="session")
def made() -> Iterator[Server]:
    """A migrated cluster that does not run, for others to copy."""
    server = Server()
    try:
        server.make()
        server.start()
        password = server.password
        run_apart(execute(server.root, f"CREATE ROLE lead_router LOGIN PASSWORD '{password}'"))
        run_apart(execute(server.root, "CREATE DATABASE lead_router OWNER lead_router"))
        run_apart(migrate.upgrade(server.url))
        server.stop()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def server(made: Server) -> Iterator[Server]:
    """A Postgres of this module's own."""
    started = Server()
    try:
        started.copy(made)
        started.start()
        yield started
    finally:
        started.remove()


@pytest.fixture
def ledger(record_property: Callable[[str, object], None]) -> Settle:
    """:func:`settle`, whose counts are kept for ``--counts``."""

    async def settled(url: str, *loads: Load, fair: bool = True) -> Counts:
        counts = await settle(url, *loads, fair=fair)
        record_property(COUNTS, asdict(counts))
        return counts

    return settled


@pytest.fixture(scope="module")
def loads() -> list[Load]:
    """All that has been sent to this module's database: a test adds its own."""
    return []


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A stranger's connection: it bears no name of the service's."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        connection.terminate()


async def fetch(url: str, query: str, *arguments: object) -> list[Any]:
    """Read rows."""
    connection = await database.parse(url).connect()
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()
