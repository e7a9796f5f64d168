"""How does a command that needs no service reach the database?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from app.commands.terminal import CannotDo

if TYPE_CHECKING:
    from asyncpg import Connection

    from app.settings import Settings
    from app.store.database import Database


@contextmanager
def database_of(given: Settings) -> Iterator[Database]:
    """The database that is set; else the embedded one, be it that of a running service."""
    from app.errors import DataInUse
    from app.store import database
    from app.store.embedded import EmbeddedPostgres

    if given.database_url is not None:
        yield given.database()
        return
    server = EmbeddedPostgres(given.data)
    if not server.cluster.exists():
        raise CannotDo("no_database", data=given.data)
    try:
        server.start()
    except DataInUse:
        running = server.url_of_other()
        if running is None:
            raise
        yield database.parse(running)
        return
    try:
        yield database.parse(server.url)
    finally:
        server.stop()


@asynccontextmanager
async def connected(database: Database) -> AsyncIterator[Connection]:
    """A connection to a database whose tables are those of this release.

    Raises:
        CannotDo: they are not, or it cannot be reached, or breaks.
    """
    from app.store import migrate
    from app.store.database import DRIVER_ERRORS

    try:
        connection = await database.connect()
        try:
            if pending := await migrate.pending(connection):
                raise CannotDo("revision", revision=pending[-1])
            yield connection
        finally:
            await connection.close()
    except DRIVER_ERRORS as error:
        raise CannotDo("database", shown=database.shown, why=str(error) or type(error).__name__) from None
