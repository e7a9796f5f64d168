"""Is the database at the schema this program knows, and how does it get there?

Any number of processes may migrate at once: an advisory lock, held by the transaction in which all steps are made, lets
one do the work and the others find it done. A database that is ahead (a newer release migrated it) is no fault: the
schema expands before it contracts.
"""

from collections.abc import Callable
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import migrations
from app.store import database

_LOCK = 0x6C656164_726F7574
"""The key of the advisory lock: "leadrout" in ASCII."""


def config() -> Config:
    """Return Alembic's configuration, which finds the migrations wherever the package is installed."""
    made = Config()
    made.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    return made


def _known() -> list[str]:
    return [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()]


REVISIONS: tuple[str, ...] = tuple(reversed(_known()))
"""Every schema revision this program knows, oldest first."""

HEAD: str = REVISIONS[-1]
"""The schema revision this program works with."""


async def upgrade(url: str, revision: str = "head", *, pgbouncer: bool = False) -> None:
    """Take the database up to a revision. Does nothing if it is there already, or ahead of what this program knows.

    Raises BadAddress, ServerTooOld, or the driver's own error.
    """

    def run(connection: Connection) -> None:
        at = _version(connection)
        if at is not None and at not in REVISIONS:
            return
        command.upgrade(_on(connection), revision)

    await _migrate(url, run, pgbouncer=pgbouncer)


async def downgrade(url: str, revision: str = "base", *, pgbouncer: bool = False) -> None:
    """Take the database down to a revision; ``base`` is nothing at all. All data in the dropped tables is lost."""
    await _migrate(url, lambda connection: command.downgrade(_on(connection), revision), pgbouncer=pgbouncer)


async def current_revision(connection: asyncpg.Connection) -> str | None:
    """Return the revision the database is at; None if it was never migrated."""
    if not await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


async def pending(connection: asyncpg.Connection) -> list[str]:
    """Return the revisions that this program knows and the database lacks, oldest first.

    Empty: the database is ready for this program. A revision that this program does not know is a newer one, and ready
    too.
    """
    at = await current_revision(connection)
    if at is None:
        return list(REVISIONS)
    if at not in REVISIONS:
        return []
    return list(REVISIONS[REVISIONS.index(at) + 1 :])


def _version(connection: Connection) -> str | None:
    if not connection.execute(text("SELECT to_regclass('alembic_version') IS NOT NULL")).scalar():
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _on(connection: Connection) -> Config:
    made = config()
    made.attributes["connection"] = connection
    return made


async def _migrate(url: str, run: Callable[[Connection], None], *, pgbouncer: bool) -> None:
    engine = database.parse(url, pool_size=1, pgbouncer=pgbouncer).engine()
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(run)
    finally:
        await engine.dispose()
