from __future__ import annotations

import json
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.intake.body import DEEPEST
from app.intake.bulk import LONGEST_ROW, ArrayReader, Fault, Item, Row, reader_for
from app.intake.errors import UnreadableBody


def read(content_type: str, data: bytes, size: int = 7) -> list[Item]:
    reader = reader_for(content_type)
    items: list[Item] = []
    for at in range(0, len(data), size):
        items += reader.feed(data[at : at + size])
    return [*items, *reader.finish()]


def rows(items: list[Item]) -> list[tuple[int, object]]:
    return [(item.line, item.content) for item in items if isinstance(item, Row)]


def faults(items: list[Item]) -> list[tuple[int, str]]:
    return [(item.line, item.message) for item in items if isinstance(item, Fault)]


def test_ndjson_gives_each_line_with_its_number_and_passes_over_empty_ones() -> None:
    items = read("application/x-ndjson", b'\xef\xbb\xbf{"a":1}\r\n\n  {"a":2}\nnot json\n{"a":3}')
    assert rows(items) == [(1, b'{"a":1}'), (3, b'  {"a":2}'), (4, b"not json"), (5, b'{"a":3}')]


def test_a_line_that_is_too_long_is_a_fault_and_the_next_one_is_read() -> None:
    data = b'{"a":1}\n{"need":"' + b"x" * (LONGEST_ROW + 10) + b'"}\n{"a":3}\n'
    items = read("application/x-ndjson", data, size=65536)
    assert rows(items) == [(1, b'{"a":1}'), (3, b'{"a":3}')]
    assert faults(items) == [(2, "the line is longer than 1024 KiB")]


def test_the_elements_of_an_array_keep_brackets_and_escapes_in_their_strings() -> None:
    elements = [{"need": 'a ] , } "quoted" \\'}, {"attributes": {"list": [1, [2, {"x": "["}]]}}, 7, "text,", {}]
    for size in (1, 2, 3, 7, 1000):
        items = read("application/json; charset=utf-8", b" " + json.dumps(elements).encode() + b"\n", size)
        assert [json.loads(content) for _, content in rows(items)] == elements  # type: ignore[arg-type]
        assert [line for line, _ in rows(items)] == [1, 2, 3, 4, 5]
        assert faults(items) == []


def test_a_byte_order_mark_may_come_in_pieces_and_one_that_is_not_whole_is_no_array() -> None:
    for size in (1, 2, 3, 4, 1000):
        items = read("application/json", b'\xef\xbb\xbf[{"a": 1}]', size)
        assert [json.loads(content) for _, content in rows(items)] == [{"a": 1}]  # type: ignore[arg-type]
        assert faults(items) == []
        for cut in (b"\xef", b"\xef\xbb", b"\xef["):
            assert faults(read("application/json", cut, size)) == [(1, "byte 0: a JSON array is wanted")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=5), st.integers(1, 9), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_array_is_split_into_its_elements_wherever_the_chunks_end(
    elements: list[object], size: int, escaped: bool
) -> None:
    items = read("application/json", json.dumps(elements, ensure_ascii=escaped).encode(), size)
    assert [json.loads(content) for _, content in rows(items)] == elements  # type: ignore[arg-type]
    assert faults(items) == []


@pytest.mark.parametrize(
    ("data", "read_before", "message"),
    [
        (b'[{"a":1},]', 1, "byte 9: an element is missing"),
        (b'[{"a":1}', 0, "byte 8: the array does not end"),
        (b'[{"a":1]}]', 0, "byte 7: a bracket closes what it did not open"),
        (b'[{"a":1}] x', 1, "byte 10: there is more after the array's end"),
        (b'{"a":1}', 0, "byte 0: a JSON array is wanted"),
        (b"", 0, "byte 0: it is empty; a JSON array is wanted"),
    ],
)
def test_a_broken_array_ends_the_reading_and_says_where(data: bytes, read_before: int, message: str) -> None:
    items = read("application/json", data)
    assert len(rows(items)) == read_before
    assert faults(items) == [(read_before + 1, message)]
    assert isinstance(items[-1], Fault)
    assert items[-1].final


