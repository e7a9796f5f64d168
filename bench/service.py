"""How is the service started for the bench? As anyone starts it: ``lead-router serve``, with its processes.

Or another application in the same processes: what it is compared with.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from app.workers import APPLICATION
from bench.load import Address
from bench.processes import workers_of

KEY: Final = "the-key-of-the-bench"

_START_SECONDS: Final = 90.0


class NotStarted(Exception):
    """A process of the bench ended before it could serve; its log says why."""


@dataclass(slots=True)
class Service:
    """A running replica."""

    address: Address
    process: subprocess.Popen[bytes]

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that serve."""
        return workers_of(self.process.pid)

    def get(self, path: str, **parameters: Any) -> Any:
        """What a GET answers; raises httpx.HTTPStatusError."""
        answer = httpx.get(self.address.url + path, params=parameters, headers=self.address.authorization, timeout=60)
        return answer.raise_for_status()

    def metrics(self) -> dict[str, float]:
        """The sums of all workers' metrics, by name; labels are added up."""
        found: dict[str, float] = {}
        for line in self.get("/metrics").text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                bare = name.partition("{")[0]
                found[bare] = found.get(bare, 0.0) + float(value)
        return found

    def cpu_seconds(self) -> float:
        """What the workers have used so far."""
        return sum(sum(worker.cpu_times()[:2]) for worker in self.workers)


@contextmanager
def serving(
    url: str, log: Path, *, workers: int = 1, application: str = APPLICATION, **settings: str
) -> Iterator[Service]:
    """A replica on this database. ``settings`` are the service's, as in ``LEAD_ROUTER_*``.

    Raises NotStarted.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEAD_ROUTER_")}
    given = {
        "DATABASE_URL": url,
        "ADMIN_KEY": KEY,
        "PORT": "0",
        "WORKERS": str(workers),
        "SAMPLE": "none",
        "LOG_FORMAT": "json",
        **{name.upper(): value for name, value in settings.items()},
    }
    environment |= {f"LEAD_ROUTER_{name}": value for name, value in given.items()}
    with log.open("ab") as out:
        begins = log.stat().st_size
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.replica", application], env=environment, stdout=out, stderr=out
        )
    try:
        host, port = _ready(process, log, begins)
        yield Service(Address(host, port, KEY), process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _ready(process: subprocess.Popen[bytes], log: Path, begins: int) -> tuple[str, int]:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with log.open("rb") as said:
            said.seek(begins)
            for line in said:
                if line.startswith(b"{") and (event := json.loads(line)).get("event") == "ready":
                    found = re.fullmatch(r"http://([0-9.]+):([0-9]+)", event["url"])
                    assert found is not None
                    return found[1], int(found[2])
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise NotStarted(f"it does not come up; {log} says why")
