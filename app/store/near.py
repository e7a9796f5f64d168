"""Which ids are there like one that is not there?"""

from __future__ import annotations

from typing import Final, Literal

from asyncpg import Connection

from app.engine.problems import suggest

Named = Literal["reps", "sources", "subscriptions", "teams"]
"""A table of things that people gave ids."""

AROUND: Final = 500
"""Ids on either side that are looked at: all that a small desk has, and of a large one those that begin alike."""

_AROUND: Final = f"""
    -- The ids on both sides of one, in their order.
    (SELECT id FROM {{table}} WHERE id >= $1 ORDER BY id LIMIT {AROUND})
    UNION ALL
    (SELECT id FROM {{table}} WHERE id < $1 ORDER BY id DESC LIMIT {AROUND})
"""  # noqa: S608  (fixed fragments)
_LONGEST: Final = 64
"""Characters that an id has at most."""


async def near_miss(connection: Connection, table: Named, name: str) -> str:
    """A question to end an error message with, as :func:`suggest` makes it, or nothing if no id is close."""
    if "\x00" in name or len(name) > _LONGEST:  # it is near none, and NUL is no text to the database
        return ""
    rows = await connection.fetch(_AROUND.format(table=table), name)
    return suggest(name, [row["id"] for row in rows])
