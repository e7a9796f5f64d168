"""What have leads left behind that these jobs must know of? Read under the lock for a turn, without for a preview."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from rapidfuzz import process
from rapidfuzz.fuzz import ratio

from app.engine.recognise import CLOSE, keys_of
from app.lane.batch import Answer, Batch, Job, Known, LeadJob, stored_lead
from app.lane.route import RouteLead
from app.lane.sync import crowds_named
from app.store.turn import BLOCK_MATES, DELIVERIES, FIRST_RECORDS, LEADS, identities_of

CLOSEST: Final = 5
"""Close spellings that are looked into, of those found: the closest."""


async def find_close(connection: asyncpg.Connection, jobs: Sequence[Job[Any]]) -> None:
    """Look for companies spelled closely like the leads', before the lock; under it they are checked again."""
    wanted: dict[str, list[RouteLead]] = {}
    for job in jobs:
        if isinstance(job, RouteLead) and job.lead.company_block and job.lead.company_key:
            wanted.setdefault(job.lead.company_block, []).append(job)
    if not wanted:
        return
    mates: dict[str, list[str]] = {}
    for row in await connection.fetch(BLOCK_MATES, list(wanted)):
        mates.setdefault(row["block"], []).append(row["key"].removeprefix("company:"))
    for block, names in mates.items():
        for job in wanted[block]:
            close = process.extract(job.lead.company_key, names, scorer=ratio, score_cutoff=CLOSE, limit=CLOSEST)
            job.close_keys = tuple("company:" + name for name, _, _ in close)


async def look_up(connection: asyncpg.Connection, batch: Batch, jobs: Sequence[Job[Any]]) -> None:
    """Read the jobs' stored leads, what their deliveries were answered, and what is known by their leads' keys."""
    lead_ids = [lead for job in jobs for lead in job.lead_ids]
    if lead_ids:
        batch.leads = {row["id"]: row for row in await connection.fetch(LEADS, lead_ids)}
        effects = [row["latest_effects"] for row in batch.leads.values() if row["latest_effects"] is not None]
        batch.crowds = await crowds_named(connection, effects, batch.world.crowds)
    keys = {key for job in jobs for key in job.delivery_keys}
    if keys:
        for row in await connection.fetch(DELIVERIES, list(keys)):
            if row["expired"]:
                batch.writes.expired.append(row["key"])
            else:
                batch.deliveries[row["key"]] = Known(row["lead_id"], row["body_hash"])
    if batch.deliveries:
        seen = list({known.lead_id for known in batch.deliveries.values()})
        for row in await connection.fetch(FIRST_RECORDS, seen):
            batch.answers[row["lead_id"]] = Answer.from_row(row, replayed=True)
    if any(isinstance(job, LeadJob) for job in jobs):
        identities = {key for job in jobs for key in job.identity_keys}
        identities.update(key for row in batch.leads.values() for _, key in keys_of(stored_lead(row)))
        identities.update(key for job in jobs for key in job.keys_brought(batch.leads))
        batch.world.identities = await identities_of(connection, list(identities)) if identities else {}
