"""A lead's owner is written back into the CRM that it came from, under the CRM's own ids."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from app.channels import oauth
from app.channels.base import Channel, Delivered, Event, Outcome, Refusal, TryAgain
from app.channels.hubspot import HUBSPOT
from app.channels.salesforce import SALESFORCE
from app.channels.zoho import ZOHO
from app.net.guard import Guard
from tests.channels.office import ASSIGNED, REASSIGNED, TEST, about, calling, told
from tests.receiver import Receiver, Reply, hangs, receiving, said

HUBSPOT_SECRETS = {"token": ("pat-1",)}
CLIENT = {"client_id": ("id-1",), "client_secret": ("s3cret",)}
ZOHO_SECRETS = {**CLIENT, "refresh_token": ("1000.abc",)}
TOKEN = said({"access_token": "t-1", "expires_in": 3600})
DONE = said({"data": [{"code": "SUCCESS", "status": "success", "message": "record updated"}]})


@pytest.fixture(autouse=True)
def no_token_is_known() -> None:
    oauth.TOKENS._places.clear()


async def sent(
    channel: Channel,
    receiver: Receiver,
    secrets: Mapping[str, tuple[str, ...]],
    event: Event = ASSIGNED,
    guard: Guard | None = None,
    **settings: Any,
) -> Outcome:
    base = {"url": receiver.url("")}
    if channel is ZOHO:
        base["accounts_url"] = receiver.url("")
    async with calling(guard=guard) as client:
        return await channel.send(client, told(channel, base | settings, secrets), [event])


def calls(receiver: Receiver) -> list[tuple[str, str]]:
    return [(request.method, request.target) for request in receiver.requests]


async def test_hubspot_gets_the_owner_of_its_own_record() -> None:
    async with receiving(said({"id": "crm-501"})) as receiver:
        outcome = await sent(HUBSPOT, receiver, HUBSPOT_SECRETS, owners={"east-1": "77"})
    assert outcome == Delivered(200, "hubspot_owner_id 77")
    assert calls(receiver) == [("PATCH", "/crm/v3/objects/contacts/crm-501")]
    assert receiver.requests[0].json() == {"properties": {"hubspot_owner_id": "77"}}
    assert receiver.requests[0].headers["authorization"] == "Bearer pat-1"


async def test_hubspot_can_be_asked_for_the_rep_by_email_and_for_the_record_by_another_property() -> None:
    async with receiving(said({"results": [{"id": "78", "userId": 9}]}), said({})) as receiver:
        await sent(HUBSPOT, receiver, HUBSPOT_SECRETS, REASSIGNED, object="leads", record="email", id_property="email")
    assert calls(receiver) == [
        ("GET", "/crm/v3/owners?limit=2&email=mia%40example.com"),
        ("PATCH", "/crm/v3/objects/leads/jane.doe%40example.org?idProperty=email"),
    ]
    assert receiver.requests[1].json() == {"properties": {"hubspot_owner_id": "78"}}


async def test_salesforce_gets_the_owner_with_a_token_of_the_client_credentials_flow() -> None:
    async with receiving(TOKEN, Reply(204)) as receiver:
        outcome = await sent(SALESFORCE, receiver, CLIENT, owners={"east-1": "0055f"})
    assert outcome == Delivered(204, "OwnerId 0055f")
    assert calls(receiver) == [
        ("POST", "/services/oauth2/token"),
        ("PATCH", "/services/data/v62.0/sobjects/Lead/crm-501"),
    ]
    form = parse_qs(receiver.requests[0].body.decode())
    assert form == {"grant_type": ["client_credentials"], "client_id": ["id-1"], "client_secret": ["s3cret"]}
    assert receiver.requests[1].json() == {"OwnerId": "0055f"}
    assert receiver.requests[1].headers["authorization"] == "Bearer t-1"


async def test_salesforce_is_called_where_it_says_that_a_refreshed_token_is_for() -> None:
    async with receiving(Reply(204)) as instance, receiving() as login:
        login.replies = [said({"access_token": "t-2", "instance_url": instance.url("")})]
        await sent(SALESFORCE, login, {**CLIENT, "refresh_token": ("r-1",)}, owners={"east-1": "0055f"})
    assert parse_qs(login.requests[0].body.decode())["grant_type"] == ["refresh_token"]
    assert calls(instance) == [("PATCH", "/services/data/v62.0/sobjects/Lead/crm-501")]


async def test_salesforce_makes_no_record_where_it_is_found_by_an_external_id() -> None:
    async with receiving(TOKEN, Reply(204)) as receiver:
        await sent(SALESFORCE, receiver, CLIENT, owners={"east-1": "0055f"}, object="Contact", id_field="Router_Id__c")
    assert calls(receiver)[1] == ("PATCH", "/services/data/v62.0/sobjects/Contact/Router_Id__c/crm-501?updateOnly=true")


async def test_salesforce_is_asked_for_the_rep_by_email_with_quotes_that_stay_quotes() -> None:
    rep = {"id": "east-1", "name": "Mia", "email": "o'hara\\@example.com"}
    event = replace(ASSIGNED, data={**ASSIGNED.data, "rep": rep})
    async with receiving(TOKEN, said({"records": [{"Id": "0055f"}]}), Reply(204)) as receiver:
        assert isinstance(await sent(SALESFORCE, receiver, CLIENT, event), Delivered)
    soql = parse_qs(urlsplit(receiver.requests[1].target).query)["q"][0]
    assert soql == r"SELECT Id FROM User WHERE Email = 'o\'hara\\@example.com' AND IsActive = true LIMIT 2"


async def test_zoho_gets_the_owner_with_a_refreshed_token() -> None:
    async with receiving(TOKEN, DONE) as receiver:
        outcome = await sent(ZOHO, receiver, ZOHO_SECRETS, owners={"east-1": "4150868"})
    assert outcome == Delivered(200, "Owner 4150868")
    assert calls(receiver) == [("POST", "/oauth/v2/token"), ("PUT", "/crm/v8/Leads/crm-501")]
    assert receiver.requests[1].json() == {"data": [{"Owner": {"id": "4150868"}}]}
    assert receiver.requests[1].headers["authorization"] == "Zoho-oauthtoken t-1"


async def test_zoho_can_find_the_record_by_an_external_id() -> None:
    async with receiving(TOKEN, DONE) as receiver:
        await sent(ZOHO, receiver, ZOHO_SECRETS, owners={"east-1": "4"}, module="Contacts", id_field="Router_Id")
    assert receiver.requests[1].headers["x-external"] == "Contacts.Router_Id"


async def test_a_token_is_asked_for_once_and_again_when_it_is_refused() -> None:
    async with receiving(TOKEN, DONE, DONE, Reply(401), said({"access_token": "t-2"}), DONE) as receiver:
        for _ in range(3):
            assert isinstance(await sent(ZOHO, receiver, ZOHO_SECRETS, owners={"east-1": "4"}), Delivered)
    asked = [request.target for request in receiver.requests]
    assert asked == ["/oauth/v2/token", *["/crm/v8/Leads/crm-501"] * 3, "/oauth/v2/token", "/crm/v8/Leads/crm-501"]
    assert receiver.requests[-1].headers["authorization"] == "Zoho-oauthtoken t-2"


async def test_many_at_once_share_one_token() -> None:
    async with receiving(TOKEN, DONE) as receiver:
        await asyncio.gather(*(sent(ZOHO, receiver, ZOHO_SECRETS, owners={"east-1": "4"}) for _ in range(10)))
    assert [request.target for request in receiver.requests].count("/oauth/v2/token") == 1


async def test_a_token_that_ends_soon_is_not_kept() -> None:
    async with receiving(said({"access_token": "t-1", "expires_in": 30}), DONE) as receiver:
        await sent(ZOHO, receiver, ZOHO_SECRETS, owners={"east-1": "4"})
        receiver.replies = [said({"access_token": "t-2", "expires_in": 30}), DONE]
        await sent(ZOHO, receiver, ZOHO_SECRETS, owners={"east-1": "4"})
    assert [request.target for request in receiver.requests].count("/oauth/v2/token") == 2


async def test_whoever_refuses_a_new_token_too_is_not_asked_for_ever() -> None:
    async with receiving(TOKEN, Reply(401), said({"access_token": "t-2"}), Reply(401)) as receiver:
        outcome = await sent(SALESFORCE, receiver, CLIENT, owners={"east-1": "0055f"})
    assert isinstance(outcome, Refusal)
    assert len(receiver.requests) == 4


@pytest.mark.parametrize(
    ("channel", "secrets", "replies", "kept", "why"),
    [
        (HUBSPOT, HUBSPOT_SECRETS, [Reply(429, b"", {"Retry-After": "3"})], TryAgain, "HTTP 429"),
        (HUBSPOT, HUBSPOT_SECRETS, [Reply(500)], TryAgain, "HTTP 500"),
        (HUBSPOT, HUBSPOT_SECRETS, [said({"category": "OBJECT_NOT_FOUND", "message": "gone"}, 404)], Refusal, "filter"),
        (HUBSPOT, HUBSPOT_SECRETS, [said({"category": "INVALID_AUTHENTICATION"}, 401)], Refusal, "anew"),
        (HUBSPOT, HUBSPOT_SECRETS, [said({"category": "MISSING_SCOPES"}, 403)], Refusal, "lacks the right"),
        (SALESFORCE, CLIENT, [said({"error": "invalid_client"}, 400)], Refusal, "`client_secret`"),
        (SALESFORCE, CLIENT, [Reply(503)], TryAgain, "503"),
        (SALESFORCE, CLIENT, [Reply(200, b"<html>")], TryAgain, "something else"),
        (
            SALESFORCE,
            CLIENT,
            [TOKEN, said([{"errorCode": "NOT_FOUND", "message": "no"}], 404)],
            Refusal,
            "Lead crm-501",
        ),
        (SALESFORCE, CLIENT, [TOKEN, said([{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403)], TryAgain, "LIMIT"),
        (SALESFORCE, CLIENT, [TOKEN, said([{"errorCode": "UNABLE_TO_LOCK_ROW"}], 400)], TryAgain, "LOCK"),
        (SALESFORCE, CLIENT, [TOKEN, said(["/a", "/b"], 300)], Refusal, "several records"),
        (ZOHO, ZOHO_SECRETS, [said({"error": "invalid_code"})], Refusal, "invalid_code"),
        (
            ZOHO,
            ZOHO_SECRETS,
            [said({"error": "Access Denied", "error_description": "too many"}, 400)],
            TryAgain,
            "many",
        ),
        (ZOHO, ZOHO_SECRETS, [TOKEN, said({"code": "TOO_MANY_REQUESTS"}, 429)], TryAgain, "TOO_MANY"),
        (
            ZOHO,
            ZOHO_SECRETS,
            [TOKEN, said({"data": [{"code": "INVALID_DATA", "details": {"api_name": "Owner"}}]}, 202)],
            Refusal,
            "id of the owner",
        ),
        (
            ZOHO,
            ZOHO_SECRETS,
            [TOKEN, said({"data": [{"code": "INVALID_DATA", "details": {"api_name": "id"}}]}, 202)],
            Refusal,
            "no Leads crm-501",
        ),
        (ZOHO, ZOHO_SECRETS, [TOKEN, Reply(200, b"{}")], TryAgain, "something else"),
    ],
)
async def test_what_a_crm_answers_is_judged(
    channel: Channel, secrets: Mapping[str, tuple[str, ...]], replies: list[Reply], kept: type[Outcome], why: str
) -> None:
    async with receiving(*replies) as receiver:
        outcome = await sent(channel, receiver, secrets, owners={"east-1": "1"})
    assert isinstance(outcome, kept)
    assert why in getattr(outcome, "why", "")
    assert "s3cret" not in getattr(outcome, "why", "")


@pytest.mark.parametrize(
    ("channel", "secrets", "replies"),
    [
        (HUBSPOT, HUBSPOT_SECRETS, [said({"results": []})]),
        (HUBSPOT, HUBSPOT_SECRETS, [said({"results": [{"id": "1"}, {"id": "2"}]})]),
        (SALESFORCE, CLIENT, [TOKEN, said({"records": []})]),
        (ZOHO, ZOHO_SECRETS, [TOKEN]),
    ],
)
async def test_a_rep_who_is_nobody_in_the_crm_is_refused_with_the_line_to_add(
    channel: Channel, secrets: Mapping[str, tuple[str, ...]], replies: list[Reply]
) -> None:
    async with receiving(*replies) as receiver:
        outcome = await sent(channel, receiver, secrets, owners={"west-9": "1"})
    assert isinstance(outcome, Refusal)
    assert outcome.why.endswith('Add a line for rep east-1 to the settings: owners: {east-1: "the CRM\'s id"}')
    assert all(method != "PATCH" for method, _ in calls(receiver))


@pytest.mark.parametrize("channel", [HUBSPOT, SALESFORCE, ZOHO], ids=lambda channel: channel.kind)
async def test_a_lead_whose_record_is_not_known_is_refused_and_nobody_is_called(channel: Channel) -> None:
    secrets = ZOHO_SECRETS | HUBSPOT_SECRETS
    async with receiving() as receiver:
        for event in (about(external_id=None), about(external_id=".."), about(external_id="x" * 300)):
            assert isinstance(await sent(channel, receiver, secrets, event, owners={"east-1": "1"}), Refusal)
        outcome = await sent(channel, receiver, secrets, owners={"east-1": "1"}, record="attributes.crm_id")
        assert outcome == Refusal(
            "The lead has no attributes.crm_id, so its record in the CRM is not known", of_event=True
        )
        assert receiver.requests == []


@pytest.mark.parametrize("channel", [HUBSPOT, SALESFORCE, ZOHO], ids=lambda channel: channel.kind)
async def test_an_id_stays_one_step_of_the_path(channel: Channel) -> None:
    async with receiving(Reply(500)) as receiver:
        receiver.replies = [TOKEN, Reply(500)] if channel is not HUBSPOT else [Reply(500)]
        secrets = ZOHO_SECRETS | HUBSPOT_SECRETS
        await sent(channel, receiver, secrets, about(external_id="../../x?y=1#z"), owners={"east-1": "1"})
    assert receiver.requests[-1].target.endswith("/..%2F..%2Fx%3Fy%3D1%23z")


@pytest.mark.parametrize("channel", [HUBSPOT, SALESFORCE, ZOHO], ids=lambda channel: channel.kind)
async def test_a_test_asks_and_changes_nothing(channel: Channel) -> None:
    replies = [TOKEN, said({"records": []})] if channel is not HUBSPOT else [said({"results": []})]
    async with receiving(*replies) as receiver:
        assert isinstance(await sent(channel, receiver, ZOHO_SECRETS | HUBSPOT_SECRETS, TEST), Delivered)
    assert {method for method, _ in calls(receiver)} <= {"GET", "POST"}
    assert all("oauth" in target for method, target in calls(receiver) if method == "POST")


@pytest.mark.parametrize("channel", [HUBSPOT, SALESFORCE, ZOHO], ids=lambda channel: channel.kind)
async def test_a_private_address_is_refused(channel: Channel) -> None:
    async with receiving(hangs) as receiver:
        secrets = ZOHO_SECRETS | HUBSPOT_SECRETS
        assert isinstance(await sent(channel, receiver, secrets, guard=Guard(), owners={"east-1": "1"}), Refusal)
        assert receiver.requests == []


@pytest.mark.parametrize(
    ("channel", "settings"),
    [
        (SALESFORCE, {}),
        (SALESFORCE, {"url": "acme.my.salesforce.com"}),
        (SALESFORCE, {"url": "https://acme.my.salesforce.com", "object": "Lead/../User"}),
        (SALESFORCE, {"url": "https://acme.my.salesforce.com", "api_version": "62"}),
        (HUBSPOT, {"owners": {"east-1": "1/2"}}),
        (HUBSPOT, {"record": "name"}),
        (HUBSPOT, {"object": "../users"}),
        (ZOHO, {"module": "Leads?x"}),
        (ZOHO, {"owner": {}}),
    ],
)
def test_settings_that_make_no_sense_are_refused(channel: Channel, settings: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        channel.settings.model_validate(settings)
