"""What is written is read, in order, however little of it is kept in memory."""

import asyncio

import pytest

from app.routers.spool import Spool


@pytest.mark.parametrize("in_memory", [1, 1_000_000])
async def test_all_that_is_written_is_read_in_order(in_memory: int) -> None:
    spool = Spool(in_memory=in_memory)
    parts = [bytes([number % 251]) * (number * 37 % 5000) for number in range(200)]

    async def write() -> None:
        for part in parts:
            await spool.write(part)
            if len(part) % 3 == 0:
                await asyncio.sleep(0)
        spool.end()

    writing = asyncio.create_task(write())
    read = b""
    while part := await spool.read():
        read += part
    await writing
    assert read == b"".join(parts)
    spool.close()


async def test_at_its_bound_writing_waits_for_reading() -> None:
    spool = Spool(most=10)
    await spool.write(b"x" * 10)
    waiting = asyncio.create_task(spool.write(b"y"))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert await spool.read() == b"x" * 10
    await waiting
    assert await spool.read() == b"y"
    spool.close()


async def test_an_error_is_told_after_all_that_came_before_it() -> None:
    spool = Spool()
    await spool.write(b"before")
    spool.end(RuntimeError("over"))
    assert await spool.read() == b"before"
    with pytest.raises(RuntimeError):
        await spool.read()
    spool.close()
