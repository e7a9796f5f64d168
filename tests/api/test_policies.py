"""A policy is checked whole, stored as a version that never changes, activated, and read again as it was given."""

import json
from typing import Any

import httpx
import pytest
import yaml

from app.store import database
from tests.api.conftest import POLICY, TEAM
from tests.api.test_leads import route

TEXT = """\
# comments stay
name: from yaml
rules:
  - {name: all to bob, assign: {rep: bob}}
"""
YAML = {"Content-Type": "application/yaml"}


async def test_a_version_is_stored_activated_and_used(client: httpx.AsyncClient) -> None:
    stored = await client.post("/v1/policies", content=TEXT, headers={**YAML, "X-Actor": "kim"})
    assert (stored.status_code, stored.json()["version"], stored.json()["active"]) == (201, 2, False)
    assert stored.headers["location"] == "/v1/policies/2"
    assert (await route(client, name="x"))["policy_version"] == 1
    activated = await client.post("/v1/policies/2/activate")
    assert activated.json()["active"] is True
    lead = await route(client, name="x")
    assert (lead["policy_version"], lead["rep"]["id"]) == (2, "bob")
    listed = (await client.get("/v1/policies")).json()["items"]
    assert [(one["version"], one["name"], one["active"]) for one in listed] == [
        (2, "from yaml", True),
        (1, "turns", False),
    ]
    assert listed[0]["created_by"] == "kim"


async def test_a_version_is_read_as_it_was_given(client: httpx.AsyncClient) -> None:
    await client.post("/v1/policies?activate=true", content=TEXT, headers=YAML)
    for address in ("/v1/policies/2", "/v1/policies/active"):
        assert (await client.get(address, headers={"Accept": "application/yaml"})).text == TEXT
        shown = (await client.get(address)).json()
        assert (shown["source"], shown["format"], shown["document"]["name"]) == (TEXT, "yaml", "from yaml")
    assert (await client.get("/v1/policies/1")).json()["document"] == POLICY


async def test_who_asks_for_yaml_gets_yaml_also_of_what_was_given_as_json(client: httpx.AsyncClient) -> None:
    given = json.dumps({**POLICY, "name": "turns 🙂"})
    assert "\\ud83d" in given  # what JSON may write so, YAML cannot read
    await client.post("/v1/policies", content=given, headers={"Content-Type": "application/json"})
    answer = await client.get("/v1/policies/2", headers={"Accept": "application/yaml"})
    assert answer.headers["content-type"].startswith("application/yaml")
    assert yaml.safe_load(answer.text) == {**POLICY, "name": "turns 🙂"}


@pytest.mark.parametrize(("path", "name"), [("policies", "policy"), ("roster", "roster"), ("reps/ann", "rep")])
async def test_yaml_that_is_sent_as_something_else_is_told_how_it_is_sent(
    client: httpx.AsyncClient, path: str, name: str
) -> None:
    method = "POST" if path == "policies" else "PUT"

    async def told(content: str, kind: str | None) -> str:
        headers = {} if kind is None else {"Content-Type": kind}
        answer = await client.request(method, f"/v1/{path}", content=content.encode(), headers=headers)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["detail"])

    wanted = f"curl: --data-binary @{name}.yaml"
    assert wanted in await told(TEXT, "application/json")
    assert "“Content-Type: application/yaml”" in await told(TEXT, "application/json")
    for broken in ('{"name": ', '["a" ', ""):
        assert "yaml" not in await told(broken, "application/json")
    joined = [TEXT.replace("\n", ""), "".join(TEXT.splitlines()[1:]), "name:x"]  # what curl -d makes of a file
    for text in joined:
        for kind in ("application/x-www-form-urlencoded", None):
            assert f"curl --data-binary @{name}.yaml -H 'Content-Type: application/yaml'" in await told(text, kind)
    assert "--data-binary" not in await told("a: 1\n b: 2\n", "application/x-www-form-urlencoded")
    assert "--data-binary" not in await told("a: b: c", "application/yaml")


