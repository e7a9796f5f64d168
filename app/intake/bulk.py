"""Which leads are in this stream, as far as it has arrived? NDJSON, a JSON array or CSV, in bounded memory.

Readers are fed chunks of bytes as they come and hand out items in order. What is wrong with one row is a
:class:`Fault` with its line and harms no other; only an array that is broken ends the reading.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from email.message import Message
from typing import Protocol

from app.intake.body import DEEPEST, TOO_DEEP
from app.intake.csv_rows import WORKBOOK, CsvReader, is_workbook
from app.intake.errors import UnreadableBody
from app.intake.rows import LONGEST_ROW, Fault, Item, Line, Lines, Row, too_long

__all__ = [
    "LONGEST_ROW",
    "ArrayReader",
    "BulkReader",
    "CsvReader",
    "Fault",
    "Item",
    "NdjsonReader",
    "Row",
    "is_workbook",
    "reader_for",
]


class BulkReader(Protocol):
    """Reads one stream."""

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """The items that this chunk completes."""

    def finish(self) -> Iterator[Item]:
        """What is left when the stream has ended."""


def reader_for(content_type: str) -> BulkReader:
    """A reader for the media type. Raises :exc:`UnreadableBody` (``unsupported``) for one that is not read, or for a
    charset that is not known.
    """
    header = Message()
    header["Content-Type"] = content_type
    charset = header.get_param("charset")
    match header.get_content_type():
        case "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines":
            return NdjsonReader()
        case "application/json":
            return ArrayReader()
        case "text/csv" | "application/csv" | "text/tab-separated-values" | "application/vnd.ms-excel":
            return CsvReader(charset if isinstance(charset, str) else None)
        case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
            raise UnreadableBody("Content-Type", WORKBOOK, "unsupported")
        case other:
            message = f"{other} is not read; send application/x-ndjson, application/json (an array) or text/csv"
            raise UnreadableBody("Content-Type", message, "unsupported")


class NdjsonReader:
    """One JSON object per line; empty lines are passed over but counted."""

    def __init__(self) -> None:
        self._lines = Lines()

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        for line in self._lines.feed(chunk):
            yield from self._item(line)

    def finish(self) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        for line in self._lines.finish():
            yield from self._item(line)

    def _item(self, line: Line) -> Iterator[Item]:
        if line.content is None:
            yield too_long(line.number, "the line")
            return
        content = line.content.removeprefix(codecs.BOM_UTF8) if line.number == 1 else line.content
        # Blanks at its begin stay: a place in the line is counted with them.
        if content := content.rstrip(b" \t\r"):
            yield Row(line.number, content)


_STRUCTURE = re.compile(rb'["\[\]{},]')
_STRING_END = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_WHITE = b" \t\r\n"
_CLOSES = {ord("["): ord("]"), ord("{"): ord("}")}


class ArrayReader:
    """The elements of one JSON array, each its own text. Brackets are matched; the rest is left to who reads it."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._tail = b""
        self._open = bytearray()
        self._deeper = 0
        """Brackets that are open within the deepest that is read: only counted, for nothing in them is read."""
        self._count = 0
        self._offset = 0
        self._state = "before"
        self._in_string = False
        self._fault: str | None = None
        """What is wrong with the element, of which nothing more is held."""

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        # A chunk may end within an escape or a byte order mark: what has no end yet is looked at again with the next.
        chunk, self._tail = self._tail + chunk, b""
        if self._offset == 0 and len(chunk) < len(codecs.BOM_UTF8) and codecs.BOM_UTF8.startswith(chunk):
            self._tail = chunk
            return
        at = 0
        while at < len(chunk) and self._state != "broken":
            if self._state in ("before", "after"):
                wanted = "a JSON array is wanted" if self._state == "before" else "there is more after the array's end"
                at = self._outside(chunk, at)
                if self._state == "broken":
                    yield self._broken(at, wanted)
                continue
            if self._in_string:
                at = self._string(chunk, at)
                if at < 0:
                    break
                continue
            found = _STRUCTURE.search(chunk, at)
            end = len(chunk) if found is None else found.start()
            self._hold(chunk[at:end])
            at = end
            if found is not None:
                yield from self._sign(chunk, at)
                at += 1
        self._offset += len(chunk) - len(self._tail)

    def finish(self) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        if self._state == "before":
            yield self._broken(0, "a JSON array is wanted" if self._tail else "it is empty; a JSON array is wanted")
        elif self._state not in ("after", "broken"):
            yield self._broken(0, "the array does not end")

    def _outside(self, chunk: bytes, at: int) -> int:
        if self._state == "before" and self._offset == 0 and at == 0 and chunk.startswith(codecs.BOM_UTF8):
            return len(codecs.BOM_UTF8)
        if chunk[at] in _WHITE:
            return at + 1
        if self._state == "before" and chunk[at] == ord("["):
            self._state = "first"
            return at + 1
        self._state = "broken"
        return at

    def _string(self, chunk: bytes, at: int) -> int:
        """Where the string that is open ends; -1 if not in this chunk."""
        found = _STRING_END.match(chunk, at)
        if found is not None:
            self._hold(found[0])
            self._in_string = False
            return found.end()
        rest = chunk[at:]
        back = len(rest) - len(rest.rstrip(b"\\"))
        keep = 1 if back % 2 else 0
        self._hold(rest[: len(rest) - keep])
        self._tail = rest[len(rest) - keep :]
        return -1

    def _sign(self, chunk: bytes, at: int) -> Iterator[Item]:
        sign = chunk[at]
        inside = bool(self._open)
        if sign == ord('"'):
            self._in_string = True
        elif sign in _CLOSES and len(self._open) == DEEPEST:
            self._deeper += 1
            self._skip(TOO_DEEP)
        elif sign in _CLOSES:
            self._open.append(_CLOSES[sign])
        elif self._deeper and sign != ord(","):
            self._deeper -= 1
        elif inside and sign != ord(","):
            if self._open.pop() != sign:
                yield self._broken(at, "a bracket closes what it did not open")
                return
        elif not inside and sign in b",]":
            yield from self._end_element(at, last=sign == ord("]"))
            return
        elif not inside:
            yield self._broken(at, "a bracket closes what it did not open")
            return
        self._hold(chunk[at : at + 1])

    def _end_element(self, at: int, *, last: bool) -> Iterator[Item]:
        content = bytes(self._held).strip(_WHITE)
        if not content and self._fault is None:
            if last and self._state == "first":
                self._state = "after"
                self._count = 0
            else:
                yield self._broken(at, "an element is missing")
            return
        self._count += 1
        yield Row(self._count, content) if self._fault is None else Fault(self._count, self._fault)
        self._held.clear()
        self._fault = None
        self._state = "after" if last else "next"

    def _hold(self, part: bytes) -> None:
        if self._fault is None:
            self._held += part
            if len(self._held) > LONGEST_ROW:
                self._skip(too_long(self._count, "the element").message)

    def _skip(self, fault: str) -> None:
        self._fault = self._fault or fault
        self._held.clear()

    def _broken(self, at: int, message: str) -> Fault:
        self._state = "broken"
        self._held.clear()
        return Fault(self._count + 1, f"byte {self._offset + at}: {message}", final=True)
