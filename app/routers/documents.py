"""Which document did they send? YAML or JSON, as people write rosters and policies."""

from __future__ import annotations

import asyncio
import codecs
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
_FIELDS: Final = re.compile(r"application/x-www-form-urlencoded\b", re.IGNORECASE)
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
        message = f"The {name} cannot be read: {error.message}{_otherwise(raw, kind, name)}"
        raise BadInput(message, places=[place]) from None
    if isinstance(document, str) and (otherwise := _otherwise(raw, kind, name)):
        message = "an object is wanted"
        raise BadInput(f"The {name} cannot be read: {message}{otherwise}", places=[Problem(name, message)])
    return document, raw.decode("utf-8-sig"), _form(raw, kind)


def _otherwise(raw: bytes, kind: str, name: str) -> str:
    """How to send what seems to be YAML that was sent as something else; nothing if it does not seem so."""
    text = raw.removeprefix(codecs.BOM_UTF8).strip()
    if not text or text.startswith((b"{", b"[", b'"')):
        return ""
    if _JSON.match(kind):
        return f". To send YAML, say “Content-Type: application/yaml” (curl: --data-binary @{name}.yaml)"
    if (not kind or _FIELDS.match(kind)) and b"\n" not in text:
        # What curl's -d makes of a file: its lines joined to one.
        return f". Send YAML with its line breaks: curl --data-binary @{name}.yaml -H 'Content-Type: application/yaml'"
    return ""


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
