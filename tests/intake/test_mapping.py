"""A mapping makes a lead's fields of any tree, says where each came from, and loses nothing."""

import copy
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.mapping import FieldMapping, Mapped, Origin, apply
from app.intake.mapping_document import read_mapping
from app.intake.normalise import normalise
from app.intake.text import words
from app.intake.tree import DEEPEST, as_text, is_empty
from tests.fuzz.strategies import scalars

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def mapped(document: dict[str, Any], tree: dict[str, Any]) -> Mapped:
    return apply(read_mapping(document), tree)


@pytest.mark.parametrize(
    ("source", "tree", "value"),
    [
        ("a.b", {"a": {"b": "x"}}, "x"),
        (["b", "a"], {"a": "1", "b": " "}, "1"),
        ({"from": ["b", "a"]}, {"a": "1", "b": "2"}, "2"),
        ("a[*].b", {"a": [{"b": "x"}, {"c": 0}, {"b": 5}]}, "x, 5"),
        ("a", {"a": ["x", " ", True, 1.0]}, "x, true, 1"),
        ("a", {"a": ["x"]}, "x"),
        ("a", {"a": {"value": "x", "label": "L"}}, "x"),
        ("a", {"a": {"first": "Jo", "last": "Doe"}}, "Jo Doe"),
        ("a", {"a": {"x": 1}}, {"x": 1}),
        ("a", {"a": [{"x": 1}]}, [{"x": 1}]),
        ("a", {}, None),
        ({"join": ["f", "l"]}, {"f": "Jo", "l": " Doe "}, "Jo Doe"),
        ({"join": ["f", "m", "l"], "with": "-"}, {"f": "Jo", "l": "Doe", "m": ""}, "Jo-Doe"),
        ({"join": ["l", "f"]}, {"f": "小样", "l": "张"}, "张小样"),
        ({"join": ["f", "l"]}, {"x": 1}, None),
        ({"value": "website"}, {}, "website"),
        ({"from": "a", "map": {"热": "high", "一般": "medium"}, "otherwise": "low"}, {"a": "热 "}, "high"),
        ({"from": "a", "map": {"热": "high"}, "otherwise": "low"}, {"a": "?"}, "low"),
        ({"from": "a", "map": {"热": "high"}, "otherwise": "low"}, {"a": ""}, None),
        ({"from": "a", "map": {"热": "high"}}, {"a": "?"}, "?"),
        ({"from": "a", "map": {"HOT": "high"}}, {"a": "ｈｏｔ"}, "high"),
        ({"from": "a", "map": {"1": "one", "true": "yes"}}, {"a": 1.0}, "one"),
        ({"from": "a", "map": {"1": "one", "true": "yes"}}, {"a": True}, "yes"),
        ({"from": "a", "map": {"n/a": None}}, {"a": "N/A"}, None),
        ({"from": "a", "map": {"x": "y"}, "otherwise": None}, {"a": "z"}, None),
        ({"from": "a", "map": {"x": "X", "y": None}}, {"a": ["x", "y", "z"]}, "X, z"),
    ],
)
def test_a_field_comes_from_where_the_mapping_says(source: Any, tree: dict[str, Any], value: Any) -> None:
    assert mapped({"fields": {"name": source}, "recognise": False}, tree).fields.get("name") == value


def test_a_number_is_in_the_unit_that_the_mapping_says() -> None:
    document = {
        "fields": {
            "budget": {"from": "预算", "unit": "万 CNY"},
            "annual_revenue": {"from": "rev", "unit": "m"},
            "employees": {"from": "staff", "map": {"a few": "3-5"}, "unit": "千"},
        }
    }
    lead = normalise(mapped(document, {"预算": "50-80", "rev": 2.5, "staff": "A few"}).fields, received_at=NOW)
    assert lead.budget is not None
    assert (lead.budget.amount, lead.budget.currency) == (500_000, "CNY")
    assert lead.annual_revenue is not None
    assert lead.annual_revenue.amount == 2_500_000
    assert lead.employees == 3000


