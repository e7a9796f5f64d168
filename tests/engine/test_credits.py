"""Whatever turns a crowd takes, everybody is owed to the unit what turn by turn bookkeeping would owe them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import rotation
from app.engine.chain import prepare, route
from app.engine.credits import Credits
from app.engine.decision import Effects
from app.engine.lead import Lead
from app.engine.policy_document import compile_policy
from app.engine.roster import RepId, Roster
from app.engine.roster_document import read_roster
from app.engine.rotation import UNIT, AnyTurn, Crowd, CrowdTurn, Turn, give_back, manual_turn, pick, retire, take
from app.engine.world import World
from tests.engine import scene

REPS = tuple(RepId(f"rep-{n:02}") for n in range(18))
"""More than 16, among whom a lead divides without remainder."""


@dataclass
class Books:
    """The same turns booked in both ways."""

    chance: Random
    credits: Credits = field(default_factory=Credits)
    plain: dict[RepId, int] = field(default_factory=dict)
    left: set[RepId] = field(default_factory=set)
    turns: list[AnyTurn] = field(default_factory=list)

    def some(self, least: int = 1) -> tuple[RepId, ...]:
        there = [rep for rep in REPS if rep not in self.left]
        return tuple(sorted(self.chance.sample(there, self.chance.randint(min(least, len(there)), len(there)))))

    def take(self, turn: AnyTurn | None) -> None:
        if turn is not None:
            self.credits.take(turn)
            take(self.plain, turn)
            self.turns.append(turn)

    def crowd(self, members: tuple[RepId, ...]) -> None:
        crowd = Crowd(members)
        able = frozenset(self.chance.sample(members, self.chance.randint(1, len(members))))
        of_all, of_able = (self.credits.owed_most(crowd, 5, who) for who in (None, able.__contains__))
        owed = sorted((-self.plain.get(rep, 0), rep) for rep in members)
        assert of_all == owed[:5]
        assert of_able == [one for one in owed if one[1] in able][:5]
        assert of_all[0][1] == pick(self.plain, members, None)
        assert of_able[0][1] == pick(self.plain, members, None, able)
        self.take(CrowdTurn("team:a", crowd, self.chance.choice([of_all, of_able])[0][1]))

    def few(self) -> None:
        members, weights = self.some(), None
        if self.chance.random() < 0.5:
            weights = tuple(self.chance.choice([1, 7, 1000]) for _ in members)
        self.take(Turn("team:a", members, weights, pick(self.credits.of(members), members, weights)))

    def by_hand(self) -> None:
        members = self.some(2)
        competitors = Crowd(members) if self.chance.random() < 0.7 else members
        self.take(manual_turn(self.credits, "team:a", competitors, None, members[0]))

    def back(self) -> None:
        if self.turns:
            turn = self.turns.pop(self.chance.randrange(len(self.turns)))
            self.credits.give_back(turn)
            give_back(self.plain, turn)

    def leave(self) -> None:
        rep = self.chance.choice(REPS)
        if len(self.left) < len(REPS) - 3:
            self.left.add(rep)
            self.credits.settle()
            retire(self.credits.plain, rep, dict.fromkeys(REPS, 1))
            retire(self.plain, rep, dict.fromkeys(REPS, 1))

    def agree(self) -> None:
        assert self.credits.each() == self.plain
        assert dict(self.credits) == self.plain
        assert sum(self.plain.values()) == 0
        if self.credits.crowd is not None:
            assert self.credits.extreme() == max(abs(self.plain[rep]) for rep in self.credits.crowd.members)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_turns_of_crowds_come_to_what_they_come_to_one_by_one(seed: int) -> None:
    chance = Random(seed)
    books = Books(chance)
    team = books.some(4)
    for _ in range(chance.randint(5, 120)):
        if chance.random() < 0.1:
            team = books.some(4)
        do = chance.choices([books.few, books.by_hand, books.back, books.leave, None], [8, 8, 12, 1, 60])[0]
        if do is None:
            books.crowd(team)
        else:
            do()
        team = tuple(rep for rep in team if rep not in books.left) or books.some()
        if chance.random() < 0.2:
            kept, books.credits = books.credits, books.credits.copy()
            before = dict(kept)
            books.crowd(team)
            assert dict(kept) == before
        if chance.random() < 0.1:
            # As it is read from the tables.
            books.credits = Credits(books.credits.plain, books.credits.crowd, books.credits.turns)
        books.agree()


def test_a_turn_of_a_crowd_touches_nobody_but_the_one_who_was_picked() -> None:
    crowd, credits = Crowd(tuple(RepId(f"rep-{n:05}") for n in range(10_000))), Credits()
    for number in range(3):
        ((_, rep),) = credits.owed_most(crowd, 1)
        assert credits.take(CrowdTurn("team:a", crowd, rep)) == (rep,)
        assert rep == crowd.members[number]
    assert credits.plain == dict.fromkeys(crowd.members[:3], -UNIT)
    assert credits.give_back(CrowdTurn("team:a", crowd, crowd.members[1])) == (crowd.members[1],)
    assert credits[crowd.members[1]] == credits[crowd.members[9999]] == 2 * UNIT // 10_000


def test_the_name_of_a_crowd_tells_who_is_in_it_and_is_all_that_is_written_of_it() -> None:
    crowd = Crowd(REPS)
    turn = CrowdTurn("team:a", crowd, REPS[3])
    document = orjson.loads(orjson.dumps(turn))
    assert document == {"rotation": "team:a", "crowd": str(crowd), "picked": REPS[3], "amount": UNIT}
    assert rotation.turn_from(document, {str(crowd): crowd}) == turn
    assert rotation.turn_from(document, {str(crowd): crowd}).competitors == REPS
    assert Crowd(REPS[1:]) != crowd
    assert deepcopy(crowd).members == crowd.members
    with pytest.raises(KeyError):
        rotation.turn_from(document, {})


def people(count: int, **weights: int) -> Roster:
    members = [{"rep": f"rep-{n:02}", "weight": weights.get(f"rep-{n:02}", 1)} for n in range(count)]
    document = {
        "reps": {f"rep-{n:02}": {"name": "Rep"} for n in range(count)},
        "teams": {"all": {"name": "All", "members": members}},
    }
    read = read_roster(document)
    assert read.value is not None, read.errors
    return Roster(read.value.reps, read.value.teams)


def lead_after_lead(people: Roster, catch_up: bool, chance: Random, above: int) -> tuple[list[Any], World]:
    """The picks and ranks of one life, in which reps are paused and come back, and leads are given back.

    And the furthest that anybody has been from their exact share.
    """
    rule = {"name": "all", "assign": {"team": "all"}, "catch_up": catch_up}
    policy = compile_policy({"rules": [rule]}).policy
    assert policy is not None
    told: list[Any] = []
    furthest = 0.0
    had: list[AnyTurn] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotation, "CROWD_ABOVE", above)
        world = scene.world(people)
        for number in range(1, 80):
            if chance.random() < 0.1:
                world.enrol(paused(people, chance), {})
            routed = route(prepare(Lead(), policy), world, world.now)
            world = world.fork() if chance.random() < 0.2 else world
            world.apply(scene.again(routed.effects), number)
            turn = routed.effects.turn
            assert turn is not None
            assert isinstance(turn, CrowdTurn) == (len(turn.competitors) > above)
            had.append(turn)
            told.append((turn.picked, turn.competitors, turn.weights, routed.decision.steps, furthest))
            furthest = max(furthest, world.largest_change())
            if chance.random() < 0.15:
                given = had.pop(chance.randrange(len(had)))
                world.apply(scene.again(Effects(lost=given.picked, returned=given)))
                furthest = max(furthest, world.largest_change())
            world.advance(world.now + timedelta(minutes=1))
            world.settled(0)
    return told, world


def paused(people: Roster, chance: Random) -> Roster:
    reps = {
        rep.id: replace(rep, status="paused" if chance.random() < 0.3 else "active") for rep in people.reps.values()
    }
    reps[RepId("rep-00")] = people.reps[RepId("rep-00")]
    return Roster(reps, people.teams)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.sampled_from([2, 5, 11]), st.sampled_from([{}, {"rep-03": 0}]))
def test_a_crowd_is_picked_from_and_told_of_as_any_others_are(
    seed: int, catch_up: bool, above: int, weights: dict[str, int]
) -> None:
    team = people(18, **weights)
    crowds, world = lead_after_lead(team, catch_up, Random(seed), above)
    each, other = lead_after_lead(team, catch_up, Random(seed), 1000)
    assert crowds == each
    assert scene.state(world) == scene.state(other)


def test_the_ranked_of_a_large_crowd_are_the_hundred_who_are_owed_most() -> None:
    count = 150
    document = {
        "reps": {f"rep-{n:03}": {"name": "Rep"} for n in range(count)},
        "teams": {"all": {"name": "All", "members": [f"rep-{n:03}" for n in range(count)]}},
    }
    read = read_roster(document)
    policy = compile_policy({"rules": [{"name": "all", "assign": {"team": "all"}}]}).policy
    assert read.value is not None
    assert policy is not None
    world = scene.world(Roster(read.value.reps, read.value.teams))
    for number in range(1, 70):
        routed = route(prepare(Lead(), policy), world, world.now)
        (step,) = routed.decision.steps
        credits = dict(world.loads.credits["team:all"]) if number > 1 else {}
        owed = sorted((-credits.get(rep, 0), rep) for rep in read.value.reps)[:100]
        assert step.ranked == tuple(sorted((rep, round(-owed / UNIT, 4)) for owed, rep in owed))
        assert step.ranked_count == count
        world.apply(routed.effects, number)
