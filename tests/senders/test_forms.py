from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.senders.base import NotUnderstood
from app.senders.bodies import document_of, json_of
from app.senders.forms import MOST_FIELDS, nested, read_multipart, read_urlencoded
from app.senders.xml import DEEPEST, MOST_ELEMENTS, read_xml
from tests.senders.requests import URL, multipart, request

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "media", "tree"),
    [
        ('{"name": "张伟"}', "application/json", {"name": "张伟"}),
        ('{"name": "张伟"}', "application/json; charset=utf-8", {"name": "张伟"}),
        ('{"name": "张伟"}'.encode("gbk"), 'application/json; charset="GBK"', {"name": "张伟"}),
        ('{"name": "Ann"}', "application/ld+json", {"name": "Ann"}),
        ('\ufeff {"name": "Ann"}', None, {"name": "Ann"}),
        ('{"name": "Ann"}', FORM, {"name": "Ann"}),
        ('{"name": "Ann"}', "text/plain", {"name": "Ann"}),
        ("{a=1&b=2", FORM, {"{a": "1", "b": "2"}),
        ("name=Ann+Berg&city=K%C3%B6ln", FORM, {"name": "Ann Berg", "city": "Köln"}),
        ("name=张伟", FORM, {"name": "张伟"}),
        ("name=%D5%C5%CE%B0", FORM, {"name": "张伟"}),
        ("name=%E9t%E9", f"{FORM}; charset=iso-8859-1", {"name": "été"}),
        ("a=1&&b=&c", None, {"a": "1", "b": "", "c": ""}),
        ("a=%zz&b=%00", FORM, {"a": "%zz", "b": "\ufffd"}),
        ("<lead><name>Ann</name><tag>a</tag><tag>b</tag></lead>", "text/xml", {"name": "Ann", "tag": ["a", "b"]}),
        ("<lead><name>Ann</name></lead>", None, {"name": "Ann"}),
        (
            '<?xml version="1.0" encoding="GBK"?><l><n>张伟</n></l>'.encode("gbk"),
            "application/xml",
            {"n": "张伟"},
        ),
        ("<lead/>", "application/soap+xml", {}),
    ],
)
def test_a_body_is_read_by_what_it_is(body: str | bytes, media: str | None, tree: dict[str, Any]) -> None:
    assert document_of(request(body, media=media)) == tree


def test_without_a_body_the_query_is_read_but_for_the_secret() -> None:
    url = f"{URL}?key=s3cret&contact[email]=ann@example.com&name=Ann+Berg"
    assert document_of(request(url=url, method="GET")) == {"contact": {"email": "ann@example.com"}, "name": "Ann Berg"}


@pytest.mark.parametrize(
    ("body", "media", "where"),
    [
        ("{", "application/json", "line 1, column 2"),
        ("a=1", "application/json", "line 1, column 1"),
        ('{"a":', "text/plain", "line 1, column 6"),
        (b"\xff{}", "application/json", "byte 0"),
        ("{}", "application/json; charset=zip", "Content-Type"),
        ("a=1", f"{FORM}; charset=rot13", "Content-Type"),
        ("<a><b></a>", "text/xml", "line 1, column 9"),
        ("<a>", None, "line 1, column 4"),
        ("text", "application/xml", "line 1, column 1"),
        ("<a>text</a>", "application/xml", "body"),
        ('<?xml version="1.0" encoding="x-none"?><a/>', "application/xml", "line 1, column 1"),
        ("--x", "multipart/form-data", "Content-Type"),
        ("hello", "multipart/form-data", "Content-Type"),
        ("hello", "multipart/form-data; boundary=x", "body"),
        ('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n', "multipart/form-data; boundary=x", "body"),
    ],
)
def test_what_cannot_be_read_names_the_place(body: str | bytes, media: str | None, where: str) -> None:
    with pytest.raises(NotUnderstood) as failure:
        document_of(request(body, media=media))
    assert failure.value.where == where


def test_parts_are_read_and_files_noted_by_name_and_size_alone() -> None:
    body = (
        '--x\r\nContent-Disposition: form-data; name="naïve"\r\n\r\nline 1\r\nline 2\r\n'
        '--x\r\ncontent-disposition: form-data; name="cv"; filename="cv; final.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n%PDF-1.7\0\r\n"
        '--x\r\nContent-Disposition: form-data; name="none"; filename=""\r\n\r\n\r\n'
        "--x\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n--x--\r\nepilogue"
    ).encode()
    assert read_multipart(body, b"x", None) == [
        ("naïve", "line 1\r\nline 2"),
        ("cv", {"file": "cv; final.pdf", "type": "application/pdf", "bytes": 9}),
    ]


def test_parts_are_read_without_a_boundary_in_the_type_and_with_lines_that_end_in_lf() -> None:
    raw = multipart({"name": "Ann", "city": "Köln"}).body
    for body in (raw, raw.replace(b"\r\n", b"\n")):
        assert read_multipart(body, None, None) == [("name", "Ann"), ("city", "Köln")]


