"""What plain data is in a YAML or JSON document, and if none: where does it go wrong?"""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.intake.documents import DEEPEST, UnreadableDocument, read_document

JSON = "application/json"
YAML = "application/yaml"


def read(text: str, content_type: str | None = None) -> object:
    return read_document(text.encode(), content_type)


def refusal(text: str, content_type: str | None = None) -> tuple[str, str]:
    with pytest.raises(UnreadableDocument) as caught:
        read(text, content_type)
    return caught.value.where, caught.value.message


@pytest.mark.parametrize(
    "kind", [JSON, "application/json; charset=utf-8", "application/problem+json", "text/json", None]
)
def test_json_is_read(kind: str | None) -> None:
    assert read('{"a": [1, 2.5, "x", true, null]}', kind) == {"a": [1, 2.5, "x", True, None]}


@pytest.mark.parametrize("kind", [YAML, "application/x-yaml", "text/yaml; charset=utf-8", "text/plain", None])
def test_yaml_is_read(kind: str | None) -> None:
    assert read("a: [1, 2.5, x, true, ~]\nb:\n- c", kind) == {"a": [1, 2.5, "x", True, None], "b": ["c"]}


def test_a_json_looking_document_of_unknown_type_may_be_yaml() -> None:
    assert read("{a: b}", None) == {"a": "b"}
    assert refusal("{a: b}", JSON)[0] == "document, line 1, column 2"


def test_a_byte_order_mark_is_skipped() -> None:
    assert read("\ufeff{}", JSON) == {}
    assert read("\ufeffa: 1", YAML) == {"a": 1}


@pytest.mark.parametrize("word", ["NO", "no", "yes", "on", "off", "y", "N", "2024-01-01", "2024-01-01T10:00:00Z"])
def test_words_and_dates_in_yaml_are_text(word: str) -> None:
    assert read(f"contains: [{word}]") == {"contains": [word]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("09:30", "09:30"),
        ("12:30:45", "12:30:45"),
        ("007", "007"),
        ("-01", "-01"),
        ("1_000", "1_000"),
        ("0", 0),
        ("-5", -5),
        ("+5", 5),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("2.", 2.0),
        ("True", True),
        ("FALSE", False),
        ("Null", None),
        ("", None),
        ("'true'", "true"),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("NaN", "NaN"),
        ("+86 10", "+86 10"),
        (".", "."),
        ("...x", "...x"),
    ],
)
def test_yaml_scalars_follow_the_core_schema(text: str, value: object) -> None:
    read_value = read(f"a: {text}\n")
    assert read_value == {"a": value}
    assert type(read_value["a"]) is type(value)  # type: ignore[index]


def test_yaml_keys_are_the_text_that_stands_there() -> None:
    document = read("on: 1\nno: 2\n1: 3\ntrue: 4\n1.50: 5\n~: 6\n")
    assert document == {"on": 1, "no": 2, "1": 3, "true": 4, "1.50": 5, "~": 6}


def test_anchors_aliases_and_merge_keys() -> None:
    text = "base: &base {a: 1, b: 2}\none: {<<: *base, b: 3}\ntwo: {<<: [{a: 9}, *base]}\nthree: [*base]\n'<<': 4\n"
    document = read(text)
    assert isinstance(document, dict)
    assert document["one"] == {"a": 1, "b": 3}
    assert document["two"] == {"a": 9, "b": 2}
    assert document["three"] == [{"a": 1, "b": 2}]
    assert document["<<"] == 4


@pytest.mark.parametrize(
    ("text", "kind", "where"),
    [
        ("a: 1\nb: 2\na: 3\n", YAML, "document, line 3, column 1"),
        ('{"a": 1,\n "b": {"c": 1,\n  "c": 2}}', JSON, "document, line 3, column 3"),
        ('{"a": 1, "\\u0061": 2}', JSON, "document, line 1, column 10"),
        ('"a": 1\na: 2', YAML, "document, line 2, column 1"),
    ],
)
def test_a_key_that_is_there_twice_is_refused_with_its_place(text: str, kind: str, where: str) -> None:
    place, message = refusal(text, kind)
    assert place == where
    assert message.startswith('the key "')
    assert message.endswith("is there twice")


