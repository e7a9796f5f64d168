"""A lane's cached world is either exact or thrown away."""

import asyncio
from typing import Any

import asyncpg
import orjson
import pytest
from prometheus_client import REGISTRY

from app.engine.chain import Prepared, Routed, route
from app.errors import Invalid
from app.lane import hand, sync, turns
from app.lane.drain import PAGE, Drain
from app.lane.hand import Close
from app.lane.policies import ActivatePolicy, StorePolicy
from app.store import database
from app.store.turn import LaneRow
from tests.lane.audit import audit
from tests.lane.support import ROUND_ROBIN, all_of, office, team


def reloads(reason: str) -> float:
    """How often the lanes of this process have read the world anew for a reason."""
    return REGISTRY.get_sample_value("lead_router_cache_reloads_total", {"reason": reason}) or 0


async def test_what_one_lane_changes_the_others_see_at_once(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=3) as place:
        await all_of(*(place.route(number) for number in range(6)))
        await place.edit({"reps": {"a": {"name": "A", "status": "paused"}}}, number=1)
        answers = [await place.route(number) for number in range(6)]
    assert {answer.decision.rep and answer.decision.rep.id for answer in answers} == {"b"}


async def test_who_is_made_inactive_leaves_every_rotation_and_the_others_inherit_exactly(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 5, "b": 3, "c": 1}), lanes=2) as place:
        await all_of(*(place.route(number) for number in range(7)))
        await place.edit({"reps": {"a": {"name": "A", "status": "inactive"}}}, number=1)
        rows = await place.rows("SELECT rep_id, credit FROM credits")
        assert {row["rep_id"] for row in rows} == {"b", "c"}
        assert sum(row["credit"] for row in rows) == 0
        answers = await all_of(*(place.route(number) for number in range(8)))
        assert {answer.decision.rep and answer.decision.rep.id for answer in answers} == {"b", "c"}


async def test_a_delivery_known_by_one_more_key_leaves_the_world_as_it_is(database_url: str) -> None:
    """Nothing is recorded, so nobody reads the world anew, and the lane still stands where the record ends."""
    async with office(database_url, roster=team({"a": 1}), lanes=2) as place:
        first = await place.route(external_id="1", source="web")
        await place.route(1, external_id="2", source="web")
        before = reloads("not_in_log")
        again = await place.route(external_id="1", source="web", key="a key of its own")
        assert (again.replayed, again.lead_id) == (True, first.lead_id)
        await place.route(1, external_id="3", source="web")
        assert (await place.route(1, key="a key of its own", external_id="1", source="web")).lead_id == first.lead_id
        assert reloads("not_in_log") == before
        assert (await place.route(external_id="2", source="web", key="another")).replayed
    assert await audit(database_url) == []


async def test_looking_beside_a_turn_does_not_take_what_is_newer_for_another_history(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        await place.route()
        before = reloads("not_in_log")
        real = turns.look_at_lane

        async def look_and_be_overtaken(connection: asyncpg.Connection) -> LaneRow:
            seen = await real(connection)
            await place.route(1)
            return seen

        monkeypatch.setattr(turns, "look_at_lane", look_and_be_overtaken)
        connection = await database.parse(database_url).connect()
        async with place.lanes[0].snapshot(connection) as batch:
            assert batch.world.seq == 1
        await connection.close()
        assert reloads("not_in_log") == before


async def test_another_history_with_the_same_revision_is_not_mistaken_for_ours(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1})) as place:
        await place.route()
        # What a restore does: the same revision, reached by other records.
        connection = await database.parse(database_url).connect()
        await connection.execute("UPDATE lane SET stamp = stamp + 1")
        await connection.execute("UPDATE assignments SET stamp = stamp + 1 WHERE seq = 1")
        pause = """UPDATE reps SET document = replace(document::text, '"active"', '"paused"')::json WHERE id = 'a'"""
        await connection.execute(pause)
        await connection.close()
        answers = [await place.route() for _ in range(4)]
    assert {answer.decision.rep and answer.decision.rep.id for answer in answers} == {"b"}


