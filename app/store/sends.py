"""What became of telling a subscription of an event? A row for each that was sent or that waits to be.

Statements for asyncpg. An event that was taken at the first attempt is written once, when that is known. The oldest
that waits of each key has a time when it is due; those behind it have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from asyncpg import Connection

Row: TypeAlias = Mapping[str, Any]
State: TypeAlias = Literal["waiting", "delivered", "dead"]

STATES: Final[tuple[State, ...]] = ("waiting", "delivered", "dead")

MOST_REDRIVEN: Final = 10_000
"""Sends that are put back to be sent by one statement."""

WRITE: Final = """
    -- What became of events: sent, to be sent again (due in so many seconds), or waiting behind another (due NULL).
    -- What was put back meanwhile, to have all its attempts once more, is not overtaken by one of before that failed.
    INSERT INTO sends (subscription, revision, part, stamp, type, key, at, state, attempts, due_at, touched_at, seconds,
                       status, said, log)
    SELECT $1, revision, part, stamp, type, key, at, state, attempts, clock_timestamp() + due * interval '1 second',
           clock_timestamp(), seconds, status, said, log::json
    FROM unnest($2::bigint[], $3::int[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
                $9::smallint[], $10::float8[], $11::float8[], $12::int[], $13::text[], $14::text[])
         AS t (revision, part, stamp, type, key, at, state, attempts, due, seconds, status, said, log)
    ON CONFLICT (subscription, revision, part) DO UPDATE
        SET stamp = excluded.stamp, type = excluded.type, key = excluded.key, at = excluded.at, state = excluded.state,
            attempts = excluded.attempts, due_at = excluded.due_at, touched_at = excluded.touched_at,
            seconds = excluded.seconds, status = excluded.status, said = excluded.said, log = excluded.log
        WHERE excluded.state = 'delivered' OR excluded.attempts <= sends.attempts + 1
"""

NEXT: Final = """
    -- The oldest that waits of each of these keys is due, if it has no time yet.
    UPDATE sends SET due_at = clock_timestamp()
    FROM (
        SELECT DISTINCT ON (key) revision, part, due_at FROM sends
        WHERE subscription = $1 AND state = 'waiting' AND key = ANY ($2::text[]) ORDER BY key, revision, part
    ) AS oldest
    WHERE sends.subscription = $1 AND sends.revision = oldest.revision AND sends.part = oldest.part
      AND oldest.due_at IS NULL
"""

SOON: Final = """
    -- The receiver answers again: what was put off while it did not is due, some of it at a time.
    UPDATE sends SET due_at = clock_timestamp()
    WHERE subscription = $1 AND due_at > clock_timestamp() AND state = 'waiting'
"""

DUE: Final = """
    -- What is due, the oldest of each key, but for those keys of which one is under way.
    SELECT s.revision, s.part, s.stamp, s.type, s.key, s.at, s.attempts, s.log FROM sends s
    WHERE s.subscription = $1 AND s.due_at <= clock_timestamp() AND s.state = 'waiting' AND s.key <> ALL ($2::text[])
      AND NOT EXISTS (
        SELECT FROM sends older WHERE older.subscription = $1 AND older.state = 'waiting' AND older.key = s.key
                                  AND (older.revision, older.part) < (s.revision, s.part))
    ORDER BY s.due_at, s.revision, s.part LIMIT $3
"""

PAGE: Final = """
    -- Sends, the newest event first.
    SELECT revision, part, stamp, type, key, at, state, attempts, due_at, touched_at, seconds, status, said, log
    FROM sends WHERE subscription = $1 AND ($2::text IS NULL OR state = $2) AND (revision, part) < ($3, $4)
    ORDER BY revision DESC, part DESC LIMIT $5
"""

_PAGE_OF: Final = {
    # Said outright, not bound: so the planner knows that the partial index holds them all.
    state: PAGE.replace("($2::text IS NULL OR state = $2)", f"state = '{state}' AND $2::text IS NOT NULL")
    for state in STATES
}

ONE: Final = """
    -- One send.
    SELECT revision, part, stamp, type, key, at, state, attempts, due_at, touched_at, seconds, status, said, log
    FROM sends WHERE subscription = $1 AND revision = $2 AND part = $3 AND stamp = $4
"""

REDRIVE: Final = """
    -- Have one sent again, whatever became of it, with all its attempts before it.
    UPDATE sends SET state = 'waiting', attempts = 0, due_at = clock_timestamp(), touched_at = clock_timestamp()
    WHERE subscription = $1 AND revision = $2 AND part = $3 AND stamp = $4
"""

REDRIVE_ALL: Final = """
    -- Have those of a state sent again, the oldest first, so many at a time.
    UPDATE sends SET state = 'waiting', attempts = 0, due_at = clock_timestamp(), touched_at = clock_timestamp()
    WHERE subscription = $1 AND (revision, part) IN (
        SELECT revision, part FROM sends WHERE subscription = $1 AND state = 'dead' ORDER BY revision, part LIMIT $2
    )
"""

FORGET: Final = """
    -- What became of events long ago, so many at a time; the oldest events first.
    DELETE FROM sends WHERE subscription = $1 AND (revision, part) IN (
        SELECT revision, part FROM (
            SELECT revision, part, touched_at FROM sends WHERE subscription = $1 AND state <> 'waiting'
            ORDER BY revision, part LIMIT $3
        ) AS oldest
        WHERE touched_at < clock_timestamp() - $2 * interval '1 day'
    ) AND state <> 'waiting'
"""

FORGET_ALL: Final = """
    -- The sends of a subscription that is no more, so many at a time.
    DELETE FROM sends WHERE subscription = $1 AND (revision, part) IN (
        SELECT revision, part FROM sends WHERE subscription = $1 ORDER BY revision, part LIMIT $2)
"""

DEAD: Final = """
    -- How many are dead, by kind of receiver.
    SELECT s.kind, count(d.revision) AS dead
    FROM subscriptions s LEFT JOIN sends d ON d.subscription = s.number AND d.state = 'dead' GROUP BY s.kind
"""


@dataclass(frozen=True, slots=True)
class Send:
    """What became of one event. ``due``: seconds from now; None: not due, or behind another of its key."""

    revision: int
    part: int
    stamp: int
    type: str
    key: str
    at: datetime
    state: State
    attempts: int
    due: float | None = None
    seconds: float | None = None
    status: int | None = None
    said: str | None = None
    log: str | None = None


async def write(connection: Connection, subscription: int, sends: Sequence[Send]) -> None:
    """Write what became of events, each once."""
    columns = zip(
        *(
            (s.revision, s.part, s.stamp, s.type, s.key, s.at, s.state, s.attempts, s.due, s.seconds, s.status, s.said,
             s.log)
            for s in sends
        ), strict=True,
    )  # fmt: skip
    await connection.execute(WRITE, subscription, *columns)


async def let_next(connection: Connection, subscription: int, keys: Iterable[str]) -> None:
    """Make the oldest that waits of each key due."""
    await connection.execute(NEXT, subscription, sorted(keys))


async def soon(connection: Connection, subscription: int) -> None:
    """Make all that was put off due now."""
    await connection.execute(SOON, subscription)


async def due(connection: Connection, subscription: int, but: Iterable[str], most: int) -> Sequence[Row]:
    """What is due, at most so many; of the keys in ``but`` none."""
    rows: Sequence[Row] = await connection.fetch(DUE, subscription, list(but), most)
    return rows


async def page(
    connection: Connection, subscription: int, state: State | None, before: tuple[int, int], limit: int
) -> Sequence[Row]:
    """Sends before a revision and part, the newest event first."""
    query = PAGE if state is None else _PAGE_OF[state]
    rows: Sequence[Row] = await connection.fetch(query, subscription, state, *before, limit)
    return rows


async def one(connection: Connection, subscription: int, place: tuple[int, int, int]) -> Row | None:
    """One send by revision, part and stamp."""
    found: Row | None = await connection.fetchrow(ONE, subscription, *place)
    return found


async def redrive(connection: Connection, subscription: int, place: tuple[int, int, int]) -> bool:
    """Have one sent again; False if there is none such."""
    return _count(await connection.execute(REDRIVE, subscription, *place)) > 0


async def redrive_dead(connection: Connection, subscription: int) -> int:
    """Have the dead ones sent again, at most :data:`MOST_REDRIVEN`; returns how many."""
    return _count(await connection.execute(REDRIVE_ALL, subscription, MOST_REDRIVEN))


async def forget(connection: Connection, subscription: int, days: int | None, most: int) -> int:
    """Delete what became of events so many days ago, or (None) everything, at most so many; returns how many."""
    if days is None:
        return _count(await connection.execute(FORGET_ALL, subscription, most))
    return _count(await connection.execute(FORGET, subscription, days, most))


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
