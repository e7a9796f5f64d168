"""A preview says what would be decided now, and leaves no trace of having been asked."""

from typing import Any

import httpx

from tests.api.conftest import POLICY
from tests.api.test_leads import route

LEAD: dict[str, Any] = {
    "source": "website",
    "external_id": "1",
    "email": "wei@factory.example",
    "company": "Factory Ltd",
}


async def test_a_preview_is_the_answer_without_a_record(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/decisions", json=LEAD)
    assert answer.status_code == 200
    preview = answer.json()
    assert (preview["lead_id"], preview["assignment_id"], preview["seq"]) == (None, None, None)
    assert preview["trace"]["rules"][0]["outcome"] == "assigned"
    assert (await client.get("/v1/assignments")).json()["items"] == []
    real = await route(client, **LEAD)
    same = ("status", "rep", "rule", "score", "tier", "team", "explanation", "warnings")
    assert {name: real[name] for name in same} == {name: preview[name] for name in same}


async def test_asking_a_hundred_times_moves_nobodys_turn(client: httpx.AsyncClient) -> None:
    before = (await client.post("/v1/decisions", json={"name": "x"})).json()["rep"]
    for _ in range(20):
        assert (await client.post("/v1/decisions", json={"name": "x"})).json()["rep"] == before
    assert (await route(client, name="x"))["rep"] == before


async def test_a_known_delivery_shows_its_recorded_decision(client: httpx.AsyncClient) -> None:
    real = await route(client, **LEAD)
    preview = (await client.post("/v1/decisions", json=LEAD)).json()
    assert preview["replayed"] is True
    assert (preview["lead_id"], preview["seq"]) == (real["lead_id"], real["seq"])
    assert (await client.post("/v1/decisions", json={**LEAD, "need": "else"})).status_code == 409


async def test_a_preview_knows_the_person_the_company_and_close_spellings(client: httpx.AsyncClient) -> None:
    first = (await route(client, **LEAD))["lead_id"]
    same = (await client.post("/v1/decisions", json={"email": "WEI@factory.example"})).json()
    assert same["duplicate_of"] == first
    close = (await client.post("/v1/decisions", json={"company": "Brightwater Logistics"})).json()
    assert close["trace"]["recognition"]["similar"] is None
    other = (await route(client, company="Brightwater Logistics Inc"))["lead_id"]
    close = (await client.post("/v1/decisions", json={"company": "Brightwatter Logistics"})).json()
    assert close["trace"]["recognition"]["similar"] == other


async def test_a_preview_tells_what_kept_other_rules_from_applying(client: httpx.AsyncClient) -> None:
    preview = (await client.post("/v1/decisions?explain=true", json={"name": "x", "source": "expo"})).json()["trace"]
    assert [one["rule"] for one in preview["not_applied"]] == ["to-be-claimed", "nobody-there"]
    assert preview["not_applied"][1]["failed"][0]["message"] == 'source equals nowhere, and it is "expo"'
    assert "not_applied" not in (await client.post("/v1/decisions", json={"name": "x"})).json()["trace"]
    # A known delivery is explained by the record.
    real = await route(client, **LEAD)
    known = (await client.post("/v1/decisions?explain=true", json=LEAD)).json()
    recorded = (await client.get(f"/v1/assignments/{real['assignment_id']}?explain=true")).json()
    assert known["replayed"] is True
    assert known["trace"] == recorded["trace"]
    assert len(known["trace"]["not_applied"]) == 2


async def test_another_version_can_be_tried(client: httpx.AsyncClient) -> None:
    rules = [{"name": "all to bob", "assign": {"rep": "bob"}}]
    version = (await client.post("/v1/policies", json={**POLICY, "rules": rules})).json()["version"]
    tried = (await client.post(f"/v1/decisions?policy={version}", json={"name": "x"})).json()
    assert (tried["rep"]["id"], tried["policy_version"]) == ("bob", version)
    assert (await client.post("/v1/decisions", json={"name": "x"})).json()["rep"]["id"] == "ann"
    assert (await client.post("/v1/decisions?policy=99", json={"name": "x"})).status_code == 404
    assert (await client.post("/v1/decisions?policy=99999999999999", json={"name": "x"})).status_code == 422


async def test_without_a_policy_there_is_nothing_to_show(bare: httpx.AsyncClient) -> None:
    assert (await bare.post("/v1/decisions", json={"name": "x"})).status_code == 503
