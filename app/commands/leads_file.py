"""Which leads are in a file? Read piece by piece, whatever its form, so that its size does not matter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from app.commands.terminal import CannotDo, Said, of_system
from app.engine.lead import Notice
from app.intake.bulk import BulkReader, Fault, Row, is_workbook, reader_for
from app.intake.errors import UnreadableBody

if TYPE_CHECKING:
    from app.intake.workbook import Workbook

CHUNK: Final = 256 * 1024


class LeadsFormat(StrEnum):
    """In which form a file holds leads."""

    CSV = "csv"
    EXCEL = "excel"
    NDJSON = "ndjson"
    JSON = "json"


FormatOption = Annotated[
    LeadsFormat | None,
    typer.Option(help="How the file is written.", show_default="by its name, or else its first characters"),
]
SheetOption = Annotated[
    str | None,
    typer.Option(help="Which sheet of an Excel workbook.", show_default="the first with something in it"),
]
LEADS_HELP: Final = "Leads: CSV with a header, an Excel workbook, NDJSON, or a JSON array."

_TYPES: Final = {
    LeadsFormat.CSV: "text/csv",
    LeadsFormat.NDJSON: "application/x-ndjson",
    LeadsFormat.JSON: "application/json",
}
_SUFFIXES: Final = {
    ".csv": LeadsFormat.CSV,
    ".tsv": LeadsFormat.CSV,
    ".ndjson": LeadsFormat.NDJSON,
    ".jsonl": LeadsFormat.NDJSON,
}


_REFUSED: Final = (b'"line"', b'"error"', b'"lead"')
"""What a line names that ``import`` wrote of a lead that was refused."""


@dataclass(frozen=True, slots=True)
class Item:
    """One lead of a file, or ``fault``: what is wrong at its line."""

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    fault: str | None = None


class LeadsFile:
    """The leads of a file, read as they are asked for; ``read_bytes`` of ``size`` have been read so far."""

    def __init__(self, path: Path, form: LeadsFormat | None = None, sheet: str | None = None) -> None:
        """Raise CannotDo if there is no such file, or it is a workbook that cannot be read or has no such ``sheet``."""
        self.path = path
        try:
            self.size = path.stat().st_size
            with path.open("rb") as file:
                first = file.read(4096)
        except OSError as error:
            raise CannotDo("of_file", path=path, text=of_system(error)) from None
        self.read_bytes = 0
        self.only_headings = False
        """Whether it was read to its end, and held a heading line and nothing else."""
        self._form = form or _form_of(path, first)
        self._book = _workbook(path, sheet) if self._form is LeadsFormat.EXCEL else None
        if sheet is not None and self._book is None:
            raise CannotDo("sheet_of_what", path=path)
        self.sheet = None if self._book is None else self._book.sheet
        """The sheet of a workbook that is read."""
        self.other_sheets = () if sheet is not None or self._book is None else self._book.others
        """Those that are not, though nobody said which one to read."""

    def items(self) -> Iterator[Item]:
        """Read it from the start. Raises CannotDo if it cannot be read any further."""
        for item in self.rows():
            if not isinstance(item, Row):
                yield Item(item.line, fault=item.message)
                continue
            try:
                read = item.read()
            except UnreadableBody as error:
                place = "" if error.where.startswith("body") else f"{error.where}: "
                yield Item(item.line, fault=f"{place}{error.message}")
            else:
                yield Item(item.line, read.fields, tuple(read.notices))

    def rows(self) -> Iterator[Row | Fault]:
        """The same without looking into JSON texts: each lead as it stands there."""
        empty = True
        read = self._read(reader_for(_TYPES[self._form])) if self._book is None else self._of_sheet(self._book)
        for item in read:
            if isinstance(item, Fault) and item.refusal is not None:
                if item.refusal == "workbook":
                    raise CannotDo("workbook", path=self.path)
                if self._book is not None:
                    others = ", ".join(f"“{name}”" for name in self._book.others)
                    more = Said("other_sheets", sheets=others) if others else ""
                    raise CannotDo("sheet_headings", path=self.path, sheet=self._book.sheet, line=item.line, more=more)
                raise CannotDo("unknown_headings", path=self.path, line=item.line)
            empty = False
            yield item if isinstance(item, Fault) else _refused_before(item)
            if isinstance(item, Fault) and item.final:
                return
        # A table without a heading line has a fault.
        self.only_headings = empty and self._form in (LeadsFormat.CSV, LeadsFormat.EXCEL)

    def _read(self, reader: BulkReader) -> Iterator[Row | Fault]:
        self.read_bytes = 0
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    self.read_bytes += len(chunk)
                    yield from reader.feed(chunk)
        except OSError as error:
            raise CannotDo("of_file", path=self.path, text=of_system(error)) from None
        yield from reader.finish()

    def _of_sheet(self, book: Workbook) -> Iterator[Row | Fault]:
        for item in book.rows():
            self.read_bytes = self.size * item.line // max(1, book.height)
            yield item
        self.read_bytes = self.size

    def digest(self) -> str:
        """The SHA-256 of all that is read, the whole file or a sheet of it, in hexadecimal digits.

        Raises:
            CannotDo: it cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
        except OSError as error:
            raise CannotDo("of_file", path=self.path, text=of_system(error)) from None
        if self.sheet is not None:
            digest.update(self.sheet.encode())
        return digest.hexdigest()


def _refused_before(row: Row) -> Row | Fault:
    """The lead in a line of what ``import`` wrote of those that it could not bring in; any other row as it is."""
    if not isinstance(row.content, bytes) or any(name not in row.content for name in _REFUSED):
        return row
    try:
        kept = orjson.loads(row.content)
    except orjson.JSONDecodeError:
        return row
    match kept:
        case {"line": int(), "error": {"detail": str(why)}, "lead": lead, **others} if not others:
            # What could not even be read stands there as its text, or not at all.
            return Row(row.line, orjson.dumps(lead), row.notices) if isinstance(lead, dict) else Fault(row.line, why)
    return row


def _workbook(path: Path, sheet: str | None) -> Workbook:
    # Only where there is one: it takes a while to load what reads them.
    from app.intake.workbook import Unreadable, Workbook

    try:
        return Workbook(path, sheet)
    except OSError as error:
        raise CannotDo("of_file", path=path, text=of_system(error)) from None
    except Unreadable as error:
        match error.problem:
            case "broken":
                why = Said("workbook_broken")
            case "password":
                why = Said("workbook_password")
            case "no_sheet" if sheet is None:
                why = Said("workbook_of_charts")
            case "no_sheet":
                names = ", ".join(f"“{name}”" for name in error.sheets)
                why = Said("workbook_no_sheet", sheet=sheet, sheets=names)
        raise CannotDo("of_file", path=path, text=why) from None


def _form_of(path: Path, first: bytes) -> LeadsFormat:
    # Whatever they are called, many a workbook being called CSV, they can be nothing else.
    if is_workbook(first):
        return LeadsFormat.EXCEL
    return _SUFFIXES.get(path.suffix.lower()) or _guess(first)


def _guess(first: bytes) -> LeadsFormat:
    match first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]:
        case b"[":
            return LeadsFormat.JSON
        case b"{":
            return LeadsFormat.NDJSON
        case _:
            return LeadsFormat.CSV
