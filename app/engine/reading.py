"""How is plain data read into typed values, noting everything that is wrong instead of stopping at the first?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.engine.problems import Problem, at, shown, suggest
from app.engine.text import fold

ID: Final = re.compile(r"[a-z0-9._-]{1,64}", re.ASCII)
LONGEST_WORD: Final = 64

_CONTROL: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_LARGEST: Final = 2**63


def whole_number(value: object) -> int | None:
    """A value as a whole number, ``5.0`` included; None if it is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class Notes:
    """The errors and warnings of one reading, in the order in which they were found.

    Every method takes the place of a value and the value; one that cannot read it notes an error and returns None.
    """

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def error(self, where: str, message: str) -> None:
        """Note what makes the document unusable."""
        self.errors.append(Problem(where, message))

    def warn(self, where: str, message: str) -> None:
        """Note what is allowed but hardly meant."""
        self.warnings.append(Problem(where, message))

    def fields(
        self, where: str, value: object, known: Iterable[str], *, hints: dict[str, str] | None = None
    ) -> dict[str, Any] | None:
        """An object whose keys are all known. ``hints`` says where else a key belongs."""
        if not isinstance(value, dict):
            self.error(where, f"an object is wanted here, not {shown(value)}")
            return None
        for key in value.keys() - set(known):
            hint = (hints or {}).get(key) if isinstance(key, str) else None
            hint = f'; did you mean "{hint}"?' if hint else suggest(str(key)[:LONGEST_WORD], known)
            self.error(at(where, str(key)[:LONGEST_WORD]), f"this key is not known{hint}")
        return value

    def id(self, where: str, value: object) -> str | None:
        """An id as callers choose them."""
        if isinstance(value, str) and ID.fullmatch(value):
            return value
        hint = ""
        if isinstance(value, str) and ID.fullmatch(better := re.sub(r"\s+", "-", fold(value).strip())):
            hint = f'; did you mean "{better}"?'
        self.error(where, f"{shown(value)} is not an id: 1 to 64 of a-z, 0-9, dot, underscore and hyphen{hint}")
        return None

    def text(self, where: str, value: object, most: int = LONGEST_WORD) -> str | None:
        """Text of one line, not blank, without the white space around it."""
        if not isinstance(value, str):
            self.error(where, f"text is wanted here, not {shown(value)}")
            return None
        text = value.strip()
        if not text:
            self.error(where, "this text is empty")
        elif len(text) > most:
            self.error(where, f"this text is too long: {len(text)} characters; at most {most} are taken")
        elif _CONTROL.search(text):
            self.error(where, "this text holds a line break or a control character")
        else:
            return text
        return None

    def one_of(self, where: str, value: object, known: tuple[str, ...]) -> str | None:
        """One of the words, in any case."""
        word = fold(value).strip() if isinstance(value, str) else None
        if word in known:
            return word
        hint = suggest(word[:LONGEST_WORD], known) if word else ""
        self.error(where, f"{shown(value)} is not one of {', '.join(known)}{hint}")
        return None

    def entries(self, where: str, value: object, most: int) -> Iterator[tuple[str, Any]]:
        """The entries of a list with their places. A single text stands for a list of itself, null for none."""
        if value is None:
            return
        if isinstance(value, str):
            yield where, value
        elif not isinstance(value, list):
            self.error(where, f"a list is wanted here, not {shown(value)}")
        elif len(value) > most:
            self.error(where, f"this list is too long: {len(value)} entries; at most {most} are taken")
        else:
            for index, entry in enumerate(value):
                yield at(where, index), entry

    def whole(self, where: str, value: object, most: int) -> int | None:
        """A whole number from 0 on."""
        number = whole_number(value)
        if number is None or not 0 <= number <= most:
            self.error(where, f"{shown(value)} is not a whole number from 0 to {most}")
            return None
        return number

    def degrees(self, where: str, value: object, most: int) -> float | None:
        """Degrees of latitude or longitude."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
            self.error(where, f"{shown(value)} is not a number of degrees from -{most} to {most}")
            return None
        return float(value)

    def json(self, where: str, value: object, *, deepest: int, values: int, characters: int) -> bool:
        """Whether the value is JSON that can be stored: finite, of sound text, and within the bounds."""
        before = len(self.errors)
        pending: list[tuple[str, object, int]] = [(where, value, 0)]
        while pending and len(self.errors) == before:
            place, part, depth = pending.pop()
            values -= 1
            match part:
                case dict() | list() if depth >= deepest:
                    self.error(place, f"more than {deepest} levels of lists and objects")
                case dict():
                    pending += [(at(place, str(key)[:LONGEST_WORD]), item, depth + 1) for key, item in part.items()]
                    for key in part:
                        characters -= self._storable(place, key)
                case list():
                    pending += [(at(place, index), item, depth + 1) for index, item in enumerate(part)]
                case str():
                    characters -= self._storable(place, part)
                case None | bool():
                    pass
                case int() if abs(part) < _LARGEST:
                    pass
                case float() if math.isfinite(part):
                    pass
                case int() | float():
                    self.error(place, f"{shown(part)} is not a number that can be kept: finite, of 64 bits")
                case _:
                    self.error(place, f"{shown(part)} is not JSON")
            if values < 0 or characters < 0:
                self.error(where, "this is too much: too many values, or too much text")
        return len(self.errors) == before

    def _storable(self, where: str, text: object) -> int:
        if not isinstance(text, str):
            self.error(where, f"a key must be text, not {shown(text)}")
            return 0
        if _UNSTORABLE.search(text):
            self.error(where, "this text holds a character that cannot be stored (NUL, or half of a surrogate pair)")
        return len(text)
