"""People give, put back, claim, route again and close: each is a record, told in the same shape as any answer."""

import asyncio
from typing import Any

import httpx
import pytest

from app.store import history
from tests.api.conftest import POLICY, furnish, serving
from tests.api.test_leads import route

KIM = {"X-Actor": "kim"}
NOBODY = "01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11"


async def load(client: httpx.AsyncClient, rep: str) -> int:
    return int((await client.get(f"/v1/reps/{rep}")).json()["load"]["open"])


async def test_a_lead_is_given_to_another_rep(client: httpx.AsyncClient) -> None:
    lead = await route(client, name="Wei")
    body = {"rep": "bob", "team": "everyone", "reason": "knows them"}
    answer = await client.post(f"/v1/leads/{lead['lead_id']}/assign", json=body, headers=KIM)
    assert answer.status_code == 200
    shown = answer.json()
    assert shown.keys() == lead.keys()
    assert (shown["rep"]["id"], shown["team"], shown["seq"], shown["status"]) == ("bob", "everyone", 2, "assigned")
    assert "kim" in shown["explanation"]
    assert (await load(client, "ann"), await load(client, "bob")) == (0, 1)
    record = (await client.get(f"/v1/assignments/{shown['assignment_id']}")).json()
    assert (record["kind"], record["actor"], record["note"]) == ("assigned", "kim", "knows them")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"rep": "nobody", "reason": "x"}, "rep"),
        ({"rep": "ann", "team": "none", "reason": "x"}, "team"),
        ({"rep": "No Id", "reason": "x"}, "rep"),
        ({"rep": "ann"}, "reason"),
        ({"rep": "ann", "reason": "x", "tem": "y"}, "tem"),
        ({"reason": 5}, "rep"),
    ],
)
async def test_an_assignment_that_makes_no_sense_names_the_place(
    client: httpx.AsyncClient, body: dict[str, Any], where: str
) -> None:
    lead = await route(client, name="Wei")
    answer = await client.post(f"/v1/leads/{lead['lead_id']}/assign", json=body)
    assert answer.status_code == 422
    assert where in [error["where"] for error in answer.json()["errors"]]


async def test_a_rep_or_team_that_is_none_is_told_with_the_one_that_was_meant(client: httpx.AsyncClient) -> None:
    lead = (await route(client, name="Wei"))["lead_id"]
    wrong: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("assign", {"rep": "anne", "reason": "x"}, {"rep": 'there is no rep “anne”; did you mean "ann"?'}),
        (
            "assign",
            {"rep": "ann", "team": "evryone", "reason": "x"},
            {"team": 'there is no team “evryone”; did you mean "everyone"?'},
        ),
        ("claim", {"rep": "bobb"}, {"rep": 'there is no rep “bobb”; did you mean "bob"?'}),
        ("claim", {}, {"rep": "this is needed"}),
    ]
    assert (await client.post(f"/v1/leads/{lead}/release", json={"reason": "busy"})).status_code == 200
    for act, body, told in wrong:
        answer = await client.post(f"/v1/leads/{lead}/{act}", json=body)
        assert {one["where"]: one["message"] for one in answer.json()["errors"]} == told


async def test_a_lead_goes_back_to_the_queue_and_is_claimed(client: httpx.AsyncClient) -> None:
    lead = (await route(client, name="Wei"))["lead_id"]
    released = await client.post(f"/v1/leads/{lead}/release", json={"reason": "busy"}, headers=KIM)
    assert (released.json()["status"], released.json()["rep"]) == ("queued", None)
    assert (await client.post(f"/v1/leads/{lead}/release", json={"reason": "busy"})).status_code == 409
    claimed = await client.post(f"/v1/leads/{lead}/claim", json={"rep": "bob"})
    assert (claimed.status_code, claimed.json()["rep"]["id"]) == (200, "bob")


async def test_of_forty_who_claim_a_lead_one_wins_and_the_others_are_told_who(database_url: str) -> None:
    async with serving(database_url) as one, serving(database_url) as two:
        await furnish(one)
        lead = (await route(one, source="pool"))["lead_id"]
        reps = ["ann", "bob"] * 20
        answers = await asyncio.gather(
            *(
                client.post(f"/v1/leads/{lead}/claim", json={"rep": rep})
                for client, rep in zip([one, one, two, two] * 10, reps, strict=True)
            )
        )
        won = [answer.json() for answer in answers if answer.status_code == 200]
        assert len(won) == 1
        lost = [answer.json() for answer in answers if answer.status_code == 409]
        assert len(lost) == 39
        assert {answer["winner"] for answer in lost} == {won[0]["rep"]["id"]}
        assert (await one.get(f"/v1/leads/{lead}")).json()["rep"]["id"] == won[0]["rep"]["id"]


