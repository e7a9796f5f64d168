"""A lead goes in, a rep comes out; the same delivery is answered the same; and what is known of it can be corrected."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.conftest import furnish, serving

LEAD = {"source": "website", "external_id": "1", "name": "Wei", "email": "wei@factory.example", "intent": "high"}


async def route(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/leads", json=fields)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_lead_is_answered_with_its_rep_and_the_reason(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/leads", json=LEAD)
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["status"] == "assigned"
    assert shown["rep"] == {"id": "ann", "name": "Ann Sample", "email": "ann@sales.example"}
    assert (shown["seq"], shown["score"], shown["tier"], shown["rule"]) == (1, 5, "A", "everyone-in-turn")
    assert (shown["team"], shown["policy_version"], shown["replayed"]) == ("everyone", 1, False)
    assert shown["duplicate_of"] is None
    assert shown["first_contact_due"] > shown["assigned_at"]
    assert shown["explanation"].startswith("Rule “everyone in turn” gave it to Ann Sample")
    assert "trace" not in shown


async def test_the_trace_is_there_if_it_is_asked_for_and_chinese_too(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/leads?trace=true", json=LEAD, headers={"Accept-Language": "zh-CN"})
    assert answer.json()["trace"]["rules"][0]["ranked_count"] == 2
    assert answer.json()["explanation"].startswith("规则“everyone in turn”将线索分配给")


async def test_the_same_delivery_again_is_the_recorded_answer_but_for_replayed(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/leads", json=LEAD)
    await client.post(f"/v1/leads/{first.json()['lead_id']}/release", json={"reason": "elsewhere"})
    again = await client.post("/v1/leads", json=dict(reversed(LEAD.items())))
    assert again.status_code == 200
    assert again.json() == {**first.json(), "replayed": True}


async def test_many_leads_that_are_sent_as_one_are_told_where_they_go(client: httpx.AsyncClient) -> None:
    for path in ("leads", "decisions"):
        for leads in ([], [{"name": "Wei Sample"}]):
            answer = await client.post(f"/v1/{path}", json=leads)
            wanted = "a JSON object is wanted, this is an array: send many leads to /v1/leads/bulk"
            assert (answer.status_code, answer.json()["detail"]) == (400, wanted)
        assert "bulk" not in (await client.post(f"/v1/{path}", json="[Wei]")).json()["detail"]


async def test_the_same_key_with_another_body_is_a_conflict_that_names_the_lead(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = await client.post("/v1/leads", json={"name": "Wei"}, headers=headers)
    other = await client.post("/v1/leads", json={"name": "Ann"}, headers=headers)
    assert other.status_code == 409
    assert other.json()["lead_id"] == first.json()["lead_id"]
    assert (await client.post("/v1/leads", json={"name": "Wei"}, headers=headers)).status_code == 200


async def test_fifty_clients_with_one_delivery_get_one_lead_one_201_and_49_times_200(database_url: str) -> None:
    async with serving(database_url) as one, serving(database_url) as two:
        await furnish(one)
        answers = await asyncio.gather(*(client.post("/v1/leads", json=LEAD) for client in [one, two] * 25))
        assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
        assert len({str({**answer.json(), "replayed": None}) for answer in answers}) == 1
        history = (await one.get("/v1/assignments")).json()["items"]
    assert [record["seq"] for record in history] == [1]


async def test_without_a_policy_a_lead_is_told_to_come_back(bare: httpx.AsyncClient) -> None:
    answer = await bare.post("/v1/leads", json=LEAD)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:lead-router:problem:no-policy")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_lead_shows_its_facts_where_it_stands_and_its_decisions_oldest_first(client: httpx.AsyncClient) -> None:
    lead = (await route(client, **LEAD, city="苏州", country="中国", budget="50万"))["lead_id"]
    await client.post(f"/v1/leads/{lead}/release", json={"reason": "too far"}, headers={b"X-Actor": "李雷".encode()})
    shown = (await client.get(f"/v1/leads/{lead}")).json()
    assert (shown["status"], shown["reason"], shown["rep"]) == ("queued", "released", None)
    assert shown["waiting_seconds"] >= 0
    assert shown["facts"] | {"country": "CN", "city": "苏州", "name": "Wei", "budget": 500_000} == shown["facts"]
    assert shown["region"].startswith("CN-JS")
    assert [(d["kind"], d["seq"]) for d in shown["decisions"]] == [("routed", 1), ("released", 2)]
    assert (shown["decisions"][1]["actor"], shown["decisions"][1]["note"]) == ("李雷", "too far")


async def test_a_lead_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    for call in (client.get, client.patch):
        extra: dict[str, Any] = {"json": {"name": "x"}} if call == client.patch else {}
        answer = await call("/v1/leads/01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11", **extra)
        assert answer.status_code == 404
    assert (await client.get("/v1/leads/not-an-id")).json()["errors"][0]["where"] == "path.lead_id"


async def test_what_waits_is_listed_with_why_and_how_long(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await route(client, name=f"Lead {number}", source="pool")
    await route(client, name="Assigned")
    page = (await client.get("/v1/leads?status=queued&team=everyone&reason=claim&limit=3")).json()
    assert [lead["facts"]["name"] for lead in page["items"]] == ["Lead 4", "Lead 3", "Lead 2"]
    assert all(lead["waiting_seconds"] >= 0 for lead in page["items"])
    rest = (await client.get("/v1/leads", params={"status": "queued", "cursor": page["next_cursor"]})).json()
    assert [lead["facts"]["name"] for lead in rest["items"]] == ["Lead 1", "Lead 0"]
    assert rest["next_cursor"] is None


async def test_leads_are_found_by_rep_source_text_and_time(client: httpx.AsyncClient) -> None:
    await route(client, name="100% Ann_Sample", source="Expo")
    await route(client, name="1000 Others")
    for query in ("rep=ann", "source=expo", "q=100%25 ann_", "q=ann_s", "from=2020-01-01&rep=ann"):
        items = (await client.get(f"/v1/leads?{query}")).json()["items"]
        assert [lead["facts"]["name"] for lead in items] == ["100% Ann_Sample"], query
    assert (await client.get("/v1/leads?to=2020-01-01T00:00:00Z")).json()["items"] == []


async def test_pages_go_on_where_the_last_one_ended(client: httpx.AsyncClient) -> None:
    made = [(await route(client, name=str(number)))["lead_id"] for number in range(7)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get("/v1/leads?limit=3" + (f"&cursor={cursor}" if cursor else ""))).json()
        seen += [lead["lead_id"] for lead in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]


async def test_a_correction_changes_facts_and_never_routes(client: httpx.AsyncClient) -> None:
    lead = (await route(client, **LEAD, city="Suzhou", country="CN", shoe_size=44))["lead_id"]
    answer = await client.patch(f"/v1/leads/{lead}", json={"city": "Berlin", "intent": None, "hat": "M"})
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["facts"]["country"] == "DE"
    assert "intent" not in shown["facts"]
    assert shown["facts"]["attributes"] == {"shoe_size": 44, "hat": "M"}
    assert {warning["field"] for warning in shown["warnings"]} == {"shoe_size", "hat"}
    assert len(shown["decisions"]) == 1
    assert (shown["status"], shown["rep"]["id"]) == ("assigned", "ann")


async def test_two_corrections_at_once_both_hold(client: httpx.AsyncClient) -> None:
    lead = (await route(client, **LEAD))["lead_id"]
    fields = [{"need": "chairs"}, {"title": "CTO"}, {"campaign": "spring"}, {"postal_code": "210000"}]
    await asyncio.gather(*(client.patch(f"/v1/leads/{lead}", json=one) for one in fields))
    facts = (await client.get(f"/v1/leads/{lead}")).json()["facts"]
    assert facts | {name: value for one in fields for name, value in one.items()} == facts


async def test_a_corrected_number_is_recognised_from_then_on(client: httpx.AsyncClient) -> None:
    lead = (await route(client, name="Wei", country="CN"))["lead_id"]
    await client.patch(f"/v1/leads/{lead}", json={"phone": "138 0013 8000"})
    assert (await route(client, name="Wei", phone="+86 138 0013 8000"))["duplicate_of"] == lead


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"lead"', 400),
        (b"[" * 10_000, 400),
        (b"\xff\xfe", 400),
        (b'{"name": NaN}', 400),
        (b'{"a": "' + b"x" * 1024 * 1024 + b'"}', 413),
        (b'{"name": "\\u0000\\ud800", "budget": 1e400, "employees": 99999999999999999999999}', 201),
        (b'{"name": "' + "\u202eabc\U0001f600".encode() + b'", "x": "' + b"y" * 500_000 + b'"}', 201),
        (
            b'{"phone": ["a"], "email": 5, "source": {}, "attributes": 1, "do_not_contact": "maybe", "language": []}',
            201,
        ),
    ],
)
async def test_whatever_is_posted_is_decided_or_clearly_refused(
    client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    answer = await client.post("/v1/leads", content=body)
    assert answer.status_code == status, answer.text
    if status != 201:
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        assert (await client.get(f"/v1/leads/{answer.json()['lead_id']}")).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<lead><name>Ann</name></lead>", "application/xml"),
        (b"name=Ann&email=ann@factory.example", "application/x-www-form-urlencoded"),
        (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnn\r\n--x--', "multipart/form-data; boundary=x"),
    ],
)
async def test_what_was_never_meant_as_json_is_told_where_it_goes(
    client: httpx.AsyncClient, body: bytes, kind: str
) -> None:
    for path in ("/v1/leads", "/v1/decisions"):
        answer = await client.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400
        assert "Send JSON, with “Content-Type: application/json”" in answer.json()["detail"]
        assert "POST /v1/webhooks/{source}" in answer.json()["detail"]
    # What is JSON but for a slip is told where the slip is, and nothing else.
    slip = await client.post("/v1/leads", content=b'{"name": }')
    assert "Content-Type" not in slip.json()["detail"]


async def test_what_is_too_large_is_told_what_to_do_where_it_came(client: httpx.AsyncClient) -> None:
    large = b'{"need": "' + b"x" * 1024 * 1024 + b'"}'
    await client.put("/v1/sources/website", json={"kind": "form"})
    secret = (await client.put("/v1/sources/shop", json={"kind": "generic"})).json()["secret"]
    lead = await client.post("/v1/leads", content=large)
    hook = await client.post("/v1/webhooks/shop", content=large, headers={"X-Webhook-Secret": secret})
    form = await client.post("/v1/forms/website", content=large, headers={"Content-Type": "application/json"})
    assert {lead.status_code, hook.status_code, form.status_code} == {413}
    assert "/v1/leads/bulk" in lead.json()["detail"]
    for answer in (hook, form):
        said = answer.json()["detail"]
        assert "1048576" in said
        assert said.endswith("the setting LEAD_ROUTER_BODY_LIMIT raises that")
        assert "bulk" not in said


async def test_a_body_that_never_says_its_length_is_refused_once_it_is_too_long(client: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        yield b'{"name": "'
        for _ in range(40):
            yield b"x" * 65536

    assert (await client.post("/v1/leads", content=endless())).status_code == 413
