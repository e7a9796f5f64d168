"""What the service claims, through its front door: several worker processes, many clients, the tables afterwards."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import asyncpg
import httpx
import pytest

from bench.processes import workers_of
from tests.conftest import fresh_database

KEY = "the-key-of-these-tests"
CLIENTS = 64


class Door:
    """The front door of a running service."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.clients = [
            httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
            for _ in range(CLIENTS)
        ]

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
                while True:
                    try:
                        answer = await client.post("/v1/leads", json=lead)
                    except httpx.TransportError:
                        continue
                    if answer.status_code != 503:
                        break
                assert answer.status_code in (200, 201), answer.text
                answers.append(answer.json())

        await asyncio.gather(*map(one, self.clients))
        return sorted(answers, key=lambda answer: int(answer["seq"]))


@pytest.fixture(scope="module")
def url(postgres_url: str, template: str) -> Iterator[str]:
    """A database of this module's own."""
    yield from fresh_database(postgres_url, template)


@pytest.fixture(scope="module")
def served(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A service of four workers: its address, and its process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEAD_ROUTER_")}
    environment |= {
        "LEAD_ROUTER_DATABASE_URL": url, "LEAD_ROUTER_ADMIN_KEY": KEY, "LEAD_ROUTER_PORT": "0",
        "LEAD_ROUTER_WORKERS": "4", "LEAD_ROUTER_DATA": str(tmp_path_factory.mktemp("serve") / "data"),
        "PYTHONPATH": os.getcwd(),
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    address = ""
    while not address:
        line = process.stdout.readline().decode()
        assert line, "the service ended before it was ready"
        address = line.split()[1] if line.strip().startswith("URL") else ""
    reading = threading.Thread(target=process.stdout.read, daemon=True)
    reading.start()
    try:
        yield address, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.fixture
async def door(served: tuple[str, subprocess.Popen[bytes]]) -> AsyncIterator[Door]:
    opened = Door(*served)
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


async def test_killed_workers_lose_and_double_nothing(door: Door, url: str) -> None:
    await door.set_up("killed", dict.fromkeys("abc", 1.0))
    connection = await asyncpg.connect(url)
    before = await connection.fetchval("SELECT seq FROM lane")
    posting = asyncio.create_task(door.post("killed", 1500))
    killed = 0
    deadline = time.monotonic() + 60
    while not posting.done() and time.monotonic() < deadline:
        await asyncio.sleep(0.7)
        workers = workers_of(door.process.pid)
        if len(workers) == 4 and not posting.done():
            workers[killed % 4].kill()
            killed += 1
    told = await posting
    assert killed
    assert len({answer["lead_id"] for answer in told}) == 1500
    query = "SELECT seq, kind, lead_id::text, rep_id FROM assignments WHERE seq > $1 ORDER BY seq"
    rows = await connection.fetch(query, before)
    await connection.close()
    assert [row["seq"] - before for row in rows] == list(range(1, len(rows) + 1))
    # What waited from before may have been routed again meanwhile.
    routed = [row for row in rows if row["kind"] == "routed"]
    assert len(routed) == 1500
    assert {row["lead_id"]: row["rep_id"] for row in routed} == {a["lead_id"]: a["rep"]["id"] for a in told}
