"""Are these bytes a JSON document, and is there an object in it? If not: where exactly does it go wrong?"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any, NamedTuple, NoReturn

import orjson

from app.engine.lead import Notice
from app.intake.errors import UnreadableBody
from app.intake.text import REPLACEMENT, sound

DEEPEST = 32
"""Levels of arrays and objects within each other that are still read."""
TOO_DEEP = f"more than {DEEPEST} levels of arrays and objects"

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]|-?\b(?:NaN|Infinity)\b', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LARGEST_INT = 2**64 - 1


class Read(NamedTuple):
    """A document and what had to be changed to read it."""

    value: Any
    notices: tuple[Notice, ...] = ()


class ReadObject(NamedTuple):
    """An object and what had to be changed to read it."""

    fields: dict[str, Any]
    notices: tuple[Notice, ...] = ()


def read_object(raw: bytes) -> ReadObject:
    """The JSON object in a request body. Raises :exc:`UnreadableBody`, as :func:`read_json` does, if there is none."""
    value, notices = read_json(raw)
    if not isinstance(value, dict):
        raise UnreadableBody("body", f"a JSON object is wanted, this is {_kind(value)}", "not_an_object")
    return ReadObject(value, notices)


def read_json(raw: bytes) -> Read:
    """Any JSON document (RFC 8259), in UTF-8, of at most :data:`DEEPEST` levels.

    A byte order mark is skipped; of equal keys the last wins; NUL and lone surrogates become U+FFFD and a number too
    large for a double stays the text that was written, each with a notice. Integers beyond 64 bits are read as
    doubles. Raises :exc:`UnreadableBody` naming the place: bytes that are not UTF-8, text that is not JSON (NaN and
    Infinity are not), too many levels.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _read_slowly(raw)
    if raw.count(b"{") + raw.count(b"[") > DEEPEST:
        _check_depth(raw.decode())
    if b"\\u0000" in raw:
        value, notices = _sound(value)
        return Read(value, tuple(notices))
    return Read(value)


def _read_slowly(raw: bytes) -> Read:
    text = _decode(raw)
    if not text.strip(" \t\r\n"):
        raise UnreadableBody("body", "it is empty; a JSON document is wanted")
    _check_depth(text)
    odd: list[Notice] = []

    def large(number: str) -> Any:
        odd.append(Notice("body", "number_too_large", number[:120]))
        return number

    def real(number: str) -> Any:
        value = float(number)
        return value if math.isfinite(value) else large(number)

    def whole(number: str) -> Any:
        if len(number) > 20:
            return real(number)
        value = int(number)
        return value if -(2**63) <= value <= _LARGEST_INT else float(value)

    try:
        value = json.loads(
            text, parse_float=real, parse_int=whole, parse_constant=lambda name: _refuse_name(text, name)
        )
    except json.JSONDecodeError as error:
        raise UnreadableBody(f"line {error.lineno}, column {error.colno}", f"not JSON: {error.msg}") from None
    value, notices = _sound(value)
    return Read(value, (*odd, *notices))


def _decode(raw: bytes) -> str:
    if raw.startswith(codecs.BOM_UTF8):
        raw = raw[len(codecs.BOM_UTF8) :]
    elif raw.startswith(_WIDE_MARKS) or (len(raw) > 1 and 0 in raw[:2]):
        raise UnreadableBody("byte 0", "this looks like UTF-16 or UTF-32; JSON is sent as UTF-8", "not_utf8")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte 0x{raw[error.start]:02x}); JSON is sent as UTF-8"
        raise UnreadableBody(f"byte {error.start}", message, "not_utf8") from None


def _check_depth(text: str) -> None:
    depth = 0
    for found in _TOKEN.finditer(text):
        match found[0][0]:
            case "[" | "{":
                depth += 1
                if depth > DEEPEST:
                    where = _place(text, found.start())
                    raise UnreadableBody(where, TOO_DEEP, "too_deep")
            case "]" | "}":
                depth -= 1


def _refuse_name(text: str, name: str) -> NoReturn:
    at = next((found.start() for found in _TOKEN.finditer(text) if found[0] == name), 0)
    raise UnreadableBody(_place(text, at), f"not JSON: {name} is no number there; leave it out or send null")


def _place(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def _sound(value: Any) -> tuple[Any, list[Notice]]:
    """The value without NUL and lone surrogates, and a notice for each kind that was there."""
    found: set[str] = set()

    def walk(part: Any) -> Any:
        match part:
            case str():
                if "\x00" in part:
                    found.add("nul_replaced")
                    part = part.replace("\x00", REPLACEMENT)
                if not part.isascii() and _SURROGATE.search(part):
                    found.add("surrogate_replaced")
                    part = sound(part)
                return part
            case dict():
                return {walk(key): walk(item) for key, item in part.items()}
            case list():
                return [walk(item) for item in part]
            case _:
                return part

    clean = walk(value)
    return clean, [Notice("body", code) for code in sorted(found)]


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "a number"
