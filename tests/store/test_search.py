"""Whatever is asked of the history, what the sheets find is what going through the whole record would find."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.engine.trees import Below, RegionTree, Territory
from app.record.erase import Person, erase
from app.record.sheets import Sheets
from app.store import database, search, sheets
from app.store.history import RecordFilter
from app.store.sheet import SHEET, mark, offsets_in, packed, slices_sought, unpacked

START = datetime(2026, 1, 1, tzinfo=UTC)

REPS = [*(f"rep-{number}" for number in range(40)), None]
TEAMS = ["east", "west", "key-accounts", None]
RULES = [("region", "Region"), ("by-name", "Región 区域"), ("tier-a", "tier-a"), ("x", "region"), (None, None)]
REGIONS = [
    "CN-JS.suzhou",
    "CN-JS.苏州",
    "CN-JS",
    "CN",
    "CN.beijing",
    "DE-BY",
    "DE",
    "east-china",
    "east",
    "US-CA.x",
    None,
]
INDUSTRIES = ["it", "saas", "factory", None]
TIERS = ["A", "B", "C", None]
SOURCES = ["web", "expo", "官网", None]
STATUSES = ["assigned", "queued", "rejected"]
KINDS = ["rerouted", "assigned", "released", "claimed"]
TREE = RegionTree([Territory("east-china", "华东", ("CN-JS", "CN-SH")), Territory("both", "Both", ("CN", "DE"))])

SYLLABLES = [
    "wei",
    "Zhang",
    "ANNA",
    "Müller",
    "Ÿ",
    "王",
    "伟",
    "小满",
    "李",
    "ΣΟΦΟΣ",
    "ß",
    "İ",
    "%",
    "_",
    "\\",
    "'",
    "7",
    "138",
]
TALK = [*SYLLABLES, "@", ".example", " ", "-", "\n", "\x1e", "\x1f", "zq", "😀"]

RECORD = [
    "seq", "id", "revision", "stamp", "lead_id", "kind", "status", "reason", "rep_id", "team_id", "rule_id",
    "rule_name", "tier", "source", "region", "industry", "engine_version", "decided_at", "decision", "effects",
]  # fmt: skip
LEAD = [
    "id", "received_at", "updated_at", "status", "name", "email", "phone", "company", "external_id", "facts",
    "warnings",
]  # fmt: skip

ORACLE = """
    SELECT a.seq FROM assignments a JOIN leads l ON l.id = a.lead_id
    WHERE ($1::text IS NULL OR a.rep_id = $1) AND ($2::text IS NULL OR a.team_id = $2)
      AND ($3::text IS NULL OR a.rule_id = $3 OR a.rule_name = $3)
      AND ($4::text[] IS NULL OR a.region = ANY ($4) OR EXISTS (
          SELECT FROM unnest($5::text[]) AS prefix WHERE starts_with(a.region, prefix)))
      AND ($6::text[] IS NULL OR a.industry = ANY ($6)) AND ($7::text IS NULL OR a.tier = $7)
      AND ($8::text IS NULL OR a.source = $8) AND ($9::text IS NULL OR a.status = $9)
      AND ($10::text IS NULL OR a.kind = $10)
      AND ($11::timestamptz IS NULL OR a.decided_at >= $11) AND ($12::timestamptz IS NULL OR a.decided_at < $12)
      AND ($13::text IS NULL OR l.name ILIKE $13 OR l.email ILIKE $13 OR l.company ILIKE $13 OR l.phone ILIKE $13
           OR l.external_id ILIKE $13)
      AND ($14::bigint IS NULL OR a.seq < $14) AND ($15::bigint IS NULL OR a.seq > $15)
    ORDER BY CASE WHEN $15::bigint IS NULL THEN -a.seq ELSE a.seq END LIMIT $16
