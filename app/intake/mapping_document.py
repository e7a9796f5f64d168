"""What does the document of a mapping say? Every key read, and everything that is wrong with it noted at once.

The language is described in ``docs/mapping.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.engine.problems import at, shown, suggest
from app.engine.reading import Notes
from app.intake.amounts import Unit, read_unit
from app.intake.errors import UnreadablePath, UnusableMapping
from app.intake.mapping import ATTRIBUTES, RECOGNISED, Constant, FieldMapping, Join, Source, Take
from app.intake.normalise import LONGEST_ID
from app.intake.paths import Path, folded, read_path
from app.intake.recognition import NUMBERS, meant
from app.intake.tree import as_text

MOST_FIELDS: Final = 200
MOST_PATHS: Final = 20
MOST_IGNORED: Final = 200
MOST_TRANSLATED: Final = 1000
LONGEST_TEXT: Final = 2000
"""Characters of a constant, a default, or a word of a ``map``."""

KEYS: Final = ("fields", "defaults", "ignore", "recognise")
SOURCE_KEYS: Final = ("from", "join", "with", "value", "map", "otherwise", "unit")

_HINTS: Final = {"recognize": "recognise", "default": "defaults", "mapping": "fields", "map": "fields"}
_SOURCE_HINTS: Final = {
    "path": "from",
    "paths": "from",
    "field": "from",
    "constant": "value",
    "const": "value",
    "separator": "with",
    "default": "defaults of the mapping",
    "else": "otherwise",
}
_BELONGS: Final = {"map": "from", "otherwise": "map", "unit": "from", "with": "join"}
"""Keys that say something about another one, and mean nothing without it."""


def read_mapping(document: Any) -> FieldMapping:
    """The mapping that a document is, given as plain data.

    Raises:
        UnusableMapping: with all the places that are wrong, and what to write instead.
    """
    reader = _Reader()
    mapping = reader.mapping(document)
    if reader.notes.errors:
        raise UnusableMapping(reader.notes.errors)
    return mapping


class _Reader:
    def __init__(self) -> None:
        self.notes = Notes()

    def mapping(self, document: Any) -> FieldMapping:
        hints = {**_HINTS, **{name: f"fields.{name}" for name in RECOGNISED}}
        given = self.notes.fields("", document, KEYS, hints=hints) or {}
        recognise = given.get("recognise")
        if recognise is not None and not isinstance(recognise, bool):
            self.notes.error("recognise", f"true or false is wanted here, not {shown(recognise)}")
        return FieldMapping(
            fields={
                target: source
                for place, target, value in self.targets("fields", given.get("fields"))
                if (source := self.source(place, target, value)) is not None
            },
            defaults={
                target: value
                for place, target, value in self.targets("defaults", given.get("defaults"))
                if self.constant(place, target, value)
            },
            ignore=tuple(
                path
                for place, text in self.notes.entries("ignore", given.get("ignore"), MOST_IGNORED)
                if (path := self.path(place, text, pattern=True)) is not None
            ),
            recognise=recognise if isinstance(recognise, bool) else None,
        )

    def targets(self, where: str, given: Any) -> list[tuple[str, str, Any]]:
        """The entries of an object whose names are targets: place, target, value."""
        if given is None:
            return []
        if not isinstance(given, dict):
            self.notes.error(where, f"an object is wanted here, by fields of a lead, not {shown(given)}")
            return []
        if len(given) > MOST_FIELDS:
            self.notes.error(where, f"too many: {len(given)} fields; at most {MOST_FIELDS} are taken")
            return []
        entries = ((at(where, str(name)[:LONGEST_ID]), name, value) for name, value in given.items())
        return [(place, str(name), value) for place, name, value in entries if self.target(place, name)]

    def target(self, where: str, name: object) -> bool:
        if name in RECOGNISED:
            return True
        if not isinstance(name, str):
            self.notes.error(where, f"the name of a field is wanted here, not {shown(name)}")
        elif name.startswith(ATTRIBUTES):
            return self.notes.text(where, name.removeprefix(ATTRIBUTES), LONGEST_ID) is not None
        elif name == "attributes":
            self.notes.error(where, "name each attribute by itself, as attributes.shoe_size")
        else:
            known = meant(name)
            hint = f'; did you mean "{known}"?' if known else suggest(name[:LONGEST_ID], RECOGNISED)
            own = "" if hint else f'; for a field of your own write "{ATTRIBUTES}{name[:40]}"'
            self.notes.error(where, f"a lead has no such field{hint or own}")
        return False

    def source(self, where: str, target: str, given: Any) -> Source | None:
        if given is None:
            return Constant(None)
        if isinstance(given, str | list):
            return self.take(where, target, {"from": given}, where)
        if not isinstance(given, dict):
            self.notes.error(where, f"a path is text; for a constant write {{value: {shown(given)}}}")
            return None
        known = self.notes.fields(where, given, SOURCE_KEYS, hints=_SOURCE_HINTS)
        kinds = [key for key in ("from", "join", "value") if key in given]
        if not kinds and known is not None and not known.keys() <= set(SOURCE_KEYS):
            return None
        if len(kinds) != 1:
            said = f"only one of {', '.join(kinds)} can be" if kinds else 'one of "from", "join" and "value" must be'
            self.notes.error(where, f"{said} where a field comes from")
            return None
        for key, needed in _BELONGS.items():
            if key in given and needed not in given:
                self.notes.error(at(where, key), f'this only goes with "{needed}"')
        if kinds == ["value"]:
            return Constant(given["value"]) if self.constant(at(where, "value"), target, given["value"]) else None
        if kinds == ["join"]:
            return self.join(where, target, given)
        return self.take(where, target, given, at(where, "from"))

    def take(self, where: str, target: str, given: Mapping[str, Any], place: str) -> Take | None:
        paths = self.paths(place, given["from"])
        translation = self.translation(at(where, "map"), given["map"]) if given.get("map") is not None else {}
        otherwise: tuple[Any, ...] = ()
        if "otherwise" in given:
            otherwise = (given["otherwise"],)
            if given["otherwise"] is not None:
                self.scalar(at(where, "otherwise"), given["otherwise"])
        unit = self.unit(at(where, "unit"), target, given["unit"]) if given.get("unit") is not None else None
        return Take(paths, translation, otherwise, unit) if paths else None

    def join(self, where: str, target: str, given: Mapping[str, Any]) -> Join | None:
        if target in ("latitude", "longitude", "do_not_contact"):
            self.notes.error(at(where, "join"), f"{target} is no text that could be joined of parts")
        if not isinstance(given["join"], list):
            self.notes.error(at(where, "join"), f"a list of paths is wanted here, not {shown(given['join'])}")
            return None
        between = given.get("with")
        if between is not None and (not isinstance(between, str) or len(between) > 40):
            self.notes.error(at(where, "with"), f"text of at most 40 characters is wanted here, not {shown(between)}")
            return None
        paths = self.paths(at(where, "join"), given["join"])
        return Join(paths, between) if paths else None

    def paths(self, where: str, given: Any) -> tuple[Path, ...]:
        if given in (None, []):
            self.notes.error(where, "a path is wanted here, or a list of paths")
            return ()
        entries = self.notes.entries(where, given, MOST_PATHS)
        return tuple(path for place, text in entries if (path := self.path(place, text)) is not None)

    def path(self, where: str, text: Any, *, pattern: bool = False) -> Path | None:
        if not isinstance(text, str):
            self.notes.error(where, f"a path is wanted here, which is text, not {shown(text)}")
            return None
        try:
            return read_path(text, pattern=pattern)
        except UnreadablePath as error:
            self.notes.error(where, f"{shown(text)}, {error}")
            return None

    def translation(self, where: str, given: Any) -> dict[str, Any]:
        if not isinstance(given, dict) or not given:
            self.notes.error(where, f"an object is wanted here, of values and what they become, not {shown(given)}")
            return {}
        if len(given) > MOST_TRANSLATED:
            self.notes.error(where, f"too many: {len(given)} values; at most {MOST_TRANSLATED} are taken")
            return {}
        words: dict[str, Any] = {}
        for key, value in given.items():
            text = as_text(key)
            place = at(where, str(key)[:64])
            word = folded(text[: LONGEST_TEXT + 1]) if text is not None else ""
            if not word or len(word) > LONGEST_TEXT:
                self.notes.error(place, f"a value is wanted here, of at most {LONGEST_TEXT} characters")
            elif word in words and words[word] != value:
                self.notes.error(place, "this value stands here twice: case and width do not count")
            elif value is None or self.scalar(place, value):
                words[word] = value
        return words

    def unit(self, where: str, target: str, given: Any) -> Unit | None:
        if target not in NUMBERS:
            self.notes.error(where, f"only {', '.join(sorted(NUMBERS))} are numbers in a unit")
            return None
        unit = read_unit(given) if isinstance(given, str) else None
        if unit is None:
            self.notes.error(where, f"{shown(given)} is no unit; write one as 万, k, million, lakh, EUR, 万元 or k EUR")
        elif unit.currency and target == "employees":
            self.notes.error(where, "employees are not counted in a currency")
        return unit

    def constant(self, where: str, target: str, value: Any) -> bool:
        """Whether a value can stand for the target; null cannot."""
        if target.startswith(ATTRIBUTES) and isinstance(value, dict | list):
            return self.notes.json(where, value, deepest=8, values=1_000, characters=20_000)
        return self.scalar(where, value)

    def scalar(self, where: str, value: Any) -> bool:
        before = len(self.notes.errors)
        if isinstance(value, bool | int | float):
            self.notes.json(where, value, deepest=1, values=1, characters=1)
        elif not isinstance(value, str) or not value.strip():
            said = "this text is empty" if isinstance(value, str) else f"not {shown(value)}"
            self.notes.error(where, f"text, a number, true or false is wanted here; {said}")
        elif len(value) > LONGEST_TEXT:
            self.notes.error(where, f"this text is too long: at most {LONGEST_TEXT} characters are taken")
        return len(self.notes.errors) == before
