"""In which form does an answer go out? JSON as a rule; what else there is goes by ``Accept`` and ``ETag``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
import yaml
from fastapi import Request, Response

from app.errors import PreconditionFailed

JSON: Final = "application/json"
YAML: Final = "application/yaml"
CSV: Final = "text/csv"
NDJSON: Final = "application/x-ndjson"
URLENCODED: Final = "application/x-www-form-urlencoded"

_TAG: Final = re.compile(r'(?:W/)?"(-?[0-9]{1,19})"')


def to_json(content: Any, option: int = 0) -> bytes:
    """Write JSON. Raises TypeError for what is none."""
    return orjson.dumps(content, default=_plain, option=option)


def to_yaml(content: Any) -> str:
    """Write YAML, in the order that the content has."""
    return str(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))


def _plain(value: object) -> str:
    # The driver's UUIDs are a class of their own.
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value))


class Json(Response):
    """A JSON answer."""

    media_type = JSON

    def render(self, content: Any) -> bytes:
        """Write it."""
        return to_json(content)


def page_of(items: Sequence[Any], next_cursor: str | None, **members: Any) -> Json:
    """One page of a list."""
    return Json({"items": items, "next_cursor": next_cursor, **members})


def accepted(request: Request, *offers: str) -> str:
    """Of the media types on offer the one that the caller prefers, by ``Accept`` (RFC 9110, 12.5.1); else the first."""
    best, best_rank = offers[0], (0.0, 0)
    for part in request.headers.get("accept", "")[:1000].lower().split(","):
        name, _, parameters = part.strip().partition(";")
        try:
            quality = float(parameters.partition("q=")[2].strip() or 1)
        except ValueError:
            quality = 1.0
        for offer in offers:
            main = offer.partition("/")[0]
            precision = {offer: 3, f"{main}/*": 2, "*/*": 1}.get(name.strip(), 0)
            if name.strip() in _ALSO.get(offer, ()):
                precision = 3
            if precision and (quality, precision) > best_rank:
                best, best_rank = offer, (quality, precision)
    return best


_ALSO: Final = {YAML: ("application/x-yaml", "text/yaml", "text/x-yaml")}


def etag(revision: int) -> dict[str, str]:
    """The header that says at which revision a thing is."""
    return {"ETag": f'"{revision}"'}


def revision_wanted(request: Request, current: int) -> int | None:
    """The revision that a thing must be at for the caller's edit, by ``If-Match`` and ``If-None-Match``; None: any.

    A thing that is not there is at revision 0. Weak tags count like strong ones: a revision is the whole of a thing.

    Raises:
        PreconditionFailed: the headers cannot be met, as ``current`` shows.
    """
    given = request.headers.get("if-match")
    if given is None:
        return 0 if request.headers.get("if-none-match", "").strip() == "*" else None
    if given.strip() == "*":
        if not current:
            raise PreconditionFailed("There is nothing yet that could match; leave If-Match out to make it", revision=0)
        return None
    tags = {int(tag) for tag in _TAG.findall(given)}
    if current not in tags:
        raise PreconditionFailed(
            "It has been changed since you read it; read it again and repeat your edit", revision=current
        )
    return current
