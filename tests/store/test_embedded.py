"""The embedded Postgres is durable, closed to others, and comes back from every way of dying."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.errors import DataInUse, EmbeddedFailed
from app.store import database
from app.store.embedded import EmbeddedPostgres
from tests.conftest import run_apart


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lr-", ignore_cleanup_errors=True) as directory:
        yield Path(directory) / "data"


async def query(url: str, sql: str) -> object:
    connection = await database.parse(url).connect()
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def keep(url: str) -> None:
    await query(url, "CREATE TABLE kept AS SELECT 42 AS answer")


async def kept(url: str) -> object:
    return await query(url, "SELECT answer FROM kept")


async def test_it_is_as_durable_as_any_postgres_and_its_role_is_no_superuser(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert await query(server.url, f"SHOW {setting}") == "on"
        assert await query(server.url, "SHOW listen_addresses") == ""
        assert await query(server.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


async def test_it_is_closed_to_those_without_the_password(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await query(f"postgresql://lead_router:wrong@/lead_router?host={server.cluster}", "SELECT 1")
        assert mode(data / "postgres_password") == 0o600
        assert mode(server.cluster) == 0o700


async def test_a_deep_path_with_spaces_and_any_letters_will_do_and_no_directory_above_it_is_touched(data: Path) -> None:
    deep = data / "Köln, 上海" / ("x" * 120)
    os.mkdir(data, 0o700)
    before = [mode(directory) for directory in (data, *data.parents)]
    with EmbeddedPostgres(deep) as server:
        await keep(server.url)
    with EmbeddedPostgres(deep) as server:
        assert await kept(server.url) == 42
    assert [mode(directory) for directory in (data, *data.parents)] == before


async def test_a_second_start_on_the_same_data_names_the_process_that_holds_it(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        with pytest.raises(DataInUse) as caught:
            EmbeddedPostgres(data).start()
        assert caught.value.pid == os.getpid()
        assert "\n" not in str(caught.value)
        assert await query(server.url, "SELECT 1") == 1


async def test_a_server_that_was_killed_comes_back_at_the_same_address_with_what_was_committed(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        url, pid = server.url, server.pid
        assert pid is not None
        await keep(url)
        os.kill(pid, signal.SIGKILL)
        server.restart()
        assert server.url == url
        assert server.pid != pid
        assert await kept(url) == 42


ABANDON = """
import asyncio, os, signal, sys
from pathlib import Path
from app.store import migrate
from app.store.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
asyncio.run(migrate.upgrade(server.url))
print(server.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_server_whose_owner_was_killed_is_taken_over(data: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ABANDON, str(data)], capture_output=True, text=True, check=False)
    left_behind = int(done.stdout)
    os.kill(left_behind, 0)
    with EmbeddedPostgres(data) as server:
        assert server.pid != left_behind
        assert run_apart(query(server.url, "SELECT count(*) FROM lane")) == 1


async def test_a_pid_file_left_by_a_reboot_is_no_hindrance_even_if_the_pid_is_somebody_elses_now(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        left = (server.cluster / "postmaster.pid").read_text().splitlines()
    left[0] = str(os.getpid())
    (server.cluster / "postmaster.pid").write_text("\n".join(left) + "\n")
    with EmbeddedPostgres(data) as again:
        assert await query(again.url, "SELECT 1") == 1


def test_a_start_that_fails_says_why_with_the_servers_own_words(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        conf = server.cluster / "postgresql.conf"
    with conf.open("a") as file:
        file.write("max_connections = plenty\n")
    with pytest.raises(EmbeddedFailed, match='invalid value for parameter "max_connections": "plenty"'):
        EmbeddedPostgres(data).start()
    with pytest.raises(EmbeddedFailed):
        EmbeddedPostgres(data).start()


def test_data_of_another_postgres_is_refused_with_the_way_out(data: Path) -> None:
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedFailed, match="made by Postgres 15"):
        EmbeddedPostgres(data).start()