@pytest.mark.parametrize(
    ("pairs", "tree"),
    [
        ([("a[b][c]", 1), ("a[b][d]", 2), ("a[e]", 3)], {"a": {"b": {"c": 1, "d": 2}, "e": 3}}),
        ([("a[]", 1), ("a[]", 2)], {"a": [1, 2]}),
        ([("a", 1), ("a", 2), ("a", 3)], {"a": [1, 2, 3]}),
        ([("a[0]", "x"), ("a[1]", "y")], {"a": ["x", "y"]}),
        ([("a[1]", "x"), ("a[2]", "y")], {"a": {"1": "x", "2": "y"}}),
        ([("a[b][]", 1), ("a[b][]", 2)], {"a": {"b": [1, 2]}}),
        ([("a", 1), ("a[b]", 2)], {"a": 1, "a[b]": 2}),
        ([("a[b]", 2), ("a", 1), ("a", 3)], {"a": {"b": 2}, "a[]": [1, 3]}),
        ([("a[b]", 1), ("a[]", 2)], {"a": {"b": 1}, "a[]": 2}),
        ([("a", [1]), ("a", [2])], {"a": [[1], [2]]}),
        ([("[a]", 1), ("a]", 2), ("a[b", 3), ("a[b]c", 4), ("", 5)], {"[a]": 1, "a]": 2, "a[b": 3, "a[b]c": 4, "": 5}),
        ([("a" + "[b]" * 8, 1)], {"a" + "[b]" * 8: 1}),
        ([("a[][b]", 1)], {"a[][b]": 1}),
        ([("f[x]", {"file": "a"}), ("f[x][y]", 1)], {"f": {"x": {"file": "a"}}, "f[x][y]": 1}),
    ],
)
def test_names_in_brackets_nest_and_what_contradicts_them_is_kept(
    pairs: list[tuple[str, Any]], tree: dict[str, Any]
) -> None:
    assert nested(pairs) == tree


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]


@given(st.lists(st.tuples(st.text("ab[]01", max_size=9), st.integers()), max_size=12))
@settings(max_examples=500, deadline=None)
def test_no_value_of_a_form_is_lost(pairs: list[tuple[str, int]]) -> None:
    assert sorted(leaves(nested(pairs))) == sorted(value for _, value in pairs)


def test_more_fields_than_a_form_has_are_refused() -> None:
    few = b"&".join(b"a=1" for _ in range(MOST_FIELDS))
    assert len(read_urlencoded(few, None)) == MOST_FIELDS
    for body in (few + b"&b=2", few + b"&" * 10_000):
        with pytest.raises(NotUnderstood, match="more than 2,000 fields"):
            read_urlencoded(body, None)
    with pytest.raises(NotUnderstood, match="more than 2,000 fields"):
        document_of(multipart({f"f{number}": "" for number in range(MOST_FIELDS + 1)}))


ENTITIES = [
    '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><l><n>&b;</n></l>',
    '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]><l><n>&x;</n></l>',
    '<!DOCTYPE l SYSTEM "http://example.com/l.dtd"><l><n>1</n></l>',
    '<!DOCTYPE l [<!ENTITY % p SYSTEM "http://example.com/p">%p;]><l/>',
    "<!DOCTYPE l><l/>",
]


@pytest.mark.parametrize("document", ENTITIES)
def test_document_types_and_entities_are_refused(document: str) -> None:
    with pytest.raises(NotUnderstood, match="document types and entities are not read"):
        read_xml(document.encode())


def test_xml_that_is_too_deep_or_too_large_is_refused() -> None:
    read_xml(b"<a>" * DEEPEST + b"</a>" * DEEPEST)
    with pytest.raises(NotUnderstood, match="more than 32 elements within each other"):
        read_xml(b"<a>" * 200_000)
    with pytest.raises(NotUnderstood, match="more than 20,000 elements"):
        read_xml(b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>")


def test_the_three_ways_that_xml_has_nothing_to_say() -> None:
    root = read_xml(b'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:nil="true"/><c/><d> </d></a>')
    assert root.value() == {"b": None, "c": "", "d": ""}


MIB = 1 << 20


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"a=" + b"%" * MIB, FORM),
        (b"a" + b"[" * MIB + b"]" * 10 + b"=1", FORM),
        (b"&".join(b"a[b][c][d]=1" for _ in range(1_900)), FORM),
        (b"&".join(b"a" + b"[b]" * 7 + b"=%d" % n for n in range(1_900)), FORM),
        (b"<a>" + b"&amp;" * (MIB // 5) + b"</a>", "text/xml"),
        (b"<a " + b" ".join(b'b%d="1"' % n for n in range(MIB // 10)) + b"/>", "text/xml"),
        (b"<" + b"a" * MIB + b"/>", "text/xml"),
        (b"--x\r\n" + b"a" * MIB, "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n" + b"\r\n-" * (MIB // 3), "multipart/form-data; boundary=x"),
        (
            b"--x\r\nContent-Disposition: form-data;" + b'";' * 2_000 + b"\r\n\r\n\r\n--x--",
            "multipart/form-data; boundary=x",
        ),
        (b"a=1", "multipart/form-data; " + 'a=";' * 200_000),
        (b'{"a":' + b"[" * (MIB // 2), "application/json"),
        (b"\n" * MIB, "multipart/form-data"),
        (b"--\n" * (MIB // 3), "multipart/form-data"),
    ],
    ids=range(14),
)
def test_a_megabyte_made_to_be_slow_is_not(body: bytes, media: str) -> None:
    started = time.process_time()
    with contextlib.suppress(NotUnderstood):
        document_of(request(body, media=media))
    assert time.process_time() - started < 2


def test_json_is_read_whatever_it_is_sent_as() -> None:
    assert json_of(request(b"[1]", media=FORM)) == [1]
