"""A lead comes in, and its rep goes out; and what can be seen and corrected of leads afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from app.doors import reading
from app.engine.lead import Notice
from app.engine.problems import Problem
from app.errors import Invalid, NotFound
from app.lane.route import RouteLead, idempotency_key
from app.problems import preferred_language
from app.routers import schemas
from app.routers.access import needs, require
from app.routers.answers import Json, page_of
from app.routers.holders import Holder
from app.routers.parameters import (
    LONGEST_KEY,
    Cursor,
    From,
    LeadId,
    Limit,
    To,
    Word,
    cursor_at,
    instant,
    instant_in,
    place_at,
)
from app.routers.present import change_answer, lead_answer, lead_state, record_answer
from app.routers.service import Actor, Caller, Running, Service, lead_of, object_of
from app.store import history
from app.store.scopes import Scope

router = APIRouter(prefix="/v1/leads", tags=["leads"])

BRINGS: Final[Scope] = "leads:write"
"""What a key needs to bring leads in."""
SEES: Final[Scope] = "leads:read"
"""What a key needs to see leads, and why they go where they go."""

LeadStatus = Literal["assigned", "queued", "rejected", "closed"]
QueuedReason = Literal[
    "no_rule_matched", "nobody_able", "claim", "released", "router_error", "do_not_contact", "screening"
]


def traced(caller: Caller, trace: schemas.Trace = False) -> bool:
    """Whether answers have their trace; it tells of earlier leads and of colleagues.

    Raises:
        Forbidden: it is asked for with a key that does not see leads.
    """
    if trace:
        require(caller, [SEES])
    return trace


Traced: TypeAlias = Annotated[bool, Depends(traced)]


def new_lead(
    service: Service, fields: dict[str, Any], notices: tuple[Notice, ...], caller: Holder, key: str | None
) -> RouteLead:
    """A job for a lead that came in as ``fields``; ``key`` is the caller's own name for the delivery."""
    scoped = None if key is None else idempotency_key(caller.id, key)
    return reading.new_lead(service.lane, fields, notices, idempotency=scoped)


def key_of(request: Request) -> str | None:
    """The caller's ``Idempotency-Key``; raises Invalid if it cannot be one."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        message = f"1 to {LONGEST_KEY} characters are wanted; this one has {len(key)}"
        raise Invalid("Idempotency-Key is not a key", places=[Problem("header.idempotency-key", message)])
    return key


@router.post("", status_code=201, dependencies=[needs(BRINGS)], **schemas.ROUTE_LEAD)
async def route_lead(request: Request, service: Running, caller: Caller, trace: Traced) -> Response:
    """Route a lead: 201, or 200 with the recorded answer if this very delivery was answered before."""
    return await routed(request, service, caller, trace=trace)


async def routed(request: Request, service: Service, caller: Holder, *, trace: bool = False) -> Response:
    """Read the lead of a request, have it decided, and answer."""
    await service.lane.let_in()
    key = key_of(request)
    fields, notices = await lead_of(request, service)
    answer = await service.lane.submit(new_lead(service, fields, notices, caller, key))
    shown = lead_answer(answer, preferred_language(request), trace=trace)
    return Json(shown, status_code=200 if answer.replayed else 201)


@router.get("", dependencies=[needs(SEES)], **schemas.LIST_LEADS)
async def list_leads(
    request: Request,
    service: Running,
    status: Annotated[LeadStatus | None, Query(description="Where they stand now; `queued`: what waits")] = None,
    team: Annotated[Word | None, Query(description="The team they are with, or wait for")] = None,
    reason: Annotated[QueuedReason | None, Query(description="Why they are with nobody")] = None,
    rep: Annotated[Word | None, Query(description="The rep who has them")] = None,
    source: Annotated[Word | None, Query(description="The source they came by")] = None,
    since: From = None,
    to: To = None,
    q: Annotated[Word | None, Query(description="Found anywhere in name, email, company, phone, external_id")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Leads as they stand, the newest first; those that are queued with how long they have waited, and why.

    With `status=queued` the order is that of queueing.
    """
    chosen = history.LeadFilter(
        status=status,
        team=team,
        reason=reason,
        rep=rep,
        source=source,
        since=instant("from", since),
        until=instant("to", to, end=True),
        q=q,
    )
    before: UUID | tuple[datetime, UUID] | None = None
    queue = status == "queued"
    if cursor is not None and queue:
        before = place_at(cursor, "queue", instant_in, UUID)
    elif cursor is not None:
        (before,) = place_at(cursor, "leads", UUID)
    async with service.reading() as connection:
        rows = await history.leads(connection, chosen, limit=limit + 1, before=before)
        decided = await history.decisions(connection, (row["latest_seq"] for row in rows[:limit]))
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = (
            cursor_at("queue", last["queued_at"].isoformat(), str(last["id"]))
            if queue
            else cursor_at("leads", str(last["id"]))
        )
    language = preferred_language(request)
    return page_of([lead_state(row, decided.get(row["latest_seq"]), language) for row in rows[:limit]], following)


async def shown_lead(request: Request, service: Service, lead_id: UUID) -> dict[str, Any]:
    """A lead, where it stands, the decisions on it and its closings and corrections, oldest first; raises NotFound."""
    async with service.reading() as connection:
        row = await history.lead(connection, lead_id)
        records = [] if row is None else await history.records_of(connection, lead_id)
        changes = [] if row is None else await history.changes_of(connection, lead_id)
    if row is None:
        raise NotFound(f"There is no lead {lead_id}")
    language = preferred_language(request)
    return {
        **lead_state(row, records[-1]["decision"] if records else None, language),
        "decisions": [record_answer(record, language) for record in records],
        "changes": [change_answer(change) for change in changes],
    }


@router.get("/{lead_id}", dependencies=[needs(SEES)], **schemas.GET_LEAD)
async def get_lead(request: Request, service: Running, lead_id: LeadId) -> Response:
    """A lead: its facts, where it stands, and the decisions on it, oldest first.

    `changes` tells who closed and corrected it, oldest first too; `revision` puts both into one order.
    """
    return Json(await shown_lead(request, service, lead_id))


@router.patch("/{lead_id}", dependencies=[needs(BRINGS, SEES)], **schemas.PATCH_LEAD)
async def correct_lead(request: Request, service: Running, lead_id: LeadId, actor: Actor) -> Response:
    """Correct a lead's facts: fields as in `POST /v1/leads`, null clears one. It is never routed by this.

    Place, company and whatever else depends on a corrected field follow it.
    """
    fields, notices = await object_of(request, service.settings.body_limit)
    if fields:
        await service.lane.submit(reading.correction(lead_id, fields, notices, actor))
    return Json(await shown_lead(request, service, lead_id))