async def test_a_policy_of_another_history_is_not_mistaken_for_ours_by_its_number(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1})) as place:
        await place.route()
        connection = await database.parse(database_url).connect()
        await connection.execute("UPDATE lane SET stamp = stamp + 1")
        await connection.execute("UPDATE assignments SET stamp = stamp + 1")
        other = '{"rules": [{"name": "only b", "assign": {"rep": "b"}}]}'
        await connection.execute("UPDATE policies SET document = $1 WHERE version = 1", other)
        await connection.close()
        answers = [await place.route() for _ in range(3)]
    assert {answer.decision.rule for answer in answers} == {"only-b"}


async def test_a_history_that_went_on_without_us_is_read_anew(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=2) as place:
        await place.route(0)
        await place.route(1)
        connection = await database.parse(database_url).connect()
        await connection.execute("UPDATE lane SET stamp = stamp + 1")
        await connection.execute("UPDATE assignments SET stamp = stamp + 1")
        await connection.execute("UPDATE rep_loads SET open = 40")
        await connection.close()
        await place.route(0)
        await place.route(1)
        rows = await place.rows("SELECT open FROM rep_loads ORDER BY open")
    assert [row["open"] for row in rows] == [41, 41]


async def test_who_is_far_behind_reads_the_world_anew_and_not_a_long_log(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "MOST_FOLLOWED", 5)

    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=2) as place:
        await place.route(0)
        await all_of(*(place.route(1) for _ in range(4)))
        before = reloads("far_behind")
        await place.route(0)
        assert reloads("far_behind") == before
        await all_of(*(place.route(1) for _ in range(20)))
        await place.route(0)
        assert reloads("far_behind") == before + 1
        rows = await place.rows("SELECT open FROM rep_loads ORDER BY open")
    assert [row["open"] for row in rows] == [13, 14]


async def test_a_few_edits_are_followed_and_a_new_roster_is_read_outside_the_lane(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "MOST_REREAD", 2)
    async with office(database_url, roster=team({"a": 1, "b": 1, "c": 1}), lanes=2) as place:
        await place.route(0)
        await place.route(1)
        before = reloads("many_edits")
        few = {name: {"name": name.upper(), "status": "paused"} for name in "ab"}
        await place.edit({"reps": few, "teams": {"new": {"name": "New", "members": ["c"]}}}, number=1)
        assert [(await place.route(0)).decision.rep.id for _ in range(2)] == ["c", "c"]  # type: ignore[union-attr]
        assert reloads("many_edits") == before
        many = {name: {"name": name.upper(), "status": "paused" if name == "c" else "active"} for name in "abc"}
        await place.edit({"reps": many}, number=1)
        assert {(await place.route(0)).decision.rep.id for _ in range(4)} == {"a", "b"}  # type: ignore[union-attr]
        assert reloads("many_edits") == before + 1
    assert await audit(database_url) == []


async def test_while_one_lane_reads_the_world_anew_the_others_go_on(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=2) as place:
        await place.route(0)
        await place.route(1)
        monkeypatch.setattr(sync, "MOST_FOLLOWED", 1)
        await all_of(*(place.route(1) for _ in range(3)))
        stranger = await database.parse(database_url).connect()
        async with stranger.transaction():
            # What a world is read from, and leads are not decided by.
            await stranger.execute("LOCK TABLE reps IN ACCESS EXCLUSIVE MODE")
            late = asyncio.ensure_future(place.route(0))
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'reps'::regclass"
            async with asyncio.timeout(30):
                while not await stranger.fetchval(waiting):  # noqa: ASYNC110  only the server knows
                    await asyncio.sleep(0.01)
            assert await place.rows("SELECT 1 FROM lane FOR UPDATE NOWAIT"), "the lane is not held meanwhile"
            assert (await place.route(1)).decision.status == "assigned"
            assert not late.done()
        await stranger.close()
        monkeypatch.setattr(sync, "MOST_FOLLOWED", 100)
        assert (await late).decision.status == "assigned"
    assert await audit(database_url) == []


