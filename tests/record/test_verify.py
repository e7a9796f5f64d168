"""What was tampered with is found and named; what was not is the same to the byte, whatever happened in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from app.engine.decision import ENGINE_VERSION
from app.errors import NotFound
from app.lane.hand import Assign, Close, Release, RouteAgain
from app.lane.sync import BrokenStore
from app.record.again import Incomparable
from app.record.found import Wrong
from app.record.past import past_at
from app.record.verify import Verification
from app.store import database
from app.store.log import take_checkpoint
from tests.lane.audit import audit, verified
from tests.lane.support import Office, all_of, office

POLICY: dict[str, Any] = {
    "name": "everything",
    "regions": [{"code": "east", "contains": ["CN-SH", "CN-JS"]}],
    "screening": [{"name": "no way to reach", "when": {"email": "missing", "phone": "missing"}}],
    "scoring": [
        {"name": "intent", "field": "intent", "points": {"high": 5}},
        {"name": "boss", "when": {"title": {"contains": "boss"}}, "points": 3},
    ],
    "tiers": [{"tier": "A", "when": {"score": {"at_least": 5}}}, {"tier": "B"}],
    "rules": [
        {"name": "known", "assign": "owner"},
        {"name": "best", "when": {"tier": "A"}, "assign": {"team": "everyone", "by": "least_loaded"}},
        {"name": "region", "assign": {"covering": ["region"], "prefer": ["language"], "by": "round_robin"}},
    ],
}
OTHER: dict[str, Any] = {**POLICY, "rules": [{"name": "everyone", "assign": {"team": "everyone"}}]}
ROSTER: dict[str, Any] = {
    "reps": {
        "ann": {"name": "Ann", "covers": {"regions": ["east"]}, "timezone": "Asia/Shanghai"},
        "bob": {"name": "Bob", "capacity": {"per_day": 4}},
        "cai": {"name": "Cai", "covers": {"languages": ["zh"]}},
    },
    "teams": {
        "everyone": {"name": "Everyone", "members": [{"rep": "ann", "weight": 2}, {"rep": "bob"}, {"rep": "cai"}]},
        "spare": {"name": "Spare", "members": [{"rep": "cai"}]},
    },
}
PERSONS = ("wei@firm", "+86138001380", "Wei Sample", "the boss")


@asynccontextmanager
async def lived(url: str) -> AsyncIterator[Office]:
    """A while in the life of a service: leads, people, edits of roster and policy, through two lanes."""
    async with office(url, roster=ROSTER, policy=POLICY, lanes=2) as place:
        leads = await some_leads(place, 0)
        lane = place.lanes[0]
        await lane.submit(Assign(leads[0].lead_id, "bob", "everyone", "kim", "knows them"))
        await lane.submit(RouteAgain(leads[0].lead_id, "kim", "again"))
        await lane.submit(Close(leads[1].lead_id, "won", "kim"))
        await lane.submit(Release(leads[2].lead_id, "kim", None))
        await checkpoint(url)
        await place.edit({"reps": {"bob": {"name": "Bob", "status": "inactive"}}, "teams": {}}, 1)
        await some_leads(place, 20)
        await place.activate(OTHER, 1)
        whole = {"reps": {name: ROSTER["reps"][name] for name in ("ann", "cai")}}
        members = [{"rep": "cai"}, {"rep": "ann"}]
        await place.edit({**whole, "teams": {"everyone": {"name": "All", "members": members}}}, prune=True)
        await some_leads(place, 40)
        await lane.submit(RouteAgain(leads[2].lead_id, "kim"))
        yield place


async def some_leads(place: Office, first: int) -> list[Any]:
    return await all_of(*(
        place.route(
            number,
            email=f"wei@firm{number % 7}.example" if number % 5 else None,
            phone=f"+86138001380{number:02}" if number % 3 else None,
            name="Wei Sample",
            title="the boss" if number % 4 == 0 else None,
            intent="high" if number % 2 else None,
            language="zh" if number % 6 == 0 else "en",
            do_not_contact=number % 11 == 10,
        )
        for number in range(first, first + 12)
    ))  # fmt: skip


async def checkpoint(url: str) -> None:
    connection = await database.parse(url).connect()
    try:
        assert await take_checkpoint(connection, 1) is not None
    finally:
        await connection.close()


async def test_a_life_is_decided_again_as_it_was_and_the_tables_agree(database_url: str) -> None:
    async with lived(database_url) as place:
        rows = await place.rows("SELECT kind, reason, facts, person, decision FROM assignments")
    done, differences = await verified(database_url)
    assert (differences, done.found.counted) == ([], {})
    assert done.incomparable == {Incomparable.BY_HAND: 2}
    assert (done.same, done.records, done.checkpoints) == (len(rows) - 2, len(rows), 1)
    assert {row["kind"] for row in rows} == {"routed", "rerouted", "assigned", "released"}
    assert any(row["person"] for row in rows)
    for row in rows:
        assert not any(theirs in (row["facts"] or "") + row["decision"] for theirs in PERSONS)


async def test_any_part_is_decided_again_as_it_was_from_a_checkpoint_too(database_url: str) -> None:
    async with lived(database_url):
        pass
    for first, last in ((1, 5), (10, 20), (14, 14), (15, 40), (30, 40)):
        done, differences = await verified(database_url, first=first, last=last)
        assert differences == []
        assert (done.records, done.whole) == (last - first + 1, False)
        assert done.same + done.incomparable.total() == done.records
    with pytest.raises(NotFound):
        await verified(database_url, first=1000)


async def test_a_past_world_is_the_same_from_a_checkpoint_and_from_nothing(database_url: str) -> None:
    async with lived(database_url) as place:
        connection = await database.parse(database_url).connect()
        (taken,) = [row["revision"] for row in await place.rows("SELECT revision FROM checkpoints")]
        last = (await place.rows("SELECT revision FROM lane"))[0]["revision"]
        shortcut = [await past_at(connection, revision) for revision in range(taken, last + 1)]
        assert await connection.execute("DELETE FROM checkpoints") == "DELETE 1"
        from_nothing = [await past_at(connection, revision) for revision in range(taken, last + 1)]
        for one, other in zip(shortcut, from_nothing, strict=True):
            assert (one.seq, one.revision, one.stamp, one.time) == (other.seq, other.revision, other.stamp, other.time)
            assert (one.policy_version, one.roster, one.counts()) == (
                other.policy_version,
                other.roster,
                other.counts(),
            )
        assert {past.policy_version for past in from_nothing} == {1, 2}
        assert "spare" in from_nothing[0].roster.teams
        assert "spare" not in from_nothing[-1].roster.teams
        with pytest.raises(NotFound):
            await past_at(connection, last + 1)
        await connection.close()


async def test_a_checkpoint_of_another_history_is_passed_over(
    database_url: str, connection: asyncpg.Connection
) -> None:
    async with lived(database_url):
        revision = await connection.fetchval("UPDATE checkpoints SET stamp = 1, document = '{}' RETURNING revision")
    assert (await past_at(connection, revision + 3)).revision == revision + 3
    assert any("checkpoint" in line for line in await audit(database_url))


async def test_checkpoints_are_taken_when_the_record_has_grown_by_so_much(
    database_url: str, connection: asyncpg.Connection
) -> None:
    async with office(database_url, roster=ROSTER, policy=POLICY) as place:
        await some_leads(place, 0)
        assert await take_checkpoint(connection, 16) is None
        assert await take_checkpoint(connection, 15) == 15
        assert await take_checkpoint(connection, 1) is None
        await some_leads(place, 20)
        # Two records for each of the reps at least, however few are asked for.
        assert await take_checkpoint(connection, 1) == 27


TAMPERED = [
    ("decision = replace(decision::text, '\"id\":\"cai\"', '\"id\":\"ann\"')::json", {"decision.rep"}),
    ("decision = replace(decision::text, '\"points\":5', '\"points\":6')::json", {"decision.score"}),
    ("decision = replace(decision::text, '\"tier\":\"A\"', '\"tier\":\"B\"')::json", {"decision.tier"}),
    ("decision = (decision::jsonb)::json", {"decision"}),
    ("effects = replace(effects::text, '\"day\":\"2', '\"day\":\"1')::json", {"effects.day"}),
    ("facts = replace(facts::text, '\"intent\":\"high\"', '\"intent\":\"low\"')::json", {"decision.score"}),
    ("decision = replace(decision::text, '\"policy_version\":1', '\"policy_version\":2')::json",
     {"decision.policy_version"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "members"), TAMPERED, ids=[change for change, _ in TAMPERED])
async def test_a_decision_that_was_tampered_with_is_named(
    database_url: str, connection: asyncpg.Connection, change: str, members: set[str]
) -> None:
    async with lived(database_url):
        pass
    seq = await connection.fetchval(
        """SELECT seq FROM assignments WHERE kind = 'routed' AND rep_id = 'cai' AND tier = 'A' AND policy_version = 1
           ORDER BY seq LIMIT 1"""
    )
    await connection.execute(f"UPDATE assignments SET {change} WHERE seq = $1", seq)
    done, differences = await verified(database_url)
    assert not done.ok
    assert [one.seq for one in differences] == [seq]
    assert members <= set(differences[0].members)
    part, again = await verified(database_url, first=seq, last=seq)
    assert (part.different, again) == (1, differences)


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ("UPDATE changes SET at = at - interval '1 day' WHERE kind = 'lead.closed'", Wrong.TIME),
        ("UPDATE lane SET policy_version = 1", Wrong.LANE),
        ("UPDATE assignments SET engine_version = '7' WHERE seq = 2", Wrong.COLUMNS),
        ("DELETE FROM teams WHERE id = 'everyone'", Wrong.ROSTER),
        ("""UPDATE reps SET document = replace(document::text, '"Ann"', '"Eve"')::json""", Wrong.ROSTER),
        ("""UPDATE checkpoints SET document = replace(document::text, '["ann"', '["eve"')::json""", Wrong.CHECKPOINTS),
        ("UPDATE checkpoints SET document = '[]'", Wrong.CHECKPOINTS),
        ("UPDATE assignments SET decision = '{}' WHERE seq = 2", Wrong.UNREADABLE),
        ("UPDATE leads SET latest_seq = NULL WHERE latest_seq = 3", Wrong.LEADS),
    ],
)  # fmt: skip
async def test_what_contradicts_the_record_is_named(
    database_url: str, connection: asyncpg.Connection, broken: str, kind: Wrong
) -> None:
    async with lived(database_url):
        pass
    assert await connection.execute(broken) not in ("UPDATE 0", "DELETE 0")
    done, _ = await verified(database_url)
    assert kind in done.found.counted
    assert not done.ok


async def test_a_record_that_cannot_be_followed_says_where(database_url: str, connection: asyncpg.Connection) -> None:
    async with lived(database_url):
        pass
    await connection.execute("UPDATE changes SET detail = '{}' WHERE kind = 'roster.edited' AND revision > 1")
    with pytest.raises(BrokenStore, match="revision 20 "):
        await verified(database_url)


async def test_erasing_a_person_leaves_the_record_whole(database_url: str, connection: asyncpg.Connection) -> None:
    async with lived(database_url):
        pass
    erased = await connection.execute("UPDATE assignments SET person = '{}' WHERE person IS NOT NULL")
    done, differences = await verified(database_url)
    assert (differences, done.found.counted) == ([], {})
    assert done.incomparable[Incomparable.ERASED] == int(erased.split()[1]) > 0
    # Whose values were only asked for has nothing there to erase, and is decided again as before.
    assert done.same > 10


async def test_records_of_another_engine_are_counted_and_not_compared(
    database_url: str, connection: asyncpg.Connection
) -> None:
    async with lived(database_url):
        pass
    await connection.execute(
        f"""UPDATE assignments SET engine_version = '0', facts = NULL,
               decision = replace(decision::text, '"engine_version":"{ENGINE_VERSION}"', '"engine_version":"0"')::json
           WHERE seq <= 5"""
    )
    done, differences = await verified(database_url)
    assert (done.ok, differences, done.incomparable[Incomparable.OTHER_ENGINE]) == (True, [], 5)


async def test_what_happens_while_the_record_is_read_is_no_contradiction(database_url: str) -> None:
    async with lived(database_url) as place:
        connection = await database.parse(database_url).connect()
        leads = [row["id"] for row in await place.rows("SELECT id FROM leads WHERE status = 'assigned' ORDER BY id")]
        busy: list[Any] = []

        class Busy(Verification):
            async def _record(self, *given: Any) -> None:
                if not busy:
                    # Between the look at the counters and the look at the leads.
                    busy.extend(await some_leads(place, 60))
                    await place.lanes[1].submit(Close(leads[0], "lost", "kim"))
                    await place.lanes[1].submit(Assign(leads[1], "ann", None, "kim", None))
                await super()._record(*given)

        done = await Busy(connection).run()
        await connection.close()
        assert (done.different, done.found.counted) == (0, {})
        assert len(busy) == 12
