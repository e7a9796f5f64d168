"""Which decisions are asked for? Found through the sheets of the record, and read from it where it has none yet.

A page costs what is looked through for it: of each sheet the marks that are asked for, sheets from the place where the
page begins until there are enough seqs, more of them with each statement. Those are read and asked once more: what
sheets say is where to look. So nothing that they are behind with is missing, and nothing that they mistake is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import islice
from typing import Final

from asyncpg import Connection

from app.store.history import RecordFilter, Row, records_query
from app.store.sheet import (
    RECORD_END,
    SHEET,
    SLICE_BYTES,
    STRIP,
    STRIPS,
    WHOLE,
    mark,
    marks_below,
    offsets_in,
    place_of,
    slices_sought,
    strips_in,
    unpacked,
)
from app.store.sheets import SOUGHT

FIRST_GROUP: Final = 4
"""Sheets that are looked through first: what is frequent is found in them."""
LARGEST_GROUP: Final = 1024
"""Sheets that are looked through together, at most."""
BATCHES: Final = (64, 256, 1024, 4096)
"""Strips whose texts are looked through together."""
SLICES_ENOUGH: Final = 6
"""Slices that are read of most sheets: those that named the fewest strips in the first ones."""
MOST_AMONG: Final = 1000
"""Records that are asked together whether they are what is sought, when those before them were not."""

_STRIP: Final = (1 << STRIP) - 1

SEQ_AT: Final = """
    -- The first seq that was decided at a time or later, found by halving: times never run back along the record.
    WITH RECURSIVE halved (low, high) AS (
        SELECT 1::bigint, coalesce((SELECT max(seq) FROM assignments), 0) + 1
        UNION ALL
        SELECT CASE WHEN next.earlier THEN next.seq + 1 ELSE low END, CASE WHEN next.earlier THEN high ELSE middle END
        FROM halved
        CROSS JOIN LATERAL (SELECT (low + high) / 2 AS middle) AS half
        CROSS JOIN LATERAL (
            SELECT seq, decided_at < $1 AS earlier FROM assignments WHERE seq >= middle ORDER BY seq LIMIT 1
        ) AS next
        WHERE low < high
    )
    SELECT low FROM halved WHERE low >= high
"""

SHEETED: Final = "SELECT sheeted FROM history_progress WHERE id = 1"

_SHEETED_AND_SOUGHT: Final = """
    -- The first seq in no sheet, what is sought as sheets hold it, and the records whose new texts they do not know.
    SELECT sheeted, {sought} AS text, ARRAY(SELECT seq FROM history_corrected) AS corrected
    FROM history_progress WHERE id = 1
"""
SHEETED_AND_SOUGHT: Final = _SHEETED_AND_SOUGHT.format(sought=SOUGHT)

MARKS: Final = """
    -- What some sheets have under some marks.
    SELECT sheet, bits FROM history_marks WHERE mark = ANY ($1::bigint[]) AND sheet >= $2 AND sheet <= $3
"""

GRAMS: Final = """
    -- Which strips of some sheets some slices name.
    SELECT wanted.slice, g.sheet, substring(g.bits FROM wanted.start FOR $4) AS strips
    FROM unnest($1::int[], $2::int[], $3::int[]) AS wanted (slice, block, start)
    JOIN history_grams g ON g.block = wanted.block AND g.sheet >= $5 AND g.sheet < $6
"""

TEXTS: Final = """
    -- Those of some strips in which a text stands.
    SELECT strip, text FROM history_texts WHERE strip = ANY ($1::bigint[]) AND strpos(text, $2) > 0
