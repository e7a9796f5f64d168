"""Reps and teams are put, changed and taken away, one by one or whole, and nobody's edit is lost."""

import asyncio
from typing import Any

import httpx
import pytest
import yaml

from tests.api.conftest import TEAM
from tests.api.test_leads import route


async def test_a_rep_is_made_read_changed_and_deactivated(client: httpx.AsyncClient) -> None:
    made = await client.put("/v1/reps/cy", json={"name": "Cy Sample", "capacity": {"per_day": 2}})
    assert made.status_code == 201
    assert made.json() | {"id": "cy", "status": "active", "warnings": []} == made.json()
    again = await client.put("/v1/reps/cy", json={"name": "Cy Sample", "seniority": "senior"})
    assert (again.status_code, again.json()["capacity"]["per_day"]) == (200, None)
    patched = await client.patch("/v1/reps/cy", json={"status": "paused", "seniority": None})
    assert (patched.json()["status"], patched.json()["seniority"]) == ("paused", None)
    shown = (await client.get("/v1/reps/cy")).json()
    assert (shown["load"]["able"], shown["load"]["left_out"]) == (False, "paused")
    gone = await client.delete("/v1/reps/cy")
    assert (gone.status_code, gone.json()["status"]) == (200, "inactive")
    assert (await client.get("/v1/reps/cy")).json()["status"] == "inactive"


async def test_an_answer_can_be_sent_back(client: httpx.AsyncClient) -> None:
    made = await client.put("/v1/reps/cy", json={"name": "Cy", "covers": {"regions": []}})
    assert made.json()["warnings"]
    shown = await client.get("/v1/reps/cy")
    assert (await client.put("/v1/reps/cy", json=made.json())).headers["etag"] == shown.headers["etag"]
    assert (await client.put("/v1/reps/cy", json=shown.json())).headers["etag"] == shown.headers["etag"]


async def test_a_rep_shows_what_they_carry_and_what_keeps_them_from_more(client: httpx.AsyncClient) -> None:
    await client.patch("/v1/reps/ann", json={"capacity": {"per_day": 2, "open": 9}})
    for _ in range(4):
        await route(client, name="x")
    load = (await client.get("/v1/reps/ann")).json()["load"]
    assert load == {
        "open": 2, "per_day": 2, "per_week": 2, "per_month": 2, "able": False, "left_out": "at_cap:per_day",
        "caps": {"open": 9, "per_day": 2, "per_week": None, "per_month": None},
    }  # fmt: skip
    assert (await client.get("/v1/reps/bob")).json()["load"]["able"] is True


