"""Which document did they send? YAML or JSON, as people write rosters and policies."""

from __future__ import annotations

import asyncio
import re
from typing import Final, Literal

import orjson
from fastapi import Request

from app.engine.problems import Problem
from app.errors import BadInput
from app.intake.documents import UnreadableDocument, read_document
from app.routers.service import Service, body_of

Form = Literal["yaml", "json"]

_JSON: Final = re.compile(r"[^;]*\bjson\b", re.IGNORECASE)
_YAML: Final = re.compile(r"[^;]*\byaml\b", re.IGNORECASE)


async def document_of(request: Request, service: Service, name: str) -> tuple[object, str, Form]:
    """The document in the body, its text, and which of the two formats it is in.

    Raises:
        BadInput: it is neither YAML nor JSON; the place says where it goes wrong.
        TooLarge: it is longer than the limit.
    """
    raw = await body_of(request, service.settings.body_limit)
    kind = request.headers.get("content-type", "")
    try:
        # In a thread: a mebibyte of YAML takes most of a second, and leads wait for the event loop.
        document = await asyncio.to_thread(read_document, raw, kind, name=name)
    except UnreadableDocument as error:
        place = Problem(error.where, error.message)
        raise BadInput(f"The {name} cannot be read: {error.message}", places=[place]) from None
    return document, raw.decode("utf-8-sig"), _form(raw, kind)


def _form(raw: bytes, kind: str) -> Form:
    if _JSON.match(kind):
        return "json"
    if _YAML.match(kind):
        return "yaml"
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return "yaml"
    return "json"
