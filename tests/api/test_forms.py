"""Web forms: any page that is allowed can send one, a person's becomes one lead, and nobody is told more than that."""

import asyncio
from typing import Any

import httpx
import pytest

ORIGIN = "https://www.shop.example"
FIELDS = {"Your name": "Ann Sample", "E-Mail": "ann@factory.example", "website_url": ""}


async def put(client: httpx.AsyncClient, **form: Any) -> None:
    answer = await client.put(
        "/v1/sources/website", json={"kind": "form", "form": {"origins": [ORIGIN], "min_seconds": 2, **form}}
    )
    assert answer.status_code == 201, answer.text
    assert "secret" not in answer.json()


async def post(client: httpx.AsyncClient, fields: Any = FIELDS, **options: Any) -> httpx.Response:
    headers = {"Authorization": "", "Origin": ORIGIN, **options.pop("headers", {})}
    return await client.post("/v1/forms/website", data=fields, headers=headers, **options)


async def deliveries(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/v1/deliveries", params=query)).json()["items"]
    return items


async def leads(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/v1/leads")).json()["items"]
    return items


async def test_a_form_needs_no_key_and_becomes_a_lead_by_the_names_of_its_fields(client: httpx.AsyncClient) -> None:
    await put(client)
    answer = await post(client)
    assert (answer.status_code, answer.json()) == (200, {"status": "received", "redirect": None})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    (lead,) = await leads(client)
    facts = lead["facts"]
    assert (facts["name"], facts["email"], facts["source"]) == ("Ann Sample", "ann@factory.example", "website")
    assert lead["status"] == "assigned"


@pytest.mark.parametrize(
    "how",
    [
        {"json": FIELDS},
        {"files": {name: (None, value) for name, value in FIELDS.items()}},
        {"content": "Your+name=Ann+Sample&E-Mail=ann%40factory.example", "type": "application/x-www-form-urlencoded"},
    ],
    ids=["json", "multipart", "urlencoded"],
)
async def test_a_form_may_be_sent_in_three_ways(client: httpx.AsyncClient, how: dict[str, Any]) -> None:
    await put(client)
    kind = how.get("type")
    headers = {"Authorization": "", "Origin": ORIGIN, **({"Content-Type": kind} if kind else {})}
    sent = {name: value for name, value in how.items() if name != "type"}
    assert (await client.post("/v1/forms/website", headers=headers, **sent)).status_code == 200
    (lead,) = await leads(client)
    assert lead["facts"]["name"] == "Ann Sample"


async def test_nothing_of_reps_scores_or_rules_is_told_to_a_browser(client: httpx.AsyncClient) -> None:
    await put(client)
    for accept in ("application/json", "text/html"):
        told = (await post(client, headers={"Accept": accept})).text
        for word in ("ann@sales.example", "rep", "score", "tier", "everyone", "assign"):
            assert word not in told.replace("reply", "")


async def test_clicking_twice_gives_one_lead(client: httpx.AsyncClient) -> None:
    await put(client)
    answers = await asyncio.gather(*(post(client) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await leads(client)) == 1
    assert len((await client.get("/v1/assignments")).json()["items"]) == 1
    await post(client, {**FIELDS, "need": "a quote"})
    assert len((await client.get("/v1/assignments")).json()["items"]) == 2


async def test_who_fills_in_what_nobody_sees_is_recorded_as_rejected_and_told_what_a_person_is_told(
    client: httpx.AsyncClient,
) -> None:
    await put(client)
    person = await post(client)
    program = await post(client, {**FIELDS, "website_url": "https://spam.example"})
    assert (program.status_code, program.content) == (person.status_code, person.content)
    (kept,) = await deliveries(client, state="rejected")
    assert kept["reason"] == "honeypot"
    assert len(await leads(client)) == 1


@pytest.mark.parametrize(("elapsed", "taken"), [("1999", False), ("2000", True), ("soon", False), ("", True)])
async def test_who_is_quicker_than_a_person_is_rejected(
    client: httpx.AsyncClient, elapsed: str, *, taken: bool
) -> None:
    await put(client)
    fields = {**FIELDS, **({"_elapsed_ms": elapsed} if elapsed else {})}
    assert (await post(client, fields)).status_code == 200
    assert len(await leads(client)) == int(taken)
    assert [one["reason"] for one in await deliveries(client, state="rejected")] == [] if taken else ["too_quick"]


async def test_a_page_of_another_origin_may_not_send_it(client: httpx.AsyncClient) -> None:
    await put(client)
    answer = await post(client, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "https://evil.example" in answer.json()["detail"]
    assert "access-control-allow-origin" not in answer.headers
    (kept,) = await deliveries(client, state="rejected")
    assert kept["reason"] == "origin"
    assert await leads(client) == []


async def test_a_page_that_may_send_it_is_told_what_is_wrong(client: httpx.AsyncClient) -> None:
    await put(client, rate_per_address=1)
    headers = {"Authorization": "", "Origin": ORIGIN, "Content-Type": "application/json"}
    unreadable = await client.post("/v1/forms/website", content=b"{", headers=headers)
    too_many = await client.post("/v1/forms/website", content=b"{", headers=headers)
    assert (unreadable.status_code, too_many.status_code) == (400, 429)
    for answer in (unreadable, too_many):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_a_visitor_of_a_form_that_is_not_there_is_told_no_more_than_that(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/forms/nope", data=FIELDS, headers={"Authorization": ""})
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no form nope")


async def test_a_file_on_disk_is_an_origin_in_quotes(client: httpx.AsyncClient) -> None:
    body = {"kind": "form", "form": {"origins": [ORIGIN, None]}}
    refused = await client.put("/v1/sources/website", json=body)
    said = 'an origin is a text; a file on disk is written "null", in quotes'
    assert refused.json()["errors"] == [{"where": "form.origins[1]", "message": said}]
    await put(client, origins=["null"])
    assert (await post(client, headers={"Origin": "null"})).status_code == 200


async def test_a_browser_is_told_beforehand_which_origins_may_post(client: httpx.AsyncClient) -> None:
    await put(client)
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    mine = await client.options("/v1/forms/website", headers={"Origin": ORIGIN, **asked})
    other = await client.options("/v1/forms/website", headers={"Origin": "https://evil.example", **asked})
    assert mine.headers["access-control-allow-origin"] == ORIGIN
    assert mine.headers["access-control-allow-headers"] == "Content-Type"
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        (None, "https://www.shop.example/thanks"),
        ("https://www.shop.example/de/danke", "https://www.shop.example/de/danke"),
        ("https://www.shop.example/de", "https://www.shop.example/de"),
        ("https://www.shop.example/dex", "https://www.shop.example/thanks"),
        ("https://www.shop.example/de/../x", "https://www.shop.example/thanks"),
        ("https://www.shop.example.evil.example/de/", "https://www.shop.example/thanks"),
        ("//evil.example/de/", "https://www.shop.example/thanks"),
        ("javascript:alert(1)", "https://www.shop.example/thanks"),
    ],
)
async def test_a_browser_goes_only_where_the_source_allows(
    client: httpx.AsyncClient, wanted: str | None, goes: str
) -> None:
    await put(client, redirect="https://www.shop.example/thanks", redirects=["https://www.shop.example/de"])
    fields = {**FIELDS, **({} if wanted is None else {"_redirect": wanted})}
    answer = await post(client, fields, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, goes)


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "谢谢"), ("en", "Thank you"), ("fr", "Thank you")])
async def test_without_a_page_of_its_own_a_small_one_is_shown(
    client: httpx.AsyncClient, language: str, said: str
) -> None:
    await put(client)
    answer = await post(client, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": language})
    assert answer.headers["content-type"].startswith("text/html")
    assert said in answer.text


async def test_one_address_may_not_flood_a_form(client: httpx.AsyncClient) -> None:
    await put(client, rate_per_address=2)
    codes = [(await post(client, {**FIELDS, "n": str(number)})).status_code for number in range(3)]
    assert codes == [200, 200, 429]


async def test_a_visitor_cannot_pass_for_a_lead_that_is_there(client: httpx.AsyncClient) -> None:
    await put(client)
    known = {"source": "website", "external_id": "c-1", "email": "wei@factory.example"}
    assert (await client.post("/v1/leads", json=known)).status_code == 201
    await post(client, {**FIELDS, "external_id": "c-1"})
    mine, theirs = await leads(client)
    assert (mine["facts"]["email"], theirs["facts"]["email"]) == ("ann@factory.example", "wei@factory.example")
    assert mine["facts"]["attributes"]["external_id"] == "c-1"


async def test_an_empty_form_is_no_lead(client: httpx.AsyncClient) -> None:
    await put(client)
    assert (await post(client, {"name": "", "email": ""})).status_code == 200
    assert await leads(client) == []
    (kept,) = await deliveries(client)
    assert (kept["state"], kept["reason"]) == ("passed", "empty")


@pytest.mark.parametrize(("language", "label"), [("zh", "邮箱"), ("en", "Email")])
async def test_the_snippet_posts_to_its_source_in_the_language_asked_for(
    client: httpx.AsyncClient, language: str, label: str
) -> None:
    await put(client)
    snippet = await client.get("/v1/sources/website/snippet", headers={"Accept-Language": language})
    assert 'action="http://test/v1/forms/website"' in snippet.text
    assert label in snippet.text
    assert 'name="website_url"' in snippet.text
    script = await client.get("/v1/forms/website/script.js", headers={"Authorization": ""})
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(script.content) < 3 * 1024


async def test_a_web_form_is_no_webhook_and_the_other_way_round(client: httpx.AsyncClient) -> None:
    await put(client)
    await client.put("/v1/sources/shop", json={"kind": "generic"})
    for wrong, right in (("/v1/webhooks/website", "/v1/forms/website"), ("/v1/forms/shop", "/v1/webhooks/shop")):
        answer = await client.post(wrong, json={})
        assert answer.status_code == 404
        assert answer.json()["detail"].endswith(f" {right}")


async def redriven(client: httpx.AsyncClient, delivery: str, **query: str) -> dict[str, Any]:
    answer = await client.post(f"/v1/deliveries/{delivery}/redrive", params=query, headers={"X-Actor": "Kim"})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_form_that_is_driven_again_is_held_to_the_origins_that_are_allowed_now(
    client: httpx.AsyncClient,
) -> None:
    await put(client)
    await post(client, headers={"Origin": "https://new.shop.example"})
    (kept,) = await deliveries(client)
    again = await redriven(client, kept["id"])
    assert (again["state"], again["reason"], again["verified"]) == ("rejected", "origin", False)
    assert "https://new.shop.example" in again["detail"]
    assert await leads(client) == []
    form = {"origins": [ORIGIN, "https://new.shop.example"]}
    await client.put("/v1/sources/website", json={"kind": "form", "form": form})
    again = await redriven(client, kept["id"])
    assert (again["state"], again["verified"], again["trusted_by"]) == ("done", True, None)
    assert len(await leads(client)) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"website_url": "https://spam.example"}, "honeypot"), ({"_elapsed_ms": "90"}, "too_quick")],
)
async def test_a_form_that_no_person_sent_becomes_a_lead_only_by_who_vouches_for_it(
    client: httpx.AsyncClient, fields: dict[str, str], reason: str
) -> None:
    await put(client)
    await post(client, {**FIELDS, **fields})
    (kept,) = await deliveries(client)
    again = await redriven(client, kept["id"])
    assert (again["state"], again["reason"], await leads(client)) == ("rejected", reason, [])
    for query in ({"trust": "true"}, {}):
        again = await redriven(client, kept["id"], **query)
        assert (again["state"], again["verified"], again["trusted_by"]) == ("done", False, "Kim")
    assert len(await leads(client)) == 1


async def test_try_says_whether_a_form_would_be_taken_from_a_page(client: httpx.AsyncClient) -> None:
    await put(client)
    for origin, wrong in ((ORIGIN, False), ("https://evil.example", True)):
        tried = await client.post("/v1/sources/website/try", json=FIELDS, headers={"Origin": origin})
        assert (tried.json()["not_genuine"] is not None) is wrong
