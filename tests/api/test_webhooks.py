"""Other systems tell of leads: what is genuine is routed once, what is not is refused, and nothing is lost."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from app.doors.driving import AT_ONCE, LEASE, WAITS, Drives
from app.intake.normalise import FIELDS
from app.lane.route import RouteLead
from app.store import database
from app.store.arrivals import CLAIM, FORGET, REDRIVE, SETTLE
from tests.api.conftest import POLICY, furnish, serving
from tests.receiver import receiving, said

SECRET = "a-secret-of-the-sender-32-characters"


async def put(client: httpx.AsyncClient, source: str, **document: Any) -> dict[str, Any]:
    answer = await client.put(f"/v1/sources/{source}", json={"secret": SECRET, **document})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def deliveries(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await client.get("/v1/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def leads(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/v1/leads")).json()["items"]
    return items


def shop(client: httpx.AsyncClient, body: Any, secret: str = SECRET) -> Any:
    return client.post("/v1/webhooks/shop", json=body, headers={"X-Api-Key": secret, "Authorization": ""})


BODY = {"customer": {"mail": "wei@factory.example", "mobile": "138 0013 8000"}, "order": {"id": "o-1", "sum": 5}}
MAPPING = {
    "fields": {
        "email": "customer.mail",
        "phone": "customer.mobile",
        "external_id": "order.id",
        "budget": {"from": "order.sum", "unit": "万"},
    }
}


async def test_what_can_be_set_of_each_kind_is_said_in_both_languages(client: httpx.AsyncClient) -> None:
    kinds = (await client.get("/v1/sources/kinds")).json()["items"]
    options = [option for kind in kinds for option in kind["options"]]
    assert len(options) > 20
    for option in options:
        assert option["meaning"] == option["meanings"]["en"]
        assert [bool(re.search("[一-鿿]", option["meanings"][tongue])) for tongue in ("en", "zh")] == [False, True]


async def test_what_a_sender_sends_becomes_a_lead_by_the_sources_mapping(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    answer = await shop(client, BODY)
    assert answer.status_code == 200, answer.text
    (lead,) = await leads(client)
    assert lead["status"] == "assigned"
    facts = lead["facts"]
    assert (facts["email"], facts["phone"], facts["source"]) == ("wei@factory.example", "+8613800138000", "shop")
    assert facts["budget"] == 50_000
    (kept,) = await deliveries(client)
    assert (kept["state"], kept["verified"], kept["items"][0]["lead_id"]) == ("done", True, lead["lead_id"])


async def test_a_wrong_secret_is_refused_and_recorded_and_the_secret_is_never_kept(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    answer = await shop(client, BODY, secret=f"{SECRET[:-1]}!")
    assert answer.status_code == 401
    assert await leads(client) == []
    (kept,) = await deliveries(client, state="refused")
    whole = (await client.get(f"/v1/deliveries/{kept['id']}")).json()
    assert whole["headers"]["x-api-key"] == "***"
    assert "wei@factory.example" in whole["body"]
    assert SECRET[:-1] not in str(whole)
    for hidden in (f"/v1/webhooks/shop?key={SECRET}", f"/v1/webhooks/shop/{SECRET}"):
        assert (await client.post(hidden, json=BODY)).status_code == 200
    assert SECRET not in str([await client.get(f"/v1/deliveries/{one['id']}") for one in await deliveries(client)])


async def test_a_secret_in_a_header_of_the_senders_own_is_not_kept_either(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", options={"secret_header": "X-Shop"})
    for secret, code in ((SECRET, 200), ("not-the-secret-of-the-sender-at-all", 401)):
        sent = await client.post("/v1/webhooks/shop", json=BODY, headers={"X-Shop": secret, "Authorization": ""})
        assert sent.status_code == code
    for one in await deliveries(client):
        whole = (await client.get(f"/v1/deliveries/{one['id']}")).json()
        assert whole["headers"]["x-shop"] == "***"


@pytest.mark.parametrize(
    ("header", "options"),
    [("Idempotency-Key", {}), ("webhook-id", {}), ("X-Auth-Token-Id", {"key_header": "X-Auth-Token-Id"})],
)
async def test_leads_told_apart_by_an_id_in_a_header_stay_apart_when_they_are_driven_again(
    client: httpx.AsyncClient, header: str, options: dict[str, str]
) -> None:
    await put(client, "shop", kind="generic", options=options)
    people = ["alice", "bob", "carol"]
    for person in people:
        body = {"name": person, "email": f"{person}@{person}.example"}
        headers = {"X-Api-Key": SECRET, "Authorization": "", header: f"evt-{person}"}
        assert (await client.post("/v1/webhooks/shop", json=body, headers=headers)).status_code == 200
    kept = await deliveries(client)
    assert [one["items"][0]["key"] for one in reversed(kept)] == [f"evt-{person}" for person in people]
    for one in kept:
        again = (await client.post(f"/v1/deliveries/{one['id']}/redrive")).json()
        assert again["items"] == [{**one["items"][0], "replayed": True}]
    assert {lead["facts"]["name"] for lead in await leads(client)} == set(people)


async def test_what_a_lead_says_in_the_address_it_says_again_when_it_is_driven_again(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic")
    told = {"utm_keyword": "crm", "author": "Zhang", "key_contact": "Bob", "token_count": "5", "long": "x" * 5000}
    said = {**told, "key": SECRET}
    sent = await client.post("/v1/webhooks/shop", params=said, json={"email": "a@a.example"})
    assert sent.status_code == 200
    (kept,) = await deliveries(client)
    assert SECRET not in str((await client.get(f"/v1/deliveries/{kept['id']}")).json())
    again = (await client.post(f"/v1/deliveries/{kept['id']}/redrive")).json()
    assert again["items"] == [{**kept["items"][0], "replayed": True}]
    (lead,) = await leads(client)
    assert lead["facts"]["attributes"] == told


async def test_what_is_hidden_of_a_request_says_nothing_the_first_time_either(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic")
    sent = await client.post(
        f"/v1/webhooks/shop?key={SECRET}&session_token=t0k3n", json={"email": "a@a.example", "name": "Ann"}
    )
    assert sent.status_code == 200
    (kept,) = await deliveries(client)
    again = (await client.post(f"/v1/deliveries/{kept['id']}/redrive")).json()
    assert again["items"] == [{**kept["items"][0], "replayed": True}]
    (lead,) = await leads(client)
    assert "t0k3n" not in str(lead)
    assert "***" not in str(lead)


async def test_headers_that_carry_keys_are_hidden_and_what_is_read_is_kept_however_much_else_comes(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic")
    hidden = {"X-AppKey": "k-1", "X-Authentication": "k-2", "X-OAuth": "k-3", "Cookie": "c" * 17_000}
    headers = {"X-Api-Key": SECRET, "Authorization": "", **hidden, "X-Much": "m" * 17_000, "Idempotency-Key": "evt-1"}
    assert (await client.post("/v1/webhooks/shop", json={"email": "a@a.example"}, headers=headers)).status_code == 200
    (kept,) = await deliveries(client)
    assert kept["items"][0]["key"] == "evt-1"
    shown = (await client.get(f"/v1/deliveries/{kept['id']}")).json()["headers"]
    assert {shown[name.lower()] for name in hidden} == {"***"}
    assert "x-much" not in shown
    again = (await client.post(f"/v1/deliveries/{kept['id']}/redrive")).json()
    assert again["items"] == [{**kept["items"][0], "replayed": True}]


async def test_an_address_too_long_to_be_kept_whole_is_not_taken(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic")
    answer = await client.post("/v1/webhooks/shop", params={"key": SECRET, "long": "x" * 65_480}, json=BODY)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"where": "query", "message": "it is longer than 64 KiB; send what is long in the body"}
    ]
    assert await deliveries(client) == []


async def test_the_same_event_delivered_fifty_times_at_once_is_one_assignment(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    answers = await asyncio.gather(*(shop(client, BODY) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    history = (await client.get("/v1/assignments")).json()["items"]
    assert len(history) == 1
    assert len(await deliveries(client, state="done")) == 50


async def test_what_has_no_id_and_is_sent_again_is_the_same_lead(client: httpx.AsyncClient) -> None:
    await put(client, "wordpress", kind="cf7")
    body = {"your-name": "Ann Sample", "your-email": "ann@factory.example"}
    for _ in range(2):
        assert (await client.post(f"/v1/webhooks/wordpress?key={SECRET}", json=body)).status_code == 200
    assert len((await client.get("/v1/assignments")).json()["items"]) == 1
    await client.post(f"/v1/webhooks/wordpress?key={SECRET}", json={**body, "your-message": "a quote, please"})
    assert len((await client.get("/v1/assignments")).json()["items"]) == 2


async def test_a_hubspot_workflow_is_told_when_to_come_again_in_milliseconds(client: httpx.AsyncClient) -> None:
    await put(client, "hub", kind="hubspot", rate=1)
    answers = [await client.post(f"/v1/webhooks/hub?key={SECRET}", json={"vid": 1}) for _ in range(2)]
    assert answers[1].status_code == 429
    assert int(answers[1].headers["retry-after"]) >= 1000


async def test_a_lead_that_was_rejected_for_want_of_a_mapping_is_routed_once_it_is_mended(
    client: httpx.AsyncClient,
) -> None:
    policy = {**POLICY, "screening": [{"name": "no way to reach", "when": {"email": "missing", "phone": "missing"}}]}
    assert (await client.post("/v1/policies?activate=true", json=policy)).status_code == 201
    await put(client, "shop", kind="generic")
    body = {"field_7": "ann@factory.example", "field_8": "Ann Sample", "id": "o-1"}
    assert (await shop(client, body)).status_code == 200
    (lead,) = await leads(client)
    assert lead["status"] == "rejected"
    mapping = {"fields": {"email": "field_7", "name": "field_8"}}
    await client.put("/v1/sources/shop", json={"kind": "generic", "mapping": mapping})
    (kept,) = await deliveries(client)
    for status in ("assigned", "updated"):
        again = (await client.post(f"/v1/deliveries/{kept['id']}/redrive")).json()
        assert again["items"][0]["status"] == status
    (lead,) = await leads(client)
    assert (lead["status"], lead["facts"]["email"]) == ("assigned", "ann@factory.example")
    records = (await client.get("/v1/assignments")).json()["items"]
    assert [one["status"] for one in records] == ["assigned", "rejected"]


async def test_a_record_is_known_by_its_number_without_a_mapping_and_events_are_not_told_apart_by_theirs(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic")
    for event, name in (("e-1", "Ann"), ("e-2", "Ann Sample")):
        body = {"id": event, "data": {"线索编号": "X-7", "name": name, "email": "ann@factory.example"}}
        assert (await shop(client, body)).status_code == 200
    (lead,) = await leads(client)
    assert (lead["facts"]["external_id"], lead["facts"]["name"]) == ("X-7", "Ann Sample")


async def test_a_record_that_is_sent_again_with_other_fields_changes_its_lead_and_is_not_routed_again(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    await shop(client, BODY)
    changed = {**BODY, "customer": {"mail": "wei@factory.example", "mobile": "139 0013 9000"}}
    assert (await shop(client, changed)).status_code == 200
    (lead,) = await leads(client)
    assert lead["facts"]["phone"] == "+8613900139000"
    assert len((await client.get("/v1/assignments")).json()["items"]) == 1
    assert (await deliveries(client))[0]["items"][0]["status"] == "updated"


async def test_what_a_sender_said_before_does_not_undo_what_it_or_a_person_has_said_since(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    for mobile in ("138 0013 8000", "138 0013 8001", "138 0013 8002"):
        await shop(client, {**BODY, "customer": {"mail": "wei@factory.example", "mobile": mobile}})
    _, second, _ = await deliveries(client)
    # As it would be driven by itself, had it had to wait.
    assert (await client.post(f"/v1/deliveries/{second['id']}/redrive")).json()["items"][0]["status"] == "outdated"
    (lead,) = await leads(client)
    assert lead["facts"]["phone"] == "+8613800138002"

    await client.patch(f"/v1/leads/{lead['lead_id']}", json={"email": "li@factory.example", "phone": None})
    newest, *_ = await deliveries(client)
    assert (await client.post(f"/v1/deliveries/{newest['id']}/redrive")).json()["items"][0]["status"] == "outdated"
    (lead,) = await leads(client)
    assert (lead["facts"]["email"], lead["facts"].get("phone")) == ("li@factory.example", None)


async def tell(client: httpx.AsyncClient, event: str) -> None:
    """Tell the shop's source of its one lead: an event's id, and the number that it brings, if any."""
    key, _, mobile = event.partition(" ")
    body = {**BODY, "customer": {"mail": "wei@factory.example", "mobile": mobile or None}}
    headers = {"X-Api-Key": SECRET, "Authorization": "", "Webhook-Id": key}
    assert (await client.post("/v1/webhooks/shop", json=body, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("events", "said_last"),
    [
        # What is said again under an id of its own takes back what was said between.
        (["e-1 138 0013 8000", "e-2 138 0013 8001", "e-3 138 0013 8000"], "+8613800138000"),
        (["e-1 138 0013 8000", "e-2 138 0013 8001", "e-3 138 0013 8000", "e-4 138 0013 8001"], "+8613800138001"),
        # What is sent again under its own id says nothing new, however much later.
        (["e-1 138 0013 8000", "e-2 138 0013 8001", "e-1 138 0013 8000"], "+8613800138001"),
        (["e-1 138 0013 8000", "e-2 138 0013 8001", "e-3 138 0013 8002", "e-2 138 0013 8001"], "+8613800138002"),
    ],
)
async def test_an_event_counts_once_and_whatever_it_says_counts_anew(
    client: httpx.AsyncClient, events: list[str], said_last: str
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    for event in events:
        await tell(client, event)
    (lead,) = await leads(client)
    assert lead["facts"]["phone"] == said_last
    assert len((await client.get("/v1/assignments")).json()["items"]) == 1


async def test_an_event_that_made_a_lead_of_what_was_rejected_counts_once_too(client: httpx.AsyncClient) -> None:
    policy = {**POLICY, "screening": [{"name": "no number", "when": {"phone": "missing"}}]}
    assert (await client.post("/v1/policies?activate=true", json=policy)).status_code == 201
    await put(client, "shop", kind="generic", mapping=MAPPING)
    for event in ("e-1", "e-2 138 0013 8001", "e-3 138 0013 8002", "e-2 138 0013 8001"):
        await tell(client, event)
    (lead,) = await leads(client)
    assert (lead["status"], lead["facts"]["phone"]) == ("assigned", "+8613800138002")


async def test_what_one_request_says_of_a_lead_is_applied_in_its_order(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    await tell(client, "e-0 138 0013 8000")
    for turn in range(10, 20):
        bodies = [{**BODY, "customer": {"mobile": f"138 0013 {turn}{number:02}"}} for number in range(20)]
        headers = {"X-Api-Key": SECRET, "Authorization": "", "Webhook-Id": f"e-{turn}"}
        assert (await client.post("/v1/webhooks/shop", json=bodies, headers=headers)).status_code == 200
        (lead,) = await leads(client)
        assert lead["facts"]["phone"] == f"+861380013{turn}19"


async def test_an_event_that_comes_twice_at_once_does_not_undo_what_came_between(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    await tell(client, "e-1 138 0013 8000")
    applied = Drives._applied
    here, go = ([asyncio.Event(), asyncio.Event()] for _ in range(2))
    turns = iter((0, 1))

    async def applied_once_let_go(self: Drives, known: Any, job: RouteLead, *rest: Any) -> Any:
        if job.lead.phone == "+8613800138001":
            turn = next(turns)
            here[turn].set()
            await go[turn].wait()
        return await applied(self, known, job, *rest)

    monkeypatch.setattr(Drives, "_applied", applied_once_let_go)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        first = group.create_task(tell(client, "e-2 138 0013 8001"))
        await here[0].wait()
        await tell(client, "e-3 138 0013 8002")
        group.create_task(tell(client, "e-2 138 0013 8001"))
        await here[1].wait()
        go[0].set()
        await first
        go[1].set()
    (lead,) = await leads(client)
    assert lead["facts"]["phone"] == "+8613800138002"


async def test_a_clock_that_was_set_back_makes_nothing_outdated(client: httpx.AsyncClient, database_url: str) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    connection = await database.parse(database_url).connect()
    try:
        # Before it was set back it was an hour later than now.
        await connection.execute("UPDATE lane SET time = clock_timestamp() + interval '1 hour'")
    finally:
        await connection.close()
    await shop(client, BODY)
    (lead,) = await leads(client)
    await client.patch(f"/v1/leads/{lead['lead_id']}", json={"phone": "139 0013 9000"})
    await shop(client, {**BODY, "customer": {"mobile": "138 0013 8001"}})
    (lead,) = await leads(client)
    assert lead["facts"]["phone"] == "+8613800138001"


async def test_a_lead_whose_first_delivery_had_to_wait_keeps_what_a_later_one_said_of_it(
    bare: httpx.AsyncClient, database_url: str
) -> None:
    await put(bare, "shop", kind="generic", mapping=MAPPING)
    # There is no policy yet: it waits.
    await shop(bare, {**BODY, "attributes": {"ad": "first", "page": "/trucks"}})
    (first,) = await deliveries(bare, state="waiting")
    await furnish(bare)
    changed = {"customer": {"mobile": "139 0013 9000"}, "order": {"id": "o-1"}, "attributes": {"ad": "second"}}
    await shop(bare, changed)
    assert (await bare.post(f"/v1/deliveries/{first['id']}/redrive")).json()["items"][0]["status"] == "updated"
    (lead,) = await leads(bare)
    facts = lead["facts"]
    assert (facts["phone"], facts["email"], facts["budget"]) == ("+8613900139000", "wei@factory.example", 50_000)
    assert facts["attributes"] == {"ad": "second", "page": "/trucks"}
    connection = await database.parse(database_url).connect()
    try:
        recorded = await connection.fetchval("SELECT detail FROM changes WHERE kind = 'lead.corrected'")
    finally:
        await connection.close()
    assert {"attributes", "budget", "email"} <= {*json.loads(recorded)["fields"]} <= FIELDS - {"phone"}
    # It came when the one came that made it a lead.
    assert lead["received_at"] > first["received_at"]


async def test_what_is_not_understood_is_kept_told_and_driven_again_once_the_mapping_is_mended(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic")
    answer = await client.post(
        "/v1/webhooks/shop", content=b'{"customer": ', headers={"X-Api-Key": SECRET, "Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    problem = answer.json()
    (kept,) = await deliveries(client, state="not_understood")
    assert kept["id"] == problem["delivery_id"]
    assert "line 1" in problem["errors"][0]["where"]
    await shop(client, BODY)
    (lead,) = await leads(client)
    assert "budget" not in lead["facts"]
    shown = (await client.get("/v1/sources/shop")).json()
    edited = await client.put("/v1/sources/shop", json={"kind": "generic", "mapping": MAPPING})
    assert edited.json()["revision"] == shown["revision"] + 1
    (done,) = await deliveries(client, state="done")
    again = await client.post(f"/v1/deliveries/{done['id']}/redrive")
    (item,) = again.json()["items"]
    key = done["items"][0]["key"]
    assert item == {"key": key, "lead_id": lead["lead_id"], "status": "updated", "replayed": False}
    (lead,) = await leads(client)
    assert lead["facts"]["budget"] == 50_000
    assert len((await client.get("/v1/assignments")).json()["items"]) == 1


async def test_all_of_a_state_are_driven_again(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    for number in range(3):
        body = {**BODY, "order": {"id": f"o-{number}", "sum": 1}}
        assert (await shop(client, body, secret="another-secret-of-somebody-else-here")).status_code == 401
    assert await leads(client) == []
    told = await client.post("/v1/deliveries/redrive?state=refused&source=shop&trust=true")
    assert (told.status_code, told.json()["redriven"]) == (202, 3)
    assert told.json()["waiting"] == "/v1/deliveries?state=waiting&source=shop"
    async with asyncio.timeout(20):
        while (await client.get(told.json()["waiting"])).json()["items"]:
            pass
    assert [(one["state"], one["verified"], one["trusted_by"]) for one in await deliveries(client)] == [
        ("done", False, "admin")
    ] * 3
    assert len(await leads(client)) == 3
    none = (await client.post("/v1/deliveries/redrive?state=refused")).json()
    assert none == {
        "redriven": 0, "waiting": "/v1/deliveries?state=waiting", "detail": "There is none that is refused",
    }  # fmt: skip


async def test_a_source_that_is_not_there_is_not_driven_again_unless_something_came_to_it(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    missed = await client.post("/v1/deliveries/redrive?state=done&source=shpo")
    assert missed.status_code == 404
    assert missed.json()["detail"] == (
        'There is no source shpo, and nothing came to one of that name; did you mean "shop"?'
    )
    # One that is there and to which nothing came has none, and one that is gone has what came to it.
    assert (await client.post("/v1/deliveries/redrive?state=done&source=shop")).json()["redriven"] == 0
    await shop(client, BODY)
    assert (await client.delete("/v1/sources/shop")).status_code == 204
    assert (await client.post("/v1/deliveries/redrive?state=refused&source=shop")).json()["redriven"] == 0
    assert (await client.post("/v1/deliveries/redrive?state=done&source=shop")).json()["redriven"] == 1


async def test_who_vouches_for_what_is_genuine_is_not_named(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    await shop(client, BODY)
    (kept,) = await deliveries(client)
    again = (await client.post(f"/v1/deliveries/{kept['id']}/redrive?trust=true")).json()
    assert (again["state"], again["verified"], again["trusted_by"]) == ("done", True, None)


async def test_two_secrets_are_valid_at_a_time_and_the_old_one_can_be_ended(client: httpx.AsyncClient) -> None:
    shown = await put(client, "shop", kind="generic", mapping=MAPPING)
    assert "secret" not in shown
    made = (await client.post("/v1/sources/shop/secrets", json={})).json()
    assert len(made["secrets"]) == 2
    for secret in (SECRET, made["secret"]):
        assert (await shop(client, BODY, secret)).status_code == 200
    old = next(one for one in made["secrets"] if one["expires_at"] is not None)
    assert (await client.delete(f"/v1/sources/shop/secrets/{old['id']}")).status_code == 204
    assert (await shop(client, BODY)).status_code == 401
    assert (await shop(client, BODY, made["secret"])).status_code == 200
    last = await client.delete(f"/v1/sources/shop/secrets/{made['id']}")
    assert last.status_code == 409


async def test_two_who_end_the_last_two_secrets_at_once_leave_one(client: httpx.AsyncClient) -> None:
    for number in range(10):
        await put(client, f"shop-{number}", kind="generic", mapping=MAPPING)
        made = (await client.post(f"/v1/sources/shop-{number}/secrets", json={"keep_old_hours": 9})).json()
        ended = await asyncio.gather(
            *(client.delete(f"/v1/sources/shop-{number}/secrets/{one['id']}") for one in made["secrets"])
        )
        assert sorted(answer.status_code for answer in ended) == [204, 409]


async def test_a_source_that_is_deleted_while_it_is_put_is_not_brought_back_without_a_secret(
    client: httpx.AsyncClient, database_url: str
) -> None:
    tag = (await client.put("/v1/sources/shop", json={"kind": "typeform"})).headers["ETag"]
    other = await database.parse(database_url).connect()
    try:
        for headers, status in (({"If-Match": tag}, 412), ({}, 201)):
            async with other.transaction():
                await other.execute("DELETE FROM sources")
                putting = asyncio.create_task(
                    client.put("/v1/sources/shop", json={"kind": "typeform"}, headers=headers)
                )
                await until_waiting(other)
            answer = await putting
            assert answer.status_code == status, answer.text
            if status == 201:
                assert len(answer.json()["secret"]) >= 32
            else:
                await client.put("/v1/sources/shop", json={"kind": "typeform"})
    finally:
        await other.close()


async def until_waiting(connection: asyncpg.Connection) -> None:
    """Until somebody waits for what others have locked."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(20):
        while not await connection.fetchval(waiting):
            await connection.execute("SELECT pg_stat_clear_snapshot()")
            await asyncio.sleep(0.01)


