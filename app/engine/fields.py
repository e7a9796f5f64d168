"""What can a policy ask about? Every field of a lead's facts, of which kind it is, and from when on it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final, TypeAlias

Facts: TypeAlias = Mapping[str, object]
"""What is known of a lead, by field; a missing value is an absent key."""
Get: TypeAlias = Callable[[Facts], Any]

ATTRIBUTES: Final = "attributes."
"""What the name of a field that looks into the lead's attributes begins with."""


class Kind(StrEnum):
    """Of which kind a field's value is; it decides which operators fit."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "true or false"
    TIME = "time"
    TREE = "tree"
    """A tuple of codes, from the lead's own node up to the root."""
    ANY = "any"
    """Whatever the sender wrote: text, number, true or false, a list of these."""


class Stage(IntEnum):
    """From which step of routing on a value is known."""

    LEAD = 0
    SCORE = 1
    TIER = 2


class Words(StrEnum):
    """Which words a text or tree field can have."""

    FREE = "free"
    REGION = "region"
    INDUSTRY = "industry"
    SOURCE = "source"
    TIER = "tier"
    COUNTRY = "country"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be asked about.

    ``late`` fields are known only once the lane is held: what happened before, and what time it is.
    """

    name: str
    kind: Kind
    words: Words = Words.FREE
    stage: Stage = Stage.LEAD
    late: bool = False
    can_be_negative: bool = False


def _table(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


_FREE_TEXTS = (
    "external_id",
    "campaign",
    "referrer",
    "name",
    "title",
    "email",
    "phone",
    "language",
    "company",
    "website",
    "city",
    "address",
    "postal_code",
    "product",
    "need",
    "currency",
    "intent",
    "urgency",
    "stage",
)

FIELDS: Final = _table(
    *(Field(name, Kind.TEXT) for name in _FREE_TEXTS),
    Field("source", Kind.TEXT, Words.SOURCE),
    Field("country", Kind.TEXT, Words.COUNTRY),
    Field("customer", Kind.TEXT, Words.CUSTOMER),
    Field("region", Kind.TREE, Words.REGION),
    Field("industry", Kind.TREE, Words.INDUSTRY),
    Field("employees", Kind.NUMBER),
    Field("annual_revenue", Kind.NUMBER),
    Field("budget", Kind.NUMBER),
    Field("latitude", Kind.NUMBER, can_be_negative=True),
    Field("longitude", Kind.NUMBER, can_be_negative=True),
    Field("satisfaction", Kind.ANY, can_be_negative=True),
    Field("do_not_contact", Kind.BOOLEAN),
    Field("occurred_at", Kind.TIME),
    Field("score", Kind.NUMBER, stage=Stage.SCORE, can_be_negative=True),
    Field("tier", Kind.TEXT, Words.TIER, stage=Stage.TIER),
    Field("now", Kind.TIME, late=True),
    Field("possible_duplicate", Kind.BOOLEAN, late=True),
    Field("history.person_leads", Kind.NUMBER, late=True),
    Field("history.company_leads", Kind.NUMBER, late=True),
    Field("history.days_since_last", Kind.NUMBER, late=True),
    Field("history.last_outcome", Kind.TEXT, late=True),
)
"""All fields by name, but for ``attributes.NAME``."""

MONEY: Final = frozenset({"budget", "annual_revenue"})

PERSONAL: Final = frozenset({"name", "email", "phone", "address", "external_id"})
"""Facts that say who somebody is, or how to reach them: no decision holds their values."""

OWN: Final = PERSONAL | {"title", "referrer", "need", "postal_code", "latitude", "longitude", "coordinates"}
"""Facts whose values are the person's own, or may be: what they wrote and where they are. So may every attribute."""


def field_named(name: str) -> Field | None:
    """Return the field of this name; None if there is none."""
    if name.startswith(ATTRIBUTES) and len(name) > len(ATTRIBUTES):
        return Field(name, Kind.ANY, can_be_negative=True)
    return FIELDS.get(name)


def getter(name: str) -> Get:
    """Return the function that gives this field's value from facts, None where it is missing.

    ``attributes.a.b`` is the attribute named ``a.b``, or else ``b`` inside ``a``. A blank text and an empty list among
    the attributes count as missing.
    """
    if not name.startswith(ATTRIBUTES):

        def plain(facts: Facts) -> Any:
            return facts.get(name)

        return plain

    written = as_written(name)

    def attribute(facts: Facts) -> Any:
        value = written(facts)
        return None if is_blank(value) else value

    return attribute


def is_blank(value: object) -> bool:
    """Whether an attribute's value counts as missing."""
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


def as_written(name: str) -> Get:
    """Return the function that gives an attribute's value as its sender wrote it, be it blank; None if it is absent."""
    whole = name.removeprefix(ATTRIBUTES)
    *outer, last = whole.split(".")

    def attribute(facts: Facts) -> Any:
        inside: Any = facts.get("attributes")
        if not isinstance(inside, Mapping):
            return None
        value = inside.get(whole)
        if value is None and outer:
            for key in outer:
                inside = inside.get(key)
                if not isinstance(inside, Mapping):
                    return None
            value = inside.get(last)
        return value

    return attribute


def shown(value: object) -> object:
    """Return a fact as it is shown to people: of a path in a tree, the lead's own node."""
    if isinstance(value, tuple):
        return value[0] if value else None
    return value
