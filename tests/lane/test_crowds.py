"""A crowd's turns cost a few rows however many it has, and every lane, every reload and the record agree on them."""

from __future__ import annotations

import contextlib
import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from app.engine import rotation
from app.engine.decision import Effects
from app.engine.rotation import Crowd, give_back, pick, take
from app.errors import RequestError
from app.lane.hand import Assign, Close, Release, RouteAgain
from app.lane.sync import crowds_named
from app.store import migrate
from app.store.log import take_checkpoint
from tests.lane.audit import audit, verified
from tests.lane.support import Office, all_of, office, team

REPS = [f"rep-{number:02}" for number in range(20)]
EQUALS = team(dict.fromkeys(REPS, 1))


@pytest.fixture(autouse=True)
def small_crowds(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than five are a crowd."""
    monkeypatch.setattr(rotation, "CROWD_ABOVE", 5)


async def owed(place: Office) -> dict[str, int]:
    """What each is owed, as the tables tell it."""
    credits: dict[str, int] = defaultdict(int)
    for row in await place.rows("SELECT rep_id, credit FROM credits"):
        credits[row["rep_id"]] += row["credit"]
    for row in await place.rows("SELECT members, turns FROM crowd_turns JOIN crowds ON id = crowd"):
        for rep, share in zip(orjson.loads(row["members"]), rotation.shares(None, 20), strict=True):
            credits[rep] += share * row["turns"]
    return dict(credits)


async def booked_one_by_one(place: Office, connection: asyncpg.Connection) -> dict[str, int]:
    """What each is owed by all that was recorded, turn by turn; every pick is looked at on the way."""
    credits: dict[Any, int] = {}
    rows = await place.rows("SELECT kind, effects FROM assignments ORDER BY seq")
    crowds: Mapping[str, Crowd] = await crowds_named(connection, [row["effects"] for row in rows], {})
    for row in rows:
        effects = Effects.from_document(orjson.loads(row["effects"]), crowds)
        if effects.returned is not None:
            give_back(credits, effects.returned)
        if effects.turn is not None:
            turn = effects.turn
            if row["kind"] in ("routed", "rerouted"):
                assert turn.picked == pick(credits, turn.competitors, turn.weights)
            take(credits, turn)
    return credits


async def test_a_turn_of_a_crowd_writes_one_rep_and_one_count(
    database_url: str, connection: asyncpg.Connection
) -> None:
    async with office(database_url, roster=EQUALS) as place:
        answers = [await place.route() for _ in range(3)]
        assert [answer.decision.rep and answer.decision.rep.id for answer in answers] == REPS[:3]
        assert len(await place.rows("SELECT * FROM credits")) == 3
        (counted,) = await place.rows("SELECT rotation, crowd, turns FROM crowd_turns")
        assert (counted["rotation"], counted["turns"]) == ("team:everyone", 3)
        for row in await place.rows("SELECT effects FROM assignments"):
            turn = orjson.loads(row["effects"])["turn"]
            assert (turn["crowd"], "competitors" in turn) == (counted["crowd"], False)
        assert await owed(place) == await booked_one_by_one(place, connection)
    assert await audit(database_url) == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_lane_and_every_reload_books_a_crowd_s_turns_alike(
    database_url: str, connection: asyncpg.Connection, seed: int
) -> None:
    chance = random.Random(seed)
    leads: list[UUID] = []
    for part in range(3):
        async with office(
            database_url, roster=None if part else EQUALS, policy=None if part else POLICY, lanes=3
        ) as place:
            for _ in range(12):
                await _something(place, chance, leads)
            if part == 1:
                assert await take_checkpoint(connection, 1) is not None
    assert await audit(database_url) == []
    done, _ = await verified(database_url)
    assert done.same > 50
    half, differences = await verified(database_url, first=done.last * 2 // 3)
    assert (differences, half.same + half.incomparable.total()) == ([], half.records)
    kinds = await connection.fetch("SELECT effects::jsonb -> 'turn' ? 'crowd' AS crowd FROM assignments")
    assert {True, False} <= {row["crowd"] for row in kinds}


POLICY = {
    "name": "turns",
    "rules": [
        {"name": "some", "when": {"intent": "low"}, "assign": {"team": "everyone", "covering": ["region"]}},
        {"name": "catch up", "when": {"intent": "high"}, "assign": {"team": "everyone"}, "catch_up": True},
        {"name": "everyone in turn", "assign": {"team": "everyone"}},
    ],
}


async def _something(place: Office, chance: random.Random, leads: list[UUID]) -> None:
    """Leads through all lanes at once, and then one thing that people do."""
    intents = [chance.choice([None, None, "low", "high"]) for _ in range(chance.randint(1, 9))]
    answers = await all_of(*(place.route(chance.randrange(3), intent=intent) for intent in intents))
    leads += [answer.lead_id for answer in answers]
    lane, lead, rep = chance.choice(place.lanes), chance.choice(leads), chance.choice(REPS)
    somewhere = {"covers": {"regions": chance.choice([None, None, ["CN"]])}}
    match chance.randrange(9):
        case 0:
            edit = place.edit({"reps": {rep: {"name": rep, "status": "paused", **somewhere}}}, chance.randrange(3))
        case 1 | 2:
            edit = place.edit({"reps": {rep: {"name": rep, "status": "active", **somewhere}}}, chance.randrange(3))
        case 3:
            edit = place.edit({"reps": {rep: {"name": rep, "status": "inactive"}}}, chance.randrange(3))
        case 4:
            edit = lane.submit(Assign(lead, rep, "everyone", "kim", None))
        case 5 | 6:
            edit = lane.submit(Release(lead, "kim", None))
        case 7:
            edit = lane.submit(RouteAgain(lead, "kim"))
        case _:
            edit = lane.submit(Close(lead, "won", "kim"))
    with contextlib.suppress(RequestError):
        await edit


async def test_a_turn_of_a_crowd_that_is_no_more_is_given_back(
    database_url: str, connection: asyncpg.Connection
) -> None:
    async with office(database_url, roster=EQUALS, lanes=2) as place:
        first, second = await place.route(), await place.route()
        await place.edit({"reps": {REPS[7]: {"name": "Away", "status": "paused"}}}, 1)
        await place.route(1)
        assert len(await place.rows("SELECT * FROM crowds")) == 2
        await place.lanes[1].submit(Release(first.lead_id, "kim", None))
        await place.edit({"reps": {REPS[7]: {"name": "Back", "status": "active"}}}, 0)
        await place.route()
        assert len(await place.rows("SELECT * FROM crowds")) == 2
        await place.lanes[0].submit(Release(second.lead_id, "kim", None))
        assert await owed(place) == await booked_one_by_one(place, connection)
    async with office(database_url, policy=None) as place:
        await place.route()
        assert await owed(place) == await booked_one_by_one(place, connection)
    assert await audit(database_url) == []


async def test_who_leaves_a_crowd_for_good_leaves_their_credit_to_the_others(
    database_url: str, connection: asyncpg.Connection
) -> None:
    async with office(database_url, roster=EQUALS, lanes=2) as place:
        await all_of(*(place.route(number) for number in range(7)))
        before = await owed(place)
        await place.edit({"reps": {REPS[0]: {"name": "Gone", "status": "inactive"}}}, 1)
        assert await place.rows("SELECT * FROM crowd_turns") == []
        after = {row["rep_id"]: row["credit"] for row in await place.rows("SELECT rep_id, credit FROM credits")}
        assert after.keys() == before.keys() - {REPS[0]}
        assert sum(after.values()) == 0
        await all_of(*(place.route(number) for number in range(7)))
    assert await audit(database_url) == []


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE crowd_turns SET turns = turns + 1",
        "DELETE FROM crowd_turns",
        "UPDATE credits SET credit = credit + 1 WHERE rep_id = 'rep-01'",
    ],
)
async def test_a_count_that_is_not_what_the_record_adds_up_to_is_found(
    database_url: str, connection: asyncpg.Connection, broken: str
) -> None:
    async with office(database_url, roster=EQUALS) as place:
        await all_of(*(place.route() for _ in range(6)))
    assert await connection.execute(broken) not in ("UPDATE 0", "DELETE 0")
    assert any("credits" in line for line in await audit(database_url))


async def test_who_does_not_know_of_crowds_cannot_move_the_lane_on_once_there_is_one(
    database_url: str, connection: asyncpg.Connection
) -> None:
    old = "UPDATE lane SET seq = seq, revision = revision, stamp = stamp + 1, time = time"
    async with office(database_url, roster=team(dict.fromkeys(REPS[:5], 1))) as place:
        await place.route()
        await connection.execute(old)
        await place.edit(EQUALS)
        await place.route()
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(old)
        await place.route()
    assert await audit(database_url) == []


async def test_back_to_the_tables_before_crowds_everybody_is_owed_the_same(
    database_url: str, connection: asyncpg.Connection
) -> None:
    async with office(database_url, roster=team(dict.fromkeys(REPS[:19], 1))) as place:
        await all_of(*(place.route() for _ in range(25)))
        told = await booked_one_by_one(place, connection)
    await migrate.downgrade(database_url, "0003")
    rows = await connection.fetch("SELECT rep_id, credit FROM credits")
    assert {row["rep_id"]: row["credit"] for row in rows} == told
    assert await connection.fetchval("SELECT to_regclass('crowds')") is None


async def test_a_lead_given_by_hand_in_the_name_of_a_large_team_is_a_turn_of_the_crowd(
    database_url: str, connection: asyncpg.Connection
) -> None:
    async with office(database_url, roster=EQUALS) as place:
        for _ in range(5):
            lead = await place.route()
            await place.lanes[0].submit(Assign(lead.lead_id, REPS[9], "everyone", "kim", None))
        rows = await place.rows("SELECT effects FROM assignments WHERE kind = 'assigned'")
        amounts = [orjson.loads(row["effects"])["turn"]["amount"] for row in rows]
        assert all("crowd" in orjson.loads(row["effects"])["turn"] for row in rows)
        assert amounts[0] == rotation.UNIT
        assert amounts[-1] < rotation.UNIT
        assert await owed(place) == await booked_one_by_one(place, connection)
    assert await audit(database_url) == []
