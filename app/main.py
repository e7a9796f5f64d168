"""How is the service put together? One FastAPI application per worker process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from fastapi import FastAPI

from app import middleware, problems, settings
from app.engine.lead import Lead
from app.intake.normalise import normalise, warm
from app.lane.drain import Drain
from app.lane.lane import Lane, Limits
from app.routers import leads
from app.routers.service import Service
from app.store.database import Database


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


def reread(body: str) -> Lead:
    """Read a lead anew from the body that was kept because it could not be decided."""
    from datetime import UTC, datetime  # noqa: PLC0415

    return normalise(orjson.loads(body), received_at=datetime.now(UTC))


def create_app(chosen: settings.Settings | None = None) -> FastAPI:
    """Make the application; ``chosen`` are its settings, else they are read from the environment."""
    chosen = chosen or settings.load()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warm()
        database: Database = chosen.database()
        pool = await database.pool()
        lane = Lane(database, limits_of(chosen))
        drain = Drain(lane, pool, reread, interval=chosen.reroute_interval_seconds)
        key = chosen.admin_key.get_secret_value() if chosen.admin_key is not None else ""
        app.state.service = Service(chosen, database, pool, lane, drain, key.encode())
        lane.start()
        drain.start()
        try:
            yield
        finally:
            await drain.stop()
            await lane.drain()
            await pool.close()

    app = FastAPI(
        title="Lead router",
        lifespan=lifespan,
        docs_url="/docs" if chosen.docs_enabled else None,
        redoc_url=None,
        openapi_url="/openapi.json" if chosen.docs_enabled else None,
    )
    problems.install(app)
    app.include_router(leads.router)
    app.add_middleware(middleware.RequestScope)
    return app
