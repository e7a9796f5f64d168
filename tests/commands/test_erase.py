"""``erase`` leaves nothing of a person, and everything of what was decided."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from app.record import erase as erasing
from app.store import database
from tests.commands.conftest import CommandLine, Service
from tests.conftest import run_apart

EMAIL, PHONE, NAME = "ann.zhou@factory.example", "+8613800138000", "周安然"
LEAD = {
    "name": NAME,
    "email": EMAIL.upper(),
    "phone": "138 0013 8000",
    "title": "主管·周安然",
    "address": "周安然路 1 号",
    "company": "示例工厂",
    "country": "CN",
    "city": "苏州",
    "budget": "50万",
    "attributes": {"wechat": "zhou-an-ran"},
}
OTHER = {
    "name": "李雷",
    "email": "li.lei@factory.example",
    "phone": "139 0013 9000",
    "company": "示例工厂",
    "city": "上海",
}
SECRET = "what-the-shop-sends-with-it"
SHOP = {"kind": "generic", "secret": SECRET}
THEIRS = ("ann.zhou", "13800138000", NAME, "zhou-an-ran", "138 0013 8000")


async def _everything(url: str) -> str:
    """All that is in the database, as text."""
    connection = await database.parse(url).connect()
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for (table,) in tables for row in await connection.fetch(f'SELECT * FROM "{table}"')]
    finally:
        await connection.close()
    said = (one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for row in rows for one in row)
    return "\n".join(said).lower()


@pytest.fixture
def known(service: Service, database_url: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Two leads of one person, by the API and by a webhook, and one of a colleague."""
    monkeypatch.setenv("LEAD_ROUTER_DATABASE_URL", database_url)
    assert service.http.put("/v1/sources/shop", json=SHOP).status_code == 201
    made = [service.http.post("/v1/leads", json=one).json() for one in (LEAD, OTHER)]
    sent = service.http.post("/v1/webhooks/shop", json={**LEAD, "order": 7}, headers={"X-Webhook-Secret": SECRET})
    assert sent.status_code == 200
    # Before they were corrected they were known by another address.
    first = service.http.post("/v1/leads", json={"name": NAME, "email": "ann.zhou@old.example"}).json()
    assert service.http.patch(f"/v1/leads/{first['lead_id']}", json={"email": EMAIL}).status_code == 200
    return [*made, first]


def test_nothing_is_left_of_a_person_and_the_record_stays_whole(
    give: CommandLine, service: Service, known: list[dict[str, Any]], database_url: str
) -> None:
    before = service.http.get("/v1/assignments").json()["items"]
    assert all(one in run_apart(_everything(database_url)) for one in THEIRS)
    done = give("erase", "--email", EMAIL, "--yes")
    assert (done.status, done.err) == (0, "")
    assert "Erased from 3 leads" in done.out
    left = run_apart(_everything(database_url))
    assert [one for one in THEIRS if one in left] == []
    assert "li.lei@factory.example" in left
    after = service.http.get("/v1/assignments").json()["items"]
    assert [one["explanation"] for one in after] == [one["explanation"] for one in before]
    lead = service.http.get(f"/v1/leads/{known[0]['lead_id']}").json()
    assert (lead["facts"]["company"], lead["facts"]["city"]) == ("示例工厂", "苏州")
    assert not {"name", "email", "phone", "title", "address", "attributes"} & lead["facts"].keys()
    corrected = service.http.get(f"/v1/leads/{known[-1]['lead_id']}").json()["changes"]
    assert [(one["kind"], one["actor"], one["fields"]) for one in corrected] == [("corrected", "admin", ["email"])]
    assert give("verify").status == 0
    # Who comes again is somebody new, from a company that is known.
    recognised = service.http.post("/v1/leads?trace=true", json=LEAD).json()["trace"]["recognition"]
    assert (recognised["person"], recognised["company_by"]) == (None, "domain")


def test_a_number_that_others_have_too_stays_known(
    give: CommandLine, service: Service, known: list[dict[str, Any]], database_url: str
) -> None:
    shared = service.http.post("/v1/leads", json={"name": "总机", "phone": "138 0013 8000"}).json()
    assert give("erase", "--email", EMAIL, "--yes").status == 0
    assert service.http.get(f"/v1/leads/{shared['lead_id']}").json()["facts"]["phone"] == PHONE
    assert f"phone:{PHONE}" in run_apart(_everything(database_url))
    assert EMAIL not in run_apart(_everything(database_url))


def test_one_lead_is_erased_by_its_id_and_looking_changes_nothing(
    give: CommandLine, service: Service, known: list[dict[str, Any]], database_url: str
) -> None:
    before = run_apart(_everything(database_url))
    seen = give("erase", "--lead", known[1]["lead_id"], "--dry-run", "--language", "zh")
    assert (seen.status, "李雷" in seen.out, NAME in seen.out) == (0, True, False)
    assert "没有作任何修改" in seen.out
    assert run_apart(_everything(database_url)) == before
    assert give("erase", "--lead", known[1]["lead_id"], "--yes").status == 0
    left = run_apart(_everything(database_url))
    assert ("li.lei@factory.example" in left, EMAIL in left) == (False, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name the person: --email, --phone or --lead"),
        (("--email", "ann"), "--email ann: that is no email address"),
        (("--phone", "12"), "--phone 12: that is no phone number"),
        (("--email", EMAIL), "add --yes to do it"),
    ],
)
def test_what_is_not_said_is_asked_for(
    give: CommandLine, service: Service, known: list[dict[str, Any]], words: tuple[str, ...], said: str
) -> None:
    done = give("erase", *words)
    assert done.status == 1
    assert said in done.err


