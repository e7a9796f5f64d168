"""What a worker remembers of keys, and what it asks the database for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app.store import keys, known_keys
from app.store.known_keys import KnownKeys


class Clock:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Counted:
    """Gives one connection, and counts how often it was asked for."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection, self.asked = connection, 0

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[asyncpg.Connection]:
        self.asked += 1
        yield self._connection


async def add(connection: asyncpg.Connection) -> str:
    key_id, _, hashed = keys.made()
    await connection.execute(keys.CREATE, key_id, "Form", hashed, ["leads:write"], None, None, "Ada")
    return key_id


@pytest.fixture
def counted(connection: asyncpg.Connection) -> Counted:
    return Counted(connection)


async def test_a_known_key_is_never_asked_for_again_but_by_the_look(
    connection: asyncpg.Connection, counted: Counted
) -> None:
    known = KnownKeys(counted, counted)
    key_id = await add(connection)
    for _ in range(100):
        found = await known.find(key_id)
        assert found is not None
    assert counted.asked == 1
    await connection.execute("UPDATE api_keys SET name = 'Shop', scopes = '{leads:read,not:known:here}'")
    await known.look()
    found = await known.find(key_id)
    assert found is not None
    assert (found.name, found.scopes) == ("Shop", {"leads:read"})


async def test_many_strange_keys_at_once_are_few_statements_and_are_remembered_for_a_moment(
    connection: asyncpg.Connection, counted: Counted
) -> None:
    clock = Clock()
    known = KnownKeys(counted, counted, clock=clock)
    real = await add(connection)
    strange = [f"{n:012d}" for n in range(500)]
    found = await asyncio.gather(*(known.find(one) for one in [*strange, real, *strange]))
    assert [key.id for key in found if key is not None] == [real]
    assert counted.asked <= 2
    asked = counted.asked
    await asyncio.gather(*(known.find(one) for one in strange))
    assert counted.asked == asked
    clock.now += known_keys.UNKNOWN_SECONDS
    await asyncio.gather(*(known.find(one) for one in strange))
    assert counted.asked > asked


async def test_who_goes_while_a_key_is_looked_up_takes_nothing_from_the_others(
    connection: asyncpg.Connection, counted: Counted
) -> None:
    known = KnownKeys(counted, counted)
    key_id = await add(connection)
    going, staying = asyncio.create_task(known.find(key_id)), asyncio.create_task(known.find(key_id))
    await asyncio.sleep(0)
    going.cancel()
    found = await staying
    assert found is not None
    assert going.cancelled()


async def test_memory_is_bounded_however_many_are_tried(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_keys, "MOST", 100)
    known = KnownKeys(counted, counted)
    for start in range(0, 1000, 250):
        await asyncio.gather(*(known.find(f"{n:012d}") for n in range(start, start + 250)))
    assert len(known._unknown) == 100
