"""A sender that tells only ids: the lead waits, visibly, until its fields have been fetched from a real server."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from app.main import create_app
from app.settings import Settings
from tests.api.conftest import KEY, SECRET_KEY, furnish
from tests.receiver import Receiver, Reply, drops, receiving, said

SECRET = "the-secret-of-the-app"
FETCHED = {
    "created_time": "2026-01-05T09:30:00+0000",
    "id": "700000000000001",
    "field_data": [
        {"name": "full_name", "values": ["Ann Sample"]},
        {"name": "email", "values": ["ann@factory.example"]},
        {"name": "phone_number", "values": ["+8613800138000"]},
    ],
}


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    chosen = Settings(
        _env_file=None,
        database_url=database_url,
        admin_key=KEY,
        secret_key=SECRET_KEY,
        allow_private_addresses="127.0.0.0/8",
    )
    app = create_app(chosen)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers) as opened,
    ):
        await furnish(opened)
        yield opened


async def sent(client: httpx.AsyncClient, meta: Receiver, leadgen_id: str = "700000000000001") -> httpx.Response:
    await client.put(
        "/v1/sources/ads",
        json={
            "kind": "meta",
            "secret": SECRET,
            "token": "the-token-of-the-page",
            "options": {"host": meta.url("/v23.0"), "verify_token": "word"},
        },
    )
    value = {"leadgen_id": leadgen_id, "page_id": "1", "form_id": "2", "created_time": 1_767_605_400}
    body = orjson.dumps({"object": "page", "entry": [{"id": "1", "changes": [{"field": "leadgen", "value": value}]}]})
    signature = hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()
    headers = {"X-Hub-Signature-256": f"sha256={signature}", "Authorization": ""}
    return await client.post("/v1/webhooks/ads", content=body, headers=headers)


async def settled(client: httpx.AsyncClient) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            (kept,) = (await client.get("/v1/deliveries")).json()["items"]
            if kept["state"] not in ("received", "waiting") or kept["reason"] == "tried":
                found: dict[str, Any] = kept
                return found
            await asyncio.sleep(0.05)


async def test_the_fields_are_fetched_with_the_sources_token_and_the_lead_is_routed_once(
    client: httpx.AsyncClient,
) -> None:
    async with receiving(said(FETCHED)) as meta:
        for _ in range(2):
            assert (await sent(client, meta)).status_code == 200
        async with asyncio.timeout(20):
            while len((await client.get("/v1/deliveries?state=done")).json()["items"]) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        (lead,) = (await client.get("/v1/leads")).json()["items"]
        assert lead["facts"]["name"] == "Ann Sample"
        assert lead["facts"]["external_id"] == "700000000000001"
        assert len((await client.get("/v1/assignments")).json()["items"]) == 1
        assert meta.requests[0].headers["authorization"] == "Bearer the-token-of-the-page"
        assert "the-token-of-the-page" not in meta.requests[0].target


# Who hangs up is asked once more at once.
@pytest.mark.parametrize(
    "failing", [(drops, drops), (Reply(503, headers={"retry-after": "1"}),), (Reply(200, b"<html>"),)]
)
async def test_while_they_cannot_be_fetched_the_delivery_waits_and_says_why(
    client: httpx.AsyncClient, failing: tuple[Any, ...]
) -> None:
    async with receiving(*failing, said(FETCHED)) as meta:
        assert (await sent(client, meta)).status_code == 200
        kept = await settled(client)
        assert kept["state"] == "waiting"
        assert kept["detail"]
        assert kept["next_at"]
        assert (await client.get("/v1/leads")).json()["items"] == []
        again = (await client.post(f"/v1/deliveries/{kept['id']}/redrive")).json()
        assert again["state"] == "done"
        assert again["items"][0]["status"] == "assigned"


async def test_a_token_that_is_refused_is_said_and_the_delivery_is_driven_again_with_a_new_one(
    client: httpx.AsyncClient,
) -> None:
    refused = said({"error": {"code": 190, "message": "expired"}}, 400)
    async with receiving(refused, said(FETCHED)) as meta:
        assert (await sent(client, meta)).status_code == 200
        kept = await settled(client)
        assert (kept["state"], kept["reason"]) == ("failed", "failed")
        assert "set a new one for this source" in kept["detail"]
        body = {"purpose": "token", "secret": "a-new-token", "keep_old_hours": 0}
        assert (await client.post("/v1/sources/ads/secrets", json=body)).status_code == 201
        assert (await client.post("/v1/deliveries/redrive?state=failed")).json()["redriven"] == 1
        async with asyncio.timeout(20):
            while not (await client.get("/v1/deliveries?state=done")).json()["items"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert meta.requests[-1].headers["authorization"] == "Bearer a-new-token"
        assert len((await client.get("/v1/leads")).json()["items"]) == 1
