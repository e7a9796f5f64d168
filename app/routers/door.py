"""How do leads come in quickly? Around the framework's routing and dependencies, to the same answer.

For one lead they cost more than reading, deciding and recording it together. The operation is declared, described and,
with any query parameter, also served by :mod:`app.routers.leads`; what is said there is what happens here.
"""

from __future__ import annotations

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app import problems
from app.errors import RequestError
from app.middleware import RequestScope
from app.routers.access import require
from app.routers.holders import holder_of
from app.routers.leads import BRINGS, routed, router
from app.routers.service import service_of


class Door:
    """ASGI: answers ``POST /v1/leads`` itself, and hands everything else on."""

    def __init__(self, others: ASGIApp) -> None:
        self._others = others
        self._leads = RequestScope(_route_lead)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if (
            scope["type"] == "http"
            and scope["path"] == router.prefix
            and scope["method"] == "POST"
            and not scope["query_string"]
        ):
            scope["route"] = _ROUTE
            await self._leads(scope, receive, send)
        else:
            await self._others(scope, receive, send)


async def _route_lead(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    try:
        service = await service_of(request)
        scheme, key = get_authorization_scheme_param(request.headers.get("authorization"))
        who = await holder_of(request, service, key if scheme.lower() == "bearer" else "")
        require(who, (BRINGS,))
        answer = await routed(request, service, who)
    except RequestError as error:
        answer = problems.answer_to(error, request)
    await answer(scope, receive, send)


_ROUTE = Route(router.prefix, _route_lead, methods=["POST"])
"""By which a request is counted, as the framework's own is."""
