"""A small application in the service's place: what is tested with it is how workers are kept, not what they answer."""

import asyncio
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app import drain, observability
from app.settings import load


async def who(_: Request) -> Response:
    observability.DECISIONS.labels("assigned").inc()
    return PlainTextResponse(str(os.getpid()))


async def slow(request: Request) -> Response:
    await asyncio.sleep(float(request.query_params["seconds"]))
    return PlainTextResponse(f"draining={drain.is_draining()}")


async def address(_: Request) -> Response:
    return PlainTextResponse(load().database().dsn)


async def metrics(_: Request) -> Response:
    return Response(observability.render_metrics(), media_type=observability.METRICS_TYPE)


def create_app() -> Starlette:
    return Starlette(
        routes=[Route("/who", who), Route("/slow", slow), Route("/address", address), Route("/metrics", metrics)]
    )


def create_broken_app() -> Starlette:
    raise RuntimeError("it cannot be made")
