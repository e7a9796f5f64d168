"""New leads are decided ahead of the lane's lock; what changed until it was had is seen all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.engine import chain
from app.engine.lead import Lead
from app.errors import DatabaseAway
from app.lane import route, turns
from app.lane.limits import Limits
from app.store import database
from tests.conftest import execute
from tests.lane.support import Office, all_of, office, team

WAITING = """
    -- Whose turn waits for the lane, and what with: who has decided already waits with all that is to be written.
    SELECT query LIKE '%UPDATE lane SET%' AS decided FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'lead-router lane' AND wait_event_type = 'Lock'
"""


@asynccontextmanager
async def connected(place: Office) -> AsyncIterator[asyncpg.Connection]:
    connection = await database.parse(place.url).connect()
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def lane_held(place: Office) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else has the lane, until they commit."""
    async with connected(place) as holder:
        await holder.execute("BEGIN; SELECT FROM lane FOR UPDATE")
        yield holder


async def waiting(place: Office, *, decided: list[bool]) -> None:
    """Until as many wait for the lane as are listed, each having decided already or not."""
    async with asyncio.timeout(30):
        while [row["decided"] for row in await place.rows(WAITING)] != decided:  # noqa: ASYNC110  Postgres tells nobody
            await asyncio.sleep(0.01)


async def test_who_writes_while_a_lead_is_decided_ahead_makes_it_decided_again(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        before = await place.route()
        async with lane_held(place) as holder:
            ahead = asyncio.create_task(place.route())
            await waiting(place, decided=[True])
            # Time is part of where the lane stands: it never goes back, whatever was decided meanwhile.
            later = await holder.fetchval("UPDATE lane SET time = time + interval '1 hour' RETURNING time")
            await holder.execute("COMMIT")
            answer = await ahead
    assert answer.seq == 2
    assert later > before.decision.decided_at + timedelta(minutes=59)
    assert answer.decision.decided_at == later


async def test_another_history_that_begins_while_a_lead_is_decided_ahead_is_seen(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1})) as place:
        await place.route()
        async with lane_held(place) as holder:
            ahead = asyncio.create_task(place.route())
            await waiting(place, decided=[True])
            await holder.execute("UPDATE lane SET stamp = stamp + 1; UPDATE assignments SET stamp = stamp + 1")
            pause = (
                """UPDATE reps SET document = replace(document::text, '"active"', '"paused"')::json WHERE id = 'b'"""
            )
            await holder.execute(pause)
            await holder.execute("COMMIT")
            answer = await ahead
    assert answer.decision.rep is not None
    assert answer.decision.rep.id == "a"


async def test_of_two_who_decided_ahead_on_the_same_world_one_decides_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "OTHERS_SECONDS", 0.0)
    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=2) as place:
        await place.route(0)
        await place.route(1)
        async with connected(place) as connection, place.lanes[0].snapshot(connection):
            pass
        async with lane_held(place) as holder:
            leads = [asyncio.create_task(place.route(number, email="kim@acme.example")) for number in range(2)]
            await waiting(place, decided=[True, True])
            await holder.execute("COMMIT")
            first, second = sorted(await all_of(*leads), key=lambda answer: answer.seq or 0)
        rows = await place.rows("SELECT seq, rep_id FROM assignments ORDER BY seq")
    assert [row["seq"] for row in rows] == [1, 2, first.seq, second.seq] == [1, 2, 3, 4]
    assert sorted(row["rep_id"] for row in rows) == ["a", "a", "b", "b"]
    assert first.decision.recognition.person is None
    assert second.decision.recognition.person == str(first.lead_id)


async def test_who_hears_of_others_takes_the_lock_before_they_decide(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=2) as place:
        await place.route(0)
        await place.route(1)
        # Lane 0 sees that somebody else has taken a turn, and for a while takes it to happen again.
        await place.route(0)
        async with lane_held(place) as holder:
            lead = asyncio.create_task(place.route(0))
            await waiting(place, decided=[False])
            await holder.execute("COMMIT")
            await lead


async def test_a_server_that_says_it_is_not_to_be_written_to_is_not_written_to_by_the_lane(database_url: str) -> None:
    name = database_url.rpartition("/")[2].partition("?")[0]
    url = f"{database_url}{'&' if '?' in database_url else '?'}target_session_attrs=read-write"
    limits = Limits(wait_seconds=0.5)
    async with office(url, roster=team({"a": 1}), limits=limits) as place:
        await place.route()
        async with connected(place) as fence:
            # A switchover: the old primary is told to take nothing more, and its connections are ended.
            await fence.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
            await fence.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            with pytest.raises(DatabaseAway):
                await place.route()
            assert await fence.fetchval("SELECT count(*) FROM leads") == 1
            await fence.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        await place.back()
        assert (await place.route()).seq == 2


async def test_what_commits_a_lead_says_itself_that_it_is_durable(database_url: str) -> None:
    name = database_url.rpartition("/")[2].partition("?")[0]
    await execute(database_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    async with office(database_url, roster=team({"a": 1}), lanes=2) as place:
        async with connected(place) as connection:
            await connection.execute(
                "CREATE TABLE heard (said text, alone bool);"
                "CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                "  INSERT INTO heard SELECT current_setting('synchronous_commit'), query LIKE '%UPDATE lane SET%'"
                "    FROM pg_stat_activity WHERE pid = pg_backend_pid(); RETURN NULL; END $$;"
                "CREATE CONSTRAINT TRIGGER hear AFTER INSERT ON leads DEFERRABLE INITIALLY DEFERRED"
                "  FOR EACH ROW EXECUTE FUNCTION hear()"
            )
        for number in (0, 0, 1):
            await place.route(number)
        heard = await place.rows("SELECT said, alone FROM heard")
    assert {row["said"] for row in heard} == {"on"}
    # At the end of a turn of one statement, that is what runs; else a COMMIT.
    assert sorted(row["alone"] for row in heard) == [False, False, True]


async def test_who_is_decided_slowly_ahead_holds_up_nobody_and_is_not_set_apart(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*given: Any, **more: Any) -> Any:
        time.sleep(0.15)
        return chain.route(*given, **more)

    async with office(database_url, roster=team({"a": 1}), limits=Limits(statement_timeout_ms=100)) as place:
        await place.route()
        monkeypatch.setattr(route, "route", slowly)
        job = route.RouteLead(Lead(), {}, received_at=datetime.now(UTC), policy=place.lanes[0].policy)
        answer = await place.lanes[0].submit(job)
    assert answer.seq == 2
    assert job.failures == 0
