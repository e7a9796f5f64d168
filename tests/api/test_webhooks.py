"""Other systems tell of leads: what is genuine is routed once, what is not is refused, and nothing is lost."""

import asyncio
import base64
import hashlib
import hmac
import time
from typing import Any

import httpx
import pytest

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
    answers = [await client.post("/v1/webhooks/hub", json={"vid": 1}) for _ in range(2)]
    assert answers[1].status_code == 429
    assert int(answers[1].headers["retry-after"]) >= 1000


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
    assert again.json()["items"][0] == {"key": done["items"][0]["key"], "lead_id": lead["lead_id"], "status": "updated"}
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
    assert (told.status_code, told.json()) == (202, {"redriven": 3})
    await client.app.state.service.doors.drives.look()  # type: ignore[attr-defined]
    assert len(await leads(client)) == 3


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


async def test_the_soap_of_salesforce_is_acknowledged_as_it_expects(client: httpx.AsyncClient) -> None:
    organization = "00D000000000001EAA"
    await put(client, "sf", kind="salesforce_outbound", options={"organization_id": organization})
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{organization}</OrganizationId>
<ActionId>04k1</ActionId><SessionId xsi:nil="true"/><Notification><Id>04l1</Id>
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


async def test_an_unknown_source_and_one_that_is_switched_off_take_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/webhooks/nowhere", json={})).status_code == 404
    await put(client, "shop", kind="generic", enabled=False)
    assert (await shop(client, BODY)).status_code == 403
    assert await deliveries(client) == []


async def test_a_source_is_held_to_its_rate(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING, rate=2)
    codes = [(await shop(client, BODY)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


async def test_try_shows_what_a_body_would_become_and_where_each_field_came_from(client: httpx.AsyncClient) -> None:
    await put(client, "shop", kind="generic", mapping=MAPPING)
    tried = await client.post("/v1/sources/shop/try", json={**BODY, "company": "Sample Factory Ltd"})
    assert tried.status_code == 200, tried.text
    (item,) = tried.json()["items"]
    assert item["origins"]["email"] == {"how": "mapped", "path": "customer.mail"}
    assert item["origins"]["company"] == {"how": "recognised", "path": "company"}
    assert item["origins"]["source"] == {"how": "default", "path": "shop"}
    assert item["lead"]["phone"] == "+8613800138000"
    # The caller's own key is not taken for the sender's secret.
    assert tried.json()["not_genuine"].startswith("no secret came with the request")
    assert await leads(client) == []
    assert await deliveries(client) == []


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
