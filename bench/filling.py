"""How does a database come to hold what the bench needs? By the lane itself, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson

from app.engine.roster_document import read_roster
from app.intake.body import read_object
from app.intake.normalise import normalise
from app.lane.lane import Lane
from app.lane.policies import ActivatePolicy, StorePolicy
from app.lane.roster import EditRoster
from app.lane.route import RouteLead
from app.store import database

ACTOR = "bench"


@asynccontextmanager
async def lane_on(url: str) -> AsyncIterator[Lane]:
    """A lane that takes turns, until it is left."""
    lane = Lane(database.parse(url))
    lane.start()
    try:
        yield lane
    finally:
        await lane.drain()


async def put_office(lane: Lane, policy: Mapping[str, Any], roster: Mapping[str, Any]) -> None:
    """Put a roster and a policy in force; ValueError tells what is wrong with them."""
    read = read_roster(roster)
    if read.value is None:
        raise ValueError(read.errors)
    await lane.submit(EditRoster(read.value, ACTOR))
    stored = await lane.submit(StorePolicy(policy, orjson.dumps(policy).decode(), "json", ACTOR))
    await lane.submit(ActivatePolicy(stored.version, ACTOR))


def read(lane: Lane, body: bytes) -> RouteLead:
    """Read a lead as a request's body holds it, and prepare it for a lane."""
    fields, now = read_object(body).fields, datetime.now(UTC)
    return RouteLead(normalise(fields, received_at=now), fields, received_at=now, policy=lane.policy)


async def route_all(lane: Lane, bodies: Sequence[bytes]) -> None:
    """Route leads, as an import does."""
    begun = []
    for body in bodies:
        job = read(lane, body)
        await lane.enqueue(job, "bulk")
        begun.append(job.outcome)
        await asyncio.sleep(0)
    await asyncio.gather(*begun)


async def fill(url: str, policy: Mapping[str, Any], roster: Mapping[str, Any], bodies: Sequence[bytes] = ()) -> None:
    """Put a roster, a policy and leads into a migrated database."""
    async with lane_on(url) as lane:
        await put_office(lane, policy, roster)
        await route_all(lane, bodies)
