"""What can be asked of a lead?"""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.facts import facts_of, plain_facts
from app.engine.lead import Lead, Money, Notice, Place
from app.engine.policy_document import compile_policy
from tests.engine import scene

POLICY = scene.policy()


def test_what_is_missing_is_absent() -> None:
    facts, notices = facts_of(Lead(), POLICY)
    assert facts == {}
    assert notices == ()


def test_of_the_leads_fields_those_are_facts_that_the_policy_reads() -> None:
    lead = Lead(title="Head", need="a pump", product="pumps", attributes={"colour": "red"})
    when = {"title": {"like": "*head*"}, "attributes.colour": "red"}
    assign = {"reps": {}, "by": "round_robin"}
    policy = compile_policy({"name": "heads", "rules": [{"name": "heads", "when": when, "assign": assign}]}).policy
    assert policy is not None
    asked = {"title": "Head", "attributes": {"colour": "red"}}
    assert facts_of(lead, policy)[0] == asked
    assert plain_facts(lead) == {**asked, "need": "a pump", "product": "pumps"}


@pytest.mark.parametrize(
    ("money", "worth"),
    [
        (Money(100, "CNY"), 100),
        (Money(100, None), 100),
        (Money(100, "USD"), 720.0),
        (Money(0.1, "USD"), 0.72),
        (Money(100, "EUR"), None),
        (Money(1.7e308, "USD"), None),
    ],
)
def test_money_is_told_in_the_policys_currency_or_not_at_all(money: Money, worth: float | None) -> None:
    facts, notices = facts_of(Lead(budget=money), POLICY)
    assert facts.get("budget") == worth
    assert [notice.field for notice in notices] == ([] if worth is not None else ["budget"])


@given(st.integers(0, 2**64 - 1) | st.floats(0, 1.7e308), st.sampled_from(["CNY", "USD", None]))
def test_whatever_money_is_worth_can_be_recorded(amount: float, currency: str | None) -> None:
    facts, _ = facts_of(Lead(budget=Money(amount, currency)), POLICY)
    if "budget" in facts:
        assert orjson.loads(orjson.dumps(facts["budget"])) == facts["budget"]


@pytest.mark.parametrize(
    ("lead", "region", "codes"),
    [
        (Lead(place=Place("CN", "CN-JS", "CN-JS.suzhou")), ("CN-JS.suzhou", "CN-JS", "east", "CN", "world"), []),
        (Lead(place=Place("CN", "CN-JS"), region="east"), ("CN-JS", "east", "CN", "world"), []),
        (Lead(place=Place("CN"), region="EAST"), ("east", "CN", "world"), []),
        (Lead(place=Place("CN", "CN-GD"), region="east"), ("east", "CN", "world"), []),
        (Lead(region="east"), ("east", "CN", "world"), []),
        (Lead(region="Atlantis"), None, ["unknown_region"]),
        (Lead(region="Atlantis", place=Place("CN")), ("CN", "world"), ["unknown_region"]),
        (Lead(region="江苏", place=Place("CN", "CN-JS")), ("CN-JS", "east", "CN", "world"), []),
        (Lead(city="苏洲", place=Place("CN")), ("CN", "world"), ["unknown_city"]),
        (Lead(city="火星市"), None, ["unknown_city"]),
        (Lead(city="苏洲", place=Place("CN"), region="east"), ("east", "CN", "world"), []),
        # No rule could ask where in the country it is.
        (Lead(city="Bad Ischl", place=Place("AT")), ("AT", "world"), []),
        (
            Lead(
                region="Atlantis", place=Place("CN", "CN-JS"), notices=(Notice("region", "region_from_phone", "CN-JS"),)
            ),
            ("CN-JS", "east", "CN", "world"),
            ["unknown_region"],
        ),
    ],
)
def test_a_region_is_the_narrowest_that_place_and_name_agree_on(
    lead: Lead, region: tuple[str, ...] | None, codes: list[str]
) -> None:
    facts, notices = facts_of(lead, POLICY)
    assert facts.get("region") == region
    assert [notice.code for notice in notices] == codes


def test_an_industry_that_the_policy_does_not_know_is_named_and_left_out() -> None:
    assert facts_of(Lead(industry="saas"), POLICY)[0]["industry"] == ("saas", "it")
    facts, notices = facts_of(Lead(industry="x" * 500), POLICY)
    assert "industry" not in facts
    assert notices == (Notice("industry", "unknown_industry", "x" * 120),)