def test_attributes_are_named_and_lists_stay_lists() -> None:
    document = {"fields": {"attributes.size": "form.size", "attributes.tags": "tags[*].name", "attributes.all": "tags"}}
    tree = {"form": {"size": 42, "colour": "red"}, "tags": [{"name": "a"}, {"name": "b", "id": 7}]}
    assert mapped(document, tree) == Mapped(
        {"attributes": {"size": 42, "tags": ["a", "b"], "all": tree["tags"], "form": {"colour": "red"}}},
        {
            "attributes.size": Origin("mapped", "form.size"),
            "attributes.tags": Origin("mapped", "tags[0].name + tags[1].name"),
            "attributes.all": Origin("mapped", "tags"),
        },
    )


def test_what_is_left_is_kept_and_what_is_ignored_is_not() -> None:
    document = {"fields": {"email": "answers[q=mail].a"}, "ignore": ["utm_id", "meta.*", "answers[*].t", "phone"]}
    tree = {
        "answers": [{"q": "mail", "a": "a@example.com", "t": "text"}, {"q": "size", "a": 3, "t": "number"}],
        "utm_id": "1",
        "meta": {"ip": "192.0.2.1"},
        "meta[agent]": "x",
        "phone": "123",
        "blank": "",
        "none": None,
        "deep": {"blank": " ", "list": [], "zero": 0, "no": False},
    }
    assert mapped(document, tree).fields == {
        "email": "a@example.com",
        "attributes": {"answers": [{"q": "size", "a": 3}], "deep": {"zero": 0, "no": False}},
    }
    assert mapped({"ignore": ["email"], "fields": {"email": "email"}}, {"email": "a@example.com"}).fields == {
        "email": "a@example.com"
    }


def test_what_the_mapping_names_is_not_recognised_and_null_gives_nothing() -> None:
    tree = {"tel": "1", "手机": "2", "intent": "buy"}
    assert mapped({"fields": {"phone": "handset", "intent": None}}, tree).fields == {"attributes": tree}
    assert mapped({"recognise": False}, tree).fields == {"attributes": tree}
    assert mapped({}, tree).fields == {"phone": "2", "intent": "buy", "attributes": {"tel": "1"}}


def test_defaults_fill_gaps_alone() -> None:
    document = {"defaults": {"source": "expo", "country": "CN", "attributes.booth": 5, "attributes.hall": 1}}
    read = mapped(document, {"country": "DE", "hall": 2, "source": " "})
    assert read.fields == {"country": "DE", "source": "expo", "attributes": {"booth": 5, "hall": 2}}
    assert read.origins == {
        "country": Origin("recognised", "country"),
        "source": Origin("default"),
        "attributes.booth": Origin("default"),
    }


def test_each_field_says_where_it_came_from() -> None:
    document = {"fields": {"source": {"value": "fair"}, "name": {"join": ["f", "l"]}, "need": "My words"}}
    tree = {"f": "Jo", "l": "Doe", "My words": "hi", "E-Mail*": "a@example.com", "data": {"a.b": 1, "电话": "2"}}
    assert mapped(document, tree).origins == {
        "source": Origin("constant"),
        "name": Origin("mapped", "f + l"),
        "need": Origin("mapped", "My words"),
        "email": Origin("recognised", "E-Mail*"),
        "phone": Origin("recognised", "data.电话"),
    }


def test_two_fields_may_take_the_same_value_and_attributes_never_overwrite_each_other() -> None:
    document = {"fields": {"email": "m", "external_id": "m", "attributes.x": "y"}}
    assert mapped(document, {"m": "a@example.com", "x": 1, "y": 2}).fields == {
        "email": "a@example.com",
        "external_id": "a@example.com",
        "attributes": {"x": 2, "x_": 1},
    }


