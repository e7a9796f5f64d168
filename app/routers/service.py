"""What do the routers call? The parts of one running service, who is calling, and the body they sent."""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar

import asyncpg
from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, ValidationError

from app.doors.doors import Doors
from app.doors.driving import Drives
from app.doors.source import Sources
from app.engine.lead import Notice
from app.engine.problems import Problem
from app.errors import BadInput, Invalid, TooLarge
from app.events.telling import Teller
from app.intake.body import read_object
from app.intake.errors import UnreadableBody
from app.intake.models import problems_in
from app.lane.drain import Drain
from app.lane.lane import Lane
from app.net.client import Network
from app.routers.holders import Holder, holder_of
from app.settings import Settings
from app.store.connections import Connections
from app.store.database import Database
from app.store.known_keys import KnownKeys
from app.store.rates import Rates
from app.store.sealing import Seal

M = TypeVar("M", bound=BaseModel)

SCHEME: Final = "key"
"""What the description of the API calls the way in which a key is sent."""

LONGEST_ACTOR: Final = 64
"""Characters that the name of a person who acts may have."""

_ACTOR: Final = r"^[^\s\x00-\x1f\x7f-\xa0\xad]([^\x00-\x1f\x7f-\xa0\xad]*[^\s\x00-\x1f\x7f-\xa0\xad])?$"
"""What can be said of such a name in JSON Schema: printable characters, no blanks at its ends."""

_BEGINS_AS_JSON: Final = re.compile(rb"(\xef\xbb\xbf)?\s*[\[{\"]")
"""How a body begins that was meant as JSON, whatever is wrong further on."""
_BEGINS_AS_LIST: Final = re.compile(rb"(\xef\xbb\xbf)?\s*\[")


@dataclass(slots=True)
class Seen:
    """What the last look at the database found: whether it is migrated, whether a policy is active."""

    migrated: bool = False
    policy: bool = False


@dataclass(slots=True)
class Service:
    """The parts of a running service."""

    settings: Settings
    database: Database
    pool: asyncpg.Pool
    lane: Lane
    drain: Drain
    admin_key: bytes
    seal: Seal
    client: Network
    teller: Teller
    seen: Seen = field(default_factory=Seen)
    connections: Connections = field(init=False)
    """Connections for all that is not a turn of the lane."""
    keys: KnownKeys = field(init=False)
    """The keys of callers."""
    rates: Rates = field(init=False)
    """How often who has called."""
    sources: Sources = field(init=False)
    """Where leads come from."""
    doors: Doors = field(init=False)
    """What comes to sources."""

    def __post_init__(self) -> None:
        self.connections = Connections(self.pool, self.settings.wait_seconds)
        self.keys = KnownKeys(self.reading, self.writing)
        self.rates = Rates(self.pool)
        self.sources = Sources(self.connections.read, self.seal)
        self.doors = Doors(
            self.connections.write,
            Drives(self.lane, self.writing, self.sources, self.client, kept_days=self.settings.delivery_days),
            self.rates,
        )

    def reading(
        self, seconds: float | None = None, *, wait: bool = True
    ) -> AbstractAsyncContextManager[asyncpg.Connection]:
        """A connection for reading: see :meth:`app.store.connections.Connections.reading`."""
        return self.connections.reading(seconds, wait=wait)

    def writing(self, seconds: float | None = None) -> AbstractAsyncContextManager[asyncpg.Connection]:
        """A connection in a transaction: see :meth:`app.store.connections.Connections.writing`."""
        return self.connections.writing(seconds)


async def service_of(request: Request) -> Service:  # async: FastAPI calls anything else in a thread
    """The service that a request came to."""
    service: Service = request.app.state.service
    return service


_bearer = HTTPBearer(
    auto_error=False,
    scheme_name=SCHEME,
    description="A key that `POST /v1/keys` made, or the admin key, as `Authorization: Bearer KEY`. Each operation "
    "names the scopes that it needs; `admin` includes all others",
)


Running = Annotated[Service, Depends(service_of)]


