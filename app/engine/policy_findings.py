"""What in a policy is allowed but probably not meant?

Each finding has a stable code, so that people can look it up and tools can count it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from app.engine.codes import looks_like_language
from app.engine.conditions import ALWAYS, Among, Condition, Range, tests_in
from app.engine.fields import MONEY, Words
from app.engine.lead import Number
from app.engine.policy import Limits, OneRep, OneTeam, Otherwise, Owner, Policy, RepsBy, Rule, Scoring, Strategy
from app.engine.policy_reader import Finding
from app.engine.problems import at, shown
from app.engine.roster import Roster
from app.engine.roster_index import RosterIndex

FaultOfPlace: TypeAlias = Callable[[str], str | None]
"""Says why no lead is ever at the code of a place; None if some may be."""


def findings_of(policy: Policy, roster: Roster | None, fault_of_place: FaultOfPlace) -> Iterator[Finding]:
    """Yield what is odd about a policy as a whole; with a roster, also about whom its rules find there."""
    yield from _chain(policy.rules)
    yield from _places(policy, fault_of_place)
    yield from _dimensions(policy)
    yield from _money(policy)
    yield from _score_bounds(policy)
    yield from _languages(policy)
    if roster is not None:
        yield from _selections(policy.rules, roster)


def no_fault(code: str) -> str | None:
    """Find nothing wrong with any place: for callers that have no tables of places at hand."""
    return None


def abandoned_rotations(old: Policy, new: Policy, live: Iterable[str]) -> Iterator[Finding]:
    """Yield the rotations in ``live`` that the old policy uses and the new one does not, with the line to keep each.

    A rotation belongs to a rule's id, and that follows its name: renaming a rule without giving it the old id starts
    its turns anew.
    """
    kept = {rule.rotation for rule in new.rules}
    old_ids = {rule.id for rule in old.rules}
    wanted = set(live)
    for rule in old.rules:
        if rule.rotation in kept or rule.rotation not in wanted:
            continue
        message = f"the turns taken by rule {shown(rule.name)} are not carried on"
        heirs = [other for other in new.rules if other.id not in old_ids and _alike(rule, other)]
        if heirs and rule.rotation == f"rule:{rule.id}":
            yield Finding("rotation_abandoned", heirs[0].place, f"{message}; to keep them add the line id: {rule.id}")
        else:
            yield Finding("rotation_abandoned", "rules", message)


def _alike(one: Rule, other: Rule) -> bool:
    return (one.select, one.covering) == (other.select, other.covering) and other.rotation == f"rule:{other.id}"


def _ends_chain(rule: Rule) -> bool:
    """Whether no lead gets past a rule."""
    return rule.when is ALWAYS and (rule.otherwise is Otherwise.QUEUE or rule.by is Strategy.CLAIM)


def _catches_all(rule: Rule) -> bool:
    """Whether a rule has someone for every lead, able or not."""
    return _ends_chain(rule) or (rule.when is ALWAYS and not rule.covering and not isinstance(rule.select, Owner))


def _chain(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    if not rules:
        yield Finding("no_rules", "rules", "no rule is enabled: every lead will wait in the queue")
    elif not any(map(_catches_all, rules)):
        message = "no rule is for every lead: one that no rule applies to will wait in the queue"
        yield Finding("no_catch_all", "rules", f"{message}; end with a rule without when, covering and owner")
    end = next((rule for rule in rules if _ends_chain(rule)), None)
    for rule in rules[rules.index(end) + 1 :] if end is not None else ():
        yield Finding(
            "unreachable_rule", rule.place, f"no lead comes this far: {end.place} keeps every one" if end else ""
        )


def _places(policy: Policy, fault_of: FaultOfPlace) -> Iterator[Finding]:
    """Codes that have the shape of a place's, and are none that a lead can have."""
    territories = policy.regions.territories
    named = [
        (at(at("regions", index), "contains"), code)
        for index, territory in enumerate(territories.values())
        for code in territory.contains
    ]
    for place, condition in _conditions(policy):
        for test in tests_in(condition):
            if test.field.words is Words.REGION and isinstance(test.check, Among):
                named += [(at(place, "when"), code) for code in sorted(test.check.keys)]
    for place, code in dict.fromkeys(named):
        if code not in territories and (fault := fault_of(code)) is not None:
            yield Finding("unknown_place", place, fault)


def _dimensions(policy: Policy) -> Iterator[Finding]:
    empty = {
        name: f"no lead has one: the policy defines no {what}"
        for name, what, there in (
            ("tier", "tiers", policy.tiers),
            ("industry", "industries", policy.industries.industries),
        )
        if not there
    }
    for rule in policy.rules:
        for key, dimensions in (("covering", rule.covering), ("prefer", rule.prefer)):
            for dimension in dimensions:
                if dimension in empty:
                    place = at(at(rule.place, "assign"), key)
                    yield Finding("dimension_without_values", place, f"{dimension}: {empty[dimension]}")


