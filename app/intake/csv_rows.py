"""Which rows are in this CSV, as far as it has arrived?"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from typing import Final

from app.intake.charsets import codec
from app.intake.headings import Beginning, Headings
from app.intake.rows import LONGEST_ROW, Fault, Item, Line, Lines, too_long

csv.field_size_limit(
    max(csv.field_size_limit(), LONGEST_ROW)
)  # its default of 128 KiB would refuse a cell that we take

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of Excel begin: .xlsx as a zip archive, .xls as a compound file."""
WORKBOOK: Final = "this is an Excel workbook: lead-router import takes it, or save it as CSV (UTF-8) and give that"


def is_workbook(begin: bytes) -> bool:
    """Whether these bytes, the first four at least, are the begin of an Excel workbook."""
    return begin.startswith(_WORKBOOKS)


class CsvReader:
    """Rows of a CSV with a header, as the :mod:`csv` module reads them.

    The delimiter (``,`` ``;`` tab ``|``) is the one most frequent in the header, or said by ``sep=;`` before it.
    Without a ``charset`` the text is UTF-8, or UTF-16 if it begins with its mark, or else GB18030 from the first byte
    on that is not UTF-8, provided that only ASCII came before. What the header's cells mean is told by
    :class:`Headings`. A header of which no column is known is refused, and so is an Excel workbook.
    """

    def __init__(self, charset: str | None = None) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self._encoding: str | None = None
        self._wide = False
        if charset is not None:
            name = codec(charset)
            # Those of which every line is its own text are decoded line by line, to name the line at fault.
            if name in ("utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "ascii"):
                self._encoding = "gb18030" if name.startswith("gb") else "utf-8"
            elif name == "utf-16":
                self._wide = True
            else:
                self._decoder = codecs.getincrementaldecoder(name)("replace")
        self._lines = Lines(returns=True)
        self._begun = False
        self._first = b""
        self._delimiter = ","
        self._beginning = Beginning()
        self._header: Headings | None = None
        self._record: list[str] = []  # lines: to put them together with each new one would take square time
        self._record_size = 0
        self._record_line = 0
        self._quoted = False
        self._unreadable: dict[int, str] = {}
        """Lines of the record that cannot be decoded, and why."""

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """See :class:`BulkReader`."""
        if not self._begun:
            self._first += chunk
            if len(self._first) < 4:
                return
            if is_workbook(self._first):
                yield Fault(1, WORKBOOK, final=True, refusal="workbook")
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
        if self._record and self._quoted:
            yield from self._recover("the quote that opens in this row is never closed")
        elif self._record:
            yield from self._end_record()
        if self._header is None:
            yield self._beginning.end()

    def _begin(self) -> bytes:
        """Look for a mark of the encoding; the bytes to go on with."""
        self._begun = True
        first, self._first = self._first, b""
        if self._decoder is not None:
            return first
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        elif self._wide:
            self._decoder = codecs.getincrementaldecoder("utf-16-le")("replace")
        return first.removeprefix(codecs.BOM_UTF8)

    def _utf8(self, chunk: bytes, *, final: bool = False) -> bytes:
        return chunk if self._decoder is None else self._decoder.decode(chunk, final).encode(errors="replace")

    def _line(self, line: Line) -> Iterator[Item]:
        if line.content is None:
            if self._record:
                yield from self._recover(too_long(self._record_line, "the row").message)
            fault = too_long(line.number, "the row")
            yield fault if self._header is not None else self._no_header(line.number, fault.message)
            return
        text = self._decode(line.content)
        if text is not None:
            yield from self._text(text, line.number)
            return
        encoding = "GB18030" if self._encoding == "gb18030" else "UTF-8"
        why = f"the row is not {encoding}; name the charset in Content-Type"
        if self._record:
            # The row may well end, and is at fault alone; else those that its quote took in are found again.
            self._unreadable[line.number] = why
            yield from self._text(line.content.decode(encoding, "replace"), line.number)
            return
        yield Fault(line.number, why) if self._header is not None else self._no_header(line.number, why)

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
            self._record_line, self._record_size = number, 0
        self._record.append(text)
        self._record_size += len(text) + 1
        self._quoted = _still_quoted(text, self._delimiter, quoted=self._quoted)
        if not self._quoted:
            yield from self._end_record()
        elif self._record_size > LONGEST_ROW:
            yield from self._recover(too_long(self._record_line, "the row").message)

    def _no_header(self, line: int, why: str) -> Fault:
        """The fault of the header row: the row behind it must not be taken for one, so nothing more can be read."""
        self._header = Headings(())
        return Fault(line, f"the header row cannot be read: {why}", final=True)

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
        lines = len(record)
        try:
            cells = self._cells(record)
        except csv.Error as error:
            yield from self._recover(f"not CSV: {error}")
            return
        if self._header is not None and lines > 1 and 0 < len(cells) < len(self._header):
            yield from self._recover(
                f"the row goes on for {lines} lines and has {len(cells)} cells of {len(self._header)}: a quote that "
                "opens in it may not be closed"
            )
            return
        unreadable = next(iter(self._unreadable.values()), None)
        self._forget_record()
        if unreadable is not None:
            yield Fault(line, unreadable) if self._header is not None else self._no_header(line, unreadable)
            return
        if self._header is None:
            found = self._beginning.headings(line, cells)
            if isinstance(found, Fault):
                yield found
            self._header = Headings(()) if isinstance(found, Fault) else found
        elif (item := self._header.item(line, cells)) is not None:
            yield item

    def _forget_record(self) -> None:
        self._record, self._quoted, self._unreadable = [], False, {}

    def _cells(self, record: list[str]) -> list[str]:
        lines = [f"{line}\n" for line in record]
        # A quote within a line is taken as it comes; one that took in whole lines must end where a cell does.
        return next(csv.reader(lines, delimiter=self._delimiter, strict=len(lines) > 1), [])

    def _recover(self, why: str) -> Iterator[Item]:
        """Give up a row that a quote has swallowed others into, and no more: the lines after its first are rows of
        their own where they look like it, and are named where they do not.
        """
        lines, number, unreadable = self._record, self._record_line, self._unreadable
        self._forget_record()
        if self._header is None:
            yield self._no_header(number, why)
            return
        yield Fault(number, why)
        for at, line in enumerate(lines[1:], number + 1):
            if at in unreadable:
                yield Fault(at, unreadable[at])
                continue
            if not line.strip():
                continue
            if not _still_quoted(line, self._delimiter, quoted=False):
                cells = self._cells([line])
                if len(cells) == len(self._header):
                    if (item := self._header.item(at, cells)) is not None:
                        yield item
                    continue
            yield Fault(at, f"it cannot be told whether this is a row: see line {number}")


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
