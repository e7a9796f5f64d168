"""Which of those who compete gets the lead? One function per strategy, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from heapq import nsmallest
from math import asin, cos, inf, radians, sin, sqrt
from typing import Final

from app.engine.candidates import Candidates
from app.engine.conditions import Facts
from app.engine.credits import Credits
from app.engine.immutable import immutable
from app.engine.lead import Number
from app.engine.masks import positions
from app.engine.policy import OneRep, OneTeam, Owner, Rule, Strategy
from app.engine.roster import RepId
from app.engine.rotation import AnyTurn, Crowd, CrowdTurn, Turn, in_leads, owed_most, pick
from app.engine.world import World

EARTH_RADIUS_KM: Final = 6371.0088
"""The mean radius of the Earth (IUGG), in kilometres."""

RANKED_AT_MOST: Final = 100
"""Competitors are recorded one by one up to this many; beyond it the ones ranked best, and a count."""


@immutable(frozen=True, slots=True)
class Pick:
    """Who was picked, and the number that each competitor was ranked by, in order of id.

    By turns that is their credit, in units. Of a crowd ``unranked`` are left out: none of them was owed more.
    """

    rep: RepId | None
    ranked: Sequence[tuple[RepId, Number | None]]
    turn: AnyTurn | None = None
    unranked: int = 0

    def best_ranked(self, strategy: Strategy) -> tuple[tuple[RepId, Number | None], ...]:
        """At most :data:`RANKED_AT_MOST` of ``ranked``: the picked one and the best of the others, in order of id."""
        best = self._best(strategy)
        if self.turn is None:
            return tuple(best)
        return tuple([(rep, None if owed is None else _in_leads(owed)) for rep, owed in best])

    def _best(self, strategy: Strategy) -> Sequence[tuple[RepId, Number | None]]:
        if len(self.ranked) <= RANKED_AT_MOST:
            return self.ranked

        def place(ranked: tuple[RepId, Number | None]) -> tuple[bool, float]:
            rep, number = ranked
            if number is None:
                number = 0 if strategy is Strategy.LONGEST_WAITING else inf
            return rep != self.rep, -number if strategy is Strategy.ROUND_ROBIN else number

        return sorted(nsmallest(RANKED_AT_MOST, self.ranked, place))


_in_leads = lru_cache(maxsize=16384)(in_leads)
"""The same, remembered: of shares there are few, and turn after turn they add up to the same."""

Choose = Callable[[Rule, Facts, Candidates, World], Pick]


def choose(rule: Rule, facts: Facts, found: Candidates, world: World) -> Pick:
    """Pick one of those who compete, as the rule's strategy has it; where a rule names one rep, that one."""
    if isinstance(rule.select, Owner | OneRep):
        (sole,) = _competing(found, world)
        return Pick(sole, ((sole, None),))
    return STRATEGIES[rule.by](rule, facts, found, world)


def _competing(found: Candidates, world: World) -> tuple[RepId, ...]:
    return world.roster.members(found.competing)


def _round_robin(rule: Rule, facts: Facts, found: Candidates, world: World) -> Pick:
    owed = world.loads.credits.get(rule.rotation, _NOBODY_OWED)
    if found.weights is None:
        crowd = world.roster.competitors(found.entitled)
        if isinstance(crowd, Crowd):
            return _turn_of_crowd(rule, crowd, owed, found, world)
    competing = _competing(found, world)
    entitled, able = competing, None
    if found.entitled != found.competing:
        entitled, able = world.roster.members(found.entitled), frozenset(competing)
    weights = None if found.weights is None else tuple([found.weights[rep] for rep in entitled])
    if weights is not None and len(set(weights)) == 1:
        weights = None
    credits = owed.of(entitled)
    get = credits.get
    each = [get(other, 0) for other in competing]
    # Among equals it comes to who is owed most, which has been looked up: they need not be gone through again.
    rep = owed_most(competing, each) if weights is None else pick(credits, entitled, weights, able)
    return Pick(rep, list(zip(competing, each, strict=True)), Turn(rule.rotation, entitled, weights, rep))


