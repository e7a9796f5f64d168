"""Which records are events, and what is told of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.events.record import TYPES, event_id, place_of_id
from app.lane.hand import Assign, Close, Release, RouteAgain
from tests.events.support import Receiver, dispatching, receiving, subscribe
from tests.lane.support import ROUND_ROBIN, Office, office, team

ROSTER = team({"ann": 1, "bob": 1}, email="rep@sales.example", attributes={"language": "zh", "wecom_id": "w1"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Office]:
    async with office(database_url, roster=ROSTER) as one:
        yield one


async def told(url: str, receiver: Receiver, count: int, **document: Any) -> list[dict[str, Any]]:
    await subscribe(url, "one", receiver.url, **document)
    async with dispatching(url):
        return await receiver.until_taken(count)


async def test_what_happens_to_leads_is_told_as_what_it_is(place: Office, receiver: Receiver) -> None:
    lane = place.lanes[0]
    lead = (await place.route(name="Wei Sample", email="wei@example.com")).lead_id
    assert lead is not None
    await lane.submit(Assign(lead, "bob", None, "kim", "knows them"))
    await lane.submit(Assign(lead, "bob", None, "kim", "once more"))
    await lane.submit(Release(lead, "kim", "busy"))
    await lane.submit(RouteAgain(lead, "kim", "again"))
    await lane.submit(Close(lead, "won", "kim"))
    events = await told(place.url, receiver, 4, events=[name for name in TYPES if name.startswith("lead.")])
    assert [event["type"] for event in events] == ["lead.assigned", "lead.reassigned", "lead.queued", "lead.assigned"]
    assert [event["seq"] for event in events] == [1, 2, 4, 5]
    before = [event["data"]["previous_rep"] for event in events]
    assert [rep and rep["id"] for rep in before] == [None, "ann", "bob", None]


async def test_an_event_has_the_lead_the_decision_and_the_people(place: Office, receiver: Receiver) -> None:
    answer = await place.route(name="Wei Sample", email="wei@example.com", external_id="c-1", need="a lift")
    (event,) = await told(place.url, receiver, 1, events=["lead.assigned"], language="zh")
    data = event["data"]
    assert data["lead"]["name"] == "Wei Sample"
    assert data["decision"]["assignment_id"] == str(answer.assignment_id)
    assert data["decision"]["status"] == "assigned"
    assert data["decision"]["explanation"] == data["decision"]["explanations"]["zh"]
    assert data["decision"]["explanations"]["en"] != data["decision"]["explanations"]["zh"]
    rep = {"id": "ann", "name": "Ann", "email": "rep@sales.example", "language": "zh", "timezone": "UTC",
           "attributes": {"language": "zh", "wecom_id": "w1"}}  # fmt: skip
    assert (data["rep"], data["manager"], data["previous_rep"]) == (rep, None, None)


async def test_where_no_personal_data_may_be_told_there_is_none(place: Office, receiver: Receiver) -> None:
    lead = (await place.route(name="Wei Sample", email="wei@example.com", external_id="c-1", company="Sample")).lead_id
    assert lead is not None
    await place.lanes[0].submit(Assign(lead, "bob", None, "kim", "Wei Sample asked for Bob"))
    events = await told(place.url, receiver, 2, events=["lead.assigned", "lead.reassigned"], personal_data=False)
    for event in events:
        assert event["data"]["lead"] == {"lead_id": str(lead), "external_id": "c-1", "company": "Sample"}
        assert "Wei" not in str(event)


async def test_an_activation_and_each_rep_of_a_roster_edit_are_events(place: Office, receiver: Receiver) -> None:
    await place.edit({"reps": {"ann": {"name": "Ann", "status": "paused"}, "cai": {"name": "Cai"}}})
    events = await told(place.url, receiver, 5, events=["rep.changed", "policy.activated"])
    assert [event["type"] for event in events if event["revision"] < 4] == ["rep.changed"] * 2 + ["policy.activated"]
    (activated,) = [event["data"] for event in events if event["type"] == "policy.activated"]
    assert {**activated["policy"], "activated_at": None} == {
        "version": 1, "name": ROUND_ROBIN["name"], "activated_at": None, "actor": "tests",
    }  # fmt: skip
    edited = {event["data"]["rep"]["id"]: event["data"] for event in events[3:]}
    assert edited["ann"]["change"] == "changed"
    assert edited["ann"]["fields"]["status"] == ["active", "paused"]
    assert (edited["cai"]["change"], edited["cai"]["rep"]["name"]) == ("added", "Cai")
    assert len({event["id"] for event in events}) == 5


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"sources": ["fair"]}, {"a"}),
        ({"sources": ["fair", "web"]}, {"a", "b"}),
        ({"teams": ["nobody"]}, set()),
        ({"teams": ["everyone"]}, {"a", "b", "c"}),
        ({"reps": ["ann"]}, {"a", "c"}),
        ({"reps": ["bob"], "sources": ["web"]}, {"b"}),
        ({"tiers": ["A"]}, set()),
    ],
)
async def test_a_filter_chooses_the_leads(
    place: Office, receiver: Receiver, chosen: dict[str, list[str]], expected: set[str]
) -> None:
    for name, source in (("a", "fair"), ("b", "web"), ("c", None)):
        await place.route(external_id=name, source=source)
    await place.edit({"reps": {"zoe": {"name": "Zoe"}}})
    # The rep who comes last tells that everything before was gone through; a filter on reps leaves them out.
    types = ["lead.assigned", "rep.changed"]
    await subscribe(place.url, "last", receiver.url, events=["rep.changed"], begin=None)
    await subscribe(place.url, "one", receiver.url, events=types, filter=chosen, begin=1)
    await place.edit({"reps": {"zoe": {"name": "Zoe", "status": "paused"}}})
    async with dispatching(place.url):
        await receiver.until(lambda one: any(event["type"] == "rep.changed" for event in one.taken))
        while await place.rows("SELECT FROM subscription_progress p, lane WHERE p.revision < lane.revision"):
            pass
    assert {e["data"]["lead"]["external_id"] for e in receiver.taken if e["type"] == "lead.assigned"} == expected


async def test_a_subscription_that_begins_in_the_middle_is_told_nothing_of_before(
    place: Office, receiver: Receiver
) -> None:
    for number in range(6):
        await place.route(external_id=str(number))
    await subscribe(place.url, "middle", receiver.url, events=["lead.assigned"], begin=4)
    await subscribe(place.url, "now", receiver.url, events=["lead.assigned"], begin=None)
    await place.route(external_id="last")
    async with dispatching(place.url):
        await receiver.until(lambda one: len(one.taken) == 5)
    assert sorted(event["seq"] for event in receiver.taken) == [4, 5, 6, 7, 7]


def test_an_event_is_found_by_its_id() -> None:
    for place in ((1, 0, 2**63 - 1), (4711, 3, 0), (2**40, 0, 17)):
        assert place_of_id(event_id(*place)) == place
    for wrong in ("", "evt_", "evt_1", "evt_1_x", "evt_01_1", "evt_1_F", "evt_1_1_0", "evt_-1_1", "1_1", "evt_1_1_1_1"):
        assert place_of_id(wrong) is None
