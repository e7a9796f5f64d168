"""Every error is answered with a problem document that names what is wrong, and nothing of the service's inside."""

import ast
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from app import errors, problems
from app.engine.problems import Problem
from app.middleware import AnswerCutShort, RequestScope


def leaves(cls: type[errors.RequestError]) -> set[type[errors.RequestError]]:
    below = cls.__subclasses__()
    return {leaf for one in below for leaf in leaves(one)} if below else {cls}


def test_every_error_of_a_request_has_its_kind() -> None:
    assert leaves(errors.RequestError) == set(problems.KINDS)


def test_the_kinds_names_are_unique() -> None:
    names = [kind.name for kind in (*problems.KINDS.values(), problems.UNEXPECTED)]
    assert len(names) == len(set(names))


def test_the_tree_at_the_top_of_the_errors_is_the_tree() -> None:
    drawn = ast.get_docstring(ast.parse(Path(errors.__file__).read_text(encoding="utf-8")))
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.LeadRouterError):
            assert f"{name} " in f"{drawn} ".replace("\n", " \n"), name


class Body(BaseModel):
    reps: list[int]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(RequestScope)

    @app.get("/raise/{name}")
    async def raise_it(name: str) -> None:
        match name:
            case "LineFull":
                raise errors.LineFull("The line is full.", retry_after=2)
            case "DatabaseAway":
                raise errors.DatabaseAway("Postgres is away.", outcome_known=False)
            case "Conflict":
                raise errors.Conflict("Another body.", lead_id="0193")
            case "Unauthorized":
                raise errors.Unauthorized("No key.")
            case "Invalid":
                raise errors.Invalid("One place is wrong.", places=[Problem("rules[0].when", "unknown \ud800")])
            case _:
                raise RuntimeError("alice@example.com")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            raise RuntimeError("alice@example.com")

        return StreamingResponse(parts())

    @app.get("/body/{name}")
    async def shown(name: str) -> str:
        return name

    @app.delete("/body/{name}")
    async def gone(name: str) -> None: ...

    @app.post("/body")
    async def take(body: Body, limit: Annotated[int, Query(le=500)] = 50) -> int:
        return len(body.reps) + limit

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as opened:
        yield opened


async def test_an_error_is_answered_with_its_status_members_and_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/raise/Conflict", headers={"X-Request-Id": "mine-1"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.json() == {
        "type": "urn:lead-router:problem:conflict",
        "title": "The request contradicts what is there",
        "status": 409,
        "detail": "Another body.",
        "errors": [],
        "request_id": "mine-1",
        "lead_id": "0193",
    }
    assert (await client.get("/raise/LineFull")).headers["retry-after"] == "2"
    assert (await client.get("/raise/DatabaseAway")).json()["outcome_known"] is False
    assert (await client.get("/raise/Unauthorized")).headers["www-authenticate"] == "Bearer"


async def test_what_is_no_unicode_text_can_be_quoted_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/raise/Invalid")
    assert json.loads(answer.content)["errors"] == [{"where": "rules[0].when", "message": "unknown \ud800"}]


async def test_an_unforeseen_error_says_nothing_of_itself(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.get("/raise/anything")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:lead-router:problem:unexpected"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "alice" not in answer.text


async def test_an_answer_that_fails_midway_does_not_end_well(client: httpx.AsyncClient) -> None:
    with pytest.raises(AnswerCutShort):
        await client.get("/stream")


async def test_an_unknown_address_and_a_wrong_method_are_problems_too(client: httpx.AsyncClient) -> None:
    missing = await client.get("/nowhere")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:lead-router:problem:not-found")
    wrong = await client.get("/body")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "urn:lead-router:problem:method-not-allowed")
    assert wrong.headers["allow"] == "POST"


async def test_a_wrong_method_is_told_every_right_one_though_each_is_a_route_of_its_own(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.put("/body/x")).headers["allow"] == "DELETE, GET"


async def test_what_fastapi_refuses_names_the_places(client: httpx.AsyncClient) -> None:
    answer = await client.post("/body?limit=900", json={"reps": [1, "x"]})
    assert answer.status_code == 422
    assert [one["where"] for one in answer.json()["errors"]] == ["query.limit", "reps[1]"]
    unreadable = await client.post("/body", content=b"{", headers={"Content-Type": "application/json"})
    assert (unreadable.status_code, unreadable.json()["type"]) == (400, "urn:lead-router:problem:bad-input")


async def test_what_is_refused_by_its_form_is_told_in_words_for_whoever_sent_it(bare: httpx.AsyncClient) -> None:
    async def told(method: str, path: str, body: object = None) -> dict[str, str]:
        answer = await bare.request(method, f"/v1/{path}", json=body)
        assert answer.status_code == 422, answer.text
        return {one["where"]: one["message"] for one in answer.json()["errors"]}

    statuses = "one of assigned, queued, rejected, closed is wanted"
    scopes = "one of leads:write, leads:read, history:read, roster:write, policy:write, admin is wanted"
    assert await told("GET", "leads?status=quued") == {"query.status": f'{statuses}; did you mean "queued"?'}
    assert await told("GET", "leads?status=x") == {"query.status": statuses}
    assert await told("GET", "leads?limit=many") == {"query.limit": "a whole number is wanted"}
    assert await told("GET", "leads?limit=0") == {"query.limit": "a number from 1 on is wanted"}
    assert await told("GET", "leads?limit=501") == {"query.limit": "a number of at most 500 is wanted"}
    assert await told("GET", "leads?q=") == {"query.q": "it is too short: its length is at least 1"}
    assert await told("PUT", "roster?prune=maybe", {}) == {"query.prune": "true or false is wanted"}
    assert await told("POST", "keys", {"scopes": ["leads:wite", 5], "expires_at": 7}) | {"expires_at": ""} == {
        "name": "this is needed",
        "scopes[0]": f'{scopes}; did you mean "leads:write"?',
        "scopes[1]": scopes,
        "expires_at": "",
    }
    assert await told("POST", "keys", {"name": 5, "scopes": "admin"}) == {
        "name": "a text is wanted",
        "scopes": "a list is wanted",
    }
    assert await told("POST", "keys", {"name": "x", "scopes": []}) == {"scopes": "these are too few: at least 1"}


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb"])
async def test_a_request_id_that_is_no_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] not in {"", given}
