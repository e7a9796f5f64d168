"""The queries that must stay fast use their indexes, also when there is much to go through."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from app.lane.drain import OLDEST, WAITING
from app.lane.roster import ROSTER_REVISION
from app.record.sheets import Sheets
from app.store import database, history, log, search, sheets, turn
from app.store.sheet import SHEET, SLICE_BYTES, mark, place_of, slices_sought

ROWS = 50_000
START = datetime(2026, 1, 1, tzinfo=UTC)

FILL = f"""
    INSERT INTO leads (id, received_at, updated_at, status, reason, rep_id, latest_seq, queued_at, source, name, email,
                       facts, warnings)
    SELECT lpad(to_hex(n), 32, '0')::uuid, at, at, CASE WHEN n % 50 = 0 THEN 'queued' ELSE 'assigned' END,
           CASE WHEN n % 50 = 0 THEN 'nobody_able' END, CASE WHEN n % 50 <> 0 THEN 'rep-' || n % 200 END, n,
           CASE WHEN n % 50 = 0 THEN at END, 'web', 'Lead ' || n, n || '@example.com', '{{}}', '[]'
    FROM generate_series(1, {ROWS}) n, LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '1 minute' AS at) AS t;
    INSERT INTO assignments (seq, id, revision, stamp, lead_id, kind, status, rep_id, region, source, engine_version,
                             decided_at, decision, effects)
    SELECT n, lpad(to_hex(n), 32, '0')::uuid, n, 1, lpad(to_hex(n), 32, '0')::uuid, 'routed',
           CASE WHEN n % 50 = 0 THEN 'queued' ELSE 'assigned' END, CASE WHEN n % 50 <> 0 THEN 'rep-' || n % 200 END,
           'CN-JS', 'web', '1', timestamptz '2026-01-01Z' + n * interval '1 minute', '{{}}', '{{}}'
    FROM generate_series(1, {ROWS}) n;
    INSERT INTO changes (revision, stamp, kind, subject, at, detail, effects)
    SELECT {ROWS} + n, 1, CASE WHEN n % 10 = 0 THEN 'roster.edited' ELSE 'lead.closed' END,
           CASE WHEN n % 10 <> 0 THEN lpad(to_hex(n % 5000), 32, '0')::uuid::text END, now(), '{{}}', '{{}}'
    FROM generate_series(1, {ROWS}) n;
    INSERT INTO deliveries SELECT 'key:' || n, lpad(to_hex(n), 32, '0')::uuid, '\\x00', now()
    FROM generate_series(1, {ROWS}) n;
    INSERT INTO identities (key, kind, block, companies, people, leads, do_not_contact)
    SELECT 'company:' || n, 'company', 'block-' || n % 5000, '{{}}', '{{}}', 1, false FROM generate_series(1, {ROWS}) n;
    INSERT INTO policies SELECT n, 'p', 'json', '{{}}', '{{}}', '[]', now() FROM generate_series(1, 2000) n;
    INSERT INTO checkpoints SELECT n * 100, 1, now(), '{{}}' FROM generate_series(1, 500) n;
    INSERT INTO reps SELECT 'rep-' || n, '{{}}', 1 FROM generate_series(0, 1999) n;
    INSERT INTO history_corrected SELECT n * 31 FROM generate_series(1, 1500) n;
    UPDATE lane SET seq = {ROWS}, revision = 2 * {ROWS};
    UPDATE history_progress SET revision = 2 * {ROWS};
