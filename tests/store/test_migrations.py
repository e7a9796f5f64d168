"""The migrations take a database from nothing to the tables, and back to nothing."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from app.store import database, migrate
from app.store.tables import metadata

SHAPE = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attidentity::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "tables": """
        SELECT relname, relpersistence::text, reloptions, obj_description(oid)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    """,
}


async def shape(connection: asyncpg.Connection) -> dict[str, set[str]]:
    """Everything that the catalogue says of the service's own tables."""
    found = {}
    for part, query in SHAPE.items():
        rows = [tuple(row) for row in await connection.fetch(query)]
        found[part] = {str(row) for row in rows if row[0] != "alembic_version"}
    return found


async def connect(url: str) -> asyncpg.Connection:
    return await database.parse(url).connect()


async def test_up_down_and_up_again_from_nothing(empty_database_url: str) -> None:
    url = empty_database_url
    await migrate.upgrade(url)
    connection = await connect(url)
    try:
        first = await shape(connection)
        assert await migrate.current_revision(connection) == migrate.HEAD
        assert await migrate.pending(connection) == []
        assert first["tables"]

        await migrate.downgrade(url)
        assert await shape(connection) == {part: set() for part in SHAPE}
        assert await migrate.pending(connection) == list(migrate.REVISIONS)

        await migrate.upgrade(url)
        assert await shape(connection) == first
    finally:
        await connection.close()


async def test_the_migrations_end_in_exactly_the_tables(database_url: str, empty_database_url: str) -> None:
    engine = database.parse(empty_database_url).engine()
    async with engine.begin() as opened:
        await opened.run_sync(metadata.create_all)
    await engine.dispose()
    migrated, declared = await connect(database_url), await connect(empty_database_url)
    try:
        assert await shape(migrated) == await shape(declared)
    finally:
        await migrated.close()
        await declared.close()


async def test_alembic_finds_no_difference_between_the_migrations_and_the_tables(database_url: str) -> None:
    def compare(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        found: list[object] = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        return found

    engine = database.parse(database_url).engine()
    async with engine.connect() as opened:
        assert await opened.run_sync(compare) == []
    await engine.dispose()


async def test_many_processes_may_migrate_at_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate.upgrade(empty_database_url) for _ in range(6)))
    connection = await connect(empty_database_url)
    assert await migrate.current_revision(connection) == migrate.HEAD
    await connection.close()


async def test_a_database_that_a_newer_release_migrated_is_ready_and_left_alone(database_url: str) -> None:
    connection = await connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert await migrate.pending(connection) == []
    await migrate.upgrade(database_url)
    assert await migrate.current_revision(connection) == "9999"
    await connection.close()


async def test_a_database_that_was_never_migrated_says_so(empty_database_url: str) -> None:
    connection = await connect(empty_database_url)
    assert await migrate.current_revision(connection) is None
    assert await migrate.pending(connection) == list(migrate.REVISIONS)
    await connection.close()


async def test_the_lane_starts_at_nothing(connection: asyncpg.Connection) -> None:
    row = await connection.fetchrow(
        "SELECT id, seq, revision, stamp, policy_version, time = 'epoch' AS unused FROM lane"
    )
    assert tuple(row) == (1, 0, 0, 0, None, True)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("INSERT INTO lane SELECT 2, seq, revision, stamp, time FROM lane")


LEAD = """
    INSERT INTO leads (id, received_at, updated_at, status, facts, warnings)
    VALUES ('00000000-0000-7000-8000-000000000001', now(), now(), 'queued', '{}', '[]')
"""
ASSIGNMENT = """
    INSERT INTO assignments (seq, id, revision, stamp, lead_id, kind, status, rep_id, engine_version, decided_at,
                             decision, effects)
    VALUES ($1, gen_random_uuid(), $1, 0, '00000000-0000-7000-8000-000000000001', $2, $3, $4, '1', now(), '{}', '{}')
"""


async def test_the_database_refuses_to_route_a_lead_a_second_time(connection: asyncpg.Connection) -> None:
    await connection.execute(LEAD)
    await connection.execute(ASSIGNMENT, 1, "routed", "assigned", "east-1")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(ASSIGNMENT, 2, "routed", "assigned", "east-2")
    await connection.execute(ASSIGNMENT, 2, "rerouted", "assigned", "east-2")


async def test_the_database_refuses_an_assignment_to_nobody(connection: asyncpg.Connection) -> None:
    await connection.execute(LEAD)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(ASSIGNMENT, 1, "routed", "assigned", None)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("UPDATE leads SET status = 'assigned'")


ARRIVAL = """
    INSERT INTO arrivals (id, source_id, received_at, state, verified, method, url, headers, body, items, attempts)
    VALUES (gen_random_uuid(), 'shop', now() - make_interval(hours => $1), 'done', true, 'POST', '/', '{}', '',
            json_build_array(json_build_object('key', 'o-1', 'lead_id', $2::text, 'status', $3::text)), 1)
"""


async def test_a_lead_made_by_an_older_release_came_when_its_delivery_did(database_url: str) -> None:
    lead = "00000000-0000-7000-8000-000000000001"
    await migrate.downgrade(database_url, "0012")
    connection = await connect(database_url)
    try:
        await connection.execute(LEAD)
        for hours, made, status in (
            (3, None, "test"),
            (2, lead, "assigned"),
            (1, lead, "assigned"),
            (9, lead, "updated"),
        ):
            await connection.execute(ARRIVAL, hours, made, status)
        await migrate.upgrade(database_url)
        ago = await connection.fetchval("SELECT now() - received_at FROM leads")
        assert timedelta(hours=2) <= ago < timedelta(hours=2, minutes=5)
    finally:
        await connection.close()
