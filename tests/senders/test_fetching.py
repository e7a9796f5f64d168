from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.net.client import Answer, Refused, Unreachable
from app.senders.base import NotFetched, OnlyATest, Settings
from app.senders.hubspot import PROPERTIES
from app.senders.kinds import SENDERS


@dataclass
class Service:
    """A server that answers what it is told to, and remembers what it was asked."""

    host: str = ""
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        self.asked.append((head[0], headers))
        lines = [f"HTTP/1.1 {self.status} X", *(f"{name}: {value}" for name, value in self.headers.items())]
        lines += [f"content-length: {len(self.body)}", "connection: close", "", ""]
        writer.write("\r\n".join(lines).encode() + self.body)
        await writer.drain()
        writer.close()


class PlainClient:
    """Calls without a guard: what is called here is on this machine."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Any = None,
        body: bytes = b"",
        seconds: float = 20,
    ) -> Answer:
        if url.startswith("http://private."):
            raise Refused("private.example.com is a private address")
        try:
            async with httpx.AsyncClient(timeout=seconds, trust_env=False) as client:
                answer = await client.request(method, url, headers=headers, content=body)
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error
        limit = 65_536
        return Answer(
            answer.status_code, dict(answer.headers), answer.content[:limit], 0.0, cut=len(answer.content) > limit
        )


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    it = Service()
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0)
    it.host = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield it
    server.close()
    await server.wait_closed()


async def fetch(kind: str, record: str, host: str, *, token: str | None = "tok-1", **options: Any) -> dict[str, Any]:
    run = SENDERS[kind].fetch
    assert run is not None
    return await run(PlainClient(), record, Settings(("appsecret",), token, {"host": host, **options}))


async def failure(kind: str, service: Service, **others: Any) -> NotFetched:
    with pytest.raises(NotFetched) as raised:
        await fetch(kind, "900100", service.host, **others)
    return raised.value


async def test_a_contact_of_hubspot_is_fetched_with_the_properties_that_a_source_needs(service: Service) -> None:
    properties = {"firstname": "Anna", "email": "anna@example.com", "phone": None}
    service.body = json.dumps({"id": "900100", "properties": properties, "archived": False}).encode()
    tree = await fetch("hubspot", "900100", service.host, properties=["shoe_size", "email"])
    assert tree == {"firstname": "Anna", "email": "anna@example.com", "hs_object_id": "900100"}
    ((line, headers),) = service.asked
    method, target, _ = line.split()
    assert (method, urlsplit(target).path) == ("GET", "/crm/v3/objects/contacts/900100")
    assert parse_qs(urlsplit(target).query)["properties"] == [",".join([*PROPERTIES, "shoe_size"])]
    assert headers["authorization"] == "Bearer tok-1"
    assert "tok-1" not in line


META = {
    "id": "900100",
    "created_time": "2025-03-01T08:49:14+0000",
    "form_id": "2",
    "campaign_name": "Spring",
    "field_data": [
        {"name": "full_name", "values": ["Anna Berg"]},
        {"name": "email", "values": ["anna@example.com"]},
        {"name": "interests", "values": ["CRM", "Forms"]},
    ],
}


async def test_a_lead_of_meta_is_fetched_with_its_answers_by_name(service: Service) -> None:
    service.body = json.dumps(META).encode()
    tree = await fetch("meta", "900100", f"{service.host}/v23.0/")
    assert tree == {
        "full_name": "Anna Berg",
        "email": "anna@example.com",
        "interests": ["CRM", "Forms"],
        "leadgen_id": "900100",
        "created_time": "2025-03-01T08:49:14+0000",
        "form_id": "2",
        "campaign_name": "Spring",
    }
    ((line, headers),) = service.asked
    assert line.startswith("GET /v23.0/900100?fields=created_time%2C")
    assert "tok-1" not in line
    assert "appsecret_proof" not in line
    assert headers["authorization"] == "Bearer tok-1"


async def test_meta_is_given_proof_of_the_secret_where_the_app_asks_for_it(service: Service) -> None:
    await fetch("meta", "900100", service.host, appsecret_proof=True)
    query = parse_qs(urlsplit(service.asked[0][0].split()[1]).query)
    # HMAC-SHA256 of the token with the app's secret.
    assert query["appsecret_proof"] == ["9ae79eb3001a38e718fd0f098f07ba07df0fbd86eb973d92b09c999d4a40bc2a"]


async def test_a_lead_of_metas_testing_tool_is_a_test(service: Service) -> None:
    answer = {"name": "email", "values": ["<test lead: dummy data for email>"]}
    service.body = json.dumps({**META, "field_data": [answer]}).encode()
    assert isinstance(await failure("meta", service), OnlyATest)


@pytest.mark.parametrize("kind", ["hubspot", "meta"])
@pytest.mark.parametrize(
    ("status", "headers", "again", "after", "says"),
    [
        (401, {}, False, None, "set a new one for this source"),
        (403, {}, False, None, "or does not allow"),
        (404, {}, False, None, "there is no such record"),
        (400, {}, False, None, "answered 400"),
        (302, {"location": "http://127.0.0.1:1/"}, False, None, "redirects are not followed"),
        (429, {"retry-after": "7"}, True, 7.0, "answered 429"),
        (429, {}, True, None, "answered 429"),
        (500, {}, True, None, "answered 500"),
        (503, {"retry-after": "120"}, True, 120.0, "answered 503"),
    ],
)
async def test_what_a_status_means_for_trying_again(
    service: Service, kind: str, status: int, headers: dict[str, str], again: bool, after: float | None, says: str
) -> None:
    service.status, service.headers, service.body = status, headers, b"<html>"
    found = await failure(kind, service)
    assert (found.again, found.after) == (again, after)
    assert says in found.message
    assert "tok-1" not in found.message
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("error", "again", "says"),
    [
        ({"code": 190, "type": "OAuthException"}, False, "has expired or was withdrawn"),
        ({"code": 4}, True, "its error 4"),
        ({"code": 2}, True, "its error 2"),
        ({"code": 200}, False, "does not allow leads_retrieval"),
        ({"code": 100, "error_subcode": 33}, False, "Meta answered 400"),
        ({"code": "x"}, False, "Meta answered 400"),
        ([], False, "Meta answered 400"),
    ],
)
async def test_meta_says_by_a_code_of_its_own_what_is_wrong(
    service: Service, error: Any, again: bool, says: str
) -> None:
    service.status, service.body = 400, json.dumps({"error": error}).encode()
    found = await failure("meta", service)
    assert found.again is again
    assert says in found.message


@pytest.mark.parametrize(
    ("body", "again"), [(b"", True), (b"<html>", True), (b"[]", True), (b'{"a":"' + b"x" * 70_000 + b'"}', False)]
)
async def test_an_answer_that_cannot_be_read_is_not_taken_for_a_lead(
    service: Service, body: bytes, again: bool
) -> None:
    service.body = body
    assert (await failure("hubspot", service)).again is again


@pytest.mark.parametrize("kind", ["hubspot", "meta"])
async def test_a_sender_that_is_away_is_asked_again_and_a_private_address_is_not(kind: str) -> None:
    away, private = Service(host="http://127.0.0.1:1"), Service(host="http://private.example.com")
    assert (await failure(kind, away)).again
    assert not (await failure(kind, private)).again


@pytest.mark.parametrize("kind", ["hubspot", "meta"])
@pytest.mark.parametrize("token", [None, "", " ", "to\nk", "tök"])
async def test_without_a_token_nothing_is_asked_and_it_is_said_how_to_get_one(
    service: Service, kind: str, token: str | None
) -> None:
    found = await failure(kind, service, token=token)
    assert not found.again
    assert "no token is set" in found.message
    assert service.asked == []


@pytest.mark.parametrize("kind", ["hubspot", "meta"])
async def test_only_a_number_is_asked_for(service: Service, kind: str) -> None:
    for record in ("../me", "1/2", "", "1?x=y"):
        with pytest.raises(NotFetched):
            await fetch(kind, record, service.host)
    assert service.asked == []
