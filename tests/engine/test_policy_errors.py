"""What is wrong with a policy document? All of it at once, each with its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.policy_document import compile_policy
from tests.engine.policies import ROSTER, errors_of, sketch, with_rule

RULE = "rules[0]."
WHEN = "rules[0].when."

REFUSED: list[tuple[dict[Any, Any], str, str]] = [
    # keys and shapes
    ({"rules": []} | {"ruels": []}, "ruels", 'did you mean "rules"?'),
    ({"name": "x"}, "rules", "missing"),
    ({"rules": {}}, "rules", "a list"),
    ({"rules": ["x"]}, "rules[0]", "an object"),
    ({"rules": [], "name": ""}, "name", "empty"),
    ({"rules": [], "name": 7}, "name", "quotes"),
    ({"rules": [], True: 1}, "", "not text"),
    ({"rules": [], "currency": "RENMINBI"}, "currency", "ISO 4217"),
    ({"rules": [], "rates": {"EUR": 7}}, "rates", "currency"),
    ({"rules": [], "currency": "CNY", "rates": {"EUR": 0}}, "rates.EUR", "above 0"),
    ({"rules": [], "currency": "CNY", "rates": {"EUR": -1}}, "rates.EUR", "above 0"),
    ({"rules": [], "currency": "CNY", "rates": {"EUR": float("inf")}}, "rates.EUR", "finite"),
    ({"rules": [], "currency": "CNY", "rates": {"EUR": "7"}}, "rates.EUR", "number"),
    ({"rules": [], "currency": "CNY", "rates": {"CNY": 2}}, "rates.CNY", "own currency"),
    # words
    ({"rules": [], "regions": [{"code": "East"}]}, "regions[0].code", "a-z"),
    ({"rules": [], "regions": [{"code": "cn"}]}, "regions[0].code", "ISO code CN"),
    ({"rules": [], "regions": [{"code": "world"}]}, "regions[0].code", "everything"),
    (
        {"rules": [], "regions": [{"code": "a", "contains": ["b"]}, {"code": "b", "contains": ["a"]}]},
        "regions[0].contains",
        "circle",
    ),
    ({"rules": [], "regions": [{"code": "a", "contains": ["Shanghai"]}]}, "regions[0].contains[0]", "neither"),
    ({"rules": [], "regions": [{"code": "a", "contains": [False]}]}, "regions[0].contains[0]", "quotes"),
    ({"rules": [], "industries": [{"code": "a", "parent": "b"}]}, "industries[0].parent", "not an industry"),
    ({"rules": [], "sources": [{"code": "a"}, {"code": "b", "aliases": ["A"]}]}, "sources[1]", "one source"),
    # screening, scoring, tiers, follow-up
    ({"rules": [], "screening": [{"name": "x"}]}, "screening[0].when", "missing"),
    ({"rules": [], "screening": [{"name": "x", "when": {"score": 1}}]}, "screening[0].when.score", "not known here"),
    (
        {"rules": [], "scoring": [{"name": "x", "when": {"score": 1}, "points": 1}]},
        "scoring[0].when.score",
        "not known",
    ),
    ({"rules": [], "scoring": [{"name": "x", "field": "tier", "points": {"A": 1}}]}, "scoring[0].field", "not known"),
    ({"rules": [], "scoring": [{"name": "x", "field": "budgte", "bands": []}]}, "scoring[0].field", '"budget"'),
    ({"rules": [], "scoring": [{"name": "x", "field": "budget"}]}, "scoring[0]", "bands"),
    ({"rules": [], "scoring": [{"name": "x", "field": "intent", "points": 5}]}, "scoring[0].points", "by value"),
    (
        {"rules": [], "scoring": [{"name": "x", "field": "intent", "points": {"high": float("nan")}}]},
        "scoring[0].points.high",
        "finite",
    ),
    (
        {"rules": [], "scoring": [{"name": "x", "field": "intent", "points": {"high": 0.0001}}]},
        "scoring[0].points.high",
        "decimal",
    ),
    (
        {"rules": [], "scoring": [{"name": "x", "field": "intent", "bands": [{"at_least": 1, "points": 1}]}]},
        "scoring[0].bands",
        "numbers",
    ),
    (
        {
            "rules": [],
            "scoring": [
                {"name": "x", "field": "budget", "bands": [{"at_least": 1, "points": 1}, {"at_least": -1, "points": 1}]}
            ],
        },
        "scoring[0].bands[1].at_least",
        "negative",
    ),
    (
        {
            "rules": [],
            "scoring": [
                {
                    "name": "x",
                    "field": "budget",
                    "bands": [{"at_least": 1, "points": 1}, {"at_least": 1.0, "points": 2}],
                }
            ],
        },
        "scoring[0].bands[1].at_least",
        "already",
    ),
    (
        {"rules": [], "scoring": [{"name": "x", "field": "industry", "points": {"it": 1}}]},
        "scoring[0].points.it",
        "not an industry",
    ),
    ({"rules": [], "scoring": {"criteria": [], "minimum": 5, "maximum": 1}}, "scoring", "above the maximum"),
    (
        {
            "rules": [],
            "scoring": {"criteria": [{"name": "x", "group": "fits", "when": {}, "points": 1}], "groups": {"fit": {}}},
        },
        "scoring.criteria[0].group",
        '"fit"',
    ),
    ({"rules": [], "tiers": [{"tier": "A"}, {"tier": "a"}]}, "tiers[1].tier", "twice"),
    ({"rules": [], "tiers": [{"tier": 1}]}, "tiers[0].tier", "quotes"),
    ({"rules": [], "tiers": [{"tier": "A", "when": {"tier": "A"}}]}, "tiers[0].when.tier", "not known"),
    (
        {"rules": [], "follow_up": {"first_contact_within": {"A": "24h"}}},
        "follow_up.first_contact_within.A",
        "not a tier",
    ),
    ({"rules": [], "follow_up": {"first_contact_within": "soon"}}, "follow_up.first_contact_within", "duration"),
    ({"rules": [], "follow_up": {"remind_after": "1h"}}, "follow_up.remind_after", "unknown key"),
    # rules
    (with_rule(assign={"team": "evryone"}), RULE + "assign.team", 'did you mean "everyone"?'),
    (with_rule(assign={"team": " EVERYONE "}), RULE + "assign.team", "write the id of that team: everyone"),
    (with_rule(assign={"rep": "east-2"}), RULE + "assign.rep", 'did you mean "east-1"?'),
    (with_rule(assign={"reps": {"id": ["east-1", "east-9"]}}), RULE + "assign.reps.id", "unknown rep"),
    (with_rule(assign={"reps": {"senority": "x"}}), RULE + "assign.reps.senority", '"seniority"'),
    (with_rule(assign={"reps": {"seniority": []}}), RULE + "assign.reps.seniority", "empty"),
    (with_rule(assign={"reps": ["east-1"]}), RULE + "assign.reps", "id: [...]"),
    (with_rule(assign={"team": "field", "rep": "east-1"}), RULE + "assign", "keep one"),
    (with_rule(assign={"by": "round_robin"}), RULE + "assign", "whom"),
    (with_rule(assign="east-1"), RULE + "assign", "whom"),
    (with_rule(assign={"owner": False}), RULE + "assign.owner", "owner: true"),
    (with_rule(assign={"covering": ["regions"]}), RULE + "assign.covering[0]", '"region"'),
    (with_rule(assign={"covering": ["region"], "by": "claim"}), RULE + "assign.by", "name the team"),
    (with_rule(assign={"team": "field", "by": "best_performing"}), RULE + "assign.by", "not a way to pick"),
    (with_rule(otherwise="hold"), RULE + "otherwise", "next"),
    (with_rule(even_if=["paused"]), RULE + "even_if[0]", "off_shift"),
    (with_rule(available_within="0m"), RULE + "available_within", "useful"),
    (with_rule(available_within=30), RULE + "available_within", "duration"),
    (with_rule(each_at_most={"per_day": 0}), RULE + "each_at_most.per_day", "from 1"),
    (with_rule(each_at_most={"per_day": 2.5}), RULE + "each_at_most.per_day", "whole number"),
    (with_rule(each_at_most={"daily": 3}), RULE + "each_at_most.daily", "unknown key"),
    (with_rule(catch_up="yes"), RULE + "catch_up", "neither true nor false"),
    (with_rule(id="My Rule"), RULE + "id", "such as my-rule"),
    (with_rule(name="!!!"), RULE + "name", "add an id"),
    # conditions
    (with_rule(when="x"), "rules[0].when", "a condition"),
    (with_rule(when={"regoin": "CN"}), WHEN + "regoin", 'did you mean "region"?'),
    (with_rule(when={"flavour": "x"}), WHEN + "flavour", "attributes.flavour"),
    (with_rule(when={"email": None}), WHEN + "email", '"missing"'),
    (with_rule(when={"email": {}}), WHEN + "email", "asks nothing"),
    (with_rule(when={"source": []}), WHEN + "source", "empty list"),
    (with_rule(when={"source": {"any_of": []}}), WHEN + "source.any_of", "empty list"),
    (with_rule(when={"source": ["expo", "missing"]}), WHEN + "source", "stand alone"),
    (with_rule(when={"source": {"is": "x"}}), WHEN + "source.is", "unknown operator"),
    (with_rule(when={"source": {"contians": "x"}}), WHEN + "source.contians", '"contains"'),
    (with_rule(when={"source": {"at_least": 1}}), WHEN + "source.at_least", "does not fit"),
    (with_rule(when={"employees": {"contains": "x"}}), WHEN + "employees.contains", "does not fit"),
    (with_rule(when={"employees": "many"}), WHEN + "employees", "not a number"),
    (with_rule(when={"employees": {"at_least": -1}}), WHEN + "employees.at_least", "never negative"),
    (with_rule(when={"employees": {"at_least": float("inf")}}), WHEN + "employees.at_least", "finite"),
    (with_rule(when={"employees": {"between": [9, 1]}}), WHEN + "employees.between", "swap"),
    (with_rule(when={"email": True}), WHEN + "email", "quotes"),
    (with_rule(when={"do_not_contact": "yes"}), WHEN + "do_not_contact", "true or false"),
    (with_rule(when={"do_not_contact": "missing"}), WHEN + "do_not_contact", "does not fit"),
    (with_rule(when={"occurred_at": "2026-01-01"}), WHEN + "occurred_at", "does not fit"),
    (with_rule(when={"occurred_at": {"after": "9999-12-31"}}), WHEN + "occurred_at.after", "not a date"),
    (with_rule(when={"occurred_at": {"after": "yesterday"}}), WHEN + "occurred_at.after", "not a date"),
    (with_rule(when={"occurred_at": {"within_last": "soon"}}), WHEN + "occurred_at.within_last", "duration"),
    (with_rule(when={"now": {"hour": "09:00-18:00"}}), WHEN + "now.hour", "timezone"),
    (with_rule(when={"now": {"weekday": "mon", "timezone": "Shanghai"}}), WHEN + "now.timezone", "IANA"),
    (with_rule(when={"now": {"weekday": ["mon", "montag"], "timezone": "UTC"}}), WHEN + "now.weekday[1]", "weekday"),
    (with_rule(when={"now": {"hour": "25:00-26:00", "timezone": "UTC"}}), WHEN + "now.hour", "not an hour"),
    (with_rule(when={"now": {"hour": {"at_least": 18, "below": 9}, "timezone": "UTC"}}), WHEN + "now.hour", "no hour"),
    (with_rule(when={"now": {"within_last": "1h"}}), WHEN + "now.within_last", "makes no sense"),
    (with_rule(when={"region": "Chinna"}), WHEN + "region", "not a region"),
    (with_rule(when={"region": "east-chin"}), WHEN + "region", 'did you mean "east-china"?'),
    (with_rule(when={"region": ["CN", "UK"]}), WHEN + "region[1]", "not a region"),
    (with_rule(when={"industry": "manufactoring"}), WHEN + "industry", 'did you mean "manufacturing"?'),
    (with_rule(when={"country": "China"}), WHEN + "country", "two letters"),
    (with_rule(when={"customer": "exiting"}), WHEN + "customer", '"existing"'),
    (with_rule(when={"tier": "D"}), WHEN + "tier", "not a tier"),
    (with_rule(when={"any": []}), WHEN + "any", "empty any"),
    (with_rule(when={"all": []}), WHEN + "all", "empty all"),
    (with_rule(when={"not": {}}), WHEN + "not", "never holds"),
    (with_rule(when={"any": {"tier": "A"}}), WHEN + "any", "a list"),
    (with_rule(when={"any": [{"tier": "A"}, {"teir": "B"}]}), WHEN + "any[1].teir", '"tier"'),
    # what can never hold
    (with_rule(when={"employees": {"at_least": 10, "at_most": 5}}), "rules[0].when", "can never hold"),
    (with_rule(when={"employees": {"above": 10, "below": 10}}), "rules[0].when", "can never hold"),
    (with_rule(when={"tier": "A", "all": [{"tier": "B"}]}), "rules[0].when", "can never hold"),
    (with_rule(when={"source": {"equals": "expo", "not": "expo"}}), "rules[0].when", "can never hold"),
    (with_rule(when={"source": {"missing": True, "equals": "expo"}}), "rules[0].when", "can never hold"),
    (
        with_rule(when={"any": [{"employees": {"at_least": 3, "below": 2}}, {"tier": "A"}]}),
        "rules[0].when.any[0]",
        "can never hold",
    ),
]


@pytest.mark.parametrize(("document", "where", "what"), REFUSED, ids=lambda value: str(value)[-70:])
def test_what_is_wrong_is_refused_with_its_place_and_what_to_do(
    document: dict[str, Any], where: str, what: str
) -> None:
    errors = errors_of(document)
    assert [place for place, _ in errors] == [where], errors
    assert what in errors[0][1]


def test_all_errors_are_told_at_once() -> None:
    document = sketch()
    document["colour"] = "red"
    document["scoring"][0]["field"] = "intnet"
    document["tiers"][1]["when"]["score"] = {"at_lest": 7}
    document["rules"][1]["assign"]["team"] = "key-acounts"
    document["rules"][4]["when"] = {"tier": "Z"}
    document["rules"].append(copy.deepcopy(document["rules"][6]))
    assert {where for where, _ in errors_of(document)} == {
        "colour",
        "scoring[0].field",
        "tiers[1].when.score.at_lest",
        "rules[1].assign.team",
        "rules[4].when.tier",
        "rules[7].name",
    }


def test_two_rules_of_one_name_need_an_id() -> None:
    document = sketch()
    document["rules"].insert(1, {"name": "Region", "assign": {"team": "field"}})
    ((where, message),) = errors_of(document)
    assert where == "rules[3].name"
    assert "rules[1]" in message
    document["rules"][1]["id"] = "region-first"
    assert errors_of(document) == []


def nested(depth: int) -> object:
    condition: object = {"tier": "A"}
    for _ in range(depth):
        condition = {"not": condition}
    return condition


def test_documents_without_bounds_are_refused_quickly() -> None:
    ((where, message),) = errors_of(with_rule(when=nested(10_000)))
    assert where.startswith("rules[0].when.not.not")
    assert "deep" in message
    assert errors_of(with_rule(when=nested(20))) == []

    bomb: Any = ["lol"]
    for _ in range(30):
        bomb = [bomb] * 10
    assert "values" in errors_of({"rules": bomb})[0][1] or "deep" in errors_of({"rules": bomb})[0][1]
    wide: Any = ["lol"]
    for _ in range(12):
        wide = [wide] * 10
    assert "200,000 values" in errors_of({"rules": wide})[0][1]

    itself: dict[str, Any] = {"rules": []}
    itself["rules"].append(itself)
    assert "deep" in errors_of(itself)[0][1]

    assert "20,001 rules" in errors_of({"rules": [None] * 20_001})[0][1]
    many = errors_of({"rules": [{"name": "x", "assign": {"team": f"t{index}"}} for index in range(5000)]})
    assert len(many) == 201
    assert "more than 200 errors" in many[-1][1]


@pytest.mark.parametrize("text", ["nul\x00", "half \ud800", "x" * 20_000])
def test_text_that_cannot_be_stored_is_refused(text: str) -> None:
    assert [where for where, _ in errors_of(with_rule(description=text))] == ["rules[0].description"]
    assert errors_of({"rules": [], text: 1}) != []


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["A", "owner"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_nothing_that_stands_anywhere_in_a_document_makes_it_fail_without_an_answer(data: st.DataObject) -> None:
    document: Any = sketch()
    spot: Any = document
    while True:
        keys: list[Any] = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(spot[key], dict | list) or not spot[key] or data.draw(st.booleans()):
            break
        spot = spot[key]
    spot[key] = data.draw(JUNK)
    compiled = compile_policy(document, roster=ROSTER)
    assert (compiled.policy is None) == bool(compiled.errors)
    for problem in compiled.errors:
        assert problem.message


def test_an_integer_that_no_float_holds_is_refused_like_any_other_number() -> None:
    for document in (
        with_rule(when={"budget": {"at_least": 10**400}}),
        sketch() | {"rates": {"EUR": 10**400}},
        sketch() | {"scoring": [{"name": "x", "when": {}, "points": -(10**400)}]},
    ):
        assert any("finite" in message for _, message in errors_of(document))
