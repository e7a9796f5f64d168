"""A key may do what its scopes say, as often as its rate says, as long as it holds."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.commands.openapi import published
from app.middleware import AnswerCutShort
from app.store import keys
from app.store.rates import Rates
from app.store.scopes import SCOPES
from tests.api.conftest import KEY, furnish, serving
from tests.api.test_health import close_to_all

OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in published()["paths"].items()
    for method, operation in methods.items()
]
OPEN_TO_ALL = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    # Whoever comes to a door has no key: a sender shows its secret or signature there, a browser nothing.
    ("GET", "/v1/webhooks/{source}"),
    ("POST", "/v1/webhooks/{source}"),
    ("POST", "/v1/forms/{source}"),
    ("GET", "/v1/forms/{source}/script.js"),
}


async def make(client: httpx.AsyncClient, *scopes: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/keys", json={"name": "Form", "scopes": scopes, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def bearer(key: dict[str, Any] | str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key if isinstance(key, str) else key['key']}"}


def service_of(client: httpx.AsyncClient) -> Any:
    return client.app.state.service  # type: ignore[attr-defined]


# --- what a key is ----------------------------------------------------------------------------------------------------


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/keys", json={"name": "Form", "scopes": ["leads:write"]}, headers={"X-Actor": "Ada"})
    made = answer.json()
    assert re.fullmatch(r"lr_[a-z0-9]{12}_[0-9a-f]{64}", made["key"])
    assert answer.headers["location"] == f"/v1/keys/{made['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert made["key"].startswith(made["prefix"])
    secret = made.pop("key").removeprefix(made["prefix"])
    assert made == {
        "id": made["id"], "name": "Form", "prefix": f"lr_{made['id']}_", "scopes": ["leads:write"],
        "rate_per_minute": None, "status": "active", "created_at": made["created_at"], "created_by": "Ada",
        "expires_at": None, "revoked_at": None, "revoked_by": None, "last_used_at": None,
    }  # fmt: skip
    shown = [await client.get(f"/v1/keys/{made['id']}"), await client.get("/v1/keys")]
    assert shown[0].json() == made
    assert shown[1].json() == {"items": [made], "next_cursor": None}
    async with service_of(client).reading() as connection:
        row = str(dict(await connection.fetchrow("SELECT * FROM api_keys")))
    assert not any(secret in text for text in (row, *(one.text for one in shown)))


async def test_the_list_is_paged_the_newest_first(client: httpx.AsyncClient) -> None:
    made = [(await make(client, "leads:read"))["id"] for _ in range(5)]
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/keys", params={"limit": "2", **cursor})).json()
        found += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == made[::-1]


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"scopes": ["leads:write"]}, "name"),
    ({"name": " ", "scopes": ["leads:write"]}, "name"),
    ({"name": "a\u202eb", "scopes": ["leads:write"]}, "name"),
    ({"name": "n" * 65, "scopes": ["leads:write"]}, "name"),
    ({"name": "x"}, "scopes"),
    ({"name": "x", "scopes": []}, "scopes"),
    ({"name": "x", "scopes": ["leads:write", "leads"]}, "scopes[1]"),
    ({"name": "x", "scopes": ["admin", "admin"]}, "scopes"),
    ({"name": "x", "scopes": ["admin"], "rate_per_minute": 0}, "rate_per_minute"),
    ({"name": "x", "scopes": ["admin"], "rate_per_minute": True}, "rate_per_minute"),
    ({"name": "x", "scopes": ["admin"], "rate_per_minute": "5"}, "rate_per_minute"),
    ({"name": "x", "scopes": ["admin"], "expires_at": "2020-01-01"}, "expires_at"),
    ({"name": "x", "scopes": ["admin"], "expires_at": 4102444800}, "expires_at"),
    ({"name": "x", "scopes": ["admin"], "expires_at": "9999-12-31T23:59:59-12:00"}, "expires_at"),
    ({"name": "x", "scopes": ["admin"], "expires": "2099-01-01"}, "expires"),
]


async def test_a_key_that_makes_no_sense_is_refused_at_its_place(bare: httpx.AsyncClient) -> None:
    for body, place in NONSENSE:
        answer = await bare.post("/v1/keys", json=body)
        assert answer.status_code == 422, body
        assert [one["where"] for one in answer.json()["errors"]] == [place]
    assert (await bare.get("/v1/keys")).json()["items"] == []


async def test_name_expiry_and_rate_can_be_changed_and_the_rest_stays(client: httpx.AsyncClient) -> None:
    made = await make(client, "leads:read", rate_per_minute=5, expires_at="2099-01-01")
    made.pop("key")
    assert made["expires_at"] == "2099-01-02T00:00:00+00:00"
    at = f"/v1/keys/{made['id']}"
    assert (await client.patch(at, json={})).json() == made
    assert (await client.patch(at, json={"name": "CRM"})).json() == made | {"name": "CRM"}
    changed = made | {"name": "CRM", "rate_per_minute": None, "expires_at": None}
    assert (await client.patch(at, json={"rate_per_minute": None, "expires_at": None})).json() == changed
    assert (await client.patch(at, json={"scopes": ["admin"]})).status_code == 422
    assert (await client.patch(at, json={"name": None})).status_code == 422
    assert (await client.patch("/v1/keys/000000000000", json={})).status_code == 404


# --- what a key may do ------------------------------------------------------------------------------------------------


def allowed(operation: dict[str, Any], scopes: set[str]) -> bool:
    return "admin" in scopes or any(set(one["key"]) <= scopes for one in operation["security"])


def address_of(path: str) -> str:
    """An address of that path: of nothing that is there, but of the form that it has."""
    return re.sub(r"\{\w+\}", "x", path.replace("{delivery}", "00000000-0000-0000-0000-000000000000"))


def combinations() -> Iterator[set[str]]:
    for scope in SCOPES:
        yield {scope}
        yield set(SCOPES) - {scope, "admin"}


def test_no_operation_is_left_without_a_decision() -> None:
    for method, path, operation in OPERATIONS:
        if (method, path) in OPEN_TO_ALL:
            assert "security" not in operation
            continue
        assert operation["security"], path
        for one in operation["security"]:
            assert one["key"], f"{method} {path} takes any key: say which scopes it needs"
            assert set(one["key"]) <= set(SCOPES)
            for scope in one["key"]:
                assert f"`{scope}`" in operation["responses"]["403"]["description"]


async def test_every_operation_refuses_a_key_without_its_scope_and_no_other(client: httpx.AsyncClient) -> None:
    for scopes in combinations():
        headers = bearer(await make(client, *scopes))
        for method, path, operation in OPERATIONS:
            if (method, path) in OPEN_TO_ALL:
                continue
            answer = await client.request(method, address_of(path), headers=headers)
            assert (answer.status_code == 403) is not allowed(operation, scopes), (method, path, scopes)
            if answer.status_code == 403:
                assert answer.json()["type"] == "urn:lead-router:problem:forbidden"
                missing = set(answer.json()["missing"])
                assert missing
                assert not missing & scopes
                assert all(f"“{scope}”" in answer.json()["detail"] for scope in missing)


@pytest.mark.parametrize(
    ("scopes", "may", "may_not"),
    [
        # A form brings leads in, and sees nothing but the answers.
        (["leads:write"], ["POST /v1/leads"], ["GET /v1/leads", "GET /v1/reps", "POST /v1/decisions", "GET /v1/keys"]),
        # A CRM works on leads, and knows whom to give them to.
        (["leads:write", "leads:read"], ["POST /v1/leads", "GET /v1/leads", "GET /v1/reps"], ["PUT /v1/roster"]),
        # A dashboard looks.
        (["history:read"], ["GET /v1/assignments", "GET /v1/roster", "GET /v1/policies"], ["GET /v1/leads"]),
        # Who runs the desk edits it.
        (["roster:write", "policy:write"], ["PUT /v1/roster", "GET /v1/roster", "GET /v1/policies"], ["GET /v1/keys"]),
    ],
)
async def test_each_kind_of_caller_can_do_its_work_and_no_more(
    client: httpx.AsyncClient, scopes: list[str], may: list[str], may_not: list[str]
) -> None:
    headers = bearer(await make(client, *scopes))
    for one in may:
        method, path = one.split()
        body = {"reps": {}} if "roster" in path else {"name": "Wei Sample"}
        answer = await client.request(method, path, headers=headers, json=None if method == "GET" else body)
        assert answer.status_code < 300, answer.text
    for one in may_not:
        method, path = one.split()
        assert (await client.request(method, path, headers=headers)).status_code == 403, path


async def test_the_quick_door_and_the_framework_ask_for_the_same_scope(client: httpx.AsyncClient) -> None:
    reader, writer = bearer(await make(client, "leads:read")), bearer(await make(client, "leads:write"))
    both = bearer(await make(client, "leads:write", "leads:read"))
    for path in ("/v1/leads", "/v1/leads?trace=true"):
        assert (await client.post(path, headers=reader, json={"name": "x"})).status_code == 403
        assert (await client.post(path, headers=both, json={"name": "x"})).status_code == 201
    assert (await client.post("/v1/leads", headers=writer, json={"name": "x"})).status_code == 201


async def test_who_only_brings_leads_in_is_not_told_by_a_trace_of_earlier_ones(client: httpx.AsyncClient) -> None:
    lead = {"name": "Wei Sample", "email": "wei@example.com"}
    await client.post("/v1/leads", json=lead)
    headers = bearer(await make(client, "leads:write"))
    for path in ("/v1/leads", "/v1/leads/bulk"):
        answer = await client.post(f"{path}?trace=true", headers=headers, json=[lead] if "bulk" in path else lead)
        assert answer.status_code == 403, answer.text
        assert "“leads:read”" in answer.json()["detail"]
        assert answer.json()["missing"] == ["leads:read"]
        again = await client.post(f"{path}?trace=false", headers=headers, json=[lead] if "bulk" in path else lead)
        assert again.is_success
        assert "trace" not in again.text
    seeing = bearer(await make(client, "leads:write", "leads:read"))
    assert (await client.post("/v1/leads?trace=true", headers=seeing, json=lead)).json()["trace"]


async def test_a_delivery_key_is_the_callers_own(client: httpx.AsyncClient) -> None:
    one, other = await make(client, "leads:write"), await make(client, "leads:write")
    answers = [
        await client.post("/v1/leads", json={"name": "x"}, headers={"Idempotency-Key": "1", **headers})
        for headers in (bearer(one), bearer(one), bearer(other), bearer(KEY), bearer(KEY))
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 201, 201, 200]
    assert len({answer.json()["lead_id"] for answer in answers}) == 3


async def test_the_record_names_the_key_unless_the_caller_names_a_person(client: httpx.AsyncClient) -> None:
    headers = bearer(await make(client, "leads:write", "leads:read", name="CRM 客户系统"))
    lead = (await client.post("/v1/leads", json={"name": "x"}, headers=headers)).json()["lead_id"]
    at = f"/v1/leads/{lead}/assign"
    await client.post(at, json={"rep": "bob", "reason": "asked"}, headers=headers)
    await client.post(at, json={"rep": "ann", "reason": "asked"}, headers={"X-Actor": "Ada", **headers})
    decisions = (await client.get(f"/v1/leads/{lead}")).json()["decisions"]
    assert [one["actor"] for one in decisions] == [None, "CRM 客户系统", "Ada"]


# --- whether it holds -------------------------------------------------------------------------------------------------


async def test_a_wrong_secret_is_refused_like_a_key_that_was_never_made(client: httpx.AsyncClient) -> None:
    made = await make(client, "admin")
    wrong = made["key"][:-1] + ("0" if made["key"][-1] != "0" else "1")
    answers = [
        await client.get("/v1/keys", headers=bearer(key))
        for key in (wrong, f"lr_000000000000_{'0' * 64}", made["prefix"], made["key"].upper(), made["key"] + "0")
    ]
    assert {answer.status_code for answer in answers} == {401}
    (said,) = {answer.json()["detail"] for answer in answers}
    assert said.startswith("The key that was sent is not known here")
    assert "POST /v1/keys" in said
    assert "LEAD_ROUTER_ADMIN_KEY or, where none is set, in the file admin_key of the service's data directory" in said
    assert (await client.get("/v1/keys", headers=bearer(made))).status_code == 200


async def test_a_revoked_key_is_refused_at_once_here_and_elsewhere_with_the_next_look(
    client: httpx.AsyncClient, database_url: str
) -> None:
    made = await make(client, "leads:write")
    async with serving(database_url) as other:
        for worker in (client, other):
            assert (await worker.post("/v1/leads", json={}, headers=bearer(made))).status_code == 201
        revoked = (await client.post(f"/v1/keys/{made['id']}/revoke", headers={"X-Actor": "Ada"})).json()
        assert (revoked["status"], revoked["revoked_by"]) == ("revoked", "Ada")
        again = await client.post(f"/v1/keys/{made['id']}/revoke", headers={"X-Actor": "Bob"})
        assert again.json() == revoked
        refused = await client.post("/v1/leads", json={}, headers=bearer(made))
        assert refused.status_code == 401
        assert "revoked" in refused.json()["detail"]
        await service_of(other).keys.look()
        assert (await other.post("/v1/leads", json={}, headers=bearer(made))).status_code == 401
    assert (await client.patch(f"/v1/keys/{made['id']}", json={"name": "x"})).status_code == 409
    assert (await client.post("/v1/keys/000000000000/revoke")).status_code == 404


async def test_an_expired_key_is_refused_and_says_so(client: httpx.AsyncClient) -> None:
    made = await make(client, "leads:write", expires_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert (await client.post("/v1/leads", json={}, headers=bearer(made))).status_code == 201
    service = service_of(client)
    async with service.writing() as connection:
        await connection.execute("UPDATE api_keys SET expires_at = now() - interval '1 hour'")
    await service.keys.look()
    refused = await client.post("/v1/leads", json={}, headers=bearer(made))
    assert (refused.status_code, "expired" in refused.json()["detail"]) == (401, True)
    assert (await client.get(f"/v1/keys/{made['id']}")).json()["status"] == "expired"


async def test_a_key_that_was_just_made_holds_on_every_worker_though_it_was_unknown_before(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with serving(database_url) as other:
        made = await make(client, "leads:write")
        assert (await other.post("/v1/leads", json={}, headers=bearer(made))).status_code == 201


async def test_known_keys_and_the_admin_key_go_on_while_the_database_is_away(
    database_url: str, postgres_url: str
) -> None:
    async with serving(database_url, wait_seconds=0.5) as client:
        known, unknown = await make(client, "leads:read"), await make(client, "leads:read")
        # What is wrong with the query is told after the key is known, and needs no database.
        asking = "/v1/leads?nonsense=1"
        assert (await client.get(asking, headers=bearer(known))).status_code == 422
        await close_to_all(postgres_url, database_url, closed=True)
        try:
            assert (await client.get(asking, headers=bearer(known))).status_code == 422
            assert (await client.get(asking)).status_code == 422
            away = await client.get(asking, headers=bearer(unknown))
            assert (away.status_code, away.json()["outcome_known"]) == (503, True)
        finally:
            await close_to_all(postgres_url, database_url, closed=False)
        assert (await client.get(asking, headers=bearer(unknown))).status_code == 422


async def test_when_a_key_was_last_used_is_written_once_a_minute(client: httpx.AsyncClient) -> None:
    made = await make(client, "leads:read")
    service = service_of(client)

    async def version() -> tuple[int, datetime | None]:
        async with service.reading() as connection:
            row = await connection.fetchrow("SELECT xmin::text::bigint AS xmin, last_used_at FROM api_keys")
        return row["xmin"], row["last_used_at"]

    await service.keys.look()
    assert (await version())[1] is None
    await client.get("/v1/leads", headers=bearer(made))
    await service.keys.look()
    first = await version()
    assert first[1] is not None
    assert abs(datetime.now(UTC) - first[1]) < timedelta(seconds=30)
    await client.get("/v1/leads", headers=bearer(made))
    await service.keys.look()
    assert await version() == first


# --- who tries keys ---------------------------------------------------------------------------------------------------


async def test_who_tries_many_wrong_keys_is_told_to_wait_and_a_right_one_from_there_is_not(
    client: httpx.AsyncClient,
) -> None:
    made = await make(client, "leads:read")
    answers = [await client.get("/v1/leads", headers=bearer(f"guess-{n}")) for n in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    told = answers[-1]
    assert told.json()["type"] == "urn:lead-router:problem:too-many"
    assert 1 <= int(told.headers["retry-after"]) <= 60
    assert (await client.get("/v1/leads", headers=bearer(made))).status_code == 200
    assert (await client.get("/v1/leads")).status_code == 200
    # Who sends no key at all does not guess.
    none = await client.get("/v1/leads", headers={"Authorization": ""})
    assert (none.status_code, none.json()["detail"].partition(";")[0]) == (
        401,
        "Send the key as “Authorization: Bearer KEY”",
    )


@pytest.mark.parametrize(
    ("proxies", "counted_apart"), [("127.0.0.0/8", True), ("10.0.0.0/8,127.0.0.1", True), ("none", False)]
)
async def test_behind_a_trusted_proxy_each_client_is_counted_by_its_own_address(
    database_url: str, proxies: str, *, counted_apart: bool
) -> None:
    async with serving(database_url, trusted_proxies=proxies) as client:

        async def tries(address: str) -> int:
            headers = {"X-Forwarded-For": address, **bearer("guess")}
            return (await client.get("/v1/leads", headers=headers)).status_code

        for _ in range(10):
            assert await tries("203.0.113.7") == 401
        assert await tries("203.0.113.7") == 429
        assert await tries("203.0.113.8") == (401 if counted_apart else 429)
        # One customer has a whole network of IPv6.
        for last in range(10):
            await tries(f"2001:db8:1:2::{last + 1}")
        assert await tries("2001:db8:1:2:ffff::1") == 429


# --- how often --------------------------------------------------------------------------------------------------------


async def test_a_key_with_a_rate_is_told_what_is_left_of_it_and_then_to_wait(client: httpx.AsyncClient) -> None:
    headers = bearer(await make(client, "leads:write", "leads:read", rate_per_minute=3))
    answers = [
        await client.post("/v1/leads", json={}, headers=headers),
        await client.get("/v1/leads", headers=headers),
        await client.post("/v1/leads", content=b"{", headers=headers),
        await client.get("/v1/leads", headers=headers),
        await client.post("/v1/leads", json={}, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 400, 429, 429]
    for left, answer in zip((2, 1, 0, 0, 0), answers, strict=True):
        assert answer.headers["ratelimit-policy"] == '"key";q=3;w=60'
        assert re.fullmatch(rf'"key";r={left};t=[1-9]\d*', answer.headers["ratelimit"])
    assert "retry-after" not in answers[2].headers
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60


async def test_a_key_without_a_rate_is_told_nothing_and_never_refused(client: httpx.AsyncClient) -> None:
    headers = bearer(await make(client, "leads:read"))
    await make(client, "leads:read", rate_per_minute=1)
    for _ in range(50):
        answer = await client.get("/v1/leads?limit=x", headers=headers)
        assert answer.status_code == 422
        assert "ratelimit" not in answer.headers


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def slowed(client: httpx.AsyncClient) -> tuple[Clock, dict[str, Any], asyncio.Task[httpx.Response]]:
    """An import of three leads that has used up a rate of two with the call and the first lead."""
    service, clock = service_of(client), Clock()
    service.rates = Rates(service.pool, clock=clock)
    made = await make(client, "leads:write", rate_per_minute=2)
    lines = b'{"name": "a"}\n{"name": "b"}\n{"name": "c"}\n'
    headers = {"Content-Type": "application/x-ndjson", **bearer(made)}
    task = asyncio.create_task(client.post("/v1/leads/bulk", content=lines, headers=headers))
    while (await client.get("/v1/assignments")).json()["items"] == []:
        assert not task.done()
    assert (await client.post("/v1/leads", json={}, headers=bearer(made))).status_code == 429
    return clock, made, task


async def test_each_lead_of_an_import_counts_and_none_is_refused_for_it(client: httpx.AsyncClient) -> None:
    clock, _, task = await slowed(client)
    assert not task.done()
    clock.now += 120
    answer = await task
    assert [line.count('"assigned"') for line in answer.text.splitlines()] == [1, 1, 1]


async def test_an_import_ends_when_its_key_is_revoked(client: httpx.AsyncClient) -> None:
    _, made, task = await slowed(client)
    await client.post(f"/v1/keys/{made['id']}/revoke")
    with pytest.raises(AnswerCutShort):
        await task
    assert len((await client.get("/v1/assignments")).json()["items"]) == 1


async def test_a_rate_holds_over_two_workers_within_a_look(client: httpx.AsyncClient, database_url: str) -> None:
    headers = bearer(await make(client, "leads:read", rate_per_minute=4))
    async with serving(database_url) as other:
        await furnish(other)
        for worker in (client, client, other, other):
            assert (await worker.get("/v1/leads", headers=headers)).status_code == 200
        for worker in (client, other, client):
            await service_of(worker).rates.look()
        for worker in (client, other):
            assert (await worker.get("/v1/leads", headers=headers)).status_code == 429


def test_the_text_of_a_key_tells_its_id_and_its_secret() -> None:
    key_id, text, hashed = keys.made()
    found = keys.parts_of(text)
    assert found is not None
    assert (found[0], keys.hash_of(found[1])) == (key_id, hashed)
    assert keys.parts_of(f"{text}\n") is None