def test_an_element_that_is_too_long_harms_no_other() -> None:
    data = b'[{"a":1},{"need":"' + b"x" * (LONGEST_ROW + 10) + b'"},{"a":3}]'
    items = read("application/json", data, size=65536)
    assert rows(items) == [(1, b'{"a":1}'), (3, b'{"a":3}')]
    assert faults(items) == [(2, "the element is longer than 1024 KiB")]


def test_an_element_that_is_too_deep_harms_no_other_and_is_not_held() -> None:
    deep = b"[" * 20_000 + b'"]", {"x": 1}' + b"]" * 20_000
    for size in (7, 65536):
        items = read("application/json", b'[{"a":1},' + deep + b',{"a":3}]', size)
        assert rows(items) == [(1, b'{"a":1}'), (3, b'{"a":3}')]
        assert faults(items) == [(2, f"more than {DEEPEST} levels of arrays and objects")]
    deepest = b"[" * DEEPEST + b"]" * DEEPEST
    assert rows(read("application/json", b"[" + deepest + b"]")) == [(1, deepest)]
    reader = ArrayReader()
    tracemalloc.start()
    try:
        for _ in range(64):
            assert list(reader.feed(b"[" * 65536)) == []
        assert tracemalloc.get_traced_memory()[0] < 1024 * 1024
    finally:
        tracemalloc.stop()
    assert [fault.message for fault in reader.finish() if isinstance(fault, Fault)] == [
        f"byte {64 * 65536}: the array does not end"
    ]


TABLE = 'Name,E-Mail,need,budget\n张伟,wei@example.com,"two\nlines, and ""quotes""",50万\n,,,\n李娜,na@example.com,,\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
@pytest.mark.parametrize("size", [1, 5, 10_000])
def test_a_csv_is_read_in_the_encodings_that_spreadsheets_write(encoding: str, size: int) -> None:
    assert rows(read("text/csv", TABLE.encode(encoding), size)) == [
        (2, {"name": "张伟", "email": "wei@example.com", "need": 'two\nlines, and "quotes"', "budget": "50万"}),
        (5, {"name": "李娜", "email": "na@example.com"}),
    ]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("email;external id\na@example.com;7\n", {"email": "a@example.com", "external_id": "7"}),
        ("email\tcity\na@example.com\tParis\n", {"email": "a@example.com", "city": "Paris"}),
        ("email|city\ra@example.com|Paris\r", {"email": "a@example.com", "city": "Paris"}),
        ("sep=;\nemail;city\na@example.com;Paris, France", {"email": "a@example.com", "city": "Paris, France"}),
        ('email,need\na@example.com,a 5" pipe\n', {"email": "a@example.com", "need": 'a 5" pipe'}),
        ("email,Favourite Colour,\na@example.com,red,\n", {"email": "a@example.com", "Favourite Colour": "red"}),
        ("city,city\nParis,Lyon\n", {"city": "Paris", "attributes": {"city_2": "Lyon"}}),
        ("need,city\nform\x0cfeed\u2028here,Paris\n", {"need": "form\x0cfeed\u2028here", "city": "Paris"}),
    ],
)
def test_a_csv_row_becomes_fields_by_its_header(text: str, fields: dict[str, str]) -> None:
    assert [content for _, content in rows(read("text/csv", text.encode()))] == [fields]


def test_a_charset_that_is_named_is_believed() -> None:
    data = "name,city\nJosé,Málaga\n".encode("latin-1")
    assert rows(read("text/csv; charset=iso-8859-1", data)) == [(2, {"name": "José", "city": "Málaga"})]
    with pytest.raises(UnreadableBody, match="charset 'klingon' is not known"):
        reader_for("text/csv; charset=klingon")


def test_a_csv_row_that_cannot_be_read_is_a_fault_at_its_line_and_the_others_are_read() -> None:
    data = "city,need\n北京,a\n".encode() + b"\xff\xfe,b\n" + b"a,b,c\n" + "上海\n".encode()
    items = read("text/csv", data)
    assert rows(items) == [(2, {"city": "北京", "need": "a"}), (5, {"city": "上海"})]
    assert faults(items) == [
        (3, "the row is not UTF-8; name the charset in Content-Type"),
        (4, "3 cells in a row of 2 columns"),
    ]


