"""Many leads at once: answered line by line, in order, while they come; what is wrong with one harms no other."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from app import drain
from app.middleware import AnswerCutShort
from app.routers.spool import Spool
from tests.api.conftest import KEY

NDJSON = {"Content-Type": "application/x-ndjson"}


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [orjson.loads(line) for line in answer.content.splitlines()]


def ndjson(count: int, **fields: Any) -> bytes:
    return b"".join(orjson.dumps({"name": f"Lead {n}", **fields}) + b"\n" for n in range(1, count + 1))


async def test_each_line_is_answered_in_order_and_fairly(client: httpx.AsyncClient) -> None:
    answered = lines(await client.post("/v1/leads/bulk", content=ndjson(500), headers=NDJSON))
    assert [one["line"] for one in answered] == list(range(1, 501))
    assert [one["seq"] for one in answered] == list(range(1, 501))
    assert Counter(one["rep"]["id"] for one in answered) == {"ann": 250, "bob": 250}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-ndjson", '{"name":"李雷","city":"苏州"}\n\n{"name":"Ann"}'),
        ("application/json", '[{"name":"李雷","city":"苏州"}, {"name":"Ann"}]'),
        ("text/csv", "name,city\n李雷,苏州\nAnn,\n"),
        ("text/csv", "\ufeffName;City\r\n李雷;苏州\r\nAnn;\r\n"),
        ("text/csv; charset=utf-8", 'name,city\n"李雷","苏州"\nAnn,\n'),
    ],
)
async def test_three_formats_are_read(client: httpx.AsyncClient, kind: str, body: str) -> None:
    answered = lines(await client.post("/v1/leads/bulk", content=body.encode(), headers={"Content-Type": kind}))
    assert [one["status"] for one in answered] == ["assigned", "assigned"]
    facts = (await client.get(f"/v1/leads/{answered[0]['lead_id']}")).json()["facts"]
    assert (facts["name"], facts["city"]) == ("李雷", "苏州")


async def test_another_format_is_refused_and_those_that_are_read_are_named(client: httpx.AsyncClient) -> None:
    for headers in ({"Content-Type": "application/xml"}, {}):
        answer = await client.post("/v1/leads/bulk", content=b"<lead/>", headers=headers)
        assert answer.status_code == 415
        assert "application/x-ndjson" in answer.json()["detail"]


async def test_a_csv_whose_first_line_names_no_field_is_refused_whole(client: httpx.AsyncClient) -> None:
    rows = "王小明,13800000001,甲公司\n" + "李雷,13800000002,乙公司\n" * 20_000
    answer = await client.post("/v1/leads/bulk", content=rows.encode(), headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    (told,) = answer.json()["errors"]
    assert told["where"] == "line 1"
    assert "name,phone,email" in told["message"]
    # One column that is known is enough: the others are the caller's own.
    own = "shoe size,source\n42,fair\n"
    (one,) = lines(await client.post("/v1/leads/bulk", content=own, headers={"Content-Type": "text/csv"}))
    assert one["seq"] == 1


async def test_a_column_that_is_there_twice_is_warned_of(client: httpx.AsyncClient) -> None:
    body = "姓名,姓名\n张三,张\n".encode()
    (one,) = lines(await client.post("/v1/leads/bulk", content=body, headers={"Content-Type": "text/csv"}))
    assert [(told["field"], told["code"]) for told in one["warnings"]] == [("姓名", "repeated_column")]


async def test_a_csv_of_a_heading_line_alone_is_an_empty_import(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/leads/bulk", content=b"name,email\n", headers={"Content-Type": "text/csv"})
    assert lines(answer) == []


@pytest.mark.parametrize(
    ("kind", "begin"),
    [
        ("text/csv", b"PK\x03\x04"),
        ("text/csv; charset=iso-8859-1", b"PK\x03\x04"),
        ("application/vnd.ms-excel", b"\xd0\xcf\x11\xe0"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    ],
)
async def test_an_excel_workbook_is_refused_and_what_to_send_is_said(
    client: httpx.AsyncClient, kind: str, begin: bytes
) -> None:
    body = begin + bytes(range(256)) * 1000
    answer = await client.post("/v1/leads/bulk", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert (
        answer.json()["detail"]
        == "this is an Excel workbook: lead-router import takes it, or save it as CSV (UTF-8) and give that"
    )


async def test_a_bad_line_is_an_error_line_and_harms_no_other(client: httpx.AsyncClient) -> None:
    body = b"\n".join(
        [
            b'{"name":"one"}',
            b"{",
            b"[]",
            b'{"name":"' + b"x" * 1024 * 1024 + b'"}',
            b"\xff",
            b'{"a":"\\ud800"}',
            b'{"name":"last"}',
        ]
    )
    answered = lines(await client.post("/v1/leads/bulk", content=body, headers=NDJSON))
    assert [one["line"] for one in answered] == [1, 2, 3, 4, 5, 6, 7]
    assert ["error" in one for one in answered] == [False, True, True, True, True, False, False]
    assert answered[1]["error"]["status"] == 400
    (told,) = answered[1]["error"]["errors"]
    assert (told["where"], told["message"][:8]) == ("column 2", "not JSON")


async def test_the_key_of_an_import_makes_each_line_a_delivery(client: httpx.AsyncClient) -> None:
    headers = {**NDJSON, "Idempotency-Key": "import-7"}
    first = lines(await client.post("/v1/leads/bulk", content=ndjson(40), headers=headers))
    again = lines(await client.post("/v1/leads/bulk", content=ndjson(60), headers=headers))
    assert [one["replayed"] for one in again] == [True] * 40 + [False] * 20
    assert [one["lead_id"] for one in again[:40]] == [one["lead_id"] for one in first]
    other = lines(await client.post("/v1/leads/bulk", content=ndjson(1, need="else"), headers=headers))
    assert (other[0]["error"]["status"], other[0]["error"]["lead_id"]) == (409, first[0]["lead_id"])
    single = await client.post("/v1/leads", json={"name": "Lead 3"}, headers={"Idempotency-Key": "import-7/3"})
    assert (single.status_code, single.json()["lead_id"]) == (200, first[2]["lead_id"])


async def test_the_trace_comes_with_each_line_if_it_is_asked_for(client: httpx.AsyncClient) -> None:
    answered = lines(await client.post("/v1/leads/bulk?trace=true", content=ndjson(2), headers=NDJSON))
    assert all(one["trace"]["rules"] for one in answered)


async def test_an_empty_import_is_an_empty_answer(client: httpx.AsyncClient) -> None:
    assert lines(await client.post("/v1/leads/bulk", content=b"", headers=NDJSON)) == []


async def test_an_import_without_a_policy_is_a_problem_like_any_other(bare: httpx.AsyncClient) -> None:
    answer = await bare.post("/v1/leads/bulk", content=ndjson(3), headers=NDJSON)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:lead-router:problem:no-policy")


async def call(
    client: httpx.AsyncClient, body: AsyncIterator[bytes], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """Call the application itself, so that what it reads and what it sends can be told apart in time."""
    scope = {
        "type": "http", "method": "POST", "path": "/v1/leads/bulk", "raw_path": b"/v1/leads/bulk", "query_string": b"",
        "headers": [(b"authorization", f"Bearer {KEY}".encode()), (b"content-type", b"application/x-ndjson")],
        "http_version": "1.1", "scheme": "http", "server": ("test", 80), "client": ("test", 1), "root_path": "",
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        part = await anext(body, None)
        return {"type": "http.request", "body": part or b"", "more_body": part is not None}

    app: Any = client.app  # type: ignore[attr-defined]
    await app(scope, receive, send)


async def test_answers_come_while_lines_are_still_being_sent(client: httpx.AsyncClient) -> None:
    more = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield ndjson(1)
        await more.wait()
        yield ndjson(1)

    sent: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(call(client, body(), sent.put))
    assert (await sent.get())["status"] == 200
    assert orjson.loads((await sent.get())["body"])["line"] == 1
    more.set()
    assert orjson.loads((await sent.get())["body"])["line"] == 2
    assert (await sent.get())["more_body"] is False
    await task


async def test_everything_can_be_sent_before_anything_is_read(client: httpx.AsyncClient) -> None:
    reading, all_sent = asyncio.Event(), asyncio.Event()
    parts: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield ndjson(100)
        all_sent.set()

    async def send(message: dict[str, Any]) -> None:
        await reading.wait()
        parts.append(message.get("body", b""))

    task = asyncio.create_task(call(client, body(), send))
    await asyncio.wait_for(all_sent.wait(), 30)
    assert parts == []
    reading.set()
    await asyncio.wait_for(task, 30)
    assert [orjson.loads(line)["line"] for line in b"".join(parts).splitlines()] == list(range(1, 2001))


async def test_an_import_cut_off_by_a_shutdown_has_no_last_part_and_every_line_in_it_is_true(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield ndjson(3)
        await go_on.wait()
        yield ndjson(3)

    sent: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(call(client, body(), sent.put))
    messages = [await sent.get()]
    while b'"line":3' not in messages[-1].get("body", b""):
        messages.append(await sent.get())
    monkeypatch.setattr(drain, "_draining", True)
    go_on.set()
    with pytest.raises(AnswerCutShort):
        await task
    assert all(message.get("more_body", True) for message in messages)
    assert sent.empty()
    stored = (await client.get("/v1/assignments")).json()["items"]
    assert [record["seq"] for record in stored] == [3, 2, 1]


async def test_a_lead_alone_goes_through_while_an_import_runs(client: httpx.AsyncClient) -> None:
    importing = asyncio.create_task(client.post("/v1/leads/bulk", content=ndjson(2000), headers=NDJSON))
    await asyncio.sleep(0)
    alone = await client.post("/v1/leads", json={"name": "in a hurry"})
    assert alone.status_code == 201
    assert len(lines(await importing)) == 2000
    assert alone.json()["seq"] < 1000


async def test_answers_that_cannot_be_kept_end_the_import_and_leave_nobody_waiting(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere at all")
    monkeypatch.setitem(Spool.__init__.__kwdefaults__, "in_memory", 1)
    answer = await asyncio.wait_for(client.post("/v1/leads/bulk", content=ndjson(300), headers=NDJSON), 10)
    assert answer.status_code == 500
    assert (await client.post("/v1/leads", json={"name": "next"})).status_code == 201


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_its_address_is_not_taken_for_a_lead(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/v1/leads/bulk?trace=true")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
