from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.lead import Notice
from app.intake.body import DEEPEST, read_json, read_object
from app.intake.errors import UnreadableBody


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_an_object_is_read() -> None:
    assert read_object('{"name": "张伟", "tags": [1, 2.5, null]}'.encode()) == (
        {"name": "张伟", "tags": [1, 2.5, None]},
        (),
    )


def test_of_equal_keys_the_last_wins() -> None:
    assert read_object(b'{"a": 1, "a": 2}').fields == {"a": 2}
    assert read_object(b'{"a": 1, "a": 1e400}').fields == {"a": "1e400"}


@pytest.mark.parametrize(
    ("raw", "value", "codes"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, []),
        (b'{"a": 1e400}', {"a": "1e400"}, ["number_too_large"]),
        (b'{"a": -1e400}', {"a": "-1e400"}, ["number_too_large"]),
        (b'{"a": "\\ud83d x"}', {"a": "\ufffd x"}, ["surrogate_replaced"]),
        (b'{"\\u0000": "\\u0000b"}', {"\ufffd": "\ufffdb"}, ["nul_replaced"]),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}, []),
        (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}, []),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890.0}, []),
        (b'{"a": "\\ud83d", "b": 123456789012345678901234567890}', {"a": "\ufffd", "b": 1.2345678901234568e29}, None),
    ],
)
def test_what_json_allows_but_nothing_can_store_is_replaced_and_named(
    raw: bytes, value: object, codes: list[str] | None
) -> None:
    read = read_object(raw)
    assert read.fields == value
    if codes is not None:
        assert [notice.code for notice in read.notices] == codes


@pytest.mark.parametrize(
    ("raw", "where", "message", "reason"),
    [
        (b"", "body", "it is empty; a JSON document is wanted", "not_json"),
        (b"[1]", "body", "a JSON object is wanted, this is an array", "not_an_object"),
        (b"null", "body", "a JSON object is wanted, this is null", "not_an_object"),
        (b"name=Ann", "line 1, column 1", "not JSON: Expecting value", "not_json"),
        (b'{"a": 1,\n "b" 2}', "line 2, column 6", "not JSON: Expecting ':' delimiter", "not_json"),
        (b'{"NaN": "NaN",\n "b": NaN}', "line 2, column 7", "not JSON: NaN is no number there", "not_json"),
        (b'{"b": -Infinity}', "line 1, column 7", "not JSON: -Infinity is no number there", "not_json"),
        (b'{"a": "\xff"}', "byte 7", "not UTF-8 (byte 0xff)", "not_utf8"),
        (b'{"a": "\xed\xa0\x80"}', "byte 7", "not UTF-8 (byte 0xed)", "not_utf8"),
        ('{"a": 1}'.encode("utf-16"), "byte 0", "this looks like UTF-16 or UTF-32", "not_utf8"),
        ('{"a": 1}'.encode("utf-16-le"), "byte 0", "this looks like UTF-16 or UTF-32", "not_utf8"),
        ('{"a": 1}'.encode("utf-32"), "byte 0", "this looks like UTF-16 or UTF-32", "not_utf8"),
        (nested(DEEPEST + 1), "line 1, column 161", "more than 32 levels of arrays and objects", "too_deep"),
        (b"[" * 10_000 + b"]" * 10_000, "line 1, column 33", "more than 32 levels", "too_deep"),
        (b"[" * 500_000, "line 1, column 33", "more than 32 levels", "too_deep"),
    ],
)
def test_what_is_no_document_is_refused_at_its_place(raw: bytes, where: str, message: str, reason: str) -> None:
    with pytest.raises(UnreadableBody) as raised:
        read_object(raw)
    assert raised.value.where == where
    assert raised.value.message.startswith(message)
    assert raised.value.reason == reason


def test_as_many_levels_as_are_allowed_are_read() -> None:
    assert read_object(nested(DEEPEST)).notices == ()
    assert read_object(b'{"a": "' + b"[" * 100 + b'"}').fields == {"a": "[" * 100}


@pytest.mark.parametrize(
    "raw", [b'"' + b'\\"' * 500_000, b'{"a": "' + b"\xc3\xa9" * 500_000, b"9" * 2**20, b"[1," * 300_000]
)
def test_a_mebibyte_of_nonsense_takes_no_time(raw: bytes) -> None:
    begin = time.process_time()
    with pytest.raises(UnreadableBody):
        read_object(raw)
    assert time.process_time() - begin < 5


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0de1.N ', max_size=40).map(str.encode))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read_json(raw)
    except UnreadableBody as error:
        assert error.where  # noqa: PT017
        assert error.message  # noqa: PT017


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(alphabet=st.characters(blacklist_characters="\x00")),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="abc"), inner, max_size=3),
        max_leaves=10,
    )
)
@settings(max_examples=200, deadline=None)
def test_the_slow_way_reads_what_the_fast_way_does(value: object) -> None:
    text = json.dumps(value, ensure_ascii=True).encode()
    slow = read_json(b'[%s, "\\ud800"]' % text)
    assert slow.value[0] == read_json(text).value
    assert slow.notices == (Notice("body", "surrogate_replaced"),)
