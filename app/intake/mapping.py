"""Which fields of a lead does a mapping make of a tree that some system sent?

A tree is what JSON can carry: a webhook's body, a web form (names and texts), flat XML. First what the mapping names is
taken, then what it ignores is put aside, then what it does not name is recognised
(:mod:`app.intake.recognition`), then defaults fill gaps. All that is left is kept in ``attributes``. The language is
described in ``docs/mapping.md``, and read by :mod:`app.intake.mapping_document`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from app.intake.amounts import Unit, in_unit
from app.intake.normalise import FIELDS
from app.intake.paths import Every, Found, Path, Position, folded, write_path
from app.intake.recognition import Recognised, is_east, recognise, recognised_inside
from app.intake.tree import Tree, as_text, is_empty

ATTRIBUTES: Final = "attributes."
"""What the name of a target begins with that is no field of a lead, but one of its attributes."""

How: TypeAlias = Literal["mapped", "recognised", "constant", "default"]


@dataclass(frozen=True, slots=True)
class Take:
    """The value of the first path that has one, perhaps translated, perhaps in a unit.

    ``translation`` is looked up by folded text; ``otherwise`` holds what stands for a value that is not in it, if
    anything does.
    """

    paths: tuple[Path, ...]
    translation: Mapping[str, Any] = field(default_factory=dict)
    otherwise: tuple[Any, ...] = ()
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The values of all paths that have one, with a text between them."""

    paths: tuple[Path, ...]
    between: str | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """Always this; null: never anything, not even what is recognised."""

    value: Any


Source: TypeAlias = Take | Join | Constant


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a field came from: the paths of its values, joined by `` + ``; empty of a constant or a default."""

    how: How
    path: str = ""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a tree came to. ``fields`` are for :func:`app.intake.normalise.normalise`, with ``attributes``.

    ``origins`` are by field, and by ``attributes.NAME`` of those that the mapping names.
    """

    fields: dict[str, Any]
    origins: dict[str, Origin]

    @property
    def says_nothing(self) -> bool:
        """Whether all of it is the mapping's own: nothing came of the tree, neither a field nor an attribute."""
        if any(one.how in ("mapped", "recognised") for one in self.origins.values()):
            return False
        return all(ATTRIBUTES + name in self.origins for name in self.fields.get("attributes", ()))


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """A mapping that was read. ``fields`` and ``defaults`` are by field of a lead, or ``attributes.NAME``.

    ``recognise`` is None where the document does not say.
    """

    fields: Mapping[str, Source] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    ignore: tuple[Path, ...] = ()
    recognise: bool | None = None

    def over(self, base: FieldMapping) -> FieldMapping:
        """This mapping laid over another: what it says of a field counts, and so does the other's of those it does
        not name; both ignore.
        """
        return replace(
            self,
            fields={**base.fields, **self.fields},
            defaults={**base.defaults, **self.defaults},
            ignore=tuple(dict.fromkeys((*base.ignore, *self.ignore))),
            recognise=base.recognise if self.recognise is None else self.recognise,
        )


def apply(mapping: FieldMapping, tree: Mapping[str, Any]) -> Mapped:
    """The fields that a mapping makes of a tree, which is left as it is. Never raises for anything that JSON can carry.

    Every value of the tree is in ``fields`` in one way or another, unless it is ignored, was translated, or says
    nothing (null, blank, empty). Takes a time in proportion to the tree.
    """
    looked = Tree(tree)
    mapped = _Mapping(mapping, looked)
    mapped.take()
    for pattern in mapping.ignore:
        looked.ignore(pattern)
    rest = looked.rest()
    if mapping.recognise is not False:
        rest = mapped.recognise(rest)
    return mapped.end(rest)


