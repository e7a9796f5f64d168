"""``lead-router serve`` as a process, with its workers, for tests to call, to kill and to freeze."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.processes import workers_of
from tests.conftest import run_apart

KEY = "the-key-of-these-tests"
REPS = ("ann", "bob", "cai")
START_SECONDS = 120.0


class Service:
    """A running service. ``settings`` are ``LEAD_ROUTER_*``, in lower case and without the prefix.

    ``command`` is what Python is told to run, where that is not the service as it is.
    """

    def __init__(self, database_url: str, *, command: tuple[str, ...] = ("-m", "app.cli", "serve"), **settings: object):
        self.folder = Path(tempfile.mkdtemp(prefix="lr-"))
        self.log = self.folder / "log"
        self.url = ""
        self._command = command
        self._settings: dict[str, object] = {
            "database_url": database_url, "admin_key": KEY, "port": 0, "data": self.folder / "data",
            "log_format": "console", "workers": 1, **settings,
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The owner of the workers."""
        assert self._process is not None, "it has not been started"
        return self._process

    @property
    def runs(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and wait until all its workers serve."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEAD_ROUTER_")}
        environment |= {f"LEAD_ROUTER_{name.upper()}": str(value) for name, value in self._settings.items()}
        begins = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command], env={**environment, "PYTHONPATH": os.getcwd()},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while (found := re.search(r"^  URL  (\S+)", self.said(begins), re.MULTILINE)) is None:
            assert self.runs, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)
        self.url = found[1]

    def said(self, begins: int = 0) -> str:
        """What it has logged."""
        with self.log.open("rb") as log:
            log.seek(begins)
            return log.read().decode(errors="replace")

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that serve, those still starting among them."""
        return workers_of(self.process.pid)

    @property
    def nursery(self) -> psutil.Process:
        """The process that the workers are forked from."""
        (process,) = {worker.parent() for worker in self.workers}
        assert process is not None
        return process

    def end(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end, and wait until it has; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def remove(self) -> None:
        """End it by force, and delete what it leaves."""
        if self.runs:
            for process in (psutil.Process(self.process.pid), *self.workers):
                process.kill()
            self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A client with the key."""
        headers = {"Authorization": f"Bearer {KEY}"}
        # Without certificates, which nothing here has: reading them takes longer than everything else that it does.
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, verify=False, **options)

    async def furnish(self, weights: Mapping[str, float] = dict.fromkeys(REPS, 1.0), **rep: Any) -> None:
        """Put one team, and a policy that gives it every lead in turn."""
        members = [{"rep": who, "weight": weight} for who, weight in weights.items()]
        roster = {
            "reps": {who: {"name": who.title(), **rep} for who in weights},
            "teams": {"everyone": {"name": "Everyone", "members": members}},
        }
        policy = {
            "name": "turns",
            "rules": [{"name": "everyone in turn", "assign": {"team": "everyone", "by": "round_robin"}}],
        }
        async with self.client(timeout=60) as client:
            (await client.put("/v1/roster", json=roster)).raise_for_status()
            (await client.post("/v1/policies?activate=true", json=policy)).raise_for_status()

    async def metric(self, name: str) -> float:
        """A metric, as ``lead_router_{name}`` or with labels; 0 if it is not there yet."""
        async with self.client(timeout=30) as client:
            text = (await client.get("/metrics")).text
        found = re.search(rf"^lead_router_{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0


@contextmanager
def furnished(url: str, **settings: object) -> Iterator[Service]:
    """A service with a team and a policy, until it is left; for fixtures of modules."""
    started = Service(url, **settings)
    try:
        started.start()
        run_apart(started.furnish())
        yield started
    finally:
        started.remove()