async def test_a_lead_is_routed_again_under_the_policy_in_force(client: httpx.AsyncClient) -> None:
    lead = (await route(client, source="pool"))["lead_id"]
    await client.patch(f"/v1/leads/{lead}", json={"source": "website"})
    answer = await client.post(f"/v1/leads/{lead}/route", headers=KIM)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["rule"]) == ("assigned", "everyone-in-turn")
    kinds = [record["kind"] for record in (await client.get(f"/v1/leads/{lead}")).json()["decisions"]]
    assert kinds == ["routed", "rerouted"]


async def test_a_lead_has_the_tier_and_score_of_its_last_decision(client: httpx.AsyncClient) -> None:
    lead = (await route(client, intent="high"))["lead_id"]

    async def standing() -> tuple[object, object, object]:
        shown = (await client.get(f"/v1/leads/{lead}")).json()
        decision = shown["decisions"][-1]
        for name in ("tier", "score", "policy_version"):
            assert shown[name] == decision[name]
        return shown["tier"], shown["score"], shown["policy_version"]

    assert await standing() == ("A", 5, 1)
    # Who gives a lead by hand scores nothing anew.
    assert (await client.post(f"/v1/leads/{lead}/release", json={"reason": "busy"})).status_code == 200
    assert await standing() == ("A", 5, 1)
    flat = {name: value for name, value in POLICY.items() if name not in ("scoring", "tiers", "follow_up")}
    assert (await client.post("/v1/policies?activate=true", json=flat)).status_code == 201
    assert (await client.post(f"/v1/leads/{lead}/assign", json={"rep": "bob", "reason": "x"})).status_code == 200
    assert await standing() == ("A", 5, 2)
    assert (await client.post(f"/v1/leads/{lead}/route")).status_code == 200
    assert await standing() == (None, 0, 2)


async def test_a_lead_that_goes_on_waiting_keeps_its_place_in_the_queue(client: httpx.AsyncClient) -> None:
    first, second = [(await route(client, source="pool", name=name))["lead_id"] for name in ("Wei", "Na")]

    async def queue() -> list[str]:
        return [lead["lead_id"] for lead in (await client.get("/v1/leads?status=queued")).json()["items"]]

    async def since(lead: str) -> str:
        return str((await client.get(f"/v1/leads/{lead}")).json()["queued_at"])

    assert await queue() == [second, first]
    began = await since(first)
    answer = await client.post(f"/v1/leads/{first}/route")
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")
    assert (await since(first), await queue()) == (began, [second, first])
    # Who was with somebody in between waits anew.
    assert (await client.post(f"/v1/leads/{first}/claim", json={"rep": "ann"})).status_code == 200
    assert (await client.post(f"/v1/leads/{first}/release", json={"reason": "busy"})).status_code == 200
    assert await since(first) > began
    assert await queue() == [first, second]


async def test_a_closed_lead_is_no_load_and_stays_closed(client: httpx.AsyncClient) -> None:
    lead = (await route(client, name="Wei"))["lead_id"]
    closed = await client.post(f"/v1/leads/{lead}/close", json={"outcome": "Won"}, headers=KIM)
    assert (closed.json()["status"], closed.json()["outcome"]) == ("closed", "won")
    assert closed.json()["closed_at"] is not None
    assert await load(client, "ann") == 0
    assert (await client.post(f"/v1/leads/{lead}/close", json={"outcome": "won"})).status_code == 200
    assert (await client.post(f"/v1/leads/{lead}/close", json={"outcome": "lost"})).status_code == 409
    assert (await client.post(f"/v1/leads/{lead}/route")).status_code == 409


