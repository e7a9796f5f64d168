"""What does a path find in this tree, and what is left of the tree when some of it is taken?

Each object's names are folded once, however many paths ask for them, and each list is indexed once: all paths together
take a time in proportion to the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from app.intake.paths import (
    MOST_ELEMENTS,
    Every,
    Found,
    Index,
    Key,
    Like,
    Matching,
    Path,
    Position,
    Step,
    flat_segments,
    folded,
)

DEEPEST: Final = 32
"""Levels that are kept of what no path took; of what lies deeper, a short text."""
_GIST: Final = 120

Marks: TypeAlias = dict[str | int, "Marks | None"]
"""Which parts of a tree are taken: by key, all of it (None), or which parts of that."""


class Tree:
    """A tree that is looked into, and what of it was taken."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.taken: Marks = {}
        self._names: dict[int, dict[str, str]] = {}
        self._members: dict[tuple[int, str], dict[str, int]] = {}
        self._flat: dict[tuple[str, ...], str] | None = None

    def find(self, path: Path) -> list[Found]:
        """What a path finds that is a value: neither null, nor blank, nor empty."""
        found = [one for one in self._walk(Found((), self.root), path.steps) if not is_empty(one.value)]
        return found or [one for one in self._find_flat(path.steps) if not is_empty(one.value)]

    def take(self, positions: Iterable[Position]) -> None:
        """Mark what is taken."""
        for position in positions:
            mark(self.taken, position)

    def ignore(self, path: Path) -> None:
        """Mark all that a pattern fits, as if it were taken."""
        self.take([one.position for one in self._walk(Found((), self.root), path.steps)])
        for name in filter(_is_flat, self.root):
            segments = tuple(map(folded, flat_segments(name)))
            if len(path.steps) <= len(segments) and all(map(_fits, path.steps, segments)):
                mark(self.taken, (name,))

    def rest(self) -> dict[str, Any]:
        """What was not taken. Texts that are blank and what is empty are left out."""
        return {
            key: kept
            for key, value in self.root.items()
            if not is_empty(kept := without(value, self.taken.get(key, _NOTHING)))
        }

    def _walk(self, here: Found, steps: tuple[Step, ...]) -> Iterator[Found]:
        if not steps:
            yield here
            return
        step, rest = steps[0], steps[1:]
        for one in self._step(here, step):
            yield from self._walk(one, rest)

    def _step(self, here: Found, step: Step) -> Iterator[Found]:
        value = here.value
        match step:
            case Key():
                if isinstance(value, dict):
                    if (key := self._key(value, step)) is not None:
                        yield _inside(here, key, value[key])
                elif isinstance(value, list) and step.name.isdecimal() and step.name.isascii():
                    yield from _element(here, int(step.name[:9]))
            case Index():
                if isinstance(value, dict) and str(step.number) in value:
                    yield _inside(here, str(step.number), value[str(step.number)])
                else:
                    yield from _element(here, step.number)
            case Every():
                if isinstance(value, list):
                    for index, element in enumerate(value[:MOST_ELEMENTS]):
                        yield _inside(here, index, element)
                else:
                    yield here
            case Matching():
                yield from self._matching(here, step)
            case Like():
                if isinstance(value, dict):
                    for name, member in value.items():
                        if step.fits(name):
                            yield _inside(here, name, member)

    def _key(self, value: dict[str, Any], key: Key) -> str | None:
        return key.name if key.name in value else self._names_of(value).get(key.folded)

    def _matching(self, here: Found, step: Matching) -> Iterator[Found]:
        elements = here.value if isinstance(here.value, list) else [here.value]
        if elements is here.value:
            indexed = (id(elements), step.member.folded)
            if indexed not in self._members:
                self._members[indexed] = self._indexed(elements, step.member)
            index = self._members[indexed].get(step.value)
        else:
            index = self._indexed(elements, step.member).get(step.value)
        if index is None:
            return
        found = _inside(here, index, elements[index]) if elements is here.value else here
        member = self._key(found.value, step.member)
        yield found._replace(used=(*found.used, (*found.position, member or "")))

    def _indexed(self, elements: list[Any], member: Key) -> dict[str, int]:
        first: dict[str, int] = {}
        for index, element in enumerate(elements):
            if not isinstance(element, dict) or (key := self._key(element, member)) is None:
                continue
            if (text := as_text(element[key])) is not None:
                first.setdefault(folded(text), index)
        return first

    def _names_of(self, value: dict[str, Any]) -> dict[str, str]:
        names = self._names.get(id(value))
        if names is None:
            names = self._names[id(value)] = {}
            for name in value:
                names.setdefault(folded(name), name)
        return names

    def _flat_names(self) -> dict[tuple[str, ...], str]:
        if self._flat is None:
            self._flat = {}
            for name in filter(_is_flat, self.root):
                self._flat.setdefault(tuple(map(folded, flat_segments(name))), name)
        return self._flat

    def _find_flat(self, steps: tuple[Step, ...]) -> Iterator[Found]:
        if not self._flat_names():
            return
        names: list[str] = []
        for step in steps:
            if not isinstance(step, Key | Index):
                break
            names.append(step.folded if isinstance(step, Key) else str(step.number))
        for count in range(len(names), 0, -1):
            key = self._flat_names().get(tuple(names[:count]))
            if key is not None:
                yield from self._walk(Found((key,), self.root[key]), steps[count:])
                return


