"""How does a command that needs no service reach the database?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.commands.terminal import CannotDo

if TYPE_CHECKING:
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