def _money(policy: Policy) -> Iterator[Finding]:
    used = {criterion.field for criterion in policy.scoring.criteria} & MONEY
    used |= MONEY.intersection(*[_reads(policy)])
    if not used:
        return
    names = " and ".join(sorted(name for name in used if name))
    if policy.currency is None:
        message = f"{names} will be compared whatever the currency; name the one you mean, as currency: CNY"
        yield Finding("currency_missing", "currency", message)
    elif not policy.rates:
        message = (
            f"{names} in other currencies than {policy.currency} will meet no condition; give rates if leads have any"
        )
        yield Finding("rates_missing", "rates", message)


def _conditions(policy: Policy) -> Iterator[tuple[str, Condition]]:
    for index, screen in enumerate(policy.screening):
        yield at("screening", index), screen.when
    for criterion in policy.scoring.criteria:
        if criterion.when is not None:
            yield criterion.place, criterion.when
    for index, tier in enumerate(policy.tiers):
        yield at("tiers", index), tier.when
    for rule in policy.rules:
        yield rule.place, rule.when


def _reads(policy: Policy) -> frozenset[str]:
    return frozenset[str]().union(*(condition.reads for _, condition in _conditions(policy)))


def _score_bounds(policy: Policy) -> Iterator[Finding]:
    """A score that no lead can have makes a tier or a rule that no lead can meet."""
    least, most = score_bounds(policy.scoring)
    possible = Range(least, most)
    for place, condition in _conditions(policy):
        for test in tests_in(condition):
            if test.field.name == "score" and isinstance(test.check, Range) and possible.narrowed_by(test.check).empty:
                message = f"{test.operator} {test.expected}: scores of this policy lie between {least} and {most}"
                yield Finding("score_out_of_reach", at(place, "when"), message)


def _languages(policy: Policy) -> Iterator[Finding]:
    """Names of languages, where leads have codes."""
    named: list[tuple[str, Iterable[str]]] = [
        (at(place, "when"), test.check.keys)
        for place, condition in _conditions(policy)
        for test in tests_in(condition)
        if test.field.name == "language" and isinstance(test.check, Among)
    ]
    named += [
        (at(criterion.place, "points"), criterion.points or ())
        for criterion in policy.scoring.criteria
        if criterion.field == "language"
    ]
    for where, words in named:
        for word in sorted(words):
            if not looks_like_language(word):
                message = f"{shown(word)} is no lead's language; write the language as its code, such as de or zh-CN"
                yield Finding("language_not_a_code", where, message)


def score_bounds(scoring: Scoring) -> tuple[Number, Number]:
    """Return the least and the most that a lead's score can come to."""
    least: dict[str | None, Number] = {}
    most: dict[str | None, Number] = {}
    for criterion in scoring.criteria:
        given = [*(criterion.points or {}).values(), *(points for _, points in criterion.bands or ())]
        if criterion.award is not None:
            given.append(criterion.award)
        least[criterion.group] = least.get(criterion.group, 0) + min(0, *given, 0)
        most[criterion.group] = most.get(criterion.group, 0) + max(0, *given, 0)
    for group, limits in scoring.groups.items():
        least[group], most[group] = _within(least.get(group, 0), limits), _within(most.get(group, 0), limits)
    return _within(sum(least.values()), scoring.total), _within(sum(most.values()), scoring.total)


def _within(number: Number, limits: Limits) -> Number:
    if limits.maximum is not None:
        number = min(number, limits.maximum)
    return number if limits.minimum is None else max(number, limits.minimum)


def _selections(rules: tuple[Rule, ...], roster: Roster) -> Iterator[Finding]:
    index = RosterIndex(roster)
    for rule in rules:
        place = at(rule.place, "assign")
        match rule.select:
            case OneTeam(team):
                members = [member for member in roster.teams[team].members if member[0] in roster.reps]
                if not members:
                    yield Finding("empty_team", at(place, "team"), f"team {shown(team)} has no members")
                elif not any(weight for _, weight in members):
                    message = f"all weights in team {shown(team)} are 0: nobody there gets a turn"
                    yield Finding("team_without_weight", at(place, "team"), message)
                elif all(roster.reps[rep].status == "inactive" for rep, _ in members):
                    yield Finding("nobody_active", at(place, "team"), f"everyone in team {shown(team)} is inactive")
            case OneRep(rep) if roster.reps[rep].status == "inactive":
                yield Finding("nobody_active", at(place, "rep"), f"rep {shown(rep)} is inactive")
            case RepsBy(attributes) if attributes and not index.matching(attributes):
                yield Finding("nobody_selected", at(place, "reps"), "no rep in the roster is like that")
