"""The published description is what the service serves: whole, valid, with examples that work."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from app.commands.openapi import published, rendered
from tests.api.test_leads import route
from tests.events.support import Receiver, receiving

ROOT = Path(__file__).parents[2]
DOCUMENT = published()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


OPERATIONS = list(operations())


def named(path: str, method: str, _: object) -> str:
    return f"{method} {path}"


def check(schema: dict[str, Any], value: Any) -> None:
    registry: Any = Registry().with_resource(
        "urn:doc", Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
    )
    rooted = yaml.safe_load(yaml.safe_dump(schema).replace("#/components", "urn:doc#/components"))
    jsonschema.Draft202012Validator(rooted, registry=registry).validate(value)


def test_the_published_file_is_what_the_service_serves() -> None:
    assert (ROOT / "openapi.yaml").read_text(encoding="utf-8") == rendered(published())
    assert yaml.safe_load(rendered(published())) == DOCUMENT


def test_the_description_is_valid() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=[named(*one) for one in OPERATIONS])
def test_every_body_and_answer_has_an_example_that_fits_its_shape(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"]
    assert operation["description"]
    contents = [answer.get("content", {}) for answer in operation["responses"].values()]
    contents.append(operation.get("requestBody", {}).get("content", {}))
    shown = [shape for content in contents for shape in content.values()]
    assert shown or method == "delete"
    for shape in shown:
        check(shape["schema"], shape["example"])


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=[named(*one) for one in OPERATIONS])
def test_every_operation_says_which_problems_it_can_end_in(path: str, method: str, operation: dict[str, Any]) -> None:
    if path.startswith(OPEN):
        assert {"422", "503"} <= operation["responses"].keys()
        assert "security" not in operation
    elif path.startswith("/v1/"):
        assert {"401", "403", "422", "429", "503"} <= operation["responses"].keys()
        assert operation["security"]
    else:
        assert "security" not in operation
    if "requestBody" in operation and "bulk" not in path:
        assert {"400", "413"} <= operation["responses"].keys()


def test_no_parameter_can_be_null() -> None:
    for _, _, operation in OPERATIONS:
        for parameter in operation.get("parameters", ()):
            assert {"type": "null"} not in parameter["schema"].get("anyOf", ()), parameter


OPEN = ("/v1/webhooks/", "/v1/forms/")
"""Doors: whoever comes there has no key."""


async def furnished(client: httpx.AsyncClient) -> dict[str, str]:
    """What the examples take for granted, and the ids that stand in paths."""
    await client.put("/v1/roster", json={"reps": {"east-1": {"name": "Lin"}, "east-2": {"name": "Ada"}}})
    lead = await route(client, name="Wei")
    return {"lead_id": lead["lead_id"], "assignment_id": lead["assignment_id"], "version": "1"}


SECRET = "a-secret-of-the-sender-32-characters"


async def sources(client: httpx.AsyncClient, path: str, method: str) -> dict[str, str]:
    """What the examples of the doors take for granted: sources, and what stands for their ids in paths."""
    if not path.startswith((*OPEN, "/v1/sources/{", "/v1/deliveries/")):
        return {}
    form = path.startswith("/v1/forms/") or path.endswith("/snippet")
    if method == "get" and path.startswith("/v1/webhooks/"):
        body = {"kind": "meta", "secret": SECRET, "options": {"verify_token": "word"}}
        await client.put("/v1/sources/meta", json=body)
        return {"source": "meta?hub.mode=subscribe&hub.verify_token=word&hub.challenge=1158201444"}
    source = "website" if form else "shop"
    await client.put(f"/v1/sources/{source}", json={"kind": "form" if form else "generic"})
    added = await client.post(f"/v1/sources/{source}/secrets", json={"secret": SECRET})
    kept_secrets = added.json().get("secrets", [{"id": ""}])  # a form has none
    await client.post(f"/v1/webhooks/{source}", json={"email": "x@factory.example"}, headers={"X-Api-Key": SECRET})
    kept = (await client.get("/v1/deliveries")).json()["items"]
    return {
        "source": f"shop/{SECRET}" if path.startswith("/v1/webhooks/") else source,
        "id": kept_secrets[-1]["id"],
        "delivery": kept[0]["id"] if kept else "",
    }


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as listening:
        yield listening


async def subscribed(client: httpx.AsyncClient, receiver: Receiver) -> dict[str, str]:
    """A subscription that has been told of something, and the ids that stand in its paths."""
    body = {"kind": "webhook", "settings": {"url": receiver.url}, "from": 0, "events": ["lead.assigned"]}
    assert (await client.put("/v1/subscriptions/crm", json=body)).status_code == 201
    await receiver.until_taken(1)
    async with asyncio.timeout(10):
        while not (sent := (await client.get("/v1/subscriptions/crm/sends")).json()["items"]):
            pass
    return {"id": "crm", "name": "signing", "event_id": sent[0]["event_id"]}


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=[named(*one) for one in OPERATIONS])
async def test_every_example_works(
    client: httpx.AsyncClient, receiver: Receiver, path: str, method: str, operation: dict[str, Any]
) -> None:
    ids = await furnished(client)
    if path.endswith("/claim"):
        await client.post(f"/v1/leads/{ids['lead_id']}/release", json={"reason": "to be claimed"})
    if "/teams/" in path:
        await client.put("/v1/teams/spare", json={"members": ["east-1"]})
    ids["id"] = "spare" if "/teams/" in path else "east-1"
    ids |= await sources(client, path, method)
    if "/rotations/" in path:
        ids["id"] = "team:everyone"
    if "/keys/" in path:
        ids["id"] = (await client.post("/v1/keys", json={"name": "x", "scopes": ["leads:read"]})).json()["id"]
    if "/subscriptions" in path:
        ids |= await subscribed(client, receiver)
    assert (
        await client.put("/v1/teams/everyone", json={"members": ["ann", "bob", "east-1", "east-2"]})
    ).status_code == 200
    bodies = operation.get("requestBody", {}).get("content", {}) or {None: None}
    for media, shape in bodies.items():
        headers = {} if media is None else {"Content-Type": media}
        content: Any = None
        if shape is not None:
            content = shape["example"]
            if media == "application/json":
                content = httpx.Request("POST", "http://test", json=content).content
            elif media == "application/yaml":
                content = yaml.safe_dump(content)
            elif media in ("application/x-www-form-urlencoded", "multipart/form-data"):
                files = {name: (None, value) for name, value in content.items()} if "multipart" in media else None
                request = httpx.Request("POST", "http://test", data=None if files else content, files=files)
                headers, content = {"Content-Type": request.headers["content-type"]}, request.read()
        address = path.format(**ids) + ("?state=done" if path.endswith("/deliveries/redrive") else "")
        answer = await client.request(method, address, headers=headers, content=content)
        declared = operation["responses"].get(str(answer.status_code))
        assert answer.status_code < 300, answer.text
        assert declared is not None
        if answer.status_code == 204:
            continue
        kind = answer.headers["content-type"].partition(";")[0]
        schema = declared["content"][kind]["schema"]
        if kind == "application/json":
            check(schema, answer.json())
        elif kind == "application/x-ndjson":
            for line in answer.text.splitlines():
                check(schema, httpx.Response(200, text=line).json())


async def test_the_running_service_serves_the_published_description(client: httpx.AsyncClient) -> None:
    assert (await client.get("/openapi.json")).json() == DOCUMENT


async def test_every_problem_that_is_answered_fits_its_shape(client: httpx.AsyncClient) -> None:
    for answer in (
        await client.get("/v1/leads?limit=x"),
        await client.get("/v1/nothing"),
        await client.post("/v1/leads", content=b"{"),
        await client.request("PUT", "/v1/leads"),
    ):
        check({"$ref": "#/components/schemas/Problem"}, answer.json())
