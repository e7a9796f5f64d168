"""What came to the doors: listed, shown as it came, and driven again once its source is mended."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

import orjson
from asyncpg import Connection
from fastapi import APIRouter, Path, Query, Request, Response

from app.chinese.lookup import in_words
from app.doors.driving import LEASE
from app.engine.explain import Language
from app.errors import Conflict, NotFound
from app.problems import preferred_language
from app.routers import schemas_doors as schemas
from app.routers.access import needs
from app.routers.answers import Json, page_of
from app.routers.parameters import Cursor, Limit, Word, cursor_at, place_at
from app.routers.present import said_in
from app.routers.service import Actor, Running
from app.store import arrivals
from app.store import sources as stored
from app.store.history import Row
from app.store.near import near_miss

router = APIRouter(prefix="/v1/deliveries", tags=["doors"], dependencies=[needs("admin")])

DeliveryId = Annotated[UUID, Path(description="The delivery's id")]
DeliveryState = Literal["received", "waiting", "done", "passed", "refused", "not_understood", "rejected", "failed"]
SettledState = Literal["waiting", "done", "passed", "refused", "not_understood", "rejected", "failed"]
Trust = Annotated[
    bool,
    Query(
        description="Vouch for it: what tells it to be its sender's cannot be checked again, or is known to be amiss. "
        "It is taken without a check, and `trusted_by` says who wanted it so"
    ),
]

MOST_REDRIVEN: Final = 10_000
"""Deliveries that are driven again by one call, at most."""


@router.get("", **schemas.LIST_DELIVERIES)
async def list_deliveries(
    request: Request,
    service: Running,
    state: Annotated[DeliveryState | None, Query(description="What has become of them")] = None,
    source: Annotated[Word | None, Query(description="The source that they came to")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What came to the doors, newest first, and what became of it."""
    before = None if cursor is None else place_at(cursor, "deliveries", UUID)[0]
    async with service.reading() as connection:
        rows = await arrivals.listed(connection, state=state, source=source, before=before, limit=limit + 1)
    following = cursor_at("deliveries", str(rows[limit - 1]["id"])) if len(rows) > limit else None
    language = preferred_language(request)
    return page_of([_shown(row, language) for row in rows[:limit]], following)


@router.post("/redrive", status_code=202, **schemas.REDRIVE_DELIVERIES)
async def redrive_deliveries(
    request: Request,
    service: Running,
    state: Annotated[SettledState, Query(description="Those of this state")],
    actor: Actor,
    source: Annotated[Word | None, Query(description="Those of this source alone")] = None,
    trust: Trust = False,
) -> Response:
    """Have all deliveries of a state driven again, oldest first, beside what comes in. No lead is assigned twice.

    At most 10,000 at a time: `redriven` says how many these are; call again for more. They are driven after this is
    answered: `waiting` is where those are listed that are still to be, each with the reason `redriven`.
    """
    async with service.writing() as connection:
        told = await connection.execute(arrivals.REDRIVE, state, source, MOST_REDRIVEN, actor if trust else None)
        count = int(told.rpartition(" ")[2])
        if not count and source is not None:
            await _known(connection, source)
    service.doors.drives.wake()
    of_source = {} if source is None else {"source": source}
    all_of_them, waiting = (
        f"{router.prefix}?{urlencode(asked)}" if asked else router.prefix
        for asked in (of_source, {"state": "waiting", **of_source})
    )
    detail = (
        f"They are driven now, beside what comes in: GET {waiting} lists those that still wait, GET {all_of_them} what "
        "became of the others"
        if count
        else f"There is none that is {state}"
    )
    said = in_words(detail, preferred_language(request))
    return Json({"redriven": count, "waiting": waiting, "detail": said}, status_code=202)


async def _known(connection: Connection, source: str) -> None:
    """Raise NotFound, with a near miss, unless there is such a source, or was one to which something came."""
    if await connection.fetchval(stored.EXISTS, source) or await connection.fetchval(arrivals.CAME_TO, source):
        return
    hint = await near_miss(connection, "sources", source)
    raise NotFound(f"There is no source {source}, and nothing came to one of that name{hint}")


@router.get("/{delivery:uuid}", **schemas.GET_DELIVERY)
async def get_delivery(request: Request, service: Running, delivery: DeliveryId) -> Response:
    """One delivery as it came: its headers and its body, less what was secret in them."""
    async with service.reading() as connection:
        row = await connection.fetchrow(arrivals.ARRIVAL, delivery)
    if row is None:
        raise NotFound(f"There is no delivery {delivery}")
    shown = _shown(row, preferred_language(request))
    return Json({**shown, "headers": orjson.loads(row["headers"]), **_body(bytes(row["body"]))})


@router.post("/{delivery:uuid}/redrive", **schemas.REDRIVE_DELIVERY)
async def redrive_delivery(
    request: Request, service: Running, delivery: DeliveryId, actor: Actor, trust: Trust = False
) -> Response:
    """Drive a delivery again by its source as it is set now, and say what became of it. No lead is assigned twice.

    One that was not taken is checked again, as far as that can be: by its signature, and a form by the site that it
    was sent from and by what tells a program. `trust` takes it without.
    """
    async with service.writing() as connection:
        row = await connection.fetchrow(arrivals.TAKE, delivery, LEASE, actor if trust else None)
        there = row is not None or await connection.fetchval(arrivals.EXISTS, delivery)
    if not there:
        raise NotFound(f"There is no delivery {delivery}")
    if row is None:
        raise Conflict("It is being driven at this moment; look at it again shortly")
    await service.doors.drives.drive_row(row, line="bulk")
    async with service.reading() as connection:
        now = await connection.fetchrow(arrivals.ARRIVAL, delivery)
    if now is None:
        raise NotFound(f"There is no delivery {delivery}")
    return Json(_shown(now, preferred_language(request)))


def _shown(row: Row, language: Language) -> dict[str, Any]:
    names = (
        "id", "source_id", "received_at", "state", "reason", "detail", "verified", "trusted_by", "method", "url",
        "content_type", "address", "attempts", "next_at", "done_at", "size",
    )  # fmt: skip
    shown = {("source" if name == "source_id" else name): row[name] for name in names}
    # What somebody vouched for is taken as what is genuine is, and is not shown as such.
    verified = row["verified"] and row["trusted_by"] is None
    items = [
        {**item, "error": said_in(item["error"], language)} if "error" in item else item
        for item in arrivals.items_of(row)
    ]
    return {**shown, "detail": said_in(row["detail"], language), "verified": verified, "items": items}


def _body(body: bytes) -> Mapping[str, str]:
    """A body as text if it is one, else as Base64."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}
