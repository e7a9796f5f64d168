"""What does the record hold? Leads and decisions as they are asked for: one, a page, or all that came after.

Reads for asyncpg. A page goes on from a place in an index (keyset), so that the thousandth costs what the first does.
Statements are put together from the fixed fragments below; whatever a caller sent is a bound parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from asyncpg import Connection

from app.engine.trees import Below

Row: TypeAlias = Mapping[str, Any]

RECORD_COLUMNS: Final = """
    a.seq, a.id, a.revision, a.lead_id, a.kind, a.source, a.region, a.industry, a.decision,
    l.external_id, l.name, l.email, l.phone, l.company
"""

RECORDS: Final = (
    "-- Decisions, with the leads that they were made on.\n"
    f"SELECT {RECORD_COLUMNS} FROM assignments a JOIN leads l ON l.id = a.lead_id"
)

RECORD: Final = (
    "-- One decision, with all that it was made of.\n"
    f"SELECT {RECORD_COLUMNS}, a.effects, a.facts, a.person"
    " FROM assignments a JOIN leads l ON l.id = a.lead_id WHERE a.id = $1"
)

RECORDS_OF_LEAD: Final = f"{RECORDS} WHERE a.lead_id = $1 ORDER BY a.seq"

DECISIONS: Final = """
    -- What was decided, by place in the lane.
    SELECT seq, decision FROM assignments WHERE seq = ANY ($1::bigint[])
"""

MOST_CHANGES: Final = 500
"""Changes of one lead that are read together: a CRM may correct a lead every hour, for years."""

CHANGES_OF_LEAD: Final = """
    -- What was done to a lead and decided nothing, oldest first; of many, the latest.
    SELECT revision, kind, actor, at, detail FROM (
        SELECT revision, kind, actor, at, detail FROM changes WHERE subject = $1 ORDER BY revision DESC LIMIT $2
    ) AS latest ORDER BY revision
"""

LEADS: Final = """
    -- Leads as they stand.
    SELECT l.id, l.received_at, l.updated_at, l.status, l.reason, l.rep_id, l.team_id, l.rule_id, l.tier, l.score,
           l.policy_version, l.latest_seq, l.queued_at, l.closed_at, l.outcome, l.region, l.industry, l.facts,
           coalesce(l.corrected_warnings, l.warnings) AS warnings, l.body,
           extract(epoch FROM clock_timestamp() - l.queued_at)::float8 AS waiting,
           r.document ->> 'name' AS rep_name, r.document ->> 'email' AS rep_email
    FROM leads l LEFT JOIN reps r ON r.id = l.rep_id
"""

LEAD: Final = f"{LEADS} WHERE l.id = $1"

_NAMED: Final = (
    "(l.name ILIKE {0} OR l.email ILIKE {0} OR l.company ILIKE {0} OR l.phone ILIKE {0} OR l.external_id ILIKE {0})"
)
_LIES_BELOW: Final = "(a.region = ANY ({0}::text[]) OR a.region LIKE ANY ({1}::text[]))"

_LEAD_STATUS: Final = {
    # Said outright, not bound: so the planner knows that the partial index on what is queued holds them all.
    status: f"l.status = '{status}'"
    for status in ("assigned", "queued", "rejected", "closed")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """Which decisions are asked for. ``rule`` is its id or name; ``industries`` are codes; ``since`` is included."""

    rep: str | None = None
    team: str | None = None
    rule: str | None = None
    region: Below | None = None
    industries: Sequence[str] | None = None
    tier: str | None = None
    source: str | None = None
    status: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads are asked for. ``since`` and ``until`` are about when they came in."""

    status: str | None = None
    team: str | None = None
    reason: str | None = None
    rep: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None