async def caller(
    request: Request,
    service: Running,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Holder:
    """Who calls; raises what :func:`app.routers.holders.holder_of` does."""
    # FastAPI asks once for each set of scopes that the key is needed for, and a call is to be counted once.
    held: Holder | None = getattr(request.state, "holder", None)
    if held is None:
        text = credentials.credentials if credentials is not None else ""
        held = request.state.holder = await holder_of(request, service, text)
    return held


Caller = Annotated[Holder, Depends(caller)]


async def actor(
    who: Caller,
    x_actor: Annotated[
        str | None,
        Header(
            description=f"Who does this, as the record is to name them: 1 to {LONGEST_ACTOR} characters, UTF-8",
            json_schema_extra={"pattern": _ACTOR, "minLength": 1, "maxLength": LONGEST_ACTOR},
        ),
    ] = None,
) -> str:
    """Who acts: the person that ``X-Actor`` names, else the key's holder; raises Invalid."""
    if x_actor is None:
        return who.name
    try:
        # Header bytes arrive as Latin-1; names are sent as UTF-8.
        name = x_actor.encode("latin-1").decode()
    except UnicodeError:
        name = x_actor
    name = name.strip()
    if not 0 < len(name) <= LONGEST_ACTOR or not name.isprintable():
        message = f"a name of 1 to {LONGEST_ACTOR} printable characters is wanted"
        raise Invalid("X-Actor does not name a person", places=[Problem("header.x-actor", message)])
    return name


Actor = Annotated[str, Depends(actor)]


LARGER: Final = "the setting LEAD_ROUTER_BODY_LIMIT raises that"
"""What can be done about a body that is too large, wherever it came to."""


async def body_of(request: Request, limit: int, instead: str = LARGER) -> bytes:
    """Read the whole body; raises TooLarge, with what to do ``instead``, once it is longer than ``limit`` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"The body is {declared} bytes; at most {limit} are read: {instead}")
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body is longer than the {limit} bytes that are read at most: {instead}")
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def object_of(
    request: Request, limit: int, *, instead: str = LARGER, other: str = "", many: str = ""
) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    """Read a JSON object from the body, with notices on what had to be replaced in it.

    ``instead``: what to do with a body that is too large; ``other``: where one goes that was never meant as JSON;
    ``many``: what to do with a list.

    Raises:
        BadInput: it is not a JSON object.
        TooLarge: it is longer than ``limit`` bytes.
    """
    raw = await body_of(request, limit, instead)
    try:
        read = read_object(raw)
    except UnreadableBody as error:
        if raw.strip() and not _BEGINS_AS_JSON.match(raw):
            # A form's fields or XML: where a parser stops in them helps nobody.
            message = f"{error.message}. Send JSON, with “Content-Type: application/json”{other}"
            raise BadInput(message, places=[Problem(error.where, error.message)]) from None
        if many and error.reason == "not_an_object" and _BEGINS_AS_LIST.match(raw):
            raise BadInput(f"{error.message}: {many}", places=[Problem(error.where, error.message)]) from None
        raise unreadable(error) from None
    return read.fields, tuple(read.notices)


_MANY: Final = "send many leads to /v1/leads/bulk"


async def lead_of(request: Request, service: Service) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    """Read the fields of one lead from the body, as :func:`object_of` does."""
    return await object_of(
        request,
        service.settings.body_limit,
        instead=f"{_MANY}; for one {LARGER}",
        many=_MANY,
        other="; what another system or a web form sends as it is goes to a source: POST /v1/webhooks/{source}, or "
        "/v1/forms/{source}",
    )


def unreadable(error: UnreadableBody) -> BadInput:
    """What the sender of an unreadable body is told."""
    return BadInput(error.message, places=[Problem(error.where, error.message)])


class Body(BaseModel):
    """A small body whose every member is known."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


async def small_object(request: Request, service: Service) -> dict[str, Any]:
    """Read a JSON object from the body; an empty one counts as ``{}``.

    Raises:
        BadInput: it is not a JSON object.
        TooLarge: it is longer than the limit.
    """
    raw = await body_of(request, service.settings.body_limit)
    try:
        return read_object(raw).fields if raw.strip() else {}
    except UnreadableBody as error:
        raise unreadable(error) from None


async def small_body(request: Request, service: Service, form: type[M]) -> M:
    """Read a small JSON body; an empty one counts as ``{}``.

    Raises:
        BadInput: it is not a JSON object.
        Invalid: a member is unknown, missing or wrong.
        TooLarge: it is longer than the limit.
    """
    fields = await small_object(request, service)
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        raise Invalid(
            "Something in the body is wrong; errors says what, and where", places=problems_in(error, form)
        ) from None
