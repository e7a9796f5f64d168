"""The disk that Postgres writes to is full, and then it is not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Settle
from tests.faults.load import Load, until
from tests.faults.server import Server
from tests.faults.service import Service

DISK = "160m"


@pytest.fixture
def server(made: Server) -> Iterator[Server]:
    """A server on a disk of its own, which is small."""
    started = Server()
    started.cluster.mkdir()
    size = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "lead-router-tests", str(started.cluster)]
    try:
        if os.geteuid() != 0 or subprocess.run(size, capture_output=True, check=False).returncode != 0:
            pytest.skip("no small disk can be mounted here: that takes root, and a system that lets it")
        try:
            started.copy(made)
            started.start()
            yield started
        finally:
            started.kill()
            subprocess.run(["umount", "--lazy", str(started.cluster)], check=True)
    finally:
        started.remove()


def fill(file: Path) -> None:
    """Take what is left of the disk."""
    with file.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(65536)):
            pass


async def test_a_full_disk_is_waited_for_and_loses_nothing(server: Server, ledger: Settle) -> None:
    service = Service(server.url, wait_seconds=3)
    filler = server.cluster / "filler"
    try:
        await asyncio.to_thread(service.start)
        await service.furnish()
        async with Load(service) as load:
            await load.answers_more(50)
            await asyncio.to_thread(fill, filler)
            # Postgres may go on for a while in the pages that it has, and may break down altogether.
            await until(lambda: len(load.refused) > 20, 120)
            assert "No space left on device" in server.log.read_text()
            filler.unlink()
            if not server.runs:
                await asyncio.to_thread(server.start)
            await load.answers_more(100)
        await ledger(server.url, load)
    finally:
        service.remove()
