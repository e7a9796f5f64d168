"""Decisions are made one after another, in order, by however many lanes."""

from collections import Counter
from datetime import timedelta

import orjson
import pytest

from app.engine.decision import Decision, Status
from app.errors import Conflict, NoPolicy
from app.lane.limits import Limits
from tests.lane.support import ROUND_ROBIN, all_of, office, team


async def test_a_lead_goes_to_the_one_rep_there_is_and_the_record_says_why(database_url: str) -> None:
    async with office(database_url, roster=team({"ann": 1})) as place:
        answer = await place.route(external_id="1", source="web", email="a@example.com")
        assert answer.decision.rep is not None
        assert (answer.seq, answer.decision.rep.id, answer.decision.rule) == (1, "ann", "everyone-in-turn")
        (record,) = await place.rows("SELECT * FROM assignments")
        assert record["id"] == answer.assignment_id
        assert Decision.from_document(orjson.loads(record["decision"])) == answer.decision


async def test_without_a_policy_nothing_is_taken(database_url: str) -> None:
    async with office(database_url, roster=team({"ann": 1}), policy=None) as place:
        with pytest.raises(NoPolicy):
            await place.route()
        assert await place.rows("SELECT * FROM leads") == []


async def test_leads_over_four_lanes_differ_by_at_most_one(database_url: str) -> None:
    reps = dict.fromkeys("abcdefg", 1.0)
    async with office(database_url, roster=team(reps), lanes=4) as place:
        for _ in range(10):
            await all_of(*(place.route(number) for number in range(200)))
        rows = await place.rows("SELECT seq, revision, rep_id FROM assignments ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1, 2001))
    served = Counter(row["rep_id"] for row in rows)
    assert max(served.values()) - min(served.values()) <= 1


async def test_every_rep_is_less_than_one_lead_from_its_weighted_share_at_every_seq(database_url: str) -> None:
    weights = {"a": 5.0, "b": 3.0, "c": 1.0, "d": 1.0}
    async with office(database_url, roster=team(weights), lanes=2) as place:
        await all_of(*(place.route(number) for number in range(500)))
        rows = await place.rows("SELECT rep_id FROM assignments ORDER BY seq")
    served: Counter[str] = Counter()
    for number, row in enumerate(rows, 1):
        served[row["rep_id"]] += 1
        for rep, weight in weights.items():
            assert abs(served[rep] - number * weight / 10) < 1


async def test_a_cap_of_a_hundred_ends_at_exactly_a_hundred(database_url: str) -> None:
    roster = team({"a": 1, "b": 1}, capacity={"per_day": 50})
    async with office(database_url, roster=roster, lanes=4) as place:
        answers = await all_of(*(place.route(number) for number in range(150)))
    outcomes = Counter(answer.decision.status for answer in answers)
    assert outcomes == {Status.ASSIGNED: 100, Status.QUEUED: 50}


async def test_the_same_delivery_fifty_times_at_once_is_one_lead_and_one_assignment(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1}), lanes=4) as place:
        answers = await all_of(*(place.route(n, source="web", external_id="x") for n in range(50)))
        assert len({answer.lead_id for answer in answers}) == 1
        assert Counter(answer.replayed for answer in answers) == {False: 1, True: 49}
        assert all(answer.decision == answers[0].decision for answer in answers)
        (count,) = await place.rows("SELECT (SELECT count(*) FROM leads) l, (SELECT count(*) FROM assignments) a")
        assert tuple(count) == (1, 1)


async def test_the_same_key_with_another_body_is_refused_and_names_the_lead(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        first = await place.route(key="k", need="one")
        with pytest.raises(Conflict) as refused:
            await place.route(key="k", need="two")
        assert refused.value.members["lead_id"] == str(first.lead_id)


async def test_a_known_company_stays_with_its_rep(database_url: str) -> None:
    policy = {"name": "p", "rules": [{"name": "known", "assign": "owner"}, *ROUND_ROBIN["rules"]]}
    async with office(database_url, roster=team({"a": 1, "b": 1, "c": 1}), policy=policy) as place:
        first = await place.route(company="Acme Ltd", company_key="acme", company_block="acme", email="x@acme.example")
        again = [
            await place.route(n, company="ACME", company_key="acme", company_block="acme", email=f"{n}@acme.example")
            for n in range(5)
        ]
    assert {answer.decision.rep and answer.decision.rep.id for answer in again} == {
        first.decision.rep and first.decision.rep.id
    }


async def test_those_who_are_decided_together_recognise_each_other(database_url: str) -> None:
    policy = {"name": "p", "rules": [{"name": "known", "assign": "owner"}, *ROUND_ROBIN["rules"]]}
    async with office(database_url, roster=team({"a": 1, "b": 1, "c": 1}), policy=policy) as place:
        answers = await all_of(*(place.route(email="mei@example.com", need=str(n)) for n in range(6)))
    assert len({answer.decision.decided_at for answer in answers}) == 1
    assert len({answer.decision.rep and answer.decision.rep.id for answer in answers}) == 1


async def test_a_key_is_free_again_when_its_time_has_passed(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        first = await place.route(key="k", need="one")
        (kept,) = await place.rows("SELECT expires_at - created_at AS kept FROM deliveries")
        assert kept["kept"] == timedelta(days=30)
        await place.rows("UPDATE deliveries SET expires_at = now() RETURNING key")
        second = await place.route(key="k", need="two")
        assert second.lead_id != first.lead_id
        assert not second.replayed
        again = await place.route(key="k", need="two")
        assert (again.lead_id, again.replayed) == (second.lead_id, True)


async def test_the_lane_keeps_the_time_of_its_last_decision(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        answer = await place.route()
        (lane,) = await place.rows("SELECT time FROM lane")
    assert lane["time"] == answer.decision.decided_at


async def test_bulk_keeps_its_quarter_of_each_batch_however_many_others_wait(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1}), limits=Limits(batch_leads=8, batch_seconds=60)) as place:
        waiting = [place.route() for _ in range(40)]
        answers = await all_of(*(place.route(line="bulk") for _ in range(8)), *waiting)
    assert sorted(answer.seq or 0 for answer in answers[:8]) == [7, 8, 15, 16, 23, 24, 31, 32]
