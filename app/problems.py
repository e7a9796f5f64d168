"""How is each error answered over HTTP?

One table says it, for every error of ``app.errors``. The answer is RFC 9457's ``application/problem+json``; its
``type`` is ``urn:lead-router:problem:NAME``: a stable name to compare with, not an address to fetch. What is for people
in it is in the language that they prefer.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import errors
from app.chinese.lookup import in_words
from app.engine.explain import Language, language_of
from app.engine.problems import Problem, at
from app.intake.models import message_of

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:lead-router:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the end of its type, its title, its status."""

    name: str
    title: str
    status: int

    @property
    def type(self) -> str:
        """The problem's type URI."""
        return URN + self.name


KINDS: Final[Mapping[type[errors.RequestError], Kind]] = {
    errors.BadInput: Kind("bad-input", "The request cannot be read", 400),
    errors.Unauthorized: Kind("unauthorized", "It does not show who sends it", 401),
    errors.Forbidden: Kind("forbidden", "This is not allowed", 403),
    errors.NotFound: Kind("not-found", "There is no such thing", 404),
    errors.Conflict: Kind("conflict", "The request contradicts what is there", 409),
    errors.PreconditionFailed: Kind("precondition-failed", "It has been changed since it was read", 412),
    errors.TooLarge: Kind("too-large", "The request is larger than allowed", 413),
    errors.UnsupportedMedia: Kind("unsupported-media", "The format is not read here", 415),
    errors.Invalid: Kind("invalid", "Something in the request is wrong", 422),
    errors.TooMany: Kind("too-many", "Too much in too short a time", 429),
    errors.LineFull: Kind("line-full", "Too much is waiting already", 503),
    errors.NoPolicy: Kind("no-policy", "No policy is active", 503),
    errors.DatabaseAway: Kind("database-away", "The database does not answer", 503),
    errors.Draining: Kind("draining", "This replica is shutting down", 503),
}
"""How each error that a request can end in is answered."""

UNEXPECTED: Final = Kind("unexpected", "Something went wrong inside the service", 500)

_BY_STATUS: Final[Mapping[int, Kind]] = {
    **{kind.status: kind for kind in KINDS.values() if kind.status != 503},
    405: Kind("method-not-allowed", "The method is not for this address", 405),
    406: Kind("not-acceptable", "The answer is not to be had in this format", 406),
    500: UNEXPECTED,
}


class ProblemResponse(Response):
    """A problem document as a response."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        """Write JSON; what is no Unicode text (a lone surrogate, quoted back) is escaped."""
        try:
            return json.dumps(content, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            return json.dumps(content, default=str).encode()


def kind_of(error: errors.RequestError) -> Kind:
    """Return the kind of an error, by its class or the nearest class above it."""
    for cls in type(error).__mro__:
        if cls in KINDS:
            return KINDS[cls]
    return UNEXPECTED


def document(
    kind: Kind,
    detail: str,
    *,
    places: Sequence[Problem] = (),
    request_id: str | None = None,
    members: Mapping[str, object] | None = None,
    language: Language = "en",
) -> dict[str, object]:
    """Return a problem document: also the ``error`` of one line of a bulk answer."""
    return {
        "type": kind.type,
        "title": in_words(kind.title, language),
        "status": kind.status,
        "detail": in_words(detail, language),
        "errors": [{"where": place.where, "message": in_words(place.message, language)} for place in places],
        "request_id": request_id,
        **(members or {}),
    }


def document_of(
    error: errors.RequestError, request_id: str | None = None, language: Language = "en"
) -> dict[str, object]:
    """Return the problem document of an error."""
    return document(
        kind_of(error),
        error.detail,
        places=error.places,
        request_id=request_id,
        members=error.members,
        language=language,
    )


def response(kind: Kind, content: Mapping[str, object], headers: Mapping[str, str] | None = None) -> ProblemResponse:
    """Return a problem document as a response with the kind's status."""
    return ProblemResponse(content, status_code=kind.status, headers=dict(headers or {}))


def unexpected(request_id: str | None, language: Language = "en") -> ProblemResponse:
    """Return the answer to an error that nobody foresaw. It says nothing of the error but where to look for it."""
    detail = "This is a fault of the service, not of the request. Its log tells more under the request's id."
    return response(UNEXPECTED, document(UNEXPECTED, detail, request_id=request_id, language=language))


def install(app: FastAPI) -> None:
    """Make an application answer every error with a problem document. Unexpected ones are ``app.middleware``'s."""
    app.exception_handler(errors.RequestError)(_request_error)
    app.exception_handler(HTTPException)(_http_exception)
    app.exception_handler(RequestValidationError)(_validation_error)


def request_id_of(request: Request) -> str | None:
    """Return the request's id, which the middleware gave it."""
    return getattr(request.state, "request_id", None)


def preferred_language(request: Request) -> Language:
    """Return the language that the caller reads."""
    return language_of(request.headers.get("accept-language"))


def headers_of(error: errors.RequestError) -> dict[str, str]:
    """Return the headers that go with an error's answer."""
    match error:
        case errors.Unauthorized():
            return {"WWW-Authenticate": "Bearer"}
        case errors.Unavailable() | errors.TooMany():
            return {"Retry-After": str(error.retry_after)}
        case _:
            return {}


async def _request_error(request: Request, error: errors.RequestError) -> Response:
    return answer_to(error, request)


def answer_to(error: errors.RequestError, request: Request) -> ProblemResponse:
    """Return the answer to a request that ended in an error."""
    content = document_of(error, request_id_of(request), preferred_language(request))
    return response(kind_of(error), content, headers_of(error))


async def _http_exception(request: Request, error: HTTPException) -> Response:
    kind = _BY_STATUS.get(error.status_code) or Kind(f"http-{error.status_code}", error.detail, error.status_code)
    # The path as it came: the framework takes it from an address with the Host in it, which may be none.
    match error.status_code:
        case 404:
            detail = f"There is nothing at {request.scope['path']}."
        case 405:
            detail = f"{request.scope['path']} does not take {request.method}."
        case _:
            detail = error.detail
    headers = dict(error.headers or {})
    if error.status_code == 405 and (methods := _methods_at(request)):
        headers["Allow"] = ", ".join(methods)
    content = document(kind, detail, request_id=request_id_of(request), language=preferred_language(request))
    return response(kind, content, headers)


def _methods_at(request: Request) -> list[str]:
    """The methods of the address that was asked for, if it is one of the API's.

    Each of them is a route of its own, and the router names only those of the first one that it comes upon.
    """
    path = getattr(request.scope.get("route"), "path_format", None)
    return sorted(method.upper() for method in request.app.openapi()["paths"].get(path, ()))


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        kind, detail = KINDS[errors.BadInput], "The body is not JSON."
    else:
        kind, detail = KINDS[errors.Invalid], "Something in the request is wrong; errors says what, and where."
    places = [Problem(_place(one["loc"]), message_of(one)) for one in found]
    language = preferred_language(request)
    return response(kind, document(kind, detail, places=places, request_id=request_id_of(request), language=language))


def _place(location: Sequence[str | int]) -> str:
    """``("body", "reps", 0, "name")`` as ``reps[0].name``; what is not in the body keeps its part: ``query.limit``."""
    where = ""
    for key in location[1:] if location and location[0] == "body" else location:
        where = at(where, key)
    return where
