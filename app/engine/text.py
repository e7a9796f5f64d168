"""When do two texts mean the same? Folding for comparison, and slugs for ids."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from unicodedata import category, normalize

_CACHED_LENGTH: Final = 64
"""Longer texts are folded anew each time, so that the cache is bounded in bytes and not only in entries."""
_LETTERS_MARKS_NUMBERS: Final = frozenset("LMN")


def fold(text: str) -> str:
    """Return the form in which texts are compared: Unicode's NFKC_Casefold, in effect.

    Width, case and compatibility forms vanish (``ＳａａＳ`` and ``saas`` are equal); white space is kept. Folding twice
    changes nothing.
    """
    if text.isascii():
        return text.lower()
    if len(text) <= _CACHED_LENGTH:
        return _fold_short(text)
    return _fold(text)


def _fold(text: str) -> str:
    # One round is not enough: case folding can bring back forms that NFKC takes apart, and the other way round.
    once = normalize("NFKC", normalize("NFKC", text).casefold())
    return normalize("NFKC", once.casefold())


_fold_short = lru_cache(maxsize=8192)(_fold)


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
