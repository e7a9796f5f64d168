"""What is kept of many competitors, how far is far, and when may somebody have become able?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.chain import prepare, route
from app.engine.lead import Lead
from app.engine.policy import Policy, Strategy
from app.engine.policy_document import compile_policy
from app.engine.roster import Roster
from app.engine.roster_document import read_roster
from app.engine.strategies import RANKED_AT_MOST, Pick, great_circle_km
from tests.engine import scene

STRATEGIES = [strategy for strategy in Strategy if strategy is not Strategy.CLAIM]


def policy(by: Strategy) -> Policy:
    compiled = compile_policy({"rules": [{"name": "all", "assign": {"team": "all", "by": by}}]})
    assert compiled.policy is not None, compiled.errors
    return compiled.policy


def people(count: int, **rep: Any) -> Roster:
    reps = {f"rep-{n:04}": {"name": "Rep", "latitude": n / 100, "longitude": 0, **rep} for n in range(count)}
    members = [{"rep": rep, "weight": 1 + n % 3} for n, rep in enumerate(reps)]
    read = read_roster({"reps": reps, "teams": {"all": {"name": "All", "members": members}}})
    assert read.value is not None, read.errors
    return Roster(read.value.reps, read.value.teams)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_of_very_many_competitors_the_picked_and_the_best_are_kept_in_order_of_id(strategy: Strategy) -> None:
    world, prepared = scene.world(people(250)), prepare(Lead(latitude=1.8, longitude=0.0), policy(strategy))
    for number in range(1, 30):
        routed = route(prepared, world, world.now)
        world.apply(routed.effects, number)
        (step,) = routed.decision.steps
        assert routed.decision.rep is not None
        assert step.ranked_count == 250
        assert len(step.ranked) == RANKED_AT_MOST
        assert list(step.ranked) == sorted(step.ranked)
        assert routed.decision.rep.id in dict(step.ranked)


def test_the_best_are_those_that_the_strategy_ranks_first() -> None:
    ranked = tuple((f"rep-{n:04}", n) for n in range(300))
    low = {rep for rep, _ in Pick(ranked[0][0], ranked).best_ranked(Strategy.LEAST_LOADED)}
    high = {rep for rep, _ in Pick(ranked[-1][0], ranked).best_ranked(Strategy.ROUND_ROBIN)}
    assert low == {rep for rep, _ in ranked[:100]}
    assert high == {rep for rep, _ in ranked[-100:]}


def test_great_circles_are_as_long_as_they_are() -> None:
    shanghai, beijing, sydney = (31.2304, 121.4737), (39.9042, 116.4074), (-33.8688, 151.2093)
    assert great_circle_km(*shanghai, *beijing) == pytest.approx(1067, abs=2)
    assert great_circle_km(*shanghai, *sydney) == pytest.approx(7880, abs=20)
    assert great_circle_km(0, 179.9, 0, -179.9) == pytest.approx(22.24, abs=0.01)
    assert great_circle_km(90, 0, -90, 0) == pytest.approx(20015, abs=1)


PLACE = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(PLACE, PLACE)
def test_the_way_there_is_as_long_as_the_way_back(one: tuple[float, float], other: tuple[float, float]) -> None:
    there = great_circle_km(*one, *other)
    assert there == pytest.approx(great_circle_km(*other, *one), abs=1e-6)
    assert 0 <= there <= 20016
    assert great_circle_km(*one, *one) == 0


def test_a_lead_names_its_own_place_or_its_city_does() -> None:
    world, near = scene.world(people(3)), policy(Strategy.NEAREST)

    def nearest(lead: Lead) -> str | None:
        rep = route(prepare(lead, near), world, world.now).decision.rep
        return None if rep is None else rep.id

    assert nearest(Lead(coordinates=(0.02, 0.0))) == "rep-0002"
    assert nearest(Lead(coordinates=(0.02, 0.0), latitude=0.0, longitude=0.0)) == "rep-0000"
    assert nearest(Lead(coordinates=(0.02, 0.0), latitude=0.0)) == "rep-0002"
    assert nearest(Lead()) is None


@pytest.mark.parametrize("state", [{"hours": {"mon-fri": ["09:00-18:00"]}}, {"hours": None}])
def test_the_end_of_a_leave_shows_in_what_decides_who_is_able(state: dict[str, Any]) -> None:
    """Also where the rep is off shift then: a rule may overlook that, and never overlooks leave."""
    leave = [{"from": "2026-03-02T00:00:00Z", "to": "2026-03-02T12:00:00Z"}]
    world = scene.world(people(1, time_off=leave, timezone="Asia/Shanghai", **state))
    before = world.abilities()
    world.advance(world.now + timedelta(hours=1))
    assert world.abilities() == before
    world.advance(world.now + timedelta(hours=12))
    assert world.abilities() != before