async def test_however_much_was_kept_for_long_enough_it_is_deleted_at_the_first_look(database_url: str) -> None:
    connection = await database.parse(database_url).connect()
    try:
        await connection.execute(
            "INSERT INTO arrivals (id, source_id, received_at, state, verified, method, url, headers, body, items,"
            " attempts) SELECT lpad(to_hex(n), 32, '0')::uuid, 'shop',"
            " now() - make_interval(days => CASE WHEN n <= 3000 THEN 29 ELSE 27 END), 'done', true, 'POST', '/', '{}',"
            " '', '[]', 1 FROM generate_series(1, 4500) AS n"
        )
        async with serving(database_url), asyncio.timeout(20):
            while (left := await connection.fetchval("SELECT count(*) FROM arrivals")) > 1500:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        await connection.close()
    assert left == 1500


async def test_what_is_driven_again_is_not_deleted_by_who_saw_it_before(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    assert (await shop(client, BODY, secret="another-secret-than-the-senders-own")).status_code == 401
    other, cleaner = [await database.parse(database_url).connect() for _ in range(2)]
    try:
        async with other.transaction():
            await other.execute(REDRIVE, "refused", None, 10, "kim")
            cleaning = asyncio.create_task(cleaner.execute(FORGET, timedelta(0), 10))
            await until_waiting(other)
        assert await cleaning == "DELETE 0"
    finally:
        await other.close()
        await cleaner.close()
    assert len(await deliveries(client)) == 1


async def test_secrets_are_made_shown_once_and_sealed(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/sources/made", json={"kind": "typeform"})
    secret = answer.json()["secret"]
    assert len(secret) >= 32
    assert secret not in (await client.get("/v1/sources/made")).text
    assert secret not in (await client.get("/v1/sources")).text
    service = client.app.state.service  # type: ignore[attr-defined]
    async with service.reading() as connection:
        dumped = await connection.fetch("SELECT s::text FROM sources s UNION ALL SELECT s::text FROM source_secrets s")
    assert secret not in str(dumped)
    assert secret.encode().hex() not in str(dumped)


async def test_a_source_whose_secret_is_its_senders_own_is_not_made_with_another(client: httpx.AsyncClient) -> None:
    document = {"kind": "meta", "options": {"verify_token": "a-word-of-our-choice"}}
    for query in ("", "?dry_run=true"):
        refused = await client.put(f"/v1/sources/ads{query}", json=document)
        (place,) = refused.json()["errors"]
        assert (refused.status_code, place["where"]) == (422, "secret")
        assert "App settings → Basic → App secret" in place["message"]
    assert (await client.get("/v1/sources/ads")).status_code == 404
    made = await put(client, "ads", **document)
    assert made["warnings"] == []
    assert (await client.put("/v1/sources/ads", json=document)).status_code == 200
    useless = await client.post("/v1/sources/ads/secrets", json={})
    assert (useless.status_code, useless.json()["errors"][0]["where"]) == (422, "secret")


SIGNED = {"signature_header": "X-Signature"}


@pytest.mark.parametrize(
    ("document", "warned"),
    [
        ({"kind": "hubspot"}, True),
        ({"kind": "webflow"}, True),
        ({"kind": "generic", "options": SIGNED}, True),
        ({"kind": "generic"}, False),
        ({"kind": "typeform"}, False),
        ({"kind": "form"}, False),
    ],
)
async def test_who_is_given_a_secret_that_was_made_is_told_if_the_sender_may_have_its_own(
    client: httpx.AsyncClient, document: dict[str, Any], *, warned: bool
) -> None:
    made = (await client.put("/v1/sources/one", json=document)).json()
    assert [one["where"] for one in made["warnings"]] == ["secret"] * warned
    assert all("POST /v1/sources/one/secrets" in one["message"] for one in made["warnings"])
    assert (await client.put("/v1/sources/one", json=document)).json()["warnings"] == []
    if document["kind"] != "form":
        another = (await client.post("/v1/sources/one/secrets", json={})).json()
        assert another["warnings"] == made["warnings"]
        given = (await client.post("/v1/sources/one/secrets", json={"secret": SECRET})).json()
        assert given["warnings"] == []
        own = await client.put("/v1/sources/two", json={**document, "secret": SECRET})
        assert own.json()["warnings"] == []


async def test_who_changes_the_kind_of_a_source_is_told_if_its_secret_does_not_go_with_it(
    client: httpx.AsyncClient,
) -> None:
    await client.put("/v1/sources/one", json={"kind": "generic"})
    meta = {"kind": "meta", "options": {"verify_token": "a-word-of-our-choice"}}
    (before,) = (await client.put("/v1/sources/one", json=meta)).json()["warnings"]
    assert before["message"].startswith("it is the one of before. Meta signs with the secret of the app")
    assert (await client.put("/v1/sources/one", json={"kind": "typeform"})).json()["warnings"] == []


async def test_the_kinds_say_whose_their_secret_is(client: httpx.AsyncClient) -> None:
    kinds = {one["kind"]: one for one in (await client.get("/v1/sources/kinds")).json()["items"]}
    whose = {kind: kinds[kind]["secret"] for kind in ("form", "typeform", "hubspot", "meta")}
    assert whose == {"form": None, "typeform": "made", "hubspot": "either", "meta": "own"}
    assert all((one["own_secret"] is not None) is (one["secret"] in ("own", "either")) for one in kinds.values())


async def test_a_signature_is_checked_over_the_bytes_as_they_came(client: httpx.AsyncClient) -> None:
    await put(client, "typeform", kind="typeform")
    raw = (
        b'{"event_id":"e1","event_type":"form_response","form_response":{"form_id":"f","token":"t1",'
        b'"submitted_at":"2026-01-05T09:30:00Z","definition":{"fields":[{"id":"a","title":"Your e-mail","ref":"r"}]},'
        b'"answers":[{"type":"email","email":"ann@\\u0066actory.example","field":{"id":"a","type":"email","ref":"r"}}]}}'
    )
    signature = base64.b64encode(hmac.digest(SECRET.encode(), raw, hashlib.sha256)).decode()
    headers = {"Typeform-Signature": f"sha256={signature}", "Content-Type": "application/json"}
    assert (await client.post("/v1/webhooks/typeform", content=raw + b" ", headers=headers)).status_code == 401
    assert (await client.post("/v1/webhooks/typeform", content=raw, headers=headers)).status_code == 200
    (lead,) = await leads(client)
    assert lead["facts"]["email"] == "ann@factory.example"


async def test_a_signature_holds_at_the_public_address_and_a_replay_outside_the_window_is_refused(
    client: httpx.AsyncClient,
) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]
    service.settings = service.settings.model_copy(update={"public_url": "https://leads.example.com"})
    await put(client, "hub", kind="hubspot")
    raw = b'{"email": "ann@factory.example", "vid": 5}'

    def signed(milliseconds: int) -> dict[str, str]:
        text = b"POSThttps://leads.example.com/v1/webhooks/hub" + raw + str(milliseconds).encode()
        signature = base64.b64encode(hmac.digest(SECRET.encode(), text, hashlib.sha256)).decode()
        return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": str(milliseconds)}

    now = int(time.time() * 1000)
    old = await client.post("/v1/webhooks/hub", content=raw, headers=signed(now - 301_000))
    assert old.status_code == 401
    assert "more than 300 seconds ago" in old.json()["detail"]
    fresh = await client.post("/v1/webhooks/hub", content=raw, headers=signed(now))
    assert fresh.status_code == 200, fresh.text


async def test_a_test_event_is_acknowledged_and_not_routed(client: httpx.AsyncClient) -> None:
    await put(client, "ads", kind="google_ads")
    body = {"lead_id": "TeSter-1", "user_column_data": [], "google_key": SECRET, "is_test": True}
    answer = await client.post("/v1/webhooks/ads", json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    assert await leads(client) == []
    (kept,) = await deliveries(client)
    assert (kept["state"], kept["reason"]) == ("passed", "test")


@pytest.mark.parametrize("known", [{"lead_id": "TeSter-7"}, {}])
@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
async def test_a_secret_in_a_body_is_not_kept_and_it_is_driven_again_all_the_same(
    client: httpx.AsyncClient, known: dict[str, str], charset: str
) -> None:
    await put(client, "ads", kind="google_ads")
    answers = [
        {"column_id": "FULL_NAME", "string_value": "张伟"},
        {"column_id": "EMAIL", "string_value": "wei@factory.example"},
    ]
    body = {**known, "user_column_data": answers, "google_key": SECRET, "campaign_id": 123456789012345678901}
    raw = json.dumps(body, ensure_ascii=False).encode(charset)
    headers = {"Content-Type": f"application/json; charset={charset}", "Authorization": ""}
    assert (await client.post("/v1/webhooks/ads", content=raw, headers=headers)).status_code == 200
    (done,) = await deliveries(client)
    shown = (await client.get(f"/v1/deliveries/{done['id']}")).json()
    kept = shown["body"].encode() if "body" in shown else base64.b64decode(shown["body_base64"])
    assert SECRET not in kept.decode(charset)
    assert json.loads(kept.decode(charset))["google_key"] == "***"
    again = (await client.post(f"/v1/deliveries/{done['id']}/redrive")).json()
    assert (again["state"], again["verified"]) == ("done", True)
    assert (again["items"][0]["lead_id"], again["items"][0]["replayed"]) == (done["items"][0]["lead_id"], True)
    (lead,) = await leads(client)
    assert lead["facts"]["name"] == "张伟"


async def test_a_wrong_secret_in_a_body_is_not_kept_either_for_it_may_be_anothers(client: httpx.AsyncClient) -> None:
    await put(client, "ads", kind="google_ads")
    other = "the-secret-of-another-source-0123456789"
    body = {
        "lead_id": "TeSter-8",
        "user_column_data": [],
        "google_key": other,
        "campaign_id": 5,
        "EMAIL": "a@b.example",
    }
    assert (await client.post("/v1/webhooks/ads", json=body)).status_code == 401
    (refused,) = await deliveries(client)
    assert other not in (await client.get(f"/v1/deliveries/{refused['id']}")).text
    at = f"/v1/deliveries/{refused['id']}/redrive"
    again = (await client.post(at)).json()
    assert (again["state"], "trust=true" in again["detail"]) == ("refused", True)
    trusted = (await client.post(f"{at}?trust=true")).json()
    assert (trusted["state"], trusted["verified"]) == ("done", False)


async def test_the_soap_of_salesforce_is_acknowledged_as_it_expects(client: httpx.AsyncClient) -> None:
    organization = "00D000000000001EAA"
    await put(client, "sf", kind="salesforce_outbound", options={"organization_id": organization})
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{organization}</OrganizationId>
<ActionId>04k1</ActionId><SessionId>00D!sesame</SessionId><Notification><Id>04l1</Id>
<sObject xsi:type="sf:Lead" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>00Q1</sf:Id>
<sf:FirstName>Ann</sf:FirstName><sf:LastName>Sample</sf:LastName><sf:Email>ann@factory.example</sf:Email></sObject>
</Notification></notifications></soapenv:Body></soapenv:Envelope>"""
    answer = await client.post(
        f"/v1/webhooks/sf?key={SECRET}", content=body.encode(), headers={"Content-Type": "text/xml; charset=UTF-8"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/xml")
    assert "<Ack>true</Ack>" in answer.text
    (lead,) = await leads(client)
    assert (lead["facts"]["name"], lead["facts"]["external_id"]) == ("Ann Sample", "00Q1")
    (done,) = await deliveries(client)
    kept = (await client.get(f"/v1/deliveries/{done['id']}")).json()["body"]
    assert "<SessionId>***</SessionId>" in kept
    assert (await client.post(f"/v1/deliveries/{done['id']}/redrive")).json()["items"][0]["replayed"]


async def test_a_lead_that_turns_out_to_be_a_test_when_it_is_fetched_is_passed(client: httpx.AsyncClient) -> None:
    answers = [{"name": "email", "values": ["<test lead: dummy data for email>"]}]
    async with receiving(said({"id": "77", "field_data": answers})) as graph:
        options = {"verify_token": "a-word", "host": graph.url("")}
        await put(client, "meta", kind="meta", token="EAAtoken", options=options)
        change = {"field": "leadgen", "value": {"leadgen_id": "77", "form_id": "5"}}
        body = json.dumps({"object": "page", "entry": [{"id": "1", "changes": [change]}]}).encode()
        signature = "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()
        taken = await client.post("/v1/webhooks/meta", content=body, headers={"X-Hub-Signature-256": signature})
        assert taken.status_code == 200
        async with asyncio.timeout(20):
            while not (settled := await deliveries(client, state="passed")):
                pass
    assert (settled[0]["reason"], settled[0]["items"]) == ("test", [{"key": "77", "status": "test"}])
    assert await leads(client) == []


async def test_an_unknown_source_and_one_that_is_switched_off_take_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/webhooks/nowhere", json={})).status_code == 404
    await put(client, "shop", kind="generic", enabled=False)
    assert (await shop(client, BODY)).status_code == 403
    assert await deliveries(client) == []


@pytest.mark.parametrize(("kind", "other"), [("hubspot", "form"), ("form", "hubspot")])
async def test_a_source_never_moves_from_the_address_that_its_sender_knows(
    client: httpx.AsyncClient, kind: str, other: str
) -> None:
    document = {"kind": kind, **({} if kind == "form" else {"secret": SECRET})}
    address = (await client.put("/v1/sources/site", json=document)).json()["address"]
    for answer in (
        await client.put("/v1/sources/site", json={"kind": other}),
        await client.put("/v1/sources/site?dry_run=true", json={"kind": other}),
        await client.patch("/v1/sources/site", json={"kind": other}),
    ):
        assert (answer.status_code, [one["where"] for one in answer.json()["errors"]]) == (422, ["kind"]), answer.text
    assert (await client.get("/v1/sources/site")).json()["address"] == address


@pytest.mark.parametrize("rate", [2, 2.0])
async def test_a_source_is_held_to_its_rate(client: httpx.AsyncClient, rate: float) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING, rate=rate)
    codes = [(await shop(client, BODY)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


@pytest.mark.parametrize("rate", ["2", True, 2.5, 0])
async def test_what_is_no_whole_number_is_no_rate(client: httpx.AsyncClient, rate: object) -> None:
    answer = await client.put("/v1/sources/shop", json={"kind": "generic", "secret": SECRET, "rate": rate})
    assert (answer.status_code, [one["where"] for one in answer.json()["errors"]]) == (422, ["rate"])


async def test_try_shows_what_a_body_would_become_and_where_each_field_came_from(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    tried = await client.post("/v1/sources/shop/try", json={**BODY, "company": "Sample Factory Ltd"})
    assert tried.status_code == 200, tried.text
    (item,) = tried.json()["items"]
    assert item["origins"]["email"] == {"how": "mapped", "path": "customer.mail"}
    assert item["origins"]["company"] == {"how": "recognised", "path": "company"}
    assert item["origins"]["source"] == {"how": "default", "path": "shop"}
    assert item["lead"]["phone"] == "+8613800138000"
    assert await leads(client) == []
    assert await deliveries(client) == []


async def test_try_names_the_field_that_was_meant_by_one_that_is_misspelt(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping={"fields": {"attributes.emial": "second"}})
    body: dict[str, Any] = {"name": "Ann", "bugdet": "50000", "shoe_size": "42", "second": "b@b.example", "nmae": "Bob"}
    body["attributes"] = {"adress": "its own"}
    (item,) = (await client.post("/v1/sources/shop/try", json=body)).json()["items"]
    assert {"bugdet", "shoe_size", "emial", "nmae", "adress"} == item["lead"]["attributes"].keys()
    # Not what the mapping or the sender means to be an attribute, nor what the lead has already.
    (told,) = item["warnings"]
    assert told == (await client.post("/v1/leads", json={"bugdet": "50000"})).json()["warnings"][0]
    assert "did you mean budget?" in told["message"]


@pytest.mark.parametrize(
    ("query", "headers", "wrong"),
    [
        ("", {}, "no secret came with the request"),
        (f"?key={SECRET}", {}, None),
        ("", {"X-Webhook-Secret": SECRET}, None),
        ("?key=another-one-altogether", {}, "none of this source's"),
    ],
)
async def test_try_says_whether_a_request_would_be_taken_for_the_senders(
    client: httpx.AsyncClient, query: str, headers: dict[str, str], wrong: str | None
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    tried = (await client.post(f"/v1/sources/shop/try{query}", json=BODY, headers=headers)).json()
    assert (tried["not_genuine"] is None) is (wrong is None)
    assert (wrong or "") in (tried["not_genuine"] or "")


async def test_try_takes_a_signature_over_the_sources_own_address(client: httpx.AsyncClient) -> None:
    await put(client, "hub", kind="hubspot")
    body, stamp = b'{"email": "wei@factory.example"}', str(int(time.time() * 1000))
    signed = f"POSThttp://test/v1/webhooks/hub?a=b%20c{body.decode()}{stamp}".encode()
    headers = {
        "X-HubSpot-Request-Timestamp": stamp,
        "X-HubSpot-Signature-v3": base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode(),
    }
    tried = await client.post("/v1/sources/hub/try?a=b%20c", content=body, headers=headers)
    assert (tried.status_code, tried.json()["not_genuine"]) == (200, None)


async def test_a_delivery_that_was_genuine_when_it_came_is_so_when_it_is_tried(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic")
    await client.post(f"/v1/webhooks/shop?key={SECRET}", json=BODY)
    (kept,) = await deliveries(client)
    assert SECRET not in kept["url"]
    tried = (await client.post("/v1/sources/shop/try", params={"delivery": kept["id"]})).json()
    assert (tried["understood"], tried["not_genuine"]) == (True, None)


async def test_a_source_says_the_whole_address_to_enter_at_its_sender(client: httpx.AsyncClient) -> None:
    made = await put(client, "shop", kind="generic")
    assert made["address"] == "http://test/v1/webhooks/shop"
    (listed,) = (await client.get("/v1/sources")).json()["items"]
    assert listed["address"] == made["address"]
    form = await client.put("/v1/sources/website", json={"kind": "form"})
    assert form.json()["address"] == "http://test/v1/forms/website"


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"kind": "typfrom"}, "kind"),
        ({"kind": "generic", "mapping": {"fields": {"emial": "a"}}}, "mapping.fields.emial"),
        ({"kind": "generic", "options": {"nonsense": 1}}, "options.nonsense"),
        ({"kind": "generic", "form": {}}, "form"),
        ({"kind": "form", "form": {"origins": ["www.example.com"]}}, "form.origins[0]"),
        ({"kind": "generic", "colour": "red"}, "colour"),
        ({"kind": "generic", "rate": 0}, "rate"),
    ],
)
async def test_what_is_wrong_in_a_source_is_named_with_its_place(
    client: httpx.AsyncClient, document: dict[str, Any], where: str
) -> None:
    answer = await client.put("/v1/sources/shop", json=document)
    assert answer.status_code == 422
    assert where in [one["where"] for one in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("document", "meant"),
    [
        ({"kind": "form", "form": {"origin": ["https://www.example.com"]}}, 'did you mean "origins"?'),
        ({"kind": "generic", "options": {"signature_heade": "x"}}, 'did you mean "signature_header"?'),
        ({"kind": "zoho", "options": {"colour": "red"}}, "zoho has no such option; it has none"),
    ],
)
async def test_a_name_that_is_not_known_comes_with_one_that_is(
    client: httpx.AsyncClient, document: dict[str, Any], meant: str
) -> None:
    (place,) = (await client.put("/v1/sources/shop", json=document)).json()["errors"]
    assert place["message"].endswith(meant)


@pytest.mark.parametrize("path", ["/v1/sources/Sh%20op", "/v1/leads/77", "/v1/keys/x"])
async def test_what_is_no_id_is_told_in_words(client: httpx.AsyncClient, path: str) -> None:
    (place,) = (await client.get(path)).json()["errors"]
    assert "id" in place["message"].split()
    assert not {*"[{^"} & {*place["message"]}


async def test_a_secret_too_short_to_be_told_by_its_end_shows_none(client: httpx.AsyncClient) -> None:
    for name, secret, hint in (("short", "abcdefghijklmno", None), ("long", "abcdefghijklmnop", "mnop")):
        made = await client.put(f"/v1/sources/{name}", json={"kind": "typeform", "secret": secret})
        assert [one["hint"] for one in made.json()["secrets"]] == [hint]


async def test_a_secret_that_travels_with_every_request_must_be_long(client: httpx.AsyncClient) -> None:
    short = await client.put("/v1/sources/ads", json={"kind": "google_ads", "secret": "123456"})
    assert (short.status_code, short.json()["errors"][0]["where"]) == (422, "secret")
    assert "123456" not in short.text
    await put(client, "ads", kind="google_ads")
    short = await client.post("/v1/sources/ads/secrets", json={"secret": "123456"})
    assert (short.status_code, short.json()["errors"][0]["where"]) == (422, "secret")


async def test_edits_of_sources_are_guarded_by_their_etag(client: httpx.AsyncClient) -> None:
    first = await client.put("/v1/sources/shop", json={"kind": "generic"})
    tag = first.headers["etag"]
    second = await client.put("/v1/sources/shop", json={"kind": "generic", "name": "Shop"}, headers={"If-Match": tag})
    assert second.status_code == 200
    late = await client.put("/v1/sources/shop", json={"kind": "generic"}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert (
        await client.put("/v1/sources/shop", json={"kind": "generic"}, headers={"If-None-Match": "*"})
    ).status_code == 412
    assert (await client.delete("/v1/sources/shop")).status_code == 204
    assert (await client.get("/v1/sources/shop")).status_code == 404


async def test_a_record_whose_id_is_mapped_later_is_the_same_lead_from_then_on(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic")
    body = {"ref": "78", "who": "Ann Sample", "email": "ann@factory.example", "worth": "80"}
    await shop(client, body)
    mapping = {"fields": {"external_id": "ref", "name": "who", "budget": {"from": "worth", "unit": "k USD"}}}
    await client.put("/v1/sources/shop", json={"kind": "generic", "mapping": mapping})
    (kept,) = await deliveries(client)
    assert (await client.post(f"/v1/deliveries/{kept['id']}/redrive")).json()["items"][0]["status"] == "updated"
    await shop(client, {**body, "worth": "90"})
    (lead,) = await leads(client)
    assert (lead["facts"]["external_id"], lead["facts"]["budget"]) == ("78", "USD 90000")
    assert len((await client.get("/v1/assignments")).json()["items"]) == 1


async def test_a_delivery_whose_lead_went_to_nobody_says_so(client: httpx.AsyncClient) -> None:
    policy = {**POLICY, "screening": [{"name": "no way to reach", "when": {"email": "missing", "phone": "missing"}}]}
    assert (await client.post("/v1/policies?activate=true", json=policy)).status_code == 201
    await put(client, "shop", kind="generic")
    await shop(client, {"field_7": "ann@factory.example"})
    (kept,) = await deliveries(client)
    assert (kept["state"], kept["reason"]) == ("done", "rejected")
    assert kept["detail"] == "The lead went to nobody. Screening “no way to reach” rejected it."
    # It is a lead all the same, and shown as one.
    assert [one["lead_id"] for one in kept["items"]] == [one["lead_id"] for one in await leads(client)]
    assert [one["error"] for one in kept["items"]] == ["Screening “no way to reach” rejected it."]


async def test_of_many_leads_in_one_delivery_those_that_went_to_nobody_are_told(client: httpx.AsyncClient) -> None:
    policy = {**POLICY, "screening": [{"name": "no way to reach", "when": {"email": "missing", "phone": "missing"}}]}
    assert (await client.post("/v1/policies?activate=true", json=policy)).status_code == 201
    await put(client, "shop", kind="generic")
    await shop(client, [{"name": "Ann", "email": "ann@factory.example"}, {"name": "Bo"}, {"name": "Cy"}])
    (kept,) = await deliveries(client)
    assert (kept["state"], kept["reason"]) == ("done", None)
    assert kept["detail"] == "2 of the 3 leads went to nobody. The first: Screening “no way to reach” rejected it."
    assert [(one["status"], "error" in one) for one in kept["items"]] == [
        ("assigned", False), ("rejected", True), ("rejected", True),
    ]  # fmt: skip
    shown = (await client.get(f"/v1/deliveries/{kept['id']}", headers={"Accept-Language": "zh"})).json()
    assert shown["detail"] == "3 条线索里有 2 条没有归属。第一条：线索被筛选条件“no way to reach”拒绝。"


async def test_try_names_the_fields_of_which_the_mapping_found_nothing(client: httpx.AsyncClient) -> None:
    mapping = {"fields": {"email": "conatct.email", "name": "who", "phone": None}}
    await put(client, "shop", kind="generic", mapping=mapping)
    tried = (await client.post("/v1/sources/shop/try", json={"who": "Ann", "contact": {"email": "a@x.example"}})).json()
    assert tried["items"][0]["not_found"] == ["email"]


@pytest.mark.parametrize(("kind", "secret"), [("generic", "a"), ("form", "abcdefghijklmnopqrstuvwxyz")])
async def test_a_secret_that_tells_nothing_is_refused(client: httpx.AsyncClient, kind: str, secret: str) -> None:
    answer = await client.put("/v1/sources/one", json={"kind": kind, "secret": secret})
    assert answer.status_code == 422
    assert [one["where"] for one in answer.json()["errors"]] == ["secret"]


async def test_what_ends_every_process_that_drives_it_is_given_up_and_can_be_driven_again(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    await shop(client, BODY)
    # As ten processes leave it that were ended by it: begun as often as it is tried, and its last lease over.
    async with client.app.state.service.reading() as connection:  # type: ignore[attr-defined]
        await connection.execute(
            "UPDATE arrivals SET state = 'received', items = '[]', attempts = 10, next_at = now(), done_at = NULL"
        )
    async with asyncio.timeout(20):
        while not (given_up := await deliveries(client, state="failed")):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    (kept,) = given_up
    assert (kept["reason"], kept["items"]) == ("gave_up", [])
    assert "each time" in kept["detail"]
    again = (await client.post(f"/v1/deliveries/{kept['id']}/redrive")).json()
    assert (again["state"], again["attempts"], again["items"][0]["replayed"]) == ("done", 1, True)
    assert len(await leads(client)) == 1


@pytest.mark.parametrize("body", [b"", b"{ }", b'{"a": null, "b": {}}', b"a=&b="])
async def test_what_says_nothing_is_passed_and_nobody_gets_it(client: httpx.AsyncClient, body: bytes) -> None:
    mapping = {"defaults": {"country": "CN"}, "fields": {"attributes.door": {"value": "shop"}}}
    await put(client, "shop", kind="generic", mapping=mapping)
    answer = await client.post("/v1/webhooks/shop", content=body, headers={"X-Api-Key": SECRET, "Authorization": ""})
    assert (answer.status_code, answer.json()) == (200, {})
    (kept,) = await deliveries(client)
    assert (kept["state"], kept["reason"]) == ("passed", "empty")
    assert await leads(client) == []
    tried = (await client.post("/v1/sources/shop/try", content=body)).json()
    assert [one["reason"] for one in tried["passed"]] == ["empty"]


async def test_what_is_no_document_is_kept_as_not_understood(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic")
    headers = {"X-Api-Key": SECRET, "Authorization": "", "Content-Type": "image/png"}
    answer = await client.post("/v1/webhooks/shop", content=b"\x89PNG\r\n\x1a\n", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == "it is neither JSON nor a form nor XML"
    (kept,) = await deliveries(client)
    assert kept["state"] == "not_understood"


async def test_a_source_is_stopped_and_started_with_the_rest_of_it_left_as_it_is(client: httpx.AsyncClient) -> None:
    before = await put(client, "shop", kind="generic", name="Shop", mapping=MAPPING)
    stopped = await client.patch("/v1/sources/shop", json={"enabled": False}, headers={"X-Actor": "kim"})
    assert stopped.status_code == 200, stopped.text
    shown = stopped.json()
    assert (shown["enabled"], shown["name"], shown["mapping"]) == (False, "Shop", before["mapping"])
    assert (shown["secrets"], shown["updated_by"]) == (before["secrets"], "kim")
    assert (await shop(client, BODY)).status_code == 403
    assert await deliveries(client) == []
    patch = {"enabled": True, "rate": 60, "mapping": {"fields": {"budget": None}}}
    started = (await client.patch("/v1/sources/shop", json=patch)).json()
    assert (started["enabled"], started["rate"]) == (True, 60)
    assert started["mapping"]["fields"] == {k: v for k, v in MAPPING["fields"].items() if k != "budget"}
    assert (await shop(client, BODY)).status_code == 200
    (lead,) = await leads(client)
    assert "budget" not in lead["facts"]


async def test_an_edit_of_a_source_that_cannot_be_is_refused_at_its_place(client: httpx.AsyncClient) -> None:
    shown = await put(client, "shop", kind="generic")
    for patch, where in (
        ({"secret": "another-secret-of-the-sender-32"}, "secret"),
        ({"kind": None}, "kind"),
        ({"kind": "generik"}, "kind"),
        ({"enabld": False}, "enabld"),
    ):
        refused = await client.patch("/v1/sources/shop", json=patch)
        assert refused.status_code == 422, patch
        assert refused.json()["errors"][0]["where"] == where
    assert (await client.patch("/v1/sources/nope", json={"enabled": False})).status_code == 404
    stale = await client.patch("/v1/sources/shop", json={"enabled": False}, headers={"If-Match": '"77"'})
    assert stale.status_code == 412
    assert (await client.get("/v1/sources/shop")).json()["revision"] == shown["revision"]


async def test_what_was_driven_beside_what_ends_the_process_is_not_given_up_with_it(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    for number in range(AT_ONCE):
        await shop(client, {**BODY, "who": f"Ann {number}"})
    service = client.app.state.service  # type: ignore[attr-defined]
    await service.doors.drives.stop()
    async with service.reading() as connection:
        await connection.execute("UPDATE arrivals SET state = 'received', next_at = clock_timestamp(), done_at = NULL")
        poison = await connection.fetchval("SELECT id FROM arrivals ORDER BY id LIMIT 1 OFFSET 3")
        # A process looks once a second. The one that has claimed the fourth ends, and settles nothing of what it drove.
        while await connection.fetchval("SELECT count(*) FROM arrivals WHERE next_at IS NOT NULL") > 1:
            claimed = await connection.fetch(CLAIM, AT_ONCE, LEASE, WAITS)
            for row in [] if poison in {row["id"] for row in claimed} else claimed:
                assert row["attempts"] < 10
                await connection.execute(SETTLE, row["id"], "done", None, None, "[]", True, None, row["next_at"])
            await connection.execute("UPDATE arrivals SET next_at = next_at - interval '1 second'")
        left = await connection.fetch("SELECT id FROM arrivals WHERE next_at IS NOT NULL")
    assert [row["id"] for row in left] == [poison]


async def test_whoever_drove_it_before_somebody_else_took_it_over_says_nothing_more_of_it(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    assert (await shop(client, BODY, secret="another-secret-than-the-senders-own")).status_code == 401
    drives = client.app.state.service.doors.drives  # type: ignore[attr-defined]
    await drives.stop()
    await client.post("/v1/deliveries/redrive?state=refused")
    async with client.app.state.service.reading() as connection:  # type: ignore[attr-defined]
        (claimed,) = await connection.fetch(CLAIM, AT_ONCE, LEASE, WAITS)
    # While a worker has it, and has not checked it yet, somebody vouches for it.
    trusted = (await client.post(f"/v1/deliveries/{claimed['id']}/redrive?trust=true")).json()
    assert (trusted["state"], trusted["trusted_by"]) == ("done", "admin")
    assert (await drives.drive_row(claimed, line="bulk")).state == "refused"
    (kept,) = await deliveries(client)
    assert kept == trusted
    assert len(await leads(client)) == 1


async def test_what_never_ended_is_begun_again_ever_more_rarely_and_can_be_driven_by_hand_meanwhile(
    client: httpx.AsyncClient,
) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    await shop(client, BODY)
    service = client.app.state.service  # type: ignore[attr-defined]
    await service.doors.drives.stop()
    async with service.reading() as connection:
        for attempts in range(1, len(WAITS) + 1):
            await connection.execute(
                "UPDATE arrivals SET state = 'received', attempts = $1, next_at = now(), done_at = NULL", attempts
            )
            (row,) = await connection.fetch(CLAIM, AT_ONCE, LEASE, WAITS)
            rest = (row["next_at"] - await connection.fetchval("SELECT now()")).total_seconds()
            least = max(LEASE.total_seconds(), WAITS[attempts - 1])
            assert least - 1 <= rest <= 1.5 * least
    again = await client.post(f"/v1/deliveries/{row['id']}/redrive")
    assert (again.status_code, again.json()["state"]) == (200, "done")
    assert len(await leads(client)) == 1
