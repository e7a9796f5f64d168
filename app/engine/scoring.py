"""What is a lead worth? Its points with where each came from, its tier, and whether it is a lead at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from app.engine.decision import Contribution, Score
from app.engine.fields import PERSONAL, Facts, getter, shown
from app.engine.lead import Number
from app.engine.operands import number_text, read_number
from app.engine.policy import Criterion, Limits, Scoring, Screen, Tier
from app.engine.text import fold

Give: TypeAlias = Callable[[Facts], Contribution | None]

NO_LIMITS: Final = Limits()

_PLACES: Final = Decimal("0.001")
_COMMON: Final = 256
_SHORT: Final = 64
"""How many texts of up to which length are remembered per criterion, with what it gives for them."""


def score(scoring: Scoring, facts: Facts) -> Score:
    """Return a lead's score: the sum of what its criteria give, within the limits of each group and of the total.

    A criterion whose field is missing, or whose value has no points, gives nothing and is not listed. Sums are exact
    in decimal; the total is an int if it is whole, else rounded to three places. What a limit adds or takes is a
    contribution too, named ``minimum`` or ``maximum``, with the bound as its value and the group it is for (None: the
    total); so the points of all contributions sum to the total.
    """
    given = [contribution for give in scoring.givers if (contribution := give(facts)) is not None]
    for group, limits in scoring.limited:
        _limit(given, [one.points for one in given if one.group == group], limits, group)
    total = _limit(given, [one.points for one in given], scoring.total, None)
    return Score(total, tuple(given))


def tier_of(tiers: Sequence[Tier], facts: Facts) -> str | None:
    """Return the first tier whose condition holds. ``facts`` must have the score."""
    for tier in tiers:
        if tier.when.holds(facts):
            return tier.tier
    return None


def screened_by(screening: Sequence[Screen], facts: Facts) -> Screen | None:
    """Return the first screen that rejects the lead."""
    for screen in screening:
        if screen.when.holds(facts):
            return screen
    return None


def scoring_of(
    criteria: tuple[Criterion, ...], groups: Mapping[str, Limits] | None = None, total: Limits = NO_LIMITS
) -> Scoring:
    """Compile criteria, with the limits of their groups and of the total."""
    groups = groups or {}
    limited = tuple((group, limits) for group, limits in groups.items() if limits != NO_LIMITS)
    return Scoring(criteria, groups, total, tuple(map(_giver, criteria)), limited)


def _giver(criterion: Criterion) -> Give:
    name, group, when, award = criterion.name, criterion.group, criterion.when, criterion.award
    if criterion.field is None:
        if when is None or award is None:
            return lambda facts: None
        awarded, holds = Contribution(name, award, group=group), when.holds
        return lambda facts: awarded if holds(facts) else None
    get = getter(criterion.field)
    # A decision outlives the person's data: it says what for, and not who.
    personal = criterion.field in PERSONAL
    if criterion.points is None:
        bands = criterion.bands or ()

        def give_by_band(facts: Facts) -> Contribution | None:
            value = get(facts)
            number = read_number(value)
            if number is not None:
                for at_least, points in bands:
                    if number >= at_least:
                        return Contribution(name, points, None if personal else shown(value), group)
            return None

        return give_by_band

    def given(value: object) -> Contribution | None:
        amount = _by_value(criterion, value)
        return None if amount is None else Contribution(name, amount, None if personal else shown(value), group)

    # What many leads have in common is looked up. Numbers are not: 1, 1.0 and true are the same key.
    common = lru_cache(maxsize=_COMMON)(given)

    def give(facts: Facts) -> Contribution | None:
        value = get(facts)
        if value is None:
            return None
        if isinstance(value, tuple) or (isinstance(value, str) and len(value) <= _SHORT and not personal):
            return common(value)
        return given(value)

    return give


def _by_value(criterion: Criterion, value: object) -> Number | None:
    """Look the value up; of a list of values the best counts, of a path in a tree the narrowest."""
    table = criterion.points or {}
    if isinstance(value, str):
        return table.get(fold(value))
    if isinstance(value, tuple):
        return next((table[code] for code in value if code in table), None)
    if isinstance(value, list):
        return max((table[key] for one in value if (key := _key(one)) in table), default=None)
    return table.get(_key(value))


def _key(value: object) -> str:
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, int | float) else ""


def _limit(given: list[Contribution], points: Sequence[Number], limits: Limits, group: str | None) -> Number:
    """Append what a limit adds to or takes from the sum of these points, and return the sum within it."""
    total = _sum(points)
    if limits.maximum is not None and total > limits.maximum:
        bound, limit = limits.maximum, "maximum"
    elif limits.minimum is not None and total < limits.minimum:
        bound, limit = limits.minimum, "minimum"
    else:
        return total
    given.append(Contribution(limit, _sum([bound, -total]), bound, group))
    return bound


def _sum(numbers: Sequence[Number]) -> Number:
    total = sum(numbers)
    if isinstance(total, int):
        return total
    exact = sum((Decimal(str(number)) for number in numbers), Decimal(0)).quantize(_PLACES)
    whole = int(exact)
    return whole if whole == exact else float(exact)
