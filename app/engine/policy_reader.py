"""How is a policy document read so that all of its errors are told at once?

A :class:`Reader` notes what is wrong and goes on with a stand-in; whoever asked for a policy gets none if anything was.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

from app.engine.lead import Number
from app.engine.operands import YAML_WORDS, Refused, read_duration
from app.engine.problems import Problem, at, shown, suggest

T = TypeVar("T")

DEEPEST: Final = 32
MOST_NODES: Final = 200_000
MOST_RULES: Final = 20_000
_MOST_ERRORS: Final = 200
_LONGEST_TEXT: Final = 10_000
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_CODE: Final = re.compile(r"[a-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is allowed but probably not meant. ``code`` is stable."""

    code: str
    where: str
    message: str


class TooManyErrors(Exception):
    """So much is wrong that looking further helps nobody."""


@dataclass(slots=True)
class Reader:
    """Collects what is wrong (``errors``) and what is odd (``findings``) while a document is read."""

    errors: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def fail(self, where: str, message: str) -> None:
        """Note an error; raise TooManyErrors if there have been enough."""
        self.errors.append(Problem(where, message))
        if len(self.errors) >= _MOST_ERRORS:
            self.errors.append(Problem("", f"there are more than {_MOST_ERRORS} errors; the rest is not shown"))
            raise TooManyErrors

    def note(self, code: str, where: str, message: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(code, where, message))

    def attempt(self, where: str, read: Callable[[], T], instead: T) -> T:
        """Return what ``read`` gives, or note why it refused and go on with ``instead``."""
        try:
            return read()
        except Refused as refused:
            self.fail(where + refused.at, refused.message)
            return instead

    def entries(
        self, value: object, where: str, keys: Collection[str], *, required: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return an object's entries by key, without those whose key is unknown or whose value is null."""
        if not isinstance(value, Mapping):
            wanted = f"an object with {', '.join(sorted(required))}" if required else "an object"
            self.fail(where, f"{shown(value)} stands where {wanted} should")
            return {}
        known: dict[str, Any] = {}
        for key, entry in value.items():
            name = self.key(key, where)
            if name is None:
                continue
            if name not in keys:
                hint = suggest(name, keys) or f"; known are {', '.join(sorted(keys))}"
                self.fail(at(where, name), f"unknown key {shown(name)}{hint}")
            elif entry is not None:
                known[name] = entry
        for name in required:
            if name not in known:
                self.fail(at(where, name), f"{name} is missing; give one")
        return known

    def key(self, key: object, where: str) -> str | None:
        """Return a key if it is text; else note what became of it on the way."""
        if isinstance(key, str):
            return key
        hint = YAML_WORDS if isinstance(key, bool) else ""
        self.fail(where, f"the key {shown(key)} is not text; put it in quotes{hint}")
        return None

    def items(self, value: object, where: str) -> Iterator[tuple[str, Any]]:
        """Yield the place and the value of each item of a list."""
        if not isinstance(value, list | tuple):
            self.fail(where, f"{shown(value)} stands where a list should")
            return
        for index, item in enumerate(value):
            yield at(where, index), item

    def text(self, value: object, where: str, *, longest: int = 200) -> str:
        """Return a text that says something, without white space at its ends."""
        if isinstance(value, str) and 0 < len(value.strip()) <= longest:
            return value.strip()
        if isinstance(value, str):
            self.fail(
                where, f"the text is {'empty' if not value.strip() else 'too long'}; give 1 to {longest} characters"
            )
        else:
            hint = YAML_WORDS if isinstance(value, bool) else "; put it in quotes"
            self.fail(where, f"{shown(value)} is not a text{hint}")
        return ""

    def code(self, value: object, where: str) -> str:
        """Return a code as people choose them for regions, industries, sources."""
        text = self.text(value, where)
        if text and _CODE.fullmatch(text) is None:
            self.fail(where, f"{shown(text)} is not a code; use 1 to 64 of a-z, 0-9, dot, underscore and hyphen")
        return text

    def word(self, value: object, where: str, words: Collection[str], what: str) -> str:
        """Return one of the given words."""
        if isinstance(value, str) and value in words:
            return value
        hint = suggest(value, words) if isinstance(value, str) else ""
        self.fail(where, f"{shown(value)} is not {what}{hint or '; use ' + ', '.join(words)}")
        return next(iter(words))

    def words(self, value: object, where: str, words: Collection[str], what: str) -> tuple[str, ...]:
        """Return some of the given words, each once, from a list or a single one."""
        if isinstance(value, str):
            value = [value]
        found = [self.word(item, place, words, what) for place, item in self.items(value, where)]
        if len(set(found)) < len(found) and not self.errors:
            self.fail(where, "something is named twice; name each once")
        return tuple(dict.fromkeys(found))

    def number(self, value: object, where: str, *, above: Number | None = None, places: int | None = None) -> Number:
        """Return a finite number, greater than ``above``, with at most so many decimal places."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(where, f"{shown(value)} is not a number; give one without quotes or units")
        elif abs(value) > 1e15 or not math.isfinite(value):
            self.fail(where, f"{shown(value)} is not a finite number of sensible size")
        elif above is not None and value <= above:
            self.fail(where, f"{shown(value)} is too small; give a number above {above}")
        elif places is not None and round(value, places) != value:
            self.fail(where, f"{shown(value)} has too many decimal places; give at most {places}")
        else:
            return value
        return 1

    def flag(self, value: object, where: str) -> bool:
        """Return true or false."""
        if not isinstance(value, bool):
            self.fail(where, f"{shown(value)} is neither true nor false; write true or false, without quotes")
        return value is True

    def duration(self, value: object, where: str) -> timedelta:
        """Return a duration such as ``24h``."""
        return self.attempt(where, lambda: read_duration(value), timedelta(hours=1))

    def bounded(self, document: object) -> bool:
        """Tell whether a document is of a size and depth that can be read, and free of what cannot be stored.

        Counted as it is walked, so that aliases which stand for ever more of each other cost no more than the limit.
        """
        count = 0
        waiting: list[tuple[str, object, int]] = [("", document, 0)]
        while waiting:
            where, value, depth = waiting.pop()
            count += 1
            if count > MOST_NODES:
                self.fail("", f"the document has more than {MOST_NODES:,} values; split the policy or gather its rules")
                return False
            if depth > DEEPEST:
                self.fail(where, f"lists and objects within each other more than {DEEPEST} deep; flatten them")
                return False
            if isinstance(value, str):
                if len(value) > _LONGEST_TEXT:
                    self.fail(where, f"the text is longer than {_LONGEST_TEXT:,} characters; shorten it")
                elif _UNSTORABLE.search(value):
                    self.fail(where, "the text holds a character that cannot be stored; remove it")
            elif isinstance(value, Mapping):
                waiting.extend((at(where, str(key)[:80]), one, depth + 1) for key, one in value.items())
                waiting.extend((where, key, depth + 1) for key in value if isinstance(key, str) and _odd(key))
            elif isinstance(value, list | tuple):
                waiting.extend((at(where, index), one, depth + 1) for index, one in enumerate(value))
        return not self.errors


def _odd(key: str) -> bool:
    return len(key) > _LONGEST_TEXT or _UNSTORABLE.search(key) is not None
