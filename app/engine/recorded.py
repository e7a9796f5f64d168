"""Which facts does a record keep, so that its decision can be computed again? Those that the policy reads, and no more.

What may be the person's own stands apart from the rest, so that it can be erased and the rest of the record stays
whole. Of a value that a policy only asks for (``email: missing``) nothing is kept but that there was one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.engine.conditions import Condition, FieldTest, Presence, tests_in
from app.engine.fields import ATTRIBUTES, FIELDS, OWN, Facts, Get, Kind, as_written, is_blank
from app.engine.lead import PLAIN
from app.engine.policy import Rule, Scoring, Screen, Strategy, Tier

GIVEN: Final = "given"
"""Stands in facts that were read back for a value of which only the presence was asked, and so kept."""

_IN_THE_DECISION: Final = frozenset({"score", "tier", "now"})
_TUPLES: Final = frozenset({"coordinates", *(name for name, field in FIELDS.items() if field.kind is Kind.TREE)})
_TIMES: Final = frozenset(name for name, field in FIELDS.items() if field.kind is Kind.TIME)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reads:
    """The names of what a policy reads of a lead, by how a record keeps it.

    ``plain`` as it is; ``own`` and ``own_attributes`` apart, for they may be the person's own; ``given`` and
    ``given_attributes`` are the person's own too, but only their presence is asked for. Attributes go by their names
    without the prefix, each with what gets it. ``fields`` are those of the lead's that are read as they are.
    """

    plain: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    own_attributes: tuple[tuple[str, Get], ...] = ()
    given: tuple[str, ...] = ()
    given_attributes: tuple[tuple[str, Get], ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def needs_the_person(self) -> bool:
        """Whether decisions depend on values that go with the person's data when those are erased."""
        return bool(self.own or self.own_attributes)

    def kept(self, facts: Facts) -> tuple[Document, Document | None]:
        """The facts of one decision as the record keeps them, and apart from them the person's; None if there are none.

        What is missing is absent. Both can be written as JSON.
        """
        get = facts.get
        open_: Document = {name: value for name in self.plain if (value := get(name)) is not None}
        for name in self.given:
            if get(name) is not None:
                open_[name] = True
        own: Document = {name: value for name in self.own if (value := get(name)) is not None}
        if self.given_attributes:
            given = {
                name: not is_blank(value) for name, of in self.given_attributes if (value := of(facts)) is not None
            }
            if given:
                open_["attributes"] = given
        if self.own_attributes:
            written = {name: value for name, of in self.own_attributes if (value := of(facts)) is not None}
            if written:
                own["attributes"] = written
        return open_, own or None

    def restored(self, facts: Mapping[str, Any], person: Mapping[str, Any] | None) -> Document:
        """The facts as the policy read them, from what the record kept of them."""
        found = {name: _value(name, value) for part in (facts, person or {}) for name, value in part.items()}
        found.update((name, GIVEN) for name in self.given if name in found)
        given = facts.get("attributes", {})
        attributes = {
            **{name: GIVEN if there else "" for name, there in given.items()},
            **(person or {}).get("attributes", {}),
        }
        if attributes:
            found["attributes"] = attributes
        return found


def _value(name: str, value: Any) -> Any:
    if name in _TUPLES:
        return tuple(value)
    return datetime.fromisoformat(value) if name in _TIMES else value


def reads_of(screening: Iterable[Screen], scoring: Scoring, tiers: Iterable[Tier], rules: Sequence[Rule]) -> Reads:
    """All that these read of a lead: by conditions, criteria, coverage and distance."""
    conditions: list[Condition] = [screen.when for screen in screening]
    conditions += [criterion.when for criterion in scoring.criteria if criterion.when is not None]
    conditions += [tier.when for tier in tiers]
    conditions += [rule.when for rule in rules]
    names = {criterion.field for criterion in scoring.criteria if criterion.field is not None}
    names.update(dimension for rule in rules for dimension in (*rule.covering, *rule.prefer))
    if any(rule.by is Strategy.NEAREST for rule in rules):
        names.add("coordinates")
    asked: set[str] = set()
    for test in (test for condition in conditions for test in tests_in(condition)):
        (asked if _asks_only_for_it(test) else names).add(test.field.name)
    names -= _IN_THE_DECISION
    own = sorted(name for name in names if _is_own(name))
    given = sorted(name for name in asked - names if _is_own(name))
    roots = {"attributes" if name.startswith(ATTRIBUTES) else name for name in names | asked}
    return Reads(
        plain=tuple(sorted(name for name in (names | asked) - _IN_THE_DECISION if not _is_own(name))),
        own=tuple(name for name in own if not name.startswith(ATTRIBUTES)),
        own_attributes=tuple((_bare(name), as_written(name)) for name in own if name.startswith(ATTRIBUTES)),
        given=tuple(name for name in given if not name.startswith(ATTRIBUTES)),
        given_attributes=tuple((_bare(name), as_written(name)) for name in given if name.startswith(ATTRIBUTES)),
        fields=tuple(name for name in PLAIN if name in roots),
    )


def _asks_only_for_it(test: FieldTest) -> bool:
    return isinstance(test.check, Presence)


def _is_own(name: str) -> bool:
    return name in OWN or name.startswith(ATTRIBUTES)


def _bare(name: str) -> str:
    return name.removeprefix(ATTRIBUTES)
