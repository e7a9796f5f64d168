"""What people do to leads: give, put back, claim, route again, close. Each is a record, through the lane."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, Field, StringConstraints

from app.doors.reading import reread
from app.lane.hand import Assign, Claim, Close, Release, RouteAgain, StoredLeadJob
from app.problems import preferred_language
from app.routers import schemas
from app.routers.access import needs
from app.routers.answers import Json
from app.routers.leads import shown_lead
from app.routers.parameters import AN_ID, LeadId
from app.routers.present import lead_answer
from app.routers.service import Actor, Body, Running, Service, small_body

# Who changes a lead that is there must be allowed to see it too: what brings leads in is not enough.
router = APIRouter(prefix="/v1/leads", tags=["by hand"], dependencies=[needs("leads:write", "leads:read")])


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a word of printable characters is wanted")
    return text.casefold()


Id = Annotated[str, AN_ID]
Why = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class AssignBody(Body):
    """Whom to give a lead to."""

    rep: Id = Field(description="The rep who gets it, able or not")
    team: Id | None = Field(None, description="The team in whose rotation this counts as the rep's turn")
    reason: Why = Field(description="Why, as the record is to say it")


class ReleaseBody(Body):
    """Why a lead goes back to the queue."""

    reason: Why = Field(description="Why, as the record is to say it")


class ClaimBody(Body):
    """Who claims a lead."""

    rep: Id = Field(description="The rep who takes it")


class RouteBody(Body):
    """Why a lead is routed again."""

    reason: Why | None = Field(None, description="Why, as the record is to say it")


class CloseBody(Body):
    """What became of a lead."""

    outcome: Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)] = Field(
        description="`won`, `lost`, `invalid`, or a word of your own"
    )


async def _done(request: Request, service: Service, job: StoredLeadJob) -> Response:
    answer = await service.lane.submit(job)
    return Json(lead_answer(answer, preferred_language(request)))


@router.post("/{lead_id}/assign", **schemas.ASSIGN)
async def assign(request: Request, service: Running, lead_id: LeadId, actor: Actor) -> Response:
    """Give a lead to a rep, whoever has it now. It counts in their load and caps; in a rotation only with `team`."""
    body = await small_body(request, service, AssignBody)
    return await _done(request, service, Assign(lead_id, body.rep, body.team, actor, body.reason))


@router.post("/{lead_id}/release", **schemas.RELEASE)
async def release(request: Request, service: Running, lead_id: LeadId, actor: Actor) -> Response:
    """Take a lead from its rep and put it back in the queue, where it waits for people."""
    body = await small_body(request, service, ReleaseBody)
    return await _done(request, service, Release(lead_id, actor, body.reason))


@router.post("/{lead_id}/claim", **schemas.CLAIM)
async def claim(request: Request, service: Running, lead_id: LeadId, actor: Actor) -> Response:
    """Take a lead from the queue. If it is gone, 409 with the `winner`."""
    body = await small_body(request, service, ClaimBody)
    return await _done(request, service, Claim(lead_id, body.rep, actor))


@router.post("/{lead_id}/route", **schemas.ROUTE_AGAIN)
async def route_again(request: Request, service: Running, lead_id: LeadId, actor: Actor) -> Response:
    """Route a lead again under the policy in force, whoever has it now."""
    body = await small_body(request, service, RouteBody)
    return await _done(request, service, RouteAgain(lead_id, actor, body.reason, reread=reread))


@router.post("/{lead_id}/close", **schemas.CLOSE)
async def close(request: Request, service: Running, lead_id: LeadId, actor: Actor) -> Response:
    """The rep is done with a lead: it no longer counts as open. Closing it again with the same outcome does nothing."""
    body = await small_body(request, service, CloseBody)
    await service.lane.submit(Close(lead_id, body.outcome, actor))
    return Json(await shown_lead(request, service, lead_id))
