"""Failures are told apart: what concerns one lead stays with it, what concerns the database is tried again."""

import asyncio
import signal
import time
from collections import Counter
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

from app.engine.decision import Reason, Status
from app.engine.lead import Lead
from app.errors import DatabaseAway, Draining, LineFull
from app.lane import route
from app.lane.batch import Answer, Batch, Command
from app.lane.limits import Limits
from app.lane.route import RouteLead
from app.store import database
from app.store.turn import lock_lane, open_turn
from tests.lane.proxy import Cut, Proxy, proxied
from tests.lane.support import ROUND_ROBIN, all_of, office, team


def unix_proxied(url: str) -> AbstractAsyncContextManager[Proxy]:
    """A proxy before the server, where it is reached by a unix socket; else the test is skipped."""
    if "host=" not in url:
        pytest.skip("the server is not reached by a unix socket")
    return proxied(url)


async def test_one_lead_that_the_database_refuses_harms_none_of_the_others(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1})) as place:
        poisoned = place.route(source="web", external_id="poison", name="nul \0 in a name")
        good = [place.route(external_id=str(n)) for n in range(63)]
        answers = await all_of(poisoned, *good)
        assert answers[0].decision.reason is Reason.ROUTER_ERROR
        assert Counter(a.decision.status for a in answers[1:]) == {Status.ASSIGNED: 63}
        (kept,) = await place.rows("SELECT status, body::text FROM leads WHERE body IS NOT NULL")
        assert kept["status"] == "queued"
        assert "in a name" in kept["body"]
        rows = await place.rows("SELECT seq FROM assignments ORDER BY seq")
        assert [row["seq"] for row in rows] == list(range(1, 65))


