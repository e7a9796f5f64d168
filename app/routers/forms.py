"""Web forms: browsers post to them from the pages of others. They are told that it was received, and nothing else."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.doors.form import REDIRECT, Rejected, allowed_origin, allowed_redirect, check_form, read_submission
from app.doors.pages import HEADERS, Page, page
from app.doors.script import script_text
from app.doors.source import Source
from app.engine.explain import Language
from app.engine.problems import Problem
from app.errors import BadInput, Forbidden, RequestError, TooLarge
from app.problems import headers_of, kind_of, preferred_language
from app.routers import schemas_doors as schemas
from app.routers.answers import JSON, Json, accepted
from app.routers.arriving import FORMS, SourceId, received_of, source_at
from app.routers.holders import answers_to, client_of, counted
from app.routers.service import Running, Service
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

    A browser that asks for a page gets a small one, whatever became of it, or goes (`303`) where the source or the
    field `_redirect` says, if that is allowed; one that asks for JSON is told `received`. Clicking twice gives one
    lead.
    """
    wants_page = accepted(request, JSON, HTML) == HTML
    answers_to(request, (b"vary", b"Origin, Accept"))
    try:
        found = await source_at(service, source, form=True)
        origin = request.headers.get("origin")
        if origin is not None and allowed_origin(origin, found.form):
            # On whatever is answered: a script of that page is to know why it was not taken.
            answers_to(request, (b"access-control-allow-origin", origin.encode("latin-1")))
        redirect, language = await _taken(request, service, found, origin)
    except RequestError as error:
        if not wants_page:
            raise
        name: Page = "refused" if isinstance(error, BadInput | TooLarge) else "failed"
        shown = page(name, preferred_language(request))
        return HTMLResponse(shown, kind_of(error).status, {**HEADERS, **headers_of(error)})
    target = allowed_redirect(redirect, found.form)
    if not wants_page:
        told: dict[str, Any] = {"status": "received", "redirect": target}
        return Json(told)
    if target is not None:
        return RedirectResponse(target, status_code=303)
    return HTMLResponse(page("received", language, origin), headers=HEADERS)


@router.get("/{source}/script.js", **schemas.FORM_SCRIPT)
async def form_script(request: Request, service: Running, source: SourceId) -> Response:
    """The script that sends a form of the page without leaving it. It holds nothing secret."""
    await source_at(service, source, form=True)
    return Response(
        script_text(),
        media_type="text/javascript; charset=utf-8",
        headers={
            "Cache-Control": "public, max-age=300",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _taken(request: Request, service: Service, source: Source, origin: str | None) -> tuple[str | None, Language]:
    """Take a submission; returns where its page asks to have the browser go, and the language of its person.

    Raises:
        BadInput: it is no form. Forbidden: the page is of an origin that is not allowed. Either is kept.
        TooMany: too many have come from this address, or to this source.
        DatabaseAway: it could not be kept within the waiting limit, or it is not known whether it was.
    """
    address = client_of(request)
    per_address = service.rates.take(f"form:{source.id}:{address}", source.form.rate_per_address, shared=False)
    counted(request, per_address, "address")
    language = source.form.language or preferred_language(request)
    received = await received_of(request, service)
    try:
        submission = read_submission(received)
    except NotUnderstood as error:
        await service.doors.refuse(source, received, address, "not_understood", "not_understood", error.message)
        raise BadInput(error.message, places=[Problem(error.where, error.message)]) from None
    try:
        check_form(submission, origin, source.form)
    except Rejected as error:
        # Whoever fills in what nobody sees is told what a person is told.
        await service.doors.refuse(source, received, address, "rejected", error.reason, str(error))
        if error.reason == "origin":
            message = f"The form {source.id} may not be sent from {origin}: add it to the source's form.origins"
            raise Forbidden(message) from None
    else:
        # What is no person's does not count: else a program could use up what people are to have.
        counted(request, service.rates.take(f"source:{source.id}", source.document.rate), "source")
        await service.doors.take(source, received, address)
    return submission.own.get(REDIRECT), language
