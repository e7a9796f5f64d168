"""Which rules may apply to a lead? The index must find what a scan finds."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.conditions import ALWAYS, Condition
from app.engine.fields import Stage
from app.engine.masks import positions
from app.engine.operands import Vocabulary
from app.engine.policy_conditions import read_condition
from app.engine.policy_reader import Reader
from app.engine.rule_index import RuleIndex
from app.engine.trees import Industry, IndustryTree, RegionTree, Territory

WORDS = Vocabulary(
    regions=RegionTree([Territory("east", "East", ("CN-SH", "CN-JS")), Territory("apac", "APAC", ("CN", "JP"))]),
    industries=IndustryTree([Industry("it", "IT"), Industry("saas", "SaaS", "it")]),
    tiers=("A", "B"),
)


def compiled(document: object) -> Condition | None:
    reader = Reader()
    condition = read_condition(reader, document, "when", WORDS, Stage.TIER)
    return None if reader.errors else condition


TEXTS = st.sampled_from(["expo", "web", "Referral"])
PLACES = st.sampled_from(["CN", "CN-SH", "east", "apac", "world", "JP", "CN-JS.suzhou"])
NUMBERS = st.integers(0, 4)
PRESENCE = st.sampled_from(["missing", "present"])


def asked_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    lists = st.lists(values, min_size=1, max_size=2)
    return st.one_of(
        values, lists, PRESENCE, st.fixed_dictionaries({"not": values}), st.fixed_dictionaries({"none_of": lists})
    )


NUMBER_TESTS = st.one_of(
    NUMBERS,
    PRESENCE,
    st.lists(NUMBERS, min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(["at_least", "above", "at_most", "below"]), NUMBERS, min_size=1, max_size=2),
    st.fixed_dictionaries({"not": NUMBERS}),
)
FIELD_TESTS: dict[str, st.SearchStrategy[Any]] = {
    "source": asked_of(TEXTS),
    "campaign": st.one_of(asked_of(TEXTS), st.fixed_dictionaries({"starts_with": st.just("e")})),
    "region": asked_of(PLACES),
    "industry": asked_of(st.sampled_from(["it", "saas"])),
    "tier": asked_of(st.sampled_from(["A", "B"])),
    "employees": NUMBER_TESTS,
    "score": NUMBER_TESTS,
    "history.person_leads": NUMBER_TESTS,
    "possible_duplicate": st.booleans(),
    "attributes.x": asked_of(TEXTS),
}
SIMPLE = st.fixed_dictionaries({}, optional=FIELD_TESTS)
DOCUMENTS = st.one_of(
    SIMPLE,
    st.builds(lambda parts, rest: {**rest, "all": parts}, st.lists(SIMPLE, min_size=1, max_size=2), SIMPLE),
    st.builds(lambda parts, rest: {**rest, "any": parts}, st.lists(SIMPLE, min_size=1, max_size=2), SIMPLE),
    st.builds(lambda part, rest: {**rest, "not": part}, SIMPLE, SIMPLE),
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "source": st.sampled_from(["expo", "WEB", "referral", "other"]),
        "campaign": st.sampled_from(["expo", "else", "web"]),
        "region": st.sampled_from(["CN-SH", "CN-JS.suzhou", "CN-BJ", "JP", "DE", "apac"]).map(WORDS.regions.path),
        "industry": st.sampled_from(["it", "saas"]).map(WORDS.industries.path),
        "tier": st.sampled_from(["A", "B"]),
        "employees": st.integers(-1, 5) | st.sampled_from([0.5, 1.5, 3.5]),
        "score": st.integers(-1, 5) | st.sampled_from([0.5, 2.5]),
        "attributes": st.fixed_dictionaries({"x": st.sampled_from(["expo", "other"])}),
    },
)
LATE = st.fixed_dictionaries({}, optional={"history.person_leads": NUMBERS, "possible_duplicate": st.booleans()})


@settings(max_examples=400, deadline=None)
@given(st.lists(DOCUMENTS, max_size=14), FACTS, LATE)
def test_the_index_finds_exactly_the_rules_that_a_scan_finds(
    documents: list[object], facts: dict[str, Any], late: dict[str, Any]
) -> None:
    conditions = [condition for condition in map(compiled, documents) if condition is not None]
    index = RuleIndex(conditions)
    mask = index.mask(facts)
    # What is learned under the lane's lock does not make an earlier mask wrong.
    known = {**facts, **late}
    assert list(index.matching(mask, known)) == [
        position for position, condition in enumerate(conditions) if condition.holds(known)
    ]


def test_a_condition_that_the_index_decides_is_not_asked_again() -> None:
    documents: list[object] = [
        {"source": ["expo", "web"], "region": "CN", "employees": {"at_least": 10, "below": 20}},
        {"source": "expo", "campaign": {"starts_with": "e"}},
        {"tier": "A", "phone": "missing", "email": {"not": "x"}},
        {"any": [{"source": "expo"}, {"tier": "A"}]},
        {},
    ]
    conditions = [condition for condition in map(compiled, documents) if condition is not None]
    residual = RuleIndex(conditions).residual
    assert [rest is ALWAYS for rest in residual] == [True, False, True, False, True]
    assert residual[1].reads == {"campaign"}


def test_rules_that_cannot_apply_are_not_even_looked_at() -> None:
    documents = [{"region": code, "employees": {"at_least": size}} for code in ("CN", "JP", "DE") for size in (1, 50)]
    index = RuleIndex([condition for condition in map(compiled, documents) if condition is not None])
    assert list(positions(index.mask({"region": ("CN-SH", "CN", "world"), "employees": 49}))) == [0]
    assert list(positions(index.mask({"region": ("JP", "world"), "employees": 50}))) == [2, 3]
    assert list(positions(index.mask({"employees": 50}))) == []


def test_more_thresholds_than_pay_are_left_to_the_rules_themselves() -> None:
    documents = [{"employees": {"at_least": size}} for size in range(1000)]
    conditions = [condition for condition in map(compiled, documents) if condition is not None]
    index = RuleIndex(conditions)
    facts = {"employees": 700}
    assert list(index.matching(index.mask(facts), facts)) == list(range(701))


@given(st.sets(st.integers(0, 3000), max_size=40))
def test_positions_are_those_of_the_bits_that_are_set(bits: set[int]) -> None:
    assert list(positions(sum(1 << bit for bit in bits))) == sorted(bits)
