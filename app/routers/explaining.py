"""Why did the other rules not apply? Asked of what the record, or a preview, has of the facts."""

from __future__ import annotations

import asyncio

from asyncpg import Connection

from app.engine.not_applied import NotApplied, not_applied
from app.lane.batch import Answer
from app.lane.sync import BrokenStore, crowds_named, policy_of
from app.record.again import Incomparable, Recorded
from app.routers.service import Service
from app.store import history
from app.store.history import Row


async def others_in_record(service: Service, connection: Connection, row: Row) -> NotApplied | Incomparable:
    """What ``explain`` tells of a recorded decision; ``row`` is one of :data:`app.store.history.RECORD`."""
    recorded = Recorded.of(row, await crowds_named(connection, [row["effects"]], {}))
    if (why := recorded.incomparable) is not None:
        return why
    async with service.lane.snapshot(connection) as batch:
        try:
            policy = await policy_of(connection, batch.world, recorded.decision.policy_version)
        except BrokenStore:
            return Incomparable.UNREADABLE
    if policy is None:
        return Incomparable.UNREADABLE
    # In a thread: a policy may have many thousand rules, and the event loop has others to serve.
    return await asyncio.to_thread(not_applied, policy, recorded.decision, recorded.facts_under(policy))


async def others_of_answer(service: Service, connection: Connection, answer: Answer) -> NotApplied | Incomparable:
    """What ``explain`` tells of a preview, or of the recorded answer that it shows."""
    if answer.made_on is not None:
        policy, facts = answer.made_on
        return await asyncio.to_thread(not_applied, policy, answer.decision, facts)
    assert answer.assignment_id is not None
    row = await history.record(connection, answer.assignment_id)
    assert row is not None
    return await others_in_record(service, connection, row)
