"""What can be asked of a lead? Its facts under one policy, as conditions read them."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any, Final

from app.engine.lead import PLAIN, Lead, Money, Notice
from app.engine.policy import Policy


def plain_facts(lead: Lead, names: Iterable[str] = PLAIN) -> dict[str, Any]:
    """Those of the lead's fields that are facts as they are, under any policy."""
    return {name: value for name in names if (value := getattr(lead, name)) is not None}


def facts_of(lead: Lead, policy: Policy) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    """The lead's facts under ``policy``, with notices on what the policy cannot place.

    They hold what of :func:`plain_facts` the policy reads. ``region`` and ``industry`` are paths, narrowest first;
    money is in the policy's currency; ``coordinates`` are for picking by distance. What is missing is absent.
    """
    facts = plain_facts(lead, policy.reads.fields)
    notices: list[Notice] = []
    if lead.do_not_contact:
        facts["do_not_contact"] = True
    if lead.latitude is not None and lead.longitude is not None:
        facts["coordinates"] = (lead.latitude, lead.longitude)
    elif lead.coordinates is not None:
        facts["coordinates"] = lead.coordinates
    _locate(lead, policy, facts, notices)
    if lead.industry is not None:
        industry = policy.industries.resolve(lead.industry)
        if industry is not None:
            facts["industry"] = policy.industries.path(industry)
        else:
            notices.append(Notice("industry", "unknown_industry", lead.industry[:120]))
    if lead.source is not None:
        facts["source"] = policy.sources.get(lead.source, lead.source)
    for name, money in (("budget", lead.budget), ("annual_revenue", lead.annual_revenue)):
        if money is not None:
            _convert(name, money, policy, facts, notices)
    return facts, tuple(notices)


def _locate(lead: Lead, policy: Policy, facts: dict[str, Any], notices: list[Notice]) -> None:
    own = _path_of(lead, policy)
    named = policy.regions.resolve(lead.region) if lead.region is not None else None
    if named is not None:
        # The place may be narrower than the territory that was named; keep whichever says more.
        facts["region"] = own if named in own else policy.regions.path(named)
    elif own:
        facts["region"] = own
    if named is not None or (lead.region is None and lead.city is None):
        return
    place = lead.place
    known = place.subdivision is not None or place.city is not None
    # What the number tells of the place was not said by what stands there.
    if known and not any(notice.code == "region_from_phone" for notice in lead.notices):
        return
    if lead.region is not None:
        notices.append(Notice("region", "unknown_region", lead.region[:120]))
    if lead.city is not None and any(map(str.isalnum, lead.city)) and policy.regions.divides(place.country):
        notices.append(Notice("city", "unknown_city", lead.city[:120]))


def _path_of(lead: Lead, policy: Policy) -> tuple[str, ...]:
    """The lead's place and all that it lies in; empty if it is not known."""
    city, subdivision = lead.place.city, lead.place.subdivision
    path = policy.regions.path(lead.place.code)
    if city is not None and subdivision is not None and subdivision not in path:
        # Some cities' codes stand under the country alone, whatever else is known of where they lie.
        return (city, *policy.regions.path(subdivision))
    return path


def _convert(name: str, money: Money, policy: Policy, facts: dict[str, Any], notices: list[Notice]) -> None:
    if money.currency is None or policy.currency is None or money.currency == policy.currency:
        facts[name] = money.amount
        return
    rate = policy.rates.get(money.currency)
    if rate is None:
        notices.append(Notice(name, "no_rate", f"{money.amount} {money.currency}"))
        return
    worth = round(money.amount * rate, 2)
    # JSON holds integers of 64 bits, and no infinity.
    worth = worth if abs(worth) <= _LARGEST else float(worth)
    if isfinite(worth):
        facts[name] = worth
    else:
        notices.append(Notice(name, "number_too_large", f"{money.amount} {money.currency}"))


_LARGEST: Final = 2**63 - 1
