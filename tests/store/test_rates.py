"""So many in a minute: in one worker, and over all that share a database."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store import database, rates
from app.store.rates import Allowance, Rates
from tests.conftest import execute, run_apart


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class NoPool:
    """Stands where no database may be asked."""

    def acquire(self) -> None:
        raise AssertionError("a request's path has no database in it")


def alone(now: float = 0.0) -> tuple[Rates, Clock]:
    """Rates whose clock begins with a period of every length."""
    clock = Clock(now)
    made = Rates(NoPool(), clock=clock)  # type: ignore[arg-type]
    made._ahead = 0.0
    return made, clock


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await database.parse(database_url).pool()
    yield opened
    await opened.close()


def taken(counted: Rates, times: int, limit: int = 10, name: str = "a") -> int:
    """How many of so many are allowed."""
    return sum(counted.take(name, limit, 3600).allowed for _ in range(times))


async def used(pool: asyncpg.Pool) -> int:
    return int(await pool.fetchval("SELECT coalesce(sum(used), 0) FROM rates"))


# --- one worker -------------------------------------------------------------------------------------------------------


def test_no_more_are_allowed_than_the_limit_and_each_is_told_what_is_left() -> None:
    counted, _ = alone()
    said = [counted.take("a", 3) for _ in range(4)]
    assert [one.remaining for one in said] == [2, 1, 0, 0]
    assert [one.allowed for one in said] == [True, True, True, False]
    assert said[3].retry_seconds == 60
    assert counted.take("b", 3).remaining == 2


def test_what_is_refused_uses_nothing() -> None:
    counted, clock = alone()
    for _ in range(100):
        counted.take("a", 10)
    clock.now = 60
    assert sum(counted.take("a", 10).allowed for _ in range(20)) == 10


def test_what_was_used_at_once_leaves_the_window_at_once_when_it_is_over() -> None:
    counted, clock = alone()
    clock.now = 59
    assert sum(counted.take("a", 10).allowed for _ in range(20)) == 10
    for now, allowed in ((61, 0), (90, 0), (118, 0), (119, 10), (120, 0), (179, 10)):
        clock.now = now
        assert sum(counted.take("a", 10).allowed for _ in range(20)) == allowed


def test_what_was_used_bit_by_bit_leaves_the_window_so() -> None:
    counted, clock = alone()
    for clock.now in range(0, 60, 6):
        assert counted.take("a", 10).allowed
    clock.now = 87
    assert sum(counted.take("a", 10).allowed for _ in range(20)) == 5


@pytest.mark.parametrize("began", [0.0, 37.3, 59.999, 1_767_605_437.123])
@pytest.mark.parametrize("limit", [1, 2, 20])
def test_nobody_waits_for_longer_than_the_window(began: float, limit: int) -> None:
    counted, clock = alone(began)
    for _ in range(5):
        assert all(counted.take("a", limit).allowed for _ in range(limit))
        refused = counted.take("a", limit)
        assert (refused.allowed, refused.retry_seconds) == (False, 60)
        clock.now += 60


def test_without_a_limit_nothing_is_counted() -> None:
    counted, _ = alone()
    assert counted.take("a", None) == rates.UNLIMITED
    assert not counted._shared


def test_what_costs_more_than_the_limit_uses_all_of_it() -> None:
    counted, _ = alone()
    assert counted.take("a", 5, cost=100) == Allowance(True, 5, 60, 0, 60)
    assert not counted.take("a", 5).allowed


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    counted, clock = alone(1_000_000.0)
    assert counted.take("a", 1).allowed
    clock.now -= 86_400
    assert counted.take("a", 1).allowed


def test_memory_is_bounded_however_many_names_come() -> None:
    counted, _ = alone()
    for n in range(rates.MOST + 500):
        counted.take(f"address {n}", 1, shared=False)
    assert len(counted._alone) == rates.MOST
    assert not counted.take(f"address {rates.MOST + 499}", 1, shared=False).allowed


@given(
    limit=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 100, allow_nan=False), st.integers(1, 30)), min_size=1, max_size=30),
)
def test_whoever_waits_as_long_as_told_is_allowed(limit: int, steps: list[tuple[float, int]]) -> None:
    counted, clock = alone()
    for pause, cost in steps:
        clock.now += pause
        said = counted.take("a", limit, cost=cost)
        assert 0 <= said.remaining <= limit
        if not said.allowed:
            assert 1 <= said.retry_seconds <= 60
            clock.now += said.retry_seconds
            assert counted.take("a", limit, cost=cost).allowed


# --- many workers -----------------------------------------------------------------------------------------------------


async def test_two_workers_hold_one_limit_together(pool: asyncpg.Pool) -> None:
    one, other = Rates(pool), Rates(pool)
    assert (taken(one, 6), taken(other, 3)) == (6, 3)
    for worker in (one, other, one):
        await worker.look()
    assert (taken(one, 9), taken(other, 0)) == (1, 0)
    for worker in (one, other):
        await worker.look()
    assert (taken(one, 5), taken(other, 5)) == (0, 0)
    assert await used(pool) == 10


async def test_what_others_used_makes_nobody_wait_for_longer_than_the_window(pool: asyncpg.Pool) -> None:
    one, other = Rates(pool), Rates(pool)
    assert (taken(one, 9), taken(other, 1)) == (9, 1)
    for worker in (one, other):
        await worker.look()
    refused = other.take("a", 10, 3600)
    assert (refused.allowed, refused.retry_seconds <= 3600) == (False, True)


async def test_what_was_told_is_not_told_again(pool: asyncpg.Pool) -> None:
    worker = Rates(pool)
    taken(worker, 4)
    for _ in range(3):
        await worker.look()
    assert await used(pool) == 4
    assert taken(worker, 10) == 6


async def test_what_a_worker_counts_for_itself_never_reaches_the_database(pool: asyncpg.Pool) -> None:
    worker = Rates(pool)
    worker.take("address", 5, shared=False)
    assert await worker.look() == 0
    assert await used(pool) == 0


async def test_many_workers_that_tell_of_many_names_at_once_lose_nothing(pool: asyncpg.Pool) -> None:
    workers = [Rates(pool) for _ in range(6)]
    for n, worker in enumerate(workers):
        for name in (range(20), reversed(range(20)))[n % 2]:
            taken(worker, 3, limit=1000, name=f"key {name}")
    await asyncio.gather(*(worker.look() for worker in workers))
    assert await used(pool) == 6 * 20 * 3


async def test_while_the_database_is_away_a_worker_goes_on_alone_and_tells_it_all_afterwards(
    pool: asyncpg.Pool, database_url: str, postgres_url: str
) -> None:
    worker = Rates(pool)
    name = database_url.rsplit("/", 1)[1].partition("?")[0]
    taken(worker, 2)
    await worker.look()
    away = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'"
    run_apart(execute(postgres_url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', away))
    try:
        assert taken(worker, 5) == 5
        for _ in range(3):
            with pytest.raises(database.DRIVER_ERRORS):
                await worker.look()
        assert taken(worker, 5) == 3
    finally:
        run_apart(execute(postgres_url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    await worker.look()
    assert await used(pool) == 10


async def test_what_broke_while_it_was_told_is_still_counted_here_and_never_told_twice(pool: asyncpg.Pool) -> None:
    worker = Rates(pool)
    taken(worker, 4)
    await worker.look()
    taken(worker, 4)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE rates")
        telling = asyncio.create_task(worker.look())
        while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
        telling.cancel()
        await asyncio.wait([telling])
    await worker.look()
    assert await used(pool) <= 8
    assert taken(worker, 10) == 2


async def test_rows_of_past_periods_are_deleted(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "INSERT INTO rates VALUES ('old', 60, 1, 5), ('new', 60, extract(epoch FROM now())::int / 60, 5)"
    )
    worker = Rates(pool)
    worker._forgot -= rates.FORGET_SECONDS
    taken(worker, 1)
    await worker.look()
    assert {row["name"] for row in await pool.fetch("SELECT name FROM rates")} == {"new", "a"}