"""

LEAD = UUID(int=4711)
OTHERS = [UUID(int=number) for number in range(100, 164)]


@pytest.fixture
async def full(connection: asyncpg.Connection, database_url: str) -> asyncpg.Connection:
    """A database with much in it, and its record in sheets."""
    await connection.execute(FILL)
    pool = await database.parse(database_url).pool()
    await Sheets(pool, rest=0).look()
    await pool.close()
    await connection.execute("ANALYZE")
    return connection


async def nodes(connection: asyncpg.Connection, query: str, values: list[Any]) -> list[dict[str, Any]]:
    """The nodes of the plan of a statement, and how many rows each one went through."""
    plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values)
    found: list[dict[str, Any]] = []
    waiting = [orjson.loads(plan)[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += node.get("Plans", [])
    return found


def records(limit: int = 50, **asked: Any) -> tuple[str, list[Any]]:
    place = {name: asked.pop(name) for name in ("first", "until", "among", "newest_first") if name in asked}
    return history.records_query(history.RecordFilter(**asked), limit=limit, **place)


def leads(before: Any = None, **chosen: Any) -> tuple[str, list[Any]]:
    return history.leads_query(history.LeadFilter(**chosen), limit=50, before=before)


SLICES = slices_sought("lead 4711")[:6]

QUERIES: dict[str, tuple[str, list[Any]]] = {
    "the newest decisions": records(),
    "the thousandth page of decisions": records(until=123),
    "the feed": records(first=40_001, newest_first=False),
    "those in no sheet yet": records(rep="rep-7", first=ROWS - 1000),
    "those in no sheet yet, with a text": records(q="lead 49", first=ROWS - 1000),
    "those that were found": records(rep="rep-7", q="lead", first=0, until=48_000, among=range(207, 10_407, 200)),
    "when a time was": (search.SEQ_AT, [START.replace(day=3)]),
    "what is sought": (search.SHEETED_AND_SOUGHT, ["李雷"]),
    "marks": (search.MARKS, [[mark("rep", "rep-7"), mark("source", "web")], 2, 10]),
    "grams": (search.GRAMS, [SLICES, *zip(*map(place_of, SLICES), strict=True), SLICE_BYTES, 2, 10]),
    "texts": (search.TEXTS, [range(300, 900, 3), "lead 4711"]),
    "what there is to put in sheets": (sheets.DUE, []),
    "what has been corrected": (sheets.FOLLOW, [2 * ROWS - 1000, 2 * ROWS, 40_000]),
    "the sheet that most wait for": (sheets.MOST_WAIT, [SHEET]),
    "a lead's decisions": (history.RECORDS_OF_LEAD, [LEAD]),
    "a lead's changes": (history.CHANGES_OF_LEAD, [str(LEAD), history.MOST_CHANGES]),
    "one decision": (history.RECORD, [LEAD]),
    "the newest leads": leads(),
    "leads further back": leads(before=LEAD),
    "one lead": (history.LEAD, [LEAD]),
    "what waits": leads(status="queued"),
    "what waits, further on": leads(status="queued", before=(START.replace(day=9), LEAD)),
    "one rep's leads": leads(rep="rep-7"),
    "a page of the record": (log.RECORDS, [30_000, 2 * ROWS, 500]),
    "a page of what changed the world": (log.LOG, [ROWS + 7000, 2 * ROWS, 1000]),
    "the nearest checkpoint": (log.CHECKPOINT, [ROWS]),
    "versions of the policy": (history.POLICIES, [1500, 51]),
    "the roster's revision": (ROSTER_REVISION, []),
    "lane: what is known": (
        turn.KNOWN,
        [[f"company:{number}" for number in range(256)], [f"key:{number}" for number in range(64)]],
    ),
    "lane: close spellings": (turn.BLOCK_MATES, [[f"block-{number}" for number in range(64)]]),
    "lane: first answers": (turn.FIRST_RECORDS, [OTHERS]),
    "lane: records by id": (turn.RECORDS, [OTHERS]),
    "lane: leads": (turn.LEADS, [OTHERS]),
    "lane: the log": (turn.LOG, [ROWS - 5, 2 * ROWS - 5]),
    "drain: what waits": (WAITING, [["nobody_able"], START, LEAD, 64]),
    "drain: the oldest": (OLDEST, []),
}

BIG = {"leads", "assignments", "changes", "deliveries", "identities"}
BIG |= {"history_marks", "history_grams", "history_texts"}


async def test_no_hot_query_goes_through_a_whole_table(full: asyncpg.Connection) -> None:
    for name, (query, values) in QUERIES.items():
        plan = await nodes(full, query, values)
        scanned = {node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"}
        assert not scanned & BIG, f"{name}: {scanned}"


async def test_a_page_reads_no_more_than_a_page(full: asyncpg.Connection) -> None:
    for name, (query, values) in QUERIES.items():
        if name.startswith(("lane", "drain")):
            continue
        plan = await nodes(full, query, values)
        most = (
            max(
                (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
                for node in plan
                if node.get("Relation Name") in BIG
            )
            if any(node.get("Relation Name") in BIG for node in plan)
            else 0
        )
        assert most <= 1500, f"{name}: {most}"


def test_each_statement_says_what_it_is_for() -> None:
    for name in ("RECORDS", "LEADS", "REPS", "TEAMS", "POLICIES", "POLICY"):
        assert re.match(r"\s*-- [A-Z].*\.\n", getattr(history, name)), name
