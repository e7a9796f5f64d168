"""How does one turn of the lane begin, and what does it read? What it writes is in :mod:`app.store.writes`.

Statements for asyncpg, in the order in which a turn runs them. Each has a name, a sentence, the query. The lane's row
comes first in every transaction that writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from asyncpg import Connection

from app.engine.immutable import immutable
from app.engine.recognise import Identity

LOCK: Final = """
    -- Take the lane: whoever holds this row writes. The clock is read after the lock has been granted.
    WITH held AS MATERIALIZED (
        SELECT seq, revision, stamp, time, policy_version, interactive_at FROM lane WHERE id = 1 FOR UPDATE
    )
    SELECT seq, revision, stamp, time, policy_version, interactive_at, greatest(time, clock_timestamp()) AS now
    FROM held
"""

LOOK: Final = """
    -- Where the lane stands, without a lock.
    SELECT seq, revision, stamp, time, policy_version, interactive_at, greatest(time, clock_timestamp()) AS now
    FROM lane WHERE id = 1
"""

KNOWN: Final = """
    -- What is known by these keys of leads; and which of these deliveries have been answered before, as which lead.
    SELECT key, kind, leads, companies, people, last_lead::text, last_at, owner, owner_seq, do_not_contact, outcome,
           block, domain, phone, region, industry, NULL::uuid AS lead_id, NULL::bytea AS body_hash,
           NULL::bool AS expired
    FROM identities WHERE key = ANY ($1)
    UNION ALL
    SELECT key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           lead_id, body_hash, coalesce(expires_at <= now(), false)
    FROM deliveries WHERE key = ANY ($2)
"""

CROWDS: Final = """
    -- Who is in these crowds.
    SELECT id, members FROM crowds WHERE id = ANY ($1)
"""

CROWD_TURNS: Final = """
    -- What rotations owe to crowds beside credits.
    SELECT t.rotation, t.crowd, t.turns, c.members FROM crowd_turns t JOIN crowds c ON c.id = t.crowd
"""

BLOCK_MATES: Final = """
    -- Companies whose names may be close spellings: those that share a blocking key, up to a number.
    SELECT mate.key, mate.block
    FROM unnest($1::text[]) AS wanted (block)
    CROSS JOIN LATERAL (
        SELECT key, block FROM identities WHERE identities.block = wanted.block LIMIT 500
    ) AS mate
"""

GLANCE: Final = f"""
    -- Where the lane stands, without a lock, and what these leads must be decided on: all as of one moment.
    SELECT lane.*, known.*
    FROM ({LOOK}) AS lane
    LEFT JOIN (
        {KNOWN}
        UNION ALL
        SELECT key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, block, NULL, NULL, NULL, NULL,
               NULL, NULL, NULL
        FROM ({BLOCK_MATES.replace("$1", "$3")}) AS mates
    ) AS known ON true
"""  # noqa: S608  it is made of the statements above

RECORDS: Final = """
    -- Assignment records by id: what became of a turn whose commit was cut off.
    SELECT a.id, a.seq, a.lead_id, a.decision, l.warnings
    FROM assignments a JOIN leads l ON l.id = a.lead_id WHERE a.id = ANY ($1)
"""

STAMP: Final = """
    -- The stamp of a record that assigns nothing: whether a commit without an answer has happened.
    SELECT stamp FROM changes WHERE revision = $1
"""

FIRST_RECORDS: Final = """
    -- The answers first given to these leads.
    SELECT DISTINCT ON (lead_id) a.id, a.seq, a.lead_id, a.decision, l.warnings
    FROM assignments a JOIN leads l ON l.id = a.lead_id
    WHERE a.lead_id = ANY ($1) ORDER BY lead_id, seq
"""

LEADS: Final = """
    -- Leads as they stand, with the records that put them there.
    SELECT l.*, latest.id AS latest_id, first.decision AS first_decision, latest.decision AS latest_decision,
           latest.effects AS latest_effects
    FROM leads l
    LEFT JOIN assignments latest ON latest.seq = l.latest_seq
    LEFT JOIN assignments first ON first.lead_id = l.id AND first.kind = 'routed'
    WHERE l.id = ANY ($1)
"""

LOG: Final = """
    -- The records from the one we know last on: ours too, to see that it is still the same one.
    SELECT revision, stamp, seq, effects FROM assignments WHERE seq >= $1 AND revision >= $2
    UNION ALL
    SELECT revision, stamp, NULL, effects FROM changes WHERE revision >= $2
    ORDER BY revision
"""


@immutable(frozen=True, slots=True)
class LaneRow:
    """Where the lane stands: its last seq, the world's revision and stamp, the policy in force, and the time it is.

    ``time`` is that of the last turn, which ``now`` is never before. ``interactive_at``: when somebody who waits for it
    was last given a decision, on any worker.
    """

    seq: int
    revision: int
    stamp: int
    time: datetime
    policy_version: int | None
    interactive_at: datetime | None
    now: datetime


_LANE_COLUMNS: Final = len(fields(LaneRow))
_KIND, _BLOCK, _LEAD_ID = 1, 11, 16
"""Where these stand in what :data:`KNOWN` finds."""


LANE_SESSION: Final = {
    "application_name": "lead-router lane",
    # Its statements know their indexes, whatever they are given: planning them anew would only cost.
    "plan_cache_mode": "force_generic_plan",
    # A holder whose network is gone is found out by Postgres within half a minute, whatever it waits for.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""What the lane's connection asks for as it is made. It is accepted or not by what the server says of itself, so
nothing is asked for here that ``target_session_attrs`` looks at."""


