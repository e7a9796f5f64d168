"""What the service claims, through its front door: so many workers, so many clients at once, the tables afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import count, islice, takewhile
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from tests.faults.service import Service
from tests.lane.audit import audit

WORKERS, CLIENTS = (1, 2, 4), (1, 16, 64, 256)
BRIEF = [(1, 16, 120), (2, 256, 270), (4, 64, 180)]
"""Workers, clients, leads of each kind."""
WHOLE = [(workers, clients, min(3000, 500 * clients)) for workers in WORKERS for clients in CLIENTS]

Answer = dict[str, Any]


class Door:
    """The front door of a running service, and the tables behind it. ``clients`` ask at once."""

    def __init__(self, client: httpx.AsyncClient, tables: asyncpg.Connection, clients: int) -> None:
        self.client = client
        self.tables = tables
        self.clients = clients

    async def set_up(self, name: str, weights: Mapping[str, float], **rep: Any) -> None:
        """One team, and a policy that gives it every lead in turn."""
        members = [{"rep": who, "weight": weight} for who, weight in weights.items()]
        roster = {"reps": {who: {"name": who, **rep} for who in weights}, "teams": {name: {"members": members}}}
        policy = {"name": name, "rules": [{"name": name, "assign": {"team": name, "by": "round_robin"}}]}
        (await self.client.put("/v1/roster", json=roster)).raise_for_status()
        (await self.client.post("/v1/policies?activate=true", json=policy)).raise_for_status()

    async def send(self, leads: Iterable[Mapping[str, Any]]) -> list[httpx.Response]:
        """Send leads from all clients at once, each client one after another; the answers in the order of the leads."""
        answers: dict[int, httpx.Response] = {}
        numbered = iter(enumerate(leads))

        async def one() -> None:
            for number, lead in numbered:
                answers[number] = await self.client.post("/v1/leads", json=lead)

        await asyncio.gather(*(one() for _ in range(self.clients)))
        return [answers[number] for number in range(len(answers))]

    async def route(self, name: str, many: int) -> list[Answer]:
        """Send new leads; their answers in the order of the record."""
        responses = await self.send(islice(new(name), many))
        assert {response.status_code for response in responses} == {201}
        return sorted((response.json() for response in responses), key=lambda answer: answer["seq"])

    async def routed(self, rule: str) -> int:
        """How many leads a rule has routed so far."""
        return int(await self.tables.fetchval("SELECT count(*) FROM assignments WHERE rule_id = $1", rule))

    async def rows(self, rule: str) -> list[asyncpg.Record]:
        """What the tables hold of the leads that a rule routed, in order."""
        query = """SELECT seq, revision, lead_id::text, rep_id, effects FROM assignments
                   WHERE rule_id = $1 AND rep_id IS NOT NULL ORDER BY seq"""
        return list(await self.tables.fetch(query, rule))


def new(name: str) -> Iterator[dict[str, str]]:
    """Leads that nobody has sent before, without end."""
    return ({"external_id": f"{name}-{number}", "email": f"p@{name}-{number}.example"} for number in count())


@pytest.mark.parametrize(
    ("workers", "clients", "leads"),
    [*BRIEF, *(pytest.param(*whole, marks=pytest.mark.soak) for whole in WHOLE)],
    ids=str,
)
async def test_turns_caps_and_deliveries_are_exact(database_url: str, workers: int, clients: int, leads: int) -> None:
    service = Service(database_url, workers=workers)
    tables = await asyncpg.connect(database_url)
    try:
        service.start()
        # One more for who edits the roster meanwhile: the pool lets no other in while one always asks again.
        limits = httpx.Limits(max_connections=clients + 1, max_keepalive_connections=clients + 1)
        async with service.client(timeout=60, limits=limits) as client:
            door = Door(client, tables, clients)
            await _equals_never_differ_by_more_than_one(door, leads)
            await _by_weight_nobody_is_a_whole_lead_from_their_share(door, leads)
            await _one_delivery_is_one_lead_however_often_it_comes(door, leads // 3)
            await _who_pauses_gets_nothing_and_comes_back_to_their_place(door, leads)
            await _a_cap_is_reached_and_never_passed(door, leads // 8)
        assert service.end() == 0
    finally:
        await tables.close()
        service.remove()
    assert await audit(database_url) == []


async def _equals_never_differ_by_more_than_one(door: Door, many: int) -> None:
    weights = dict.fromkeys("abcdefg", 1.0)
    await door.set_up("equal", weights)
    _gapless(await door.route("equal", many))
    served = Counter(dict.fromkeys(weights, 0))
    for row in await door.rows("equal"):
        served[row["rep_id"]] += 1
        assert max(served.values()) - min(served.values()) <= 1, (row["seq"], served)
    assert served.total() == many


async def _by_weight_nobody_is_a_whole_lead_from_their_share(door: Door, many: int) -> None:
    weights = {"h": 5.125, "i": 3.0, "j": 0.5, "k": 0.001, "l": 0, "m": 1000}
    await door.set_up("weighted", weights)
    _gapless(await door.route("weighted", many))
    served: Counter[str] = Counter()
    shares = {rep: Fraction(str(weight)) for rep, weight in weights.items()}
    total = sum(shares.values())
    for number, row in enumerate(await door.rows("weighted"), 1):
        served[row["rep_id"]] += 1
        assert all(abs(served[rep] - number * share / total) < 1 for rep, share in shares.items()), row["seq"]
    assert (served.total(), served["l"]) == (many, 0)


def _gapless(answers: Sequence[Answer]) -> None:
    first = answers[0]["seq"]
    assert [answer["seq"] for answer in answers] == list(range(first, first + len(answers)))


async def _one_delivery_is_one_lead_however_often_it_comes(door: Door, many: int) -> None:
    """Each is sent three times in a row, so that several clients have it at once, and then with another body."""
    await door.set_up("once", dict.fromkeys("ab", 1.0))
    leads = list(islice(new("once"), many))
    answers = await door.send(lead for lead in leads for _ in range(3))
    assert Counter(answer.status_code for answer in answers) == {201: many, 200: 2 * many}
    first = []
    for number in range(many):
        same = [answer.json() for answer in answers[3 * number : 3 * number + 3]]
        bodies = [{name: value for name, value in body.items() if name != "replayed"} for body in same]
        assert bodies[0] == bodies[1] == bodies[2]
        assert [body["replayed"] for body in same].count(False) == 1
        first.append(bodies[0]["lead_id"])
    refused = await door.send({**lead, "need": "something else"} for lead in leads)
    assert {answer.status_code for answer in refused} == {409}
    assert [answer.json()["lead_id"] for answer in refused] == first
    assert sorted(row["lead_id"] for row in await door.rows("once")) == sorted(first)


async def _who_pauses_gets_nothing_and_comes_back_to_their_place(door: Door, many: int) -> None:
    """Leads keep coming all the while. The record tells exactly when the pause was, and what everybody was due."""
    weights = {"n": 2.5, "o": 1.0, "p": 1.0}
    await door.set_up("paused", weights)
    ended = asyncio.Event()
    sending = asyncio.create_task(door.send(takewhile(lambda _: not ended.is_set(), new("paused"))))
    for status in ("paused", "active", None):
        enough = await door.routed("paused") + many // 3
        while await door.routed("paused") < enough:
            assert not sending.done(), await sending
            await asyncio.sleep(0.05)
        if status is not None:
            (await door.client.patch("/v1/reps/n", json={"status": status})).raise_for_status()
    ended.set()
    assert {answer.status_code for answer in await sending} == {201}
    edits = "SELECT revision FROM changes WHERE subject = 'reps/n' ORDER BY revision"
    left, back = [row["revision"] for row in await door.tables.fetch(edits)]
    rows = await door.rows("paused")
    assert {left < row["revision"] for row in rows} == {back < row["revision"] for row in rows} == {True, False}
    credits = dict.fromkeys(weights, Fraction(0))
    for row in rows:
        there = [rep for rep in weights if rep != "n" or not left < row["revision"] < back]
        assert orjson.loads(row["effects"])["turn"]["competitors"] == there
        total = sum(Fraction(weights[rep]) for rep in there)
        for rep in there:
            credits[rep] += Fraction(weights[rep]) / total
        credits[row["rep_id"]] -= 1
        assert row["rep_id"] in there
        assert max(map(abs, credits.values())) < 2, (row["seq"], credits)


async def _a_cap_is_reached_and_never_passed(door: Door, cap: int) -> None:
    # Where it is about noon: no day ends meanwhile.
    zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
    await door.set_up("capped", dict.fromkeys(["w", "x", "y", "z"], 1.0), capacity={"per_day": cap}, timezone=zone)
    answers = await door.route("capped", 6 * cap)
    assert Counter(answer["status"] for answer in answers) == {"assigned": 4 * cap, "queued": 2 * cap}
    assert Counter(row["rep_id"] for row in await door.rows("capped")) == dict.fromkeys(["w", "x", "y", "z"], cap)