def test_a_mapping_laid_over_another_wins_field_by_field() -> None:
    base = read_mapping(
        {
            "fields": {"email": "properties.email", "name": "properties.name", "source": {"value": "crm"}},
            "defaults": {"country": "CN", "language": "zh"},
            "ignore": ["meta"],
            "recognise": False,
        }
    )
    own = read_mapping({"fields": {"email": "mail", "source": None}, "defaults": {"country": "DE"}, "ignore": ["x"]})
    tree = {"properties": {"email": "p@example.com", "name": "P"}, "mail": "m@example.com", "meta": 1, "x": 2, "tel": 3}
    assert apply(own.over(base), tree).fields == {
        "email": "m@example.com",
        "name": "P",
        "country": "DE",
        "language": "zh",
        "attributes": {"properties": {"email": "p@example.com"}, "tel": 3},
    }
    assert own.over(base).recognise is False
    assert read_mapping({"recognise": True}).over(base).recognise is True
    assert FieldMapping().over(base) == base


# --- any tree at all

_KEYS = st.sampled_from(
    words(
        "email name 姓 名 first_name data contact value utm_source attributes fields[email] a.b topics[] 预算"
        " phone company address customer x y"
    )
) | st.text(max_size=5)
_VALUES = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=10
)
_TREES = st.dictionaries(_KEYS, _VALUES, max_size=8)
_PATHS = st.sampled_from(["email", "data.x", "data[*].x", "x[value=1].y", "fields.email", "topics[0]", "y", "contact"])
_SOURCES = st.one_of(
    _PATHS,
    st.lists(_PATHS, min_size=1, max_size=3),
    st.builds(lambda paths: {"join": paths}, st.lists(_PATHS, min_size=1, max_size=3)),
)
_MAPPINGS = st.builds(
    lambda fields, recognise: {"fields": fields, "recognise": recognise},
    st.dictionaries(st.sampled_from(["email", "name", "need", "phone", "attributes.x", "attributes.q"]), _SOURCES),
    st.booleans(),
)


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif not is_empty(value) and (text := as_text(value)) is not None:
        yield text.strip()


@given(_MAPPINGS, _TREES)
def test_nothing_of_any_tree_is_lost_and_the_tree_stays_as_it_is(
    document: dict[str, Any], tree: dict[str, Any]
) -> None:
    mapping = read_mapping(document)
    before = copy.deepcopy(tree)
    read = apply(mapping, tree)
    assert repr(tree) == repr(before)
    assert repr(apply(mapping, tree)) == repr(read)
    kept = list(leaves(read.fields))
    everything = "\n".join(kept)
    found_by = {"1"} if any("x[value=1]" in repr(source) for source in document["fields"].values()) else set()
    for text in leaves(tree):
        assert text in everything or text in found_by, text
    normalise(read.fields, received_at=NOW)


@given(_TREES)
def test_the_fields_that_were_made_are_recognised_as_themselves(tree: dict[str, Any]) -> None:
    once = apply(FieldMapping(), tree).fields
    if "value" not in repr(once):
        assert repr(sorted(apply(FieldMapping(), once).fields.items())) == repr(sorted(once.items()))


def test_a_tree_of_any_depth_is_taken_and_what_is_too_deep_is_kept_as_text() -> None:
    deep: Any = "the innermost"
    for _ in range(50_000):
        deep = {"a": deep}
    kept: Any = apply(FieldMapping(), {"data": deep, "list": [[[1]]]}).fields["attributes"]
    assert kept["list"] == [[[1]]]
    inside, levels = kept["data"], 1
    while isinstance(inside, dict):
        inside, levels = inside["a"], levels + 1
    assert (inside, levels) == ("the innermost", DEEPEST)


@pytest.mark.parametrize("size", [40_000])
def test_a_large_tree_takes_a_time_in_proportion(size: int) -> None:
    mapping = read_mapping(
        {
            "fields": {f"attributes.{n}": [f"Key {n}", f"rows[id={n}].v", f"rows[*].missing{n}"] for n in range(200)},
            "ignore": ["*a*b*c*", "rows[*].*z*"],
        }
    )
    trees = [
        {f"key {n}": "x" for n in range(-count, count)} | {"rows": [{"id": n, "v": n} for n in range(-count, count)]}
        for count in (size // 8, size)
    ]
    took = []
    for tree in trees:
        begun = time.perf_counter()
        apply(mapping, tree)
        took.append(time.perf_counter() - begun)
    assert took[1] < 8 * 4 * max(took[0], 0.01)
