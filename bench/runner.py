"""Which parts are run, in which order, and what is made of their figures?"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from app import __version__
from bench.figure import Figure
from bench.ground import Ground
from bench.parts import (
    alone,
    bulk,
    clients,
    engine,
    events,
    export,
    growth,
    history,
    lane,
    memory,
    naive,
    scaling,
    single,
    statements,
    zen,
)

Part = Callable[[Ground], Iterator[Figure]]

PARTS: Final[Mapping[str, Part]] = {
    "clients": clients.run,
    "engine": engine.run,
    "single": single.run,
    "lane": lane.run,
    "alone": alone.run,
    "bulk": bulk.run,
    "statements": statements.run,
    "memory": memory.run,
    "naive": naive.run,
    "scaling": scaling.run,
    "zen": zen.run,
    "history": history.run,
    "export": export.run,
    "events": events.run,
    "growth": growth.run,
}
"""The parts of the bench, in their order. A new one is a module in :mod:`bench.parts` and a row here."""

QUICK: Final = ("engine", "single", "alone", "bulk")
"""Those of ``make bench-quick``."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has found: each part's figures, and what it ran on."""

    at: datetime
    machine: Mapping[str, Any]
    seconds: Mapping[str, float]
    figures: Sequence[Figure]

    @property
    def good(self) -> bool:
        """Whether every figure reached what it must."""
        return all(figure.verdict != "NOT REACHED" for figure in self.figures)

    def document(self) -> dict[str, Any]:
        """As it is written down."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "machine": dict(self.machine),
            "seconds": {part: round(seconds, 1) for part, seconds in self.seconds.items()},
            "figures": [figure.document() for figure in self.figures],
        }


def machine() -> dict[str, Any]:
    """What a run runs on."""
    return {
        "version": __version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _commit() -> str | None:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607  whichever git there is
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def _processor() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)


def run(ground: Ground, names: Sequence[str], done: Callable[[str, float, Sequence[Figure]], None]) -> Outcome:
    """Run these parts; ``done`` is told of each that ends, with how long it took."""
    found: list[Figure] = []
    seconds: dict[str, float] = {}
    at, where = datetime.now(UTC), machine()
    for name in names:
        began = time.perf_counter()
        figures = list(PARTS[name](ground))
        seconds[name] = time.perf_counter() - began
        found.extend(figures)
        done(name, seconds[name], figures)
    return Outcome(at, where, seconds, found)
