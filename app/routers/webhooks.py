"""Other systems tell of leads: each in its own way, and each is answered as it expects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from app.doors.driving import Settled
from app.doors.form import FORM
from app.doors.source import Source
from app.engine.problems import Problem
from app.errors import BadInput, DatabaseAway, Forbidden, NotFound, Unauthorized
from app.lane.batch import Answer
from app.routers import schemas
from app.routers.present import lead_answer
from app.routers.service import Running, Service, body_of, preferred_language
from app.routers.sources import SourceId
from app.senders.base import NotGenuine, Received, Reply
from app.store.database import DRIVER_ERRORS
from app.store.sealing import Unsealable

router = APIRouter(prefix="/v1/webhooks", tags=["doors"])


async def source_at(service: Service, source_id: str, *, form: bool) -> Source:
    """The source of this id, if it is one for this door.

    Raises:
        NotFound: there is none.
        Forbidden: it is switched off.
        DatabaseAway: it could not be looked for.
    """
    try:
        source = await service.sources.find(source_id)
    except DRIVER_ERRORS as error:
        raise DatabaseAway("The database does not answer; nothing was kept", outcome_known=True) from error
    except Unsealable as error:
        raise DatabaseAway(str(error), outcome_known=True) from error
    if source is None or (source.document.kind == FORM) is not form:
        other = " It is a web form: POST /v1/forms/{id}" if source is not None and not form else ""
        raise NotFound(f"There is no source {source_id} for this door.{other}")
    if not source.enabled:
        raise Forbidden(f"The source {source_id} is switched off")
    return source


async def received_of(request: Request, service: Service) -> Received:
    """The request as it came, at the address by which the sender knows it."""
    raw = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1").partition("?")[0]
    base = service.settings.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return Received(
        method=request.method,
        url=f"{base}{path}{'?' if raw else ''}{raw}",
        query=tuple(parse_qsl(raw, keep_blank_values=True)),
        headers=dict(request.headers),
        body=await body_of(request, service.settings.body_limit),
        received_at=datetime.now(UTC),
    )


@router.get("/{source}", **schemas.WEBHOOK_GET)
async def webhook_handshake(request: Request, service: Running, source: SourceId) -> Response:
    """What a sender asks before it sends: a challenge is answered if it is for this source.

    Senders that deliver by `GET` (HubSpot's workflows can) deliver here too.
    """
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
    service.rates_of(source).check()
    try:
        taken = await service.doors.take(source, received, service.address_of(request))
    except NotGenuine as error:
        raise Unauthorized(str(error)) from None
    except DRIVER_ERRORS as error:
        raise DatabaseAway("The database does not answer; nothing was kept", outcome_known=True) from error
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
