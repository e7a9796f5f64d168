"""Who waits, and who goes next: an import goes on, and whoever waits for an answer goes first."""

import asyncio
from collections import Counter

import pytest

from app.lane import line
from app.lane.batch import LeadJob
from app.lane.limits import Limits
from app.lane.line import Lines
from tests.lane.support import ROUND_ROBIN, all_of, office, team


class Waiting(LeadJob[None]):
    """A job that nobody decides."""

    def decide(self, batch: object) -> None:
        raise AssertionError


async def turns_of_the_loop(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_an_import_waits_until_nobody_interactive_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "GIVE_WAY_SECONDS", 60)
    lines, first, second = Lines(Limits()), Waiting(), Waiting()
    lines.join(first, "interactive")
    lines.join(second, "interactive")
    giving = asyncio.create_task(lines.give_way())
    await turns_of_the_loop(20)
    first.close(None)
    await turns_of_the_loop(20)
    assert not giving.done()
    second.close(None)
    async with asyncio.timeout(10):
        await giving


async def test_an_import_waits_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "GIVE_WAY_SECONDS", 0.001)
    lines, job = Lines(Limits()), Waiting()
    lines.join(job, "interactive")
    async with asyncio.timeout(10):
        await lines.give_way()
    assert not job.outcome.done()


async def test_an_import_waits_for_no_other_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "GIVE_WAY_SECONDS", 60)
    lines = Lines(Limits())
    lines.join(Waiting(), "bulk")
    async with asyncio.timeout(10):
        await lines.give_way()


async def test_beside_interactive_callers_bulk_goes_in_small_batches(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        await place.route()
        beside = sorted(await all_of(*(place.route(line="bulk") for _ in range(64))), key=lambda a: a.seq or 0)
    together = Counter(answer.decision.decided_at for answer in beside)
    assert together[beside[0].decision.decided_at] == 64 // line.BULK_BESIDE


async def test_bulk_makes_room_for_callers_of_other_workers(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1}), lanes=2) as place:
        await place.route(1, line="bulk")
        await place.route(0)
        # One turn tells the importing worker that somebody waits elsewhere.
        await place.route(1, line="bulk")
        beside = sorted(await all_of(*(place.route(1, line="bulk") for _ in range(64))), key=lambda a: a.seq or 0)
    together = Counter(answer.decision.decided_at for answer in beside)
    assert together[beside[0].decision.decided_at] == 64 // line.BULK_BESIDE


async def test_where_nobody_waits_bulk_fills_whole_batches(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "QUIET_SECONDS", 0.0)
    limits = Limits(batch_seconds=60)
    async with office(database_url, roster=team({"a": 1}), policy=ROUND_ROBIN, limits=limits) as place:
        await place.route()
        answers = await all_of(*(place.route(line="bulk") for _ in range(64)))
    assert len({answer.decision.decided_at for answer in answers}) == 1