async def test_a_lead_that_cannot_be_written_down_is_kept_as_it_came_and_queued(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        now = datetime.now(UTC)
        lead = Lead(name="Lin", attributes={"n": 2**70})
        kept = await place.lanes[0].submit(RouteLead(lead, {"n": "as it came"}, received_at=now, policy=None))
        assert (kept.decision.status, kept.decision.reason) == (Status.QUEUED, Reason.ROUTER_ERROR)
        assert (await place.route()).decision.status is Status.ASSIGNED
        (row,) = await place.rows("SELECT body FROM leads WHERE reason = 'router_error'")
        assert row["body"] == '{"n":"as it came"}'


class Deliberate(Command[int]):
    """Takes its time between two statements."""

    async def run(self, batch: Batch, connection: asyncpg.Connection) -> int:
        time.sleep(0.4)  # noqa: ASYNC251  as one does who reckons
        return int(await connection.fetchval("SELECT 1"))


async def test_a_command_may_reckon_for_longer_than_a_lead(database_url: str) -> None:
    limits = Limits(statement_timeout_ms=200, wait_seconds=5)
    async with office(database_url, roster=team({"a": 1}), limits=limits) as place:
        assert await place.lanes[0].submit(Deliberate()) == 1


async def test_a_lead_that_the_engine_stumbles_over_is_kept_and_queued(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        # No lead that intake makes is like this; it stands for whatever the engine might stumble over.
        stumble = place.route(external_id="x", industry=["not", "a", "text"])
        counted = REGISTRY.get_sample_value("lead_router_router_errors_total") or 0
        answers = await all_of(stumble, *(place.route() for _ in range(5)))
        assert REGISTRY.get_sample_value("lead_router_router_errors_total") == counted + 1
        assert answers[0].decision.reason is Reason.ROUTER_ERROR
        assert all(answer.decision.status is Status.ASSIGNED for answer in answers[1:])


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_commit_whose_outcome_is_unknown_is_looked_up_and_never_made_twice(database_url: str, cut: Cut) -> None:
    async with unix_proxied(database_url) as proxy, office(proxy.url, roster=team({"a": 1, "b": 1})) as place:
        proxy.cut = cut
        unknown = REGISTRY.get_sample_value("lead_router_unknown_commits_total") or 0
        answers = await all_of(*(place.route() for _ in range(20)))
        assert proxy.cuts == 1
        assert REGISTRY.get_sample_value("lead_router_unknown_commits_total") == unknown + 1
        assert sorted(answer.seq or 0 for answer in answers) == list(range(1, 21))
        assert not any(answer.replayed for answer in answers)
        place.url = database_url
        rows = await place.rows("SELECT id, lead_id FROM assignments")
        assert {row["id"] for row in rows} == {answer.assignment_id for answer in answers}
        assert len({row["lead_id"] for row in rows}) == 20


async def test_who_cannot_be_told_what_became_of_a_commit_is_told_so_and_answered_when_they_ask_again(
    database_url: str,
) -> None:
    limits = Limits(wait_seconds=1)
    async with (
        unix_proxied(database_url) as proxy,
        office(proxy.url, roster=team({"a": 1, "b": 1}), limits=limits) as place,
    ):
        proxy.cut, proxy.close_after = "after", True
        with pytest.raises(DatabaseAway) as away:
            await place.route(key="k")
        assert not away.value.outcome_known
        assert "not known" in str(away.value.detail)
        proxy.closed = False
        async with asyncio.timeout(30):
            await place.back()
        assert (await place.route(key="k")).replayed


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_policy_and_an_edit_whose_commit_is_unknown_are_made_once(database_url: str, cut: Cut) -> None:
    async with unix_proxied(database_url) as proxy, office(proxy.url, roster=team({"a": 1})) as place:
        seen = (await place.edit(team({"a": 1, "b": 1}))).revision
        proxy.cut = cut
        edited = await place.edit(team({"a": 1, "b": 1, "c": 1}), if_match=seen)
        assert {(edit.id, edit.change) for edit in edited.edits} == {("c", "added"), ("everyone", "changed")}
        proxy.cut = cut
        version = await place.activate(ROUND_ROBIN)
        assert proxy.cuts == 2
        place.url = database_url
        rows = await place.rows("SELECT version FROM policies ORDER BY version")
        assert [row["version"] for row in rows] == [1, version] == [1, 2]
        rows = await place.rows("SELECT count(*) AS n FROM changes WHERE kind = 'roster.edited'")
        assert rows[0]["n"] == 3


async def test_a_lead_that_takes_too_long_to_decide_is_kept_as_it_came(database_url: str) -> None:
    limits = Limits(statement_timeout_ms=200)
    async with office(database_url, roster=team({"a": 1}), limits=limits) as place:
        lane = place.lanes[0]
        slow = Slow(Lead(), {"need": "everything"}, received_at=datetime.now(UTC), policy=lane.policy)
        answers = await all_of(lane.submit(slow), *(place.route() for _ in range(5)))
        assert answers[0].decision.reason is Reason.ROUTER_ERROR
        assert all(answer.decision.status is Status.ASSIGNED for answer in answers[1:])
        (kept,) = await place.rows("SELECT body::text FROM leads WHERE body IS NOT NULL")
        assert "everything" in kept["body"]


class Slow(RouteLead):
    """A lead that takes longer to decide than Postgres lets a turn be idle."""

    def decide(self, batch: Batch) -> Answer:
        time.sleep(0.5)
        return super().decide(batch)


async def test_while_a_turn_hangs_those_in_the_line_are_told_at_their_deadline(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1}), limits=Limits(wait_seconds=0.3)) as place:
        hanging = Hanging()
        begun = asyncio.create_task(place.lanes[0].submit(hanging))
        await hanging.hangs.wait()
        async with asyncio.timeout(20):
            with pytest.raises(DatabaseAway) as away:
                await place.route()
        assert away.value.outcome_known
        hanging.goes_on.set()
        assert await begun == "done"


