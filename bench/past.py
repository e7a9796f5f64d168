"""How is there a past of millions of decisions to search? A few thousand that the service has made, told over and over.

Each is told with other ids, names, times and places in the lane, by SQL alone, and kept between runs. What goes
together in the sample goes together in the millions: a region with the reps who cover it, a rule with its team, a tier
with what is queued. And times have changed, as they do: a source that nobody uses any more, reps who have left, a
source that is new. So there are pairs that never meet though either is common, and values that lie all at one end.

Only the columns are told anew, not the documents beside them: who reads a page sees the sample's reps in its texts.
Identities are those of the sample.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

import migrations
from app.record.sheets import Sheets
from app.store import database, migrate
from app.store.embedded import ROLE
from bench import server
from bench.filling import fill
from bench.leads import Sender
from bench.office import policy_document, roster_document
from bench.server import Server

SAMPLE: Final = 4000

ERAS: Final = 20
"""Stretches of the past. In the first two there was another source; in the first five, reps who have left since."""

GONE_SOURCE: Final = "yellow-pages"
NEW_SOURCE: Final = "chat"
GONE_REP: Final = "rep-left"

_PREPARE: Final = """
    CREATE UNLOGGED TABLE sample_assignments AS
        SELECT row_number() OVER (ORDER BY seq) - 1 AS k, a.* FROM assignments a;
    CREATE UNLOGGED TABLE sample_leads AS
        SELECT s.k, l.* FROM sample_assignments s JOIN leads l ON l.id = s.lead_id;
    ALTER TABLE sample_assignments ADD PRIMARY KEY (k);
    ALTER TABLE sample_leads ADD PRIMARY KEY (k);
    ANALYZE sample_assignments; ANALYZE sample_leads;
    TRUNCATE deliveries, assignments, leads
"""

_TOLD: Final = """
    -- What is told of decision n: which of the sample it is, and what has changed since.
    WITH told AS MATERIALIZED (
        SELECT n, (n * 2654435761 % 4294967296) * {sample} / 4294967296 AS k, (n - 1) * {eras} / {count} AS era,
               lpad(to_hex(n), 32, '0')::uuid AS lead_id,
               now() - ({count} - n) * interval '17 seconds' AS at,
               CASE WHEN n % 100 IN (0, 33, 66) THEN 'rerouted' WHEN n % 100 IN (50, 83) THEN 'assigned'
                    WHEN n % 1000 = 417 THEN 'claimed' WHEN n % 2000 = 717 THEN 'released' ELSE 'routed' END AS kind
        FROM generate_series({first}::bigint, {last}::bigint) AS n
    ), seen AS (
        SELECT told.*, s.tier,
               CASE WHEN told.kind = 'released' OR (s.tier = 'C' AND n % 12 = 5) THEN 'queued'
                    WHEN n % 400 = 7 THEN 'rejected' ELSE 'assigned' END AS status,
               CASE WHEN era < 2 AND n % 3 = 0 THEN '{gone_source}'
                    WHEN era = {eras} - 1 AND n % 5 = 0 THEN '{new_source}' ELSE s.source END AS source,
               CASE WHEN era < 5 AND s.rep_id IN ('rep-000', 'rep-001') THEN '{gone_rep}' ELSE s.rep_id END AS rep
        FROM told JOIN sample_assignments s USING (k)
    )
"""

_LEADS: Final = (
    _TOLD
    + """
    INSERT INTO leads (id, received_at, updated_at, status, reason, rep_id, team_id, rule_id, tier, score,
                       policy_version, latest_seq, queued_at, source, external_id, name, email, phone, company, region,
                       industry, facts, warnings, body_hash)
    SELECT t.lead_id, t.at, t.at, t.status,
           CASE t.status WHEN 'queued' THEN 'nobody_able' WHEN 'rejected' THEN 'screening' END,
           CASE WHEN t.status = 'assigned' THEN t.rep END, l.team_id, l.rule_id, t.tier, l.score, l.policy_version,
           t.n, CASE WHEN t.status = 'queued' THEN t.at END, t.source, 'crm-' || t.n, l.name || ' ' || t.n,
           t.n || '.' || l.email, left(l.phone, 6) || lpad(t.n::text, 7, '0'),
           left(l.company, 12) || ' ' || t.n || ' ' || right(l.company, 6), l.region, l.industry, l.facts, l.warnings,
           l.body_hash
    FROM seen t JOIN sample_leads l USING (k) WHERE t.kind = 'routed'
