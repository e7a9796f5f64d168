"""Which leads are in this stream, as far as it has arrived? NDJSON, a JSON array or CSV, in bounded memory.

Readers are fed chunks of bytes as they come and hand out items in order. What is wrong with one row is a
:class:`Fault` with its line and harms no other; only an array that is broken ends the reading.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, Protocol, TypeAlias

from app.intake.body import ReadObject, read_object
from app.intake.errors import UnreadableBody
from app.intake.normalise import FIELDS

LONGEST_ROW = 1024 * 1024
"""Bytes of one line, element or row; longer ones are a fault, and skipped without being held."""

csv.field_size_limit(
    max(csv.field_size_limit(), LONGEST_ROW)
)  # its default of 128 KiB would refuse a cell that we take


@dataclass(frozen=True, slots=True)
class Row:
    """One lead as it came: its JSON text, or the cells of a CSV row by field name.

    ``line`` is 1-based: the line where it begins in NDJSON and CSV (whose header is line 1), its place in an array.
    """

    line: int
    content: bytes | dict[str, Any]

    def read(self) -> ReadObject:
        """Its fields. Raises :exc:`UnreadableBody` if the JSON text is not an object."""
        return read_object(self.content) if isinstance(self.content, bytes) else ReadObject(self.content)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a line. After a ``final`` one nothing more is read."""

    line: int
    message: str
    final: bool = False


Item: TypeAlias = Row | Fault


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
        case other:
            message = f"{other} is not read; send application/x-ndjson, application/json (an array) or text/csv"
            raise UnreadableBody("Content-Type", message, "unsupported")


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    content: bytes | None
    """None if it was too long."""


class _Lines:
    """Splits chunks at line feeds, holding at most one line."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._number = 1
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[_Line]:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            yield from self._end(chunk[start:end])
            start = end + 1
        if not self._skipping:
            self._held += chunk[start:]
            if len(self._held) > LONGEST_ROW + 2:
                self._skipping = True
                self._held.clear()

    def _end(self, tail: bytes) -> Iterator[_Line]:
        content = bytes(self._held) + tail if self._held else tail
        too_long = self._skipping or len(content) > LONGEST_ROW + 2
        self._held.clear()
        self._skipping = False
        self._number += 1
        yield _Line(self._number - 1, None if too_long else content)

    def finish(self) -> Iterator[_Line]:
        if self._held or self._skipping:
            yield from self._end(b"")


def _too_long(line: int, what: str) -> Fault:
    return Fault(line, f"{what} is longer than {LONGEST_ROW // 1024} KiB")


class NdjsonReader:
    """One JSON object per line; empty lines are passed over but counted."""

    def __init__(self) -> None:
        self._lines = _Lines()

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        for line in self._lines.feed(chunk):
            yield from self._item(line)

    def finish(self) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        for line in self._lines.finish():
            yield from self._item(line)

    def _item(self, line: _Line) -> Iterator[Item]:
        if line.content is None:
            yield _too_long(line.number, "the line")
            return
        content = line.content.removeprefix(codecs.BOM_UTF8) if line.number == 1 else line.content
        if content := content.strip(b" \t\r"):
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
        self._count = 0
        self._offset = 0
        self._state = "before"
        self._in_string = False
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        # A chunk may end within an escape; what of a string has no end yet is looked at again with the next one.
        chunk, self._tail = self._tail + chunk, b""
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
            yield self._broken(0, "it is empty; a JSON array is wanted")
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
        elif sign in _CLOSES:
            self._open.append(_CLOSES[sign])
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
        if not content and not self._skipping:
            if last and self._state == "first":
                self._state = "after"
                self._count = 0
            else:
                yield self._broken(at, "an element is missing")
            return
        self._count += 1
        yield _too_long(self._count, "the element") if self._skipping else Row(self._count, content)
        self._held.clear()
        self._skipping = False
        self._state = "after" if last else "next"

    def _hold(self, part: bytes) -> None:
        if not self._skipping:
            self._held += part
            if len(self._held) > LONGEST_ROW:
                self._skipping = True
                self._held.clear()

    def _broken(self, at: int, message: str) -> Fault:
        self._state = "broken"
        self._held.clear()
        return Fault(self._count + 1, f"byte {self._offset + at}: {message}", final=True)


_CHARSETS = re.compile(
    r"utf-(?:8|16)(?:-\w+)?|ascii|gb\w+|hz|big5\w*|iso8859-\d+|cp\d+|koi8-\w|shift_jis\w*|euc_\w+|mac-\w+"
)


def _codec(charset: str) -> str:
    """Python's name of a charset; not every codec it has is one (``zip``, ``idna``)."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if not _CHARSETS.fullmatch(name):
        raise UnreadableBody("Content-Type", f"the charset {charset[:40]!r} is not known", "unsupported")
    return name


