"""When do two texts mean the same? Folding for comparison, and slugs for ids."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from unicodedata import category, combining, normalize

_SHORT: Final = 64
_LONG: Final = 10_000
"""Up to which lengths how many folded texts are remembered, so that the caches are bounded in bytes and not only in
entries. A lead's text is asked for by rule after rule: it must not be folded again for each."""
_LETTERS_MARKS_NUMBERS: Final = frozenset("LMN")
MARKS_IN_A_ROW: Final = 30
"""As many as Unicode's Stream-Safe Text Format allows (UAX #15). More are noise, and sorting them takes square time."""


def _ranges_of_marks() -> list[tuple[int, int]]:
    """Every character with a combining class, or taken apart into ones that have it: firsts and lasts of ranges."""
    ranges: list[tuple[int, int]] = []
    for point in (*range(0x300, 0xD800), *range(0xE000, 0x1F000)):
        # A few (U+0F73, U+FF9E) have no class of their own until normalising takes them apart.
        if combining(chr(point)) or combining(normalize("NFKD", chr(point))[0]):
            first = ranges.pop()[0] if ranges and ranges[-1][1] == point - 1 else point
            ranges.append((first, point))
    return ranges


def _set_of(ranges: list[tuple[int, int]]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS: Final = _ranges_of_marks()
# From half as many on: some stand for two.
_MARK_RUN: Final = re.compile(f"[{_set_of(_MARKS)}]{{{MARKS_IN_A_ROW // 2 + 1},}}")
# Of the basic plane alone such a set is a table to the expression, and ten times as quick as a list of ranges.
_NO_MARKS: Final = re.compile(f"[^{_set_of([it for it in _MARKS if it[1] < 0x10000])}\U00010000-\U0010ffff]*")


def cut_marks(text: str) -> str:
    """The text with at most :data:`MARKS_IN_A_ROW` combining marks one after another, taken apart."""
    if len(text) <= MARKS_IN_A_ROW // 2 or _NO_MARKS.fullmatch(text):
        return text
    return _MARK_RUN.sub(_cut, text)


def _cut(run: re.Match[str]) -> str:
    kept = run[0][:MARKS_IN_A_ROW]
    apart = normalize("NFD", kept)
    return apart[:MARKS_IN_A_ROW] if len(apart) > MARKS_IN_A_ROW else kept


def fold(text: str) -> str:
    """Return the form in which texts are compared: Unicode's NFKC_Casefold, in effect.

    Width, case and compatibility forms vanish (``ＳａａＳ`` and ``saas`` are equal); white space is kept. Folding twice
    changes nothing.
    """
    if text.isascii():
        return text.lower()
    if len(text) <= _SHORT:
        return _fold_short(text)
    return _fold_long(text) if len(text) <= _LONG else _fold_longest(text)


def _fold(text: str) -> str:
    # One round is not enough: case folding can bring back forms that NFKC takes apart, and the other way round.
    once = normalize("NFKC", normalize("NFKC", cut_marks(text)).casefold())
    return normalize("NFKC", once.casefold())


_fold_short = lru_cache(maxsize=8192)(_fold)
_fold_long = lru_cache(maxsize=128)(_fold)
_fold_longest = lru_cache(maxsize=4)(_fold)


def squeeze(text: str) -> str:
    """Return the folded text with every run of white space as one space, and none at the ends."""
    return " ".join(fold(text).split())


def slug(text: str) -> str:
    """Return the text as an id: folded, with each run of other than letters, digits, ``.``, ``_`` and ``-`` as ``-``.

    Letters of every script stay (``华东 销售`` gives ``华东-销售``). Empty if the text has nothing to keep.
    """
    kept = [
        character if character in "._-" or category(character)[0] in _LETTERS_MARKS_NUMBERS else " "
        for character in fold(text)
    ]
    return "-".join("".join(kept).split()).strip("-")
