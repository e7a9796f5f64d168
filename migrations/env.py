"""How does Alembic reach the database?

``app.store.migrate`` hands over an open connection and owns its transaction. The ``alembic`` command line (for
developers) has none, and reads LEAD_ROUTER_DATABASE_URL.
"""

import asyncio
import os

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection

from app.store import database
from app.store.tables import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_from_environment() -> None:
    url = os.environ.get("LEAD_ROUTER_DATABASE_URL")
    if not url:
        raise CommandError("set LEAD_ROUTER_DATABASE_URL to the database that Alembic should work on")
    engine = database.parse(url).engine()
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:
    asyncio.run(_run_from_environment())
