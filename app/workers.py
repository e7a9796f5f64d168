"""How are the processes that serve requests started, watched, and ended?

Each runs uvicorn on the one listening socket that their owner opened. They are forked from a process that has loaded
all they need (:mod:`app.preload`). One that dies is replaced. If the owner is gone, they end by themselves, so that
none is left behind holding the port.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from types import FrameType

import structlog
import uvicorn

from app import drain, observability
from app.errors import StartError

APPLICATION = "app.main:create_app"
"""The service itself."""

_FORKSERVER = multiprocessing.get_context("forkserver")
_START_SECONDS = 60.0
_LONGEST_PAUSE = 10.0

_log = structlog.get_logger("app.workers")


@dataclass(frozen=True, slots=True)
class _Job:
    """What a worker is told."""

    listening: socket.socket
    application: str
    drain_seconds: float
    log_level: str
    log_format: str


@dataclass(slots=True)
class _Worker:
    process: ForkServerProcess
    pipe: Connection
    began: float = field(default_factory=time.monotonic)
    ready: bool = False


class Workers:
    """The serving processes of one replica. For one thread: ``start``, then ``watch`` again and again, then ``stop``.

    ``application`` is an import string of a function without arguments that returns the ASGI application.
    """

    def __init__(
        self,
        listening: socket.socket,
        *,
        count: int,
        drain_seconds: float,
        log_level: str = "info",
        log_format: str = "console",
        application: str = APPLICATION,
    ) -> None:
        self._job = _Job(listening, application, drain_seconds, log_level, log_format)
        _FORKSERVER.set_forkserver_preload(["app.preload"] if application == APPLICATION else [])
        self._drain_seconds = drain_seconds
        self._count = count
        self._workers: list[_Worker] = []
        self._failures = 0
        self._not_before = 0.0

    @property
    def pids(self) -> list[int]:
        """The processes that run now."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def start(self) -> None:
        """Start all of them and wait until each one serves.

        Raises StartError if one ends before it does.
        """
        self._workers = [self._spawn() for _ in range(self._count)]
        deadline = time.monotonic() + _START_SECONDS
        for worker in self._workers:
            while not self._is_ready(worker):
                if not worker.process.is_alive():
                    raise StartError("a worker ended before it could serve; the lines above say why")
                if time.monotonic() >= deadline:
                    raise StartError(f"a worker did not come up within {_START_SECONDS:.0f} seconds")
                time.sleep(0.02)

    def watch(self) -> None:
        """Replace the workers that died. One that keeps dying at its start is replaced less and less often."""
        for worker in list(self._workers):
            if self._is_ready(worker):
                self._failures = 0
            if worker.process.is_alive():
                continue
            pid, code = worker.process.pid, worker.process.exitcode
            _log.warning("a worker died", pid=pid, exit_code=code)
            self._bury(worker)
            self._workers.remove(worker)
            if not worker.ready:
                self._failed_to_start()
        while len(self._workers) < self._count and time.monotonic() >= self._not_before:
            try:
                self._workers.append(self._spawn())
            except (OSError, EOFError) as error:
                # What they are forked from died with one half made; the next time there is another.
                _log.warning("a worker could not be started", error=type(error).__name__)
                self._failed_to_start()

    def _failed_to_start(self) -> None:
        self._failures += 1
        self._not_before = time.monotonic() + min(_LONGEST_PAUSE, 0.25 * 2.0**self._failures)

    def stop(self, hurry: threading.Event | None = None) -> None:
        """Let each end what it is at, up to the drain time, and end them. ``hurry``, once set, ends them at once."""
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                worker.process.terminate()
        deadline = time.monotonic() + self._drain_seconds + 5
        for worker in self._workers:
            while worker.process.is_alive() and time.monotonic() < deadline and not (hurry and hurry.is_set()):
                worker.process.join(0.05)
            if worker.process.is_alive():
                _log.warning("a worker did not end in time", pid=worker.process.pid)
                worker.process.kill()
            self._bury(worker)
        self._workers = []

    def _spawn(self) -> _Worker:
        ours, theirs = _FORKSERVER.Pipe()
        process = _FORKSERVER.Process(target=_work, args=(self._job, theirs), name="lead-router-worker")
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return _Worker(process, ours)

    def _is_ready(self, worker: _Worker) -> bool:
        if not worker.ready:
            with contextlib.suppress(OSError, EOFError):
                worker.ready = worker.pipe.poll() and worker.pipe.recv() == "ready"
        return worker.ready

    def _bury(self, worker: _Worker) -> None:
        worker.process.join()
        worker.pipe.close()
        if worker.process.pid is not None:
            observability.forget_worker(worker.process.pid)


class _Server(uvicorn.Server):
    """A server that tells its owner when it serves, and the application when it drains."""

    def __init__(self, config: uvicorn.Config, pipe: Connection) -> None:
        super().__init__(config)
        self._pipe = pipe

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._pipe.send("ready")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        drain.begin()
        super().handle_exit(sig, frame)


def _work(job: _Job, pipe: Connection) -> None:
    """Serve: what a worker process does."""
    # Out of the terminal's process group: Ctrl-C reaches the owner, who ends the workers in order.
    os.setpgid(0, 0)
    observability.configure_logging(job.log_level, job.log_format)
    threading.Thread(target=_end_with_owner, args=(pipe,), daemon=True).start()
    config = uvicorn.Config(
        job.application,
        factory=True,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # The application does it, by its own setting: whoever serves it.
        proxy_headers=False,
        # Longer than the usual load balancer keeps idle connections, so that it is never the server who closes first.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(job.drain_seconds)),
    )
    _Server(config, pipe).run(sockets=[job.listening])


def _end_with_owner(pipe: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        pipe.recv()
    os.kill(os.getpid(), signal.SIGTERM)