def test_equal_keys_in_different_objects_are_fine() -> None:
    text = '{"a": [{"a": 1}, {"a": "a"}], "b": {"a": 1}}'
    assert read(text, JSON) == read(text, YAML) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "kind", "where"),
    [
        ('{"a": 1', JSON, "document, line 1, column 8"),
        ("[1]]", JSON, "document, line 1, column 4"),
        ("a: [1, 2\nb: 3", YAML, "document, line 2, column 2"),
        ("a: b: c", YAML, "document, line 1, column 5"),
        ("a:\n\t- x", YAML, "document, line 2, column 1"),
        ("a: *b", YAML, "document, line 1, column 4"),
        ("a: 1\n--- \nb: 2", YAML, "document, line 2, column 1"),
        ("? [a]\n: b", YAML, "document, line 1, column 3"),
        ("a: !!python/object:os.system x", YAML, "document, line 1, column 4"),
        ("a: !!int x", YAML, "document, line 1, column 4"),
        ("a: {<<: 3}", YAML, "document, line 1, column 9"),
    ],
)
def test_what_cannot_be_read_is_refused_with_line_and_column(text: str, kind: str, where: str) -> None:
    assert refusal(text, kind)[0] == where


def test_a_full_width_colon_is_pointed_at() -> None:
    place, what = refusal("name: 销售\nrules：\n  - name: 全部\n", YAML)
    assert "line 2 has a full-width colon" in what, place
    assert "full-width" not in refusal("name: “甲：乙\nrules: [", YAML)[1]


def test_a_tab_is_called_a_tab() -> None:
    for text in ("a:\n\t- x", "a:\n  b: 1\n\tc: 2"):
        assert "a tab stands where only spaces may" in refusal(text, YAML)[1]


@pytest.mark.parametrize(
    ("text", "where", "help_"),
    [
        ("reps:\n  - id: a\n    name: b\n      team: c\n", (4, 11), "line 4 is indented deeper than line 3"),
        ("a: 1\n\n# no\n b: 2\n", (4, 2), "line 4 is indented deeper than line 1"),
        ("a:\n    b: 1\n  c: 2\n", (3, 3), "line 3 begins in column 3, where none of its neighbours does"),
        ("  a: 1\nb: 2\n", (2, 1), "does line 2 begin further left than what is above?"),
        ("id: x\nname: a: b\n", (2, 8), "line 2 has more than one colon: a text that holds a colon is put in quotes"),
        ("id:x\nname: y\n", (2, 5), "write a space after the colon in line 1"),
        ("name: y\n- id:x\n", (2, 1), "indent the dash in line 2"),
        ("name: y\nid:x\nzone: z\n", (2, 1), "write a space after the colon in line 2"),
        ("a: 1\nfoo\nb: 2\n", (2, 1), "write line 2 as “key: value”, or with “- ”"),
        (
            "reps:\n  - a: 1\n  b: 2\n",
            (3, 3),
            "write “- ” at the start of line 3 if it is an entry of the list of line 2",
        ),
        ("reps:\n  - a: 1\n  -b: 2\n", (3, 3), "write a space after the dash in line 3"),
        ("reps:\n  - a: 1\n - a: 2\n", (3, 2), "indent the dash in line 3 as the other dashes of its list"),
        (
            "reps:\n  - a: 1\n   - a: 2\n",
            (3, 4),
            "indent the dash in line 3 as the one in line 2, which is in column 3",
        ),
        ("a: - b\n", (1, 4), "a list begins on a line of its own"),
        ('a: 1\nid: "x\nb: 2\n', (2, 5), 'is the " in line 2 closed?'),
        ('a: 1\nid: "x\nb: "y"\n', (3, 5), 'is the " in line 2 closed?'),
        ("a: 'it's'\n", (1, 8), "line 1 goes on after a closing quote"),
        ('a: "C:\\dir"\n', (1, 7), 'a backslash within "…" is written \\\\'),
        ("a: [1,\n  2\nb: 3\n", (3, 2), "is the [ in line 1 closed with ]"),
        ("a: 1\nb: {c: 1\n", (3, 1), "is the { in line 2 closed with }"),
        ("a: 1\nb: [", (3, 1), "is every bracket closed"),
        ("a: @b\n", (1, 4), "a text that begins with one of"),
        ("a: *.example.com\n", (1, 5), "a text that begins with one of"),
    ],
)
def test_what_is_no_yaml_is_told_with_what_to_put_right_in_which_line(
    text: str, where: tuple[int, int], help_: str
) -> None:
    place, what = refusal(text, YAML)
    assert place == "document, line {}, column {}".format(*where)
    assert what.startswith("it is not YAML: ")
    assert help_ in what


