"""Which fields stand in the body of a form, urlencoded or in parts, and what do their names in brackets nest?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.intake.charsets import codec
from app.intake.errors import UnreadableBody
from app.intake.text import sound
from app.senders.base import NotUnderstood

MOST_FIELDS: Final = 2_000
LONGEST_NAME: Final = 1_000
"""Characters of a name in brackets that is taken apart."""
DEEPEST: Final = 8
"""Brackets of one name that nest."""

Pairs: TypeAlias = list[tuple[str, Any]]

_BRACKETS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_SEGMENT = re.compile(r"\[([^\[\]]*)\]")


def read_urlencoded(raw: bytes, charset: str | None) -> Pairs:
    """The fields of ``application/x-www-form-urlencoded``, in their order.

    The texts are in ``charset``, or else in UTF-8, or else in GB18030.

    Raises:
        NotUnderstood: there are more than :data:`MOST_FIELDS`, or the charset is not known.
    """
    if raw.count(b"&") >= MOST_FIELDS * 2:
        raise _too_many()
    pairs = [
        (unquote_to_bytes(name.replace(b"+", b" ")), unquote_to_bytes(value.replace(b"+", b" ")))
        for name, _, value in (pair.partition(b"=") for pair in raw.strip(b"\r\n").split(b"&") if pair)
    ]
    if len(pairs) > MOST_FIELDS:
        raise _too_many()
    return _decoded(pairs, charset)


def read_multipart(raw: bytes, boundary: bytes | None, charset: str | None) -> Pairs:
    """The fields of ``multipart/form-data`` (RFC 7578), in their order.

    A file is noted as an object with ``file`` (its name), ``type`` and ``bytes``, and not kept. Without a ``boundary``
    it is the one that the body begins with. Lines may end in LF alone.

    Raises:
        NotUnderstood: it is no such body, or has more than :data:`MOST_FIELDS` parts.
    """
    first, _, _ = raw.lstrip(b"\r\n")[:300].partition(b"\n")
    if boundary is None:
        if not first.startswith(b"--") or len(first) < 4:
            raise NotUnderstood("Content-Type", "multipart without a boundary: name it there")
        boundary = first.strip()[2:]
    if not first.endswith(b"\r"):
        raw = re.sub(rb"\r?\n", b"\r\n", raw)
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.write(raw.lstrip(b"\r\n"))
    except (FormParserError, ValueError):
        raise NotUnderstood("body", "not multipart/form-data as RFC 7578 has it") from None
    if not parts.complete:
        raise NotUnderstood("body", "the multipart body ends before its last boundary: it was cut")
    return _decoded(parts.pairs, charset)


class _Parts:
    """Collects the parts as the parser meets them."""

    def __init__(self) -> None:
        self.pairs: list[tuple[bytes, bytes | dict[str, Any]]] = []
        self.complete = False
        self._headers: dict[bytes, bytes] = {}
        self._field = self._value = b""
        self._data: list[bytes] = []

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        if len(self.pairs) >= MOST_FIELDS:
            raise _too_many()
        self._headers, self._data = {}, []

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._field.strip().lower()] = self._value
        self._field = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name, value = options.get(b"name"), b"".join(self._data)
        if name is None:
            return
        filename = options.get(b"filename")
        if filename is None:
            self.pairs.append((name, value))
        elif filename or value:
            kind, _ = parse_options_header(self._headers.get(b"content-type", b""))
            noted = {"file": _text(filename[:500]), "type": _text(kind[:100]), "bytes": len(value)}
            self.pairs.append((name, noted))

    def _finish(self) -> None:
        self.complete = True


def _too_many() -> NotUnderstood:
    return NotUnderstood("body", f"more than {MOST_FIELDS:,} fields")


def _text(raw: bytes) -> str:
    return sound(raw.decode("utf-8", "replace"))


def _decoded(pairs: Iterable[tuple[bytes, bytes | dict[str, Any]]], charset: str | None) -> Pairs:
    pairs = list(pairs)
    name = _charset(pairs, charset)
    return [
        (
            sound(key.decode(name, "replace")),
            value if isinstance(value, dict) else sound(value.decode(name, "replace")),
        )
        for key, value in pairs
    ]


def _charset(pairs: Iterable[tuple[bytes, Any]], charset: str | None) -> str:
    if charset:
        try:
            return codec(charset)
        except UnreadableBody as error:
            raise NotUnderstood(error.where, error.message) from None
    raw = b"\n".join(part for pair in pairs for part in pair if isinstance(part, bytes))
    for name in ("utf-8", "gb18030"):
        try:
            raw.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "utf-8"


class _Object(dict[str, Any]):
    """An object that brackets made; a field's own value is never one."""


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The fields as a tree: ``a[b][c]`` nests, ``a[]`` and a repeated name make a list, as do ``a[0]``, ``a[1]``.

    A name that contradicts another (``a=1&a[b]=2``), or nests too deeply, stays as it is written (``a[b]``; a plain
    name beside those that it would nest becomes ``a[]``).
    """
    top = _Object()
    lists: set[int] = set()
    for name, value in pairs:
        segments = _segments(name)
        if not _put(top, segments, value, lists):
            _put(top, [name], value, lists)
    return {name: _plain(value) for name, value in top.items()}


def _segments(name: str) -> list[str]:
    found = _BRACKETS.fullmatch(name) if len(name) <= LONGEST_NAME and name.endswith("]") else None
    if found is None:
        return [name]
    inner = _SEGMENT.findall(found[2])
    if len(inner) >= DEEPEST or "" in inner[:-1]:
        return [name]
    return [found[1], *inner]


def _put(top: _Object, segments: list[str], value: Any, lists: set[int]) -> bool:
    """Put one field where it belongs; False if something else is there. ``lists``: the ids of those made here."""
    as_list = len(segments) > 1 and segments[-1] == ""
    if as_list:
        segments = segments[:-1]
    here = top
    for segment in segments[:-1]:
        inner = here.setdefault(segment, _Object())
        if not isinstance(inner, _Object):
            return False
        here = inner
    last = segments[-1]
    if last not in here:
        here[last] = [value] if as_list else value
        if as_list:
            lists.add(id(here[last]))
        return True
    there = here[last]
    if isinstance(there, _Object):
        return len(segments) == 1 and not as_list and _put(here, [f"{last}[]"], value, lists)
    if isinstance(there, list) and id(there) in lists:
        there.append(value)
    else:
        here[last] = [there, value]
        lists.add(id(here[last]))
    return True


def _plain(value: Any) -> Any:
    if not isinstance(value, _Object):
        return value
    inner = {name: _plain(each) for name, each in value.items()}
    if inner and all(name == str(number) for number, name in enumerate(inner)):
        return list(inner.values())
    return inner