class _Mapping:
    """One tree being mapped: what its fields and attributes are so far, and where they came from."""

    def __init__(self, mapping: FieldMapping, tree: Tree) -> None:
        self.mapping = mapping
        self.tree = tree
        self.fields: dict[str, Any] = {}
        self.attributes: dict[str, Any] = {}
        self.origins: dict[str, Origin] = {}
        self.weak: list[Recognised] = []

    def take(self) -> None:
        """What the mapping names. Nothing is marked before all have looked: two fields may take the same value."""
        taken: list[Position] = []
        for target, source in self.mapping.fields.items():
            match source:
                case Constant():
                    if source.value is not None:
                        self._set(target, source.value, Origin("constant"))
                    continue
                case Join():
                    found, value = self._joined(source)
                case Take():
                    found, value = self._taken(target, source)
            for one in found:
                taken += (one.position, *one.used)
            if not is_empty(value):
                self._set(target, value, Origin("mapped", _paths(one.position for one in found)))
        self.tree.take(taken)

    def recognise(self, rest: dict[str, Any]) -> dict[str, Any]:
        """What of the rest is recognised, for fields that the mapping does not name; what is left then."""
        given = rest.pop("attributes", None) if isinstance(rest.get("attributes"), dict) else None
        found = recognise(rest, RECOGNISED - self.mapping.fields.keys())
        left = Tree(rest)
        for one in found:
            if one.weak:
                self.weak.append(one)
                continue
            self._set(one.field, one.value, Origin("recognised", _paths(one.positions)))
            left.take(one.positions)
        kept = left.rest()
        return kept if given is None else _merged(given, kept)

    def end(self, rest: dict[str, Any]) -> Mapped:
        """Defaults where there is a gap, then what is only a guess; and the rest as attributes."""
        for target, value in self.mapping.defaults.items():
            name = target.removeprefix(ATTRIBUTES)
            there = name in self.attributes or name in rest if target != name else target in self.fields
            if not there:
                self._set(target, value, Origin("default"))
        for one in self.weak:
            # Kept among the attributes as well: there everybody finds it, whether it was needed here or not.
            if one.field not in self.fields:
                self._set(one.field, one.value, Origin("recognised", _paths(one.positions)))
        attributes = _merged(self.attributes, rest)
        fields = {**self.fields, "attributes": attributes} if attributes else self.fields
        return Mapped(fields, self.origins)

    def _set(self, target: str, value: Any, origin: Origin) -> None:
        if target.startswith(ATTRIBUTES):
            self.attributes[target.removeprefix(ATTRIBUTES)] = value
        else:
            self.fields[target] = value
        self.origins[target] = origin

    def _first(self, paths: tuple[Path, ...]) -> tuple[Path, list[Found]]:
        for path in paths:
            if found := self.tree.find(path):
                return path, found
        return paths[0], []

    def _taken(self, target: str, source: Take) -> tuple[list[Found], Any]:
        path, found = self._first(source.paths)
        if not found:
            return [], None
        if target.startswith(ATTRIBUTES):
            every = any(isinstance(step, Every) for step in path.steps)
            values = [_translated(source, one.value) for one in found]
            return found, [value for value in values if value is not None] if every else values[0]
        found = [part for one in found for part in _parts(target, one)]
        values = [_translated(source, one.value) for one in found]
        return found, _one(values)

    def _joined(self, source: Join) -> tuple[list[Found], str | None]:
        texts: list[str] = []
        used: list[Found] = []
        for path in source.paths:
            found = self.tree.find(path)
            if found and (text := as_text(_one([one.value for one in found]))) is not None:
                texts.append(text.strip())
                used += found
        between = source.between
        if between is None:
            between = "" if all(map(is_east, texts)) else " "
        return used, between.join(texts) or None


RECOGNISED: Final = FIELDS - {"attributes"}
"""The fields that can be recognised by their names."""


def _paths(positions: Iterable[Position]) -> str:
    return " + ".join(map(write_path, positions))


def _parts(target: str, found: Found) -> list[Found]:
    """What an object says of a field: ``value`` in it, or parts that are known (``first`` and ``last`` of a name)."""
    value = found.value
    if not isinstance(value, dict):
        return [found]
    if not is_empty(value.get("value")):
        return [Found((*found.position, "value"), value["value"], found.used)]
    read = recognised_inside(target, value)
    if read is None:
        return [found]
    first, *others = [(*found.position, *position) for position in read.positions]
    return [Found(first, read.value, (*found.used, *others))]


def _one(values: list[Any]) -> Any:
    """Several values as one: scalars as a text, joined by commas. What holds more than scalars is left as it is."""
    flat = [part for value in values for part in (value if isinstance(value, list) else [value])]
    flat = [part for part in flat if not is_empty(part)]
    if len(flat) == 1 and not isinstance(flat[0], dict | list):
        return flat[0]
    texts = [as_text(part) for part in flat]
    if None in texts:
        return values[0] if len(values) == 1 else values
    return ", ".join(text.strip() for text in texts if text) or None


def _translated(source: Take, value: Any) -> Any:
    """A value by the mapping's own words and in its unit; each one of a list."""
    if not source.translation and not source.otherwise and source.unit is None:
        return value
    if isinstance(value, list):
        parts = (_translated(source, part) for part in value)
        return [part for part in parts if part is not None]
    text = as_text(value)
    if text is None:
        return value
    if source.translation or source.otherwise:
        key = folded(text)
        if key in source.translation:
            value = source.translation[key]
        elif source.otherwise:
            value = source.otherwise[0]
    return value if source.unit is None else in_unit(value, source.unit)


def _merged(first: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Both; what has a name that another value has already gets a line under its own."""
    merged = dict(first)
    for name, value in others.items():
        key = name
        while key in merged and merged[key] != value:
            key += "_"
        merged[key] = value
    return merged