def _inside(here: Found, key: str | int, value: Any) -> Found:
    return Found((*here.position, key), value, here.used)


def _element(here: Found, number: int) -> Iterator[Found]:
    if not isinstance(here.value, list):
        if number in (0, -1):
            yield here
    elif -len(here.value) <= number < len(here.value):
        index = number % len(here.value)
        yield _inside(here, index, here.value[index])


def mark(marks: Marks, position: Position) -> None:
    """Mark a place as taken, with all that lies in it."""
    for key in position[:-1]:
        inside = marks.setdefault(key, {})
        if inside is None:
            return
        marks = inside
    if position:
        marks[position[-1]] = None


_NOTHING: Final[Marks] = {}


def without(value: Any, marks: Marks | None, depth: int = 1) -> Any:
    """A value without what is marked in it, and without members that are blank or empty."""
    if marks is None:
        return None
    if not isinstance(value, dict | list):
        return value
    if depth >= DEEPEST:
        return gist(value)
    if isinstance(value, list):
        parts = ((without(part, marks.get(index, _NOTHING), depth + 1), index) for index, part in enumerate(value))
        return [part for part, index in parts if index not in marks or not is_empty(part)]
    return {
        key: kept
        for key, part in value.items()
        if not is_empty(kept := without(part, marks.get(key, _NOTHING), depth + 1))
    }


def gist(value: Any) -> str:
    """The first texts of a value that is too deep to keep, as one."""
    pending, texts, room = [value], [], _GIST
    while pending and room > 0:
        part = pending.pop()
        if isinstance(part, dict):
            pending += reversed(part.values())
        elif isinstance(part, list):
            pending += part[:_GIST][::-1]
        elif (text := as_text(part)) is not None:
            texts.append(text[:room])
            room -= len(texts[-1]) + 1
    return " ".join(texts)


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, a blank text, an empty list or object."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def as_text(value: Any) -> str | None:
    """A scalar as its sender would have written it; None of what is none, or blank."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value if value.strip() else None
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case int() if value.bit_length() > 1000:
            return hex(value)
        case int() | float():
            return str(value)
        case _:
            return None


def _is_flat(name: str) -> bool:
    return name.endswith("]") or "." in name


def _fits(step: Step, segment: str) -> bool:
    match step:
        case Key():
            return step.folded == segment
        case Index():
            return str(step.number) == segment
        case Like():
            return step.fits(segment)
        case Every():
            return True
        case Matching():
            return False
