"""The history: every decision is there, found by every filter, exported whole, and followed without a gap."""

import asyncio
import csv
import io
from typing import Any

import asyncpg
import httpx
import pytest

from app.engine.decision import ENGINE_VERSION
from app.record.sheets import Sheets
from app.routers import export
from app.store import database, sheets
from app.store.sheet import SHEET
from tests.api.conftest import POLICY
from tests.api.test_leads import route


async def found(client: httpx.AsyncClient, query: str) -> list[int]:
    answer = await client.get(f"/v1/assignments?{query}")
    assert answer.status_code == 200, answer.text
    return [record["seq"] for record in answer.json()["items"]]


async def test_a_decision_is_shown_with_its_lead_and_its_trace(client: httpx.AsyncClient) -> None:
    lead = await route(client, source="expo", external_id="7", name="Wei", intent="high", city="Suzhou", country="CN")
    record = (await client.get(f"/v1/assignments/{lead['assignment_id']}")).json()
    assert (record["seq"], record["kind"], record["lead_id"]) == (1, "routed", lead["lead_id"])
    assert record["lead"]["external_id"] == "7"
    assert record["region"].startswith("CN-JS")
    assert record["trace"]["score"]["contributions"][0]["points"] == 5
    assert record["explanation"] == lead["explanation"]
    assert (await client.get(f"/v1/assignments/{lead['lead_id']}")).status_code == 404
    assert (await client.get("/v1/assignments/7")).status_code == 422


