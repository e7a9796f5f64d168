"""Web forms: browsers post to them from the pages of others. They are told that it was received, and nothing else."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.doors.form import REDIRECT, allowed_origin, allowed_redirect, not_a_person, read_submission
from app.doors.pages import page
from app.doors.snippet import script_of
from app.doors.source import Source
from app.engine.explain import Language
from app.engine.problems import Problem
from app.errors import BadInput, Forbidden, RequestError
from app.problems import answer_to
from app.routers import schemas_doors as schemas
from app.routers.answers import JSON, Json, accepted
from app.routers.arriving import FORMS, SourceId, base_of, received_of, source_at
from app.routers.holders import client_of, counted
from app.routers.service import Running, Service, preferred_language
from app.senders.base import NotUnderstood

router = APIRouter(prefix=FORMS, tags=["doors"])

HTML: Final = "text/html"
_ONE_DAY: Final = "86400"


@router.options("/{source}", include_in_schema=False)
async def form_preflight(request: Request, service: Running, source: SourceId) -> Response:
    """Whether a page of another origin may post here."""
    found = await source_at(service, source, form=True)
    origin = request.headers.get("origin")
    headers = {"Vary": "Origin"}
    if origin is not None and allowed_origin(origin, found.form):
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Content-Type",
            "Access-Control-Max-Age": _ONE_DAY,
        }
    return Response(status_code=204, headers=headers)


@router.post("/{source}", **schemas.FORM)
async def form(request: Request, service: Running, source: SourceId) -> Response:
    """Take a web form: urlencoded, multipart or JSON, from the origins that its source allows. No key is needed.

    A browser that asks for a page gets a small one, or goes (`303`) where the source or the field `_redirect` says, if
    that is allowed; one that asks for JSON is told `received`. Clicking twice gives one lead.
    """
    found = await source_at(service, source, form=True)
    origin = request.headers.get("origin")
    try:
        answer = await _taken(request, service, found, origin)
    except RequestError as error:
        # Without the headers below a page could not tell what is wrong from a network that is down.
        answer = answer_to(error, request)
    if origin is not None and allowed_origin(origin, found.form):
        answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Vary"] = "Origin, Accept"
    return answer


@router.get("/{source}/script.js", **schemas.FORM_SCRIPT)
async def form_script(request: Request, service: Running, source: SourceId) -> Response:
    """The script that sends a form of the page without leaving it. It holds nothing secret."""
    found = await source_at(service, source, form=True)
    return Response(
        script_of(found, base_of(request, service)),
        media_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"},
    )


async def _taken(request: Request, service: Service, source: Source, origin: str | None) -> Response:
    address = client_of(request)
    per_address = service.rates.take(f"form:{source.id}:{address}", source.form.rate_per_address, shared=False)
    counted(request, per_address, "address")
    counted(request, service.rates.take(f"source:{source.id}", source.document.rate), "source")
    language = source.form.language or preferred_language(request)
    received = await received_of(request, service)
    try:
        submission = read_submission(received)
        refused = None if allowed_origin(origin, source.form) else "origin"
        why = refused or not_a_person(submission, source.form)
        if why is not None:
            await service.doors.keep(source, received, address, state="rejected", reason=why)
            if refused is not None:
                raise Forbidden(f"The form {source.id} may not be sent from {origin}: add it to the source's origins")
            # Whoever fills in what nobody sees is told what a person is told.
            return _received(request, source, submission.own.get(REDIRECT), language)
        await service.doors.take(source, received, address)
    except NotUnderstood as error:
        await service.doors.keep(source, received, address, state="not_understood", detail=error.message)
        raise BadInput(error.message, places=[Problem(error.where, error.message)]) from None
    return _received(request, source, submission.own.get(REDIRECT), language)


def _received(request: Request, source: Source, redirect: str | None, language: Language) -> Response:
    if accepted(request, JSON, HTML) == HTML:
        target = allowed_redirect(redirect, source.form)
        if target is not None:
            return RedirectResponse(target, status_code=303)
        return Response(page("received", language), media_type="text/html; charset=utf-8")
    shown: dict[str, Any] = {"status": "received", "redirect": allowed_redirect(redirect, source.form)}
    return Json(shown)
