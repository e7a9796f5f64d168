"""The whole service over a real Postgres, called through its front door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.channels.slack import SLACK
from app.main import create_app
from app.settings import Settings
from tests.events.support import CHANNELS, HOOK, QUICK, CallsHere

KEY = "a-key-for-tests"
SECRET_KEY = "what-secrets-are-sealed-under-here"

TEAM: dict[str, Any] = {
    "reps": {
        "ann": {"name": "Ann Sample", "email": "ann@sales.example"},
        "bob": {"name": "Bob Sample", "covers": {"regions": ["CN"]}},
    },
    "teams": {"everyone": {"name": "Everyone", "members": ["ann", "bob"]}},
}
POLICY: dict[str, Any] = {
    "name": "turns",
    "currency": "CNY",
    "regions": [{"code": "east-china", "name": "华东", "contains": ["CN-JS", "CN-SH"]}],
    "industries": [
        {"code": "it", "name": "IT", "aliases": ["software"]},
        {"code": "saas", "name": "SaaS", "parent": "it"},
    ],
    "scoring": [{"name": "intent", "field": "intent", "points": {"high": 5, "low": 1}}],
    "tiers": [{"tier": "A", "when": {"score": {"at_least": 5}}}, {"tier": "B"}],
    "rules": [
        {"name": "to be claimed", "when": {"source": "pool"}, "assign": {"team": "everyone", "by": "claim"}},
        {"name": "nobody there", "when": {"source": "nowhere"}, "assign": {"rep": "ann"}, "even_if": ["off_shift"]},
        {"name": "everyone in turn", "assign": {"team": "everyone", "by": "round_robin"}},
    ],
    "follow_up": {"first_contact_within": {"A": "24h"}},
}


RECEIVERS = {**CHANNELS, "webhook": replace(HOOK, kind="webhook"), "slack": SLACK}
"""The kinds of receivers of events that the service has here."""


@asynccontextmanager
async def serving(url: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """One worker over the database, with an empty roster and no policy."""
    given: dict[str, Any] = {
        "database_url": url,
        "admin_key": KEY,
        "secret_key": SECRET_KEY,
        "reroute_interval_seconds": 3600,
        **settings,
    }
    chosen = Settings(**{"_env_file": None, **given})
    calls = CallsHere()
    app = create_app(chosen, channels=RECEIVERS, client=calls, terms=QUICK)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test", headers={"Authorization": f"Bearer {KEY}"}
        ) as client,
    ):
        client.app = app  # type: ignore[attr-defined]
        yield client
    await calls.close()


async def furnish(client: httpx.AsyncClient) -> None:
    """Put the roster and activate the policy."""
    assert (await client.put("/v1/roster", json=TEAM)).status_code == 200
    stored = await client.post("/v1/policies?activate=true", json=POLICY)
    assert stored.status_code == 201, stored.text


@pytest.fixture
async def bare(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The service with nothing in it."""
    async with serving(database_url) as client:
        yield client


@pytest.fixture
async def client(bare: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service with two reps, a team and a policy."""
    await furnish(bare)
    return bare