"""


async def records(
    connection: Connection, chosen: RecordFilter, *, limit: int, before: int | None = None, after: int | None = None
) -> list[Row]:
    """One page of decisions: those before ``before``, newest first; or those after ``after``, oldest first."""
    async with connection.transaction(isolation="read_committed", readonly=True):
        # Each statement knows its index; a planner that thinks of disks of old would rather read a whole table.
        await connection.execute("SET LOCAL enable_seqscan = off")
        return await _Search(connection, chosen, limit, newest_first=after is None).run(before, after)


class _Search:
    """One page, being found."""

    def __init__(self, connection: Connection, chosen: RecordFilter, limit: int, *, newest_first: bool) -> None:
        self._connection = connection
        self._chosen = chosen
        self._limit = limit
        self._newest_first = newest_first
        self._marks = sorted(_marks_asked(chosen), key=len)
        self._text = ""
        self._slices: list[int] = []
        self._corrected: dict[int, int] = {}
        self._found: list[Row] = []

    async def run(self, before: int | None, after: int | None) -> list[Row]:
        """Find it."""
        chosen = self._chosen
        first = 0 if after is None else after + 1
        if chosen.since is not None:
            first = max(first, await self._seq_at(chosen.since))
        if chosen.until is not None:
            end = await self._seq_at(chosen.until)
            before = end if before is None else min(before, end)
        if not self._marks and chosen.q is None:
            await self._read(first, before)
            return self._found
        sheeted = await self._begin(chosen.q)
        if before is not None:
            sheeted = min(sheeted, before)
        if self._newest_first:
            await self._read(max(first, sheeted), before)
        if first < sheeted and not self._enough:
            await self._search(first, sheeted)
        if not self._newest_first and not self._enough:
            await self._read(max(first, sheeted), before)
        return self._found

    @property
    def _enough(self) -> bool:
        return len(self._found) == self._limit

    async def _seq_at(self, instant: datetime) -> int:
        found: int = await self._connection.fetchval(SEQ_AT, instant)
        return found

    async def _begin(self, q: str | None) -> int:
        """Learn the first seq in no sheet, and what is to be known to seek a text."""
        if q is None:
            sheeted: int = await self._connection.fetchval(SHEETED)
            return sheeted
        sheeted, self._text, corrected = await self._connection.fetchrow(SHEETED_AND_SOUGHT, q)
        self._slices = slices_sought(self._text)
        by_sheet: dict[int, int] = defaultdict(int)
        for seq in corrected:
            by_sheet[seq // SHEET] |= 1 << seq % SHEET
        self._corrected = dict(by_sheet)
        return sheeted

    async def _read(self, first: int, until: int | None, among: Sequence[int] | None = None) -> None:
        """Take what is asked for from a stretch of the record, or from among some of it."""
        query, values = records_query(
            self._chosen,
            limit=self._limit - len(self._found),
            first=first,
            until=until,
            among=among,
            newest_first=self._newest_first,
        )
        self._found += await self._connection.fetch(query, *values)

    async def _search(self, first: int, until: int) -> None:
        """Take what is asked for from a stretch of the record that is in sheets."""
        waiting: list[int] = []
        together = self._limit - len(self._found)
        async with aclosing(self._likely(first, until)) as likely:
            async for seqs in likely:
                while part := list(islice(seqs, together - len(waiting))):
                    waiting += part
                    if len(waiting) == together:
                        await self._read(first, until, waiting)
                        if self._enough:
                            return
                        waiting = []
                        together = min(4 * together, MOST_AMONG)
        if waiting:
            await self._read(first, until, waiting)

    async def _likely(self, first: int, until: int) -> AsyncGenerator[Iterator[int]]:
        """The seqs that may be asked for, in order, those of a sheet or a strip together."""
        low, high = first // SHEET, (until - 1) // SHEET + 1
        size, looked, seen = FIRST_GROUP, 0, 0
        while low < high:
            start, end = (max(low, high - size), high) if self._newest_first else (low, min(low + size, high))
            low, high = (low, start) if self._newest_first else (end, high)
            marked = await self._marked(start, end)
            for sheet in {start, end - 1} & marked.keys():
                marked[sheet] &= _between(first - sheet * SHEET, until - sheet * SHEET)
            looked += end - start
            seen += sum(bits.bit_count() for bits in marked.values())
            size = _next_group(size, looked, seen, self._limit)
            order = sorted((sheet for sheet, bits in marked.items() if bits), reverse=self._newest_first)
            if not order:
                continue
            if self._text:
                async for seqs in self._with_text(order, marked):
                    yield seqs
            else:
                for sheet in order:
                    yield self._seqs(sheet * SHEET, marked[sheet])

    def _seqs(self, base: int, bits: int) -> Iterator[int]:
        return (base + offset for offset in offsets_in(bits, newest_first=self._newest_first))

    async def _marked(self, start: int, end: int) -> dict[int, int]:
        """The seqs of each sheet that bear all the marks, as bits."""
        if not self._marks:
            return dict.fromkeys(range(start, end), WHOLE)
        found = dict.fromkeys(range(start, end), WHOLE)
        for alternatives in self._marks:
            # The next is read only from where there is something left.
            either: dict[int, int] = defaultdict(int)
            for sheet, bits in await self._connection.fetch(MARKS, list(alternatives), min(found), max(found)):
                if sheet in found:
                    either[sheet] |= unpacked(bits)
            found = {sheet: both for sheet, bits in either.items() if (both := bits & found[sheet])}
            if not found:
                break
        return found

    async def _with_text(self, order: Sequence[int], marked: dict[int, int]) -> AsyncIterator[Iterator[int]]:
        """Of the seqs in ``marked``, those in whose texts what is sought seems to stand."""
        strips = self._strips(order, marked, await self._named(min(order), max(order) + 1))
        for size in _growing(BATCHES):
            batch = list(islice(strips, size))
            if not batch:
                return
            texts = dict(await self._connection.fetch(TEXTS, batch, self._text))
            for strip in batch:
                sheet, place = divmod(strip, STRIPS)
                bits = self._corrected.get(sheet, 0) >> place * STRIP & _STRIP
                if strip in texts:
                    for offset, text in enumerate(texts[strip].split(RECORD_END)):
                        if self._text in text:
                            bits |= 1 << offset
                bits &= marked[sheet] >> place * STRIP
                if bits:
                    yield self._seqs(strip * STRIP, bits)

    def _strips(self, order: Iterable[int], marked: dict[int, int], named: dict[int, int]) -> Iterator[int]:
        """The strips to be looked at, in order: those named, and those of records whose new texts are not known."""
        for sheet in order:
            bits, strips = marked[sheet], named.get(sheet, 0)
            for offset in offsets_in(self._corrected.get(sheet, 0), newest_first=True):
                strips |= 1 << offset // STRIP
            for strip in offsets_in(strips, newest_first=self._newest_first):
                if bits >> strip * STRIP & _STRIP:
                    yield sheet * STRIPS + strip

    async def _named(self, start: int, end: int) -> dict[int, int]:
        """The strips of each sheet in which all grams of what is sought seem to stand, as bits."""
        blocks, starts = zip(*map(place_of, self._slices), strict=True)
        rows = await self._connection.fetch(GRAMS, self._slices, blocks, starts, SLICE_BYTES, start, end)
        found = dict.fromkeys(range(start, end), (1 << STRIPS) - 1)
        counts = dict.fromkeys(self._slices, 0)
        for slice_, sheet, stored in rows:
            strips = strips_in(stored)
            found[sheet] &= strips
            counts[slice_] += strips.bit_count()
        self._slices = sorted(self._slices, key=counts.__getitem__)[:SLICES_ENOUGH]
        return found


def _marks_asked(chosen: RecordFilter) -> Iterator[frozenset[int]]:
    """What must be marked: for each filter, the marks of which a record bears at least one."""
    for dimension in ("rep", "team", "rule", "tier", "source", "status", "kind"):
        value = getattr(chosen, dimension)
        if value is not None:
            yield frozenset({mark(dimension, value)})
    if chosen.region is not None:
        yield marks_below(chosen.region)
    if chosen.industries is not None:
        yield frozenset(mark("industry", code) for code in chosen.industries)


def _between(first: int, until: int) -> int:
    """The bits of the places from one to before another, of those that a sheet has."""
    return (1 << min(until, SHEET)) - (1 << max(first, 0))


def _next_group(size: int, looked: int, seen: int, wanted: int) -> int:
    """How many sheets to look through next: as many as seem to have what is missing, if the others are like those.

    Of those looked through nothing may tell how many that is; then so many that the next time something does.
    """
    likely = looked * 5 // 4 * (wanted - seen) // seen if seen else 32 * size
    return min(LARGEST_GROUP, max(4 * size, likely))


def _growing(sizes: Sequence[int]) -> Iterator[int]:
    yield from sizes
    while True:
        yield sizes[-1]
