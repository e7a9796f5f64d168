"""A lead comes in, and its rep goes out: ``POST /v1/leads``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from app.engine.lead import Notice
from app.errors import Invalid
from app.intake.normalise import normalise
from app.lane.route import RouteLead, idempotency_key
from app.routers.present import lead_answer
from app.routers.service import Caller, Running, Service, object_of, preferred_language

router = APIRouter(prefix="/v1/leads", tags=["leads"])

LONGEST_KEY = 255
"""Characters that an ``Idempotency-Key`` may have."""


class Json(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write it."""
        return orjson.dumps(content)


def new_lead(
    service: Service, fields: dict[str, Any], notices: tuple[Notice, ...], caller: str, key: str | None
) -> RouteLead:
    """A job for a lead that came in as ``fields``: normalised, and prepared as far as can be before its turn."""
    received_at = datetime.now(UTC)
    return RouteLead(
        normalise(fields, received_at=received_at, extra_notices=notices),
        fields,
        received_at=received_at,
        policy=service.lane.policy,
        idempotency=None if key is None else idempotency_key(caller, key),
    )


def key_of(request: Request) -> str | None:
    """The caller's ``Idempotency-Key``; raises Invalid if it cannot be one."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise Invalid(f"Idempotency-Key must have 1 to {LONGEST_KEY} characters; this one has {len(key)}")
    return key


@router.post("", status_code=201)
async def route_lead(request: Request, service: Running, caller: Caller, trace: bool = False) -> Response:
    """Route a lead: 201, or 200 with the recorded answer if this very delivery was answered before."""
    key = key_of(request)
    fields, notices = await object_of(request, service.settings.body_limit)
    answer = await service.lane.submit(new_lead(service, fields, notices, caller, key))
    shown = lead_answer(answer, preferred_language(request), trace=trace)
    return Json(shown, status_code=200 if answer.replayed else 201)
