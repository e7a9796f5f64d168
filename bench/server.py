"""Which Postgres is it measured on? The embedded one, set as it always is, in a directory of the bench's own.

Durable: ``fsync``, ``synchronous_commit`` and ``full_page_writes`` on, autovacuum on. It is asked, not believed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg

from app.store import database, migrate
from app.store.embedded import ROLE, EmbeddedPostgres

DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")

_LOGGED: Final = {"log_line_prefix": "%m [%p] <%d|%a> "}
"""So that statements can be counted by database and application where they are logged."""


class NotDurable(Exception):
    """The server may forget what it has committed: nothing measured on it would count."""


class Server:
    """The bench's Postgres: started, then asked for databases by name, then stopped."""

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self._durable = durable
        forgetful = {} if durable else dict.fromkeys(DURABLE, "off")
        self._embedded = EmbeddedPostgres(data, settings={**_LOGGED, **forgetful})

    def start(self) -> None:
        """Start it; raises NotDurable, DataInUse or EmbeddedFailed."""
        self._embedded.start()
        self.sql(f"ALTER ROLE {ROLE} CREATEDB")
        off = [name for name in DURABLE if self.sql(f"SHOW {name}").strip() != "on"]
        if off and self._durable:
            raise NotDurable(", ".join(off))

    def stop(self) -> None:
        """Stop it."""
        self._embedded.stop()

    @property
    def pid(self) -> int:
        """The postmaster's."""
        assert self._embedded.pid is not None
        return self._embedded.pid

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._embedded.log

    def sql(self, statement: str) -> str:
        """Run SQL as the superuser in the database ``postgres``."""
        return self._embedded.superuser_sql(statement)

    def url(self, name: str) -> str:
        """The address of one database."""
        return database.with_database(self._embedded.url, name)

    def databases(self) -> set[str]:
        """Those that there are."""
        return set(self.sql("SELECT datname FROM pg_database").split())

    def make(self, name: str, *, template: str | None = None) -> str:
        """Make a database anew, migrated, or as a copy of another to which nobody is connected; returns its address."""
        self.drop(name)
        self.sql(f"CREATE DATABASE {plain(name)} OWNER {ROLE} TEMPLATE {plain(template or 'template0')}")
        url = self.url(name)
        if template is None:
            asyncio.run(migrate.upgrade(url))
        return url

    def drop(self, name: str) -> None:
        """Remove a database, if there is one, whoever is connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {plain(name)} WITH (FORCE)")

    def rename(self, name: str, new: str) -> None:
        """Give a database that nobody is connected to another name."""
        self.sql(f"ALTER DATABASE {plain(name)} RENAME TO {plain(new)}")

    def checkpoint(self) -> None:
        """Write everything out, so that no round pays for what came before it."""
        self.sql("CHECKPOINT")


def plain(name: str) -> str:
    """The name, if it needs no quoting; ValueError if it does."""
    if not re.fullmatch("[a-z][a-z0-9_]{0,62}", name):
        raise ValueError(name)
    return name


async def rows(url: str, query: str, *values: Any) -> Sequence[asyncpg.Record]:
    """Read from a database."""
    connection = await database.parse(url).connect()
    try:
        found: Sequence[asyncpg.Record] = await connection.fetch(query, *values)
        return found
    finally:
        await connection.close()


async def execute(url: str, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    connection = await database.parse(url).connect()
    try:
        for statement in statements:
            await connection.execute(statement, timeout=3600)
    finally:
        await connection.close()
