"""Behind a pgbouncer in transaction mode nothing may rely on a session."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from app.store import database, migrate


async def test_many_clients_share_few_connections_on_both_roads(pgbouncer_url: str) -> None:
    target = database.parse(pgbouncer_url, pgbouncer=True, pool_size=12)
    pool = await target.pool()
    engine = target.engine()

    async def by_asyncpg(number: int) -> int:
        async with pool.acquire() as connection, connection.transaction():
            return int(await connection.fetchval("SELECT $1::int", number))

    async def by_sqlalchemy(number: int) -> int:
        async with engine.connect() as connection:
            return int((await connection.execute(text("SELECT CAST(:n AS int)"), {"n": number})).scalar_one())

    asked = range(60)
    assert await asyncio.gather(*map(by_asyncpg, asked)) == list(asked)
    assert await asyncio.gather(*map(by_sqlalchemy, asked)) == list(asked)
    await pool.close()
    await engine.dispose()


async def test_migrations_run_through_it(pgbouncer_url: str) -> None:
    await migrate.downgrade(pgbouncer_url, pgbouncer=True)
    await asyncio.gather(*(migrate.upgrade(pgbouncer_url, pgbouncer=True) for _ in range(3)))
    connection = await database.parse(pgbouncer_url, pgbouncer=True).connect()
    assert await migrate.current_revision(connection) == migrate.HEAD
    await connection.close()


async def test_without_the_setting_it_refuses_what_it_does_not_know(pgbouncer_url: str) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await database.parse(pgbouncer_url).connect()
