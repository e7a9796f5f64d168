"""Who is there, and who covers what? The roster as bit masks, so that selecting costs what an AND costs.

Bit ``i`` stands for the rep at position ``i`` in order of id; so the members of a mask come out in order of id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.engine import rotation
from app.engine.masks import positions
from app.engine.roster import DIMENSIONS, Dimension, Rep, RepId, Roster, TeamId
from app.engine.rotation import Crowd
from app.engine.text import fold

_REMEMBERED: Final = 4096
_FEW: Final = 128
"""Of masks with more members a few thousand would fill the memory: they are not remembered."""
_CROWDS: Final = 8
"""Crowds that are remembered: those whose turn it was last. With 10,000 reps each takes 80 kB."""


@dataclass(frozen=True, slots=True)
class TeamMasks:
    """A team's members: all of them, those with a weight above 0, and the weights where they are not all equal.

    ``equals``: whether those above 0 are.
    """

    members: int
    weighted: int
    weights: Mapping[RepId, int] | None
    equals: bool
    order: tuple[RepId, ...]


class RosterIndex:
    """A roster, indexed. Immutable but for what it remembers of earlier questions."""

    __slots__ = (
        "_by_attributes",
        "_covers",
        "_covers_all",
        "_crowds",
        "_members",
        "_names",
        "active",
        "all",
        "ids",
        "inactive",
        "index",
        "paused",
        "reps",
        "roster",
        "teams",
    )  # fmt: skip

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.ids: tuple[RepId, ...] = tuple(sorted(roster.reps))
        self.reps: tuple[Rep, ...] = tuple(roster.reps[rep] for rep in self.ids)
        self.index: dict[RepId, int] = {rep: position for position, rep in enumerate(self.ids)}
        self.all = (1 << len(self.ids)) - 1
        self.active = self._mask(rep.id for rep in self.reps if rep.status == "active")
        self.paused = self._mask(rep.id for rep in self.reps if rep.status == "paused")
        self.inactive = self.all & ~self.active & ~self.paused
        self.teams: dict[TeamId, TeamMasks] = {}
        for team in roster.teams.values():
            weights = {rep: weight for rep, weight in team.members if rep in self.index}
            self.teams[team.id] = TeamMasks(
                members=self._mask(weights),
                weighted=self._mask(rep for rep, weight in weights.items() if weight > 0),
                weights=weights if len(set(weights.values())) > 1 else None,
                equals=len(set(weights.values()) - {0}) <= 1,
                order=tuple(weights),
            )
        self._names: dict[Dimension, dict[str, int]] = {dimension: {} for dimension in DIMENSIONS}
        self._covers_all: dict[Dimension, int] = dict.fromkeys(DIMENSIONS, self.all)
        for position, rep in enumerate(self.reps):
            for dimension, values in rep.covers.items():
                self._covers_all[dimension] &= ~(1 << position)
                names = self._names[dimension]
                for value in values:
                    names[value] = names.get(value, 0) | 1 << position
        self._covers: dict[tuple[Dimension, tuple[str, ...]], int] = {}
        self._by_attributes: dict[int, tuple[Mapping[str, frozenset[Any]], int]] = {}
        self._members: dict[int, tuple[RepId, ...]] = {}
        self._crowds: dict[int, Crowd] = {}

    def _mask(self, reps: Iterable[RepId]) -> int:
        mask = 0
        for rep in reps:
            mask |= 1 << self.index[rep]
        return mask

    def naming(self, dimension: Dimension, values: tuple[str, ...]) -> int:
        """Those who name one of ``values`` (a value and what lies above it) in their coverage."""
        names = self._names[dimension]
        mask = 0
        for value in values:
            mask |= names.get(value, 0)
        return mask

    def covering(self, dimension: Dimension, values: tuple[str, ...]) -> int:
        """Those who cover ``values``: who name one, or do not limit this dimension. No values: only the latter."""
        key = (dimension, values)
        mask = self._covers.get(key)
        if mask is None:
            mask = self._covers_all[dimension] | self.naming(dimension, values)
            if len(self._covers) < 100_000:
                self._covers[key] = mask
        return mask

    def members(self, mask: int) -> tuple[RepId, ...]:
        """The ids of those in a mask, in order."""
        found = self._members.get(mask)
        if found is None:
            ids = self.ids
            found = tuple([ids[position] for position in positions(mask)])
            if len(found) <= _FEW:
                if len(self._members) >= _REMEMBERED:
                    self._members.clear()
                self._members[mask] = found
        return found

    def competitors(self, mask: int) -> tuple[RepId, ...] | Crowd:
        """Those in a mask who compete on equal terms, in order of id: a crowd if they are many."""
        crowd = self._crowds.get(mask)
        if crowd is None:
            if mask.bit_count() <= rotation.CROWD_ABOVE:
                return self.members(mask)
            if len(self._crowds) >= _CROWDS:
                del self._crowds[next(iter(self._crowds))]
            crowd = self._crowds[mask] = Crowd(self.members(mask))
        return crowd

    def matching(self, attributes: Mapping[str, frozenset[Any]]) -> int:
        """Those whose attributes match, as :class:`app.engine.policy.RepsBy` has it."""
        remembered = self._by_attributes.get(id(attributes))
        if remembered is not None and remembered[0] is attributes:
            return remembered[1]
        mask = self._mask(rep.id for rep in self.reps if _matches(rep, attributes))
        self._by_attributes[id(attributes)] = (attributes, mask)
        return mask


def _matches(rep: Rep, attributes: Mapping[str, frozenset[Any]]) -> bool:
    return all(not wanted.isdisjoint(_values(rep, key)) for key, wanted in attributes.items())


def _values(rep: Rep, key: str) -> list[Any]:
    match key:
        case "id":
            found: Any = rep.id
        case "seniority":
            found = rep.seniority
        case "manager":
            found = rep.manager
        case "skills":
            found = list(rep.skills)
        case _:
            found = rep.attributes.get(key.removeprefix("attributes."))
    values = found if isinstance(found, list) else [found]
    return [fold(value) if isinstance(value, str) else value for value in values if _is_scalar(value)]


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)
