"""When is the whole world written down? Now and then, beside the lane, so that the way to a past world stays short."""

from __future__ import annotations

from typing import Final

import asyncpg

from app.lane.often import Often
from app.store.database import write_transaction
from app.store.log import take_checkpoint

EVERY: Final = 10_000
"""Records between two checkpoints: what a past world costs to build, at most, but for what comes between two looks."""

INTERVAL_SECONDS: Final = 5.0
"""How often it is seen whether one is due."""


class Checkpoints(Often):
    """Takes a checkpoint when one is due.

    Every replica may try: each is one statement in one look at the tables, and of two at one revision the second is
    dropped. They are as lasting as the record, of which they are a small part.
    """

    def __init__(self, pool: asyncpg.Pool, *, every: int = EVERY, interval: float = INTERVAL_SECONDS) -> None:
        super().__init__("checkpoint", interval)
        self._pool = pool
        self._every = every

    async def look(self) -> int | None:
        """Take one if it is due; the revision that it is of."""
        async with self._pool.acquire() as connection, write_transaction(connection):
            return await take_checkpoint(connection, self._every)
