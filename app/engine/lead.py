"""What is a lead? One person or company that may buy, as it arrived, normalised and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from datetime import datetime
from typing import Any, Final, TypeAlias

from app.engine.immutable import immutable

Number: TypeAlias = int | float


@immutable(frozen=True, slots=True)
class Money:
    """An amount as it was written. ``currency`` is an ISO 4217 code, or None where the lead names none."""

    amount: Number
    currency: str | None


@immutable(frozen=True, slots=True)
class Place:
    """Where a lead is, as far as it is known, in codes that need no table to find the one above.

    ``country`` is ISO 3166-1 alpha-2 (``CN``), ``subdivision`` ISO 3166-2 (``CN-JS``), ``city`` the code above it, a
    dot and a slug (``CN-JS.suzhou``; ``IN.mumbai`` where the subdivision is not known).
    """

    country: str | None = None
    subdivision: str | None = None
    city: str | None = None

    @property
    def code(self) -> str | None:
        """The narrowest code that is known."""
        return self.city or self.subdivision or self.country


NOWHERE = Place()


@immutable(frozen=True, slots=True)
class Notice:
    """One thing about a lead that its sender should know: what could not be read, what was assumed.

    ``code`` is stable and machine-readable; ``value`` is the text at fault, cut to a bounded length. It is put into
    words by :mod:`app.engine.explain`.
    """

    field: str
    code: str
    value: str | None = None


@immutable(frozen=True, slots=True, kw_only=True)
class Lead:
    """A lead after normalising. Every fact is optional; an absent one is None."""

    external_id: str | None = None
    source: str | None = None
    campaign: str | None = None
    referrer: str | None = None
    name: str | None = None
    title: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    company: str | None = None
    website: str | None = None
    industry: str | None = None
    employees: Number | None = None
    annual_revenue: Money | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    address: str | None = None
    postal_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    product: str | None = None
    need: str | None = None
    budget: Money | None = None
    currency: str | None = None
    intent: str | None = None
    urgency: str | None = None
    stage: str | None = None
    customer: str | None = None
    satisfaction: Number | str | None = None
    do_not_contact: bool = False
    occurred_at: datetime | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    place: Place = NOWHERE
    """Where country, region, city, or else the phone number, say that it is."""
    coordinates: tuple[float, float] | None = None
    """Latitude and longitude of the place's city, in degrees; where the lead names its own, those count."""
    company_key: str | None = None
    """The company's name without legal form, case, width, spaces: equal for equal companies."""
    company_block: str | None = None
    """Shared by names that may be close spellings of each other."""
    company_domain: str | None = None
    """The corporate domain of the address or website; None for free-mail and disposable domains."""
    notices: tuple[Notice, ...] = ()

    def document(self) -> dict[str, Any]:
        """The lead as the record keeps it: what is absent is left out, and so are the notices."""
        kept = {name: value for name in _KEPT if (value := getattr(self, name)) is not None}
        if not kept["attributes"]:
            del kept["attributes"]
        if not kept["do_not_contact"]:
            del kept["do_not_contact"]
        return kept

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Lead:
        """Read back a lead as the record kept it."""
        values = {name: value for name, value in document.items() if name in _KEPT}
        for name in ("annual_revenue", "budget"):
            if name in values:
                values[name] = Money(**values[name])
        if "occurred_at" in values:
            values["occurred_at"] = datetime.fromisoformat(values["occurred_at"])
        if "place" in values:
            values["place"] = Place(**values["place"])
        if "coordinates" in values:
            values["coordinates"] = tuple(values["coordinates"])
        return cls(**values)


_KEPT: Final = tuple(f.name for f in fields(Lead) if f.name != "notices")

PLAIN: Final = tuple(
    f.name
    for f in fields(Lead)
    if f.name
    not in {"region", "industry", "source", "budget", "annual_revenue", "place", "coordinates", "notices",
            "company_key", "company_block", "company_domain", "do_not_contact"}
)  # fmt: skip
"""Fields that conditions read as they are, whatever the policy."""
