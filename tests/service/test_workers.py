"""The processes that serve are replaced, whatever dies: also what they are forked from, with one of them half made."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.workers import Workers
from tests.service.test_serve import eventually


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        started = Workers(listening, count=1, drain_seconds=1, application="tests.service.standin:create_app")
        started.start()
        try:
            yield started
        finally:
            started.stop()


def waits_for_it(thread: threading.Thread) -> bool:
    """Whether a thread has asked for a process, and waits to be told its number."""
    assert thread.ident is not None
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code.co_name == "read_signed"


def test_what_they_are_forked_from_may_die_with_one_of_them_half_made(workers: Workers) -> None:
    (first,) = workers.pids
    nursery = psutil.Process(first).ppid()
    os.kill(nursery, signal.SIGSTOP)
    workers._count = 2
    watching = threading.Thread(target=workers.watch)
    watching.start()
    eventually(lambda: waits_for_it(watching))
    os.kill(nursery, signal.SIGKILL)
    watching.join(30)
    assert not watching.is_alive()

    def both_serve() -> bool:
        workers.watch()
        return len(workers.pids) == 2 and all(worker.ready for worker in workers._workers)

    eventually(both_serve)
    assert nursery not in {psutil.Process(pid).ppid() for pid in workers.pids}
