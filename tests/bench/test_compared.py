"""What the service is compared with does what it is said to do."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice

import httpx
import pytest
from fastapi import FastAPI

from bench import in_memory, naive, server
from bench.filling import fill
from bench.leads import Sender
from bench.office import policy_document, roster_document
from bench.parts import scaling, zen

KEY = "a-key-for-tests"


@pytest.fixture
def database_of_an_office(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LEAD_ROUTER_DATABASE_URL", database_url)
    monkeypatch.setenv("LEAD_ROUTER_ADMIN_KEY", KEY)
    monkeypatch.setenv("LEAD_ROUTER_SECRET_KEY", KEY * 8)
    return database_url


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client,
    ):
        yield client


async def answers_of(client: httpx.AsyncClient, bodies: list[bytes]) -> list[dict]:
    sent = await asyncio.gather(*(client.post("/v1/leads", content=body) for body in bodies))
    return [answer.raise_for_status().json() for answer in sent]


async def test_the_application_without_a_database_answers_as_the_service_does_and_writes_nothing(
    database_of_an_office: str,
) -> None:
    bodies = list(islice(Sender(seed=8).bodies(), 20))
    async with client_of(in_memory.create_app()) as client:
        answers = await answers_of(client, bodies)
    assert all(answer["status"] == "assigned" and answer["explanation"] for answer in answers)
    assert await server.rows(database_of_an_office, "SELECT FROM leads") == []


async def test_the_naive_twin_counts_and_inserts_and_recognises_a_delivery(database_of_an_office: str) -> None:
    url = database_of_an_office
    bodies = list(islice(Sender(seed=9).bodies(), 20))
    await fill(url, policy_document(), roster_document())
    await naive.make_ready(url)
    async with client_of(naive.create_app()) as client:
        answers = await answers_of(client, bodies)
        again = await answers_of(client, bodies)
    assert [answer["lead_id"] for answer in again] == [answer["lead_id"] for answer in answers]
    stored = await server.rows(url, "SELECT lead_id::text, rep_id, rule_name FROM assignments")
    assert {(row["lead_id"], row["rep_id"], row["rule_name"]) for row in stored} == {
        (answer["lead_id"], answer["rep"]["id"], answer["rule"]) for answer in answers
    }
    assert len({row["rule_name"] for row in stored}) > 5
    for table in ("leads", "deliveries"):
        assert len(await server.rows(url, f"SELECT FROM {table}")) == len(bodies)
    assert len(await server.rows(url, "SELECT FROM identities")) > 3.5 * len(bodies)


def test_a_thousand_rules_give_each_lead_to_the_rep_of_the_first_that_holds() -> None:
    given = zen.rules()
    asked = zen.leads(100)
    answers, _ = zen.decided(asked, zen.policy_of(given), zen.world_of_reps())
    for lead, rep in zip(asked, answers, strict=True):
        first = next(
            rule
            for rule in given
            if rule.get("source", lead.source) == lead.source
            and rule.get("industry", lead.industry) == lead.industry
            and lead.employees >= rule.get("employees", 0)
        )
        assert rep == first["rep"]
    assert len(set(answers)) > 30


async def test_in_a_roster_that_grows_as_many_compete_for_a_lead() -> None:
    for number in (100, 400):
        office = scaling.of_reps(number)
        lane = scaling.InMemory(office)
        await lane.microseconds(scaling.TURN)
        assert len(office.roster["reps"]) == number
        assert {step.ranked_count for record in lane.kept for step in record.decision.steps} == {scaling.GROUP}


async def test_of_many_rules_and_of_few_the_same_hundred_compete_and_other_rules_hold() -> None:
    for number in (10, 400):
        office = scaling.of_rules(number)
        lane = scaling.InMemory(office)
        await lane.microseconds(10 * scaling.TURN)
        assert len(office.policy["rules"]) == number
        assert {record.decision.steps[-1].ranked_count for record in lane.kept} == {100}
        rules = Counter(record.decision.rule for record in lane.kept)
        assert 0.3 < rules["everyone-in-turn"] / len(lane.kept) < 0.5
        assert len(rules) == 10 if number == 10 else len(rules) > 60
