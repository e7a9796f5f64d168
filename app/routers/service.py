"""What do the routers call? The parts of one running service, who is calling, and the body they sent."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.engine.explain import Language, language_of
from app.engine.lead import Notice
from app.engine.problems import Problem
from app.errors import BadInput, TooLarge, Unauthorized
from app.intake.body import read_object
from app.intake.errors import UnreadableBody
from app.lane.drain import Drain
from app.lane.lane import Lane
from app.settings import Settings
from app.store.database import Database

ADMIN = "admin"
"""Who the holder of the admin key is called in the record, if they do not say."""


@dataclass(slots=True)
class Service:
    """The parts of a running service."""

    settings: Settings
    database: Database
    pool: asyncpg.Pool
    lane: Lane
    drain: Drain
    admin_key: bytes


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    service: Service = request.app.state.service
    return service


_bearer = HTTPBearer(auto_error=False, description="The admin key, as `Authorization: Bearer KEY`")


async def caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> str:
    """Who calls; raises Unauthorized."""
    given = credentials.credentials.encode() if credentials is not None else b""
    if not hmac.compare_digest(given, service_of(request).admin_key):
        raise Unauthorized("Send the key as “Authorization: Bearer KEY”; `make run` prints it at the start")
    return ADMIN


Running = Annotated[Service, Depends(service_of)]
Caller = Annotated[str, Depends(caller)]


def preferred_language(request: Request) -> Language:
    """The language that the caller reads."""
    return language_of(request.headers.get("accept-language"))


async def body_of(request: Request, limit: int) -> bytes:
    """Read the whole body; raises TooLarge as soon as it is longer than ``limit`` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"The body is {declared} bytes; at most {limit} are read. Send many leads to /v1/leads/bulk")
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body is longer than {limit} bytes. Send many leads to /v1/leads/bulk")
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def object_of(request: Request, limit: int) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    """Read a JSON object from the body, with notices on what had to be replaced in it.

    Raises:
        BadInput: it is not a JSON object.
        TooLarge: it is longer than ``limit`` bytes.
    """
    raw = await body_of(request, limit)
    try:
        read = read_object(raw)
    except UnreadableBody as error:
        raise unreadable(error) from None
    return read.fields, tuple(read.notices)


def unreadable(error: UnreadableBody) -> BadInput:
    """What the sender of an unreadable body is told."""
    return BadInput(error.message, places=[Problem(error.where, error.message)])
