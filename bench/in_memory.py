"""What would the service answer without a database? The same application, its leads decided on a world in memory.

The routers, the reading, the engine and the answers are the service's own, in the same processes; only the lane is
exchanged. It decides each lead at once, knows of no other worker, and keeps nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from fastapi import FastAPI

import app.preload  # noqa: F401  it begins as the service's workers do
from app.engine.policy import Policy
from app.lane.batch import LeadJob
from app.lane.memory import MemoryLane
from app.main import create_app as create_service
from bench.office import compiled, enrolled, policy_document, roster_document

T = TypeVar("T")

APPLICATION: Final = "bench.in_memory:create_app"

KEPT: Final = 5000
"""Leads after which the world begins anew: it must not grow, as what is in a database does not grow in a worker."""


class Shortcut:
    """What the routers ask of a lane for new leads, without one."""

    draining = False
    away_too_long = False
    waiting = 0

    def __init__(self) -> None:
        self.policy: Policy = compiled(policy_document())
        self._roster = enrolled(roster_document())
        self._count = 0
        self._lane = self._anew()

    def _anew(self) -> MemoryLane:
        return MemoryLane(self.policy, self._roster, now=datetime.now(UTC))

    async def let_in(self) -> None:
        """Nobody is kept waiting."""

    async def submit(self, job: LeadJob[T], line: str = "interactive") -> T:
        """Decide it."""
        self._count += 1
        if self._count % KEPT == 0:
            self._lane = self._anew()
        self._lane.advance(datetime.now(UTC))
        return self._lane.decide(job)


def create_app() -> FastAPI:
    """The service's application, with the shortcut in its lane's place."""
    app = create_service()
    whole = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with whole(app):
            app.state.service = replace(app.state.service, lane=Shortcut())
            yield

    app.router.lifespan_context = lifespan
    return app