_NOBODY_OWED: Final = Credits()


def _turn_of_crowd(rule: Rule, crowd: Crowd, owed: Credits, found: Candidates, world: World) -> Pick:
    """The same without looking at each of them."""
    index, competing = world.roster.index, found.competing
    able = None if found.entitled == competing else lambda rep: competing >> index[rep] & 1
    best = owed.owed_most(crowd, RANKED_AT_MOST, able)
    rep = best[0][1]
    ranked = sorted((other, -negative) for negative, other in best)
    return Pick(rep, ranked, CrowdTurn(rule.rotation, crowd, rep), competing.bit_count() - len(ranked))


def _least_loaded(rule: Rule, facts: Facts, found: Candidates, world: World) -> Pick:
    """Open leads over capacity. Who has no cap on open leads is taken to carry as much as the largest cap there is."""
    held = list(positions(found.competing))
    reps, opened, waited = world.roster.reps, world.loads.open, world.loads.last_seq
    largest = max((reps[position].capacity.open or 0 for position in held), default=0) or 1
    loads = {(rep := reps[position]).id: opened.get(rep.id, 0) / (rep.capacity.open or largest) for position in held}
    best = min(loads, key=lambda rep: (loads[rep], waited.get(rep, 0), rep))
    return Pick(best, [(rep, round(load, 4)) for rep, load in loads.items()])


def _longest_waiting(rule: Rule, facts: Facts, found: Candidates, world: World) -> Pick:
    competing, waited = _competing(found, world), world.loads.last_seq
    best = min(competing, key=lambda rep: (waited.get(rep, 0), rep))
    return Pick(best, [(rep, waited.get(rep)) for rep in competing])


def _in_order(rule: Rule, facts: Facts, found: Candidates, world: World) -> Pick:
    competing: Sequence[RepId] = _competing(found, world)
    if isinstance(rule.select, OneTeam):
        place = {rep: n for n, rep in enumerate(world.roster.teams[rule.select.team].order, 1)}
        competing = sorted(competing, key=place.__getitem__)
    return Pick(competing[0], sorted((rep, n) for n, rep in enumerate(competing, 1)))


def _nearest(rule: Rule, facts: Facts, found: Candidates, world: World) -> Pick:
    """Great-circle kilometres from the lead. Who is nowhere on the map is near nobody, be it the lead or a rep."""
    competing, reps, index = _competing(found, world), world.roster.reps, world.roster.index
    far: dict[RepId, float] = {}
    match facts.get("coordinates"):
        case (float() | int() as latitude, float() | int() as longitude):
            for rep in [reps[index[other]] for other in competing]:
                if rep.latitude is not None and rep.longitude is not None:
                    far[rep.id] = great_circle_km(latitude, longitude, rep.latitude, rep.longitude)
    ranked = [(rep, round(far[rep], 1) if rep in far else None) for rep in competing]
    waited = world.loads.last_seq
    return Pick(min(far, key=lambda rep: (far[rep], waited.get(rep, 0), rep), default=None), ranked)


def great_circle_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Kilometres between two places given in degrees, by the haversine formula (Sinnott, 1984)."""
    phi, other_phi = radians(latitude), radians(other_latitude)
    half_phi, half_lambda = (other_phi - phi) / 2, radians(other_longitude - longitude) / 2
    square = sin(half_phi) ** 2 + cos(phi) * cos(other_phi) * sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(square)))


def _claim(rule: Rule, facts: Facts, found: Candidates, world: World) -> Pick:
    """Nobody is picked: the lead waits in the team's queue for someone to take it."""
    return Pick(None, [(rep, None) for rep in _competing(found, world)])


STRATEGIES: Final[Mapping[Strategy, Choose]] = {
    Strategy.ROUND_ROBIN: _round_robin,
    Strategy.LEAST_LOADED: _least_loaded,
    Strategy.LONGEST_WAITING: _longest_waiting,
    Strategy.IN_ORDER: _in_order,
    Strategy.NEAREST: _nearest,
    Strategy.CLAIM: _claim,
}
