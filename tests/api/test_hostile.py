"""Whatever anybody sends to a door is answered, and stops nothing."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import httpx
import orjson
import pytest

from app.doors.doors import MOST_REFUSED
from app.doors.driving import WAITS, received_again
from app.senders.base import Read
from app.store import arrivals
from tests.api.test_forms import FIELDS, ORIGIN, deliveries, leads, post, put


@pytest.mark.parametrize("wanted", ["http://[", "https://[::1", "http://a]b/", "https://www.shop.example:99999/de"])
async def test_an_address_that_is_none_is_not_gone_to(client: httpx.AsyncClient, wanted: str) -> None:
    await put(client, redirects=["https://www.shop.example/de"])
    answer = await post(client, {**FIELDS, "_redirect": wanted})
    assert (answer.status_code, answer.json()) == (200, {"status": "received", "redirect": None})


@pytest.mark.parametrize("up", ["%2e%2e", "%2E.", ".%2e", "x/%2e%2e/%2e%2e"])
async def test_below_an_allowed_page_means_below_as_browsers_read_it(client: httpx.AsyncClient, up: str) -> None:
    await put(client, redirects=["https://www.shop.example/de"])
    answer = await post(client, {**FIELDS, "_redirect": f"https://www.shop.example/de/{up}/logout"})
    assert answer.json()["redirect"] is None


@pytest.mark.parametrize(
    "host",
    [
        "[", "a]b", "evil.example/x", 'a"><script>', "a b", "a@b", "", "a:b", "[::::]", "[1.1.1.1]", "[:::]:99999",
        "[::1]:99999", "a:99999", "[::1]x",
    ],
)  # fmt: skip
async def test_a_host_that_is_none_is_refused(client: httpx.AsyncClient, host: str) -> None:
    await put(client)
    for method, path in (("POST", "/v1/forms/website"), ("GET", "/v1/sources/website/snippet")):
        answer = await client.request(method, path, headers={"Host": host, "Origin": ORIGIN}, json={"name": "Ann"})
        assert answer.status_code == 400, (path, answer.text)
        assert "Host" in answer.json()["detail"]
    made = (await client.put("/v1/sources/hook", json={"kind": "generic"}, headers={"Host": "ours.example"})).json()
    answer = await client.post(f"/v1/webhooks/hook/{made['secret']}", headers={"Host": host}, json={"name": "Ann"})
    assert answer.status_code == 400, answer.text
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/v1/forms/website", 405)):
        assert (await client.request(method, path, headers={"Host": host})).status_code == status


@pytest.mark.parametrize("host", ["leads.example.com", "127.0.0.1:8000", "[::1]", "[2001:db8::1]:65535"])
async def test_a_host_that_is_one_is_the_senders_own(client: httpx.AsyncClient, host: str) -> None:
    await put(client)
    answer = await client.get("/v1/sources/website", headers={"Host": host})
    assert answer.json()["address"] == f"http://{host}/v1/forms/website"


def deep(levels: int) -> bytes:
    return b'{"name":"Ann Sample","email":"ann@factory.example","x":' + b'{"x":' * levels + b"1" + b"}" * (levels + 1)


@pytest.mark.parametrize("levels", [10, 100, 250, 300, 900, 5000])
@pytest.mark.parametrize("kind", ["form", "generic"])
async def test_however_deep_a_body_is_it_is_settled(client: httpx.AsyncClient, levels: int, kind: str) -> None:
    made = await client.put("/v1/sources/website", json={"kind": kind})
    door = "forms/website" if kind == "form" else f"webhooks/website/{made.json()['secret']}"
    answer = await client.post(f"/v1/{door}", content=deep(levels), headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400), answer.text
    (kept,) = await deliveries(client)
    assert kept["state"] == ("done" if answer.status_code == 200 else "not_understood")


ODD: dict[str, tuple[bytes, str]] = {
    "nul": (orjson.dumps({"name": "A\x00nn", "\x00": "x", "email": "ann@factory.example"}), "application/json"),
    "surrogate": (b'{"name":"\\ud800","email":"ann@factory.example"}', "application/json"),
    "numbers": (b'{"name":1e999,"email":"ann@factory.example","n":' + b"9" * 5000 + b"}", "application/json"),
    "list": (b"[1,2]", "application/json"),
    "nothing": (b"", ""),
    "bytes": (bytes(range(256)) * 8, "application/octet-stream"),
    "names": (b"&".join(b"n%d=1" % number for number in range(1900)), "application/x-www-form-urlencoded"),
    "brackets": (b"name=Ann&" + b"a" + b"[b]" * 5000 + b"=1", "application/x-www-form-urlencoded"),
    "own": (b'{"_elapsed_ms":{"a":1},"_redirect":["x"],"_submission":null,"name":"Ann"}', "application/json"),
    "cut": (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb', "multipart/form-data; boundary=x"),
    "boundary": (b"--\r\n\r\n", "multipart/form-data; boundary="),
    "bomb": (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "text/xml"),
    "charset": (b'{"name":"Ann"}', "application/json; charset=nonesuch"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
async def test_odd_bodies_are_settled(client: httpx.AsyncClient, name: str) -> None:
    await put(client)
    body, kind = ODD[name]
    headers = {"Authorization": "", "Origin": ORIGIN, "Content-Type": kind}
    answer = await client.post("/v1/forms/website?a=%00&b=%ff&c[=d", content=body, headers=headers)
    assert answer.status_code in (200, 400), answer.text
    (kept,) = await deliveries(client)
    assert kept["state"] in ("done", "passed", "not_understood"), kept


async def test_whoever_has_no_secret_cannot_use_up_what_a_sender_may_send(client: httpx.AsyncClient) -> None:
    secret = (await client.put("/v1/sources/shop", json={"kind": "generic", "rate": 2})).json()["secret"]
    for _ in range(5):
        assert (await client.post("/v1/webhooks/shop", json=FIELDS, headers={"X-Api-Key": "x"})).status_code == 401
    headers = {"X-Api-Key": secret}
    codes = [
        (await client.post("/v1/webhooks/shop", json={**FIELDS, "n": n}, headers=headers)).status_code for n in range(3)
    ]
    assert codes == [200, 200, 429]


async def test_programs_and_strange_pages_cannot_use_up_what_people_may_send(client: httpx.AsyncClient) -> None:
    document = {"kind": "form", "rate": 2, "form": {"origins": [ORIGIN], "rate_per_address": None}}
    await client.put("/v1/sources/website", json=document)
    for _ in range(3):
        assert (await post(client, {**FIELDS, "website_url": "https://spam.example"})).status_code == 200
        assert (await post(client, headers={"Origin": "https://evil.example"})).status_code == 403
    codes = [(await post(client, {**FIELDS, "n": str(n)})).status_code for n in range(3)]
    assert codes == [200, 200, 429]


async def test_what_is_not_taken_does_not_fill_the_disk(client: httpx.AsyncClient) -> None:
    await put(client, rate_per_address=None)
    answers = set()
    for _ in range(25):
        answers.add((await post(client, {**FIELDS, "website_url": "https://spam.example"})).status_code)
        answers.add((await post(client, headers={"Origin": "https://evil.example"})).status_code)
        answers.add((await client.post("/v1/forms/website", json=[1], headers={"Origin": ORIGIN})).status_code)
    assert answers == {200, 400, 403}
    assert len((await client.get("/v1/deliveries", params={"limit": 200})).json()["items"]) == MOST_REFUSED
    assert (await post(client)).status_code == 200
    assert len(await leads(client)) == 1


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://www.shop.example:443", "https://www.shop.example"),
        ("HTTP://WWW.shop.example:80/", "http://www.shop.example"),
        ("https://水泵.example", "https://xn--1rw0p.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
async def test_an_origin_is_the_one_that_browsers_send(client: httpx.AsyncClient, written: str, sent: str) -> None:
    await put(client, origins=[written])
    assert (await post(client, headers={"Origin": sent})).status_code == 200
    assert (await post(client, headers={"Origin": f"{sent}.evil.example"})).status_code == 403


@pytest.mark.parametrize("honeypot", ["email", "_redirect"])
async def test_the_field_that_nobody_fills_in_is_none_that_people_do(client: httpx.AsyncClient, honeypot: str) -> None:
    answer = await client.put("/v1/sources/website", json={"kind": "form", "form": {"honeypot": honeypot}})
    assert answer.status_code == 422
    assert [one["where"] for one in answer.json()["errors"]] == ["form.honeypot"]


async def test_nothing_that_is_set_becomes_a_part_of_the_page(client: httpx.AsyncClient) -> None:
    await put(client, honeypot='"><script>alert(1)</script>')
    snippet = (await client.get("/v1/sources/website/snippet")).text
    assert snippet.count("<script") == 1
    assert "&quot;&gt;&lt;script&gt;" in snippet


async def test_a_small_page_loads_and_runs_nothing(client: httpx.AsyncClient) -> None:
    await put(client, origins=["*"])
    html = {"Accept": "text/html"}
    for origin in (ORIGIN, 'https://x"><script>alert(1)</script>.example', "https://[", "null", "javascript:alert(1)"):
        answer = await post(client, headers={**html, "Origin": origin})
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "<script" not in answer.text
        assert ("<a href" in answer.text) is (origin[:9] in ("https://w", "https://x"))


async def test_a_page_that_may_send_can_read_why_it_was_not_taken(client: httpx.AsyncClient) -> None:
    await put(client, rate_per_address=1)
    bad = await client.post("/v1/forms/website", json=[1], headers={"Origin": ORIGIN})
    many = await post(client)
    assert (bad.status_code, many.status_code) == (400, 429)
    assert {one.headers["access-control-allow-origin"] for one in (bad, many)} == {ORIGIN}
    page = await post(client, headers={"Accept": "text/html", "Accept-Language": "zh"})
    assert (page.status_code, "提交失败" in page.text) == (429, True)
    assert int(page.headers["retry-after"]) >= 1


async def test_what_nobody_foresaw_is_tried_again_for_a_day_and_no_longer(client: httpx.AsyncClient) -> None:
    secret = (await client.put("/v1/sources/shop", json={"kind": "generic"})).json()["secret"]
    await client.post(f"/v1/webhooks/shop/{secret}", json=FIELDS)
    (kept,) = await deliveries(client)
    service = client.app.state.service  # type: ignore[attr-defined]
    source = await service.sources.find("shop")

    def stumbles(*_: object) -> Read:
        raise RecursionError

    broken = replace(source, sender=replace(source.sender, read=stumbles))
    async with service.reading() as connection:
        row = await connection.fetchrow(arrivals.ARRIVAL, UUID(kept["id"]))
    for attempts, state in ((1, "waiting"), (len(WAITS), "waiting"), (len(WAITS) + 1, "failed")):
        async with service.reading() as connection:
            until = await connection.fetchval(
                "UPDATE arrivals SET next_at = now() + interval '1 minute' RETURNING next_at"
            )
        await service.doors.drives.drive(broken, row["id"], received_again(row), until, attempts)
        (now,) = await deliveries(client)
        assert (now["state"], now["next_at"] is None) == (state, state == "failed")
    answer = await client.post(f"/v1/deliveries/{kept['id']}/redrive")
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    assert len(await leads(client)) == 1
