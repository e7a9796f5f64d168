"""What is kept of the record, so that whatever is asked of it is found without an index for each question?

The record only grows, and its seqs have no gaps. So it is indexed afterwards, beside the lane, in **sheets** of as many
seqs each. Of a sheet is kept:

- **marks**: under each value that can be asked for (a rep, a team, a tier …) which of its seqs have it, one bit each,
  or one number each if they are few. A region is marked with all that its code lies in.
- **texts**: the leads' names, emails, companies, phones and external ids, in small letters, those of a **strip** of
  seqs together.
- **grams**: for every one, two and three characters that stand side by side in a text, in which strips they do. Grams
  share a number of slices, so a strip may seem to hold one that it does not; never the other way round.

All of it only says where to look: what is found is asked of the records themselves once more.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from app.engine.codes import WORLD, iso_path
from app.engine.trees import Below

SHEET: Final = 4096
"""Seqs of a sheet. Sheet 0 has those from 0 on, though 0 is none."""
STRIP: Final = 32
"""Seqs whose texts are kept together."""
SLICES: Final = 8192
"""Among how many slices the grams of a sheet are shared out."""
BLOCK: Final = 32
"""Slices that are stored together."""

RECORD_END: Final = "\x1e"
"""What stands between the texts of two records, and nowhere else."""

STRIPS: Final = SHEET // STRIP
BLOCKS: Final = SLICES // BLOCK
WHOLE: Final = (1 << SHEET) - 1
"""The bits of all seqs of a sheet."""

_BITSET: Final = SHEET // 8
_FEW: Final = 16
"""Places up to which they are stored one by one. Bits are read in no time, and the whole of them is small."""
_SLICE: Final = STRIPS // 8

Row = Mapping[str, Any]


# --- marks ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def mark(dimension: str, value: str) -> int:
    """The number under which the seqs with this value are kept: 64 bits, signed. Two values may share one."""
    digest = blake2b(f"{dimension}\0{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


@lru_cache(maxsize=20_000)
def _marks_of_region(code: str) -> tuple[int, ...]:
    # By shape alone, as they are asked for: whatever begins with ``CN-`` or ``CN.`` is taken to lie in ``CN``.
    return tuple(mark("region", one) for one in iso_path(code))


def marks_below(region: Below) -> frozenset[int]:
    """The marks that the records of all regions in ``region`` bear, each at least one of them."""
    if "" in region.prefixes:
        return frozenset({mark("region", WORLD)})
    codes = region.codes | {prefix.rstrip("-.") for prefix in region.prefixes}
    # What lies in one of the others bears its mark.
    return frozenset(mark("region", code) for code in codes if not code.startswith(region.prefixes))


_DIMENSIONS: Final = (
    ("rep_id", "rep"),
    ("team_id", "team"),
    ("rule_id", "rule"),
    ("industry", "industry"),
    ("tier", "tier"),
    ("source", "source"),
    ("status", "status"),
    ("kind", "kind"),
)
"""The columns of a record that are marked, and what they are asked for by; the rule's name and the region besides."""


def marks_of(row: Row) -> Iterator[int]:
    """The marks that a record bears, each once."""
    for column, dimension in _DIMENSIONS:
        value = row[column]
        if value is not None:
            yield mark(dimension, value)
    name = row["rule_name"]
    if name is not None and name != row["rule_id"]:
        yield mark("rule", name)
    region = row["region"]
    if region is not None:
        yield from _marks_of_region(region)


def packed(offsets: Sequence[int]) -> bytes:
    """Places in a sheet, in order, as they are stored."""
    if len(offsets) <= _FEW:
        return struct.pack(f"<{len(offsets)}H", *offsets)
    found = bytearray(_BITSET)
    for offset in offsets:
        found[offset >> 3] |= 1 << (offset & 7)
    return bytes(found)


