"""Which policy does a document describe, and what is wrong with it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.engine.fields import FIELDS
from app.engine.lead import Number
from app.engine.operands import Vocabulary
from app.engine.policy import Policy, Scoring, Tier
from app.engine.policy_findings import FaultOfPlace, findings_of, no_fault
from app.engine.policy_reader import Finding, Reader, TooManyErrors
from app.engine.policy_rules import read_rules
from app.engine.policy_words import read_industries, read_regions, read_sources
from app.engine.policy_worth import read_follow_up, read_scoring, read_screening, read_tiers, tier_names
from app.engine.problems import Problem, at, shown
from app.engine.recorded import reads_of
from app.engine.roster import Roster
from app.engine.rule_index import RuleIndex

_KEYS: Final = (
    "name", "description", "currency", "rates", "regions", "industries", "sources", "screening", "scoring", "tiers",
    "rules", "follow_up",
)  # fmt: skip
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}", re.ASCII)
_LATE: Final = frozenset(name for name, known in FIELDS.items() if known.late)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a document came to: a policy, or else all the errors; findings stand beside either."""

    policy: Policy | None
    errors: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def compile_policy(
    document: object,
    *,
    version: int | None = None,
    roster: Roster | None = None,
    fault_of_place: FaultOfPlace = no_fault,
) -> Compiled:
    """Check a policy document whole and compile it.

    Args:
        document: plain data as read from YAML or JSON.
        version: the number under which the policy is stored, if it is.
        roster: whom rules may name; None: reps and teams are not looked up.
        fault_of_place: says of a region's code why no lead is ever there, for the findings.

    All errors are reported at once (the first 200), each with its place and what to do. A document that is too large,
    too deep or that holds unstorable characters is refused for that alone.
    """
    reader = Reader()
    try:
        policy = _read(reader, document, version, roster) if reader.bounded(document) else None
    except TooManyErrors:
        policy = None
    if policy is None or reader.errors:
        return Compiled(None, reader.errors, reader.findings)
    reader.findings.extend(findings_of(policy, roster, fault_of_place))
    return Compiled(policy, [], reader.findings)


def _read(reader: Reader, document: object, version: int | None, roster: Roster | None) -> Policy:
    entry = reader.entries(document, "", _KEYS, required=["rules"])
    name = reader.text(entry["name"], "name") if "name" in entry else "policy"
    if "description" in entry:
        reader.text(entry["description"], "description", longest=10_000)
    currency = _currency(reader, entry["currency"], "currency") if "currency" in entry else None
    words = Vocabulary(
        regions=read_regions(reader, entry.get("regions", [])),
        industries=read_industries(reader, entry.get("industries", [])),
        sources=read_sources(reader, entry.get("sources", [])),
        tiers=tier_names(reader, entry.get("tiers", [])),
    )
    scoring = read_scoring(reader, entry.get("scoring", []), words)
    tiers = read_tiers(reader, entry.get("tiers", []), words)
    rules = read_rules(reader, entry.get("rules", []), words, roster)
    screening = read_screening(reader, entry.get("screening", []), words)
    return Policy(
        version=version,
        name=name,
        currency=currency,
        rates=_rates(reader, entry.get("rates", {}), currency),
        regions=words.regions,
        industries=words.industries,
        sources=words.sources,
        screening=screening,
        scoring=scoring,
        tiers=tiers,
        rules=rules,
        index=RuleIndex([rule.when for rule in rules]),
        first_contact_within=read_follow_up(reader, entry.get("follow_up", {}), words),
        reads=reads_of(screening, scoring, tiers, rules),
        early=_early(scoring, tiers),
    )


def _early(scoring: Scoring, tiers: tuple[Tier, ...]) -> bool:
    asked = {criterion.field for criterion in scoring.criteria}
    conditions = [criterion.when for criterion in scoring.criteria if criterion.when is not None]
    conditions += [tier.when for tier in tiers]
    return _LATE.isdisjoint(asked) and all(_LATE.isdisjoint(condition.reads) for condition in conditions)


def _currency(reader: Reader, value: object, where: str) -> str:
    text = reader.text(value, where)
    if text and _CURRENCY.fullmatch(text) is None:
        reader.fail(where, f"{shown(text)} is not a currency; use its ISO 4217 code of three letters, such as CNY")
    return text.upper()


def _rates(reader: Reader, document: Any, currency: str | None) -> dict[str, Number]:
    if not isinstance(document, Mapping):
        reader.fail("rates", f"{shown(document)} stands where rates by currency should, as {{EUR: 7.8}}")
        return {}
    if document and currency is None:
        reader.fail("rates", "rates say what a unit is worth in the policy's currency, and it names none; add currency")
    rates: dict[str, Number] = {}
    for raw, value in document.items():
        place = at("rates", str(raw))
        code = _currency(reader, raw, place)
        rate = reader.number(value, place, above=0)
        if code == currency and rate != 1:
            reader.fail(place, f"{code} is the policy's own currency and worth 1 of it; leave it out")
        elif rates.setdefault(code, rate) != rate:
            reader.fail(place, f"{code} is there twice with different rates; keep one")
    return rates
