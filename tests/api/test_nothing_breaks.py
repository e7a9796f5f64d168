"""Whatever is sent to whichever address, the answer is an answer or a problem that names its place: never a fault."""

from typing import Any

import httpx
import pytest

from app.commands.openapi import published

PLACES = [
    "%00",
    "%ED%A0%80",
    "%FF",
    "x" * 300,
    "-1",
    "9" * 40,
    "..",
    "%2F",
    "🙂",
    "' OR 1=1 --",
    "null",
    "%25%25",
    "a.b",
]
QUERIES = [
    "{}=%00", "{}=%ED%A0%80", "{}=" + "9" * 400, "{}=-1", "{}=", "{}", "{}=a&{}=b", "{}=%F0%9F%99%82", "{}=NaN",
    "{}=1e400",
    "{}=0001-01-01", "{}=9999-12-31T23:59:59-12:00", "{}='%22\\", "%00=1", "{}[]=1", "&&&=", "{}=" + "x" * 5000,
]  # fmt: skip
BODIES: list[bytes] = [
    b"", b"null", b"[]", b"{}", b"0", b'"x"', b"{", b"\xff\xfe\x00", b"[" * 5000, b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b'{"rep": "\\u0000", "reason": "\\ud800", "outcome": "\\u0000"}',
    b'{"rep": {}, "reason": [], "outcome": 1}',
    b'{"name": "\\u0000", "members": [{"rep": "\\ud800"}], "rules": [{"\\u0000": 1}]}', b'{"reps": [null], "teams": 5}',
    b'{"capacity": {"open": 1e400}, "name": "x"}', b'{"name": "x", "latitude": 99999999999999999999, "longitude": 0}',
    b'{"rules": 1e999}', b'{"rules": [' + b"1," * 2000 + b"1]}",
    b"a: &a [*a]", b"? {a: b}\n: c", b"!!python/object:os.system x",
    b'{"attributes": {"a": 123456789012345678901234567890}, "budget": -1, "employees": 1e308, "satisfaction": 1e308}',
    b'{"occurred_at": 1e300, "latitude": "\xd9\xa1", "phone": "\xef\xbc\x8b86", "email": "\\ud83d@x"}',
    b'{"time_off": [{}]}',
    b'{"hours": {"mon": ["99:99-00:00"]}, "timezone": "../../etc/passwd", "name": "x", "holidays": "ZZ"}',
]  # fmt: skip
HEADERS: list[dict[bytes, bytes]] = [
    {b"Idempotency-Key": b"\xff\xfe"}, {b"Idempotency-Key": b"x" * 4000}, {b"If-Match": b'"99999999999999999999"'},
    {b"Accept": b";;q=x,,"}, {b"Accept-Language": b"zh;q=nan,en;q=" + b"9" * 300},
    {b"Content-Type": b"\xff/\xff; charset=\xff"},
    {b"X-Actor": b"\xff\xfe"}, {b"X-Request-Id": b"\xff"}, {b"Content-Length": b"0"},
    {b"Content-Type": b"text/csv; charset=utf-7"},
    {b"Content-Type": b"text/csv; charset=idna"}, {b"Content-Type": b"text/csv; charset=hex"},
]  # fmt: skip
OPERATIONS = [(path, method) for path, methods in published()["paths"].items() for method in methods]
LEAD = "01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11"


async def answered(client: httpx.AsyncClient, method: str, address: str, **sent: Any) -> None:
    answer = await client.request(method, address, **sent)
    assert answer.status_code < 500, (method, address, sent, answer.text)
    if answer.status_code >= 400 and method != "head":
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


def filled(path: str, value: str) -> str:
    for name in ("lead_id", "assignment_id", "id", "version"):
        path = path.replace(f"{{{name}}}", value)
    return path


async def test_no_path_breaks_it(client: httpx.AsyncClient) -> None:
    for path, method in OPERATIONS:
        if "{" in path:
            for value in PLACES:
                await answered(client, method, filled(path, value), content=b"{}")


async def test_no_query_breaks_it(client: httpx.AsyncClient) -> None:
    for path, operations in published()["paths"].items():
        for method, operation in operations.items():
            names = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"] or ["x"]
            for name in names:
                for query in QUERIES:
                    address = f"{filled(path, LEAD)}?{query.replace('{}', name)}"
                    await answered(client, method, address, content=b'{"name": "x"}')


@pytest.mark.parametrize("media", ["application/json", "application/yaml", "application/x-ndjson", "text/csv", ""])
async def test_no_body_breaks_it(client: httpx.AsyncClient, media: str) -> None:
    lead = (await client.post("/v1/leads", json={"name": "x"})).json()["lead_id"]
    for path, method in OPERATIONS:
        if method != "get":
            for body in BODIES:
                address = filled(path, "new" if "/reps/" in path or "/teams/" in path else lead)
                await answered(client, method, address, content=body, headers={"Content-Type": media})
    assert (await client.post("/v1/leads", json={"name": "still here"})).status_code == 201


async def test_no_header_breaks_it(client: httpx.AsyncClient) -> None:
    for path, method in OPERATIONS:
        for headers in HEADERS:
            await answered(client, method, filled(path, LEAD), headers=headers, content=b'{"name": "x"}')
