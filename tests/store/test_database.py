"""One address, as people write it, serves asyncpg and SQLAlchemy alike."""

import asyncio
from urllib.parse import parse_qsl, quote, urlsplit

import asyncpg
import pytest
from sqlalchemy import text

from app.errors import BadAddress, ServerTooOld
from app.store import database
from tests.conftest import free_port


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_scheme_is_taken(scheme: str) -> None:
    assert database.parse(f"{scheme}://me:pw@db:5433/leads").dsn == "postgresql://me:pw@db:5433/leads"


def test_what_only_libpq_knows_is_left_out_and_the_rest_is_kept() -> None:
    parsed = database.parse("postgres://me@db/leads?sslmode=verify-full&channel_binding=require&connect_timeout=3")
    assert parsed.dsn == "postgresql://me@db/leads?sslmode=verify-full"
    assert parsed.connect_timeout == 3


def test_a_unix_socket_is_a_host() -> None:
    assert database.parse("postgresql:///leads?host=/run/my%20sockets").dsn.endswith("?host=%2Frun%2Fmy%20sockets")


def test_several_hosts_are_one_address() -> None:
    url = "postgresql://me:pw@one:5433,two,[::1]:5434/leads?target_session_attrs=read-write"
    assert database.parse(url).dsn == url
    assert database.redacted(url) == url.replace("pw", "***")


async def test_a_host_that_says_nothing_keeps_nobody_from_the_next(postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    query = dict(parse_qsl(parts.query))
    host = quote(query.get("host") or parts.hostname or "", safe="")
    port = parts.port or query.get("port") or 5432
    login = parts.netloc.rpartition("@")[0]
    silent = await asyncio.start_server(lambda *_: asyncio.sleep(60), "127.0.0.1", 0)
    async with silent:
        nobody = silent.sockets[0].getsockname()[1]
        several = f"{login}@127.0.0.1:{nobody},127.0.0.1:{free_port()},{host}:{port}"
        url = f"postgresql://{several}{parts.path}?target_session_attrs=read-write&connect_timeout=1"
        target = database.parse(url)
        connection = await target.connect()
        assert await connection.fetchval("SELECT NOT pg_is_in_recovery()")
        await connection.close()
        pool = await target.pool()
        assert await pool.fetchval("SELECT 1") == 1
        await pool.close()


@pytest.mark.parametrize(
    "wrong", ["postgresql://one,two:x/leads", "leads", "http://db/leads", "postgresql://db", "postgresql://db:x/leads"]
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(BadAddress):
        database.parse(wrong)


def test_a_password_is_never_shown() -> None:
    shown = database.redacted("postgresql://me:secret@db/leads?sslpassword=secret&sslmode=require")
    assert shown == "postgresql://me:***@db/leads?sslpassword=***&sslmode=require"


@pytest.mark.parametrize("pgbouncer", [False, True])
async def test_both_roads_reach_the_same_database(database_url: str, pgbouncer: bool) -> None:
    target = database.parse(database_url, pgbouncer=pgbouncer)
    query = "SELECT current_database()"
    pool = await target.pool()
    engine = target.engine()
    async with pool.acquire() as connection:
        by_asyncpg = await connection.fetchval(query)
    async with engine.connect() as opened:
        assert (await opened.execute(text(query))).scalar() == by_asyncpg
    await pool.close()
    await engine.dispose()


async def test_a_server_that_is_too_old_is_named(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.require_server(connection)
    monkeypatch.setattr(database, "OLDEST_SERVER", connection.get_server_version().major + 1)
    with pytest.raises(ServerTooOld, match="the database server is Postgres"):
        database.require_server(connection)