@pytest.mark.parametrize("text", ["", " \n", "\ufeff", "# only a comment\n"])
def test_an_empty_document_is_refused(text: str) -> None:
    assert refusal(text, YAML) == ("document", "it is empty")


def test_bytes_that_are_not_utf8_are_refused_at_the_byte() -> None:
    with pytest.raises(UnreadableDocument, match=r"roster, byte 3: it is not UTF-8"):
        read_document(b"a: \xff", YAML, name="roster")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 19, "1" + "0" * 6000])
def test_numbers_beyond_json_and_64_bits_are_refused(number: str) -> None:
    refusal(f'{{"a": {number}}}', JSON)


@pytest.mark.parametrize(
    "number", [".nan", ".inf", "-.INF", "1e999", "9223372036854775808", "1" + "0" * 6000, "0x" + "f" * 17]
)
def test_yaml_numbers_beyond_them_are_refused_too(number: str) -> None:
    assert refusal(f"a: {number}", YAML)[0] == "document, line 1, column 4"


def test_words_for_numbers_inside_of_strings_are_fine() -> None:
    assert read('{"a": "NaN, \\"Infinity\\""}', JSON) == {"a": 'NaN, "Infinity"'}


@pytest.mark.parametrize(("text", "kind"), [('["\\u0000"]', JSON), ('["\\ud800"]', JSON), ('a: "\\0"', YAML)])
def test_characters_that_no_database_stores_are_refused(text: str, kind: str) -> None:
    assert "cannot be stored" in refusal(text, kind)[1]


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read('["\\ud83d\\ude00"]', JSON) == ["😀"]


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("kind", [JSON, YAML, None])
def test_depth_is_bounded(kind: str | None) -> None:
    read(nested(DEEPEST), kind)
    for text in (nested(DEEPEST + 1), nested(100_000), "[" * 100_000, '{"a":' * 10_000):
        assert "64 levels" in refusal(text, kind)[1]


@pytest.mark.parametrize("piece", ["- ", "{a: ", "[{a: ", "? ", "- - a: "])
def test_no_yaml_nesting_exhausts_the_stack(piece: str) -> None:
    refusal(piece * 10_000, YAML)


def test_aliases_cannot_nest_deeper_than_the_bound() -> None:
    text = "a0: &a0 []\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100))
    where, message = refusal(text, YAML)
    assert "64 levels" in message
    assert where.startswith("document, line 64,")


def test_aliases_cannot_stand_for_more_than_the_bound() -> None:
    text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    start = time.process_time()
    assert "aliases stand for more than 100,000 values" in refusal(text, YAML)[1]
    assert time.process_time() - start < 5


@pytest.mark.parametrize("text", ["&a " + "x" * 9_990, "&a {? " + "x" * 9_990 + " : 1}", "&a [" + "x" * 9_990 + "]"])
def test_aliases_cannot_stand_for_more_characters_than_the_bound(text: str) -> None:
    assert read(f"a: {text}\nb: [{', '.join(['*a'] * 100)}]", YAML)
    where, message = refusal(f"a: {text}\nb: [{', '.join(['*a'] * 40_000)}]", YAML)
    assert where == f"document, line 2, column {5 + 100 * 4}"
    assert message.startswith("aliases stand for more than 1,000,000 characters; shorten what they stand for")


def test_an_alias_cannot_stand_inside_of_what_it_stands_for() -> None:
    assert refusal("a: &a [*a]", YAML) == ("document, line 1, column 8", "*a stands inside of what it stands for")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
numbers = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_was_written_as_json_is_read_back(value: object) -> None:
    assert read(json.dumps(value), JSON) == value
    assert read(json.dumps(value, ensure_ascii=False), JSON) == value


@given(st.dictionaries(texts, values, max_size=4))
def test_what_was_written_as_quoted_yaml_is_read_back(value: object) -> None:
    text = yaml.safe_dump(value, default_style='"', allow_unicode=False)
    assert read(text, YAML) == value


@given(st.text("ab:-[]{},&*!|>'\"#%@?~<1 \n\t", max_size=40), st.sampled_from([JSON, YAML, None]))
def test_any_text_is_read_or_refused(text: str, kind: str | None) -> None:
    with suppress(UnreadableDocument):
        read(text, kind)
