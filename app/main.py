"""How is the service put together? One FastAPI application per worker process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app import middleware, problems, settings
from app.channels.kinds import CHANNELS
from app.doors.reading import reread
from app.events.dispatcher import Cleaning, Dispatcher
from app.events.pace import Terms
from app.events.telling import Channels, Teller
from app.intake.normalise import warm
from app.lane.drain import Drain
from app.lane.lane import Lane
from app.lane.limits import Limits
from app.lane.often import Calling
from app.net.client import Network
from app.net.guard import Guard
from app.net.http import open_client
from app.record.checkpoints import Checkpoints
from app.record.sheets import Sheets
from app.routers import (
    access,
    assignments,
    bulk,
    by_hand,
    decisions,
    deliveries,
    forms,
    health,
    keys,
    leads,
    policies,
    roster,
    rotations,
    schemas,
    schemas_doors,
    schemas_subscriptions,
    sends,
    sources,
    subscriptions,
    trying,
    viewer,
    webhooks,
)
from app.routers.door import Door
from app.routers.parameters import known_parameters, nothing_unknown
from app.routers.service import Service
from app.routers.shapes import COMPONENTS
from app.store import known_keys, rates

DESCRIPTION: Final = """\
A lead goes in, a rep comes out, and the record says why.

Every answer is JSON; every error is a problem document (RFC 9457) that names what is wrong and where. What is said for
people is in English, with `Accept-Language: zh` in Chinese; codes and names are the same in both. Times are RFC 3339
with an offset. Lists are newest first (the roster's and rotations by id) and go on by `cursor`. `X-Request-Id` is
taken or made, answered, and logged. A key may do what its scopes say; where it has a rate, `RateLimit` and
`RateLimit-Policy` say what is left of it. An edit or an act by hand is recorded under the name in `X-Actor`, else under
the key's. A query parameter that is not known is refused, never passed over.
"""

API_VERSION: Final = "1"
"""The version of the contract, which the addresses begin with."""

TAGS: Final = [
    {"name": "leads", "description": "Leads come in, one by one or many at once, and can be seen and corrected"},
    {
        "name": "doors",
        "description": "Web forms and other systems' webhooks: where leads come from, and what came, as it came",
    },
    {
        "name": "by hand",
        "description": "What people do to leads: each is a record, in the same line as everything else",
    },
    {"name": "history", "description": "Who got which lead, and why: filters, export, and the gapless change feed"},
    {
        "name": "roster",
        "description": "Reps and teams: what they cover, when they work, how much they can carry, what they are owed",
    },
    {
        "name": "policy",
        "description": "How leads are scored and routed: versions that never change, one of them active",
    },
    {"name": "keys", "description": "Who may call, what they may do, and how often"},
    {"name": "events", "description": "Who is told of what is recorded, and what became of telling them"},
    {"name": "health", "description": "For orchestrators and Prometheus; no key is needed"},
]


def limits_of(chosen: settings.Settings) -> Limits:
    """The lane's limits as they are set."""
    return Limits(
        depth=chosen.lane_depth,
        bulk_depth=chosen.bulk_depth,
        batch_leads=chosen.batch_leads,
        batch_seconds=chosen.batch_ms / 1000,
        statement_timeout_ms=chosen.statement_timeout_ms,
        wait_seconds=chosen.wait_seconds,
    )


class Application(FastAPI):
    """FastAPI behind the door by which leads come in. ``proxies``: the networks whose word on the client is taken."""

    def __init__(self, *, proxies: list[str], **options: Any) -> None:
        super().__init__(**options)
        self._proxies = proxies

    def build_middleware_stack(self) -> ASGIApp:
        """The framework's own, and the door before it."""
        door = Door(super().build_middleware_stack())
        return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", door), self._proxies)) if self._proxies else door


def create_app(
    chosen: settings.Settings | None = None,
    *,
    channels: Channels | None = None,
    client: Network | None = None,
    terms: Terms | None = None,
) -> FastAPI:
    """Make the application; ``chosen`` are its settings, else they are read from the environment.

    ``channels`` are the kinds of receivers of events, ``client`` is what calls them, and ``terms`` say when.
    """
    chosen = chosen or settings.load()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warm()
        database, key, seal = chosen.database(), chosen.key(), chosen.seal()
        # Nothing is connected yet: a database that is away for a moment must not keep the service from starting.
        pool = await database.pool()
        lane = Lane(database, limits_of(chosen))
        drain = Drain(lane, pool, reread, interval=chosen.reroute_interval_seconds)
        outside = await open_client(Guard(chosen.allowed()))
        network = client or outside
        teller = Teller(CHANNELS if channels is None else channels, network, seal)
        service = app.state.service = Service(chosen, database, pool, lane, drain, key, seal, network, teller)
        app.state.parameters = known_parameters(app)
        beside = (
            drain,
            service.doors.drives,
            Checkpoints(pool),
            Sheets(pool),
            Calling("keys", known_keys.REFRESH_SECONDS, service.keys.look),
            Calling("rates", rates.INTERVAL_SECONDS, service.rates.look),
            Cleaning(pool, chosen.sends_days),
            Dispatcher(pool, teller, lambda: lane.busy, terms=terms),
        )
        lane.start()
        for task in beside:
            task.start()
        try:
            yield
        finally:
            for task in reversed(beside):
                await task.stop()
            await service.doors.close()
            await lane.drain()
            await outside.aclose()
            await service.connections.close()
            await pool.close()

    app = Application(
        proxies=settings.networks_of(chosen.trusted_proxies),
        title="Lead router",
        version=API_VERSION,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if chosen.docs_enabled else None,
    )
    problems.install(app)
    for module in (
        bulk,
        leads,
        by_hand,
        decisions,
        assignments,
        roster,
        rotations,
        policies,
        keys,
        sources,
        deliveries,
        subscriptions,
        sends,
    ):
        app.include_router(module.router, dependencies=[Depends(nothing_unknown)])
    for module in (trying, webhooks, forms, health):
        app.include_router(module.router)
    if chosen.docs_enabled:
        viewer.install(app)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    app.add_middleware(middleware.RequestScope)
    return app


def described(app: FastAPI) -> dict[str, Any]:
    """The application as OpenAPI describes it, with every shape that the operations name."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            tags=app.openapi_tags,
            routes=app.routes,
        )
        components = document.setdefault("components", {})
        components["schemas"] = {**COMPONENTS, **schemas_doors.COMPONENTS, **schemas_subscriptions.COMPONENTS}
        app.openapi_schema = schemas.whole_examples(access.described(schemas.without_null_parameters(document)))
    return app.openapi_schema or {}
