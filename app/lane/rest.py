"""How does other work leave the processors to the leads? It rests for several times as long as it has worked."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType


class Resting:
    """``async with Resting(times):`` around a few milliseconds of work, on this thread, that awaits nothing."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._began = 0.0

    async def __aenter__(self) -> None:
        self._began = time.thread_time()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.sleep(self._times * (time.thread_time() - self._began))
