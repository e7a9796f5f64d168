"""What differs between two documents, in words that people use of them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from app.commands.terminal import COLON
from app.engine.problems import at, shown
from app.engine.text import slug

if TYPE_CHECKING:
    from app.engine.explain import Language as Spoken

Kind = Literal["added", "removed", "changed", "moved"]

_NAMES: Final = ("id", "code", "tier", "rep", "name")
"""What tells the entries of a list apart, the first that all of them have."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. ``where`` names rules, regions and the like by what they are called."""

    kind: Kind
    where: str
    old: Any = None
    new: Any = None

    def line(self, language: Spoken = "en") -> str:
        """It as one line: ``rules.region.assign.by: "round_robin" → "least_loaded"``."""
        match self.kind:
            case "added":
                said = brief(self.new)
            case "removed":
                said = brief(self.old)
            case "changed":
                said = f"{brief(self.old)} → {brief(self.new)}"
            case "moved":
                said = _MOVED[language].format(self.old + 1, self.new + 1)
        return f"{self.where}{COLON[language]}{said}"


_MOVED: Final[Mapping[Spoken, str]] = {"en": "from place {} to {}", "zh": "从第 {} 位移到第 {} 位"}


def brief(value: Any) -> str:
    """A value in one line of bounded length."""
    match value:
        case dict():
            return _cut("{" + ", ".join(f"{key}: {brief(one)}" for key, one in value.items()) + "}")
        case list():
            return _cut("[" + ", ".join(map(brief, value)) + "]")
        case str():
            return _cut(" ".join(value.split())) or '""'
        case None:
            return "none"
        case _:
            return shown(value)


def _cut(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99]}…"


def differences(old: Any, new: Any, where: str = "") -> Iterator[Difference]:
    """Yield what differs, in the order of the new document; what is gone comes last."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_objects(old, new, where)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, where)
    elif old != new:
        yield Difference("changed", where, old, new)


def _of_objects(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> Iterator[Difference]:
    for key, value in new.items():
        place = at(where, key)
        if key not in old:
            yield Difference("added", place, new=value)
        else:
            yield from differences(old[key], value, place)
    for key, value in old.items():
        if key not in new:
            yield Difference("removed", at(where, key), old=value)


def _of_lists(old: list[Any], new: list[Any], where: str) -> Iterator[Difference]:
    before, after = _by_name(old), _by_name(new)
    if before is None or after is None:
        if old != new:
            yield Difference("changed", where, old, new)
        return
    for name, value in after.items():
        if name not in before:
            yield Difference("added", at(where, name), new=value)
        else:
            yield from differences(before[name], value, at(where, name))
    for name, value in before.items():
        if name not in after:
            yield Difference("removed", at(where, name), old=value)
    # Order matters in lists of rules and tiers: those that stay, but not one after the other as they did.
    stay_before = [name for name in before if name in after]
    stay_after = [name for name in after if name in before]
    if stay_before != stay_after:
        for name in _moved(stay_before, stay_after):
            yield Difference("moved", at(where, name), list(before).index(name), list(after).index(name))


def _moved(before: list[str], after: list[str]) -> list[str]:
    """The fewest that must have moved: all but a longest common subsequence."""
    from difflib import SequenceMatcher

    kept: set[str] = set()
    for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        kept.update(before[block.a : block.a + block.size])
    return [name for name in after if name not in kept]


def _by_name(entries: list[Any]) -> dict[str, Any] | None:
    """Entries by what they are called; None if they have no names that tell them apart."""
    if not all(isinstance(entry, Mapping) for entry in entries):
        return None
    for key in _NAMES:
        names = [entry.get(key, _rule_id(entry) if key == "id" else None) for entry in entries]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return dict(zip(names, entries, strict=True))
    return None


def _rule_id(entry: Mapping[str, Any]) -> str | None:
    """The id that a rule has by its name, if it says none."""
    return slug(str(entry["name"])) if "assign" in entry and "name" in entry else None
