"""What the service claims, through its front door: several worker processes, many clients, the tables afterwards."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.conftest import fresh_database
from tests.faults.service import Service

CLIENTS = 64


class Door:
    """The front door of a running service."""

    def __init__(self, service: Service) -> None:
        self.clients = [service.client(timeout=60) for _ in range(CLIENTS)]

    async def set_up(self, name: str, weights: Mapping[str, float], **rep: Any) -> None:
        """One team, and a policy that gives it every lead in turn."""
        members = [{"rep": who, "weight": weight} for who, weight in weights.items()]
        roster = {"reps": {who: {"name": who, **rep} for who in weights}, "teams": {name: {"members": members}}}
        policy = {"name": name, "rules": [{"name": name, "assign": {"team": name, "by": "round_robin"}}]}
        client = self.clients[0]
        (await client.put("/v1/roster", json=roster)).raise_for_status()
        (await client.post("/v1/policies?activate=true", json=policy)).raise_for_status()

    async def post(self, name: str, count: int) -> list[dict[str, Any]]:
        """Post leads from all clients at once; their answers in the order of the record."""
        numbers = iter(range(count))
        answers: list[dict[str, Any]] = []

        async def one(client: httpx.AsyncClient) -> None:
            for number in numbers:
                lead = {"external_id": f"{name}-{number}", "email": f"p@{name}-{number}.example"}
                answer = await client.post("/v1/leads", json=lead)
                assert answer.status_code in (200, 201), answer.text
                answers.append(answer.json())

        await asyncio.gather(*map(one, self.clients))
        return sorted(answers, key=lambda answer: int(answer["seq"]))


@pytest.fixture(scope="module")
def url(postgres_url: str, template: str) -> Iterator[str]:
    """A database of this module's own."""
    yield from fresh_database(postgres_url, template)


@pytest.fixture(scope="module")
def service(url: str) -> Iterator[Service]:
    """A service of four workers."""
    started = Service(url, workers=4)
    try:
        started.start()
        yield started
        assert started.end() == 0
    finally:
        started.remove()


@pytest.fixture
async def door(service: Service) -> AsyncIterator[Door]:
    opened = Door(service)
    yield opened
    await asyncio.gather(*(client.aclose() for client in opened.clients))


async def test_four_workers_share_out_exactly_and_leave_no_gap(door: Door) -> None:
    for name, weights in (
        ("equal", dict.fromkeys("abcdefg", 1.0)),
        ("weighted", {"h": 5.0, "i": 3.0, "j": 1.0, "k": 1.0}),
    ):
        await door.set_up(name, weights)
        answers = await door.post(name, 700)
        first = answers[0]["seq"]
        assert [answer["seq"] for answer in answers] == list(range(first, first + 700))
        served: Counter[str] = Counter()
        total = sum(weights.values())
        for number, answer in enumerate(answers, 1):
            served[answer["rep"]["id"]] += 1
            assert all(abs(served[rep] - number * weight / total) < 1 for rep, weight in weights.items())
        if name == "equal":
            assert max(served.values()) - min(served.values()) <= 1


async def test_a_cap_of_a_hundred_ends_at_exactly_a_hundred(door: Door) -> None:
    await door.set_up("capped", dict.fromkeys(["w", "x", "y", "z"], 1.0), capacity={"per_day": 25})
    statuses = Counter(answer["status"] for answer in await door.post("capped", 150))
    assert statuses == {"assigned": 100, "queued": 50}


async def test_fifty_clients_with_one_delivery_get_one_answer(door: Door) -> None:
    await door.set_up("once", dict.fromkeys("ab", 1.0))
    lead = {"external_id": "same", "source": "web"}
    answers = await asyncio.gather(*(client.post("/v1/leads", json=lead) for client in door.clients[:50]))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 49}
    bodies = [{key: value for key, value in answer.json().items() if key != "replayed"} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
