"""A Postgres of a test's own, as durable as any: to be killed, stopped, frozen, and started again where it was."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil

from app.store import account
from app.store.embedded import binary
from tests.conftest import free_port

SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "max_wal_size": "32MB",
    # In its own directory, which is deleted: what a killed server has in the machine's shared memory stays there.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
"""Small, and everything that durability asks for."""

_HBA = "".join(f"host {which} all 127.0.0.1/32 scram-sha-256\n" for which in ("all", "replication"))

START_SECONDS = 60.0


class Server:
    """One server: its cluster, its log, its addresses. ``url`` is the service's, ``root`` the superuser's.

    ``environment`` is what it is started with.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lr-"))
        self.folder.chmod(0o711)
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "log"
        self.port = free_port()
        self.environment = {**os.environ, "LC_ALL": "C"}
        self._process: subprocess.Popen[bytes] | None = None
        self._who = account.choose(self.folder, self.cluster, Path(binary("postgres")).parent)

    # --- making it ----------------------------------------------------------------------------------------------------

    def make(self) -> None:
        """Make a new cluster with a password of its own."""
        password = self.folder / "password"
        password.write_text(secrets.token_urlsafe(16))
        self._who.give(password)
        self._own(self.cluster)
        self.run(
            "initdb", "-D", str(self.cluster), "-U", "postgres", "--encoding=UTF8", "--locale=C", "--no-sync",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--wal-segsize=1", "--auth=scram-sha-256",
            f"--pwfile={password}",
        )  # fmt: skip
        (self.cluster / "pg_hba.conf").write_text(_HBA)
        self.set(**SETTINGS)

    def copy(self, made: Server) -> None:
        """Take over a cluster that is not running."""
        shutil.copytree(made.cluster, self.cluster, symlinks=True, dirs_exist_ok=True)
        shutil.copy(made.folder / "password", self.folder / "password")
        for path in (self.cluster, *self.cluster.rglob("*")):
            self._who.give(path)

    def follow(self, primary: Server) -> None:
        """Become the standby of a server that runs, whatever it was before."""
        shutil.copy(primary.folder / "password", self.folder / "password")
        shutil.rmtree(self.cluster, ignore_errors=True)
        self._own(self.cluster)
        self.run("pg_basebackup", "-D", str(self.cluster), "-d", primary.root, "-R", "-X", "stream", "-c", "fast")

    def set(self, **settings: str) -> None:
        """Say settings that hold from the next start on."""
        with (self.cluster / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._who.give(folder)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of Postgres's programs under the server's account."""
        done = subprocess.run(
            self._who.command(binary(program), arguments), capture_output=True, text=True, cwd="/", check=False,
            env={**os.environ, "LC_ALL": "C"}, **self._who.popen_options(),
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    # --- reaching it --------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address for the service's role, which owns its database and is no superuser."""
        return self._url("lead_router", "lead_router")

    @property
    def root(self) -> str:
        """The superuser's address."""
        return self._url("postgres", "postgres")

    @property
    def root_of_ours(self) -> str:
        """The superuser's address of the service's database."""
        return self._url("postgres", "lead_router")

    @property
    def password(self) -> str:
        """The password of both."""
        return (self.folder / "password").read_text()

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    # --- what happens to it -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it, and wait until it can be connected to."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._who.command(
                    binary("postgres"),
                    ["-D", str(self.cluster), "-c", f"port={self.port}", "-c", "listen_addresses=127.0.0.1",
                     "-c", "unix_socket_directories="],
                ),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                env=self.environment, **self._who.popen_options(),
            )  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.runs, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.02)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
            mine = self._process is not None and len(lines) > 7 and lines[0] == str(self._process.pid)
            return mine and lines[7].strip() in ("ready", "standby")
        return False

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        """The last of what it has logged."""
        return self.log.read_text(errors="replace")[-4000:]

    def stop(self) -> None:
        """End it in order, whoever is connected."""
        if self.runs:
            assert self._process is not None
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)

    def kill(self) -> None:
        """End it as a power cut does: all its processes at once, none of them asked."""
        for process in reversed(self.processes()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self._process is not None:
            self._process.wait(60)

    def freeze(self) -> None:
        """Stop all its processes where they are: connections stay, and nothing answers."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def thaw(self) -> None:
        """Let them go on."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def processes(self) -> list[psutil.Process]:
        """The server's processes, those that it started first."""
        if not self.runs:
            return []
        assert self._process is not None
        server = psutil.Process(self._process.pid)
        return [*server.children(recursive=True), server]

    def remove(self) -> None:
        """End it by force, and delete what it leaves."""
        self.thaw()
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def either(*servers: Server) -> str:
    """One address for several servers: of whichever can be written to."""
    parts = urlsplit(servers[0].url)
    login = parts.netloc.rpartition("@")[0]
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return urlunsplit(parts._replace(netloc=f"{login}@{hosts}", query="target_session_attrs=read-write"))
