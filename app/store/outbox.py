"""Which records are events to others, and what is told of each? The record itself is the outbox: nothing is added.

Reads for asyncpg. Records commit in order of their revision: nothing comes in later before what has been read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from asyncpg import Connection

Row: TypeAlias = Mapping[str, Any]

WINDOW: Final = 2000
"""Revisions that are gone through together."""

SCAN: Final = """
    -- The events of the records after a revision, up to another one, that a subscription is told of, in order.
    -- `behind`: one of the same key waits, so that this one has to. What has been told since $9 is left out.
    SELECT e.revision, e.part, e.stamp, e.type, e.key, e.at, EXISTS (
        SELECT FROM sends w WHERE w.subscription = $8 AND w.state = 'waiting' AND w.key = e.key) AS behind
    FROM (
        SELECT a.revision, 0 AS part, a.stamp, a.lead_id::text AS key, a.decided_at AS at, CASE
            WHEN a.status = 'rejected' THEN 'lead.rejected'
            WHEN a.status = 'queued' THEN 'lead.queued'
            WHEN a.effects ->> 'lost' IS NULL THEN 'lead.assigned'
            WHEN a.effects ->> 'lost' <> a.rep_id THEN 'lead.reassigned' END AS type
        FROM assignments a
        WHERE a.revision > $1 AND a.revision <= $2
          AND ($4::text[] IS NULL OR a.team_id = ANY ($4)) AND ($5::text[] IS NULL OR a.tier = ANY ($5))
          AND ($6::text[] IS NULL OR a.source = ANY ($6))
          AND ($7::text[] IS NULL OR a.rep_id = ANY ($7) OR a.effects ->> 'lost' = ANY ($7))
        UNION ALL
        SELECT c.revision, 0, c.stamp, 'policy', c.at, c.kind
        FROM changes c WHERE c.revision > $1 AND c.revision <= $2 AND c.kind = 'policy.activated'
        UNION ALL
        SELECT c.revision, edits.n::int, c.stamp, 'rep:' || (edits.edit ->> 'id'), c.at, 'rep.changed'
        FROM changes c CROSS JOIN json_array_elements(c.detail -> 'edits') WITH ORDINALITY AS edits (edit, n)
        WHERE c.revision > $1 AND c.revision <= $2 AND c.kind = 'roster.edited' AND edits.edit ->> 'kind' = 'rep'
          AND ($7::text[] IS NULL OR edits.edit ->> 'id' = ANY ($7))
    ) AS e
    WHERE e.type = ANY ($3::text[]) AND NOT EXISTS (
        SELECT FROM sends s WHERE s.subscription = $8 AND s.revision = e.revision AND s.part = e.part
                              AND (s.state = 'waiting' OR s.touched_at >= $9))
    ORDER BY e.revision, e.part
"""

OF_LEADS: Final = """
    -- Decisions with all that is told of them: the lead and the people as they are now.
    SELECT a.revision, a.id, a.seq, a.stamp, a.lead_id, a.kind, a.decided_at, a.decision, l.facts,
           coalesce(l.corrected_warnings, l.warnings) AS warnings,
           rep.document AS rep, manager.document AS manager, previous.document AS previous_rep
    FROM assignments a
    JOIN leads l ON l.id = a.lead_id
    LEFT JOIN reps rep ON rep.id = a.rep_id
    LEFT JOIN reps manager ON manager.id = rep.document ->> 'manager'
    LEFT JOIN reps previous ON previous.id = a.effects ->> 'lost'
    WHERE a.revision = ANY ($1::bigint[])
"""

OF_CHANGES: Final = """
    -- Records that assign nothing, with all that is told of them.
    SELECT c.revision, c.kind, c.subject, c.actor, c.at, c.stamp, c.detail, p.name
    FROM changes c
    LEFT JOIN policies p ON c.kind = 'policy.activated' AND p.version::text = c.subject
    WHERE c.revision = ANY ($1::bigint[])
"""

REACHED: Final = "SELECT revision, seq FROM lane WHERE id = 1"

BEFORE_SEQ: Final = """
    -- The revision before a record.
    SELECT revision - 1 FROM assignments WHERE seq = $1
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of what a subscription is told: types of events; teams, tiers, sources and reps, each None for any."""

    types: tuple[str, ...]
    teams: Sequence[str] | None = None
    tiers: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    reps: Sequence[str] | None = None


async def reached(connection: Connection) -> int:
    """The revision that the record has come to."""
    row = await connection.fetchrow(REACHED)
    return int(row["revision"])


async def scan(
    connection: Connection, after: int, until: int, wanted: Wanted, subscription: int, since: datetime
) -> Sequence[Row]:
    """The events after revision ``after`` up to ``until`` that a subscription has not been told of, in order."""
    rows: Sequence[Row] = await connection.fetch(
        SCAN, after, until, wanted.types, wanted.teams, wanted.tiers, wanted.sources, wanted.reps, subscription, since
    )
    return rows


async def of_leads(connection: Connection, revisions: Sequence[int]) -> Sequence[Row]:
    """The decisions at these revisions, with what is told of them."""
    rows: Sequence[Row] = await connection.fetch(OF_LEADS, revisions)
    return rows


async def of_changes(connection: Connection, revisions: Sequence[int]) -> Sequence[Row]:
    """The other records at these revisions, with what is told of them."""
    rows: Sequence[Row] = await connection.fetch(OF_CHANGES, revisions)
    return rows


async def start(connection: Connection, begin: int | None) -> int | None:
    """The revision after which a subscription begins: with seq ``begin``, or (None) with what is recorded next.

    0 is the beginning of everything. None: the record has not come to that seq.
    """
    row = await connection.fetchrow(REACHED)
    if begin is None or begin == row["seq"] + 1:
        return int(row["revision"])
    if begin == 0:
        return 0
    found: int | None = await connection.fetchval(BEFORE_SEQ, begin)
    return found
