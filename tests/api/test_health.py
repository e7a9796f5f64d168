"""Alive, ready, and how it is doing; and who is let in."""

import asyncio
import re
from urllib.parse import urlsplit

import httpx
import pytest

from app import drain
from app.errors import BadSetting
from app.store import database
from tests.api.conftest import KEY, furnish, serving

NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nothing"


async def test_alive_and_ready_need_no_key(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]
    assert (await client.get("/livez")).json() == {"status": "alive"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert all(check["ok"] for check in ready.json()["checks"].values())


async def test_without_a_policy_it_is_not_ready_and_says_so(bare: httpx.AsyncClient) -> None:
    answer = await bare.get("/readyz")
    assert answer.status_code == 503
    assert [name for name, check in answer.json()["checks"].items() if not check["ok"]] == ["policy"]


async def test_an_unmigrated_database_is_not_ready(empty_database_url: str) -> None:
    async with serving(empty_database_url) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["migrated"]["ok"] is False


async def test_a_worker_that_shuts_down_is_not_ready(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "_draining", True)
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["draining"]["ok"]) == (503, False)


async def test_it_starts_without_its_database_and_says_that_it_is_away() -> None:
    async with serving(NOWHERE, wait_seconds=0.2) as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        for answer in (
            await client.get("/v1/assignments"),
            await client.get("/v1/reps/ann"),
            await client.post("/v1/leads", json={"name": "x"}),
            await client.post("/v1/decisions", json={"name": "x"}),
            await client.post("/v1/leads/bulk", content=b"{}", headers={"Content-Type": "application/x-ndjson"}),
        ):
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:lead-router:problem:database-away")
            assert "retry-after" in answer.headers


async def close_to_all(server: str, url: str, *, closed: bool) -> None:
    """Take the database away for real, or give it back."""
    name = urlsplit(url).path.strip("/")
    connection = await database.parse(server).connect()
    await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not closed}')
    if closed:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
            name,
        )
    await connection.close()


async def test_a_blip_of_the_database_does_not_make_it_unready(database_url: str, postgres_url: str) -> None:
    async with serving(database_url, wait_seconds=3600) as client:
        await furnish(client)
        assert (await client.get("/readyz")).status_code == 200
        service = client.app.state.service  # type: ignore[attr-defined]
        await close_to_all(postgres_url, database_url, closed=True)
        blip = await client.get("/readyz")
        assert (blip.status_code, blip.json()["checks"]["database"]["ok"]) == (200, False)
        waiting = asyncio.create_task(client.get("/v1/assignments"))
        assert (await client.get("/readyz")).status_code == 200
        assert not waiting.done()
        await close_to_all(postgres_url, database_url, closed=False)
        assert (await waiting).status_code == 200
        await close_to_all(postgres_url, database_url, closed=True)
        assert (await client.get("/readyz")).status_code == 200
        service.connections.failing_since -= 3601
        assert (await client.get("/readyz")).status_code == 503
        # Nobody is made to wait any more.
        assert (await client.get("/v1/assignments")).status_code == 503
        await close_to_all(postgres_url, database_url, closed=False)
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/v1/assignments")).status_code == 200


async def test_the_metrics_are_there_for_all_to_scrape(client: httpx.AsyncClient) -> None:
    await client.post("/v1/leads", json={"name": "x"})
    del client.headers["Authorization"]
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    for name in (
        'lane_wait_seconds_count{line="interactive"}',
        "lane_hold_seconds",
        "batch_leads",
        "line_depth",
        'decisions_total{status="assigned"}',
        'http_requests_total{method="POST",route="/v1/leads",status="201"}',
        'http_request_seconds_count{method="POST",route="/v1/leads"}',
        "unknown_commits",
    ):
        assert f"lead_router_{name}" in answer.text


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {KEY}x", "Bearer \xff"]
)
async def test_without_the_right_key_nothing_is_told(client: httpx.AsyncClient, header: str | None) -> None:
    del client.headers["Authorization"]
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    for method, path in (
        ("POST", "/v1/leads"), ("POST", "/v1/leads/bulk"), ("GET", "/v1/leads?nonsense=1"), ("PUT", "/v1/roster"),
        ("GET", "/v1/assignments/x"), ("POST", "/v1/policies"), ("DELETE", "/v1/teams/everyone"),
        ("POST", "/v1/decisions"),
    ):  # fmt: skip
        answer = await client.request(method, path, headers=headers)
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_key_it_does_not_start_at_all(database_url: str) -> None:
    with pytest.raises(BadSetting, match="LEAD_ROUTER_ADMIN_KEY is not set"):
        async with serving(database_url, admin_key=None):
            pass


async def test_the_docs_are_there_unless_they_are_turned_off(client: httpx.AsyncClient, database_url: str) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    # A browser without a way out of the house sees it all: what the page loads comes from here.
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/")
        assert (await client.get(address)).status_code == 200
    assert (await client.get("/openapi.json")).json()["openapi"].startswith("3.")
    async with serving(database_url, docs_enabled=False) as closed:
        assert (await closed.get("/docs")).status_code == 404
        assert (await closed.get("/v1/leads?nonsense=1")).status_code == 422


async def test_the_bare_address_leads_to_the_pages_of_the_api(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")
