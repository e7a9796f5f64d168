"""What each rotation owes whom can be read, and adds up: after any number of leads, edits, and leads given by hand."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app.engine.rotation import CROWD_ABOVE
from app.routers import rotations
from tests.api.conftest import POLICY, TEAM
from tests.api.test_leads import route

ALL = {"name": "everyone in turn", "assign": {"team": "everyone"}}


async def shown(client: httpx.AsyncClient, rotation: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/rotations/{quote(rotation)}")
    assert answer.status_code == 200, answer.text
    one: dict[str, Any] = answer.json()
    assert sum(member["credit"] for member in one["members"]) == pytest.approx(0, abs=0.0001 * len(one["members"]))
    assert one["furthest"] == max((abs(member["credit"]) for member in one["members"]), default=0)
    return one


async def furnished(client: httpx.AsyncClient, reps: int, **changed: Any) -> list[str]:
    """A roster of so many equal reps on one team, and a policy whose one rule gives to them in turn."""
    names = [f"rep-{number:03}" for number in range(reps)]
    roster = {"reps": {name: {"name": f"{name} Sample"} for name in names}, "teams": {"everyone": {"members": names}}}
    assert (await client.put("/v1/roster", json=roster)).status_code == 200
    stored = await client.post("/v1/policies?activate=true", json={"rules": [{**ALL, **changed}]})
    assert stored.status_code == 201, stored.text
    return names


async def test_a_rotation_shows_what_it_owes_and_what_uses_it(client: httpx.AsyncClient) -> None:
    before = await shown(client, "team:everyone")
    assert {member["credit"] for member in before["members"]} == {0}
    await route(client, name="x")
    after = await shown(client, "team:everyone")
    assert after["members"] == [
        {"rep": "ann", "name": "Ann Sample", "weight": 1, "credit": -0.5},
        {"rep": "bob", "name": "Bob Sample", "weight": 1, "credit": 0.5},
    ]
    assert (after["furthest"], after["revision"]) == (0.5, before["revision"] + 1)
    assert after["used_by"] == [
        {"kind": "team", "id": "everyone", "name": "Everyone"},
        {"kind": "rule", "id": "everyone-in-turn", "name": "everyone in turn"},
    ]
    await route(client, name="x")
    assert [member["credit"] for member in (await shown(client, "team:everyone"))["members"]] == [0, 0]


@pytest.mark.parametrize("reps", [7, CROWD_ABOVE + 6])
async def test_after_each_lead_to_equals_nobody_is_a_lead_from_their_share(bare: httpx.AsyncClient, reps: int) -> None:
    names = await furnished(bare, reps)
    for number in range(1, 25):
        await route(bare, name="x")
        one = await shown(bare, "team:everyone")
        assert [member["rep"] for member in one["members"]] == names
        assert 0 <= one["furthest"] < 1
        served = [member["credit"] for member in one["members"] if member["credit"] < number / reps - 0.0001]
        assert len(served) == min(number, reps)


async def test_weights_are_shown_as_they_are_written(bare: httpx.AsyncClient) -> None:
    await furnished(bare, 2)
    members = [{"rep": "rep-000", "weight": 2}, {"rep": "rep-001", "weight": 0.5}]
    assert (await bare.patch("/v1/teams/everyone", json={"members": members})).status_code == 200
    for number in range(10):
        await route(bare, name="x")
        one = await shown(bare, "team:everyone")
        assert [(member["rep"], member["weight"]) for member in one["members"]] == [("rep-000", 2), ("rep-001", 0.5)]
        assert one["furthest"] < 1, number


async def test_a_lead_that_is_given_by_hand_in_the_teams_name_is_a_turn(client: httpx.AsyncClient) -> None:
    lead = (await route(client, name="x"))["lead_id"]
    body = {"rep": "bob", "team": "everyone", "reason": "knows them"}
    assert (await client.post(f"/v1/leads/{lead}/assign", json=body)).status_code == 200
    assert [member["credit"] for member in (await shown(client, "team:everyone"))["members"]] == [0.5, -0.5]


async def test_who_leaves_is_in_no_rotation_and_what_they_were_owed_is_the_others(bare: httpx.AsyncClient) -> None:
    await furnished(bare, 3)
    for _ in range(5):
        await route(bare, name="x")
    assert len((await shown(bare, "team:everyone"))["members"]) == 3
    assert (await bare.delete("/v1/reps/rep-000")).status_code == 200
    left = (await shown(bare, "team:everyone"))["members"]
    # The third of a lead that they were ahead by is the others' to wait for, half each.
    assert [(member["rep"], member["credit"]) for member in left] == [("rep-001", -0.5), ("rep-002", 0.5)]


async def test_each_kind_of_rotation_goes_by_its_id_and_one_that_nothing_uses_stays(bare: httpx.AsyncClient) -> None:
    team = {"name": "everyone", "assign": {"team": "everyone"}}
    rules: list[dict[str, Any]] = [
        {"name": "华东", "when": {"source": "expo"}, "assign": {"reps": {}}},
        {"name": "one", "when": {"source": "web"}, "assign": {"reps": {}}, "rotation": "shared"},
        {"name": "two", "when": {"source": "mail"}, "assign": {"reps": {}}, "rotation": "shared"},
        {"name": "no turns", "when": {"source": "load"}, "assign": {"reps": {}, "by": "least_loaded"}},
        team,
    ]
    assert (await bare.get("/v1/rotations")).json() == {"items": [], "next_cursor": None}
    assert (await bare.put("/v1/roster", json=TEAM)).status_code == 200
    assert (await bare.post("/v1/policies?activate=true", json={"rules": rules})).status_code == 201
    for source in ("expo", "web", "mail", "load"):
        await route(bare, name="x", source=source)
    items = (await bare.get("/v1/rotations")).json()["items"]
    assert [one["id"] for one in items] == ["named:shared", "rule:华东", "team:everyone"]
    assert [[use["id"] for use in one["used_by"]] for one in items] == [["one", "two"], ["华东"], ["everyone"] * 2]
    assert [member["weight"] for member in items[0]["members"]] == [None, None]
    for one in items:
        assert await shown(bare, one["id"]) == one
    assert (await bare.post("/v1/policies?activate=true", json={"rules": [team]})).status_code == 201
    left = (await bare.get("/v1/rotations")).json()["items"]
    assert [(one["id"], one["used_by"]) for one in left[:2]] == [("named:shared", []), ("rule:华东", [])]
    assert [one["members"] for one in left] == [one["members"] for one in items]


async def test_pages_go_on_where_the_one_before_ended_however_long_ids_are(
    bare: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["销" * 199 + last for last in "一三二"]
    rules = [{"name": name, "when": {"source": name[-1]}, "assign": {"reps": {}}} for name in names]
    assert (await bare.put("/v1/roster", json=TEAM)).status_code == 200
    stored = await bare.post("/v1/policies?activate=true", json={**POLICY, "rules": rules})
    assert stored.status_code == 201, stored.text

    async def paged(**asked: int) -> list[list[str]]:
        found, cursor = [], None
        while True:
            query = {**asked, **({} if cursor is None else {"cursor": cursor})}
            answer = await bare.get("/v1/rotations", params=query)
            assert answer.status_code == 200, answer.text
            found.append([one["id"] for one in answer.json()["items"]])
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                return found

    (whole,) = await paged()
    assert whole == sorted([*(f"rule:{name}" for name in names), "team:everyone"])
    assert await paged(limit=2) == [whole[:2], whole[2:]]
    await route(bare, name="x", source="三")
    monkeypatch.setattr(rotations, "MOST_MEMBERS", 2)
    (at,) = [number for number, one in enumerate(whole, 1) if one.endswith("三")]
    assert await paged() == [whole[:at], whole[at:]]


async def test_an_id_that_is_none_is_told_with_the_one_that_was_meant(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/rotations/team:evryone")
    told = 'There is no rotation “team:evryone”; did you mean "team:everyone"?'
    assert (answer.status_code, answer.json()["detail"]) == (404, told)
    chinese = await client.get("/v1/rotations/team:evryone", headers={"Accept-Language": "zh"})
    assert chinese.json()["detail"] == "没有轮转“team:evryone”；是否想写“team:everyone”？"
    for name in ("nothing-like-it", "a%00b", "team:"):
        assert (await client.get(f"/v1/rotations/{name}")).status_code == 404


async def test_who_may_read_the_roster_may_read_what_it_is_owed(client: httpx.AsyncClient) -> None:
    for scope, status in {"leads:write": 403, "leads:read": 200, "history:read": 200, "roster:write": 200}.items():
        key = (await client.post("/v1/keys", json={"name": scope, "scopes": [scope]})).json()["key"]
        for path in ("/v1/rotations", "/v1/rotations/team:everyone"):
            answer = await client.get(path, headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == status, (scope, path)
