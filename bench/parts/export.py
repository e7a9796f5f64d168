"""The history as CSV: what an export takes of a worker's memory, and what from leads that come in meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psutil

from bench import past as pasts
from bench.figure import Figure, spread
from bench.ground import Ground
from bench.service import Service, serving

LOOK_SECONDS: Final = 0.02
"""Between two looks at a worker's memory."""

EVER: Final = 1000
"""Times that are not reached while a round lasts."""


@contextmanager
def exporting(service: Service, to: str, times: int) -> Iterator[subprocess.Popen[bytes]]:
    """Exports under way, in a process of their own."""
    address = service.address
    with subprocess.Popen(
        [sys.executable, "-m", "bench.exporter", address.host, str(address.port), address.key, to, str(times)],
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(ground: Ground) -> Iterator[Figure]:
    """One export beside nothing, watched; then rounds with exports and without in turn."""
    rows = ground.scale.export
    ground.say(f"a database of {rows:,} decisions")
    url = ground.database("export", template=pasts.past(ground.server, rows, ground.say))
    with serving(url, ground.log, workers=1) as service:
        ground.load(service, clients=ground.scale.clients, seconds=1)
        ground.say(f"exporting {rows:,} rows")
        # What came in while it was warming up is not exported: each export is of the same rows.
        to = _said(service.get("/v1/assignments", limit=1, after_seq=rows).json()["items"][0]["assigned_at"])
        extra, seconds = watched(service, to, rows)
    yield Figure(
        name="export_memory",
        title=f"CSV export of {rows:,} rows: extra memory of the worker",
        rounds=[extra],
        unit="MiB",
        must=50,
        more=False,
        seen={"rows_per_second": round(rows / seconds)},
    )
    workers, clients = ground.scale.workers, ground.scale.clients
    with serving(url, ground.log, workers=workers) as service:
        ground.load(service, clients=clients, seconds=1)
        alone, beside = [], []
        for number in range(ground.scale.rounds):
            ground.say(f"leads beside an export, round {number + 1} of {ground.scale.rounds}")
            alone.append(ground.load(service, clients=clients).rate)
            with exporting(service, to, EVER) as process:
                beside.append(ground.load(service, clients=clients).rate)
                if process.poll() is not None:
                    raise ValueError("the export has ended before the round")
    yield Figure(
        name="export_throughput",
        title=f"leads/s while exporting, against without, {clients} clients, {workers} workers",
        rounds=[with_it / without for with_it, without in zip(beside, alone, strict=True)],
        must=0.9,
        seen={"leads_per_second": spread(alone), "while_exporting": spread(beside)},
    )


def watched(service: Service, to: str, rows: int) -> tuple[float, float]:
    """What one export adds to the worker's memory at most, in MiB, and how many seconds it takes."""
    (worker,) = service.workers
    before = most = memory(worker)
    began = time.perf_counter()
    with exporting(service, to, 1) as process:
        while process.poll() is None:
            most = max(most, memory(worker))
            time.sleep(LOOK_SECONDS)
        took = time.perf_counter() - began
        assert process.stdout is not None
        said = process.stdout.read()
    if process.returncode or int(said) < rows:
        raise ValueError(f"{said!r} rows were exported, of {rows}")
    return (most - before) / 2**20, took


def memory(process: psutil.Process) -> float:
    """What a process holds, in bytes."""
    return float(process.memory_info().rss)


def _said(at: str) -> str:
    return at.replace("+00:00", "Z")