"""


class History:
    """A record that grows, and leads that are corrected, at random."""

    def __init__(self, connection: asyncpg.Connection, seed: int) -> None:
        self.connection, self.chance = connection, Random(seed)
        self.seq = self.revision = self.minutes = 0
        self.leads: list[UUID] = []

    def said(self, most: int = 4) -> str | None:
        return (
            "".join(self.chance.choices(TALK, k=self.chance.randint(1, most))) if self.chance.random() < 0.8 else None
        )

    def texts(self) -> dict[str, str | None]:
        phone = f"+86138{self.chance.randrange(10**8):08}"
        said = {name: self.said() for name in ("name", "email", "company", "external_id")}
        return {**said, "phone": phone if self.chance.random() < 0.7 else None}

    def lead(self) -> dict[str, Any]:
        identity = UUID(int=len(self.leads) + 1)
        self.leads.append(identity)
        return {
            "id": identity, "received_at": START, "updated_at": START, "status": "queued", "facts": "{}",
            "warnings": "[]", **self.texts(),
        }  # fmt: skip

    def record(self, lead: UUID, kind: str, reason: str | None = None) -> dict[str, Any]:
        chance = self.chance
        self.seq += 1
        self.revision += 1
        self.minutes += chance.choice([0, 0, 1, 60])
        rep = REPS[min(int(chance.expovariate(0.2)), len(REPS) - 1)]
        rule, name = chance.choice(RULES)
        return {
            "seq": self.seq, "id": UUID(int=self.seq), "revision": self.revision, "stamp": 1, "lead_id": lead,
            "kind": kind, "status": "assigned" if rep else chance.choice(STATUSES[1:]), "reason": reason, "rep_id": rep,
            "team_id": chance.choice(TEAMS), "rule_id": rule, "rule_name": name, "tier": chance.choice(TIERS),
            "source": chance.choice(SOURCES), "region": chance.choice(REGIONS), "industry": chance.choice(INDUSTRIES),
            "engine_version": "1", "decided_at": START + timedelta(minutes=self.minutes), "decision": "{}",
            "effects": "{}",
        }  # fmt: skip

    async def put(self, table: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
        values = [[row[column] for column in columns] for row in rows]
        await self.connection.copy_records_to_table(table, columns=columns, records=values)

    async def reached(self) -> None:
        await self.connection.execute("UPDATE lane SET seq = $1, revision = $2", self.seq, self.revision)

    async def grow(self, count: int) -> None:
        """So many records more, some of them on leads that were there before."""
        leads, records = [], []
        for _ in range(count):
            if self.leads and self.chance.random() < 0.15:
                records.append(self.record(self.chance.choice(self.leads), self.chance.choice(KINDS)))
            else:
                leads.append(self.lead())
                reason = "router_error" if self.chance.random() < 0.05 else None
                records.append(self.record(leads[-1]["id"], "routed", reason))
        async with self.connection.transaction():
            await self.put("leads", LEAD, leads)
            await self.put("assignments", RECORD, records)
            await self.reached()

    async def correct(self, count: int) -> None:
        """As the lane does it: a change for a corrected lead; only a record for one that was read anew."""
        for lead in self.chance.sample(self.leads, count):
            texts = self.texts()
            async with self.connection.transaction():
                await self.connection.execute(
                    "UPDATE leads SET name = $2, email = $3, company = $4, phone = $5, external_id = $6 WHERE id = $1",
                    lead, *(texts[name] for name in ("name", "email", "company", "phone", "external_id")),
                )  # fmt: skip
                undecided = await self.connection.fetchval(
                    "SELECT count(*) FROM assignments WHERE lead_id = $1 AND reason = 'router_error'", lead
                )
                if undecided:
                    await self.put("assignments", RECORD, [self.record(lead, "rerouted")])
                else:
                    self.revision += 1
                    await self.connection.execute(
                        "INSERT INTO changes VALUES ($1, 1, 'lead.corrected', $2, NULL, now(), $3, '{}')",
                        self.revision, str(lead), json.dumps({"fields": ["name"]}),
                    )  # fmt: skip
                await self.reached()

    def some(self, values: Sequence[Any], least: float = 0.35) -> Any:
        """Mostly nothing; else one of them, or something that there is not."""
        return self.chance.choice([*values, "no-such"]) if self.chance.random() < least else None

    def below(self) -> Below | None:
        if self.chance.random() < 0.7:
            return None
        node = self.chance.choice(["CN", "CN-JS", "CN-JS.suzhou", "DE", "east-china", "both", "world", "east", "FR"])
        return TREE.below(node)

    def asked(self) -> RecordFilter:
        chance = self.chance
        since, until = (
            START + timedelta(minutes=chance.uniform(-1, self.minutes + 1)) if chance.random() < 0.2 else None
            for _ in range(2)
        )
        q = self.said(2) if chance.random() < 0.5 else chance.choice([None, f"{chance.randrange(10**4):04}", "zz"])
        return RecordFilter(
            rep=self.some(REPS[:-1]),
            team=self.some(TEAMS[:-1]),
            rule=self.some([one for pair in RULES for one in pair if one], 0.2),
            region=self.below(),
            industries=chance.choice([None, None, None, [], ["it"], ["it", "saas", "none"]]),
            tier=self.some(TIERS[:-1], 0.2),
            source=self.some(SOURCES[:-1], 0.2),
            status=self.some(STATUSES, 0.2),
            kind=self.some([*KINDS, "routed"], 0.2),
            since=since,
            until=until,
            q=q,
        )

    async def agree(self, questions: int) -> int:
        """Ask, and compare with a look at the whole record; how many records were found."""
        found = 0
        for _ in range(questions):
            chosen, limit = self.asked(), self.chance.choice([1, 7, 51, 500])
            before = after = None
            if self.chance.random() < 0.4:
                before = self.chance.randint(0, self.seq + 2)
            elif self.chance.random() < 0.3:
                after = self.chance.randint(0, self.seq + 2)
            rows = await search.records(self.connection, chosen, limit=limit, before=before, after=after)
            expected = await self.connection.fetch(ORACLE, *oracle_values(chosen), before, after, limit)
            assert [row["seq"] for row in rows] == [row["seq"] for row in expected], (asdict(chosen), before, after)
            found += len(rows)
        return found


def oracle_values(chosen: RecordFilter) -> list[Any]:
    below, q = chosen.region, chosen.q
    pattern = None if q is None else "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return [
        chosen.rep, chosen.team, chosen.rule, None if below is None else list(below.codes),
        None if below is None else list(below.prefixes), chosen.industries, chosen.tier, chosen.source, chosen.status,
        chosen.kind, chosen.since, chosen.until, pattern,
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
async def test_any_question_is_answered_as_by_going_through_the_whole_record(
    connection: asyncpg.Connection, database_url: str, seed: int
) -> None:
    history = History(connection, seed)
    pool = await database.parse(database_url).pool()
    several = [Sheets(pool, rest=0) for _ in range(3)]
    found = 0
    for _ in range(3):
        await history.grow(history.chance.randint(1500, 4500))
        found += await history.agree(30)
        looking = asyncio.gather(*(one.look() for one in several))
        await history.correct(60)
        await looking
        await several[0].look()
        found += await history.agree(30)
    due = await sheets.due(connection)
    assert (due.sheet, due.revision, due.sheeted) == (None, history.revision, history.seq // SHEET * SHEET)
    assert due.sheeted > 0
    assert found > 500
    await pool.close()


async def test_many_corrections_are_learnt_by_the_sheets_themselves(
    connection: asyncpg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(connection, 5)
    await history.grow(2 * SHEET)
    pool = await database.parse(database_url).pool()
    task = Sheets(pool, rest=0)
    assert await task.look() == 2
    before = await connection.fetch("SELECT * FROM history_marks ORDER BY mark, sheet")
    monkeypatch.setattr(sheets, "MOST_CORRECTED", 30)
    await history.correct(400)
    await task.look()
    assert (await sheets.due(connection)).corrected <= 30
    assert await connection.fetch("SELECT * FROM history_marks ORDER BY mark, sheet") == before
    assert await history.agree(60)
    await pool.close()


async def test_what_is_erased_is_in_no_sheet_either(connection: asyncpg.Connection, database_url: str) -> None:
    history = History(connection, 9)
    await history.grow(SHEET)
    person = Person(leads=[history.leads[7]])
    await connection.execute("UPDATE leads SET name = 'Unmistakable' WHERE id = ANY ($1)", person.leads)
    pool = await database.parse(database_url).pool()
    assert await Sheets(pool, rest=0).look() == 1
    held = "SELECT count(*) FROM history_texts WHERE strpos(text, 'unmistakable') > 0"
    assert await connection.fetchval(held) > 0
    erased = await erase(connection, person)
    assert (erased.leads, erased.sheets) == (1, 1)
    assert await connection.fetchval(held) == 0
    assert await history.agree(30)
    await pool.close()


async def test_each_sheet_is_made_once_however_many_try(connection: asyncpg.Connection, database_url: str) -> None:
    await History(connection, 6).grow(3 * SHEET)
    pool = await database.parse(database_url).pool()
    made = await asyncio.gather(*(Sheets(pool, rest=0).look() for _ in range(4)))
    assert sum(made) == 3
    assert (await sheets.due(connection)).behind == 1
    await pool.close()


async def test_a_look_that_is_cut_short_leaves_nothing_behind(
    connection: asyncpg.Connection, database_url: str
) -> None:
    history = History(connection, 7)
    await history.grow(SHEET)
    pool = await database.parse(database_url).pool()
    looking = asyncio.create_task(Sheets(pool, rest=20).look())
    held = "SELECT count(*) FROM pg_locks WHERE relation = 'history_progress'::regclass AND mode = 'RowShareLock'"
    while not await connection.fetchval(held):  # noqa: ASYNC110  another process is waited for
        await asyncio.sleep(0.01)
    looking.cancel()
    await asyncio.wait([looking])
    for table in ("marks", "grams", "texts"):
        assert await connection.fetchval(f"SELECT count(*) FROM history_{table}") == 0
    assert await Sheets(pool, rest=0).look() == 1
    assert await history.agree(20)
    await pool.close()


async def test_a_question_that_nothing_answers_takes_few_statements(
    connection: asyncpg.Connection, database_url: str
) -> None:
    await History(connection, 8).grow(5 * SHEET)
    pool = await database.parse(database_url).pool()
    assert await Sheets(pool, rest=0).look() == 5
    asked: list[str] = []
    for chosen in (RecordFilter(rep="rep-0", tier="D"), RecordFilter(q="nobody@example.org", status="assigned")):
        with connection.query_logger(lambda record: asked.append(record.query)):
            assert await search.records(connection, chosen, limit=50) == []
    assert len(asked) < 25
    await pool.close()


@pytest.mark.parametrize("offsets", [[], [0], [4095], list(range(0, 4096, 41)), list(range(4096)), [1, 2, 3]])
def test_places_are_stored_as_bits_or_numbers_and_come_back(offsets: list[int]) -> None:
    stored = packed(offsets)
    assert len(stored) == (2 * len(offsets) if len(offsets) <= 16 else SHEET // 8)
    assert list(offsets_in(unpacked(stored), newest_first=False)) == offsets
    assert list(offsets_in(unpacked(stored), newest_first=True)) == offsets[::-1]


def test_what_is_stored_can_be_read_by_another_process() -> None:
    # Python's own hash differs from process to process; what these are must never change, or sheets must be made anew.
    assert mark("rep", "ann") == -5805254738135386843
    assert slices_sought("王伟") == [6734]
