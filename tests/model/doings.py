"""What can be done to the lane, as plain values: a test draws them, a desk does them, the reference foretells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

Document: TypeAlias = Mapping[str, Any]

_FACTS: Final[tuple[tuple[str, tuple[Any, ...]], ...]] = (
    ("intent", (None, "high", "low", "wait")),
    ("person", (*range(12), None)),
    ("place", (None, "CN-SH", "CN-GD", "DE")),
    ("product", (None, "crm", "erp")),
    ("employees", (None, 5, 500)),
    ("where", (None, (31.0, 121.0), (48.0, 11.0))),
)
SMALL_WORLD: Final = 12
"""People who write again and again; others are heard of once."""


def facts_of(number: int) -> dict[str, Any]:
    """All of a lead, told by a number: the smaller, the plainer. What is missing is absent."""
    drawn = {}
    for name, values in _FACTS:
        number, place = divmod(number, len(values))
        drawn[name] = values[place]
    person, where = drawn.pop("person"), drawn.pop("where")
    if person is not None:
        # Two of three have an address, two of three a number, some share one, and four firms have them all.
        firm = person % 4
        drawn["email"] = f"p{person}@firm{firm}.example" if person % 3 else None
        drawn["phone"] = f"+86138001380{person % 10:02}" if person % 3 != 1 else None
        drawn["company_domain"] = f"firm{firm}.example" if person % 3 else None
        drawn["company_key"] = f"firm{firm}" if person % 2 else None
        drawn["do_not_contact"] = True if person == 11 and drawn["intent"] == "wait" else None
    if where is not None:
        drawn["latitude"], drawn["longitude"] = where
    return {name: value for name, value in drawn.items() if value is not None}


NUMBERS: Final = 4 * 13 * 4 * 3 * 3 * 3
"""How many leads :func:`facts_of` tells apart."""


@dataclass(frozen=True)
class Send:
    """A new lead, or one that was sent before: the same ``key`` or ``external_id`` is the same delivery."""

    facts: Document
    key: str | None = None
    external_id: str | None = None


@dataclass(frozen=True)
class Give:
    """Give a lead to a rep by hand, in a team's name or nobody's."""

    lead: UUID
    rep: str
    team: str | None


@dataclass(frozen=True)
class Release:
    """Put a lead back."""

    lead: UUID


@dataclass(frozen=True)
class Take:
    """Claim a lead that waits."""

    lead: UUID
    rep: str


@dataclass(frozen=True)
class Again:
    """Route a lead again: by hand, or as the queue's drain does."""

    lead: UUID
    by_hand: bool


@dataclass(frozen=True)
class Finish:
    """Close a lead."""

    lead: UUID
    outcome: str


@dataclass(frozen=True)
class Mend:
    """Correct a lead's facts."""

    lead: UUID
    facts: Document


@dataclass(frozen=True)
class Edit:
    """Put reps and teams into the roster, and take teams out of it; those not named stay, unless ``prune``."""

    reps: Mapping[str, Document] = field(default_factory=dict)
    teams: Mapping[str, Document] = field(default_factory=dict)
    prune: bool = False
    removed: str | None = None


@dataclass(frozen=True)
class Activate:
    """Put a policy in force. ``version`` is the one that the desk stored the document as."""

    version: int
    document: Document


Doing: TypeAlias = Send | Give | Release | Take | Again | Finish | Mend | Edit | Activate
