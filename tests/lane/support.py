"""Lanes over a real Postgres, with a roster and a policy, for tests to send leads through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from app.engine.lead import Lead
from app.engine.roster_document import read_roster
from app.lane.batch import Answer
from app.lane.lane import Lane
from app.lane.limits import Limits
from app.lane.line import LineName
from app.lane.policies import ActivatePolicy, StorePolicy
from app.lane.roster import Edited, EditRoster
from app.lane.route import RouteLead, idempotency_key
from app.store import database

ROUND_ROBIN = {
    "name": "turns",
    "rules": [{"name": "everyone in turn", "assign": {"team": "everyone", "by": "round_robin"}}],
}


def team(weights: Mapping[str, float], **rep: Any) -> dict[str, Any]:
    """A roster of one team, ``everyone``."""
    return {
        "reps": {name: {"name": name.title(), **rep} for name in weights},
        "teams": {
            "everyone": {"name": "Everyone", "members": [{"rep": r, "weight": w} for r, w in weights.items()]},
        },
    }


@dataclass
class Office:
    """Several lanes on one database, as several workers or replicas have them."""

    lanes: list[Lane]
    url: str

    async def route(
        self, number: int = 0, *, line: LineName = "interactive", key: str | None = None, **facts: Any
    ) -> Answer:
        """Send one lead through lane ``number``."""
        lane = self.lanes[number % len(self.lanes)]
        facts = {"external_id": None, **facts}
        job = RouteLead(
            Lead(**facts),
            facts,
            received_at=datetime.now(UTC),
            policy=lane.policy,
            idempotency=None if key is None else idempotency_key("tests", key),
        )
        return await lane.submit(job, line)

    async def edit(self, roster: Mapping[str, Any], number: int = 0, **options: Any) -> Edited:
        """Put a roster document."""
        read = read_roster(roster)
        assert read.value is not None, read.errors
        return await self.lanes[number].submit(EditRoster(read.value, "tests", **options))

    async def activate(self, policy: Mapping[str, Any], number: int = 0) -> int:
        """Store and activate a policy document."""
        lane = self.lanes[number]
        stored = await lane.submit(StorePolicy(policy, orjson.dumps(policy).decode(), "json", "tests"))
        await lane.submit(ActivatePolicy(stored.version, "tests"))
        return stored.version

    async def back(self, number: int = 0) -> None:
        """Wait until a lane has seen that the database is there again."""
        async with asyncio.timeout(30):
            while self.lanes[number].away_too_long:  # noqa: ASYNC110  nothing tells it but the lane's own state
                await asyncio.sleep(0.05)

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """Read from the tables, as they are."""
        connection = await database.parse(self.url).connect()
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()


@asynccontextmanager
async def office(
    url: str,
    *,
    roster: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = ROUND_ROBIN,
    lanes: int = 1,
    limits: Limits | None = None,
) -> AsyncIterator[Office]:
    """Open for business."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(lanes):
            lane = Lane(database.parse(url), limits)
            lane.start()
            stack.push_async_callback(lane.drain)
            opened.append(lane)
        place = Office(opened, url)
        if roster is not None:
            await place.edit(roster)
        if policy is not None:
            await place.activate(policy)
        yield place


async def all_of(*awaitables: Any) -> list[Any]:
    """Wait for all at once."""
    return list(await asyncio.gather(*awaitables))
