"""What does a lead become when some of its fields are corrected? Its fields as they are, the correction, read anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from app.engine.lead import Lead, Money, Notice, Number
from app.intake.normalise import FIELDS, LONGEST_ID, normalise
from app.intake.unknown import unknown_field

_WHERE: Final = frozenset({"country", "region", "city", "address", "phone"})
"""The fields that say where a lead is: they are read together."""
_WHOSE: Final = frozenset({"email", "website", "company"})
"""The fields that say whose it is."""
_SUMS: Final = frozenset({"budget", "annual_revenue"})
_HINTS: Final = frozenset({"country", "currency", "attributes"})
"""What other fields are read by."""


def flatten(lead: Lead) -> dict[str, Any]:
    """The lead as the contract's flat fields, of which ``normalise`` makes the same lead again."""
    fields: dict[str, Any] = {}
    for name in sorted(FIELDS):
        value = getattr(lead, name)
        match value:
            case None | False:
                continue
            case Money():
                fields[name] = _money(value, lead.currency)
            case datetime():
                fields[name] = value.isoformat()
            case Mapping():
                if value:
                    fields[name] = dict(value)
            case _:
                fields[name] = value
    return fields


def corrected(
    lead: Lead, patch: Mapping[str, Any], *, received_at: datetime, extra_notices: Iterable[Notice] = ()
) -> Lead:
    """The lead with the fields of ``patch`` in the place of its own; null clears one.

    Only what is corrected, and what depends on it, is read anew. ``attributes`` is merged, key by key; fields that are
    not the contract's go there too, as they do when a lead comes in. A country that was only learned from what is
    corrected follows the correction.
    """
    anew = FIELDS & patch.keys()
    for group in (_WHERE, _WHOSE):
        if not anew.isdisjoint(group):
            anew |= group
    if "currency" in anew:
        anew |= _SUMS
    fields, notices = _merged(lead, patch)
    notices = [*extra_notices, *notices]
    fields = {name: value for name, value in fields.items() if name in anew or name in _HINTS}
    new = normalise(fields, received_at=received_at, extra_notices=notices)
    if "country" in fields and "country" not in patch and _country_is_stale(lead, new, patch):
        del fields["country"]
        new = normalise(fields, received_at=received_at, extra_notices=notices)
    kept = FIELDS - anew - {"attributes"}
    if anew.isdisjoint(_WHERE):
        kept |= {"place", "coordinates"}
    if anew.isdisjoint(_WHOSE):
        kept |= {"company_key", "company_block", "company_domain"}
    return replace(new, **{name: getattr(lead, name) for name in kept})


def _country_is_stale(lead: Lead, new: Lead, patch: Mapping[str, Any]) -> bool:
    if any(notice.code == "contradiction" and notice.field in patch for notice in new.notices):
        return True
    told = new.region or new.city or new.address
    return "phone" in patch and lead.phone is not None and not told


def _merged(lead: Lead, patch: Mapping[str, Any]) -> tuple[dict[str, Any], list[Notice]]:
    fields = flatten(lead)
    notices: list[Notice] = []
    attributes: dict[str, Any] = dict(fields.pop("attributes", {}))
    for name, value in patch.items():
        if name == "attributes":
            continue
        # What could not be read before was kept there under the field's name; the correction takes its place.
        attributes.pop(name, None)
        if name in FIELDS:
            fields[name] = value
        elif value is not None:
            attributes[name] = value
            notices.append(unknown_field(name[:LONGEST_ID], FIELDS))
    given = patch.get("attributes", {})
    if given is None:
        attributes = {}
    elif isinstance(given, Mapping):
        attributes.update(given)
        attributes = {name: value for name, value in attributes.items() if value is not None or name not in given}
    else:
        attributes["attributes"] = given
        notices.append(Notice("attributes", "unreadable", str(given)[:120]))
    fields["attributes"] = attributes
    return fields, notices


def _money(money: Money, currency: str | None) -> Number | str:
    if money.currency == currency:
        return money.amount
    text = f"{money.amount:f}".rstrip("0").rstrip(".") if isinstance(money.amount, float) else str(money.amount)
    if len(text.partition(".")[2]) == 3:
        text += "0"  # three digits behind a point might be thousands
    return f"{money.currency} {text}" if money.currency else text