async def test_a_lead_queued_at_night_is_assigned_when_the_shift_starts(database_url: str) -> None:
    roster = team({"a": 1}, hours={"mon-sun": ["09:00-17:00"]}, timezone="Asia/Shanghai")
    async with office(database_url, roster=roster, policy=ROUND_ROBIN) as place:
        connection = await database.parse(database_url).connect()
        # The lane's time never goes back, so a time ahead of the clock is the time it is.
        await connection.execute("UPDATE lane SET time = '2040-01-02 22:00+08'")
        lead = await place.route()
        assert lead.decision.status == "queued"
        async with asyncpg.create_pool(database_url) as pool:
            drain = Drain(place.lanes[0], pool, lambda _: NotImplemented, interval=3600)
            assert await drain.look() == 0
            await connection.execute("UPDATE lane SET time = '2040-01-03 09:00:01+08'")
            assert await drain.look() == 1
            assert await drain.look() == 0
        await connection.close()
        rows = await place.rows("SELECT kind, status, rep_id FROM assignments ORDER BY seq")
        assert [tuple(row) for row in rows] == [("routed", "queued", None), ("rerouted", "assigned", "a")]


async def test_what_waits_goes_to_the_oldest_first_when_a_cap_is_freed(database_url: str) -> None:
    roster = team({"a": 1}, capacity={"open": 1})
    async with office(database_url, roster=roster) as place:
        first, second, third = [await place.route(need=str(n)) for n in range(3)]
        assert first.lead_id is not None
        async with asyncpg.create_pool(database_url) as pool:
            drain = Drain(place.lanes[0], pool, lambda _: NotImplemented, interval=3600)
            assert await drain.look() == 0
            await place.lanes[0].submit(Close(first.lead_id, "won", "a"))
            assert await drain.look() == 1
        rows = await place.rows("SELECT id FROM leads WHERE status = 'assigned'")
        assert [row["id"] for row in rows] == [second.lead_id]
        assert third.decision.status == "queued"


@pytest.mark.parametrize("lanes", [1, 2])
async def test_what_was_queued_while_somebody_was_full_for_a_moment_is_not_forgotten(
    database_url: str, lanes: int
) -> None:
    roster = team({"a": 1}, capacity={"open": 1})
    unmet = {"name": "nobody", "when": {"source": "nowhere"}, "assign": {"reps": {"seniority": "none"}}}
    policy = {"name": "p", "rules": [{**unmet, "otherwise": "queue"}, *ROUND_ROBIN["rules"]]}
    async with office(database_url, roster=roster, policy=policy, lanes=lanes) as place:
        # Something else waits, as it mostly does: so the drain has looked when “a” was able.
        assert (await place.route(source="nowhere")).decision.status == "queued"
        async with asyncpg.create_pool(database_url) as pool:
            drain = Drain(place.lanes[0], pool, lambda _: NotImplemented, interval=3600)
            assert await drain.look() == 0
            other = lanes - 1
            first, second = [await place.route(other, need=str(n)) for n in range(2)]
            assert (first.decision.status, second.decision.status) == ("assigned", "queued")
            assert first.lead_id is not None
            await place.lanes[other].submit(Close(first.lead_id, "won", "a"))
            # To the eye nothing has changed since it looked last.
            assert await drain.look() == 1
            assert await drain.look() == 0
        rows = await place.rows("SELECT id FROM leads WHERE status = 'assigned'")
        assert [row["id"] for row in rows] == [second.lead_id]


