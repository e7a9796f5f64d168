"""What does a worker do besides answering? One thing every so often, whatever became of the time before."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

import structlog

from app.errors import Unavailable
from app.store.database import DRIVER_ERRORS

log = structlog.get_logger(__name__)


class Often(ABC):
    """Looks every ``interval`` seconds, until it is stopped. A look that fails is told in the log under ``name``."""

    def __init__(self, name: str, interval: float) -> None:
        self._name, self._failed = name, f"{name}.failed"
        self._interval = interval
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def look(self) -> object:
        """See whether there is something to do, and do it."""

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def pause(self) -> None:
        """Wait for the next look."""
        await asyncio.sleep(self._interval)

    async def _run(self) -> None:
        while True:
            await self.pause()
            try:
                await self.look()
            except (*DRIVER_ERRORS, Unavailable) as error:
                log.warning(self._failed, error=type(error).__name__)
            except Exception:  # it must go on, whatever one look met
                log.exception(self._failed)


class Calling(Often):
    """Often something that another part does: a function to be called."""

    def __init__(self, name: str, interval: float, call: Callable[[], Awaitable[object]]) -> None:
        super().__init__(name, interval)
        self._call = call

    async def look(self) -> object:
        """Call it."""
        return await self._call()
