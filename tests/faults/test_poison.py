"""One lead that cannot be decided, or that the database refuses, among many that are in order."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from tests.conftest import execute
from tests.faults.conftest import Settle, fetch
from tests.faults.load import Load
from tests.faults.server import Server
from tests.faults.service import Service
from tests.faults.stumbling import STUMBLES

REFUSED = "Refused Outright"

REFUSE = f"""
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.name = '{REFUSED}' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END IF;
            RETURN NEW;
        END
    $$
"""


@pytest.mark.parametrize("rounds", [20, pytest.param(1000, marks=pytest.mark.soak)])
async def test_one_poisoned_lead_among_63_good_ones_harms_none_of_them_again_and_again(
    server: Server, loads: list[Load], ledger: Settle, rounds: int
) -> None:
    await execute(
        server.url, REFUSE, "CREATE TRIGGER refuse BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    chance = random.Random(rounds)
    service = Service(server.url, command=("-m", "tests.faults.stumbling"), reroute_interval_seconds=3600)
    load = Load(service, f"poison-{rounds}")
    loads.append(load)
    try:
        await asyncio.to_thread(service.start)
        await service.furnish()
        async with service.client(timeout=120) as client:
            for number in range(rounds):
                fields: list[dict[str, str]] = [{} for _ in range(64)]
                at = chance.randrange(64)
                fields[at]["name"] = REFUSED if number % 2 else STUMBLES
                told = [lead.answers[0] for lead in await load.bulk(client, fields)]
                assert Counter(answer["status"] for answer in told) == {"assigned": 63, "queued": 1}
                assert (told[at]["status"], told[at]["rep"]) == ("queued", None)
    finally:
        service.remove()
        await execute(server.url, "DROP TRIGGER refuse ON leads", "DROP FUNCTION refuse")
    # Not lost either: each is kept as it came, with the reason.
    kept = await fetch(server.url, "SELECT reason, body ->> 'name' AS name FROM leads WHERE status = 'queued'")
    assert {row["reason"] for row in kept} == {"router_error"}
    assert Counter(row["name"] for row in kept) == {REFUSED: rounds // 2, STUMBLES: rounds - rounds // 2}
    await ledger(server.url, *loads)
