"""What is a policy? One checked, compiled, versioned document: how leads are screened, scored, tiered and routed.

The document that people write is read by :mod:`app.engine.policy_document`; what stands here is its compiled form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from app.engine.lead import Number
from app.engine.roster import Dimension, RepId, TeamId, Window

if TYPE_CHECKING:
    from app.engine.conditions import Condition
    from app.engine.decision import Contribution
    from app.engine.recorded import Reads
    from app.engine.rule_index import RuleIndex
    from app.engine.trees import IndustryTree, RegionTree


class Strategy(StrEnum):
    """How one of several able reps is picked."""

    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"
    LONGEST_WAITING = "longest_waiting"
    IN_ORDER = "in_order"
    NEAREST = "nearest"
    CLAIM = "claim"


class Otherwise(StrEnum):
    """What becomes of a lead when a rule that applies finds nobody."""

    NEXT = "next"
    QUEUE = "queue"


Excuse: TypeAlias = Literal["off_shift", "holiday", "at_cap"]
"""What a rule may overlook with ``even_if``."""

OWNER_EXCUSES: Final[frozenset[Excuse]] = frozenset({"off_shift", "holiday", "at_cap"})
"""What an ``owner`` rule overlooks unless it has its own ``even_if``: no evening, no full desk parts lead and rep."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Select the rep of the latest assignment of the person, else of the company."""


@dataclass(frozen=True, slots=True)
class OneRep:
    """Select one named rep."""

    rep: RepId


@dataclass(frozen=True, slots=True)
class OneTeam:
    """Select the members of a team, with their weights."""

    team: TeamId


@dataclass(frozen=True, slots=True)
class RepsBy:
    """Select all reps whose attributes match, each with weight 1; no attributes: all reps.

    Keys are ``id``, ``seniority``, ``manager``, ``skills`` or ``attributes.NAME``; a rep matches a key if any of its
    values is among those given. Text is compared case-folded.
    """

    attributes: Mapping[str, frozenset[Any]] = field(default_factory=dict)


Selector: TypeAlias = Owner | OneRep | OneTeam | RepsBy


def takes_turns(select: Selector, by: Strategy) -> bool:
    """Whether a rule that selects and picks so shares its leads out in a rotation."""
    return by is Strategy.ROUND_ROBIN and isinstance(select, OneTeam | RepsBy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``when`` it applies, whom to ``select``, how to pick (``by``), what to do ``otherwise``."""

    id: str
    name: str
    place: str
    """Where it stands in the document, as ``rules[3]``."""
    when: Condition
    select: Selector
    covering: tuple[Dimension, ...] = ()
    prefer: tuple[Dimension, ...] = ()
    by: Strategy = Strategy.ROUND_ROBIN
    rotation: str
    """Whose turns: ``team:ID``, ``rule:ID``, or ``named:NAME``."""
    catch_up: bool = False
    even_if: frozenset[Excuse] = frozenset()
    available_within: timedelta | None = None
    each_at_most: Mapping[Window, int] = field(default_factory=dict)
    otherwise: Otherwise = Otherwise.NEXT

    @property
    def takes_turns(self) -> bool:
        """Whether it shares its leads out in its ``rotation``."""
        return takes_turns(self.select, self.by)


@dataclass(frozen=True, slots=True)
class Screen:
    """A lead for which ``when`` holds is rejected, with ``name`` as the reason."""

    name: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Tier:
    """The first tier whose ``when`` holds is the lead's."""

    tier: str
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One source of points.

    Exactly one of ``points`` (by case-folded value), ``bands`` (from the highest ``at_least`` down; the first that the
    value reaches gives its points) and ``award`` (given when ``when`` holds) is set.
    """

    name: str
    place: str
    field: str | None = None
    when: Condition | None = None
    points: Mapping[str, Number] | None = None
    bands: tuple[tuple[Number, Number], ...] | None = None
    award: Number | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and most that a group or the total may come to."""

    minimum: Number | None = None
    maximum: Number | None = None


@dataclass(frozen=True, slots=True)
class Scoring:
    """The criteria in order, with the limits of their groups and of the total.

    Made by :func:`app.engine.scoring.scoring_of`.
    """

    criteria: tuple[Criterion, ...] = ()
    groups: Mapping[str, Limits] = field(default_factory=dict)
    total: Limits = Limits()
    givers: tuple[Callable[[Mapping[str, Any]], Contribution | None], ...] = field(
        default=(), repr=False, compare=False
    )
    """The criteria compiled, in the same order: what each gives for a lead's facts, None where it gives nothing."""
    limited: tuple[tuple[str, Limits], ...] = field(default=(), repr=False, compare=False)
    """Those of ``groups`` that have a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A compiled policy. ``version`` is None until it has been stored."""

    version: int | None
    name: str
    currency: str | None
    rates: Mapping[str, Number]
    """By ISO 4217 code: how much one unit is worth in ``currency``."""
    regions: RegionTree
    industries: IndustryTree
    sources: Mapping[str, str]
    """Source code by case-folded name or alias."""
    screening: tuple[Screen, ...]
    scoring: Scoring
    tiers: tuple[Tier, ...]
    rules: tuple[Rule, ...]
    index: RuleIndex
    first_contact_within: Mapping[str | None, timedelta]
    """By tier; the key None holds for every tier that is not named."""
    reads: Reads
    """What of a lead its decisions depend on."""
    early: bool
    """Whether score and tier can be told before the lane's lock: no condition in them asks about history or now."""
