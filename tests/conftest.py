"""A real Postgres for every test that asks for one.

One server for the whole run, shared by xdist's workers: the one that LEAD_ROUTER_TEST_DATABASE_URL or
LEAD_ROUTER_DATABASE_URL names (databases are made beside the named one, which is left alone; the role needs CREATEDB),
else an embedded one in a temporary directory. Each test gets a database of its own, copied from a template that was
migrated once.
"""

import asyncio
import contextlib
import fcntl
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

import asyncpg
import hypothesis
import pytest
import structlog
from xdist.scheduler import LoadScopeScheduling

from app import observability
from app.store import database, migrate
from app.store.embedded import EmbeddedPostgres

T = TypeVar("T")

COUNTS = "counts"
"""Under which name a test keeps the counts that it ended in."""

# The one server that may forget: what it holds is gone after the run anyway.
# Nobody but the tests may be connected to a database that a test drops: so no autovacuum worker either.
FORGETFUL = {
    "autovacuum": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "400",
}


ROOM_IN_MEMORY = 4 << 30
"""Bytes that must be free in memory for the one server to be kept there; it takes less than a quarter of that."""

# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes is the machine's business. `make test` tries the same examples wherever it runs: what it
# says of a commit is then true of the commit. `make soak` tries other ones each time.
hypothesis.settings.register_profile("soak", deadline=None)
hypothesis.settings.register_profile("test", deadline=None, derandomize=True)
hypothesis.settings.load_profile("test")

# As the service logs: a traceback with all its values takes seconds, and a lane is held meanwhile.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        observability.errors_without_text,
        structlog.dev.ConsoleRenderer(colors=False),
    ]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--counts", action="store_true", help="show the counts that the fault tests ended in")


class ByServer(LoadScopeScheduling):
    """Hands out tests one by one, but those of a fault module together: they share a server and a service."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if nodeid.startswith("tests/faults/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServer:
    return ByServer(config, log)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What clients were told against what the tables hold, a line for each test."""
    if not config.getoption("--counts"):
        return
    for report in terminalreporter.getreports("passed"):
        for name, counts in report.user_properties:
            if name == COUNTS:
                said = ", ".join(f"{word} {number}" for word, number in counts.items())
                terminalreporter.write_line(f"{report.head_line or report.nodeid} ({report.duration:.0f} s): {said}")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread and an event loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def execute(url: str, *statements: str) -> None:
    connection = await database.parse(url).connect()
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _memory_or_disk() -> Path:
    """Where the one server is kept: in memory if there is room, where making a database takes a twentieth of the time.

    What holds only of a disk is tested on one, by servers of their own (``tests/faults``).
    """
    memory = Path("/dev/shm")
    with contextlib.suppress(OSError):
        if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_IN_MEMORY:
            return memory
    return Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the run's server. Its role may create databases; the database it names is not for tests to use."""
    run = getattr(request.config, "workerinput", {}).get("testrunuid") or f"alone-{os.getpid()}"
    shared = _memory_or_disk() / f"lead-router-tests-{run}"
    shared.mkdir(exist_ok=True, mode=0o711)
    with (shared / "users").open("a") as users, (shared / "first").open("a") as first:
        # Every worker holds "users". The first one starts the server, and stops it when nobody else holds "users".
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(first, fcntl.LOCK_EX)
        note = shared / "url"
        if note.exists():
            fcntl.flock(first, fcntl.LOCK_UN)
            yield note.read_text()
            return
        given = os.environ.get("LEAD_ROUTER_TEST_DATABASE_URL") or os.environ.get("LEAD_ROUTER_DATABASE_URL")
        server = None
        if given:
            url = given
        else:
            server = EmbeddedPostgres(shared / "data", settings=FORGETFUL)
            server.start()
            server.superuser_sql("ALTER ROLE lead_router CREATEDB")
            url = server.url
        template = template_of(run)
        try:
            run_apart(execute(url, f'CREATE DATABASE "{template}"'))
            run_apart(migrate.upgrade(database.with_database(url, template)))
            note.write_text(url)
            fcntl.flock(first, fcntl.LOCK_UN)
            yield url
            fcntl.flock(users, fcntl.LOCK_EX)
            run_apart(execute(url, f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)'))
        finally:
            if server is not None:
                server.stop()
            shutil.rmtree(shared, ignore_errors=True)


def template_of(run: str) -> str:
    return f"lead_router_template_{run[:24]}"


@pytest.fixture(scope="session")
def template(postgres_url: str, request: pytest.FixtureRequest) -> str:
    """The name of the migrated template database."""
    return template_of(getattr(request.config, "workerinput", {}).get("testrunuid") or f"alone-{os.getpid()}")


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """The address of a fresh database with nothing in it."""
    yield from fresh_database(postgres_url, "template0")


@pytest.fixture
def database_url(postgres_url: str, template: str) -> Iterator[str]:
    """The address of a fresh, migrated database; dropped after the test, whoever is still connected."""
    yield from fresh_database(postgres_url, template)


def fresh_database(server_url: str, template: str) -> Iterator[str]:
    name = f"lead_router_test_{uuid4().hex}"
    run_apart(execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))
    try:
        yield database.with_database(server_url, name)
    finally:
        run_apart(execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@pytest.fixture
def pgbouncer_url(database_url: str) -> Iterator[str]:
    """The address of the test's own database through a pgbouncer in transaction mode."""
    with pgbouncer(database_url, free_port()) as url:
        yield url


def free_port() -> int:
    """A port that nobody listens on, and that no connection is made from: so it stays free while nobody listens."""
    chance = random.Random()
    while True:
        port = chance.randint(15_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def pgbouncer(database_url: str, port: int) -> Iterator[str]:
    """A pgbouncer in transaction mode before a database; at the end it is killed. Skips the test if there is none."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None or not hasattr(os, "memfd_create"):
        pytest.skip("pgbouncer is not installed, or this is not Linux")
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query))
    host = query.get("host") or parts.hostname or "localhost"
    name = parts.path.strip("/")
    login = f"user={unquote(parts.username or '')} password={unquote(parts.password or '')}"
    config = (
        f"[databases]\n{name} = host={host} port={parts.port or query.get('port') or 5432} {login}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 4\n"
    )
    # It does not run as root; only the account that owns a socket's directory may enter it.
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = pwd.getpwuid(os.stat(host).st_uid) if host.startswith("/") else pwd.getpwnam("nobody")
        options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    descriptor = os.memfd_create("pgbouncer.ini")
    os.write(descriptor, config.encode())
    os.fchmod(descriptor, 0o444)
    with subprocess.Popen(
        [program, "-q", f"/proc/self/fd/{descriptor}"],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    ) as process:
        os.close(descriptor)
        try:
            url = f"postgresql://127.0.0.1:{port}/{name}"
            run_apart(database.wait_until_reachable(database.parse(url, pgbouncer=True), 10))
            yield url
        finally:
            process.kill()


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the test's own database."""
    opened = await database.parse(database_url).connect()
    try:
        yield opened
    finally:
        await opened.close()
