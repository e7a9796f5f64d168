"""Events arrive at least once and in order per lead, whatever receivers do and however many deliver."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest

from app.events.dispatcher import Cleaning
from app.lane.hand import Assign
from app.store import database, sends, subscriptions
from tests.events.support import (
    QUICK,
    Got,
    Receiver,
    Reply,
    dispatching,
    in_order_per_lead,
    receiving,
    rows,
    subscribe,
    take,
    until_row,
)
from tests.lane.support import Office, all_of, office, team

LEADS = ["lead.assigned", "lead.reassigned"]
WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
END_OTHERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
DONE = """
    SELECT FROM subscription_progress p, lane WHERE p.revision = lane.revision AND NOT EXISTS (
        SELECT FROM sends WHERE state = 'waiting')
"""


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Office]:
    async with office(database_url, roster=team({"ann": 1, "bob": 1})) as one:
        yield one


async def some(place: Office, leads: int, moves: int = 0) -> list[Any]:
    """Route leads, and move each between the reps so many times."""
    ids = [answer.lead_id for answer in await all_of(*(place.route(external_id=str(n)) for n in range(leads)))]
    for number in range(moves):
        for lead in ids:
            for rep in ("ann", "bob"):
                await place.lanes[0].submit(Assign(lead, rep, None, "kim", f"move {number}"))
    return ids


def failing(times: int, status: int = 500, **headers: str) -> Any:
    """Answers each event so many times with a failure, and then takes it."""
    seen: Counter[str] = Counter()

    async def answer(got: Got) -> Reply:
        name = got.headers["x-event"]
        seen[name] += 1
        return (status, headers) if seen[name] <= times else (200, {})

    return answer


async def test_everything_arrives_once_and_in_order_while_nothing_fails(place: Office) -> None:
    await some(place, 40, moves=3)
    expected = await place.rows("SELECT revision FROM assignments WHERE effects ->> 'lost' IS DISTINCT FROM rep_id")
    async with receiving() as receiver, dispatching(place.url):
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        events = await receiver.until_taken(len(expected))
        await until_row(place.url, DONE)
    assert sorted(event["revision"] for event in events) == sorted(row["revision"] for row in expected)
    assert in_order_per_lead(events)
    assert receiver.most_at_once <= QUICK.slots
    kept = await rows(place.url, "SELECT state, attempts, count(*) FROM sends GROUP BY 1, 2")
    assert [tuple(row) for row in kept] == [("delivered", 1, len(expected))]


async def test_what_fails_is_sent_again_and_holds_back_its_own_lead_alone(place: Office) -> None:
    first, *others = await some(place, 6, moves=1)

    async def answer(got: Got) -> Reply:
        mine = got.events[0]["data"]["decision"]["lead_id"] == str(first)
        tried = sum(1 for one in receiver.got if one.headers["x-event"] == got.headers["x-event"])
        return (500, {}) if mine and tried < 3 else (200, {})

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url, terms=replace(QUICK, doubted=1000)):
            await receiver.until_taken(len(others) * 3)
            events = await receiver.until_taken(await _count(place))
            await until_row(place.url, DONE)
    assert in_order_per_lead(events)
    assert len(events) == len({event["id"] for event in events})
    lead = [event["data"]["decision"]["lead_id"] for event in events]
    assert lead.index(str(first)) >= len(others)
    log = await rows(place.url, "SELECT attempts, log FROM sends WHERE log IS NOT NULL")
    assert {row["attempts"] for row in log} == {4}
    assert [one["status"] for one in orjson.loads(log[0]["log"])] == [500, 500, 500]


async def edited(url: str, **document: Any) -> None:
    """Edit the subscription, and commit that."""
    async with editing(url, **document):
        pass


@contextlib.asynccontextmanager
async def editing(url: str, **document: Any) -> AsyncIterator[None]:
    """The subscription is edited inside, and that is committed at the end."""
    connection = await database.parse(url).connect()
    try:
        async with connection.transaction():
            row = await subscriptions.locked(connection, "all")
            assert row is not None
            text = orjson.dumps({**orjson.loads(row["document"]), **document}).decode()
            await subscriptions.update(connection, row["number"], text, row["secrets"], "kim", enabled=True, after=None)
            yield
    finally:
        await connection.close()


async def _count(place: Office) -> int:
    found = await place.rows("SELECT count(*) FROM assignments WHERE effects ->> 'lost' IS DISTINCT FROM rep_id")
    return int(found[0][0])


async def test_what_fails_too_often_is_dead_and_those_behind_it_go_on(place: Office) -> None:
    (lead,) = await some(place, 1, moves=1)

    async def answer(got: Got) -> Reply:
        return (200, {}) if got.events[0]["seq"] > 1 else (500, {})

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            events = await receiver.until_taken(await _count(place) - 1)
            await until_row(place.url, DONE)
    assert in_order_per_lead(events)
    (dead,) = await rows(place.url, "SELECT attempts, status, said FROM sends WHERE state = 'dead'")
    assert tuple(dead) == (len(QUICK.retries) + 1, 500, "answer 500")
    assert lead is not None


async def test_a_refusal_is_dead_at_once(place: Office) -> None:
    await some(place, 3)
    async with receiving(failing(1, 400)) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            await until_row(place.url, DONE)
    assert len(receiver.got) == 3
    assert {row["state"] for row in await rows(place.url, "SELECT state FROM sends")} == {"dead"}


async def test_events_at_fault_themselves_keep_no_other_from_a_receiver_that_is_there(place: Office) -> None:
    await place.route(email="ann@example.com")
    await some(place, 12)
    await place.route(email="jane@example.com")
    async with receiving() as receiver:
        await subscribe(place.url, "all", receiver.url, kind="owners", events=LEADS)
        async with dispatching(place.url, terms=replace(QUICK, longest_rest=60.0, slots=1)):
            events = await receiver.until_taken(2, seconds=10)
            await until_row(place.url, DONE)
    assert [event["data"]["lead"]["email"] for event in events] == ["ann@example.com", "jane@example.com"]
    dead = await rows(place.url, "SELECT said FROM sends WHERE state = 'dead'")
    assert [row["said"] for row in dead] == ["The lead has no email"] * 12


async def test_before_anything_was_taken_it_may_be_the_settings_that_are_at_fault(place: Office) -> None:
    await some(place, 20)
    async with receiving() as receiver:
        await subscribe(place.url, "all", receiver.url, kind="owners", events=LEADS)
        async with dispatching(place.url, terms=replace(QUICK, longest_rest=60.0, slots=1)):
            await until_row(place.url, "SELECT FROM subscription_progress WHERE rests_until > now()")
    assert len(await rows(place.url, "SELECT 1 FROM sends WHERE state = 'dead'")) < 10


async def test_a_receiver_that_refuses_all_is_asked_ever_less_often(place: Office) -> None:
    await some(place, 20)
    async with receiving(failing(1, 400)) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url, terms=replace(QUICK, longest_rest=60.0, slots=1)):
            await until_row(place.url, "SELECT FROM subscription_progress WHERE rests_until > now()")
    # The rest are not dead yet when somebody mends what is wrong with it.
    assert len(receiver.got) < 10


async def test_a_receiver_that_asks_for_time_gets_it(place: Office) -> None:
    await some(place, 20)
    asked: list[float] = []

    async def answer(got: Got) -> Reply:
        if not asked:
            asked.append(time.monotonic())
            return 429, {"Retry-After": "1"}
        return 200, {}

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url, terms=replace(QUICK, slots=1)):
            await receiver.until_taken(20)
    # Whoever asks is asked by nobody before the time has passed.
    assert min(got.at for got in receiver.got if got.at > asked[0] + 0.01) >= asked[0] + 0.95


async def test_what_is_set_while_a_failure_is_being_written_is_tried_at_once_all_the_same(place: Office) -> None:
    await some(place, 2)
    edit = editing(place.url)

    async def answer(got: Got) -> Reply:
        if len(receiver.got) > 0:
            return 200, {}
        # Somebody edits the subscription, and has not committed when what became of the event is written.
        await edit.__aenter__()
        return 503, {"Retry-After": "600"}

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        # The failure is written together with giving back the lease.
        async with dispatching(place.url, terms=replace(QUICK, slots=1, flush_seconds=60)):
            await until_row(place.url, WAITING)
            await edit.__aexit__(None, None, None)
            await receiver.until_taken(1)


async def test_what_an_edit_asks_for_is_told_though_it_was_passed_over_before_the_edit_was_seen(place: Office) -> None:
    slow, moved = await some(place, 2)
    go_on = asyncio.Event()

    async def answer(got: Got) -> Reply:
        if got.events[0]["data"]["decision"]["lead_id"] == str(slow):
            await go_on.wait()
        return 200, {}

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=["lead.assigned"])
        async with dispatching(place.url, terms=replace(QUICK, lease=30, send_seconds=20)):
            # Whoever delivers has a message under way, and goes on by what was set when they began.
            await until_row(place.url, "SELECT FROM sends")
            await edited(place.url, events=LEADS)
            for rep in ("ann", "bob", "ann"):
                await place.lanes[0].submit(Assign(moved, rep, None, "kim", "moved"))
            await place.route(external_id="later")
            await receiver.until_taken(2)
            go_on.set()
            events = await receiver.until_taken(await _count(place))
            await until_row(place.url, DONE)
    assert in_order_per_lead(events)
    assert len(events) == len({event["id"] for event in events})


async def test_a_receiver_that_is_gone_is_told_nothing_more_and_the_subscription_says_why(place: Office) -> None:
    await some(place, 20)
    async with receiving(failing(99, 410)) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            row = await until_row(place.url, "SELECT * FROM subscriptions WHERE NOT enabled")
            before = len(receiver.got)
            await some(place, 5)
            await asyncio.sleep(QUICK.interval * 6)
            assert len(receiver.got) == before <= QUICK.slots
    assert row["disabled_why"].startswith("answer 410; once it is there again")
    waiting = await rows(place.url, "SELECT FROM sends WHERE state = 'waiting'")
    assert len(waiting) == before


async def test_whoever_was_set_anew_is_not_switched_off_by_an_answer_to_what_was_set_before(place: Office) -> None:
    await some(place, 1)

    async def answer(_: Got) -> Reply:
        if receiver.got:
            return 200, {}
        await edited(place.url)
        return 410, {}

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            await receiver.until_taken(1)
            await until_row(place.url, DONE)
    assert [row["enabled"] for row in await rows(place.url, "SELECT enabled FROM subscriptions")] == [True]


async def test_who_lost_the_lease_is_not_taken_for_who_has_it_now_in_the_same_process(place: Office) -> None:
    await some(place, 1)
    came, hangs = asyncio.Event(), asyncio.Event()

    async def answer(_: Got) -> Reply:
        came.set()
        await hangs.wait()
        return 200, {}

    holder = "SELECT holder FROM subscription_progress WHERE holder IS NOT NULL"
    async with receiving(answer) as receiver, dispatching(place.url):
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with asyncio.timeout(20):
            await came.wait()
        first = await until_row(place.url, holder)
        came.clear()
        await _execute(place.url, "UPDATE subscription_progress SET leased_until = '-infinity'")
        async with asyncio.timeout(20):
            await came.wait()
        second = await until_row(place.url, holder)
        assert second["holder"] != first["holder"]
        hangs.set()
        await until_row(place.url, DONE)
    # Both have sent it, and one of them has written so.
    assert [row["attempts"] for row in await rows(place.url, "SELECT attempts FROM sends")] == [1]
    (told,) = await rows(place.url, "SELECT delivered FROM subscription_progress")
    assert told["delivered"] == 1


async def test_one_that_is_being_edited_is_left_to_the_next_look(place: Office) -> None:
    await some(place, 1)
    await subscribe(place.url, "all", "http://127.0.0.1:1/", events=LEADS)
    connection = await database.parse(place.url).connect()
    editor = await database.parse(place.url).connect()
    edit = editor.transaction()
    await edit.start()
    assert await subscriptions.locked(editor, "all")
    assert await subscriptions.take(connection, uuid4(), 60, ["hook"], 10) == []
    await edit.rollback()
    assert len(await subscriptions.take(connection, uuid4(), 60, ["hook"], 10)) == 1
    await editor.close()
    await connection.close()


async def test_what_is_put_back_during_its_last_attempt_has_all_its_attempts_once_more(place: Office) -> None:
    await some(place, 1)
    last = len(QUICK.retries) + 1

    async def answer(_: Got) -> Reply:
        tried = len(receiver.got) + 1
        if tried == last:
            (one,) = await rows(place.url, "SELECT subscription, revision, part, stamp FROM sends")
            await rows(place.url, sends.REDRIVE, *one)
        return (500, {}) if tried < 2 * last else (200, {})

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            await receiver.until_taken(1)
            await until_row(place.url, DONE)
    assert [row["state"] for row in await rows(place.url, "SELECT state FROM sends")] == ["delivered"]


async def test_what_is_put_back_is_not_deleted_by_who_saw_it_before(place: Office) -> None:
    await some(place, 1)
    async with receiving(failing(1, 400)) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            await until_row(place.url, DONE)
    (dead,) = await rows(place.url, "SELECT subscription, revision, part, stamp FROM sends")
    other, cleaner = [await database.parse(place.url).connect() for _ in range(2)]
    async with other.transaction():
        await other.execute(sends.REDRIVE, *dead)
        cleaning = asyncio.create_task(cleaner.execute(sends.FORGET, dead["subscription"], 0, 10))
        await until_row(place.url, WAITING)
    assert await cleaning == "DELETE 0"
    await other.close()
    await cleaner.close()


async def test_what_a_database_says_by_default_of_transactions_is_not_relied_on(
    place: Office, pgbouncer_url: str
) -> None:
    await some(place, 3)
    async with receiving() as receiver, receiving() as second:
        for name, to in (("one", receiver), ("two", second)):
            await subscribe(place.url, name, to.url, events=LEADS)
        name = (await rows(place.url, "SELECT current_database()"))[0][0]
        for setting in ("default_transaction_isolation = 'serializable'", "default_transaction_read_only = on"):
            await _execute(place.url, f'ALTER DATABASE "{name}" SET {setting}')
        await _execute(place.url, END_OTHERS)
        async with dispatching(pgbouncer_url, pgbouncer=True):
            await receiver.until_taken(3)
            await second.until_taken(3)
            await until_row(place.url, DONE)


async def test_a_receiver_that_hangs_harms_no_other(place: Office) -> None:
    held = asyncio.Event()

    async def hang(_: Got) -> Reply:
        await held.wait()
        return 200, {}

    async with receiving(hang) as hanging, receiving() as other:
        await subscribe(place.url, "hangs", hanging.url, events=LEADS)
        await subscribe(place.url, "works", other.url, events=LEADS)
        async with dispatching(place.url):
            await some(place, 30)
            await hanging.until(lambda one: one.under_way == 0, 5)
            await other.until_taken(30, 10)
            assert hanging.most_at_once <= QUICK.slots
            held.set()
            await hanging.until_taken(30)
        held.set()


async def test_a_receiver_that_is_away_is_asked_ever_less_often_and_gets_all_once_it_is_back(place: Office) -> None:
    await some(place, 100)
    back = asyncio.Event()

    async def answer(_: Got) -> Reply:
        return (200, {}) if back.is_set() else (503, {})

    terms = replace(QUICK, retries=(0.1, 3600, 3600), longest_rest=0.3)
    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url, terms=terms):
            await receiver.until(lambda one: len(one.got) >= 14)
            asked = len(receiver.got)
            assert asked < 30
            back.set()
            # Those that were put off for an hour come as well.
            events = await receiver.until_taken(100)
            await until_row(place.url, DONE)
    assert len(events) == 100


async def test_two_that_deliver_never_send_the_same_attempt_twice(place: Office) -> None:
    async with receiving() as receiver, receiving() as second:
        await subscribe(place.url, "one", receiver.url, events=LEADS)
        await subscribe(place.url, "two", second.url, events=LEADS)
        terms = replace(QUICK, hold_seconds=0.1)
        async with dispatching(place.url, terms=terms), dispatching(place.url, terms=terms):
            for _ in range(5):
                await some(place, 20, moves=1)
            await until_row(place.url, "SELECT 1 WHERE (SELECT min(revision) FROM subscription_progress) >= "
                                       "(SELECT revision FROM lane)")  # fmt: skip
    expected = await _count(place)
    for one in (receiver, second):
        assert len(one.taken) == len({event["id"] for event in one.taken}) == expected
        assert in_order_per_lead(one.taken)


async def test_who_stands_still_beyond_their_lease_writes_nothing_any_more(place: Office) -> None:
    await some(place, 3, moves=1)
    stopped, told = asyncio.Event(), asyncio.Event()

    async def answer(got: Got) -> Reply:
        if not told.is_set():
            told.set()
            await stopped.wait()
        return 200, {}

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url, terms=replace(QUICK, slots=1)):
            await told.wait()
            # As if another had taken over while this one was frozen.
            await _execute(place.url, "UPDATE subscription_progress SET holder = gen_random_uuid(), "
                                      "leased_until = clock_timestamp() + interval '0.5 seconds'")  # fmt: skip
            stopped.set()
            events = await receiver.until_taken(await _count(place))
            await until_row(place.url, DONE)
    counts = Counter(event["id"] for event in events)
    # Nobody could know what became of those that were under way, and of no others.
    assert 1 <= sum(count == 2 for count in counts.values()) <= 3
    assert max(counts.values()) == 2
    assert in_order_per_lead([event for n, event in enumerate(events) if event not in events[:n]])


async def _execute(url: str, statement: str) -> None:
    connection = await database.parse(url).connect()
    await connection.execute(statement)
    await connection.close()


async def test_one_that_is_told_to_end_lets_what_is_under_way_end_and_gives_back_the_rest(place: Office) -> None:
    await some(place, 30)

    async def slowly(_: Got) -> Reply:
        await asyncio.sleep(0.05)
        return 200, {}

    async with receiving(slowly) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            await receiver.until_taken(5)
        free = await rows(place.url, "SELECT leased_until <= clock_timestamp() AS free FROM subscription_progress")
        assert [row["free"] for row in free] == [True]
        taken = await rows(place.url, "SELECT FROM sends WHERE state = 'delivered'")
        assert len(taken) == len(receiver.taken) < 30
        async with dispatching(place.url):
            events = await receiver.until_taken(30)
    assert len(events) == 30


async def test_one_that_is_told_to_end_while_a_receiver_hangs_gives_back_what_it_holds(place: Office) -> None:
    await some(place, 3)
    began = asyncio.Event()

    async def hang(_: Got) -> Reply:
        began.set()
        await asyncio.sleep(60)
        return 200, {}

    async with receiving(hang) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url, terms=replace(QUICK, drain_seconds=0.1, send_seconds=30, lease=60)):
            await began.wait()
        free = await rows(place.url, "SELECT leased_until <= clock_timestamp() AS free FROM subscription_progress")
        assert [row["free"] for row in free] == [True]
        receiver.answering = take
        async with dispatching(place.url):
            await receiver.until_taken(3)


async def test_a_pace_is_kept_across_workers_and_what_waits_for_it_goes_together(place: Office) -> None:
    await some(place, 24)
    async with receiving() as receiver:
        await subscribe(place.url, "slow", receiver.url, kind="slow", events=LEADS)
        terms = replace(QUICK, hold_seconds=0.4)
        async with dispatching(place.url, terms=terms), dispatching(place.url, terms=terms):
            events = await receiver.until_taken(24)
    assert len(events) == 24
    times = [got.at for got in receiver.got]
    assert len(times) == 8
    assert all(later - earlier >= 0.5 for earlier, later in zip(times, times[2:], strict=False))


async def test_in_a_digest_that_is_refused_the_others_do_not_fall_with_the_one_at_fault(place: Office) -> None:
    await some(place, 10)

    async def answer(got: Got) -> Reply:
        return (400, {}) if any(event["seq"] == 4 for event in got.events) else (200, {})

    async with receiving(answer) as receiver:
        await subscribe(place.url, "all", receiver.url, kind="digest", events=LEADS)
        async with dispatching(place.url):
            await until_row(place.url, DONE)
    assert sorted(event["seq"] for event in receiver.taken) == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    (dead,) = await rows(
        place.url, "SELECT a.seq FROM sends s JOIN assignments a USING (revision) WHERE s.state = 'dead'"
    )
    assert dead["seq"] == 4


async def test_the_record_is_gone_through_in_many_windows(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.events import backlog

    monkeypatch.setattr(backlog, "WINDOW", 3)
    await some(place, 12, moves=2)
    async with receiving(failing(1)) as receiver, dispatching(place.url, terms=replace(QUICK, doubted=1000)):
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        events = await receiver.until_taken(await _count(place))
        await until_row(place.url, DONE)
    assert in_order_per_lead(events)


async def test_while_leads_take_all_the_time_messages_go_at_their_rate_and_no_faster(place: Office) -> None:
    await some(place, 40)
    spinning = True

    async def spin() -> None:
        while spinning:
            until = time.monotonic() + 0.005
            while time.monotonic() < until:
                pass
            await asyncio.sleep(0)

    task = asyncio.create_task(spin())
    try:
        async with receiving() as receiver:
            await subscribe(place.url, "all", receiver.url, events=LEADS)
            async with dispatching(place.url, busy=lambda: True, terms=replace(QUICK, busy_rate=20.0)):
                await receiver.until_taken(30, 60)
    finally:
        spinning = False
        with contextlib.suppress(asyncio.CancelledError):
            await task
    times = [got.at for got in receiver.got]
    assert times[29] - times[9] >= 0.8


async def test_old_sends_are_deleted_in_steps_and_those_of_a_subscription_that_is_no_more(place: Office) -> None:
    await some(place, 5)
    async with receiving() as receiver:
        await subscribe(place.url, "kept", receiver.url, events=LEADS)
        await subscribe(place.url, "gone", receiver.url, events=LEADS)
        async with dispatching(place.url):
            await until_row(place.url, "SELECT 1 WHERE (SELECT count(*) FROM sends WHERE state = 'delivered') = 10")
    kept = "(SELECT number FROM subscriptions WHERE id = 'kept')"
    await _execute(place.url, "DELETE FROM subscriptions WHERE id = 'gone'")
    await _execute(
        place.url,
        "UPDATE sends SET touched_at = touched_at - interval '31 days' "
        f"WHERE subscription = {kept} AND revision <= (SELECT revision FROM assignments WHERE seq = 2)",
    )
    pool = await database.parse(place.url).pool()
    assert await Cleaning(pool, 30).look() == 7
    assert await Cleaning(pool, 30).look() == 0
    await pool.close()
    left = await rows(place.url, f"SELECT FROM sends WHERE subscription = {kept}")
    assert len(left) == 3
    assert len(await rows(place.url, "SELECT FROM subscription_progress")) == 1


async def test_an_event_that_cannot_be_read_is_dead_and_the_others_go_on(place: Office) -> None:
    await some(place, 4)
    await _execute(place.url, "UPDATE assignments SET decision = '{}' WHERE seq = 2")
    async with receiving() as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            await until_row(place.url, DONE)
    assert sorted(event["seq"] for event in receiver.taken) == [1, 3, 4]


async def test_nothing_is_sent_twice_when_the_database_is_away_for_a_moment(place: Office) -> None:
    await some(place, 20, moves=1)

    async def slowly(got: Got) -> Reply:
        await asyncio.sleep(0.02)
        return 200, {}

    async with receiving(slowly) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(place.url):
            await receiver.until_taken(10)
            await _execute(place.url, END_OTHERS)
            events = await receiver.until_taken(await _count(place))
            await until_row(place.url, DONE)
    assert in_order_per_lead(events)
    assert len(events) == len({event["id"] for event in events})


async def test_it_works_through_a_pgbouncer_in_transaction_mode(place: Office, pgbouncer_url: str) -> None:
    await some(place, 10, moves=1)
    async with receiving(failing(1)) as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        async with dispatching(pgbouncer_url, pgbouncer=True, terms=replace(QUICK, doubted=1000)):
            events = await receiver.until_taken(await _count(place))
            await until_row(place.url, DONE)
    assert in_order_per_lead(events)


async def test_a_secret_sealed_under_another_key_leaves_the_subscription_alone_and_says_so(place: Office) -> None:
    await some(place, 2)
    sealed = {"signing": [{"sealed": "not-ours", "ends": None, "since": "2026-01-01T00:00:00+00:00", "until": None}]}
    async with receiving() as receiver:
        await subscribe(place.url, "all", receiver.url, events=LEADS)
        await _execute(place.url, f"UPDATE subscriptions SET secrets = '{orjson.dumps(sealed).decode()}'")
        async with dispatching(place.url):
            row = await until_row(place.url, "SELECT * FROM subscription_progress WHERE failed_at IS NOT NULL")
    assert "LEAD_ROUTER_SECRET_KEY" in row["failed_why"]
    assert (row["failed"], receiver.got) == (1, [])


def test_a_receiver_knows_order_when_it_sees_it() -> None:
    one, two = ({"type": "x", "revision": n, "data": {}} for n in (1, 2))
    assert in_order_per_lead([one, one, two])
    assert not in_order_per_lead([two, one])
    assert Receiver().taken == []
