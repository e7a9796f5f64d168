"""What a stream of leads says does not depend on where its chunks end, and no bytes make its reader raise."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.intake.bulk import Fault, Item, Row, reader_for
from app.intake.errors import UnreadableBody
from tests.fuzz.strategies import leads, mistyped, plain_texts, values
from tests.fuzz.support import brief, few, grows_in_proportion, is_told

CHARSETS = ["", "utf-8", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "big5", "shift_jis"]


def _lines(rows: list[Any], end: str) -> bytes:
    return end.join(json.dumps(row, ensure_ascii=False) for row in rows).encode(errors="replace")


cells = plain_texts | st.sampled_from(["", '"', '""', 'a"b', "a\nb", "a\r\nb", "a;b", "a\tb", "Ann", "苏州", '"Ann'])


@st.composite
def csv_bytes(draw: st.DrawFn) -> tuple[bytes, str]:
    """A table as spreadsheets write it, and the charset that it is sent under."""
    out = io.StringIO()
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    writer = csv.writer(
        out,
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        lineterminator=end,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    out.write(draw(st.sampled_from(["", "sep=;" + end, "\ufeff", end])))
    writer.writerow(
        draw(st.lists(st.sampled_from(["name", "E-Mail", "city", "Phone ", "", "name"]) | cells, max_size=5))
    )
    writer.writerows(draw(st.lists(st.lists(cells, max_size=6), max_size=6)))
    charset = draw(st.sampled_from(CHARSETS))
    return out.getvalue().encode(charset or draw(st.sampled_from(["utf-8", "utf-16", "gb18030"])), "replace"), charset


streams = st.one_of(
    st.tuples(
        mistyped(st.builds(_lines, st.lists(leads | values, max_size=5), st.sampled_from(["\n", "\r\n", "\n\n"]))),
        st.just("application/x-ndjson"),
    ),
    st.tuples(
        mistyped(st.lists(leads | values, max_size=5).map(lambda rows: json.dumps(rows).encode())),
        st.just("application/json"),
    ),
    st.tuples(
        mistyped(st.lists(leads | values, max_size=5).map(lambda rows: json.dumps(rows, indent=1).encode())),
        st.just("application/json"),
    ),
    csv_bytes().flatmap(
        lambda made: st.tuples(
            mistyped(st.just(made[0])), st.just(f"text/csv; charset={made[1]}" if made[1] else "text/csv")
        )
    ),
)


def read(data: bytes, kind: str, cuts: list[int]) -> list[Item]:
    reader = reader_for(kind)
    items: list[Item] = []
    ends = sorted(min(cut, len(data)) for cut in cuts)
    for start, end in zip([0, *ends], [*ends, len(data)], strict=True):
        for item in reader.feed(data[start:end]):
            items.append(item)
            if isinstance(item, Fault) and item.final:
                return items
    return [*items, *reader.finish()]


@brief
@given(streams, st.lists(st.integers(0, 400), max_size=12))
def test_the_items_are_the_same_wherever_the_chunks_end(stream: tuple[bytes, str], cuts: list[int]) -> None:
    data, kind = stream
    whole = read(data, kind, [])
    assert read(data, kind, cuts) == whole
    assert read(data, kind, list(range(len(data)))) == whole
    for item in whole:
        assert item.line >= 1
        if isinstance(item, Row):
            try:
                item.read()
            except UnreadableBody as error:
                is_told(error.message)
    assert [item.line for item in whole] == sorted(item.line for item in whole)


@brief
@given(
    st.lists(
        st.lists(
            cells.map(str.strip).filter(lambda cell: "\r" not in cell and "\0" not in cell), min_size=2, max_size=2
        ),
        max_size=5,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_a_table_that_was_written_well_is_read_cell_by_cell(
    rows: list[list[str]], delimiter: str, charset: str
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["name", "need"], *rows])
    kind = "text/csv" if charset.startswith("utf") else f"text/csv; charset={charset}"
    items = read(out.getvalue().encode(charset), kind, [])
    wanted = [
        {name: cell for name, cell in zip(("name", "need"), row, strict=True) if cell} for row in rows if any(row)
    ]
    assert [item.content for item in items if isinstance(item, Row)] == wanted


@few
@given(
    st.sampled_from(["text/csv", "text/csv; charset=utf-16", "application/json", "application/x-ndjson"]),
    st.sampled_from(
        ['"', '""', "a", "\n", '"\n', ",", '",', 'a"', "\r", "[", "{", "]", "\\", '"\\', "[],", '"a\n', "é", "中,"]
    ),
    st.sampled_from(["", "name,city\n", "[", '["', '"', 'name,city\n"', '[{"a":']),
    st.integers(1, 5000),
)
def test_a_longer_stream_takes_only_so_much_longer(kind: str, piece: str, begin: str, chunk: int) -> None:
    def work(size: int) -> Any:
        data = (begin + piece * (size // len(piece))).encode("utf-16" if "utf-16" in kind else "utf-8")
        cuts = list(range(0, len(data), max(chunk, 200)))
        return lambda: read(data, kind, cuts)

    grows_in_proportion(work, 8_000)