async def explained(client: httpx.AsyncClient, assignment: str, language: str = "en") -> dict[str, Any]:
    answer = await client.get(f"/v1/assignments/{assignment}?explain=true", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    trace: dict[str, Any] = answer.json()["trace"]
    return {name: trace[name] for name in ("not_applied", "not_reached", "unexplained")}


async def test_a_decision_tells_what_kept_other_rules_from_applying(client: httpx.AsyncClient) -> None:
    lead = await route(client, source="expo", intent="high")
    told = await explained(client, lead["assignment_id"])
    assert [(one["rule"], one["name"]) for one in told["not_applied"]] == [
        ("to-be-claimed", "to be claimed"), ("nobody-there", "nobody there"),
    ]  # fmt: skip
    assert told["not_applied"][0]["failed"] == [{
        "field": "source", "operator": "equals", "expected": "pool", "actual": "expo", "negated": False,
        "message": 'source equals pool, and it is "expo"',
    }]  # fmt: skip
    assert (told["not_reached"], told["unexplained"]) == (0, None)
    chinese = await explained(client, lead["assignment_id"], "zh")
    assert chinese["not_applied"][0]["failed"][0]["message"] == '要求 source 等于 pool，实际为 "expo"'
    assert "not_applied" not in (await client.get(f"/v1/assignments/{lead['assignment_id']}")).json()["trace"]

    claim = await route(client, source="pool")
    assert await explained(client, claim["assignment_id"]) == {
        "not_applied": [], "not_reached": 2, "unexplained": None,
    }  # fmt: skip


async def test_an_old_decision_is_explained_by_the_policy_and_the_facts_of_its_time(client: httpx.AsyncClient) -> None:
    lead = await route(client, source="expo", email="wei@factory.example")
    before = await explained(client, lead["assignment_id"])
    await client.patch(f"/v1/leads/{lead['lead_id']}", json={"source": "pool"})
    await client.post("/v1/policies?activate=true", json={**POLICY, "rules": [{"name": "x", "assign": {"rep": "bob"}}]})
    assert await explained(client, lead["assignment_id"]) == before


async def test_of_a_value_that_is_only_asked_for_it_is_told_that_it_was_given(client: httpx.AsyncClient) -> None:
    rules = [{"name": "no address", "when": {"email": "missing"}, "assign": {"rep": "ann"}}, *POLICY["rules"]]
    await client.post("/v1/policies?activate=true", json={**POLICY, "rules": rules})
    lead = await route(client, email="wei@factory.example")
    told = await explained(client, lead["assignment_id"])
    (failed,) = told["not_applied"][0]["failed"]
    assert (failed["actual"], failed["message"]) == (True, "email missing, and it is given")
    assert "wei@" not in str(told)


async def test_what_cannot_be_explained_says_so(client: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    lead = await route(client, name="Wei")
    by_hand = await client.post(f"/v1/leads/{lead['lead_id']}/assign", json={"rep": "bob", "reason": "x"})
    said = await explained(client, by_hand.json()["assignment_id"])
    assert said == {
        "not_applied": None, "not_reached": None,
        "unexplained": {"code": "by_hand", "message": "A person decided this, not the rules."},
    }  # fmt: skip
    for change, code in (
        ("person = '{}'", "erased"),
        ("facts = NULL", "no_facts"),
        (
            f'decision = replace(decision::text, \'"engine_version":"{ENGINE_VERSION}"\','
            ' \'"engine_version":"0"\')::json',
            "other_engine",
        ),
    ):
        await connection.execute(f"UPDATE assignments SET {change} WHERE seq = 1")
        said = await explained(client, lead["assignment_id"], "zh")
        assert (said["not_applied"], said["unexplained"]["code"]) == (None, code)
        assert said["unexplained"]["message"].endswith("。")


async def test_every_filter_finds_what_it_says(client: httpx.AsyncClient) -> None:
    one = await route(client, source="expo", name="Wei", intent="high", city="Suzhou", country="CN", industry="saas")
    await route(client, source="pool", email="ann_b@example.org", country="DE", industry="IT")
    await client.post(f"/v1/leads/{one['lead_id']}/assign", json={"rep": "bob", "reason": "x"})
    expected = {
        "rep=ann": [1],
        "rep=bob": [3],
        "team=everyone": [2, 1],
        "rule=everyone-in-turn": [1],
        "rule=everyone%20in%20turn": [1],
        "region=east-china": [3, 1],
        "region=华东": [3, 1],
        "region=cn": [3, 1],
        "region=CN-JS.suzhou": [3, 1],
        "region=world": [3, 2, 1],
        "region=FR": [],
        "industry=it": [3, 2, 1],
        "industry=SaaS": [3, 1],
        "tier=A": [3, 1],
        "source=expo": [3, 1],
        "status=queued": [2],
        "kind=assigned": [3],
        "q=wei": [3, 1],
        "q=ann_b@": [2],
        "q=ann%25": [],
        "from=2020-01-01": [3, 2, 1],
        "from=2020-01-01T00:00:00%2B08:00&to=2020-01-02": [],
        "from=2020-01-01T00:00:00+08:00&rep=ann": [1],
        "from=2999-01-01": [],
        "to=9999-12-31": [3, 2, 1],
        "rep=nobody": [],
        "status=assigned&rep=ann&tier=A": [1],
    }
    got = {query: await found(client, query) for query in expected}
    assert got == expected


AGAIN = """
    -- The first decision once more, so many times.
    INSERT INTO assignments (seq, id, revision, stamp, lead_id, kind, status, rep_id, team_id, tier, source,
                             engine_version, decided_at, decision, effects)
    SELECT n, gen_random_uuid(), lane.revision + n, 1, lead_id, 'rerouted', a.status, rep_id, team_id, tier, source,
           engine_version, decided_at, decision, effects
    FROM assignments a, lane, generate_series(2, $1) n WHERE a.seq = 1
"""


async def test_a_corrected_lead_is_found_by_what_it_is_now_in_sheets_too(
    client: httpx.AsyncClient, connection: asyncpg.Connection, database_url: str
) -> None:
    lead = await route(client, name="Wei Sample", company="梧桐软件", source="expo")
    await connection.execute(AGAIN, SHEET)
    await connection.execute("UPDATE lane SET seq = $1, revision = revision + $1, stamp = 1", SHEET)
    pool = await database.parse(database_url).pool()

    async def in_sheets() -> None:
        # The service has a task for it as well, which may be at it.
        while (await sheets.due(connection)).anything:
            await Sheets(pool, rest=0).look()

    await in_sheets()
    assert await found(client, "q=WEI&rep=ann&limit=2") == [SHEET, SHEET - 1]
    assert await found(client, "q=梧桐&limit=1") == [SHEET]
    corrected = await client.patch(f"/v1/leads/{lead['lead_id']}", json={"name": "Zhang Sample"})
    assert corrected.status_code == 200, corrected.text
    await in_sheets()
    assert await found(client, "q=wei") == []
    assert await found(client, "q=zhang&limit=2") == [SHEET, SHEET - 1]
    assert await found(client, "q=zhang&after_seq=0&limit=2") == [1, 2]
    await pool.close()


async def test_from_is_included_and_to_is_not(client: httpx.AsyncClient) -> None:
    leads = [await route(client, name=str(n)) for n in range(3)]
    middle = leads[1]["assigned_at"].replace("+", "%2B")
    assert await found(client, f"from={middle}") == [3, 2]
    assert await found(client, f"to={middle}") == [1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=x", "limit=99999999999999999999999999", "after_seq=-1", "kind=x", "rep=",
        "after_seq=9223372036854775808", "cursor=zzz", "cursor=!", "cursor=WyJsZWFkcyIsMV0", "status=held2",
        "cursor=WyJyZWNvcmRzIiwtMV0", "from=yesterday", "to=2026-13-01", "to=9999-12-32", "from=2026-01-01T00:00:00",
        "q=%00", "from=0001-01-01T00:00:00%2B14:00", "rep=a%00b", "rep=ann&rep=bob", "regoin=CN",
        "cursor=WyJyZWNvcmRzIiwxXQ&after_seq=1",
    ],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_refused_and_named(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/assignments?{query}")
    assert answer.status_code == 422, answer.text
    name = query.partition("=")[0]
    assert answer.json()["errors"][0]["where"] == f"query.{name}"


async def test_what_was_probably_meant_is_suggested(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/assignments?regoin=CN")
    assert 'did you mean "region"?' in answer.json()["errors"][0]["message"]


async def test_pages_end_and_miss_nothing(client: httpx.AsyncClient) -> None:
    for number in range(11):
        await route(client, name=str(number))
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get("/v1/assignments?limit=4" + (f"&cursor={cursor}" if cursor else ""))).json()
        seen += [record["seq"] for record in page["items"]]
        cursor = page["next_cursor"]
    assert seen == list(range(11, 0, -1))


async def test_the_feed_has_no_gap_however_fast_it_is_followed(client: httpx.AsyncClient) -> None:
    done = asyncio.Event()

    async def send() -> None:
        await asyncio.gather(*(route(client, name=str(number)) for number in range(150)))
        done.set()

    sending = asyncio.create_task(send())
    seen: list[int] = []
    after = 0
    while not done.is_set() or len(seen) < 150:
        page = (await client.get(f"/v1/assignments?after_seq={after}&limit=7")).json()
        seen += [record["seq"] for record in page["items"]]
        assert page["next_cursor"] is None
        after = page["next_after_seq"]
    await sending
    assert seen == list(range(1, 151))
    end = (await client.get(f"/v1/assignments?after_seq={after}")).json()
    assert (end["items"], end["next_after_seq"]) == ([], 150)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbfseq,")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_the_export_has_all_that_match_over_many_pages(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE", 3)
    for number in range(8):
        await route(client, name=f"李雷 {number}", phone="+86 138 0013 8000", source="pool" if number == 5 else "expo")
    csv_please = {"Accept": "text/csv"}
    rows = rows_of(await client.get("/v1/assignments", headers=csv_please))
    assert [row["seq"] for row in rows] == list("87654321")
    assert rows[0]["name"] == "李雷 7"
    rows = rows_of(await client.get("/v1/assignments?status=assigned&limit=4", headers=csv_please))
    assert [row["seq"] for row in rows] == list("8754")
    assert rows_of(await client.get("/v1/assignments?rep=nobody", headers=csv_please)) == []


async def test_nothing_in_the_export_is_a_formula(client: httpx.AsyncClient) -> None:
    for name in ("＝1+1", "＠x", "=1+1", "+1", "-1", "@x", "fine"):
        await route(client, name=name, company='a "b", c\nd')
    rows = rows_of(await client.get("/v1/assignments", headers={"Accept": "text/csv"}))
    assert [row["name"] for row in rows] == ["fine", "'@x", "'-1", "'+1", "'=1+1", "'＠x", "'＝1+1"]
    assert rows[0]["company"].startswith('a "b", c')


async def test_json_is_what_a_browser_and_curl_get(client: httpx.AsyncClient) -> None:
    for accept in ("*/*", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/csv;q=0.5, application/json", ""):
        answer: Any = await client.get("/v1/assignments", headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/json"
