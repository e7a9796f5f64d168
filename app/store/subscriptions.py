"""Who is told of events, how far has that come, and who does it now?

Statements for asyncpg. Two tables: what people set, and the progress, which changes all the time. Whoever holds the
lease of a progress row, by Postgres's clock, delivers to that subscription, alone; each commit of theirs asks whether
they still do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from asyncpg import Connection

Row: TypeAlias = Mapping[str, Any]

_SHOWN: Final = """
    SELECT s.number, s.id, s.kind, s.document, s.secrets, s.enabled, s.disabled_at, s.disabled_why, s.revision,
           s.created_at, s.updated_at, s.updated_by, p.revision AS reached, lane.revision - p.revision AS behind,
           CASE WHEN p.rests_until > clock_timestamp() THEN p.rests_until END AS rests_until,
           p.delivered, p.failed, p.delivered_at, p.failed_at, p.failed_why, clock_timestamp() AS now,
           (SELECT count(*) FROM sends w WHERE w.subscription = s.number AND w.state = 'waiting') AS waiting,
           (SELECT count(*) FROM sends d WHERE d.subscription = s.number AND d.state = 'dead') AS dead
    FROM subscriptions s JOIN subscription_progress p ON p.number = s.number CROSS JOIN lane
"""

ONE: Final = f"-- A subscription, and how it is doing.\n{_SHOWN} WHERE s.id = $1"
PAGE: Final = f"-- Subscriptions by id, and how they are doing.\n{_SHOWN} WHERE s.id > $1 ORDER BY s.id LIMIT $2"

LOCKED: Final = """
    -- A subscription, to be edited.
    SELECT number, revision, kind, document, secrets, enabled, disabled_at, disabled_why, clock_timestamp() AS now
    FROM subscriptions WHERE id = $1 FOR UPDATE
