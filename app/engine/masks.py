"""Which bits of a mask are set? Reps and rules are bits, so that selecting costs what an AND costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

_MOST_BITS: Final = 128
_LONGEST: Final = 8192
"""Of masks with more bits set, or longer ones, some thousand would fill the memory: they are not remembered."""


def positions(mask: int) -> Iterable[int]:
    """The positions of the bits that are set, lowest first; to be gone through once, and only as far as needed."""
    if mask.bit_length() <= _LONGEST and mask.bit_count() <= _MOST_BITS:
        return _remembered(mask)
    return _walk(mask)


@lru_cache(maxsize=8192)
def _remembered(mask: int) -> tuple[int, ...]:
    return tuple(_walk(mask))


def _walk(mask: int) -> Iterator[int]:
    # Arithmetic on a long int costs its length for each bit; searching its text costs the distance to the next bit.
    digits = bin(mask)
    last = len(digits) - 1
    at = digits.rfind("1")
    while at > 1:
        yield last - at
        at = digits.rfind("1", 0, at)
