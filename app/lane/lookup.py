"""What have leads left behind that these jobs must know of? Read under the lock for a turn, without for a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
from rapidfuzz import process
from rapidfuzz.fuzz import ratio

from app.engine.recognise import CLOSE, Identity, keys_of
from app.lane.batch import Answer, Batch, Job, Known, LeadJob, stored_lead
from app.lane.route import RouteLead
from app.lane.sync import crowds_named
from app.store.turn import FIRST_RECORDS, LEADS, LaneRow, Mates, block_mates, glance, known_by

CLOSEST: Final = 5
"""Close spellings that are looked into, of those found: the closest."""


async def find_close(connection: asyncpg.Connection, jobs: Sequence[Job[Any]]) -> None:
    """Look for companies spelled closely like the leads', before the lock; under it they are checked again."""
    wanted = _wanting(jobs)
    if wanted:
        _settle(wanted, await block_mates(connection, list(wanted)))


def _wanting(jobs: Sequence[Job[Any]]) -> dict[str, list[RouteLead]]:
    """The leads for which close spellings must be looked for, by the blocking key of their company."""
    wanted: dict[str, list[RouteLead]] = {}
    for job in jobs:
        if isinstance(job, RouteLead) and not job.looked and job.lead.company_block:
            wanted.setdefault(job.lead.company_block, []).append(job)
    return wanted


def _settle(wanted: Mapping[str, Sequence[RouteLead]], mates: Mates) -> bool:
    """Keep with each lead the close spellings among ``mates``; tells whether there are any."""
    some = False
    for block, alike in wanted.items():
        names = [key.removeprefix("company:") for key in mates.get(block, ())]
        for job in alike:
            close = process.extract(job.lead.company_key, names, scorer=ratio, score_cutoff=CLOSE, limit=CLOSEST)
            job.close_keys = tuple("company:" + name for name, _, _ in close)
            job.looked = True
            some = some or bool(close)
    return some


async def glance_for(
    connection: asyncpg.Connection, jobs: Sequence[RouteLead]
) -> tuple[LaneRow, dict[str, Identity], bool]:
    """What :func:`find_close` and :func:`look_up` read for new leads, and where the lane stands: as of one moment.

    Returns that, what is known by the leads' keys, and whether any of their deliveries has been answered.
    """
    deliveries = list({key for job in jobs for key in job.delivery_keys})
    while True:
        wanted = _wanting(jobs)
        lane, known, mates = await glance(connection, list(keys_needed(jobs, {})), deliveries, list(wanted))
        # What close spellings are known by could not be asked for before they were found.
        if not _settle(wanted, mates):
            identities, answered = known
            return lane, identities, bool(answered)


async def look_up(connection: asyncpg.Connection, batch: Batch, jobs: Sequence[Job[Any]]) -> None:
    """Read the jobs' stored leads, what their deliveries were answered, and what is known by their leads' keys."""
    lead_ids = [lead for job in jobs for lead in job.lead_ids]
    if lead_ids:
        batch.leads = {row["id"]: row for row in await connection.fetch(LEADS, lead_ids)}
        effects = [row["latest_effects"] for row in batch.leads.values() if row["latest_effects"] is not None]
        batch.crowds = await crowds_named(connection, effects, batch.world.crowds)
    identities: set[str] = set()
    if any(isinstance(job, LeadJob) for job in jobs):
        identities = keys_needed(jobs, batch.leads)
    deliveries = {key for job in jobs for key in job.delivery_keys}
    if not identities and not deliveries:
        batch.world.identities = {}
        return
    batch.world.identities, answered = await known_by(connection, list(identities), list(deliveries))
    for one in answered:
        if one.expired:
            batch.writes.expired.append(one.key)
        else:
            batch.deliveries[one.key] = Known(one.lead_id, one.body_hash)
    if batch.deliveries:
        seen = list({known.lead_id for known in batch.deliveries.values()})
        for row in await connection.fetch(FIRST_RECORDS, seen):
            batch.answers[row["lead_id"]] = Answer.from_row(row, replayed=True)


def keys_needed(jobs: Sequence[Job[Any]], leads: Mapping[UUID, Mapping[str, Any]]) -> set[str]:
    """The keys whose identities these jobs must know of; ``leads`` are the stored leads that they work on."""
    keys = {key for job in jobs for key in job.identity_keys}
    keys.update(key for row in leads.values() for _, key in keys_of(stored_lead(row)))
    keys.update(key for job in jobs for key in job.keys_brought(leads))
    return keys
