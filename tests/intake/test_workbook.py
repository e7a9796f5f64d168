"""A workbook's sheet gives the leads that a CSV of it would give, each under the number of its row in Excel."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook as Book
from openpyxl.styles import Font

from app.intake.bulk import Fault, Item, Row, reader_for
from app.intake.workbook import Unreadable, Workbook

HEADINGS = ("姓名", "手机", "预算")


def written(path: Path, *rows: Sequence[Any], **sheets: Sequence[Sequence[Any]]) -> Path:
    """A workbook of a sheet named 线索 and others."""
    book = Book()
    book.active.title = "线索"
    for name, content in {"线索": rows, **sheets}.items():
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        for row in content:
            sheet.append(list(row))
    book.save(path)
    return path


def leads(items: Sequence[Item]) -> list[tuple[int, Any]]:
    return [(item.line, item.content if isinstance(item, Row) else item.message) for item in items]


def read(path: Path, sheet: str | None = None) -> list[tuple[int, Any]]:
    return leads(list(Workbook(path, sheet).rows()))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("苏州", "苏州"),
        (" 苏州 ", " 苏州 "),
        ("0010", "0010"),
        (13800000001, "13800000001"),
        (500000.5, "500000.5"),
        (0.1 + 0.2, "0.3"),
        (-3, "-3"),
        (12345678901234567890, "1.23456789012346e+19"),
        (True, "TRUE"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 9, 30), "2026-03-01T09:30:00"),  # noqa: DTZ001  what a cell holds
        (time(9, 30), "09:30:00"),
    ],
)
def test_a_cell_is_what_it_holds_however_it_is_shown(tmp_path: Path, cell: Any, text: str) -> None:
    assert read(written(tmp_path / "a.xlsx", ("name", "kept"), ("n", cell))) == [(2, {"name": "n", "kept": text})]


def test_rows_have_the_numbers_that_excel_shows_and_blank_ones_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", (), HEADINGS, (), ("张三", 13800000001), (None, " "), ("李四", None, "5万"))
    assert read(path) == [(4, {"name": "张三", "phone": "13800000001"}), (6, {"name": "李四", "budget": "5万"})]


def test_a_title_above_the_headings_is_no_heading(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ("2026 年展会线索",), (None, "市场部"), HEADINGS, ("张三", 1, 2))
    assert read(path) == [(4, {"name": "张三", "phone": "1", "budget": "2"})]


def test_a_table_may_have_one_column(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ("手机",), (13800000001,), (13800000002,))
    assert read(path) == [(2, {"phone": "13800000001"}), (3, {"phone": "13800000002"})]


def test_a_cell_beside_the_table_is_a_fault_of_its_row(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", HEADINGS, ("张三", 1, 2, "?"), ("李四",))
    assert read(path) == [(2, "4 cells in a row of 3 columns"), (3, {"name": "李四"})]


def test_cells_that_are_only_coloured_are_no_cells(tmp_path: Path) -> None:
    book = Book()
    book.active.append(HEADINGS)
    book.active.append(("张三",))
    book.active["Z9"].font = Font(bold=True)
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == [(2, {"name": "张三"})]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ((), Fault(1, "it is empty; a header row is wanted", final=True)),
        ((("甲", "乙"), ("丙", "丁")), "the first line must name the fields"),
        ((tuple(f"c{n}" for n in range(1001)),), "1001 columns; at most 1000 are read"),
    ],
)
def test_of_a_sheet_without_headings_nothing_is_read(tmp_path: Path, rows: Any, fault: Fault | str) -> None:
    (found,) = Workbook(written(tmp_path / "a.xlsx", *rows)).rows()
    assert isinstance(found, Fault)
    assert found.final
    if isinstance(fault, Fault):
        assert found == fault
    else:
        assert found.message.startswith(fault)


def test_the_first_sheet_to_be_seen_that_is_not_empty_is_read_or_the_one_that_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", 名单=[HEADINGS, ("李四", 1)], 旧=[HEADINGS, ("王五", 2)])
    found = Workbook(path)
    assert (found.sheet, found.others, found.height) == ("名单", ("线索", "旧"), 2)
    assert leads(list(found.rows())) == [(2, {"name": "李四", "phone": "1"})]
    assert read(path, " 旧 ") == [(2, {"name": "王五", "phone": "2"})]
    with pytest.raises(Unreadable) as refused:
        Workbook(path, "新")
    assert (refused.value.problem, refused.value.sheets) == ("no_sheet", ("线索", "名单", "旧"))


def test_a_sheet_that_is_hidden_or_a_chart_is_not_read_unasked(tmp_path: Path) -> None:
    book = Book()
    book.active.append(("x", "y"))
    book.active.sheet_state = "hidden"
    book.create_chartsheet("图")
    book.create_sheet("线索").append(HEADINGS)
    book.save(tmp_path / "a.xlsx")
    found = Workbook(tmp_path / "a.xlsx")
    assert (found.sheet, found.others) == ("线索", ())
    assert Workbook(tmp_path / "a.xlsx", "sheet").sheet == "Sheet"


def test_a_workbook_of_before_2007_is_read() -> None:
    assert read(Path(__file__).with_name("leads.xls")) == [
        (2, {"name": "张三", "phone": "13800000001", "日期": "2026-03-01"}),
        (3, {"name": "李四", "phone": "010-66000000"}),
    ]


def test_a_workbook_of_charts_alone_has_no_sheet(tmp_path: Path) -> None:
    book = Book()
    book.create_chartsheet("图")
    del book["Sheet"]
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(Unreadable) as refused:
        Workbook(tmp_path / "a.xlsx")
    assert (refused.value.problem, refused.value.sheets) == ("no_sheet", ())


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b""])
def test_what_is_no_workbook_is_told(tmp_path: Path, begin: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(begin + bytes(range(256)) * 30)
    with pytest.raises(Unreadable) as refused:
        Workbook(tmp_path / "a.xlsx")
    assert refused.value.problem == "broken"


def test_an_archive_of_something_else_is_no_workbook(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("leads.csv", "name,phone\n")
    with pytest.raises(Unreadable):
        Workbook(tmp_path / "a.xlsx")


@pytest.mark.parametrize("end", [0.1, 0.5, 0.9, 0.99])
def test_a_workbook_that_was_cut_off_is_no_workbook(tmp_path: Path, end: float) -> None:
    path = written(tmp_path / "a.xlsx", HEADINGS, *(("张三", number, 1) for number in range(100)))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * end)])
    with pytest.raises(Unreadable):
        Workbook(path)


# What openpyxl would write as a formula, or as the error of one, is no text.
CELLS = st.text(st.characters(min_codepoint=32, exclude_categories=("C",)), max_size=8).filter(
    lambda text: text[:1] not in ("=", "#")
)


@settings(max_examples=60)
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5))
def test_a_sheet_of_texts_gives_what_its_csv_gives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = written(tmp_path_factory.mktemp("sheets") / "a.xlsx", HEADINGS, *rows)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADINGS, *rows])
    reader = reader_for("text/csv; charset=utf-8")
    assert read(path) == leads([*reader.feed(text.getvalue().encode()), *reader.finish()])
