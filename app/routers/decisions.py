"""What would be decided now? The preview: the same code as for a lead that is routed, and nothing recorded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.errors import NotFound
from app.problems import preferred_language
from app.routers import schemas
from app.routers.access import needs
from app.routers.answers import Json
from app.routers.explaining import others_of_answer
from app.routers.leads import key_of, new_lead
from app.routers.parameters import MOST_VERSION
from app.routers.present import lead_answer
from app.routers.service import Caller, Running, lead_of
from app.store import history

router = APIRouter(prefix="/v1/decisions", tags=["leads"])


# The trace tells of earlier leads of the same person or company, and of colleagues: that is reading.
@router.post("", dependencies=[needs("leads:read")], **schemas.PREVIEW)
async def preview(
    request: Request,
    service: Running,
    caller: Caller,
    policy: Annotated[
        int | None, Query(ge=1, le=MOST_VERSION, description="The version to decide under; the active one if not said")
    ] = None,
    explain: schemas.Explain = False,
) -> Response:
    """What `POST /v1/leads` would answer now, with the trace. Records nothing, locks nothing, moves no credit.

    With `explain` also what kept the other rules from applying. `lead_id`, `assignment_id` and `seq` are null, unless
    the delivery is known: then its recorded answer is shown.
    """
    key = key_of(request)
    fields, notices = await lead_of(request, service)
    job = new_lead(service, fields, notices, caller, key)
    async with service.reading() as connection:
        if policy is not None and await connection.fetchrow(history.POLICY, policy) is None:
            raise NotFound(f"There is no policy version {policy}")
        answer = await service.lane.preview(connection, job, policy)
        others = await others_of_answer(service, connection, answer) if explain else None
    return Json(lead_answer(answer, preferred_language(request), trace=True, others=others))