async def test_a_document_that_makes_no_sense_names_every_place(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/reps/cy", json={"nam": "x", "status": "gone", "capacity": {"open": -1}})
    assert answer.status_code == 422
    assert {"nam", "status", "capacity.open", "name"} <= {error["where"] for error in answer.json()["errors"]}
    assert (await client.put("/v1/reps/No Id", json={"name": "x"})).status_code == 422
    assert (await client.put("/v1/reps/cy", content=b"{")).status_code == 400
    assert (
        (await client.put("/v1/teams/t", json={"members": ["nobody"]}))
        .json()["errors"][0]["where"]
        .startswith("teams.t.members[0]")
    )
    assert (await client.put("/v1/teams/t", json={"members": [{"rep": "ann", "weight": -1}]})).status_code == 422


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    for kind in ("reps", "teams"):
        for name in ("nobody", "No%20Id", "a%00b"):
            assert (await client.get(f"/v1/{kind}/{name}")).status_code == 404
            assert (await client.patch(f"/v1/{kind}/{name}", json={"name": "x"})).status_code == 404
            assert (await client.delete(f"/v1/{kind}/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("reps/anne", 'There is no rep “anne”; did you mean "ann"?'),
        ("reps/zzzz", "There is no rep “zzzz”"),
        ("teams/evryone", 'There is no team “evryone”; did you mean "everyone"?'),
        ("sources/shpo", 'There is no source shpo; did you mean "shop"?'),
        ("subscriptions/alret", 'There is no subscription “alret”; did you mean "alert"?'),
    ],
)
async def test_an_id_that_is_none_is_told_with_the_one_that_was_meant(
    client: httpx.AsyncClient, path: str, question: str
) -> None:
    assert (await client.put("/v1/sources/shop", json={"kind": "generic"})).status_code == 201
    hook = {"kind": "hook", "settings": {"url": "http://127.0.0.1:9/"}, "events": ["lead.assigned"]}
    assert (await client.put("/v1/subscriptions/alert", json=hook)).status_code == 201
    for method in ("GET", "PATCH"):
        answer = await client.request(method, f"/v1/{path}", json=None if method == "GET" else {})
        assert (answer.status_code, answer.json()["detail"]) == (404, question), method


async def test_of_many_reps_the_one_that_was_meant_is_found_beside_the_one_that_was_written(
    client: httpx.AsyncClient,
) -> None:
    reps = {f"rep-{number:04}": {"name": "Rep Sample"} for number in range(3000)}
    assert (await client.put("/v1/roster", json={"reps": reps})).status_code == 200
    answer = await client.get("/v1/reps/rep-1234x")
    assert answer.json()["detail"] == 'There is no rep “rep-1234x”; did you mean "rep-1234"?'


async def test_an_edit_made_from_an_old_version_is_refused(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/v1/reps/ann")).headers["etag"]
    first = await client.patch("/v1/reps/ann", json={"seniority": "senior"}, headers={"If-Match": tag})
    assert first.status_code == 200
    for call in (
        client.patch("/v1/reps/ann", json={"seniority": "junior"}, headers={"If-Match": tag}),
        client.put("/v1/reps/ann", json={"name": "Ann"}, headers={"If-Match": tag}),
        client.delete("/v1/reps/ann", headers={"If-Match": tag}),
        client.put("/v1/reps/new", json={"name": "New"}, headers={"If-Match": "*"}),
        client.put("/v1/reps/ann", json={"name": "Ann"}, headers={"If-None-Match": "*"}),
        client.put("/v1/reps/ann", json={"name": "Ann"}, headers={"If-Match": "nonsense"}),
    ):
        answer = await call
        assert answer.status_code == 412
    now = first.headers["etag"]
    assert (await client.put("/v1/reps/ann", json={"name": "Ann"}, headers={"If-Match": f"W/{now}"})).status_code == 200
    assert (await client.put("/v1/reps/ann", json={"name": "A"}, headers={"If-Match": "*"})).status_code == 200


async def test_of_two_edits_from_one_version_at_once_one_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"If-Match": (await client.get("/v1/reps/ann")).headers["etag"]}
    answers = await asyncio.gather(
        *(client.patch("/v1/reps/ann", json={"seniority": f"level-{n}"}, headers=headers) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_edits_of_different_members_at_once_all_hold(client: httpx.AsyncClient) -> None:
    changes: list[dict[str, Any]] = [{"seniority": "senior"}, {"skills": ["x"]}, {"email": "a@sales.example"}]
    answers = await asyncio.gather(*(client.patch("/v1/reps/ann", json=change) for change in changes))
    assert [answer.status_code for answer in answers] == [200] * 3
    shown = (await client.get("/v1/reps/ann")).json()
    assert shown | {name: value for change in changes for name, value in change.items()} == shown


async def test_lists_are_by_id_and_filtered(client: httpx.AsyncClient) -> None:
    await client.put("/v1/reps/aa", json={"name": "Aa", "status": "paused"})
    page = (await client.get("/v1/reps?limit=2")).json()
    assert [rep["id"] for rep in page["items"]] == ["aa", "ann"]
    rest = (await client.get("/v1/reps", params={"cursor": page["next_cursor"]})).json()
    assert ([rep["id"] for rep in rest["items"]], rest["next_cursor"]) == (["bob"], None)
    for query, ids in {"status=paused": ["aa"], "team=everyone": ["ann", "bob"], "team=none": []}.items():
        assert [rep["id"] for rep in (await client.get(f"/v1/reps?{query}")).json()["items"]] == ids
    assert [team["id"] for team in (await client.get("/v1/teams")).json()["items"]] == ["everyone"]


async def test_a_team_that_the_active_policy_names_stays(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/v1/teams/everyone")
    assert (answer.status_code, answer.json()["team"]) == (409, "everyone")
    made = await client.put("/v1/teams/spare", json={"name": "Spare", "members": [{"rep": "ann", "weight": 0.5}]})
    assert (made.status_code, made.json()["members"]) == (201, [{"rep": "ann", "weight": 0.5}])
    assert (await client.patch("/v1/teams/spare", json={"members": ["bob"]})).json()["members"][0]["rep"] == "bob"
    assert (await client.delete("/v1/teams/spare")).status_code == 204
    assert (await client.get("/v1/teams/spare")).status_code == 404


async def test_a_whole_roster_is_put_tried_and_pruned(client: httpx.AsyncClient) -> None:
    document = {"reps": {"ann": {"name": "Ann New"}, "dee": {"name": "Dee"}}}
    tried = (await client.put("/v1/roster?dry_run=true", json=document)).json()
    assert [(change["id"], change["change"]) for change in tried["changes"]] == [("ann", "changed"), ("dee", "added")]
    assert tried["changes"][0]["fields"]["name"] == {"from": "Ann Sample", "to": "Ann New"}
    assert (await client.get("/v1/reps/dee")).status_code == 404
    done = (
        await client.put("/v1/roster", content=yaml.safe_dump(document), headers={"Content-Type": "application/yaml"})
    ).json()
    assert done["changes"] == tried["changes"]
    assert (await client.put("/v1/roster", json=document)).json()["changes"] == []
    pruned = await client.put("/v1/roster?prune=true", json={**document, "teams": {"everyone": {"members": ["ann"]}}})
    assert ("bob", "deactivated") in [(change["id"], change["change"]) for change in pruned.json()["changes"]]
    assert (await client.put("/v1/roster?prune=true", json=document)).status_code == 409


async def test_a_roster_is_all_or_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/roster", json={"reps": {"dee": {"name": "Dee"}, "eve": {"name": 5}}})
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "reps.eve.name")
    assert (await client.get("/v1/reps/dee")).status_code == 404


async def test_the_roster_can_be_read_and_put_back_in_both_formats(client: httpx.AsyncClient) -> None:
    whole = await client.get("/v1/roster")
    assert whole.json()["reps"].keys() == TEAM["reps"].keys()
    text = await client.get("/v1/roster", headers={"Accept": "application/yaml"})
    assert yaml.safe_load(text.text) == whole.json()
    headers = {"If-Match": whole.headers["etag"], "Content-Type": "application/yaml"}
    assert (await client.put("/v1/roster", content=text.content, headers=headers)).json()["changes"] == []


async def test_a_roster_edit_is_refused_after_a_team_was_removed_meanwhile(client: httpx.AsyncClient) -> None:
    await client.put("/v1/teams/spare", json={"members": ["ann"]})
    tag = (await client.get("/v1/roster")).headers["etag"]
    await client.delete("/v1/teams/spare")
    answer = await client.put("/v1/roster", json=TEAM, headers={"If-Match": tag})
    assert answer.status_code == 412


async def test_hours_are_patched_by_the_days_that_they_name_however_they_are_written(client: httpx.AsyncClient) -> None:
    before = {"timezone": "Asia/Shanghai", "hours": {"mon-fri": "09:00-18:00", "sat": "10:00-12:00"}}
    assert (await client.patch("/v1/reps/ann", json=before)).status_code == 200
    told = await client.patch("/v1/reps/ann", json={"hours": {"Mon,wed-fri": "10:00-17:00", "sat": None}})
    assert told.status_code == 200, told.text
    short, whole = ["10:00-17:00"], ["09:00-18:00"]
    assert told.json()["hours"] == {"mon": short, "tue": whole, "wed": short, "thu": short, "fri": short}
    wrong = await client.patch("/v1/reps/ann", json={"hours": {"mon-fri": "09:00-18:00", "wed": "10:00-12:00"}})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (422, "hours.mon-fri")


@pytest.mark.parametrize("path", ["reps/ann", "teams/everyone", "sources/shop", "subscriptions/chat"])
async def test_a_misspelt_key_is_refused_though_it_is_only_to_be_taken_away(
    client: httpx.AsyncClient, path: str
) -> None:
    await client.put("/v1/sources/shop", json={"kind": "generic"})
    hook = {"kind": "webhook", "settings": {"url": "https://hooks.example"}}
    assert (await client.put("/v1/subscriptions/chat", json=hook)).status_code == 201
    answer = await client.patch(f"/v1/{path}", json={"nmae": None})
    assert (answer.status_code, [one["where"] for one in answer.json()["errors"]]) == (422, ["nmae"]), answer.text


LEAVE = {"from": "2039-07-01", "to": "2039-07-12"}


@pytest.mark.parametrize(
    ("given", "lost"),
    [
        ({}, ["2039-07-01 – 2039-07-12"]),
        ({"time_off": [LEAVE]}, []),
        ({"time_off": [LEAVE], "timezone": "Asia/Shanghai"}, []),
        ({"time_off": [{"from": "2039-06-01", "to": "2039-12-12"}]}, []),
        ({"time_off": [{"from": "2039-07-01", "to": "2039-07-05"}, {"from": "2039-07-06", "to": "2039-07-12"}]}, []),
        (
            {"time_off": [{"from": "2039-07-03", "to": "2039-07-05"}]},
            ["2039-07-01 – 2039-07-02", "2039-07-06 – 2039-07-12"],
        ),
    ],
)
async def test_a_roster_says_which_days_of_leave_end_with_it(
    client: httpx.AsyncClient, given: dict[str, Any], lost: list[str]
) -> None:
    assert (await client.put("/v1/reps/cy", json={"name": "Cy Sample", "time_off": [LEAVE]})).status_code == 201
    told = (await client.put("/v1/roster", json={"reps": {"cy": {"name": "Cy Sample", **given}}})).json()["warnings"]
    ends = "is not in this document, and ends with it: to keep it, add it"
    assert [one["message"] for one in told] == [f"the leave {days} {ends}" for days in lost]


async def test_leave_in_a_year_that_is_over_is_taken_and_told(client: httpx.AsyncClient) -> None:
    leave = [{"from": "2020-07-01", "to": "2020-07-12"}]
    made = await client.put("/v1/reps/cy", json={"name": "Cy Sample", "time_off": leave})
    said = "the leave 2020-07-01 – 2020-07-12 is over already; is that the right year?"
    assert made.json()["warnings"] == [{"where": "reps.cy.time_off", "message": said}]
    # What is said once more is no news.
    assert (await client.patch("/v1/reps/cy", json={"name": "Cyrus Sample"})).json()["warnings"] == []
    # Whoever takes leave away from one rep sees what they do.
    coming = [{"from": "2039-07-01", "to": "2039-07-12"}]
    assert (await client.patch("/v1/reps/cy", json={"time_off": coming})).json()["time_off"] == coming
    assert (await client.patch("/v1/reps/cy", json={"time_off": []})).json()["warnings"] == []