def test_what_others_have_in_a_delivery_too_is_left_and_told(
    give: CommandLine, service: Service, known: list[dict[str, Any]], database_url: str
) -> None:
    headers = {"X-Webhook-Secret": SECRET}
    # Not made into leads: the list is not one. In the second only a longer address is like theirs.
    for body in ({"data": [[EMAIL]]}, {"data": [["jo-" + EMAIL]]}):
        listed = {"kind": "generic", "options": {"records": "data"}}
        assert service.http.put("/v1/sources/shop", json=listed).status_code == 200
        assert service.http.post("/v1/webhooks/shop", json=body, headers=headers).status_code == 400
    told = give("erase", "--email", EMAIL, "--yes").out
    assert "1 deliveries mention them and were left" in told
    assert f"jo-{EMAIL}" in run_apart(_everything(database_url))
    assert "mention" not in give("erase", "--email", EMAIL, "--yes", "--deliveries").out
    left = run_apart(_everything(database_url)).replace(f"jo-{EMAIL}", "")
    assert EMAIL not in left


def test_what_waits_to_become_a_lead_is_not_lost(
    give: CommandLine, service: Service, known: list[dict[str, Any]], database_url: str
) -> None:
    async def waits() -> None:
        connection = await database.parse(database_url).connect()
        try:
            await connection.execute("UPDATE arrivals SET state = 'waiting', next_at = now() + interval '1 hour'")
        finally:
            await connection.close()

    run_apart(waits())
    told = give("erase", "--email", EMAIL, "--yes", "--deliveries", "--language", "zh").out
    assert "还没有处理完" in told
    assert len(service.http.get("/v1/deliveries").json()["items"]) == 1


def test_what_was_known_of_them_before_a_correction_goes_too(
    give: CommandLine, service: Service, known: list[dict[str, Any]], database_url: str
) -> None:
    first = {"name": "Annabella Zett", "phone": "137 0013 7000", "company": "旧公司"}
    lead = service.http.post("/v1/leads", json=first).json()["lead_id"]
    changed = {"name": "Annabella Zwei", "company": "新公司", "email": "zwei@factory.example"}
    assert service.http.patch(f"/v1/leads/{lead}", json=changed).status_code == 200
    assert give("erase", "--lead", lead, "--yes").status == 0
    left = run_apart(_everything(database_url))
    assert [one for one in ("annabella", "13700137000", "zwei@") if one in left] == []


def test_who_only_mentions_them_and_could_not_be_decided_keeps_their_lead(
    give: CommandLine, service: Service, known: list[dict[str, Any]], database_url: str
) -> None:
    async def undecided(lead: str, body: dict[str, str]) -> None:
        connection = await database.parse(database_url).connect()
        try:
            await connection.execute(
                "UPDATE leads SET name = NULL, email = NULL, phone = NULL, facts = '{}', status = 'queued',"
                " rep_id = NULL, reason = 'router_error', queued_at = now() + '1 day', body = $2::json"
                " WHERE id = $1::uuid",
                UUID(lead),
                json.dumps(body),
            )
        finally:
            await connection.close()

    run_apart(undecided(known[1]["lead_id"], {"email": "jo-" + EMAIL, "need": f"{EMAIL} told me"}))
    run_apart(undecided(known[0]["lead_id"], {"email": EMAIL.upper(), "name": NAME}))
    assert give("erase", "--email", EMAIL, "--yes", "--deliveries").status == 0
    left = run_apart(_everything(database_url))
    assert (f"jo-{EMAIL}" in left, NAME in left) == (True, False)


@pytest.mark.parametrize("beside", ["a correction", "another lead of theirs"])
def test_what_comes_while_it_is_done_is_neither_lost_nor_left(
    give: CommandLine,
    service: Service,
    known: list[dict[str, Any]],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    beside: str,
) -> None:
    leads_of, looks = erasing.leads_of, count()

    async def leads_of_and_then(*given: Any) -> Any:
        rows = await leads_of(*given)
        # The first look shows what is found, the second is that of erasing itself.
        if next(looks) == 1:
            await asyncio.to_thread(something)
        return rows

    def something() -> None:
        if beside == "a correction":
            lead = known[0]["lead_id"]
            assert service.http.patch(f"/v1/leads/{lead}", json={"company": "新公司"}).status_code == 200
        else:
            assert service.http.post("/v1/leads", json=LEAD).status_code == 201

    monkeypatch.setattr(erasing, "leads_of", leads_of_and_then)
    assert give("erase", "--email", EMAIL, "--yes").status == 0
    left = run_apart(_everything(database_url))
    assert [one for one in THEIRS if one in left] == []
    assert ("新公司" in left) == (beside == "a correction")
