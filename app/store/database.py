"""How is Postgres reached?

One address, given as people give it (``postgres://``, ``postgresql://``, ``postgresql+asyncpg://``, TCP or unix
socket, several hosts, any TLS parameter of libpq that asyncpg knows), serves both roads: asyncpg alone for all that the
service does, SQLAlchemy for migrations.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.errors import BadAddress, ServerTooOld

DRIVER_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""What a statement may end in when the database, the way to it, or the driver's state of a cut connection fails."""

_NOT_NOW: Final = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.TargetServerAttributeNotMatched,
)
"""Why a host cannot be connected to that may be later, or another one now. A wrong password is none of these."""

NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})

OLDEST_SERVER = 15
"""The oldest major version of Postgres that the service works with."""

_SCHEMES = {"postgres", "postgresql", "postgresql+asyncpg"}

# libpq takes these in an address; asyncpg would send them to the server, which refuses the connection.
_LIBPQ_ONLY = {
    "channel_binding",
    "fallback_application_name",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "sslcompression",
    "tcp_user_timeout",
}

_SQLALCHEMY_NAMES = {"ssl": "sslmode"}


@asynccontextmanager
async def write_transaction(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction that writes, at READ COMMITTED, whatever the database says of transactions by default."""
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
        yield


async def _nothing_to_reset(_: object) -> None:
    """Leave a connection as it is when it goes back to the pool.

    What is set on one is set for a transaction, and none listens or locks beyond it: asking Postgres to undo all that
    would make every request a round trip longer.
    """


@dataclass(frozen=True, slots=True)
class Database:
    """One database, and how connections to it are made.

    ``dsn`` is what asyncpg takes. ``connect_timeout`` is in seconds, for each host. With ``pgbouncer`` nothing relies
    on a session: no statement is cached, and each prepared one has a name of its own.
    """

    dsn: str
    pool_size: int = 10
    pgbouncer: bool = False
    connect_timeout: float = 5.0

    def _options(self, settings: Mapping[str, str]) -> dict[str, Any]:
        """How a connection is made, wherever it leads."""
        if self.pgbouncer:
            return {"timeout": self.connect_timeout, "statement_cache_size": 0}
        # Statements are short and their plans small: compiling them to machine code only delays the first ones.
        asked = {"application_name": "lead-router", "jit": "off", **settings}
        return {"timeout": self.connect_timeout, "server_settings": asked}

    async def connect(self, *, settings: Mapping[str, str] = NO_SETTINGS, **options: Any) -> asyncpg.Connection:
        """Open one connection: to the first host that can be used, if the address names several.

        Each host gets the time that it has for itself: one that was switched off says nothing at all, and must not keep
        us from the next. ``settings`` are asked of the server for the session; not through a pgbouncer, which has none.
        ``options`` are asyncpg's.
        """
        options |= self._options(settings)
        *before, last = _each_host(self.dsn)
        for dsn in before:
            try:
                return await asyncpg.connect(dsn, **options)
            except _NOT_NOW:
                continue
        return await asyncpg.connect(last, **options)

    async def pool(self) -> asyncpg.Pool:
        """Make a pool of at most ``pool_size`` connections; none is opened yet."""
        return await asyncpg.create_pool(
            min_size=0, max_size=self.pool_size, connect=self._for_pool, reset=_nothing_to_reset
        )

    async def _for_pool(self, _: None, **options: Any) -> asyncpg.Connection:
        return await self.connect(**options)

    def engine(self) -> AsyncEngine:
        """Return a SQLAlchemy engine; nothing is connected yet. The caller disposes of it."""
        options: dict[str, Any] = {}
        if self.pgbouncer:
            options["connect_args"] = {
                "prepared_statement_cache_size": 0,
                "prepared_statement_name_func": lambda: f"lead_router_{uuid4().hex}",
            }

        async def creator(**_: Any) -> asyncpg.Connection:
            return await self.connect()

        return create_async_engine(
            "postgresql+asyncpg://",
            async_creator=creator,
            pool_size=self.pool_size,
            max_overflow=0,
            pool_pre_ping=not self.pgbouncer,
            **options,
        )

    @property
    def shown(self) -> str:
        """The address without its password, for people."""
        return redacted(self.dsn)


def parse(url: str, *, pool_size: int = 10, pgbouncer: bool = False) -> Database:
    """Read a database address.

    Raises BadAddress, which names what is wrong with it.
    """
    try:
        parts = urlsplit(url.strip())
        for host in _hosts(parts.netloc):
            _ = urlsplit(f"//{host}").port
    except ValueError as error:
        raise BadAddress(f"it is not an address: {error}") from None
    if parts.scheme not in _SCHEMES:
        raise BadAddress(
            f"it starts with {parts.scheme + '://' if parts.scheme else 'no scheme'!r}; expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        )
    query: dict[str, str] = {}
    timeout = 5.0
    for given, value in parse_qsl(parts.query, keep_blank_values=True):
        name = _SQLALCHEMY_NAMES.get(given, given)
        if name in _LIBPQ_ONLY:
            continue
        if name == "connect_timeout":
            try:
                timeout = float(value)
            except ValueError:
                raise BadAddress(f"connect_timeout={value!r} is not a number of seconds") from None
            continue
        query[name] = value
    if not parts.path.strip("/") and not ({"dbname", "database"} & query.keys()):
        raise BadAddress("it names no database: add /DATABASE to its end")
    dsn = urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(query, quote_via=quote), ""))
    return Database(dsn=dsn, pool_size=pool_size, pgbouncer=pgbouncer, connect_timeout=timeout)


def _hosts(netloc: str) -> list[str]:
    """The hosts of an address, each with its port if it has one."""
    return netloc.rpartition("@")[2].split(",")


def _each_host(dsn: str) -> list[str]:
    """The address for each of its hosts alone."""
    parts = urlsplit(dsn)
    login, at, _ = parts.netloc.rpartition("@")
    return [urlunsplit(parts._replace(netloc=f"{login}{at}{host}")) for host in _hosts(parts.netloc)]


def redacted(url: str) -> str:
    """Return the address with its password, wherever it stands, replaced by ***."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if "@" in netloc:
        login, _, host = netloc.rpartition("@")
        user, colon, _password = login.partition(":")
        netloc = f"{user}{':***' if colon else ''}@{host}"
    query = urlencode(
        [(name, "***" if "password" in name else value) for name, value in parse_qsl(parts.query)],
        quote_via=quote,
        safe="/*",
    )
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def with_database(url: str, name: str) -> str:
    """Return the same address for another database of the same server."""
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in {"dbname", "database"}]
    return urlunsplit((parts.scheme, parts.netloc, f"/{quote(name, safe='')}", urlencode(query, quote_via=quote), ""))


def require_server(connection: asyncpg.Connection) -> None:
    """Raise ServerTooOld if the server at the other end is older than the service works with."""
    version = connection.get_server_version()
    if version.major < OLDEST_SERVER:
        raise ServerTooOld(
            f"the database server is Postgres {version.major}.{version.minor}; "
            f"lead-router needs {OLDEST_SERVER} or newer"
        )


async def wait_until_reachable(database: Database, seconds: float) -> None:
    """Connect once, trying again for so many seconds, and check the server's version.

    Raises ServerTooOld, or the last error of the driver when the time is over. Wrong names and passwords are not
    tried again.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        try:
            connection = await database.connect()
        except _NOT_NOW:
            if loop.time() >= deadline:
                raise
            await asyncio.sleep(0.25)
            continue
        try:
            require_server(connection)
        finally:
            await connection.close()
        return
