"""Which field was meant by one that a lead does not have?"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.engine.lead import Notice
from app.intake.recognition import meant

SLIPS: Final = 2
"""Letters that are wrong, missing, too many or swapped, at most, in a name that was misspelt."""


@lru_cache(maxsize=4096)
def unknown_field(name: str, fields: AbstractSet[str]) -> Notice:
    """What is told of a field that a lead does not have, and of the one of ``fields`` that was probably meant: the one
    that forms call so in some language (``手机``), or else the one whose name is almost the same.
    """
    known = meant(name)
    if known is not None:
        return Notice(name, "misspelt_field", known)
    near = process.extractOne(name.casefold(), fields, scorer=OSA.distance, score_cutoff=SLIPS)
    # In a short name two slips are as many as there are letters that agree.
    if near is None or near[1] * 3 > len(name):
        return Notice(name, "unknown_field")
    return Notice(name, "misspelt_field", near[0])
