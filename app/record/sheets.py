"""When is the record indexed? Beside the lane, a sheet at a time, as soon as one is full; and as gently as can be."""

from __future__ import annotations

from typing import Final

import asyncpg
import structlog

from app.lane.often import Often
from app.lane.rest import Resting
from app.observability import HISTORY_BEHIND
from app.store import sheets
from app.store.sheet import SHEET, STRIP, STRIPS, Sheet

log = structlog.get_logger(__name__)

INTERVAL_SECONDS: Final = 1.0
"""How often it is seen whether there is something to do."""

REST: Final = 4
"""For how many times as long as it has worked on a strip it rests: leads are decided by this process too."""

TOLD: Final = 10 * SHEET
"""Records in no sheet from which on the log tells of it: more than come between two looks."""

_READ: Final = 8
"""Strips that are read together."""


class Sheets(Often):
    """Makes sheets of the record, and has them follow corrections.

    Every replica may try: one of them does it, the others go on. If none does, the record is read where it has no
    sheets, more slowly; nothing is missing.
    """

    def __init__(self, pool: asyncpg.Pool, *, interval: float = INTERVAL_SECONDS, rest: float = REST) -> None:
        super().__init__("sheets", interval)
        self._pool = pool
        self._rest = rest
        self._told = False

    async def look(self) -> int:
        """Do what there is to do; returns how many sheets were written."""
        written = 0
        while await self._step():
            written += 1
        return written

    async def _step(self) -> bool:
        """Follow the record, and write a sheet if one is due; whether one was written."""
        async with self._pool.acquire() as connection:
            found = await sheets.due(connection)
            HISTORY_BEHIND.set(found.behind)
            if self._told and found.behind < SHEET:
                log.info("sheets.made", behind=found.behind)
                self._told = False
            if not found.anything:
                return False
            async with connection.transaction():
                await connection.execute(
                    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;"
                    # What a crash would lose is made again; and a process that stands still must not keep the claim.
                    "SET LOCAL synchronous_commit = off;"
                    "SET LOCAL idle_in_transaction_session_timeout = '60s'"
                )
                claimed = await sheets.claim(connection)
                if claimed is None:
                    return False
                if claimed.behind >= TOLD and not self._told:
                    log.info("sheets.behind", records=claimed.behind)
                    self._told = True
                now = await sheets.follow(connection, claimed)
                if now.sheet is not None:
                    await sheets.write(connection, await read_sheet(connection, now.sheet, self._rest))
                    return True
                if now.corrected > sheets.MOST_CORRECTED:
                    sheet = await read_sheet(connection, await sheets.waiting_most(connection), self._rest)
                    await sheets.write_texts(connection, sheet)
                    return True
                return False


async def read_sheet(connection: asyncpg.Connection, number: int, rest: float = 0) -> Sheet:
    """Make a sheet of the records as they are, resting for so many times as long as it works on each strip."""
    sheet = Sheet(number)
    for first in range(sheet.first, sheet.first + SHEET, _READ * STRIP):
        rows = await sheets.rows_from(connection, first, first + _READ * STRIP)
        place = 0
        for until in range(first + STRIP, first + (_READ + 1) * STRIP, STRIP):
            async with Resting(rest):
                start = place
                while place < len(rows) and rows[place]["seq"] < until:
                    place += 1
                sheet.add(rows[start:place])
    assert len(sheet.texts) == STRIPS
    return sheet