async def settle_session(connection: Connection, timeout_ms: int) -> None:
    """Say what :func:`open_turn` says, for those turns of one statement that have no transaction to say it in.

    That their commit is durable, the statement says itself.
    """
    await connection.execute(
        "SELECT set_config('default_transaction_isolation', 'read committed', false),"
        " set_config('default_transaction_read_only', 'off', false),"
        f" set_config('lock_timeout', '{timeout_ms * 2}', false),"
        f" set_config('statement_timeout', '{timeout_ms * 3}', false)"
    )


async def open_turn(connection: Connection, timeout_ms: int, *, commanded: bool = False) -> None:
    """Begin the transaction, with its isolation and timeouts said outright: no server default is relied on.

    A command may take a while between two statements: a roster of ten thousand is checked as a whole.
    """
    idle_ms = timeout_ms * 4 if commanded else timeout_ms
    await connection.execute(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
        f"SELECT set_config('lock_timeout', '{timeout_ms * 2}', true),"
        f" set_config('statement_timeout', '{timeout_ms * 3}', true),"
        f" set_config('idle_in_transaction_session_timeout', '{idle_ms}', true),"
        " set_config('synchronous_commit', 'on', true)"
    )


async def lock_lane(connection: Connection) -> LaneRow:
    """Wait for the lane and take it."""
    return LaneRow(*await connection.fetchrow(LOCK))


async def look_at_lane(connection: Connection) -> LaneRow:
    """See where the lane stands."""
    return LaneRow(*await connection.fetchrow(LOOK))


@immutable(frozen=True, slots=True)
class Answered:
    """A delivery key that was answered before: as which lead, and the hash of the body it came with."""

    key: str
    lead_id: UUID
    body_hash: bytes
    expired: bool


Known: TypeAlias = tuple[dict[str, Identity], list[Answered]]
"""What is known by keys of leads, by key, and the deliveries that were answered; what was never seen is absent."""

Mates: TypeAlias = Mapping[str, Sequence[str]]
"""The keys of companies that share a blocking key, by that key."""


async def known_by(connection: Connection, keys: Sequence[str], deliveries: Sequence[str]) -> Known:
    """What is known by these keys of leads, and which of these deliveries were answered."""
    return _known(await connection.fetch(KNOWN, keys, deliveries))


async def block_mates(connection: Connection, blocks: Sequence[str]) -> Mates:
    """Companies whose names may be spelled closely like those that have these blocking keys."""
    return _mates(await connection.fetch(BLOCK_MATES, blocks))


async def glance(
    connection: Connection, keys: Sequence[str], deliveries: Sequence[str], blocks: Sequence[str]
) -> tuple[LaneRow, Known, Mates]:
    """What :func:`look_at_lane`, :func:`known_by` and :func:`block_mates` read, all of it as of one moment."""
    rows: list[Sequence[Any]] = await connection.fetch(GLANCE, keys, deliveries, blocks)
    known: list[Sequence[Any]] = []
    mates: list[tuple[str, str]] = []
    for row in rows:
        one = row[_LANE_COLUMNS:]
        if one[_KIND] is not None or one[_LEAD_ID] is not None:
            known.append(one)
        elif one[0] is not None:
            mates.append((one[0], one[_BLOCK]))
    return LaneRow(*rows[0][:_LANE_COLUMNS]), _known(known), _mates(mates)


def _known(rows: Iterable[Sequence[Any]]) -> Known:
    found: dict[str, Identity] = {}
    answered = []
    for row in rows:
        if row[_LEAD_ID] is not None:
            answered.append(Answered(row[0], *row[_LEAD_ID:]))
        else:
            key, kind, leads, companies, people, *rest = row[:_LEAD_ID]
            found[key] = Identity(key, kind, leads, tuple(companies), tuple(people), *rest)
    return found, answered


def _mates(rows: Iterable[Sequence[str]]) -> Mates:
    mates: dict[str, list[str]] = {}
    for key, block in rows:
        mates.setdefault(block, []).append(key)
    return mates


async def log_since(connection: Connection, seq: int, revision: int) -> list[Mapping[str, Any]]:
    """The records from ``revision`` on, in order, that one included; assignments are sought from ``seq`` on."""
    rows: list[Mapping[str, Any]] = await connection.fetch(LOG, seq, revision)
    return rows


async def counts_of(connection: Connection, since: date) -> dict[str, list[Mapping[str, Any]]]:
    """All counters: loads, days since ``since``, credits."""
    return {
        "loads": await connection.fetch("SELECT rep_id, open, last_seq FROM rep_loads"),
        "days": await connection.fetch("SELECT rep_id, day, count FROM rep_days WHERE day >= $1", since),
        "rule_days": await connection.fetch("SELECT rule_id, rep_id, day, count FROM rule_days WHERE day >= $1", since),
        "credits": await connection.fetch("SELECT rotation, rep_id, credit FROM credits"),
        "crowd_turns": await connection.fetch(CROWD_TURNS),
    }
