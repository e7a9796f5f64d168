"""What comes to a door: at which source, as which request, and by which address of the service?"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import IPv6Address
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Path, Request

from app.doors.arriving import LONGEST_URL
from app.doors.form import FORM
from app.doors.source import Source
from app.engine.problems import Problem
from app.errors import BadInput, DatabaseAway, Forbidden, NotFound
from app.routers.parameters import AN_ID
from app.routers.service import Service, body_of
from app.routers.shaping import ID
from app.senders.base import Received
from app.store.sealing import Unsealable

SourceId = Annotated[
    str, AN_ID, Path(description="The source's id, as it was put", json_schema_extra={"pattern": ID["pattern"]})
]

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[(?P<address>[0-9A-Fa-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?")
_LARGEST_PORT: Final = 65_535

WEBHOOKS: Final = "/v1/webhooks"
"""The door of other systems; what is sent to a source comes to its id below it."""
FORMS: Final = "/v1/forms"
"""The door of web forms."""


def door_of(kind: str) -> str:
    """The door of a kind of source."""
    return FORMS if kind == FORM else WEBHOOKS


async def source_at(service: Service, source_id: str, *, form: bool) -> Source:
    """The source of this id, if it is one for this door.

    Raises:
        NotFound: there is none.
        Forbidden: it is switched off.
        DatabaseAway: it could not be looked for, or its secrets cannot be opened here.
    """
    try:
        source = await service.sources.find(source_id)
    except Unsealable as error:
        raise DatabaseAway(str(error), outcome_known=True) from error
    if source is None or (source.document.kind == FORM) is not form:
        # At a form's door stand visitors of a page, who have no use for how the desk sets one up.
        raise NotFound(f"There is no form {source_id}" if form and source is None else _other_door(source_id, source))
    if not source.enabled:
        raise Forbidden(f"The source {source_id} is switched off")
    return source


def _other_door(source_id: str, source: Source | None) -> str:
    if source is None:
        return f"There is no source {source_id}: PUT /v1/sources/{source_id} makes one"
    kind = "is a web form" if source.document.kind == FORM else f"is of kind {source.document.kind}, and no web form"
    return f"The source {source_id} {kind}: it takes what is sent to {door_of(source.document.kind)}/{source_id}"


async def received_of(request: Request, service: Service) -> Received:
    """The request as it came, at the address by which the sender knows it.

    Raises BadInput: its address is too long, or names no host.
    """
    raw = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1").partition("?")[0]
    url = f"{base_of(request, service)}{path}{'?' if raw else ''}{raw}"
    if len(url) > LONGEST_URL:
        longest = f"it is longer than {LONGEST_URL // 1024} KiB; send what is long in the body"
        raise BadInput("The address is too long", places=[Problem("query", longest)])
    return Received(
        method=request.method,
        url=url,
        query=tuple(parse_qsl(raw, keep_blank_values=True)),
        headers=dict(request.headers),
        body=await body_of(request, service.settings.body_limit),
        received_at=datetime.now(UTC),
    )


def base_of(request: Request, service: Service) -> str:
    """The address at which the service is known outside, without a path: as it is set, else as it was called.

    Raises BadInput: it is not set, and the request names no host.
    """
    if service.settings.public_url is not None:
        return service.settings.public_url
    host = request.headers.get("host", "")
    if not _is_host(host):
        raise BadInput("The Host header names no host", places=[Problem("header.host", "HOST or HOST:PORT is wanted")])
    return f"{request.scope['scheme']}://{host}"


def _is_host(text: str) -> bool:
    """Whether it can stand as the host in an address, so that whoever takes that apart can."""
    found = _HOST.fullmatch(text)
    if found is None or int(found["port"] or 0) > _LARGEST_PORT:
        return False
    if found["address"] is None:
        return True
    with suppress(ValueError):
        IPv6Address(found["address"])
        return True
    return False
