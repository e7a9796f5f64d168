"""Is it alive, is it ready, and how is it doing? For orchestrators and Prometheus; no key is needed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Response

from app import drain
from app.errors import DatabaseAway
from app.observability import METRICS_TYPE, render_metrics
from app.routers import schemas
from app.routers.answers import Json
from app.routers.service import Running, Service
from app.store import history, migrate

router = APIRouter(tags=["health"])

PROBE_SECONDS: Final = 2.0
"""How long Postgres may take to answer a probe."""


@router.get("/livez", **schemas.LIVEZ)
async def livez() -> Response:
    """Alive: the process answers. Says nothing of the database."""
    return Json({"status": "alive"})


@router.get("/readyz", **schemas.READYZ)
async def readyz(service: Running) -> Response:
    """Ready: leads sent here are routed. 503 with the reasons if not.

    While the database is briefly away it stays ready, as long as requests are made to wait for it: so a blip does not
    take out every replica at once.
    """
    checks, ready = await look(service)
    return Json({"status": "ready" if ready else "not ready", "checks": checks}, status_code=200 if ready else 503)


async def look(service: Service) -> tuple[dict[str, Any], bool]:
    """Each check by name with what was found, and whether the service is ready."""
    draining = drain.is_draining() or service.lane.draining
    reached, known = True, service.seen
    try:
        async with service.reading(PROBE_SECONDS, wait=False) as connection:
            migrated = not await migrate.pending(connection)
            policy = migrated and await connection.fetchval(history.ACTIVE) is not None
            known.migrated, known.policy = migrated, bool(policy)
    except DatabaseAway:
        reached = False
    waiting = not (service.lane.away_too_long or service.connections.away_too_long)
    checks = {
        "database": {
            "ok": reached,
            "message": "reachable" if reached else "does not answer; requests wait" if waiting else "does not answer",
        },
        "migrated": {
            "ok": known.migrated,
            "message": "at the schema it needs" if known.migrated else "migrations wait",
        },
        "policy": {"ok": known.policy, "message": "one is active" if known.policy else "none is active"},
        "draining": {"ok": not draining, "message": "shutting down" if draining else "no"},
    }
    return checks, (reached or waiting) and known.migrated and known.policy and not draining


@router.get("/metrics", **schemas.METRICS)
async def metrics() -> Response:
    """The metrics of all workers of this replica, in Prometheus's text format."""
    # With several workers this reads files: not on the loop that leads wait for.
    return Response(await asyncio.to_thread(render_metrics), headers={"Content-Type": METRICS_TYPE})
