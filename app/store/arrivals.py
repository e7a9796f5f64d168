"""What has come to the doors, and what has become of it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import orjson
from asyncpg import Connection

from app.store.history import Row

State: TypeAlias = Literal["received", "waiting", "done", "passed", "refused", "not_understood", "rejected", "failed"]
OPEN: Final = ("received", "waiting")
"""The states in which something is still to be done with it."""

_LISTED: Final = """
    id, source_id, received_at, state, reason, detail, verified, method, url, content_type, address, items, attempts,
    next_at, done_at, trusted_by, octet_length(body) AS size
"""

ARRIVAL: Final = f"""
    -- One arrival, as it came.
    SELECT {_LISTED}, headers, body FROM arrivals WHERE id = $1
"""  # noqa: S608  (fixed fragments)

KEEP: Final = """
    -- Keep what came, so long ago ($3), before anything is made of it. The time is the lane's, which never goes back:
    -- it tells which of two is newer. If nobody says more within the lease, it is driven again. Who does not know
    -- whether it was kept does the same once more.
    INSERT INTO arrivals (id, source_id, received_at, state, reason, detail, verified, method, url, content_type,
        headers, body, address, items, attempts, next_at, done_at)
    VALUES ($1, $2, greatest(clock_timestamp() - $3::interval, (SELECT time FROM lane)), $4, $5, $6, $7, $8, $9, $10,
        $11::json, $12, $13, '[]',
        CASE WHEN $4 = 'received' THEN 1 ELSE 0 END,
        CASE WHEN $4 = 'received' THEN clock_timestamp() + $14 END,
        CASE WHEN $4 <> 'received' THEN clock_timestamp() END)
    ON CONFLICT (id) DO UPDATE SET id = excluded.id
    RETURNING received_at, next_at
"""

SETTLE: Final = """
    -- What became of an arrival. $8: until when whoever says so has it, as it was given to them. Whoever took it over
    -- since has another time there, and says what became of it instead.
    UPDATE arrivals SET state = $2, reason = $3, detail = $4, items = $5::json, verified = $6,
        next_at = clock_timestamp() + $7, done_at = CASE WHEN $7 IS NULL THEN clock_timestamp() END
    WHERE id = $1 AND next_at = $8
"""

CLAIM: Final = f"""
    -- Take what is due to be driven, for so long and up to half as long again; for longer ($3, in seconds) if it was
    -- begun before and never ended. It counts from here: what ends the process that drives it as well. What was driven
    -- beside that is due at other times than it: else it would be driven beside it each time, and given up with it.
    UPDATE arrivals SET attempts = attempts + 1, next_at = clock_timestamp() + (1 + random() / 2)
        * greatest($2::interval, make_interval(secs => coalesce(($3::float8[])[attempts], 0)))
    WHERE id IN (
        SELECT id FROM arrivals WHERE next_at <= clock_timestamp() ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    RETURNING {_LISTED}, headers, body
"""  # noqa: S608  (fixed fragments)

_VOUCHED: Final = """
    verified = verified OR {who} IS NOT NULL,
        trusted_by = CASE WHEN verified THEN trusted_by ELSE {who} END
""".strip()

TAKE: Final = f"""
    -- Take one arrival to drive it again, for so long; not one that has just been begun. $3: who vouches for it, if
    -- anyone.
    UPDATE arrivals SET state = 'received', next_at = clock_timestamp() + $2, done_at = NULL,
        attempts = 1, {_VOUCHED.format(who="$3::text")}
    WHERE id = $1
      AND (state <> 'received' OR next_at <= clock_timestamp() OR next_at > clock_timestamp() + 1.5 * $2::interval)
    RETURNING {_LISTED}, headers, body
"""  # noqa: S608  (fixed fragments)

REDRIVE: Final = f"""
    -- Have arrivals of a state driven again: so many, the oldest first. $4: who vouches for them, if anyone.
    UPDATE arrivals SET state = 'waiting', reason = 'redriven', next_at = clock_timestamp(), done_at = NULL,
        attempts = 0, {_VOUCHED.format(who="$4::text")}
    WHERE id IN (
        SELECT id FROM arrivals WHERE state = $1 AND ($2::text IS NULL OR source_id = $2) ORDER BY id LIMIT $3
    ) AND state = $1
"""  # noqa: S608  (fixed fragments)

FORGET: Final = """
    -- Arrivals that have been kept for long enough; never one with which something is still to be done, or is
    -- to be again.
    DELETE FROM arrivals WHERE id IN (
        SELECT id FROM (
            SELECT id, received_at FROM arrivals WHERE next_at IS NULL ORDER BY id LIMIT $2
        ) AS oldest
        WHERE received_at < clock_timestamp() - $1::interval
    ) AND next_at IS NULL
"""

IS_REJECTED: Final = "SELECT status = 'rejected' FROM leads WHERE id = $1"

EXISTS: Final = "SELECT true FROM arrivals WHERE id = $1"

CAME_TO: Final = """
    -- Whether anything that came to a source of this id is kept, though the source itself may be gone.
    SELECT true FROM arrivals WHERE source_id = $1 LIMIT 1
"""

COUNT_OPEN: Final = "SELECT count(*) FROM arrivals WHERE next_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Kept:
    """An arrival as it is kept. ``headers`` and ``url`` are without what is secret in them."""

    id: UUID
    source_id: str
    received_at: datetime
    method: str
    url: str
    content_type: str | None
    headers: Mapping[str, str]
    body: bytes
    address: str | None
    state: State = "received"
    reason: str | None = None
    detail: str | None = None
    verified: bool = False


async def keep(connection: Connection, arrival: Kept, lease: timedelta) -> tuple[datetime, datetime | None]:
    """Keep what came; returns when that was, by the database's clock, and until when it is the caller's to drive.

    The latter is None if it is not to be driven.
    """
    waited = datetime.now(UTC) - arrival.received_at
    row = await connection.fetchrow(
        KEEP,
        arrival.id,
        arrival.source_id,
        max(waited, timedelta(0)),
        arrival.state,
        arrival.reason,
        arrival.detail,
        arrival.verified,
        arrival.method,
        arrival.url,
        arrival.content_type,
        orjson.dumps(dict(arrival.headers)).decode(),
        arrival.body,
        arrival.address,
        lease,
    )
    return row["received_at"], row["next_at"]


async def listed(
    connection: Connection,
    *,
    state: str | None,
    source: str | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Row]:
    """Arrivals, the newest first, without their bodies."""
    conditions: list[str] = []
    values: list[Any] = []
    for condition, value in (("state = ${}", state), ("source_id = ${}", source), ("id < ${}", before)):
        if value is not None:
            values.append(value)
            conditions.append(condition.format(len(values)))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    values.append(limit)
    rows: Sequence[Row] = await connection.fetch(
        f"-- Arrivals as they stand.\nSELECT {_LISTED} FROM arrivals{where} ORDER BY id DESC LIMIT ${len(values)}",
        *values,
    )
    return rows


def items_of(row: Row) -> list[dict[str, Any]]:
    """What was made of an arrival: an entry for each lead or event in it."""
    items: list[dict[str, Any]] = orjson.loads(row["items"])
    return items
