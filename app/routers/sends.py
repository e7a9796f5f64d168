"""What became of telling a subscription of each event? Seen, one by one and all, and sent again."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from app.engine.explain import Language
from app.errors import NotFound
from app.events.record import event_id as id_of
from app.events.record import place_of_id
from app.problems import preferred_language
from app.routers import schemas_subscriptions as schemas
from app.routers.access import needs
from app.routers.answers import Json, page_of
from app.routers.parameters import Cursor, Limit, cursor_at, place_at, seq_in
from app.routers.present import said_in
from app.routers.service import Caller, Running
from app.routers.subscriptions import Name, locked, one
from app.store import sends

router = APIRouter(prefix="/v1/subscriptions", tags=["events"], dependencies=[needs("admin")])

EventId = Annotated[str, Path(max_length=64, description="The event's id, as the receiver got it")]
State = Literal["waiting", "delivered", "dead"]


@router.get("/{id}/sends", **schemas.SENDS)
async def list_sends(
    request: Request,
    service: Running,
    id: Name,  # noqa: A002
    state: Annotated[State | None, Query(description="What has become of them")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What became of each event, the newest event first: those taken, those that wait, those given up (`dead`)."""
    before = (2**62, 0) if cursor is None else place_at(cursor, "sends", seq_in, _part_in)
    async with service.reading() as connection:
        number = (await one(connection, id))["number"]
        rows = await sends.page(connection, number, state, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    following = None if last is None else cursor_at("sends", last["revision"], last["part"])
    language = preferred_language(request)
    return page_of([_shown_send(row, language) for row in rows[:limit]], following)


@router.get("/{id}/sends/{event_id}", **schemas.SEND)
async def get_send(request: Request, service: Running, id: Name, event_id: EventId) -> Response:  # noqa: A002
    """What became of one event."""
    place = _place(event_id)
    async with service.reading() as connection:
        row = await one(connection, id)
        found = await sends.one(connection, row["number"], place)
    if found is None:
        raise NotFound(f"“{id}” was not sent “{event_id}”")
    return Json(_shown_send(found, preferred_language(request)))


@router.post("/{id}/sends/{event_id}/redrive", **schemas.REDRIVE)
async def redrive_send(
    request: Request,
    service: Running,
    id: Name,  # noqa: A002
    event_id: EventId,
    who: Caller,
) -> Response:
    """Send one event again, whatever became of it, with all its attempts before it."""
    place = _place(event_id)
    async with service.writing() as connection:
        row = await locked(connection, id)
        if not await sends.redrive(connection, row["number"], place):
            raise NotFound(f"“{id}” was not sent “{event_id}”")
        found = await sends.one(connection, row["number"], place)
    assert found is not None
    return Json(_shown_send(found, preferred_language(request)))


@router.post("/{id}/redrive", **schemas.REDRIVE_ALL)
async def redrive_sends(
    service: Running,
    id: Name,  # noqa: A002
    who: Caller,
    state: Annotated[Literal["dead"], Query(description="Which: those that were given up")] = "dead",
) -> Response:
    """Send again what was given up, the oldest first; at most 10,000 at a time: ask again until none is left."""
    async with service.writing() as connection:
        row = await locked(connection, id)
        count = await sends.redrive_dead(connection, row["number"])
    return Json({"redriven": count})


def _place(given: str) -> tuple[int, int, int]:
    place = place_of_id(given)
    if place is None:
        raise NotFound(f"“{given[:64]}” is not an event's id")
    return place


def _part_in(value: object) -> int:
    part = seq_in(value)
    if part >= 2**31:
        raise ValueError(value)
    return part


def _shown_send(row: sends.Row, language: Language) -> dict[str, Any]:
    about_lead = row["type"].startswith("lead.")
    return {
        "event_id": id_of(row["revision"], row["part"], row["stamp"]),
        "type": row["type"],
        "revision": row["revision"],
        "lead_id": UUID(row["key"]) if about_lead else None,
        "at": row["at"],
        "state": row["state"],
        "attempts": row["attempts"],
        "due_at": row["due_at"],
        "last_at": row["touched_at"] if row["attempts"] else None,
        "seconds": row["seconds"],
        "status": row["status"],
        "said": said_in(row["said"], language),
        "failures": [
            {**one, "said": said_in(one["said"], language)}
            for one in ([] if row["log"] is None else orjson.loads(row["log"]))
        ],
    }
