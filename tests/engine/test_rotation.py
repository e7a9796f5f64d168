"""Whose turn is it, and what does it cost? Picks, the books of a rotation, and what edits leave of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.engine.roster import RepId
from app.engine.rotation import DEBT_LIMIT, UNIT, Turn, give_back, manual_turn, pick, retire, shares, take

WEIGHT = st.integers(1, 1_000_000)
"""In thousandths: 0.001 to 1000."""
NAMES = tuple(RepId(f"rep-{n:02}") for n in range(12))


def slow_pick(
    credits: Mapping[RepId, int], competitors: Sequence[RepId], weights: Sequence[int], able: frozenset[RepId]
) -> RepId:
    """The rule as it is written, in fractions of a lead."""
    credit = {rep: Fraction(credits.get(rep, 0), UNIT) for rep in competitors}
    weight = dict(zip(competitors, weights, strict=True))
    parts = dict(zip(competitors, (Fraction(part, UNIT) for part in shares(weights, len(weights))), strict=True))
    could = [rep for rep in competitors if rep in able]
    most = min(could, key=lambda rep: (-(credit[rep] + parts[rep]), rep))
    if credit[most] + parts[most] >= 1:
        return most
    due = [rep for rep in could if credit[rep] >= 0 or rep == most]
    return min(due, key=lambda rep: ((1 - credit[rep]) / weight[rep], rep))


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[RepId, int], tuple[RepId, ...], tuple[int, ...], frozenset[RepId]]:
    count = draw(st.integers(1, len(NAMES)))
    competitors = NAMES[:count]
    near = st.sampled_from([0, 1, -1, UNIT // 2, UNIT // 3, UNIT - 1, -UNIT + 1, -UNIT // 7])
    credits = draw(st.lists(near | st.integers(-2 * UNIT, 2 * UNIT), min_size=count, max_size=count))
    weights = draw(st.lists(WEIGHT | st.sampled_from([1000, 2000]), min_size=count, max_size=count))
    able = draw(st.sets(st.sampled_from(competitors), min_size=1))
    return dict(zip(competitors, credits, strict=True)), competitors, tuple(weights), frozenset(able)


@given(situations())
def test_picking_is_what_the_slow_rule_says(
    situation: tuple[dict[RepId, int], tuple[RepId, ...], tuple[int, ...], frozenset[RepId]],
) -> None:
    credits, competitors, weights, able = situation
    assert pick(credits, competitors, weights, able) == slow_pick(credits, competitors, weights, able)
    everybody = frozenset(competitors)
    assert pick(credits, competitors, weights) == slow_pick(credits, competitors, weights, everybody)


@given(situations())
def test_equal_weights_need_no_other_rule(
    situation: tuple[dict[RepId, int], tuple[RepId, ...], tuple[int, ...], frozenset[RepId]],
) -> None:
    credits, competitors, _, able = situation
    picked = pick(credits, competitors, None, able)
    assert credits[picked] == max(credits[rep] for rep in able)
    assert picked == min(rep for rep in able if credits[rep] == credits[picked])


@given(st.lists(WEIGHT, min_size=1, max_size=40), st.integers(1, 3 * UNIT))
def test_shares_add_up_to_what_is_shared_and_are_exact_to_one_unit(weights: list[int], amount: int) -> None:
    parts = shares(weights, len(weights), amount)
    assert sum(parts) == amount
    assert all(
        abs(part - Fraction(amount * weight, sum(weights))) <= 1 for part, weight in zip(parts, weights, strict=True)
    )


@given(st.integers(1, 5000), st.integers(1, 3 * UNIT))
def test_equal_shares_differ_by_one_unit_at_most(count: int, amount: int) -> None:
    parts = shares(None, count, amount)
    assert sum(parts) == amount
    assert max(parts) - min(parts) <= 1


@given(situations())
def test_a_turn_given_back_leaves_the_books_as_if_it_had_never_been(
    situation: tuple[dict[RepId, int], tuple[RepId, ...], tuple[int, ...], frozenset[RepId]],
) -> None:
    credits, competitors, weights, _ = situation
    before = dict(credits)
    turn = Turn("team:a", competitors, weights, pick(credits, competitors, weights))
    take(credits, turn)
    assert sum(credits.values()) == sum(before.values())
    give_back(credits, turn)
    assert credits == before


def test_a_turn_given_back_after_someone_has_left_is_shared_by_those_who_stayed() -> None:
    a, b, c = NAMES[:3]
    credits: dict[RepId, int] = {}
    turn = Turn("team:a", (a, b, c), None, a)
    take(credits, turn)
    retire(credits, c, {a: 1, b: 1})
    give_back(credits, turn)
    assert credits == {a: UNIT // 6 - UNIT // 6, b: 0}


def test_a_turn_of_someone_who_has_left_is_not_given_back() -> None:
    a, b = NAMES[:2]
    credits: dict[RepId, int] = {}
    turn = Turn("team:a", (a, b), None, a)
    take(credits, turn)
    retire(credits, a, {b: 1})
    give_back(credits, turn)
    assert credits == {b: 0}


@given(situations(), st.data())
def test_who_leaves_for_good_leaves_their_credit_to_the_others_by_weight(
    situation: tuple[dict[RepId, int], tuple[RepId, ...], tuple[int, ...], frozenset[RepId]], data: st.DataObject
) -> None:
    credits, competitors, weights, _ = situation
    rest = sum(credits.values())
    credits[competitors[0]] -= rest  # books always add up to zero
    gone = data.draw(st.sampled_from(competitors))
    owed, before = credits[gone], dict(credits)
    by_weight = {rep: weight for rep, weight in zip(competitors, weights, strict=True) if rep != gone}
    retire(credits, gone, by_weight)
    assert gone not in credits
    assert sum(credits.values()) == 0
    for rep, weight in by_weight.items():
        assert abs(credits[rep] - before[rep] - Fraction(owed * weight, sum(by_weight.values()))) <= 1


def test_credit_falls_to_all_who_are_left_where_nobody_has_a_weight() -> None:
    a, b, c = NAMES[:3]
    credits = {a: 2 * UNIT, b: -UNIT, c: -UNIT}
    retire(credits, a, {b: 0})
    assert credits == {b: 0, c: 0}


def test_a_newcomer_starts_with_nothing_owed_on_either_side() -> None:
    a, b, c = NAMES[:3]
    credits = {a: UNIT // 2, b: -UNIT // 2}
    take(credits, Turn("team:a", (a, b, c), None, pick(credits, (a, b, c), None)))
    assert credits[c] == UNIT // 3


def test_another_weight_leaves_the_credit_as_it_is() -> None:
    a, b = NAMES[:2]
    credits: dict[RepId, int] = {}
    for _ in range(5):
        take(credits, Turn("team:a", (a, b), (3, 1), pick(credits, (a, b), (3, 1))))
    before = dict(credits)
    picked = pick(credits, (a, b), (1, 3))
    take(credits, Turn("team:a", (a, b), (1, 3), picked))
    gained = {rep: credits[rep] - before[rep] + (UNIT if rep == picked else 0) for rep in (a, b)}
    assert gained == {a: UNIT // 4, b: 3 * UNIT // 4}


@given(situations(), st.integers(1, 30))
def test_leads_given_by_hand_never_put_a_rep_more_than_three_leads_ahead(
    situation: tuple[dict[RepId, int], tuple[RepId, ...], tuple[int, ...], frozenset[RepId]], burst: int
) -> None:
    _, competitors, weights, able = situation
    credits: dict[RepId, int] = {}
    favourite = min(able)
    for _ in range(burst):
        turn = manual_turn(credits, "team:a", competitors, weights, favourite)
        if turn is not None:
            take(credits, turn)
        assert credits.get(favourite, 0) >= -DEBT_LIMIT
        assert sum(credits.values()) == 0


def test_a_lead_given_by_hand_costs_a_turn_until_the_limit_and_nothing_beyond() -> None:
    a, b = NAMES[:2]
    credits: dict[RepId, int] = {}
    amounts = []
    for _ in range(9):
        turn = manual_turn(credits, "team:a", (a, b), None, a)
        amounts.append(0 if turn is None else turn.amount / UNIT)
        if turn is not None:
            take(credits, turn)
    assert amounts[:5] == [1, 1, 1, 1, 1]
    assert credits[a] > -DEBT_LIMIT
    assert credits[a] < -DEBT_LIMIT + UNIT / 10
    assert amounts[-1] < 0.1


@pytest.mark.parametrize("weights", [(0,), (0, 0)])
def test_a_lead_can_be_given_by_hand_to_someone_whose_weight_is_zero(weights: tuple[int, ...]) -> None:
    members = NAMES[: len(weights)]
    credits: dict[RepId, int] = {}
    turn = manual_turn(credits, "team:a", members, weights, members[0])
    assert turn is not None
    take(credits, turn)
    assert sum(credits.values()) == 0


@given(st.lists(WEIGHT, min_size=2, max_size=8), st.integers(1, 300))
@example([1, 1_000_000], 300)
@example([1_256_00, 2, 38, 2, 9, 100_080, 4_347, 29], 300)
def test_the_books_always_add_up_to_zero(weights: list[int], leads: int) -> None:
    members = NAMES[: len(weights)]
    credits: dict[RepId, int] = {}
    for _ in range(leads):
        take(credits, Turn("team:a", members, tuple(weights), pick(credits, members, weights)))
        assert sum(credits.values()) == 0