def unpacked(stored: bytes) -> int:
    """The same as bits: 1 for the first place, 2 for the next one."""
    if len(stored) == _BITSET:
        return int.from_bytes(stored, "little")
    bits = 0
    for offset in struct.unpack(f"<{len(stored) // 2}H", stored):
        bits |= 1 << offset
    return bits


def offsets_in(bits: int, *, newest_first: bool) -> Iterator[int]:
    """The places that bits stand for, one after another."""
    while bits:
        offset = (bits if newest_first else bits & -bits).bit_length() - 1
        bits ^= 1 << offset
        yield offset


# --- texts and grams --------------------------------------------------------------------------------------------------


def _grams(text: str) -> list[tuple[int, ...]]:
    """The slices of a text's ones, twos and threes: of each character, of it and the next, of it and the next two.

    All characters are reckoned with at once, as the digits of one large number: one by one takes several times as long.
    """
    count = len(text)
    half, within = (int.from_bytes(mask.to_bytes(4, "little") * count, "little") for mask in (0xFFFF, SLICES - 1))
    points = int.from_bytes(text.encode("utf-32-le"), "little")
    points = (points ^ points >> 16) & half
    found = []
    sums = 0
    for place in range(3):
        # Each digit has 32 bits, of which 16 are used, so that the products stay apart. Each step can be undone: no two
        # sums become one by it.
        sums ^= points >> 32 * place
        for odd, shift in _SPREAD:
            sums = sums * odd & half
            sums ^= sums >> shift & half
        digits = struct.unpack(f"<{count}I", (sums & within).to_bytes(4 * count, "little"))
        found.append(digits[: max(count - place, 0)])
    return found


_SPREAD: Final = ((40_503, 7), (51_749, 9))
"""What spreads neighbouring numbers of 16 bits far apart."""


def slices_sought(text: str) -> list[int]:
    """The slices that name every strip in which ``text`` stands.

    Of its threes, which say the most; where they are few, of its twos as well; of a single character, its own.
    """
    ones, twos, threes = _grams(text)
    sought = [*threes, *twos] if len(text) < 5 else threes
    return list(dict.fromkeys(sought or ones))


def strips_in(stored: bytes) -> int:
    """The strips that a slice names, as bits."""
    return int.from_bytes(stored, "little")


def place_of(slice_: int) -> tuple[int, int]:
    """The block in which a slice is stored, and its first byte there (from 1, as SQL counts), of ``slice_bytes``."""
    return slice_ // BLOCK, slice_ % BLOCK * _SLICE + 1


SLICE_BYTES: Final = _SLICE


# --- a sheet ----------------------------------------------------------------------------------------------------------


class Sheet:
    """One sheet, put together strip by strip."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.texts: list[str] = []
        """The texts of its strips, in order."""
        self._marked: dict[int, list[int]] = defaultdict(list)
        self._slices = [0] * SLICES

    @property
    def first(self) -> int:
        """Its first seq."""
        return self.number * SHEET

    def add(self, rows: Iterable[Row]) -> None:
        """Take the next strip: its records, with ``text``. A seq that is not among them has none."""
        first = self.first + len(self.texts) * STRIP
        texts = [""] * STRIP
        marked = self._marked
        for row in rows:
            offset = row["seq"] - self.first
            texts[row["seq"] - first] = row["text"]
            for one in marks_of(row):
                marked[one].append(offset)
        text = RECORD_END.join(texts)
        bit = 1 << len(self.texts)
        slices = self._slices
        for slice_ in set().union(*_grams(text)):
            slices[slice_] |= bit
        self.texts.append(text)

    def marks(self) -> Iterator[tuple[int, bytes]]:
        """Its marks, each with the places that bear it, as they are stored."""
        return ((one, packed(offsets)) for one, offsets in self._marked.items())

    def blocks(self) -> Iterator[bytes]:
        """Its slices, block after block, as they are stored."""
        for first in range(0, SLICES, BLOCK):
            yield b"".join(bits.to_bytes(_SLICE, "little") for bits in self._slices[first : first + BLOCK])