def test_a_quote_that_is_never_closed_costs_a_bounded_part_and_says_where_it_began() -> None:
    data = b'need,city\nfine,Paris\n"open,Paris\n' + b"more,Lyon\n" * 150_000 + b"fine,Rome\n"
    items = read("text/csv", data, size=65536)
    assert faults(items) == [(3, "the row is longer than 1024 KiB")]
    assert rows(items)[0] == (2, {"need": "fine", "city": "Paris"})
    assert rows(items)[-1] == (150_004, {"need": "fine", "city": "Rome"})


def test_an_empty_csv_and_an_unknown_media_type_are_refused() -> None:
    assert faults(read("text/csv", b"")) == [(1, "it is empty; a header row is wanted")]
    with pytest.raises(UnreadableBody, match="application/x-ndjson"):
        reader_for("image/png")


@given(st.binary(max_size=300), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_no_bytes_at_all_make_a_reader_raise(data: bytes, size: int) -> None:
    for content_type in ("application/x-ndjson", "application/json", "text/csv", "text/csv; charset=utf-16"):
        read(content_type, data, size)


@pytest.mark.parametrize("charset", ["zip", "hex", "idna", "rot13", "undefined", "unicode_escape", "x\x00"])
def test_a_codec_that_is_no_charset_is_refused(charset: str) -> None:
    with pytest.raises(UnreadableBody, match="is not known"):
        reader_for(f'text/csv; charset="{charset}"')


def test_a_quote_that_is_never_closed_swallows_no_other_row() -> None:
    rows = 'name,email\nAnn,ann@a.example\n"Cem,cem@c.example\nDee,dee@d.example\nEve,eve@e.example\n'
    reader = reader_for("text/csv")
    items = [*reader.feed(rows.encode()), *reader.finish()]
    assert [(item.line, type(item).__name__) for item in items] == [
        (2, "Row"), (3, "Fault"), (4, "Row"), (5, "Row"),
    ]  # fmt: skip


def test_a_title_above_the_headings_is_no_heading() -> None:
    items = read("text/csv", "2026 年展会线索,,\n\n姓名;手机\n张三;138\n".encode())
    assert rows(items) == [(4, {"name": "张三", "phone": "138"})]
    # One column that nobody knows is no table of leads, however far it goes.
    (fault,) = read("text/csv", b"foo\n" + b"bar\n" * 5)
    assert isinstance(fault, Fault)
    assert (fault.line, fault.final, fault.refusal) == (1, True, "unknown_headings")
    first, *_ = read("text/csv", b"foo\n" + b"bar\n" * 50)
    assert first == fault


def _many(count: int) -> list[str]:
    return [f"Ann {n},Suzhou,{'x' * 380}" for n in range(count)]


def test_a_quote_that_is_never_closed_swallows_no_row_of_a_long_file_either() -> None:
    lines = ["name,city,need", *_many(3), '"Bob,Berlin,x', *_many(6000)]
    items = read("text/csv", "\n".join(lines).encode(), size=65_536)
    assert len(items) == len(lines) - 1
    assert faults(items) == [(5, "the row is longer than 1024 KiB")]
    assert [line for line, _ in rows(items)] == [2, 3, 4, *range(6, len(lines) + 1)]


@pytest.mark.parametrize(
    ("bad", "whys"),
    [
        (b"x" * (LONGEST_ROW + 3), ["the row is longer than 1024 KiB"] * 2),
        (
            b"\xff\xff",
            [
                "the quote that opens in this row is never closed",
                "the row is not UTF-8; name the charset in Content-Type",
            ],
        ),
    ],
)
def test_rows_between_a_quote_and_a_line_that_cannot_be_read_are_still_rows(bad: bytes, whys: list[str]) -> None:
    data = b"\n".join([b"name,city", '"王,Berlin'.encode(), b"Ann,Suzhou", b"Cem,Izmir", bad, b"Dee,Oslo"])
    items = read("text/csv", data, size=4096)
    assert faults(items) == list(zip((2, 5), whys, strict=True))
    assert [line for line, _ in rows(items)] == [3, 4, 6]


def test_lines_of_a_cell_are_no_rows_though_one_of_them_cannot_be_read() -> None:
    lines = ["name,need", "Jörg,ok", 'Ann,"Hello', "please call, urgently", "Regards, Bob"]
    data = "\n".join(lines).encode() + b'\nM\xfcnchen\nBye, Ann\n"\nCarl,x'
    items = read("text/csv", data)
    assert [line for line, _ in rows(items)] == [2, 9]
    assert faults(items) == [(3, "the row is not UTF-8; name the charset in Content-Type")]


def test_a_quote_that_another_row_happens_to_close_swallows_no_row_between_them() -> None:
    rows = 'name,company\nAnn,A\n"Cem,C\nDee,D\nEve,"E, Inc"\nFay,F\n'
    reader = reader_for("text/csv")
    items = [*reader.feed(rows.encode()), *reader.finish()]
    assert {item.line for item in items if isinstance(item, Row)} >= {2, 4, 6}
    assert {item.line for item in items} == {2, 3, 4, 5, 6}


def test_a_quoted_cell_of_several_lines_is_one_cell() -> None:
    reader = reader_for("text/csv")
    items = [*reader.feed(b'name,need\nAnn,"one\ntwo, three"\nBob,"short"\n'), *reader.finish()]
    assert [item.line for item in items] == [2, 4]


@pytest.mark.parametrize(
    "data",
    [
        b"a," * 200_000 + b"\n1\n",
        b",".join(b"column%d" % number for number in range(60_000)) + b"\n1\n",
        b'name\n"' + b"a\n" * 600_000,
    ],
    ids=["one name many times", "many names", "a quote over many lines"],
)
def test_no_csv_takes_square_time_or_room(data: bytes) -> None:
    reader = reader_for("text/csv")
    begin = time.thread_time()
    size = 64 * 1024
    for at in range(0, len(data), size):
        for item in reader.feed(data[at : at + size]):
            if isinstance(item, Fault):
                assert time.thread_time() - begin < 3
                return
    raise AssertionError("nothing was wrong")


def test_columns_of_one_name_are_told_apart() -> None:
    (row,) = rows(read("text/csv", b"city,city,City,city_2\nParis,Lyon,Nice,Lille"))
    assert row == (2, {"city": "Paris", "attributes": {"city_2": "Lyon", "city_3": "Nice"}, "city_2_2": "Lille"})


def test_rows_that_end_in_a_carriage_return_alone_are_lines_of_their_own() -> None:
    data = b"name,city\rAnn,Suzhou\rBob,Berlin\r"
    assert rows(read("text/csv", data)) == [
        (2, {"name": "Ann", "city": "Suzhou"}),
        (3, {"name": "Bob", "city": "Berlin"}),
    ]
    assert rows(read("text/csv", b"name\r\nAnn\r\n\nBob\r\r\nCem", size=1)) == [
        (2, {"name": "Ann"}), (4, {"name": "Bob"}), (6, {"name": "Cem"}),
    ]  # fmt: skip
    many = read("text/csv", b"name\r" + b"Ann Sample\r" * (LONGEST_ROW // 8), size=64 * 1024)
    assert len(many) == LONGEST_ROW // 8
    assert all(isinstance(item, Row) for item in many)


@pytest.mark.parametrize(
    ("data", "kind", "why"),
    [
        ("姓名,城市\nAnn,Suzhou\nBob,Berlin\n".encode("gbk"), "text/csv; charset=utf-8", "is not UTF-8"),
        (b'"name,city\nAnn,Suzhou\nBob,Berlin\n', "text/csv", "never closed"),
        (b'"na\nme"x,city\nAnn,Suzhou\n', "text/csv", "not CSV"),
        (b"x" * (LONGEST_ROW + 9) + b"\nAnn,Suzhou\n", "text/csv", "longer than"),
    ],
    ids=["another charset", "an open quote", "a quote amid a cell", "too long"],
)
def test_no_row_is_taken_for_a_header_that_cannot_be_read(data: bytes, kind: str, why: str) -> None:
    (fault,) = read_to_the_end(kind, data)
    assert isinstance(fault, Fault)
    assert fault.final
    assert fault.line == 1
    assert fault.message.startswith("the header row cannot be read: ")
    assert why in fault.message


def read_to_the_end(kind: str, data: bytes) -> list[Item]:
    """The items up to a final one: what a caller reads."""
    items: list[Item] = []
    for item in read(kind, data, 4096):
        items.append(item)
        if isinstance(item, Fault) and item.final:
            break
    return items
