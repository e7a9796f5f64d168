"""What does the record tell, in order? Its pages, read one by one, and the checkpoints that shorten the way.

Reads for asyncpg. Records commit in order of their revision: nothing comes in later before what has been read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, TypeAlias

from asyncpg import Connection

from app.engine.world import DAYS_KEPT

Row: TypeAlias = Mapping[str, Any]

PAGE: Final = 1000
"""Records that are read together."""

_CHANGES: Final = """
    SELECT revision, stamp, NULL::bigint AS seq, at, effects, kind, subject, detail{empty}
    FROM changes WHERE revision > $1 AND revision <= $2 ORDER BY revision LIMIT $3
"""

_WHOLE: Final = (
    "id, lead_id, status, reason, rep_id, team_id, rule_id, tier, policy_version, engine_version, decided_at, "
    "first_contact_due, actor, note, decision, facts, person"
)

_ASSIGNMENTS: Final = """
    SELECT revision, stamp, seq, decided_at AS at, effects, kind, NULL AS subject, NULL::json AS detail{columns}
    FROM assignments WHERE revision > $1 AND revision <= $2 ORDER BY revision LIMIT $3
"""

_PAGE: Final = """
    -- Records of both kinds after a revision, up to another one, in order.
    SELECT * FROM (({assignments}) UNION ALL ({changes})) AS log ORDER BY revision LIMIT $3
"""


def _nulls() -> str:
    kinds = {"id": "uuid", "lead_id": "uuid", "policy_version": "int", "decided_at": "timestamptz",
             "first_contact_due": "timestamptz", "decision": "json", "facts": "json", "person": "json"}  # fmt: skip
    return "".join(f", NULL::{kinds.get(name, 'text')} AS {name}" for name in _WHOLE.split(", "))


LOG: Final = _PAGE.format(assignments=_ASSIGNMENTS.format(columns=""), changes=_CHANGES.format(empty=""))

RECORDS: Final = _PAGE.format(
    assignments=_ASSIGNMENTS.format(columns=f", {_WHOLE}"), changes=_CHANGES.format(empty=_nulls())
)

CHECKPOINT: Final = """
    -- The nearest checkpoint at or before a revision, if the record still holds the history that it was taken of.
    SELECT c.revision, c.stamp, c.taken_at, c.document FROM checkpoints c
    WHERE c.revision <= $1
      AND c.stamp = coalesce((SELECT stamp FROM assignments a WHERE a.revision = c.revision),
                             (SELECT stamp FROM changes h WHERE h.revision = c.revision))
    ORDER BY c.revision DESC LIMIT 1
"""

CHECKPOINTS: Final = """
    -- The next checkpoint after a revision, up to another one.
    SELECT revision, stamp, taken_at, document FROM checkpoints
    WHERE revision > $1 AND revision <= $2 ORDER BY revision LIMIT 1
"""

TAKE_CHECKPOINT: Final = """
    -- The whole world as it is, in one look, if the record has grown by $1 since the last one was taken.
    INSERT INTO checkpoints (revision, stamp, taken_at, document)
    SELECT lane.revision, lane.stamp, clock_timestamp(), json_build_object(
        'seq', lane.seq, 'time', lane.time, 'policy_version', lane.policy_version,
        'reps', (SELECT coalesce(json_object_agg(id, document ORDER BY id), '{}') FROM reps),
        'teams', (SELECT coalesce(json_object_agg(id, document ORDER BY id), '{}') FROM teams),
        'loads', (SELECT coalesce(json_agg(json_build_array(rep_id, open, last_seq) ORDER BY rep_id), '[]')
                  FROM rep_loads),
        'days', (SELECT coalesce(json_agg(json_build_array(rep_id, day, count) ORDER BY rep_id, day), '[]')
                 FROM rep_days WHERE day >= (lane.time AT TIME ZONE 'UTC')::date - $2::int),
        'rule_days', (SELECT coalesce(json_agg(json_build_array(rule_id, rep_id, day, count)
                                               ORDER BY rule_id, rep_id, day), '[]')
                      FROM rule_days WHERE day >= (lane.time AT TIME ZONE 'UTC')::date - $2::int),
        'credits', (SELECT coalesce(json_agg(json_build_array(rotation, rep_id, credit) ORDER BY rotation, rep_id),
                                    '[]')
                    FROM credits),
        'crowd_turns', (SELECT coalesce(json_agg(json_build_object('rotation', t.rotation, 'crowd', t.crowd,
                                                                   'turns', t.turns, 'members', c.members::text)
                                                 ORDER BY t.rotation), '[]')
                        FROM crowd_turns t JOIN crowds c ON c.id = t.crowd))
    FROM lane
    WHERE lane.revision >= coalesce((SELECT max(revision) FROM checkpoints), 0)
                           + greatest($1::bigint, (SELECT 2 * count(*) FROM reps))
    ON CONFLICT (revision) DO NOTHING
    RETURNING revision
"""


async def pages(
    connection: Connection, after: int, until: int, *, whole: bool = False, size: int = PAGE
) -> AsyncIterator[list[Row]]:
    """The records after revision ``after`` up to ``until``, page by page, each read by a statement of its own.

    ``whole``: with all that a decision was made of; else with what brings a world forward.
    """
    while after < until:
        rows = list(await connection.fetch(RECORDS if whole else LOG, after, until, size))
        if not rows:
            return
        yield rows
        after = rows[-1]["revision"]


async def checkpoint_before(connection: Connection, revision: int) -> Row | None:
    """The nearest checkpoint at or before a revision."""
    found: Row | None = await connection.fetchrow(CHECKPOINT, revision)
    return found


async def checkpoints(connection: Connection, until: int) -> AsyncIterator[Row]:
    """All checkpoints up to a revision, in order, each read by a statement of its own."""
    after = 0
    while row := await connection.fetchrow(CHECKPOINTS, after, until):
        yield row
        after = row["revision"]


async def take_checkpoint(connection: Connection, every: int) -> int | None:
    """Take a checkpoint if one is due; the revision that it is of, None if none was.

    It is due when the record has grown by ``every`` since the last, and by two records for each rep: so checkpoints
    stay small beside what they shorten.
    """
    revision: int | None = await connection.fetchval(TAKE_CHECKPOINT, every, DAYS_KEPT)
    return revision
