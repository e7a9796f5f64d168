"""Who could take this lead by this rule? Select, must cover, able to take it now, prefer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import Final, assert_never

from app.engine.availability import Presence
from app.engine.conditions import Facts
from app.engine.decision import Outcome, Recognition
from app.engine.immutable import immutable
from app.engine.masks import positions
from app.engine.policy import OneRep, OneTeam, Owner, RepsBy, Rule
from app.engine.roster import DIMENSIONS, Dimension, RepId
from app.engine.text import fold
from app.engine.world import World

NAMED_AT_MOST: Final = 20
"""Candidates left out for one reason are named up to this many; beyond it only counted."""


@immutable(frozen=True, slots=True)
class Candidates:
    """Those who compete, as a mask, and those who do not, with what left them out.

    ``entitled`` are those who share in the entitlement: the competitors, or with ``catch_up`` the absent too.
    ``nobody`` says why there are none; None if there are some.
    """

    competing: int
    entitled: int
    nobody: Outcome | None
    preferred: tuple[Dimension, ...] = ()
    weights: Mapping[RepId, int] | None = None
    left_out: Mapping[str, tuple[RepId, ...]] = field(default_factory=dict)
    left_out_count: Mapping[str, int] = field(default_factory=dict)


_NO_OWNER: Final = Candidates(0, 0, Outcome.NO_OWNER)
_NOT_COVERING: Final = {dimension: f"not_covering:{dimension}" for dimension in DIMENSIONS}
_NOT_PREFERRED: Final = {dimension: f"not_preferred:{dimension}" for dimension in DIMENSIONS}


def candidates(rule: Rule, facts: Facts, recognition: Recognition, world: World) -> Candidates:
    """Narrow the roster down to those who compete for the lead by this rule."""
    roster = world.roster
    left_out: dict[str, int] = {}
    weights: Mapping[RepId, int] | None = None
    match rule.select:
        case OneTeam(team=name):
            team = roster.teams.get(name)
            selected = 0
            if team is not None:
                selected, weights = team.weighted, None if team.equals else team.weights
                if team.members != selected:
                    left_out["weight_zero"] = team.members & ~selected
        case Owner():
            position = None if recognition.owner is None else roster.index.get(recognition.owner)
            if position is None:
                return _NO_OWNER
            selected = 1 << position
        case OneRep(rep=rep):
            position = roster.index.get(rep)
            selected = 0 if position is None else 1 << position
        case RepsBy(attributes=attributes):
            # Nobody names those who have left, so nobody needs to be told that they have.
            selected = (roster.matching(attributes) if attributes else roster.all) & ~roster.inactive
        case _ as unreachable:
            assert_never(unreachable)
    if not selected:
        return _nobody(Outcome.NOBODY_SELECTED, left_out, world)

    covering = selected
    for dimension in rule.covering:
        covers = roster.covering(dimension, _values(facts, dimension))
        if outside := covering & ~covers:
            left_out[_NOT_COVERING[dimension]] = outside
            covering &= covers
    if not covering:
        return _nobody(Outcome.NOBODY_COVERS, left_out, world)

    able = covering
    if rule.each_at_most or covering & world.unable():
        for reason, mask in _unable(rule, covering, world):
            out = able & mask
            if out:
                left_out[reason] = out
                able &= ~out
    entitled = covering & ~roster.inactive if rule.catch_up else able
    if not able:
        return _nobody(Outcome.NOBODY_ABLE, left_out, world)

    preferred = []
    for dimension in rule.prefer:
        naming = roster.naming(dimension, _values(facts, dimension))
        if able & naming:
            if outside := able & ~naming:
                left_out[_NOT_PREFERRED[dimension]] = outside
            preferred.append(dimension)
            able &= naming
            entitled &= naming
    named, counted = _name(left_out, world)
    return Candidates(able, entitled, None, tuple(preferred), weights, named, counted)


def _unable(rule: Rule, among: int, world: World) -> list[tuple[str, int]]:
    """Each reason for not being able, with the mask of those it holds for; what the rule overlooks is not listed."""
    roster, excuses = world.roster, rule.even_if
    off_shift, holiday = world.away(Presence.OFF_SHIFT), world.away(Presence.HOLIDAY)
    if rule.available_within is not None and among & (off_shift | holiday):
        soon = world.on_shift_within(among, rule.available_within)
        off_shift, holiday = off_shift & ~soon, holiday & ~soon
    reasons: list[tuple[str, int]] = [
        ("inactive", roster.inactive),
        ("paused", roster.paused),
        ("on_leave", world.away(Presence.ON_LEAVE)),
    ]
    if "holiday" not in excuses:
        reasons.append(("holiday", holiday))
    if "off_shift" not in excuses:
        reasons.append(("off_shift", off_shift))
    if "at_cap" not in excuses:
        reasons.extend((name, world.at_cap(cap)) for name, cap in _CAP_REASONS)
    if rule.each_at_most:
        reasons.append(("at_cap:rule", _at_rule_cap(rule, among, world)))
    return reasons


_CAP_REASONS: Final = tuple(("at_cap:" + cap, cap) for cap in ("open", "per_day", "per_week", "per_month"))


def _at_rule_cap(rule: Rule, among: int, world: World) -> int:
    full = 0
    for position in positions(among):
        for window, limit in rule.each_at_most.items():
            if world.carried_by_rule(rule.id, position, window) >= limit:
                full |= 1 << position
    return full


def _values(facts: Facts, dimension: Dimension) -> tuple[str, ...]:
    """The lead's value on a dimension and what lies above it, as coverage spells them; empty if it is missing."""
    value = facts.get(dimension)
    if isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        return ()
    match dimension:
        case "product":
            return (fold(value),)
        case "language":
            return _languages(value)
        case _:
            return (value,)


@lru_cache(maxsize=1024)
def _languages(tag: str) -> tuple[str, ...]:
    """A BCP 47 tag and those it is a kind of: ``zh-hans-cn``, ``zh-hans``, ``zh``."""
    parts = fold(tag).replace("_", "-").split("-")
    return tuple(["-".join(parts[:length]) for length in range(len(parts), 0, -1)])


def _nobody(outcome: Outcome, left_out: Mapping[str, int], world: World) -> Candidates:
    named, counted = _name(left_out, world)
    return Candidates(0, 0, outcome, left_out=named, left_out_count=counted)


def _name(left_out: Mapping[str, int], world: World) -> tuple[dict[str, tuple[RepId, ...]], dict[str, int]]:
    named: dict[str, tuple[RepId, ...]] = {}
    counted: dict[str, int] = {}
    for reason, mask in left_out.items():
        count = mask.bit_count()
        if count:
            counted[reason] = count
            if count <= NAMED_AT_MOST:
                named[reason] = world.roster.members(mask)
    return named, counted