class _Where:
    """The conditions of one statement, and the values bound in them."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._said: list[str] = []

    def add(self, condition: str, *values: Any) -> None:
        """``{0}``, ``{1}`` … in the condition stand for the values."""
        first = len(self.values) + 1
        self.values.extend(values)
        self._said.append(condition.format(*(f"${first + index}" for index in range(len(values)))))

    def add_known(self, condition: str, value: Any) -> None:
        """The condition, unless the value is None."""
        if value is not None:
            self.add(condition, value)

    def __str__(self) -> str:
        return " WHERE " + " AND ".join(self._said) if self._said else ""

    def limit(self, most: int) -> str:
        self.values.append(most)
        return f" LIMIT ${len(self.values)}"


def like(text: str) -> str:
    """The pattern that finds ``text`` anywhere, with nothing in it a wildcard."""
    return "%" + _escaped(text) + "%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _of_records(chosen: RecordFilter) -> _Where:
    where = _Where()
    where.add_known("a.rep_id = {0}", chosen.rep)
    where.add_known("a.team_id = {0}", chosen.team)
    where.add_known("(a.rule_id = {0} OR a.rule_name = {0})", chosen.rule)
    if chosen.region is not None:
        prefixes = [_escaped(prefix) + "%" for prefix in chosen.region.prefixes]
        where.add(_LIES_BELOW, sorted(chosen.region.codes), prefixes)
    where.add_known("a.industry = ANY ({0}::text[])", chosen.industries)
    where.add_known("a.tier = {0}", chosen.tier)
    where.add_known("a.source = {0}", chosen.source)
    where.add_known("a.status = {0}", chosen.status)
    where.add_known("a.kind = {0}", chosen.kind)
    where.add_known(_NAMED, None if chosen.q is None else like(chosen.q))
    return where


def records_query(
    chosen: RecordFilter,
    *,
    limit: int,
    first: int | None = None,
    until: int | None = None,
    among: Sequence[int] | None = None,
    newest_first: bool = True,
) -> tuple[str, list[Any]]:
    """The statement of one page of decisions and its values, which goes through the record in order.

    From seq ``first`` to before ``until``, and only ``among`` these seqs, if they are given. Of the filter, ``since``
    and ``until`` are left out: a span of time is a span of seqs, and is to be given as that.
    """
    where = _of_records(chosen)
    where.add_known("a.seq >= {0}", first)
    where.add_known("a.seq < {0}", until)
    where.add_known("a.seq = ANY ({0}::bigint[])", among)
    order = "DESC" if newest_first else "ASC"
    return f"{RECORDS}{where} ORDER BY a.seq {order}{where.limit(limit)}", where.values


def leads_query(
    chosen: LeadFilter, *, limit: int, before: UUID | tuple[datetime, UUID] | None = None
) -> tuple[str, list[Any]]:
    """The statement of one page of leads and its values, the newest first.

    By when they came in; of the queued alone, by when they were queued: then ``before`` is that and the id.
    """
    where = _Where()
    if chosen.status is not None:
        where.add(_LEAD_STATUS[chosen.status])
    where.add_known("l.team_id = {0}", chosen.team)
    where.add_known("l.reason = {0}", chosen.reason)
    where.add_known("l.rep_id = {0}", chosen.rep)
    where.add_known("l.source = {0}", chosen.source)
    where.add_known("l.received_at >= {0}", chosen.since)
    where.add_known("l.received_at < {0}", chosen.until)
    where.add_known(_NAMED, None if chosen.q is None else like(chosen.q))
    if isinstance(before, tuple):
        where.add("(l.queued_at, l.id) < ({0}::timestamptz, {1}::uuid)", *before)
    else:
        where.add_known("l.id < {0}", before)
    order = "l.queued_at DESC, l.id DESC" if chosen.status == "queued" else "l.id DESC"
    return f"{LEADS}{where} ORDER BY {order}{where.limit(limit)}", where.values


async def record(connection: Connection, assignment_id: UUID) -> Row | None:
    """One decision by its id."""
    found: Row | None = await connection.fetchrow(RECORD, assignment_id)
    return found


async def records_of(connection: Connection, lead_id: UUID) -> list[Row]:
    """All decisions on one lead, oldest first."""
    return list(await connection.fetch(RECORDS_OF_LEAD, lead_id))


async def decisions(connection: Connection, seqs: Iterable[int | None]) -> dict[int, str]:
    """The decisions of these records, as JSON by seq; None is that of no record."""
    rows = await connection.fetch(DECISIONS, [seq for seq in seqs if seq is not None])
    return {row["seq"]: row["decision"] for row in rows}


async def changes_of(connection: Connection, lead_id: UUID) -> list[Row]:
    """The closings and corrections of one lead, oldest first: at most :data:`MOST_CHANGES`, the latest."""
    return list(await connection.fetch(CHANGES_OF_LEAD, str(lead_id), MOST_CHANGES))


async def leads(
    connection: Connection, chosen: LeadFilter, *, limit: int, before: UUID | tuple[datetime, UUID] | None = None
) -> list[Row]:
    """One page of leads; see :func:`leads_query`."""
    query, values = leads_query(chosen, limit=limit, before=before)
    return list(await connection.fetch(query, *values))


async def lead(connection: Connection, lead_id: UUID) -> Row | None:
    """One lead by its id."""
    found: Row | None = await connection.fetchrow(LEAD, lead_id)
    return found


# --- roster and policies ----------------------------------------------------------------------------------------------

REPS: Final = """
    -- Reps by id.
    SELECT id, document, revision FROM reps
    WHERE id > $1 AND ($2::text IS NULL OR document ->> 'status' = $2)
      AND ($3::text IS NULL OR id IN (
          SELECT member ->> 'rep' FROM teams, json_array_elements(teams.document -> 'members') AS member
          WHERE teams.id = $3))
    ORDER BY id LIMIT $4
"""

TEAMS: Final = """
    -- Teams by id.
    SELECT id, document, revision FROM teams WHERE id > $1 ORDER BY id LIMIT $2
"""

REP: Final = "SELECT id, document, revision FROM reps WHERE id = $1"
TEAM: Final = "SELECT id, document, revision FROM teams WHERE id = $1"
ALL_REPS: Final = "SELECT id, document, revision FROM reps ORDER BY id"
ALL_TEAMS: Final = "SELECT id, document, revision FROM teams ORDER BY id"

POLICIES: Final = """
    -- Versions of the policy, newest first, without their documents.
    SELECT p.version, p.name, p.format, p.created_at, p.created_by, p.version = lane.policy_version AS active
    FROM policies p CROSS JOIN lane
    WHERE p.version < $1 ORDER BY p.version DESC LIMIT $2
"""

POLICY: Final = """
    -- One version of the policy; none named: the active one.
    SELECT p.version, p.name, p.format, p.source, p.document, p.findings, p.created_at, p.created_by,
           coalesce(p.version = lane.policy_version, false) AS active
    FROM policies p CROSS JOIN lane WHERE p.version = coalesce($1, lane.policy_version)
"""

ACTIVE: Final = "SELECT policy_version FROM lane WHERE id = 1"
