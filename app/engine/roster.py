"""Who can own leads? Reps and teams, with what they cover, when they work and how much they can carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, NewType, TypeAlias

RepId = NewType("RepId", str)
TeamId = NewType("TeamId", str)

Status: TypeAlias = Literal["active", "paused", "inactive"]
Dimension: TypeAlias = Literal["region", "industry", "source", "tier", "product", "language"]
Window: TypeAlias = Literal["per_day", "per_week", "per_month"]

DIMENSIONS: Final[tuple[Dimension, ...]] = ("region", "industry", "source", "tier", "product", "language")
WINDOWS: Final[tuple[Window, ...]] = ("per_day", "per_week", "per_month")
WEIGHT_SCALE: Final = 1000
"""A weight of 1 is stored as this many thousandths."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much a rep can carry: open leads, and new ones per local calendar day, ISO week, month. None: no cap."""

    open: int | None = None
    per_day: int | None = None
    per_week: int | None = None
    per_month: int | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """Minutes since local midnight of the day the shift starts; ``end`` is over 1440 if it crosses midnight."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TimeOff:
    """Leave from ``start`` (included) to ``end`` (not included), instants with an offset."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class CountryDays:
    """Days that differ from the ordinary week: ``holidays``, and ``workdays`` at weekends that make up for them."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()


Calendars: TypeAlias = Mapping[str, CountryDays]
"""By holiday calendar code: an ISO country, or country and subdivision (``CN``, ``DE-BY``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """A person who can own leads."""

    id: RepId
    name: str
    email: str | None = None
    status: Status = "active"
    seniority: str | None = None
    manager: RepId | None = None
    covers: Mapping[Dimension, frozenset[str]] = field(default_factory=dict)
    """Only the dimensions that are named; an absent one covers everything, an empty set nothing."""
    skills: frozenset[str] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    capacity: Capacity = Capacity()
    timezone: str = "UTC"
    hours: tuple[tuple[Shift, ...], ...] | None = None
    """Seven days from Monday; None: always."""
    holidays: str | None = None
    time_off: tuple[TimeOff, ...] = ()
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """Named reps with a weight each, in thousandths (see ``WEIGHT_SCALE``), in the order they were given."""

    id: TeamId
    name: str
    members: tuple[tuple[RepId, int], ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """All reps and teams at one revision."""

    reps: Mapping[RepId, Rep]
    teams: Mapping[TeamId, Team]