async def changes(client: httpx.AsyncClient, lead: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/leads/{lead}")).json()["changes"]
    return found


async def test_who_corrected_and_closed_a_lead_is_told_with_what_but_no_values(client: httpx.AsyncClient) -> None:
    lead = (await route(client, name="Wei", email="wei@factory.example"))["lead_id"]
    assert await changes(client, lead) == []
    body = {"email": "wei.sample@factory.example", "attributes": {"wechat": "wei-s"}, "Wei's dog": "Rex"}
    corrected = await client.patch(f"/v1/leads/{lead}", json=body, headers={b"X-Actor": "李雷".encode()})
    closed = await client.post(f"/v1/leads/{lead}/close", json={"outcome": "Won"}, headers=KIM)
    first, second = closed.json()["changes"]
    assert corrected.json()["changes"] == [first]
    assert await changes(client, lead) == [first, second]
    assert (first.pop("at"), second.pop("at")) == (corrected.json()["updated_at"], closed.json()["closed_at"])
    start = closed.json()["decisions"][0]["revision"]
    assert first == {
        "revision": start + 1, "kind": "corrected", "actor": "李雷", "outcome": None, "fields": ["email", "attributes"],
    }  # fmt: skip
    assert second == {"revision": start + 2, "kind": "closed", "actor": "kim", "outcome": "won", "fields": None}
    # It is the same in either language, and what changed nothing is no change.
    answer = await client.get(f"/v1/leads/{lead}", headers={"Accept-Language": "zh"})
    assert [one["actor"] for one in answer.json()["changes"]] == ["李雷", "kim"]
    assert (await client.patch(f"/v1/leads/{lead}", json=body)).status_code == 200
    assert (await client.post(f"/v1/leads/{lead}/close", json={"outcome": "won"})).status_code == 200
    assert len(await changes(client, lead)) == 2


async def test_a_lead_that_is_taken_up_again_shows_that_it_was_closed_and_by_whom(client: httpx.AsyncClient) -> None:
    lead, other = [(await route(client, name=name))["lead_id"] for name in ("Wei", "Ann")]
    for outcome in ("lost", "won"):
        assert (await client.post(f"/v1/leads/{lead}/close", json={"outcome": outcome}, headers=KIM)).status_code == 200
        given = await client.post(f"/v1/leads/{lead}/assign", json={"rep": "bob", "reason": "called back"})
        assert given.status_code == 200, given.text
    shown = (await client.get(f"/v1/leads/{lead}")).json()
    assert (shown["status"], shown["closed_at"]) == ("assigned", None)
    assert [(one["outcome"], one["actor"]) for one in shown["changes"]] == [("lost", "kim"), ("won", "kim")]
    order = sorted([*shown["decisions"], *shown["changes"]], key=lambda one: int(one["revision"]))
    assert [one["kind"] for one in order] == ["routed", "closed", "assigned", "closed", "assigned"]
    assert await changes(client, other) == []


async def test_of_very_many_changes_the_latest_are_shown(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_CHANGES", 2)
    lead = (await route(client, name="Wei"))["lead_id"]
    for field in ("city", "title", "need"):
        assert (await client.patch(f"/v1/leads/{lead}", json={field: "x"})).status_code == 200
    assert [one["fields"] for one in await changes(client, lead)] == [["title"], ["need"]]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("assign", {"rep": "ann", "reason": "x"}),
        ("release", {"reason": "x"}),
        ("claim", {"rep": "ann"}),
        ("route", {}),
        ("close", {"outcome": "won"}),
    ],
)
async def test_what_is_done_to_no_lead_is_not_found(client: httpx.AsyncClient, act: str, body: dict[str, str]) -> None:
    assert (await client.post(f"/v1/leads/{NOBODY}/{act}", json=body)).status_code == 404


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\tb"])
async def test_a_name_that_is_none_is_refused(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post(f"/v1/leads/{NOBODY}/route", headers={"X-Actor": name})
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "header.x-actor")


async def test_who_does_not_say_their_name_is_recorded_as_the_keys_holder(client: httpx.AsyncClient) -> None:
    lead = (await route(client, name="Wei"))["lead_id"]
    answer = await client.post(f"/v1/leads/{lead}/release", json={"reason": "\u0000busy"})
    record = (await client.get(f"/v1/assignments/{answer.json()['assignment_id']}")).json()
    assert record["actor"] == "admin"


async def test_what_waits_says_why_in_one_sentence_also_in_a_list(client: httpx.AsyncClient) -> None:
    assert (await client.patch("/v1/reps/ann", json={"status": "paused"})).status_code == 200
    assert (await client.patch("/v1/reps/bob", json={"status": "paused"})).status_code == 200
    waits = await route(client, name="x")
    (shown,) = (await client.get("/v1/leads?status=queued")).json()["items"]
    assert shown["explanation"] == waits["explanation"]
    assert "2 paused" in shown["explanation"]
    (said,) = (await client.get("/v1/leads?status=queued", headers={"Accept-Language": "zh"})).json()["items"]
    assert said["explanation"].startswith("目前无人可接")
    taken = await client.post(f"/v1/leads/{waits['lead_id']}/claim", json={"rep": "bob"}, headers=KIM)
    lead = (await client.get(f"/v1/leads/{waits['lead_id']}")).json()
    assert (
        lead["explanation"] == taken.json()["explanation"] == "Bob Sample claimed it from the queue (entered by kim)."
    )
