"""What happens around every request: it gets an id, is measured, and always gets an answer."""

import re
import time
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from app import problems
from app.engine.explain import language_of
from app.observability import HTTP_REQUESTS, HTTP_SECONDS, labelled

_ID: Final = re.compile(rb"[A-Za-z0-9._~:/+=@-]{1,128}")
_HEADER: Final = b"x-request-id"
_GONE: Final = 499
"""How a request is counted whose client did not wait for an answer."""

_requests: Final = labelled(HTTP_REQUESTS)
_seconds: Final = labelled(HTTP_SECONDS)
_log = structlog.get_logger("app.requests")


class AnswerCutShort(Exception):
    """An answer failed after its first part was sent: it ends without its last part, so that the client can tell."""


class RequestScope:
    """ASGI middleware, the outermost: takes or makes X-Request-Id, binds it to the log, counts and times the request.

    An error that nobody foresaw is logged without its text and answered with 500.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _given_id(scope) or str(uuid7())
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # What was found out of the caller on the way belongs on any answer, an error's too.
                more = scope["state"].get("headers", ())
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode()), *more]
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except AnswerCutShort:
            raise
        except ClientDisconnect:
            # They went before they had sent it all: nobody is left to answer, and nothing of ours is at fault.
            status = status or _GONE
        except Exception as error:  # noqa: BLE001 - the last stop: whatever it is, it is logged and answered
            _log.error("unexpected error", method=scope["method"], route=_route(scope), exc_info=error)
            if status:
                raise AnswerCutShort from None
            language = language_of(Headers(scope=scope).get("accept-language"))
            await problems.unexpected(request_id, language)(scope, receive, answer)
        finally:
            route, method = _route(scope), _method(scope)
            _requests(method, route, str(status)).inc()
            _seconds(method, route).observe(time.perf_counter() - began)
            _log.debug("request", method=method, route=route, status=status)


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == _HEADER and _ID.fullmatch(value):
            return str(value, "ascii")
    return None


def _route(scope: Scope) -> str:
    """The path as it was declared, never as it was asked for: metrics have a bounded number of series."""
    return getattr(scope.get("route"), "path_format", "unmatched")


def _method(scope: Scope) -> str:
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return scope["method"] if scope["method"] in known else "other"
