"""A mapping that makes no sense is refused once, with every place and what to write instead."""

from typing import Any

import pytest
from hypothesis import given

from app.intake.errors import UnusableMapping
from app.intake.mapping import Constant, FieldMapping
from app.intake.mapping_document import MOST_FIELDS, MOST_IGNORED, MOST_PATHS, MOST_TRANSLATED, read_mapping
from tests.fuzz.strategies import values


def problems(document: Any) -> dict[str, str]:
    with pytest.raises(UnusableMapping) as raised:
        read_mapping(document)
    return {problem.where: problem.message for problem in raised.value.problems}


@pytest.mark.parametrize(
    ("document", "where", "said"),
    [
        (None, "", "an object is wanted here, not null"),
        ([], "", "an object is wanted here"),
        ({"email": "a"}, "email", 'did you mean "fields.email"?'),
        ({"feilds": {}}, "feilds", 'did you mean "fields"?'),
        ({"recognize": True}, "recognize", 'did you mean "recognise"?'),
        ({"recognise": "yes"}, "recognise", "true or false is wanted here"),
        ({"fields": ["a"]}, "fields", "an object is wanted here, by fields of a lead"),
        ({"fields": {"emial": "a"}}, "fields.emial", 'did you mean "email"?'),
        ({"fields": {"手机": "a"}}, "fields.手机", 'did you mean "phone"?'),
        ({"fields": {"first_name": "a"}}, "fields.first_name", 'did you mean "name"?'),
        ({"fields": {"shoe_size": "a"}}, "fields.shoe_size", 'write "attributes.shoe_size"'),
        ({"fields": {"attributes": "a"}}, "fields.attributes", "name each attribute by itself"),
        ({"fields": {"attributes. ": "a"}}, "fields.attributes. ", "this text is empty"),
        ({"fields": {"email": 5}}, "fields.email", "{value: 5}"),
        ({"fields": {"email": "a["}}, "fields.email", "character 2: the bracket that opens here is never closed"),
        ({"fields": {"email": ["a", "b..c"]}}, "fields.email[1]", "character 3: a name is missing"),
        ({"fields": {"email": {"from": ["a", 5]}}}, "fields.email.from[1]", "a path is wanted here"),
        ({"fields": {"email": []}}, "fields.email", "a path is wanted here, or a list of paths"),
        ({"fields": {"email": {}}}, "fields.email", 'one of "from", "join" and "value" must be'),
        ({"fields": {"email": {"path": "a"}}}, "fields.email.path", 'did you mean "from"?'),
        ({"fields": {"email": {"value": "a", "from": "b"}}}, "fields.email", "only one of from, value can be"),
        ({"fields": {"email": {"value": "a", "map": {"a": "b"}}}}, "fields.email.map", 'only goes with "from"'),
        ({"fields": {"email": {"from": "a", "otherwise": "b"}}}, "fields.email.otherwise", 'only goes with "map"'),
        ({"fields": {"email": {"from": "a", "with": "b"}}}, "fields.email.with", 'only goes with "join"'),
        ({"fields": {"email": {"value": None}}}, "fields.email.value", "not null"),
        ({"fields": {"email": {"value": " "}}}, "fields.email.value", "this text is empty"),
        ({"fields": {"email": {"value": {"a": 1}}}}, "fields.email.value", "not an object"),
        ({"fields": {"budget": {"value": float("nan")}}}, "fields.budget.value", "is not a number that can be kept"),
        ({"fields": {"name": {"join": "a"}}}, "fields.name.join", "a list of paths is wanted here"),
        ({"fields": {"name": {"join": ["a"], "with": 5}}}, "fields.name.with", "text of at most 40 characters"),
        ({"fields": {"latitude": {"join": ["a"]}}}, "fields.latitude.join", "no text that could be joined"),
        ({"fields": {"budget": {"from": "a", "unit": "bananas"}}}, "fields.budget.unit", "write one as 万, k"),
        ({"fields": {"email": {"from": "a", "unit": "k"}}}, "fields.email.unit", "numbers in a unit"),
        (
            {"fields": {"employees": {"from": "a", "unit": "k EUR"}}},
            "fields.employees.unit",
            "not counted in a currency",
        ),
        ({"fields": {"intent": {"from": "a", "map": []}}}, "fields.intent.map", "an object is wanted here"),
        ({"fields": {"intent": {"from": "a", "map": {" ": "x"}}}}, "fields.intent.map. ", "a value is wanted here"),
        (
            {"fields": {"intent": {"from": "a", "map": {"A": "x", "ａ": "y"}}}},
            "fields.intent.map.ａ",
            "stands here twice",
        ),
        ({"fields": {"intent": {"from": "a", "map": {"x": []}}}}, "fields.intent.map.x", "not a list"),
        ({"defaults": {"county": "x"}}, "defaults.county", "a lead has no such field"),
        ({"defaults": {"country": None}}, "defaults.country", "not null"),
        ({"ignore": ["a", "b["]}, "ignore[1]", "never closed"),
        ({"ignore": 5}, "ignore", "a list is wanted here"),
        ({"ignore": ["a"] * (MOST_IGNORED + 1)}, "ignore", "too long"),
        ({"fields": {"email": ["a"] * (MOST_PATHS + 1)}}, "fields.email", "too long"),
        ({"fields": {f"attributes.{n}": "a" for n in range(MOST_FIELDS + 1)}}, "fields", "too many"),
        (
            {"fields": {"intent": {"from": "a", "map": {str(n): "x" for n in range(MOST_TRANSLATED + 1)}}}},
            "fields.intent.map",
            "too many",
        ),
        ({"fields": {"intent": {"value": "x" * 2001}}}, "fields.intent.value", "too long"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(document: Any, where: str, said: str) -> None:
    found = problems(document)
    assert list(found) == [where]
    assert said in found[where]


def test_all_that_is_wrong_is_said_at_once() -> None:
    document = {"fields": {"emial": "a", "phone": "b[", "budget": {"from": "c", "unit": "q"}}, "ignore": [5], "x": 1}
    assert set(problems(document)) == {"fields.emial", "fields.phone", "fields.budget.unit", "ignore[0]", "x"}


def test_an_empty_mapping_is_one_and_null_keeps_a_field_empty() -> None:
    assert read_mapping({}) == FieldMapping()
    assert read_mapping({"fields": None, "defaults": None, "ignore": None}) == FieldMapping()
    assert read_mapping({"fields": {"intent": None}}).fields == {"intent": Constant(None)}
    assert read_mapping({"fields": {"attributes.x": {"value": {"a": [1]}}}}).fields["attributes.x"] == Constant(
        {"a": [1]}
    )


@given(values)
def test_any_document_is_a_mapping_or_is_refused_with_places(document: Any) -> None:
    for whole in (
        document,
        {"fields": document},
        {"fields": {"name": document}},
        {"defaults": document, "ignore": document},
    ):
        try:
            read_mapping(whole)
        except UnusableMapping as error:
            wrong = error.problems
        else:
            continue
        assert wrong
