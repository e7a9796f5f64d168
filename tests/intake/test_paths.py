"""A path finds what it names, is written as it is read, and says where it is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.errors import UnreadablePath
from app.intake.paths import LONGEST_PATH, MOST_ELEMENTS, Like, flat_segments, read_path, write_path
from app.intake.tree import Tree

TREE: dict[str, Any] = {
    "a": {"b": {"c": 1}, "B": 2, "list": [{"n": "Email", "v": "x"}, {"n": "tel", "v": "y"}], "one": {"v": "z"}},
    "Your e-mail": "e",
    "first.last": "dotted",
    'a "quoted" name': "q",
    "您的 邮箱": "han",
    "FULL  Name": "n",
    "fields[email][value]": "flat",
    "topics[]": ["t", "u"],
    "1.3": "gravity",
    "0": "zero",
    "empty": {"x": "", "y": None, "z": [], "w": {}, "no": False, "nought": 0},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b.c", [1]),
        (" a . b . c ", [1]),
        ("a.B", [2]),
        ("A.b.C", [1]),
        ("a.list[0].v", ["x"]),
        ("a.list[-1].v", ["y"]),
        ("a.list.1.v", ["y"]),
        ("a.list[2].v", []),
        ("a.list[*].v", ["x", "y"]),
        ("a.list[n=email].v", ["x"]),
        ("a.list[N = ＥＭＡＩＬ].v", ["x"]),
        ('a.list["n"="tel"].v', ["y"]),
        ("a.list[n=fax].v", []),
        ("a.list.v", []),
        ("a.one[0].v", ["z"]),
        ("a.one[*].v", ["z"]),
        ("a.one[v=z].v", ["z"]),
        ("a[b].c", [1]),
        ('a["b"].c', [1]),
        ('["a"].B', [2]),
        ("Your e-mail", ["e"]),
        ("your E-MAIL", ["e"]),
        ('"first.last"', ["dotted"]),
        ("first.last", ["dotted"]),
        ('"a ""quoted"" name"', ["q"]),
        ("您的 邮箱", ["han"]),
        ("full name", ["n"]),
        ("fields.email.value", ["flat"]),
        ("fields[email][value]", ["flat"]),
        ('"fields[email][value]"', ["flat"]),
        ("topics", [["t", "u"]]),
        ("topics[1]", ["u"]),
        ("topics[*]", ["t", "u"]),
        ("1.3", ["gravity"]),
        ("0", ["zero"]),
        ("empty.x", []),
        ("empty.y", []),
        ("empty.z", []),
        ("empty.w", []),
        ("empty.no", [False]),
        ("empty.nought", [0]),
        ("nothing.at.all", []),
        ("a.b.c.d", []),
    ],
)
def test_a_path_finds_what_it_names(path: str, found: list[Any]) -> None:
    assert [one.value for one in Tree(TREE).find(read_path(path))] == found


@pytest.mark.parametrize(
    ("path", "position", "said"),
    [
        ("", 1, "a path is wanted here"),
        ("  ", 1, "a path is wanted here"),
        ("a..b", 3, "a name is missing"),
        (".a", 1, "a name is missing"),
        ("a.", 3, "a name is missing"),
        ("a[", 2, "never closed"),
        ("a[0", 2, "never closed"),
        ("a[]", 3, "say which element"),
        ("a]", 2, "closes none"),
        ("a[0]b", 5, "a dot or a bracket"),
        ('a"b"', 2, "whole segment"),
        ('"a', 1, "quote that opens here"),
        ('""', 1, "missing between the quotes"),
        ("a[=x]", 3, "before the ="),
        ("a[x=]", 5, "behind the ="),
        ("a[b[c]]", 4, "a ] is wanted"),
        ("a.*", 3, "[*]"),
        ("a" * (LONGEST_PATH + 1), LONGEST_PATH + 1, "at most"),
        ("a." * 40 + "a", 81, "at most 32 segments"),
    ],
)
def test_what_is_no_path_is_refused_with_the_place(path: str, position: int, said: str) -> None:
    with pytest.raises(UnreadablePath) as raised:
        read_path(path)
    assert raised.value.position == position
    assert said in raised.value.message


@given(
    st.lists(
        st.text(min_size=1).filter(lambda name: name.strip() != "" and "\ud800" not in name), min_size=1, max_size=5
    )
)
def test_a_place_that_is_written_as_a_path_is_found_by_it(names: list[str]) -> None:
    tree: Any = "here"
    for name in reversed(names):
        tree = {name: tree}
    path = write_path(tuple(names))
    if len(path) <= LONGEST_PATH:
        assert [one.value for one in Tree(tree).find(read_path(path))] == ["here"]


@given(st.text(alphabet='ab*.[]"= 0-邮', max_size=20))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    for pattern in (False, True):
        try:
            path = read_path(text, pattern=pattern)
        except UnreadablePath as error:
            position = error.position
        else:
            Tree(TREE).find(path)
            Tree(TREE).ignore(path)
            continue
        assert 1 <= position <= len(text) + 1


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("meta.*", {"utm_id": 1, "utm_term": 2, "x": {"utm_id": 3, "k": [{"a": 1, "b": 2}, {"a": 3}]}}),
        ("utm_*", {"meta[ip][value]": 5, "meta": {"c": 4}, "x": {"utm_id": 3, "k": [{"a": 1, "b": 2}, {"a": 3}]}}),
        (
            "x.k[*].a",
            {"meta[ip][value]": 5, "meta": {"c": 4}, "utm_id": 1, "utm_term": 2, "x": {"utm_id": 3, "k": [{"b": 2}]}},
        ),
        ("*", {}),
        ("*.*", {"utm_id": 1, "utm_term": 2}),
        ('"utm_*"', None),
        (
            "x.*m_i*",
            {
                "meta[ip][value]": 5,
                "meta": {"c": 4},
                "utm_id": 1,
                "utm_term": 2,
                "x": {"k": [{"a": 1, "b": 2}, {"a": 3}]},
            },
        ),
    ],
)
def test_a_pattern_puts_aside_all_that_it_fits(pattern: str, left: dict[str, Any] | None) -> None:
    root = {
        "meta[ip][value]": 5,
        "meta": {"c": 4},
        "utm_id": 1,
        "utm_term": 2,
        "x": {"utm_id": 3, "k": [{"a": 1, "b": 2}, {"a": 3}]},
    }
    tree = Tree(root)
    tree.ignore(read_path(pattern, pattern=True))
    assert tree.rest() == (root if left is None else left)


def test_a_pattern_fits_in_linear_time() -> None:
    like = read_path("a*a*a*a*a*a*a*b", pattern=True).steps[0]
    assert isinstance(like, Like)
    assert not like.fits("a" * 1_000_000)
    assert like.fits("a" * 1_000_000 + "b")


def test_only_so_many_elements_are_looked_at_and_the_others_stay() -> None:
    tree = Tree({"a": list(range(MOST_ELEMENTS + 5))})
    found = tree.find(read_path("a[*]"))
    assert len(found) == MOST_ELEMENTS
    tree.take(one.position for one in found)
    assert tree.rest() == {"a": list(range(MOST_ELEMENTS, MOST_ELEMENTS + 5))}


def test_the_segments_of_a_form_field_s_name() -> None:
    assert flat_segments("fields[email][value]") == ("fields", "email", "value")
    assert flat_segments("topics[]") == ("topics",)
    assert flat_segments("contact.email") == ("contact", "email")
    for name in ("email", "a[b", "a]b[", "Mr. X", "a..b", "[x]"):
        assert flat_segments(name) == (name,)
