"""Subscriptions are put, changed, tried and watched; secrets go in and never come out again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from app.events.subscriptions import Filter, unknown_names
from tests.api.conftest import POLICY, serving
from tests.api.test_leads import route
from tests.events.support import Got, Receiver, Reply, receiving, rows
from tests.receiver import Reply as Saying
from tests.receiver import receiving as listening

LEADS = ["lead.assigned", "lead.reassigned"]
BOT = "https://hooks.slack.com/services/T0000/B0000/abcdef"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def put(client: httpx.AsyncClient, receiver: Receiver, name: str = "crm", **more: Any) -> dict[str, Any]:
    body = {"kind": "hook", "settings": {"url": receiver.url}, "events": LEADS, **more}
    answer = await client.put(f"/v1/subscriptions/{name}", json=body)
    assert answer.status_code in (200, 201), answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def until(client: httpx.AsyncClient, name: str, **state: Any) -> dict[str, Any]:
    """The subscription, once its state says so."""
    async with asyncio.timeout(20):
        while True:
            shown: dict[str, Any] = (await client.get(f"/v1/subscriptions/{name}")).json()
            if state.items() <= shown["state"].items():
                return shown


async def test_what_is_put_is_told_of_what_is_recorded_from_then_on(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await route(client, name="Before Sample")
    shown = await put(client, receiver)
    assert (shown["id"], shown["kind"], shown["enabled"], shown["language"]) == ("crm", "hook", True, "en")
    assert shown["filter"] == {"teams": None, "tiers": None, "sources": None, "reps": None}
    lead = await route(client, name="After Sample")
    (event,) = await receiver.until_taken(1)
    told = dict(event["data"]["decision"])
    assert {name: told[name] for name in lead} == lead
    state = (await until(client, "crm", delivered=1, behind=0))["state"]
    assert (state["failed"], state["waiting"], state["dead"], state["last_failure"]) == (0, 0, 0, None)
    assert state["last_delivered_at"] is not None


async def test_a_replica_beside_it_delivers_as_well(
    client: httpx.AsyncClient, database_url: str, receiver: Receiver
) -> None:
    async with serving(database_url):
        await put(client, receiver, "from-the-start", **{"from": 0})
        await asyncio.gather(*(route(client, external_id=str(number)) for number in range(30)))
        events = await receiver.until_taken(30)
        await until(client, "from-the-start", delivered=30, behind=0)
    assert len(events) == 30


async def test_a_subscription_begins_at_a_seq_and_can_be_told_again(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    for number in range(4):
        await route(client, external_id=str(number))
    await put(client, receiver, **{"from": 3})
    await until(client, "crm", delivered=2, behind=0)
    assert (await client.patch("/v1/subscriptions/crm", json={"from": 2})).status_code == 200
    await until(client, "crm", delivered=5, behind=0)
    assert [event["seq"] for event in receiver.taken[2:]] == [2, 3, 4]
    assert len({event["id"] for event in receiver.taken}) == 3
    answer = await client.patch("/v1/subscriptions/crm", json={"from": 99})
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "from")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "hok"}, "kind"),
        ({"kind": None}, "kind"),
        ({"settings": {}}, "settings.url"),
        ({"settings": {"url": "http://x", "ulr": 1}}, "settings.ulr"),
        ({"settings": 5}, "settings"),
        ({"events": ["lead.asigned"]}, "events"),
        ({"events": []}, "events"),
        ({"events": ["lead.queued"], "kind": "leads", "secrets": {"key": "k"}}, "events[0]"),
        ({"kind": "leads", "events": None}, "secrets.key"),
        ({"filter": {"teams": "everyone"}}, "filter.teams"),
        ({"filter": {"team": ["everyone"]}}, "filter.team"),
        ({"secrets": {"sining": "x"}}, "secrets.sining"),
        ({"secrets": {"signing": ""}}, "secrets.signing"),
        ({"language": "fr"}, "language"),
        ({"from": "yesterday"}, "from"),
        ({"from": -1}, "from"),
        ({"from": True}, "from"),
        ({"enabled": "perhaps"}, "enabled"),
        ({"filters": {}}, "filters"),
    ],
)
async def test_one_that_makes_no_sense_names_the_place(
    client: httpx.AsyncClient, receiver: Receiver, change: dict[str, Any], where: str
) -> None:
    body = {"kind": "hook", "settings": {"url": receiver.url}, **change}
    answer = await client.put("/v1/subscriptions/crm", json=body)
    assert answer.status_code == 422
    assert where in [error["where"] for error in answer.json()["errors"]]
    assert (await client.get("/v1/subscriptions/crm")).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"events": ["lead.asigned"]}, 'there is no event “lead.asigned”; did you mean "lead.assigned"?'),
        ({"kind": "hok"}, 'there is no kind “hok”; did you mean "hook"?'),
        ({"filter": {"team": ["everyone"]}}, 'this key is not known; did you mean "teams"?'),
    ],
)
async def test_a_slip_is_answered_with_what_was_meant(
    client: httpx.AsyncClient, receiver: Receiver, change: dict[str, Any], said: str
) -> None:
    body = {"kind": "hook", "settings": {"url": receiver.url}, **change}
    (place,) = (await client.put("/v1/subscriptions/crm", json=body)).json()["errors"]
    assert place["message"] == said


@pytest.mark.parametrize(
    ("body", "where", "said"),
    [
        ({"kind": "slack", "url": BOT}, "url", "this key is not known here; put it in `secrets.url`"),
        (
            {"kind": "slack", "settings": {"url": BOT}},
            "settings.url",
            "this key is not known here; put it in `secrets.url`",
        ),
        (
            {"kind": "webhook", "url": "https://hooks.example.com/"},
            "url",
            "this key is not known here; put it in `settings.url`",
        ),
        (
            {
                "kind": "webhook",
                "settings": {"url": "https://h.example.com/"},
                "secrets": {"url": "https://h.example.com/"},
            },
            "secrets.url",
            "a webhook has no such secret; put it in `settings.url`",
        ),
        (
            {"kind": "slack", "secrets": {"url": BOT, "signing": "x"}},
            "secrets.signing",
            "a slack has no such secret: it has `url`",
        ),
    ],
)
async def test_what_is_in_the_wrong_place_is_told_the_right_one(
    client: httpx.AsyncClient, body: dict[str, Any], where: str, said: str
) -> None:
    (place,) = (await client.put("/v1/subscriptions/bot", json=body)).json()["errors"]
    assert place == {"where": where, "message": said}


async def test_what_a_filter_names_and_nobody_knows_is_taken_and_noticed(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    mapping = {"fields": {"source": {"value": "website"}}}
    assert (await client.put("/v1/sources/form-1", json={"kind": "form", "mapping": mapping})).status_code == 201
    known = {"teams": ["everyone"], "tiers": ["A"], "sources": ["website"], "reps": ["ann"]}
    assert (await put(client, receiver, filter=known))["warnings"] == []
    asked = {"teams": ["everyone", "evryone"], "tiers": ["Z"], "sources": ["webstie", "form-1"], "reps": ["bobb"]}
    shown = await put(client, receiver, filter=asked)
    assert shown["filter"] == asked
    assert {one["where"]: one["message"] for one in shown["warnings"]} == {
        "filter.teams[1]": 'there is no team “evryone”; did you mean "everyone"?',
        "filter.tiers[0]": "the active policy has no tier “Z”",
        "filter.sources[0]": "there is no source “webstie”, so it is right only if leads name that themselves"
        '; did you mean "website"?',
        "filter.sources[1]": "there is no source “form-1”, so it is right only if leads name that themselves",
        "filter.reps[0]": 'there is no rep “bobb”; did you mean "bob"?',
    }
    patched = await client.patch("/v1/subscriptions/crm", json={"filter": {**known, "reps": ["bobb"]}})
    assert [one["where"] for one in patched.json()["warnings"]] == ["filter.reps[0]"]
    assert (await client.put("/v1/subscriptions/crm", json=patched.json())).status_code == 200


async def test_without_a_policy_no_tier_is_unknown(bare: httpx.AsyncClient, receiver: Receiver) -> None:
    assert (await put(bare, receiver, filter={"tiers": ["Z"]}))["warnings"] == []


def test_a_long_filter_is_looked_up_in_a_long_roster_without_reading_it_name_by_name() -> None:
    class Roster(list[str]):
        def __contains__(self, name: object) -> bool:
            raise AssertionError("a list is read from its beginning each time")

    known = {"teams": [], "tiers": None, "sources": [], "reps": Roster(f"rep-{number}" for number in range(20_000))}
    chosen = Filter(reps=[f"rep-{number}" for number in range(19_001, 20_001)])
    (place,) = unknown_names(chosen, known)
    assert place.where == "filter.reps[999]"


@pytest.mark.parametrize("part", ["sources", "tiers"])
async def test_a_policy_that_says_null_in_the_place_of_a_list_names_nothing(
    client: httpx.AsyncClient, receiver: Receiver, part: str
) -> None:
    policy = {**{name: POLICY[name] for name in ("name", "rules")}, part: None}
    assert (await client.post("/v1/policies?activate=true", json=policy)).status_code == 201
    shown = await put(client, receiver, filter={part: ["anything"]})
    assert [one["where"] for one in shown["warnings"]] == [f"filter.{part}[0]"]


async def test_secrets_go_in_and_never_come_out(
    client: httpx.AsyncClient, receiver: Receiver, database_url: str
) -> None:
    secret = "a-secret-that-nobody-else-knows"
    shown = await put(client, receiver, secrets={"token": secret, "signing": "short"})
    assert shown["secrets"]["token"]["ends_with"] == "nows"
    assert shown["secrets"]["signing"]["ends_with"] is None
    assert shown["made_secrets"] == {}
    everything = [shown, (await client.get("/v1/subscriptions")).text, (await client.get("/v1/subscriptions/crm")).text]
    assert secret not in str(everything)
    stored = await rows(database_url, "SELECT document::text || secrets::text AS it FROM subscriptions")
    assert secret not in stored[0]["it"]
    # An answer can be sent back, and changes nothing.
    answer = await client.put("/v1/subscriptions/crm", json=shown)
    assert answer.status_code == 200
    assert answer.json()["secrets"] == shown["secrets"]
    taken = (await client.patch("/v1/subscriptions/crm", json={"secrets": {"token": None}})).json()
    assert list(taken["secrets"]) == ["signing"]


async def test_who_is_switched_on_again_is_told_what_came_meanwhile_or_only_what_comes_from_now_on(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await put(client, receiver)
    for switched_on, told in (({"enabled": True}, ["first", "second"]), ({"enabled": True, "from": "now"}, ["second"])):
        receiver.got.clear()
        off = await client.patch("/v1/subscriptions/crm", json={"enabled": False})
        assert off.json()["enabled"] is False
        await route(client, name="first")
        await client.patch("/v1/subscriptions/crm", json=switched_on)
        await route(client, name="second")
        await receiver.until_taken(len(told))
        await until(client, "crm", behind=0)
        assert [event["data"]["lead"]["name"] for got in receiver.got for event in got.events] == told


async def test_a_secret_that_is_made_here_is_shown_once(client: httpx.AsyncClient, receiver: Receiver) -> None:
    shown = await put(client, receiver)
    made = shown["made_secrets"]["signing"]
    assert made.startswith("whsec-")
    assert (await put(client, receiver))["made_secrets"] == {}
    await route(client, name="Wei")
    await receiver.until_taken(1)
    assert receiver.got[0].headers["x-signing"] == made


async def test_a_secret_that_cannot_work_is_refused_at_once_and_not_repeated(client: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {"kind": "slack", "secrets": {"url": "hooks.slack.example/never-shown"}}
    refused = await client.put("/v1/subscriptions/chat", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "secrets.url")
    assert "never-shown" not in refused.text
    body["secrets"]["url"] = "https://hooks.slack.com/services/T/B/x"
    assert (await client.put("/v1/subscriptions/chat", json=body)).status_code == 201
    refused = await client.post("/v1/subscriptions/chat/secrets/url", json={"value": "never-shown"})
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "value")
    assert "never-shown" not in refused.text


async def test_where_no_personal_data_may_be_told_people_still_tell_two_leads_apart(client: httpx.AsyncClient) -> None:
    async with listening(Saying(200, b"ok")) as chat:
        body = {
            "kind": "slack",
            "events": ["lead.assigned"],
            "secrets": {"url": chat.url("/services/T/B/x")},
            "settings": {"host": "127.0.0.1"},
            "personal_data": False,
        }
        assert (await client.put("/v1/subscriptions/chat", json=body)).status_code == 201
        await route(client, name="Wei Sample", phone="+86 138 0013 8000", need="a secret project")
        async with asyncio.timeout(10):
            while not chat.requests:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        tested = await client.post("/v1/subscriptions/chat/test")
        assert tested.json()["outcome"] == "delivered", tested.text
    told = chat.requests[0].body.decode()
    assert "W***" in told
    assert "***8000" in told
    assert "Wei" not in told
    assert "secret project" not in told


async def test_a_kept_address_that_would_be_refused_now_keeps_nobody_from_switching_off(
    client: httpx.AsyncClient,
) -> None:
    body = {"kind": "slack", "secrets": {"url": "https://hooks.slack.com/services/T/B/x"}}
    assert (await client.put("/v1/subscriptions/chat", json=body)).status_code == 201
    service = client.app.state.service  # type: ignore[attr-defined]
    sealed = service.seal.seal("https://old.example/x").decode()
    async with service.reading() as connection:
        (secrets,) = await connection.fetchrow("SELECT secrets FROM subscriptions")
        stored = {**orjson.loads(secrets), "url": [{**orjson.loads(secrets)["url"][0], "sealed": sealed}]}
        await connection.execute("UPDATE subscriptions SET secrets = $1", orjson.dumps(stored).decode())
    off = await client.patch("/v1/subscriptions/chat", json={"enabled": False})
    assert (off.status_code, off.json()["enabled"]) == (200, False)
    moved = await client.patch("/v1/subscriptions/chat", json={"settings": {"link": "https://crm.example/{lead_id}"}})
    assert (moved.status_code, moved.json()["errors"][0]["where"]) == (422, "secrets.url")


async def test_while_a_secret_is_changed_both_are_valid_the_newest_first(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    first = (await put(client, receiver))["made_secrets"]["signing"]
    given = await client.post("/v1/subscriptions/crm/secrets/signing", json={"hours": 2})
    assert given.status_code == 200
    second = given.json()["value"]
    assert given.json()["older_valid_until"] is not None
    await client.post("/v1/subscriptions/crm/test")
    assert receiver.got[-1].headers["x-signing"].split() == [second, first]
    third = await client.post("/v1/subscriptions/crm/secrets/signing", json={"value": "of-my-own-making", "hours": 0})
    assert (third.json()["value"], third.json()["older_valid_until"]) == (None, None)
    await client.post("/v1/subscriptions/crm/test")
    assert receiver.got[-1].headers["x-signing"] == "of-my-own-making"
    assert (await client.post("/v1/subscriptions/crm/secrets/none")).status_code == 404
    unmade = await client.post("/v1/subscriptions/crm/secrets/token")
    assert (unmade.status_code, unmade.json()["errors"][0]["where"]) == (422, "value")
    too_long = await client.post("/v1/subscriptions/crm/secrets/token", json={"value": "x", "hours": 200})
    assert (too_long.status_code, too_long.json()["errors"][0]["where"]) == (422, "hours")


async def test_a_test_says_what_the_receiver_said(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await put(client, receiver, enabled=False)
    told = (await client.post("/v1/subscriptions/crm/test")).json()
    assert (told["outcome"], told["status"], told["said"], told["type"]) == ("delivered", 200, "answer 200", LEADS[0])
    (event,) = receiver.taken
    assert event["data"]["test"] is True
    assert event["data"]["rep"]["email"].endswith("@example.com")

    async def refuse(_: Got) -> Reply:
        return 403, {}

    receiver.answering = refuse
    told = (await client.post("/v1/subscriptions/crm/test")).json()
    assert (told["outcome"], told["status"]) == ("refused", 403)
    assert (await client.get("/v1/subscriptions/crm/sends")).json()["items"] == []


async def test_every_type_can_be_tried(client: httpx.AsyncClient, receiver: Receiver) -> None:
    for type_ in ("lead.queued", "lead.rejected", "lead.reassigned", "policy.activated", "rep.changed"):
        await put(client, receiver, type_, events=[type_], personal_data=False)
        told = (await client.post(f"/v1/subscriptions/{type_}/test")).json()
        assert (told["type"], told["outcome"]) == (type_, "delivered")
    assert "wei@" not in str(receiver.taken)


async def test_a_test_speaks_the_language_of_the_subscription(client: httpx.AsyncClient, receiver: Receiver) -> None:
    for type_ in ("lead.reassigned", "policy.activated", "rep.changed"):
        told: dict[str, dict[str, Any]] = {}
        for language in ("en", "zh"):
            await put(client, receiver, f"{type_}-{language}", events=[type_], language=language)
            await client.post(f"/v1/subscriptions/{type_}-{language}/test")
            told[language] = receiver.taken[-1]["data"]
        assert told["zh"].keys() == told["en"].keys()
        for what in {"lead", "rep", "previous_rep", "policy"} & told["zh"].keys():
            assert "样例" in told["zh"][what]["name"], (type_, what)
            assert told["en"][what]["name"].isascii(), (type_, what)


async def test_what_a_receiver_says_is_kept_without_its_secrets(client: httpx.AsyncClient) -> None:
    # The body of the answer is the receiver's own: here a channel's message quotes the address it called.
    shown = await client.put(
        "/v1/subscriptions/crm",
        json={"kind": "hook", "settings": {"url": "http://127.0.0.1:1/"}, "secrets": {"token": "ConnectError"}},
    )
    assert shown.status_code == 201
    told = (await client.post("/v1/subscriptions/crm/test")).json()
    assert (told["outcome"], told["said"]) == ("try_again", "***")


async def test_what_was_given_up_is_seen_and_sent_again(client: httpx.AsyncClient, receiver: Receiver) -> None:
    works = False

    async def answer(_: Got) -> Reply:
        return (200, {}) if works else (400, {})

    receiver.answering = answer
    await put(client, receiver)
    leads = [await route(client, external_id=str(number)) for number in range(3)]
    await until(client, "crm", dead=3, behind=0)
    page = (await client.get("/v1/subscriptions/crm/sends?state=dead&limit=2")).json()
    assert [one["lead_id"] for one in page["items"]] == [leads[2]["lead_id"], leads[1]["lead_id"]]
    rest = (await client.get(f"/v1/subscriptions/crm/sends?state=dead&cursor={page['next_cursor']}")).json()
    assert [one["lead_id"] for one in rest["items"]] == [leads[0]["lead_id"]]
    (one,) = rest["items"]
    assert (one["attempts"], one["status"], one["said"], one["failures"][0]["status"]) == (1, 400, "answer 400", 400)
    works = True
    driven = await client.post(f"/v1/subscriptions/crm/sends/{one['event_id']}/redrive")
    assert (driven.status_code, driven.json()["state"]) == (200, "waiting")
    await until(client, "crm", dead=2, waiting=0, delivered=1)
    assert (await client.post("/v1/subscriptions/crm/redrive?state=dead")).json() == {"redriven": 2}
    await until(client, "crm", dead=0, waiting=0, delivered=3)
    seen = (await client.get(f"/v1/subscriptions/crm/sends/{one['event_id']}")).json()
    assert (seen["state"], seen["status"]) == ("delivered", 200)
    assert (await client.get("/v1/subscriptions/crm/sends/evt_99_1")).status_code == 404
    assert (await client.post("/v1/subscriptions/crm/sends/nonsense/redrive")).status_code == 404


async def test_one_that_is_gone_is_disabled_with_the_reason_and_goes_on_when_it_is_enabled(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    async def gone(_: Got) -> Reply:
        return 410, {}

    receiver.answering = gone
    await put(client, receiver)
    await route(client, name="Wei")
    async with asyncio.timeout(20):
        while (shown := (await client.get("/v1/subscriptions/crm")).json())["enabled"]:
            pass
    assert shown["disabled"]["why"].startswith("answer 410; once it is there again")
    await route(client, name="Ada")

    async def back(_: Got) -> Reply:
        return 200, {}

    receiver.answering = back
    enabled = await client.patch("/v1/subscriptions/crm", json={"enabled": True})
    assert enabled.json()["disabled"] is None
    await receiver.until_taken(2)
    await until(client, "crm", waiting=0, behind=0)


async def test_settings_that_are_changed_count_at_once_though_the_receiver_failed_before(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    async def fail(_: Got) -> Reply:
        return 503, {"Retry-After": "600"}

    async with receiving(fail) as failing:
        await put(client, failing)
        await route(client, name="Wei")
        async with asyncio.timeout(20):
            while (await client.get("/v1/subscriptions/crm")).json()["state"]["rests_until"] is None:
                pass
        await client.patch("/v1/subscriptions/crm", json={"settings": {"url": receiver.url}})
        await route(client, name="Ada")
        await receiver.until_taken(1)


async def test_edits_are_guarded_by_what_was_read(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await put(client, receiver)
    tag = (await client.get("/v1/subscriptions/crm")).headers["etag"]
    edit = {"language": "zh"}
    assert (await client.patch("/v1/subscriptions/crm", json=edit, headers={"If-Match": tag})).status_code == 200
    assert (await client.patch("/v1/subscriptions/crm", json=edit, headers={"If-Match": tag})).status_code == 412
    assert (await client.delete("/v1/subscriptions/crm", headers={"If-Match": tag})).status_code == 412
    body = {"kind": "hook", "settings": {"url": receiver.url}}
    new = await client.put("/v1/subscriptions/crm", json=body, headers={"If-None-Match": "*"})
    assert new.status_code == 412
    assert (await client.patch("/v1/subscriptions/crm", json={"kind": "digest"})).status_code == 422


async def test_one_that_is_deleted_is_told_nothing_more(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await put(client, receiver)
    await route(client, name="Wei")
    await receiver.until_taken(1)
    assert (await client.delete("/v1/subscriptions/crm")).status_code == 204
    for method, path in (("GET", ""), ("DELETE", ""), ("PATCH", ""), ("POST", "/test"), ("GET", "/sends")):
        assert (await client.request(method, f"/v1/subscriptions/crm{path}")).status_code == 404
    # Of the same name, and another one: what the first was sent is not its own.
    await put(client, receiver, **{"from": 1})
    await receiver.until(lambda one: len(one.taken) == 2)


async def test_the_list_is_by_id_and_goes_on(client: httpx.AsyncClient, receiver: Receiver) -> None:
    for name in ("b", "c", "a"):
        await put(client, receiver, name)
    first = (await client.get("/v1/subscriptions?limit=2")).json()
    assert [one["id"] for one in first["items"]] == ["a", "b"]
    second = (await client.get(f"/v1/subscriptions?cursor={first['next_cursor']}")).json()
    assert ([one["id"] for one in second["items"]], second["next_cursor"]) == (["c"], None)


async def test_without_a_key_nothing_is_told(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]
    for method, path in (("GET", ""), ("PUT", "/crm"), ("POST", "/crm/test"), ("POST", "/crm/redrive")):
        assert (await client.request(method, f"/v1/subscriptions{path}")).status_code == 401


@pytest.mark.parametrize("name", ["A", "a b", "%00", "a" * 65])
async def test_what_is_no_id_is_refused(client: httpx.AsyncClient, receiver: Receiver, name: str) -> None:
    body = {"kind": "hook", "settings": {"url": receiver.url}}
    assert (await client.put(f"/v1/subscriptions/{name}", json=body)).status_code == 422
    assert (await client.get(f"/v1/subscriptions/{name}")).status_code in (404, 422)
