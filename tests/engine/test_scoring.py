"""What is a lead worth?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.conditions import ALWAYS
from app.engine.decision import Contribution
from app.engine.policy import Criterion, Limits
from app.engine.policy_document import compile_policy
from app.engine.policy_findings import score_bounds
from app.engine.scoring import score, scoring_of, screened_by, tier_of


def policy(**parts: Any) -> Any:
    compiled = compile_policy({"rules": [], **parts})
    assert compiled.errors == []
    return compiled.policy


SCORING = {
    "minimum": -5,
    "maximum": 12,
    "groups": {"intent": {"maximum": 8}, "fit": {"minimum": -2}},
    "criteria": [
        {"name": "intent", "group": "intent", "field": "intent", "points": {"high": 5, "low": 1}},
        {"name": "urgency", "group": "intent", "field": "urgency", "points": {"high": 5, "low": 1}},
        {
            "name": "budget",
            "field": "budget",
            "bands": [{"at_least": 1, "points": 1}, {"at_least": 100, "points": 3.5}],
        },
        {"name": "free mail", "group": "fit", "when": {"email": {"ends_with": "@example.com"}}, "points": -3},
        {"name": "happy", "field": "satisfaction", "points": {"5": 2, "4": 1}},
        {"name": "size", "field": "attributes.seats", "bands": [{"at_least": 10, "points": 0.1}]},
        {"name": "tags", "field": "attributes.tags", "points": {"vip": 4, "warm": 1}},
        {"name": "place", "field": "region", "points": {"CN": 1, "CN-SH": 2}},
        {"name": "flag", "field": "do_not_contact", "points": {"true": -1}},
    ],
}


@pytest.mark.parametrize(
    ("facts", "total", "contributions"),
    [
        ({}, 0, []),
        ({"intent": "HIGH"}, 5, [("intent", 5, "HIGH", "intent")]),
        ({"intent": "maybe"}, 0, []),
        (
            {"intent": "high", "urgency": "high"},
            8,
            [("intent", 5, "high", "intent"), ("urgency", 5, "high", "intent"), ("maximum", -2, 8, "intent")],
        ),
        ({"budget": 99.5}, 1, [("budget", 1, 99.5, None)]),
        ({"budget": 100}, 3.5, [("budget", 3.5, 100, None)]),
        ({"budget": 0}, 0, []),
        ({"email": "a@EXAMPLE.com"}, -2, [("free mail", -3, None, "fit"), ("minimum", 1, -2, "fit")]),
        ({"satisfaction": 5.0}, 2, [("happy", 2, 5.0, None)]),
        ({"satisfaction": "4"}, 1, [("happy", 1, "4", None)]),
        ({"attributes": {"seats": "1,000"}}, 0.1, [("size", 0.1, "1,000", None)]),
        ({"attributes": {"tags": ["Warm", "VIP"]}}, 4, [("tags", 4, ["Warm", "VIP"], None)]),
        ({"region": ("CN-SH.shanghai", "CN-SH", "CN", "world")}, 2, [("place", 2, "CN-SH.shanghai", None)]),
        (
            {"intent": "high", "budget": 100, "attributes": {"tags": ["vip"]}},
            12,
            [
                ("intent", 5, "high", "intent"),
                ("budget", 3.5, 100, None),
                ("tags", 4, ["vip"], None),
                ("maximum", -0.5, 12, None),
            ],
        ),
    ],
)
def test_a_score_is_the_sum_of_named_contributions_within_its_limits(
    facts: dict[str, object], total: float, contributions: list[tuple[str, float, object, str | None]]
) -> None:
    result = score(policy(scoring=SCORING).scoring, facts)
    assert result.total == total
    assert result.contributions == tuple(Contribution(*one) for one in contributions)


def test_equal_numbers_and_flags_are_shown_as_they_were_written_whatever_came_before() -> None:
    criteria = [{"name": "c", "field": "attributes.x", "points": {"1": 2, "true": 3}}]
    scoring = policy(scoring=criteria).scoring
    for value, points in ((1, 2), (1.0, 2), (True, 3), ("1", 2), (1, 2), ("true", 3)):
        (given,) = score(scoring, {"attributes": {"x": value}}).contributions
        assert (given.points, given.value, type(given.value)) == (points, value, type(value))


POINTS = st.integers(-50_000, 50_000).map(lambda thousandths: thousandths / 1000)
LIMITS = st.tuples(st.none() | st.integers(-20, 0), st.none() | st.integers(0, 20)).map(lambda ends: Limits(*ends))


@given(st.lists(st.tuples(POINTS, st.sampled_from([None, "a", "b"])), max_size=12), LIMITS, LIMITS)
def test_contributions_sum_to_the_total_exactly_and_the_total_keeps_its_limits(
    given_points: list[tuple[float, str | None]], of_a: Limits, of_all: Limits
) -> None:
    criteria = tuple(
        Criterion(name=str(index), place="", when=ALWAYS, award=points, group=group)
        for index, (points, group) in enumerate(given_points)
    )
    scoring = scoring_of(criteria, {"a": of_a}, of_all)
    result = score(scoring, {})
    assert sum(round(one.points * 1000) for one in result.contributions) == round(result.total * 1000)
    assert isinstance(result.total, int) or result.total != int(result.total)
    assert of_all.minimum is None or result.total >= of_all.minimum
    assert of_all.maximum is None or result.total <= of_all.maximum
    least, most = score_bounds(scoring)
    assert least - 1e-9 <= result.total <= most + 1e-9


def test_tenths_add_up_to_whole_numbers() -> None:
    criteria = [{"name": f"c{index}", "when": {}, "points": 0.1} for index in range(10)]
    total = score(policy(scoring=criteria).scoring, {}).total
    assert (total, type(total)) == (1, int)


def test_the_first_tier_that_holds_is_the_leads_and_there_may_be_none() -> None:
    tiers = policy(
        tiers=[{"tier": "A", "when": {"score": {"at_least": 9}}}, {"tier": "B", "when": {"email": "present"}}]
    ).tiers
    assert tier_of(tiers, {"score": 9, "email": "x"}) == "A"
    assert tier_of(tiers, {"score": 8, "email": "x"}) == "B"
    assert tier_of(tiers, {"score": 8}) is None


def test_the_first_screen_that_holds_rejects() -> None:
    screens = policy(
        screening=[
            {"name": "nowhere to reach", "when": {"email": "missing", "phone": "missing"}},
            {"name": "spam", "when": {"need": {"contains": "casino"}}},
        ]
    ).screening
    screen = screened_by(screens, {"need": "CASINO"})
    assert screen is not None
    assert screen.name == "nowhere to reach"
    spam = screened_by(screens, {"need": "CASINO", "phone": "1"})
    assert spam is not None
    assert spam.name == "spam"
    assert screened_by(screens, {"phone": "1"}) is None


def test_a_contribution_says_what_for_and_never_whose() -> None:
    scoring = policy(
        scoring=[
            {"name": "boss", "field": "email", "points": {"boss@acme.example": 3}},
            {"name": "intent", "field": "intent", "points": {"high": 5}},
        ]
    ).scoring
    found = score(scoring, {"email": "boss@acme.example", "intent": "high"})
    assert [(one.name, one.points, one.value) for one in found.contributions] == [
        ("boss", 3, None),
        ("intent", 5, "high"),
    ]
