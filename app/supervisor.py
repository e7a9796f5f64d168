"""What does ``lead-router serve`` do, from nothing to the last goodbye?

It opens the port, starts the embedded Postgres if no other is set, migrates, loads the samples into an empty embedded
database, and starts the workers. Then it watches: a worker that dies is replaced, an embedded Postgres that dies is
started again. At the end workers go first, having answered what they had taken; Postgres goes last.
"""

import asyncio
import errno
import json
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import structlog
from pydantic import SecretStr
from rich.console import Console

from app import __version__, observability
from app.engine.explain import Language
from app.errors import EmbeddedFailed, StartError
from app.seed import load_samples_if_empty
from app.settings import Settings
from app.store import database, migrate
from app.store.embedded import EmbeddedPostgres
from app.workers import APPLICATION, Workers

_SAMPLE = {
    "name": "Lin Example",
    "email": "lin@example.com",
    "company": "Example Robotics",
    "city": "上海",
    "industry": "software",
    "budget": "50万",
    "intent": "high",
    "source": "website",
}

_log = structlog.get_logger("app.supervisor")


def serve(
    settings: Settings, application: str = APPLICATION, *, with_sample: bool = False, language: Language = "en"
) -> None:
    """Serve until SIGTERM or SIGINT. A second signal does not wait for what is under way.

    ``with_sample``: begin with the sample in an empty database of one's own too. Without it, nobody's leads go to
    invented people because a policy was forgotten.

    Raises StartError if it cannot start.
    """
    ending, hurry = threading.Event(), threading.Event()

    def on_signal(number: int, _: FrameType | None) -> None:
        if ending.is_set():
            hurry.set()
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)

    with ExitStack() as stack:
        listening = stack.enter_context(listen(settings.host, settings.port))
        server: EmbeddedPostgres | None = None
        if settings.database_url is None:
            server = stack.enter_context(EmbeddedPostgres(settings.data))
            url = server.url
        else:
            url = settings.database_url.get_secret_value()
        asyncio.run(prepare(url, settings))
        if server is not None or with_sample:
            asyncio.run(load_samples_if_empty(url))
        key = admin_key(settings)
        os.environ |= {
            "LEAD_ROUTER_DATABASE_URL": url,
            "LEAD_ROUTER_ADMIN_KEY": key,
            "LEAD_ROUTER_SECRET_KEY": secret_key(settings),
            "PROMETHEUS_MULTIPROC_DIR": str(stack.enter_context(_metrics_directory(server))),
        }
        if ending.is_set():
            return
        workers = Workers(
            listening,
            count=settings.workers,
            drain_seconds=settings.drain_seconds,
            log_level=settings.log_level,
            log_format=settings.log_format,
            application=application,
        )
        try:
            workers.start()
            greet(listening, key, settings, language)
            _watch(workers, server, ending)
        finally:
            _log.info("draining")
            workers.stop(hurry)
        _log.info("stopped")


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Open the port, for the workers to share.

    Raises StartError, in one line, if it is taken or not to be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StartError(f"LEAD_ROUTER_HOST={host}: {error.strerror or error}") from None
    with opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind(address)
            # Listening at once makes a second start on this port fail now, and lets early clients wait, not fail.
            opened.listen(2048)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StartError(
                    f"port {port} on {host} is in use: stop what uses it, or choose another PORT"
                ) from None
            raise StartError(f"cannot listen on {host}, port {port}: {error.strerror}") from None
        yield opened


async def prepare(url: str, settings: Settings) -> None:
    """Wait for the database for a while, and migrate it.

    Raises StartError.
    """
    target = database.parse(url, pgbouncer=settings.pgbouncer)
    try:
        await database.wait_until_reachable(target, settings.wait_seconds)
        await migrate.upgrade(url, pgbouncer=settings.pgbouncer)
    except database.DRIVER_ERRORS as error:
        raise StartError(f"the database {target.shown} cannot be used: {error or type(error).__name__}") from None


def admin_key(settings: Settings) -> str:
    """Return the admin key that is set, else the one kept in DATA, which is made at first."""
    return _key(settings, settings.admin_key, "admin_key")


def secret_key(settings: Settings) -> str:
    """Return the key that secrets are sealed under: as set, else as kept in DATA, where it is made at first."""
    return _key(settings, settings.secret_key, "secret_key")


def _key(settings: Settings, given: SecretStr | None, name: str) -> str:
    if given is not None:
        return given.get_secret_value()
    path = settings.data / name
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and (kept := path.read_text(encoding="ascii").strip()):
            return kept
        made = secrets.token_urlsafe(24)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(made + "\n")
    except OSError as error:
        setting = f"LEAD_ROUTER_{name.upper()}"
        raise StartError(f"the key cannot be kept in {path}: {error.strerror}; set {setting}") from None
    return made


_GREETING: Final[Mapping[Language, str]] = {
    "en": """
lead router {version} is ready
  URL  {url}{pages}
  Key  {key}
  Try

{curl}
""",
    "zh": """
lead router {version} 已就绪
  URL  {url}{pages}
  密钥 {key}
  试试

{curl}
""",
}
_PAGES: Final[Mapping[Language, str]] = {"en": "   (the API's pages: /docs)", "zh": "   （API 页面：/docs）"}


def greet(listening: socket.socket, key: str, settings: Settings, language: Language) -> None:
    """Say where the service is, and how to try it. A structured log has many readers: in it the key is not named."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what to connect to, when it listens to all
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if settings.log_format == "json":
        kept = "LEAD_ROUTER_ADMIN_KEY" if settings.admin_key is not None else str(settings.data / "admin_key")
        _log.info("ready", url=url, version=__version__, workers=settings.workers, key_in=kept)
        return
    body = json.dumps(_SAMPLE, ensure_ascii=False)
    curl = f"curl -sS {url}/v1/leads -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{body}'"
    out = Console(soft_wrap=True, highlight=False, markup=False)
    pages = _PAGES[language] if settings.docs_enabled else ""
    out.print(_GREETING[language].format(version=__version__, url=url, pages=pages, key=key, curl=curl))


def _watch(workers: Workers, server: EmbeddedPostgres | None, ending: threading.Event) -> None:
    attempts = 0
    while not ending.wait(0.2):
        workers.watch()
        if server is None or server.pid is not None:
            continue
        _log.error("the embedded Postgres died; it is started again")
        try:
            server.restart()
            attempts = 0
        except EmbeddedFailed:
            attempts += 1
            if attempts == 3:
                raise
            time.sleep(1)


@contextmanager
def _metrics_directory(server: EmbeddedPostgres | None) -> Iterator[Path]:
    """A directory of this replica's own: in DATA if it owns DATA, else a temporary one."""
    made = server.data / "metrics" if server is not None else Path(tempfile.mkdtemp(prefix="lead-router-metrics-"))
    observability.clean_metrics(made)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
