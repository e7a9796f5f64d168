"""Other systems tell of leads: each in its own way, and each is answered as it expects."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from app.doors.driving import Settled
from app.doors.source import Source
from app.engine.problems import Problem
from app.errors import BadInput, TooMany, Unauthorized, Unavailable
from app.lane.batch import Answer
from app.problems import preferred_language
from app.routers import schemas_doors as schemas
from app.routers.arriving import WEBHOOKS, SourceId, received_of, source_at
from app.routers.holders import client_of, counted
from app.routers.present import lead_answer
from app.routers.service import Running, Service
from app.senders.base import NotGenuine, Reply

router = APIRouter(prefix=WEBHOOKS, tags=["doors"])


@router.get("/{source}", **schemas.WEBHOOK_GET)
async def webhook_handshake(request: Request, service: Running, source: SourceId) -> Response:
    """What a sender asks before it sends: a challenge is answered if it is for this source.

    Senders that deliver by `GET` (HubSpot's workflows can) deliver here too.
    """
    return await _webhook(request, service, source)


@router.api_route("/{source}", methods=["PUT", "PATCH"], include_in_schema=False)
async def webhook_by_other_methods(request: Request, service: Running, source: SourceId) -> Response:
    """The same, for senders whose users choose another method."""
    return await _webhook(request, service, source)


@router.api_route("/{source}/{secret}", methods=["GET", "POST", "PUT", "PATCH"], include_in_schema=False)
async def webhook_with_secret(request: Request, service: Running, source: SourceId) -> Response:
    """The same, for a sender that can only be told an address: the secret is the last part of it."""
    return await _webhook(request, service, source)


@router.post("/{source}", **schemas.WEBHOOK)
async def webhook(request: Request, service: Running, source: SourceId) -> Response:
    """Take what the source's kind of sender sends. No key is needed: it is told by its signature or secret.

    It is kept as it came before anything is made of it; `GET /v1/deliveries` shows what became of it.
    """
    return await _webhook(request, service, source)


async def _webhook(request: Request, service: Service, source_id: str) -> Response:
    source = await source_at(service, source_id, form=False)
    received = await received_of(request, service)
    sender = source.sender
    if sender.handshake is not None:
        try:
            told = sender.handshake(received, source.settings)
        except NotGenuine as error:
            raise Unauthorized(str(error)) from None
        if told is not None:
            return as_response(told)
    if request.method not in sender.methods:
        raise BadInput(f"A source of kind {sender.kind} is sent by {' or '.join(sender.methods)}")
    address = client_of(request)
    try:
        await service.doors.verify(source, received, address)
    except NotGenuine as error:
        raise Unauthorized(str(error)) from None
    try:
        # Only what the sender sent itself: else anybody could use up what it is to have.
        counted(request, service.rates.take(f"source:{source.id}", source.document.rate), "source")
    except TooMany as error:
        if sender.waits_in == "milliseconds":
            raise TooMany(error.detail, retry_after=error.retry_after * 1000) from None
        raise
    try:
        taken = await service.doors.take(source, received, address)
    except Unavailable:
        if sender.later is None:
            raise
        return as_response(sender.later)
    settled = taken.settled
    if settled is not None and settled.state == "not_understood":
        where, _, message = (settled.detail or "").partition(": ")
        raise BadInput(
            f"This is nothing that a sender of kind {sender.kind} sends; it is kept as delivery {taken.arrival}",
            places=[Problem(where, message)],
            delivery_id=str(taken.arrival),
        )
    return as_response(_reply(source, settled, request))


def _reply(source: Source, settled: Settled | None, request: Request) -> Reply:
    sender = source.sender
    answers: Sequence[Answer] = () if settled is None else settled.answers
    if sender.answer is not None:
        return sender.answer([lead_answer(one, preferred_language(request)) for one in answers])
    return sender.acknowledge(len(answers))


def as_response(reply: Reply) -> Response:
    """A sender's answer over HTTP."""
    return Response(reply.body, status_code=reply.status, media_type=reply.media_type)
