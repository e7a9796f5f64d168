"""Which leads are in a file? Read piece by piece, whatever its form, so that its size does not matter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.commands.terminal import CannotDo, of_system
from app.engine.lead import Notice
from app.intake.bulk import BulkReader, Fault, Row, is_workbook, reader_for
from app.intake.errors import UnreadableBody

CHUNK: Final = 256 * 1024


class LeadsFormat(StrEnum):
    """In which form a file holds leads."""

    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"


FormatOption = Annotated[
    LeadsFormat | None,
    typer.Option(help="How the file is written.", show_default="by its name, or else its first characters"),
]

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


@dataclass(frozen=True, slots=True)
class Item:
    """One lead of a file, or ``fault``: what is wrong at its line."""

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    fault: str | None = None


class LeadsFile:
    """The leads of a file, read as they are asked for; ``read_bytes`` of ``size`` have been read so far."""

    def __init__(self, path: Path, form: LeadsFormat | None = None) -> None:
        """Raise CannotDo if there is no such file, or it is an Excel workbook."""
        self.path = path
        try:
            self.size = path.stat().st_size
            with path.open("rb") as file:
                first = file.read(4096)
        except OSError as error:
            raise CannotDo("of_file", path=path, text=of_system(error)) from None
        if is_workbook(first):
            raise CannotDo("workbook", path=path)
        self.read_bytes = 0
        self.only_headings = False
        """Whether it was read to its end, and held a heading line and nothing else."""
        self._form = form or _SUFFIXES.get(path.suffix.lower()) or _guess(first)

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
        for item in self._read(reader_for(_TYPES[self._form])):
            if isinstance(item, Fault) and item.refusal is not None:
                if item.refusal == "workbook":
                    raise CannotDo("workbook", path=self.path)
                raise CannotDo("unknown_headings", path=self.path, line=item.line)
            empty = False
            yield item
            if isinstance(item, Fault) and item.final:
                return
        # A CSV without a heading line has a fault.
        self.only_headings = empty and self._form is LeadsFormat.CSV

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

    def digest(self) -> str:
        """The SHA-256 of the whole file, in hexadecimal digits. Raises CannotDo if it cannot be read."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise CannotDo("of_file", path=self.path, text=of_system(error)) from None


def _guess(first: bytes) -> LeadsFormat:
    match first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]:
        case b"[":
            return LeadsFormat.JSON
        case b"{":
            return LeadsFormat.NDJSON
        case _:
            return LeadsFormat.CSV
