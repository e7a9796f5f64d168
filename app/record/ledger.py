"""Where does each lead stand, by the record alone? Kept on disk: there may be more leads than memory."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from uuid import UUID

import orjson

from app.engine.rotation import AnyTurn

_CACHED: Final = 20_000
"""Leads that are kept in memory until they are written together."""

_TABLE: Final = """
    CREATE TABLE leads (
        id BLOB PRIMARY KEY, seq INTEGER, rep TEXT, turn BLOB, closed TEXT, undecided INTEGER NOT NULL
    ) WITHOUT ROWID
"""


@dataclass(slots=True)
class Held:
    """Who has a lead, by which record, and with what turn (see :func:`mark`); whether and how it was closed."""

    seq: int | None = None
    rep: str | None = None
    turn: bytes | None = None
    closed: str | None = None
    undecided: bool = False
    """Whether it was kept as it came, at first."""


def mark(turn: AnyTurn | None) -> bytes | None:
    """What tells one turn from another, however many competed for it."""
    return None if turn is None else blake2b(orjson.dumps(turn), digest_size=16).digest()


class Ledger:
    """Leads by id. Its file is temporary, and gone when it is closed."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("")
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute(_TABLE)
        self._changed: dict[UUID, Held] = {}

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

    def __getitem__(self, lead: UUID) -> Held:
        """Where a lead stands; one never heard of stands nowhere. What it becomes is kept by setting it anew."""
        known = self._changed.get(lead)
        if known is not None:
            return known
        query = "SELECT seq, rep, turn, closed, undecided FROM leads WHERE id = ?"
        row = self._file.execute(query, (lead.bytes,)).fetchone()
        return Held() if row is None else Held(row[0], row[1], row[2], row[3], bool(row[4]))

    def __setitem__(self, lead: UUID, held: Held) -> None:
        self._changed[lead] = held
        if len(self._changed) >= _CACHED:
            self._write()

    def __len__(self) -> int:
        self._write()
        return int(self._file.execute("SELECT count(*) FROM leads").fetchone()[0])

    def carried(self) -> Counter[str]:
        """How many open leads each rep has."""
        self._write()
        query = "SELECT rep, count(*) FROM leads WHERE rep IS NOT NULL AND closed IS NULL GROUP BY rep"
        return Counter(dict(self._file.execute(query)))

    def _write(self) -> None:
        self._file.executemany(
            "INSERT OR REPLACE INTO leads VALUES (?, ?, ?, ?, ?, ?)",
            (
                (lead.bytes, held.seq, held.rep, held.turn, held.closed, held.undecided)
                for lead, held in self._changed.items()
            ),
        )
        self._file.commit()
        self._changed.clear()
