"""What is one row of a bulk stream, and where do its lines end?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

from app.engine.immutable import immutable
from app.engine.lead import Notice
from app.intake.body import ReadObject, read_object
from app.intake.errors import UnreadableBody

LONGEST_ROW = 1024 * 1024
"""Bytes of one line, element or row; longer ones are a fault, and skipped without being held."""


@immutable(frozen=True, slots=True)
class Row:
    """One lead as it came: its JSON text, or the cells of a CSV row by field name.

    ``line`` is 1-based: the line where it begins in NDJSON and CSV (whose header is line 1), its place in an array.
    """

    line: int
    content: bytes | dict[str, Any]
    notices: tuple[Notice, ...] = ()
    """What is to be told of it already."""

    def read(self) -> ReadObject:
        """Its fields. Raises :exc:`UnreadableBody` if the JSON text is not an object; its place is one in the row."""
        if not isinstance(self.content, bytes):
            return ReadObject(self.content, self.notices)
        try:
            return read_object(self.content)
        except UnreadableBody as error:
            # A text of one line is known by the row's own: a line counted from its begin would name another.
            one_line = b"\n" not in self.content
            where = error.where.removeprefix("line 1, ") if one_line else f"{error.where} of the element"
            raise UnreadableBody(where, error.message, error.reason) from None


Refusal: TypeAlias = Literal["workbook", "unknown_headings"]
"""Why none of a stream is read: it is an Excel workbook; the first line of a CSV names no field of a lead."""


@immutable(frozen=True, slots=True)
class Fault:
    """What is wrong at a line. After a ``final`` one nothing more is read.

    One with a ``refusal`` is final, and comes before any row: it is the whole stream's.
    """

    line: int
    message: str
    final: bool = False
    refusal: Refusal | None = None


Item: TypeAlias = Row | Fault


@immutable(frozen=True, slots=True)
class Line:
    """A line without its feed, and its 1-based number."""

    number: int
    content: bytes | None
    """None if it was too long."""


_LINE_FEED: Final = re.compile(rb"\n")
_ANY_END: Final = re.compile(rb"\r\n?|\n")


class Lines:
    """Splits chunks at line feeds, holding at most one line.

    With ``returns`` a carriage return ends a line too, as in files of old; one with a line feed behind it is one end.
    """

    def __init__(self, *, returns: bool = False) -> None:
        self._held = bytearray()
        self._number = 1
        self._skipping = False
        self._ends = _ANY_END if returns else _LINE_FEED
        self._returned = False
        """Whether the last chunk ended in a carriage return: a line feed that comes next belongs to it."""

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that this chunk ends."""
        if not chunk:
            return
        start = 1 if self._returned and chunk.startswith(b"\n") else 0
        self._returned = self._ends is _ANY_END and chunk.endswith(b"\r")
        for found in self._ends.finditer(chunk, start):
            yield from self._end(chunk[start : found.start()])
            start = found.end()
        if not self._skipping:
            self._held += chunk[start:]
            if len(self._held) > LONGEST_ROW + 2:
                self._skipping = True
                self._held.clear()

    def _end(self, tail: bytes) -> Iterator[Line]:
        content = bytes(self._held) + tail if self._held else tail
        too_long = self._skipping or len(content) > LONGEST_ROW + 2
        self._held.clear()
        self._skipping = False
        self._number += 1
        yield Line(self._number - 1, None if too_long else content)

    def finish(self) -> Iterator[Line]:
        """The last line, if nothing ended it."""
        if self._held or self._skipping:
            yield from self._end(b"")


def too_long(line: int, what: str) -> Fault:
    """The fault of one that is longer than :data:`LONGEST_ROW`."""
    return Fault(line, f"{what} is longer than {LONGEST_ROW // 1024} KiB")
