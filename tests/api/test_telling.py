"""From a lead to those who are told of it: the service with its real channels and its real way out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from app.channels.kinds import CHANNELS
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import KEY, SECRET_KEY, furnish
from tests.events.support import QUICK
from tests.receiver import Receiver, Reply, receiving, said

LEAD = {"name": "Wei Sample", "email": "wei@factory.example", "phone": "138 0013 8000", "company": "Sample Factory"}


@pytest.fixture
async def client(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """The service as it is started, but that it may call this machine."""
    chosen = Settings(
        _env_file=None,
        database_url=database_url,
        admin_key=KEY,
        secret_key=SECRET_KEY,
        allow_private_addresses=getattr(request, "param", "127.0.0.0/8"),
    )
    app = create_app(chosen, terms=QUICK)
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as opened,
    ):
        await furnish(opened)
        yield opened


async def taken(receiver: Receiver, count: int = 1) -> None:
    async with asyncio.timeout(20):
        while len(receiver.requests) < count:  # noqa: ASYNC110  (the service says nothing to us)
            await asyncio.sleep(0.02)


async def subscribe(client: httpx.AsyncClient, kind: str, **more: Any) -> dict[str, Any]:
    answer = await client.put(f"/v1/subscriptions/{kind}", json={"kind": kind, **more})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_program_gets_what_a_standard_webhooks_library_verifies(client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        shown = await subscribe(client, "webhook", settings={"url": receiver.url("/hook")})
        lead = (await client.post("/v1/leads", json=LEAD)).json()
        await taken(receiver)
        (request,) = receiver.requests
        (secret,) = shown["made_secrets"].values()
        told = Webhook(secret).verify(request.body, dict(request.headers))
        assert told["type"] == "lead.assigned"
        assert told["data"]["lead"]["email"] == "wei@factory.example"
        assert told["data"]["decision"]["assignment_id"] == lead["assignment_id"]
        assert told["data"]["rep"]["id"] == lead["rep"]["id"]


async def test_a_group_chat_is_told_in_its_language_who_gets_the_lead_and_why(client: httpx.AsyncClient) -> None:
    async with receiving(said({"code": 0})) as receiver:
        await subscribe(
            client,
            "feishu",
            settings={"host": "127.0.0.1"},
            secrets={"url": receiver.url("/open-apis/bot/v2/hook/x"), "secret": "sign-me"},
            language="zh",
            events=["lead.assigned"],
        )
        lead = (await client.post("/v1/leads", json=LEAD, headers={"Accept-Language": "zh"})).json()
        await taken(receiver)
        body = receiver.requests[0].json()
        assert body["sign"]
        text = str(body["content"]["post"]["zh_cn"])
        assert "Wei Sample" in text
        assert lead["rep"]["name"] in text
        assert lead["explanation"].rstrip("。") in text


async def test_a_test_call_says_what_the_receiver_said(client: httpx.AsyncClient) -> None:
    async with receiving(Reply(418, b"short and stout")) as receiver:
        await subscribe(client, "webhook", settings={"url": receiver.url()})
        told = (await client.post("/v1/subscriptions/webhook/test")).json()
        assert told["status"] == 418
        assert "short and stout" in told["said"]
        assert len(receiver.requests) == 1


@pytest.mark.parametrize("client", [""], indirect=True)
async def test_what_is_private_is_not_called_unless_it_is_allowed(client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        put = await client.put(
            "/v1/subscriptions/webhook", json={"kind": "webhook", "settings": {"url": receiver.url()}}
        )
        if put.status_code == 201:
            told = (await client.post("/v1/subscriptions/webhook/test")).json()
            assert "LEAD_ROUTER_ALLOW_PRIVATE_ADDRESSES" in told["said"]
        else:
            assert "LEAD_ROUTER_ALLOW_PRIVATE_ADDRESSES" in put.text
        assert receiver.requests == []


async def test_a_secret_that_cannot_work_is_refused_where_it_stands_and_not_repeated(client: httpx.AsyncClient) -> None:
    secret = "hook-with-a-secret"
    answer = await client.put("/v1/subscriptions/chat", json={"kind": "feishu", "secrets": {"url": secret}})
    assert answer.status_code == 422
    assert [one["where"] for one in answer.json()["errors"]] == ["secrets.url"]
    assert "hook-with-a-secret" not in answer.text


@pytest.mark.parametrize("kind", sorted(CHANNELS))
async def test_every_kind_says_what_it_needs(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.put("/v1/subscriptions/one", json={"kind": kind, "settings": {"nonsense": 1}})
    assert answer.status_code == 422
    assert "settings.nonsense" in [one["where"] for one in answer.json()["errors"]]


BOTS = {kind: channel for kind, channel in CHANNELS.items() if channel.addresses}


@pytest.mark.parametrize("kind", sorted(BOTS))
async def test_the_address_of_a_bot_is_looked_at_when_it_is_put(client: httpx.AsyncClient, kind: str) -> None:
    own, elsewhere = f"{BOTS[kind].addresses[0]}its-key", "https://chat.sample.example/a-key"

    async def put(url: str | None, **settings: str) -> httpx.Response:
        secrets = {} if url is None else {"secrets": {"url": url}}
        return await client.put("/v1/subscriptions/chat", json={"kind": kind, "settings": settings, **secrets})

    for url in (elsewhere, own.replace("https", "http")):
        refused = await put(url)
        (place,) = refused.json()["errors"]
        assert (refused.status_code, place["where"]) == (422, "secrets.url")
        assert BOTS[kind].addresses[0] in place["message"]
        assert "-key" not in place["message"]
    other = next(channel for channel in BOTS.values() if channel.kind != kind)
    (place,) = (await put(f"{other.addresses[0]}its-key")).json()["errors"]
    assert place["message"] == f"it is the address of a {other.kind}, and this is a {kind}"
    assert (await put(elsewhere, host="chat.sample.example")).status_code == 201
    # What is kept is looked at with what is set anew, and a new address with what is kept.
    assert [one["where"] for one in (await put(None)).json()["errors"]] == ["secrets.url"]
    given = await client.post("/v1/subscriptions/chat/secrets/url", json={"value": own})
    assert (given.status_code, given.json()["errors"][0]["where"]) == (422, "value")
    assert (await put(own)).status_code == 200


@pytest.mark.parametrize("kind", sorted(BOTS))
async def test_a_webhook_that_is_a_bots_address_says_which_kind_it_is(client: httpx.AsyncClient, kind: str) -> None:
    body = {"kind": "webhook", "settings": {"url": f"{BOTS[kind].addresses[0]}its-key"}}
    answer = await client.put("/v1/subscriptions/chat", json=body)
    (place,) = answer.json()["errors"]
    assert (answer.status_code, place["where"]) == (422, "settings.url")
    assert f"the address of a {kind}" in place["message"]