class CsvReader:
    """Rows of a CSV with a header, as the :mod:`csv` module reads them.

    The delimiter (``,`` ``;`` tab ``|``) is the one most frequent in the header, or said by ``sep=;`` before it.
    Without a ``charset`` the text is UTF-8, or UTF-16 if it begins with its mark, or else GB18030 from the first byte
    on that is not UTF-8, provided that only ASCII came before. Header cells are matched to the contract's names
    without regard to case, blanks and hyphens; others keep their own.
    """

    def __init__(self, charset: str | None = None) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self._encoding: str | None = None
        self._wide = False
        if charset is not None:
            name = _codec(charset)
            # Those of which every line is its own text are decoded line by line, to name the line at fault.
            if name in ("utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "ascii"):
                self._encoding = "gb18030" if name.startswith("gb") else "utf-8"
            elif name == "utf-16":
                self._wide = True
            else:
                self._decoder = codecs.getincrementaldecoder(name)("replace")
        self._lines = _Lines()
        self._begun = charset is not None and self._decoder is not None
        self._first = b""
        self._delimiter = ","
        self._header: list[str] | None = None
        self._record = ""
        self._record_line = 0
        self._quoted = False

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        if not self._begun:
            self._first += chunk
            if len(self._first) < 4:
                return
            chunk = self._begin()
        for line in self._lines.feed(self._utf8(chunk)):
            yield from self._line(line)

    def finish(self) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        rest = b"" if self._begun else self._begin()
        for line in self._lines.feed(self._utf8(rest, final=True)):
            yield from self._line(line)
        for line in self._lines.finish():
            yield from self._line(line)
        if self._record:
            yield from self._end_record()
        if self._header is None:
            yield Fault(1, "it is empty; a header row is wanted", final=True)

    def _begin(self) -> bytes:
        """Look for a mark of the encoding; the bytes to go on with."""
        self._begun = True
        first, self._first = self._first, b""
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        elif self._wide:
            self._decoder = codecs.getincrementaldecoder("utf-16-le")("replace")
        return first.removeprefix(codecs.BOM_UTF8)

    def _utf8(self, chunk: bytes, *, final: bool = False) -> bytes:
        return chunk if self._decoder is None else self._decoder.decode(chunk, final).encode(errors="replace")

    def _line(self, line: _Line) -> Iterator[Item]:
        if line.content is None:
            yield from self._give_up(line.number)
            return
        # A lone CR ends a row in files of old; within a line that ends in CR LF it is only the end.
        for piece in line.content.removesuffix(b"\r").split(b"\r"):
            text = self._decode(piece)
            if text is None:
                self._record, self._quoted = "", False
                encoding = "GB18030" if self._encoding == "gb18030" else "UTF-8"
                yield Fault(line.number, f"the row is not {encoding}; name the charset in Content-Type")
                continue
            yield from self._text(text, line.number)

    def _text(self, text: str, number: int) -> Iterator[Item]:
        if self._header is None and not self._record:
            text = text.removeprefix("\ufeff")
            if found := re.fullmatch(r"sep=(.)", text, re.IGNORECASE):
                self._delimiter = found[1]
                return
            if not text.strip():
                return
            self._delimiter = _sniff(text, self._delimiter)
        if not self._record:
            self._record_line = number
        self._record += text + "\n"
        self._quoted = _still_quoted(text, self._delimiter, quoted=self._quoted)
        if not self._quoted:
            yield from self._end_record()
        elif len(self._record) > LONGEST_ROW:
            yield from self._give_up(number)

    def _give_up(self, number: int) -> Iterator[Item]:
        line = self._record_line if self._record else number
        self._record, self._quoted = "", False
        if self._header is None:
            self._header = []
        yield _too_long(line, "the row")

    def _decode(self, line: bytes) -> str | None:
        if line.isascii():
            return line.decode("ascii")
        try:
            text = line.decode(self._encoding or "utf-8")
        except UnicodeDecodeError:
            if self._encoding is not None:
                return None
            self._encoding = "gb18030"
            return self._decode(line)
        self._encoding = self._encoding or "utf-8"
        return text

    def _end_record(self) -> Iterator[Item]:
        record, line = self._record, self._record_line
        self._record, self._quoted = "", False
        try:
            lines = [f"{line}\n" for line in record[:-1].split("\n")]  # at nothing else that Unicode calls a line's end
            cells = next(csv.reader(lines, delimiter=self._delimiter), [])
        except csv.Error as error:
            yield Fault(line, f"not CSV: {error}")
            return
        if self._header is None:
            self._header = _header(cells)
            return
        if not any(cell.strip() for cell in cells):
            return
        if any(cell.strip() for cell in cells[len(self._header) :]):
            yield Fault(line, f"{len(cells)} cells in a row of {len(self._header)} columns")
            return
        yield Row(line, {name: cell for name, cell in zip(self._header, cells, strict=False) if cell.strip()})


def _sniff(header: str, usual: str) -> str:
    outside = re.sub(r'"[^"]*"?', "", header)
    counts = {delimiter: outside.count(delimiter) for delimiter in (usual, ",", ";", "\t", "|")}
    return max(counts, key=lambda delimiter: counts[delimiter])


def _still_quoted(line: str, delimiter: str, *, quoted: bool) -> bool:
    """Whether the row goes on after this line, by the csv module's rules: only a cell that begins with a quote is
    quoted, and a quote in it that no quote follows ends that.
    """
    if not quoted and '"' not in line:
        return False
    at, size = 0, len(line)
    while at < size or quoted:
        if quoted:
            end = line.find('"', at)
            if end < 0:
                return True
            if line.startswith('""', end):
                at = end + 2
                continue
            at, quoted = end + 1, False
        elif line[at] == '"':
            at, quoted = at + 1, True
            continue
        next_cell = line.find(delimiter, at)
        if next_cell < 0:
            return False
        at = next_cell + 1
    return quoted


def _header(cells: list[str]) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        own = " ".join(cell.split())
        field = re.sub(r"[\s-]+", "_", own.casefold())
        name = field if field in FIELDS else own or f"column_{number}"
        while name in names:
            name += "_2"
        names.append(name)
    return names
