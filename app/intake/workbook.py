"""Which rows are in this Excel workbook? Those of one of its sheets, by its headings, as of a CSV.

The cells are what Excel would write of them into a CSV, whatever they are shown as: a number with its fifteen digits, a
time as ISO 8601. Read by python-calamine (MIT; .xlsx, .xlsm, .xlsb and .xls, with nothing of them run), which wants
all of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Final, Literal, TypeAlias

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from app.intake.headings import Beginning
from app.intake.rows import Fault, Item

Cell: TypeAlias = str | int | float | bool | date | time | timedelta
Problem: TypeAlias = Literal["broken", "password", "no_sheet"]

_EXACT: Final = 10**15
"""Below it Excel keeps every whole number as it is."""


class Unreadable(Exception):
    """A workbook cannot be read: it is ``broken``, or has a ``password``, or has ``no_sheet`` of that name."""

    def __init__(self, problem: Problem, sheets: Sequence[str] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.sheets = tuple(sheets)


class Workbook:
    """One sheet of a workbook: the one of that name, or else the first of those to be seen that is not empty.

    ``sheet`` is its name; ``others``: those of the other sheets to be seen; ``height``: the number of its last row.
    """

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        """Raise :exc:`Unreadable`, or OSError."""
        try:
            with CalamineWorkbook.from_path(path) as book:
                tables = [one for one in book.sheets_metadata if one.typ is SheetTypeEnum.WorkSheet]
                shown = [one.name for one in tables if one.visible is SheetVisibleEnum.Visible]
                names = _asked_for(tables, sheet) or shown or [one.name for one in tables]
                for name in names:
                    self._rows = book.get_sheet_by_name(name)
                    self.sheet = name
                    if self._rows.end is not None:
                        break
        except PasswordError as error:
            raise Unreadable("password") from error
        except CalamineError as error:
            raise Unreadable("broken") from error
        if not names:
            raise Unreadable("no_sheet")
        self.others = tuple(name for name in shown if name != self.sheet)
        self.height = 0 if self._rows.end is None else self._rows.end[0] + 1

    def rows(self) -> Iterator[Item]:
        """Its leads, each with the number of its row in Excel."""
        filled = (
            (number, cells)
            for number, row in enumerate(self._rows.iter_rows(), 1)
            if (cells := _without_end([_text(cell) for cell in row]))
        )
        beginning = Beginning()
        headings = next((found for row in filled if (found := beginning.headings(*row)) is not None), None)
        if headings is None:
            headings = beginning.end()
        if isinstance(headings, Fault):
            yield headings
            return
        for row in filled:
            if (item := headings.item(*row)) is not None:
                yield item


def _asked_for(tables: Sequence[SheetMetadata], sheet: str | None) -> list[str]:
    if sheet is None:
        return []
    found = [one.name for one in tables if one.name.strip().casefold() == sheet.strip().casefold()]
    if not found:
        raise Unreadable("no_sheet", [one.name for one in tables])
    return found[:1]


def _without_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(cell: Cell) -> str:
    match cell:
        case str():
            return "" if cell.isspace() else cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell)
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else format(cell, ".15g")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
