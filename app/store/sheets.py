"""How do sheets of the record come to be, and follow it when a lead is corrected?

Statements for asyncpg. They read the record and write what :mod:`app.store.sheet` makes of it, and never lock the lane.
Whoever holds the row of ``history_progress`` does it; nobody waits for that row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asyncpg import Connection

from app.store.sheet import BLOCKS, SHEET, STRIP, STRIPS, Row, Sheet

MOST_CORRECTED: Final = 2000
"""How many records may wait for their sheets to learn their new texts: each search for a text looks at all of them."""
MOST_FOLLOWED: Final = 10_000
"""Revisions of the log that are gone through together."""

_SMALL: Final = "translate(lower({}), E'\\x1e', E'\\x1f')"

TEXT: Final = _SMALL.format("concat_ws(E'\\x1f', l.name, l.email, l.company, l.phone, l.external_id)")
"""The texts of a record as they are kept: in small letters, as ILIKE compares them, and none with its end in it."""

SOUGHT: Final = _SMALL.format("$1::text")
"""What is sought in them, likewise."""

DUE: Final = """
    -- How far sheets have come, how far the record has, and how many records wait for their new texts.
    SELECT p.sheeted, p.revision, lane.revision AS latest, coalesce((SELECT max(seq) FROM assignments), 0) AS last,
           (SELECT count(*) FROM history_corrected) AS corrected
    FROM history_progress p CROSS JOIN lane WHERE p.id = 1
"""

CLAIM: Final = """
    -- Take the right to write sheets, unless somebody has it.
    SELECT id FROM history_progress WHERE id = 1 FOR UPDATE SKIP LOCKED
"""

FOLLOW: Final = """
    -- The records in sheets whose leads have got other texts: corrected, or read anew after they could not be decided.
    INSERT INTO history_corrected (seq)
    SELECT a.seq
    FROM (
        SELECT subject::uuid AS lead_id FROM changes
        WHERE revision > $1 AND revision <= $2 AND kind = 'lead.corrected'
        UNION
        SELECT again.lead_id FROM assignments again
        WHERE again.revision > $1 AND again.revision <= $2 AND again.kind = 'rerouted' AND EXISTS (
            SELECT FROM assignments older
            WHERE older.lead_id = again.lead_id AND older.seq < again.seq AND older.reason = 'router_error')
    ) AS moved
    JOIN assignments a ON a.lead_id = moved.lead_id
    WHERE a.seq < $3
    ON CONFLICT DO NOTHING
"""

FOLLOWED: Final = """
    -- Up to which revision corrections have been followed.
    UPDATE history_progress SET revision = $1 WHERE id = 1
"""

SHEETED: Final = """
    -- The first seq in no sheet.
    UPDATE history_progress SET sheeted = $1 WHERE id = 1
"""

_ROWS: Final = """
    -- What is kept of records, in order.
    SELECT a.seq, a.rep_id, a.team_id, a.rule_id, a.rule_name, a.region, a.industry, a.tier, a.source, a.status,
           a.kind, {text} AS text
    FROM assignments a JOIN leads l ON l.id = a.lead_id
    WHERE a.seq >= $1 AND a.seq < $2 ORDER BY a.seq
"""
ROWS: Final = _ROWS.format(text=TEXT)

MARKS: Final = """
    -- The marks of a new sheet.
    INSERT INTO history_marks (mark, sheet, bits)
    SELECT mark, $1, bits FROM unnest($2::bigint[], $3::bytea[]) AS t (mark, bits)
"""

GRAMS: Final = """
    -- The grams of a sheet, block by block.
    INSERT INTO history_grams (block, sheet, bits)
    SELECT block, $1, bits FROM unnest($2::int[], $3::bytea[]) AS t (block, bits)
    ON CONFLICT (block, sheet) DO UPDATE SET bits = excluded.bits
"""

TEXTS: Final = """
    -- The texts of a sheet, strip by strip.
    INSERT INTO history_texts (strip, text) SELECT * FROM unnest($1::bigint[], $2::text[])
    ON CONFLICT (strip) DO UPDATE SET text = excluded.text
"""

MOST_WAIT: Final = """
    -- The sheet in which most records wait for their new texts.
    SELECT seq / $1 AS sheet FROM history_corrected GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
"""

LEARNT: Final = """
    -- The records of a sheet whose texts it knows now.
    DELETE FROM history_corrected WHERE seq >= $1 AND seq < $2
"""

_TOGETHER: Final = 64
"""Rows written by one statement, so that none of them keeps the process for long."""


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do. ``sheeted``: the first seq in no sheet; ``revision``: up to where corrections are known."""

    sheeted: int
    revision: int
    latest: int
    last: int
    corrected: int

    @property
    def behind(self) -> int:
        """Records in no sheet yet."""
        return max(0, self.last + 1 - max(self.sheeted, 1))

    @property
    def sheet(self) -> int | None:
        """The sheet to be made: all its records are there. None if it is not full."""
        return self.sheeted // SHEET if self.last >= self.sheeted + SHEET - 1 else None

    @property
    def anything(self) -> bool:
        """Whether there is anything to do."""
        return self.sheet is not None or self.revision < self.latest or self.corrected > MOST_CORRECTED


async def due(connection: Connection) -> Due:
    """See what there is to do."""
    return Due(*await connection.fetchrow(DUE))


async def claim(connection: Connection) -> Due | None:
    """Take the right to write sheets, until the transaction ends, and see what there is to do; None: another has it."""
    if await connection.fetchval(CLAIM) is None:
        return None
    return await due(connection)


async def follow(connection: Connection, found: Due) -> Due:
    """Learn which records in sheets have other texts now, of the next revisions; what there is to do then."""
    # What no sheet holds yet, the first one will be made of as it is.
    until = min(found.latest, found.revision + MOST_FOLLOWED) if found.sheeted else found.latest
    if until > found.revision:
        if found.sheeted:
            await connection.execute(FOLLOW, found.revision, until, found.sheeted)
        await connection.execute(FOLLOWED, until)
    return await due(connection)


async def rows_from(connection: Connection, first: int, until: int) -> Sequence[Row]:
    """What is kept of the records from ``first`` to before ``until``."""
    rows: Sequence[Row] = await connection.fetch(ROWS, first, until)
    return rows


async def write(connection: Connection, sheet: Sheet) -> None:
    """Write a new sheet, the next in order."""
    marks = list(sheet.marks())
    for first in range(0, len(marks), _TOGETHER):
        keys, bits = zip(*marks[first : first + _TOGETHER], strict=True)
        await connection.execute(MARKS, sheet.number, keys, bits)
    await write_texts(connection, sheet)
    await connection.execute(SHEETED, sheet.first + SHEET)


async def write_texts(connection: Connection, sheet: Sheet) -> None:
    """Write the texts of a sheet and their grams, in place of those that it may have. Its marks never change."""
    strip = sheet.first // STRIP
    for first in range(0, STRIPS, _TOGETHER):
        texts = sheet.texts[first : first + _TOGETHER]
        await connection.execute(TEXTS, range(strip + first, strip + first + len(texts)), texts)
    blocks = list(sheet.blocks())
    for first in range(0, BLOCKS, _TOGETHER):
        await connection.execute(
            GRAMS, sheet.number, range(first, first + _TOGETHER), blocks[first : first + _TOGETHER]
        )
    await connection.execute(LEARNT, sheet.first, sheet.first + SHEET)


async def waiting_most(connection: Connection) -> int:
    """The sheet in which most records wait for their new texts."""
    number: int = await connection.fetchval(MOST_WAIT, SHEET)
    return number