"""

NAMED: Final = """
    -- What a filter can name: teams, reps, the tiers of the policy in force (null: there is none), and the sources that
    -- leads come by, as they are called in leads. Where a policy says null in the place of a list, ->> is null as well.
    SELECT ARRAY(SELECT id FROM teams) AS teams, ARRAY(SELECT id FROM reps) AS reps, (
        SELECT ARRAY(SELECT trim(t ->> 'tier') FROM json_array_elements((p.document ->> 'tiers')::json) AS t)
        FROM policies p JOIN lane ON lane.policy_version = p.version
    ) AS tiers, ARRAY(
        SELECT coalesce(document #>> '{mapping,fields,source,value}', document #>> '{mapping,defaults,source}', id)
        FROM sources
        UNION
        SELECT s ->> 'code' FROM policies p JOIN lane ON lane.policy_version = p.version
        CROSS JOIN json_array_elements((p.document ->> 'sources')::json) AS s
    ) AS sources
"""

INSERT: Final = """
    -- A new subscription.
    INSERT INTO subscriptions (id, kind, document, secrets, enabled, revision, created_at, updated_at, updated_by)
    VALUES ($1, $2, $3::json, $4::json, $5, 1, clock_timestamp(), clock_timestamp(), $6)
    ON CONFLICT (id) DO NOTHING RETURNING number
"""

INSERT_PROGRESS: Final = """
    -- Where it begins.
    INSERT INTO subscription_progress (number, revision, begun_at, leased_until, rests_until, failures, told, delivered,
                                       failed)
    VALUES ($1, $2, clock_timestamp(), '-infinity', '-infinity', 0, '{}', 0, 0)
"""

UPDATE: Final = """
    -- A subscription as it is now. One that is enabled by this has no reason any more why it was not.
    UPDATE subscriptions
    SET document = $2::json, secrets = $3::json, enabled = $4, updated_by = $5,
        revision = revision + 1, updated_at = clock_timestamp(),
        disabled_at = CASE WHEN $4 THEN NULL WHEN enabled THEN clock_timestamp() ELSE disabled_at END,
        disabled_why = CASE WHEN $4 OR enabled THEN NULL ELSE disabled_why END
    WHERE number = $1
"""

TRY_NOW: Final = """
    -- What was set anew is tried at once.
    UPDATE subscription_progress SET failures = 0, rests_until = '-infinity' WHERE number = $1
"""

BEGIN_AT: Final = """
    -- Have a subscription go on from another place: whoever delivers to it now no longer does.
    UPDATE subscription_progress
    SET revision = $2, begun_at = clock_timestamp(), holder = NULL, leased_until = '-infinity'
    WHERE number = $1
"""

DROP_WAITING: Final = """
    -- What waits to be sent is not to be: it goes on from another place.
    DELETE FROM sends WHERE subscription = $1 AND state = 'waiting'
"""

DELETE: Final = """
    -- A subscription is no more. Its sends are cleaned away later.
    DELETE FROM subscriptions WHERE id = $1
"""

LOOK: Final = """
    -- The subscriptions that are on, how far each is behind, and whether one could be told something now by anybody.
    SELECT s.kind, max(lane.revision - p.revision) AS behind, bool_or(
        p.leased_until <= clock_timestamp() AND p.rests_until <= clock_timestamp() AND (p.revision < lane.revision
        OR EXISTS (SELECT FROM sends w WHERE w.subscription = p.number AND w.due_at <= clock_timestamp()))) AS free
    FROM subscriptions s JOIN subscription_progress p ON p.number = s.number CROSS JOIN lane
    WHERE s.enabled GROUP BY s.kind
"""

TAKE: Final = """
    -- Take the lease of subscriptions that are behind and that nobody delivers to, the longest left alone first. The
    -- subscription itself is locked too, and so is what it is now: one that is being edited is left to the next look.
    UPDATE subscription_progress p
    SET holder = $1, leased_until = clock_timestamp() + $2 * interval '1 second'
    FROM (
        SELECT p.number, s.id, s.kind, s.document, s.secrets, s.revision AS edited
        FROM subscription_progress p JOIN subscriptions s ON s.number = p.number CROSS JOIN lane
        WHERE s.enabled AND s.kind = ANY ($3::text[]) AND p.leased_until <= clock_timestamp()
          AND p.rests_until <= clock_timestamp() AND (p.revision < lane.revision
          OR EXISTS (SELECT FROM sends w WHERE w.subscription = p.number AND w.due_at <= clock_timestamp()))
        ORDER BY p.leased_until LIMIT $4
        FOR UPDATE OF p SKIP LOCKED FOR SHARE OF s SKIP LOCKED
    ) AS free
    WHERE p.number = free.number
    RETURNING p.number, p.revision, p.begun_at, p.failures, p.delivered, p.told, free.id, free.kind, free.document,
              free.secrets, free.edited, extract(epoch FROM clock_timestamp())::float8 AS now
"""

KEEP: Final = """
    -- Keep the lease, or (for no time at all) give it back, with what has become of the subscription since; only if we
    -- still have it. `told` is when messages were sent, where there is a pace to keep. Failures from before an edit say
    -- nothing of what was set since, and what was passed over is looked at again by it (what was told has a row, and is
    -- not told twice). An edit that is under way is waited for here, where it can be seen: who waited for the progress
    -- alone would still see the subscription of before.
    WITH s AS (SELECT number, revision, enabled FROM subscriptions WHERE number = $1 FOR NO KEY UPDATE)
    UPDATE subscription_progress p
    SET revision = CASE WHEN s.revision = $11 THEN $3 ELSE p.revision END,
        leased_until = clock_timestamp() + $4 * interval '1 second',
        rests_until = CASE WHEN s.revision = $11 AND $5 > 0 THEN clock_timestamp() + $5 * interval '1 second'
                           ELSE '-infinity' END,
        failures = CASE WHEN s.revision = $11 THEN $6 ELSE 0 END, told = $7,
        delivered = p.delivered + $8, failed = p.failed + $9,
        delivered_at = CASE WHEN $8 > 0 THEN clock_timestamp() ELSE p.delivered_at END,
        failed_at = CASE WHEN $9 > 0 THEN clock_timestamp() ELSE p.failed_at END,
        failed_why = CASE WHEN $9 > 0 THEN $10 ELSE p.failed_why END
    FROM s
    WHERE p.number = $1 AND p.holder = $2 AND s.number = p.number
    RETURNING s.revision AS edited, s.enabled
"""

DISABLE: Final = """
    -- Nobody is there any more to be told.
    UPDATE subscriptions
    SET enabled = false, disabled_at = clock_timestamp(), disabled_why = $2, revision = revision + 1
    WHERE number = $1 AND enabled
"""

OF_NOBODY: Final = """
    -- Subscriptions that are no more, of which something is still there.
    SELECT p.number FROM subscription_progress p
    WHERE NOT EXISTS (SELECT FROM subscriptions s WHERE s.number = p.number)
"""

ALL: Final = "SELECT number, kind FROM subscriptions ORDER BY number"

FORGET_PROGRESS: Final = "DELETE FROM subscription_progress WHERE number = $1"


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is to say when a lease is kept or given back: see :data:`KEEP`. Times are in seconds from now."""

    reached: int
    lease: float
    rest: float
    failures: int
    told: Sequence[float]
    delivered: int = 0
    failed: int = 0
    why: str | None = None
    edited: int = 0
    """The revision of the subscription that all this is about."""


async def one(connection: Connection, name: str) -> Row | None:
    """A subscription by its id."""
    found: Row | None = await connection.fetchrow(ONE, name)
    return found


async def page(connection: Connection, after: str, limit: int) -> Sequence[Row]:
    """Subscriptions by id, those after ``after``."""
    rows: Sequence[Row] = await connection.fetch(PAGE, after, limit)
    return rows


async def locked(connection: Connection, name: str) -> Row | None:
    """A subscription by its id, which nobody else can edit until the transaction ends."""
    found: Row | None = await connection.fetchrow(LOCKED, name)
    return found


async def insert(
    connection: Connection, name: str, kind: str, document: str, secrets: str, actor: str, *, enabled: bool, after: int
) -> bool:
    """Store a new subscription that begins after a revision; False if there is one of this id already."""
    number = await connection.fetchval(INSERT, name, kind, document, secrets, enabled, actor)
    if number is None:
        return False
    await connection.execute(INSERT_PROGRESS, number, after)
    return True


async def update(
    connection: Connection, number: int, document: str, secrets: str, actor: str, *, enabled: bool, after: int | None
) -> None:
    """Store a subscription as it is now; ``after``: the revision to go on after, None for where it is."""
    await connection.execute(UPDATE, number, document, secrets, enabled, actor)
    await connection.execute(TRY_NOW, number)
    if after is not None:
        await connection.execute(BEGIN_AT, number, after)
        await connection.execute(DROP_WAITING, number)


async def delete(connection: Connection, name: str) -> None:
    """Delete a subscription."""
    await connection.execute(DELETE, name)


async def look(connection: Connection) -> Sequence[Row]:
    """By kind, how far subscriptions are behind, and whether somebody could tell one of them something."""
    rows: Sequence[Row] = await connection.fetch(LOOK)
    return rows


async def take(connection: Connection, holder: UUID, lease: float, kinds: Sequence[str], most: int) -> Sequence[Row]:
    """Take the leases, for so many seconds, of at most so many subscriptions of these kinds."""
    rows: Sequence[Row] = await connection.fetch(TAKE, holder, lease, kinds, most)
    return rows


async def keep(connection: Connection, number: int, holder: UUID, kept: Kept) -> Row | None:
    """Keep a lease or give it back; None if we have it no longer."""
    found: Row | None = await connection.fetchrow(
        KEEP, number, holder, kept.reached, kept.lease, kept.rest, kept.failures, kept.told, kept.delivered,
        kept.failed, kept.why, kept.edited,
    )  # fmt: skip
    return found