async def test_what_is_only_checked_is_not_stored(client: httpx.AsyncClient) -> None:
    await client.put("/v1/teams/empty", json={"members": []})
    document = {"rules": [{"name": "x", "assign": {"team": "empty"}}]}
    checked = await client.post("/v1/policies?dry_run=true", json=document)
    assert (checked.status_code, checked.json()["version"]) == (200, None)
    assert checked.json()["findings"][0]["where"].startswith("rules[0]")
    assert len((await client.get("/v1/policies")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"rules": [{"name": "x", "assign": {"team": "evryone"}}]}, "rules[0].assign.team"),
        ({"rules": [{"name": "x", "when": {"budgett": 1}, "assign": {"team": "everyone"}}]}, "rules[0].when.budgett"),
        ({"name": "no rules"}, "rules"),
        ([], ""),
        ("text", ""),
    ],
)
async def test_a_policy_that_makes_no_sense_names_the_places(
    client: httpx.AsyncClient, document: Any, where: str
) -> None:
    answer = await client.post("/v1/policies", json=document)
    assert answer.status_code == 422, answer.text
    assert where in [error["where"] for error in answer.json()["errors"]]


async def test_what_is_no_document_says_where_it_goes_wrong(client: httpx.AsyncClient) -> None:
    for content, headers in ((b"a: [1", YAML), (b"{", {"Content-Type": "application/json"}), (b"", {}), (b"\xff", {})):
        answer = await client.post("/v1/policies", content=content, headers=headers)
        assert answer.status_code == 400, content
        assert answer.json()["errors"][0]["where"].startswith("policy")
    assert (await client.post("/v1/policies", content=b"#" * 2_000_000, headers=YAML)).status_code == 413


async def test_versions_that_are_not_there_are_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/policies/99")).status_code == 404
    assert (await client.post("/v1/policies/99/activate")).status_code == 404
    assert (await client.get("/v1/policies/99999999999999999999")).status_code == 422
    assert (await client.get("/v1/policies/latest")).status_code == 422


async def test_before_the_first_policy_none_is_active(bare: httpx.AsyncClient) -> None:
    assert (await bare.get("/v1/policies/active")).status_code == 404
    assert (await bare.get("/v1/policies")).json() == {"items": [], "next_cursor": None}


async def test_a_version_whose_team_is_gone_is_not_activated(client: httpx.AsyncClient) -> None:
    await client.put("/v1/teams/spare", json={"members": ["ann"]})
    version = (await client.post("/v1/policies", json={"rules": [{"name": "x", "assign": {"team": "spare"}}]})).json()[
        "version"
    ]
    await client.delete("/v1/teams/spare")
    answer = await client.post(f"/v1/policies/{version}/activate")
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "rules[0].assign.team")


async def test_many_versions_come_in_pages(bare: httpx.AsyncClient, database_url: str) -> None:
    await bare.put("/v1/roster", json=TEAM)
    connection = await database.parse(database_url).connect()
    await connection.execute(
        "INSERT INTO policies SELECT n, 'p', 'json', '{}', '{}', '[]', now(), 'kim' FROM generate_series(1, 7) n"
    )
    await connection.close()
    page = (await bare.get("/v1/policies?limit=5")).json()
    assert [one["version"] for one in page["items"]] == [7, 6, 5, 4, 3]
    assert page["items"][0]["active"] is False
    rest = (await bare.get("/v1/policies", params={"cursor": page["next_cursor"]})).json()
    assert [one["version"] for one in rest["items"]] == [2, 1]


async def test_a_misspelt_city_is_told_with_the_one_that_was_meant(client: httpx.AsyncClient) -> None:
    rules = [{"name": "x", "when": {"region": "CN-JS.suzhu"}, "assign": {"rep": "ann"}}, *POLICY["rules"]]
    stored = await client.post("/v1/policies", json={**POLICY, "rules": rules})
    assert stored.status_code == 201, stored.text
    (found,) = [one for one in stored.json()["findings"] if one["code"] == "unknown_place"]
    assert (found["where"], '"CN-JS.suzhou"' in found["message"]) == ("rules[0].when", True)
    edited = await client.patch("/v1/reps/bob", json={"covers": {"regions": ["CN-JS.suzhu"]}})
    assert [one["where"] for one in edited.json()["warnings"]] == ["reps.bob.covers.regions"]


async def test_a_small_document_that_stands_for_a_huge_one_is_refused(client: httpx.AsyncClient) -> None:
    text = f"name: huge\ndescription: &a {'x' * 9_900}\nrules: [{{when: {{all: [{', '.join(['*a'] * 40_000)}]}}}}]\n"
    answer = await client.post("/v1/policies", content=text, headers=YAML)
    assert answer.status_code == 400
    (place,) = answer.json()["errors"]
    assert place["where"].startswith("policy, line 3, column ")
    assert "aliases stand for more than 1,000,000 characters" in place["message"]