async def test_one_lead_that_cannot_be_routed_again_keeps_no_other_waiting(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = team({"a": 1, "b": 1})
    roster["reps"]["a"]["status"] = roster["reps"]["b"]["status"] = "paused"
    async with office(database_url, roster=roster) as place:
        leads = [await place.route(need=str(n)) for n in range(PAGE + 5)]
        assert {lead.decision.status for lead in leads} == {"queued"}

        def stumbling(prepared: Prepared, *rest: Any, **named: Any) -> Routed:
            if prepared.lead.need == "1":
                raise RuntimeError("no lead that can be sent")
            return route(prepared, *rest, **named)

        monkeypatch.setattr(hand, "route", stumbling)
        await place.edit(team({"a": 1, "b": 1}))
        async with asyncpg.create_pool(database_url) as pool:
            drain = Drain(place.lanes[0], pool, lambda _: NotImplemented, interval=3600)
            assert await drain.look() == PAGE + 4
        rows = await place.rows("SELECT id FROM leads WHERE status = 'queued'")
        assert [row["id"] for row in rows] == [leads[1].lead_id]


async def test_a_policy_is_checked_against_the_roster_as_it_is_when_its_turn_comes(database_url: str) -> None:
    roster = team({"a": 1})
    roster["teams"]["extra"] = {"name": "Extra", "members": ["a"]}
    extra = {"name": "p", "rules": [{"name": "all", "assign": {"team": "extra"}}]}
    async with office(database_url, roster=roster, lanes=2) as place:
        stored = await place.lanes[0].submit(StorePolicy(extra, "{}", "json", "tests"))
        # The other lane takes the team away, of which this one has not heard yet.
        await place.edit({}, number=1, remove_teams=["extra"])
        with pytest.raises(Invalid):
            await place.lanes[0].submit(ActivatePolicy(stored.version, "tests"))
        assert (await place.route()).decision.rule == "everyone-in-turn"


async def test_what_waits_for_a_time_of_day_is_routed_when_it_comes(database_url: str) -> None:
    hours = {"now": {"hour": "09:00-17:00", "timezone": "Asia/Shanghai"}}
    policy = {"name": "p", "rules": [{"name": "by day", "when": hours, "assign": {"team": "everyone"}}]}
    async with office(database_url, roster=team({"a": 1}, timezone="Asia/Shanghai"), policy=policy) as place:
        await place.rows("UPDATE lane SET time = '2040-01-02 07:00+08' RETURNING time")
        assert (await place.route()).decision.status == "queued"
        async with asyncpg.create_pool(database_url) as pool:
            drain = Drain(place.lanes[0], pool, lambda _: NotImplemented, interval=3600)
            assert await drain.look() == 0
            await place.rows("UPDATE lane SET time = '2040-01-02 09:00:01+08' RETURNING time")
            assert await drain.look() == 1


async def test_what_waits_to_be_claimed_is_left_to_those_who_claim(database_url: str) -> None:
    claim = {"name": "p", "rules": [{"name": "pool", "assign": {"team": "everyone", "by": "claim"}}]}
    async with office(database_url, roster=team({"a": 1}), policy=claim) as place:
        assert (await place.route()).decision.status == "queued"
        await place.activate(ROUND_ROBIN)
        async with asyncpg.create_pool(database_url) as pool:
            assert await Drain(place.lanes[0], pool, lambda _: NotImplemented, interval=3600).look() == 0
        assert [row["kind"] for row in await place.rows("SELECT kind FROM assignments")] == ["routed"]


async def test_the_record_alone_tells_what_a_rep_was_and_what_they_became(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        await place.edit({"reps": {"a": {"name": "A", "capacity": {"open": 5}}}})
        rows = await place.rows("SELECT detail FROM changes WHERE kind = 'roster.edited' ORDER BY revision")
    added, changed = [orjson.loads(row["detail"]) for row in rows]
    assert added["reps"]["a"]["capacity"]["open"] is None
    assert changed["reps"]["a"]["capacity"]["open"] == 5
    (edit,) = changed["edits"]
    assert edit["fields"]["capacity"][0]["open"] is None
    assert edit["fields"]["capacity"][1]["open"] == 5


async def test_a_key_that_is_noted_for_a_known_delivery_makes_no_world_be_read_anew(database_url: str) -> None:
    def reloads() -> float:
        return REGISTRY.get_sample_value("lead_router_cache_reloads_total", {"reason": "not_in_log"}) or 0

    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=2) as place:
        first = await place.route(0, external_id="form-1")
        await place.route(1)
        before = reloads()
        again = await place.route(0, external_id="form-1", key="form-1-again")
        assert (again.lead_id, again.replayed) == (first.lead_id, True)
        assert len(await place.rows("SELECT key FROM deliveries")) == 2
        for number in (1, 0, 1, 0):
            await place.route(number)
        assert reloads() == before