"""
)

_ASSIGNMENTS: Final = (
    _TOLD
    + """
    INSERT INTO assignments (seq, id, revision, stamp, lead_id, kind, status, reason, rep_id, team_id, rule_id,
                             rule_name, strategy, score, tier, source, region, industry, policy_version,
                             engine_version, decided_at, first_contact_due, actor, note, decision, effects)
    SELECT t.n, ('f' || lpad(to_hex(t.n), 31, '0'))::uuid, t.n + {revisions}, s.stamp,
           CASE WHEN t.kind = 'routed' THEN t.lead_id ELSE lpad(to_hex(t.n - 7), 32, '0')::uuid END, t.kind, t.status,
           CASE t.status WHEN 'queued' THEN 'nobody_able' WHEN 'rejected' THEN 'screening' END,
           CASE WHEN t.status = 'assigned' THEN t.rep END, s.team_id, s.rule_id, s.rule_name, s.strategy, s.score,
           t.tier, t.source, s.region, s.industry, s.policy_version, s.engine_version, t.at, t.at + interval '1 day',
           CASE WHEN t.kind IN ('assigned', 'claimed', 'released') THEN 'someone' END, s.note, s.decision, s.effects
    FROM seen t JOIN sample_assignments s USING (k)
"""
)

_REVISIONS: Final = 1000
"""The revisions before the first decision."""

_AT_ONCE: Final = 100_000

_FINISH: Final = """
    DROP TABLE sample_assignments, sample_leads;
    UPDATE rep_loads SET last_seq = NULL;
    UPDATE lane SET seq = {count}, revision = {count} + {revisions}, time = now()
"""


def past(on: Server, count: int, say: Callable[[str], None]) -> str:
    """The name of a database with so many decisions in it: kept from an earlier run, or made now.

    A migration that is new is applied to what is kept; if another has changed, it is made anew.
    """
    name = f"kept_past_{count}"
    if name in on.databases():
        marks, kept = _marks(), _kept(on, name)
        if kept and all(marks.get(file) == mark for file, mark in kept.items()):
            if kept != marks:
                say(f"migrating {count:,} decisions")
                asyncio.run(migrate.upgrade(on.url(name)))
                _put_in_sheets(on, name, count, say)
                _mark(on, name)
            return name
    _make(on, name, count, say)
    _put_in_sheets(on, name, count, say)
    _mark(on, name)
    return name


def _put_in_sheets(on: Server, name: str, count: int, say: Callable[[str], None]) -> None:
    """As the service does it by itself, without the rests."""

    async def put() -> None:
        pool = await database.parse(on.url(name)).pool()
        await Sheets(pool, rest=0).look()
        await pool.close()

    say(f"putting {count:,} decisions in sheets")
    asyncio.run(put())
    asyncio.run(server.execute(on.url(name), "VACUUM ANALYZE"))


def _marks() -> dict[str, str]:
    """What a kept database is made from: the migrations, and this file."""
    files = [*Path(next(iter(migrations.__path__))).glob("versions/*.py"), Path(__file__)]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in sorted(files)}


def _kept(on: Server, name: str) -> dict[str, str]:
    said = on.sql(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'").strip()
    kept: dict[str, str] = orjson.loads(said or "{}")
    return kept


def _mark(on: Server, name: str) -> None:
    on.sql(f"COMMENT ON DATABASE {name} IS '{orjson.dumps(_marks()).decode()}'")


def _make(on: Server, name: str, count: int, say: Callable[[str], None]) -> None:
    say(f"telling {count:,} decisions")
    url = on.make(name)
    bodies = list(islice(Sender(seed=6).bodies(), min(SAMPLE, count)))
    asyncio.run(fill(url, policy_document(), roster_document(), bodies))
    values = {
        "sample": len(bodies),
        "eras": ERAS,
        "count": count,
        "revisions": _REVISIONS,
        "gone_source": GONE_SOURCE,
        "new_source": NEW_SOURCE,
        "gone_rep": GONE_REP,
    }
    indexes = asyncio.run(server.rows(url, _INDEXES))
    steps = [
        *_PREPARE.split(";"),
        *(f"DROP INDEX {row['name']}" for row in indexes),
        *_filled(_LEADS, values, count),
        *_filled(_ASSIGNMENTS, values, count),
        *(row["definition"] for row in indexes),
        *_FINISH.format(**values).split(";"),
    ]
    # Only a superuser may leave out the checks of foreign keys, which cost more than all the rest.
    on.sql(f"ALTER ROLE {ROLE} SUPERUSER")
    try:
        asyncio.run(_all(url, steps, lambda step: say(f"telling {count:,} decisions, {step} of {len(steps)}")))
    finally:
        on.sql(f"ALTER ROLE {ROLE} NOSUPERUSER")


_INDEXES: Final = """
    -- The indexes that no constraint needs: made after the rows they are made sooner.
    SELECT c.oid::regclass::text AS name, pg_get_indexdef(c.oid) AS definition
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid IN ('leads'::regclass, 'assignments'::regclass)
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
"""


def _filled(statement: str, values: Mapping[str, Any], count: int) -> Iterator[str]:
    for first in range(1, count + 1, _AT_ONCE):
        yield statement.format(**values, first=first, last=min(first + _AT_ONCE - 1, count))


async def _all(url: str, steps: Sequence[str], say: Callable[[int], None]) -> None:
    connection = await database.parse(url).connect()
    try:
        await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        for number, step in enumerate(steps, 1):
            say(number)
            await connection.execute(step, timeout=3600)
    finally:
        await connection.close()