class Hanging(Command[str]):
    """A turn that does not go on."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs, self.goes_on = asyncio.Event(), asyncio.Event()

    async def before(self, connection: object, world: object) -> None:
        self.hangs.set()
        await self.goes_on.wait()

    async def run(self, batch: object, connection: object) -> str:
        return "done"


async def test_a_worker_whose_lane_has_ended_ends(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        async with office(database_url, roster=team({"a": 1})) as place:
            lane = place.lanes[0]

            def broken() -> None:
                raise RuntimeError("a fault in the loop itself")

            monkeypatch.setattr(lane._lines, "collect", broken)
            waiting = asyncio.create_task(place.route())
            async with asyncio.timeout(20):
                await ended.wait()
            waiting.cancel()
            lane._task = None
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_a_lane_whose_connection_is_ended_goes_on_with_another(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=2) as place:
        killer = await database.parse(database_url).connect()
        served = []
        for _ in range(8):
            leads = [asyncio.create_task(place.route(n)) for n in range(10)]
            await killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            served += await all_of(*leads)
        await killer.close()
        rows = await place.rows("SELECT seq, lead_id FROM assignments ORDER BY seq")
        assert [row["seq"] for row in rows] == list(range(1, 81))
        assert {row["lead_id"] for row in rows} == {answer.lead_id for answer in served}


async def test_a_frozen_holder_is_ended_and_the_others_go_on(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        frozen = await database.parse(database_url).connect()
        # A turn like any other, of a process that stops in the middle of it.
        await open_turn(frozen, 200)
        await lock_lane(frozen)
        answer = await place.route()
        assert answer.decision.status is Status.ASSIGNED
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await frozen.execute("COMMIT")


async def test_nobody_waits_for_the_lane_without_end(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})):
        holder, waiting = [await database.parse(database_url).connect() for _ in range(2)]
        await open_turn(holder, 10_000)
        await lock_lane(holder)
        await open_turn(waiting, 50)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await lock_lane(waiting)
        await holder.close()
        await waiting.close()


async def test_while_the_lane_cannot_be_had_callers_are_told_that_nothing_was_recorded(database_url: str) -> None:
    limits = Limits(statement_timeout_ms=100, wait_seconds=0.5)
    async with office(database_url, roster=team({"a": 1}), limits=limits) as place:
        holder = await database.parse(database_url).connect()
        await holder.execute("BEGIN; SELECT * FROM lane FOR UPDATE")
        with pytest.raises(DatabaseAway) as away:
            await place.route()
        assert away.value.outcome_known
        with pytest.raises(DatabaseAway):
            await place.route()
        await holder.execute("ROLLBACK")
        await holder.close()
        await place.back()
        assert (await place.route()).seq == 1


async def test_a_full_line_refuses_at_once_and_keeps_what_it_has(database_url: str) -> None:
    limits = Limits(depth=10)
    async with office(database_url, roster=team({"a": 1}), limits=limits) as place:
        outcomes = await asyncio.gather(*(place.route() for _ in range(40)), return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, LineFull)]
        answered = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
        assert refused
        assert len(refused) + len(answered) == 40
        (row,) = await place.rows("SELECT count(*) AS n FROM leads")
        assert row["n"] == len(answered)


async def test_what_waits_when_a_lane_shuts_down_is_still_decided(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        waiting = [asyncio.create_task(place.route()) for _ in range(200)]
        await asyncio.sleep(0)
        await place.lanes[0].drain()
        answers = await all_of(*waiting)
        assert len({answer.seq for answer in answers}) == 200
        with pytest.raises(Draining):
            await asyncio.wait_for(place.route(), 5)


async def test_the_database_itself_refuses_a_second_answer_to_a_delivery(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        await place.route(source="web", external_id="1")
        connection = await database.parse(database_url).connect()
        again = "INSERT INTO deliveries SELECT key, lead_id, body_hash, created_at, expires_at FROM deliveries"
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(again)
        await connection.close()


async def test_of_a_body_that_cannot_be_decided_only_a_nul_is_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    async with office(database_url, roster=team({"a": 1})) as place:
        monkeypatch.setattr(route, "route", stumble)
        for need in (r"a\u0000b", "a\0b"):
            await place.route(need=need)
        rows = await place.rows("SELECT body->>'need' AS need FROM leads ORDER BY latest_seq")
    assert [row["need"] for row in rows] == [r"a\u0000b", "a\ufffdb"]
