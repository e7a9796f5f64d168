"""What is wrong with a document that somebody wrote, and where?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from rapidfuzz import fuzz, process

T = TypeVar("T")

_CLOSE_ENOUGH: Final = 70.0
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. ``where`` is a place as ``reps.east-1.hours.mon[0]``, empty for the whole document."""

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What reading a document came to: its value, or else all the errors at once. Warnings stand beside either."""

    value: T | None
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def suggest(word: str, known: Iterable[str]) -> str:
    """A question to end an error message with, ``; did you mean "covers"?``, or nothing if no known word is close."""
    best = process.extractOne(
        word.casefold(), list(known), scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH, processor=str.casefold
    )
    return f'; did you mean "{best[0]}"?' if best else ""


def at(where: str, key: str | int) -> str:
    """The place of a key or an index inside a place."""
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{key}" if where else key


def shown(value: object) -> str:
    """A value as an error message quotes it: one line of bounded length."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "an object"
        case list():
            return "a list"
        case int() if value.bit_length() > 256:
            return "a very large number"
        case str():
            text = f'"{value[: _SHOWN * 4]}"'
        case _:
            text = str(value)[: _SHOWN * 4]
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
