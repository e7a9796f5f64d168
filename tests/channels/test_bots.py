"""Group chats are told in a form that they take, with a signature that verifies, and nothing that leads wrote acts."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from app.channels import dingtalk, feishu
from app.channels.base import Channel, Delivered, Event, Gone, Outcome, Refusal, TryAgain
from app.channels.kinds import CHANNELS
from tests.channels.office import ALL, ASSIGNED, QUEUED, about, calling, many, told
from tests.receiver import Receiver, Reply, receiving, said

BOTS = [CHANNELS[kind] for kind in ("feishu", "dingtalk", "wecom", "slack")]
TAKEN = {
    "feishu": said({"code": 0, "msg": "success", "data": {}}),
    "dingtalk": said({"errcode": 0, "errmsg": "ok"}),
    "wecom": said({"errcode": 0, "errmsg": "ok"}),
    "slack": Reply(200, b"ok", {"content-type": "text/html"}),
}
LINK = "https://crm.example.com/leads/{external_id}"


async def sent(
    channel: Channel,
    receiver: Receiver,
    *events: Event,
    settings: Mapping[str, Any] | None = None,
    secret: str | None = None,
    **how: Any,
) -> Outcome:
    secrets = {"url": (receiver.url("/bot?key=k"),)} | ({"secret": (secret,)} if secret else {})
    how_told = told(channel, {"host": "127.0.0.1", **(settings or {})}, secrets, **how)
    async with calling() as client:
        return await channel.send(client, how_told, events or (ASSIGNED,))


async def written(channel: Channel, *events: Event, **how: Any) -> Any:
    """The body that arrives."""
    async with receiving(TAKEN[channel.kind]) as receiver:
        assert isinstance(await sent(channel, receiver, *events, **how), Delivered)
    return receiver.requests[-1].json()


def text_of(channel: Channel, body: Any) -> str:
    """All that people see of a message."""
    match channel.kind:
        case "feishu":
            (post,) = body["content"]["post"].values()
            lines = ["".join(part.get("text", "") for part in line) for line in post["content"]]
            return "\n".join([post["title"], *lines])
        case "slack":
            return "\n".join(block["text"]["text"] for block in body["blocks"])
        case _:
            return str(body["text"]["content"])


def test_the_signatures_are_those_of_the_providers() -> None:
    assert feishu.sign(1599360473, "secret") == "q4jswNiMy51J5JuQV566yJat0/lQ/c+22kINzUgKsGU="
    assert dingtalk.sign(1700000000000, "SECabc") == "jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM%3D"


async def test_a_signed_message_of_feishu_verifies() -> None:
    body = await written(CHANNELS["feishu"], secret="s3cret")
    key = f"{body['timestamp']}\ns3cret".encode()
    assert base64.b64decode(body["sign"]) == hmac.new(key, b"", hashlib.sha256).digest()


async def test_a_signed_message_of_dingtalk_verifies() -> None:
    async with receiving(TAKEN["dingtalk"]) as receiver:
        await sent(CHANNELS["dingtalk"], receiver, secret="SECabc")
    query = parse_qs(urlsplit(receiver.requests[0].target).query)
    assert query["key"] == ["k"]
    expected = hmac.new(b"SECabc", f"{query['timestamp'][0]}\nSECabc".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"][0]) == expected


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.type)
@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
async def test_every_event_can_be_told_in_both_languages(channel: Channel, event: Event) -> None:
    assert text_of(channel, await written(channel, event, language="en")).strip()
    assert any("一" <= char <= "鿿" for char in text_of(channel, await written(channel, event, language="zh")))


@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
async def test_a_message_says_who_it_is_and_how_to_reach_them_unless_that_is_personal(channel: Channel) -> None:
    text = text_of(channel, await written(channel))
    for part in ("Jane Doe", "Acme Robots", "+8613900000002", "jane.doe@example.org", "Twelve arms"):
        assert part in text
    masked = text_of(channel, await written(channel, personal=False))
    for part in ("J***", "Acme Robots", "***0002", "j***@example.org"):
        assert part in masked
    for part in ("Jane", "Purchasing", "13900000002", "jane.doe", "Twelve arms", "met at the fair"):
        assert part not in masked


@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
async def test_the_lead_can_be_opened_if_a_link_is_set_and_its_parts_are_known(channel: Channel) -> None:
    event = about(external_id="a/b?c=线")
    whole = json.dumps(await written(channel, event, settings={"link": LINK}))
    assert "https://crm.example.com/leads/a%2Fb%3Fc%3D%E7%BA%BF" in whole
    whole = json.dumps(await written(channel, about(external_id=None), settings={"link": LINK}))
    assert "https://crm.example.com" not in whole


async def test_the_rep_is_called_where_the_chat_can() -> None:
    async def body(kind: str, attribute: str) -> Any:
        return await written(CHANNELS[kind], settings={"mention": f"attributes.{attribute}"})

    (post,) = (await body("feishu", "chat_id"))["content"]["post"].values()
    assert {"tag": "at", "user_id": "U0MIA"} in post["content"][-1]
    assert (await body("dingtalk", "mobile"))["at"] == {
        "atMobiles": ["13800000001"], "atUserIds": [], "isAtAll": False,
    }  # fmt: skip
    assert "@13800000001" in (await body("dingtalk", "mobile"))["text"]["content"]
    assert (await body("dingtalk", "chat_id"))["at"]["atUserIds"] == ["U0MIA"]
    assert (await body("wecom", "wecom_id"))["text"]["mentioned_list"] == ["mia.example"]
    assert (await body("wecom", "mobile"))["text"]["mentioned_mobile_list"] == ["13800000001"]
    assert (await body("slack", "chat_id"))["blocks"][-1]["text"]["text"] == "<@U0MIA>"


@pytest.mark.parametrize("value", ["all", "@all", "here", "<!channel>", 'x"><at id=all>', None, 7, {"a": 1}])
@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
async def test_nobody_is_called_by_an_attribute_that_is_no_id(channel: Channel, value: object) -> None:
    event = Event(**{
        **{name: getattr(ASSIGNED, name) for name in ASSIGNED.__slots__},
        "data": {**ASSIGNED.data, "rep": {"id": "east-1", "name": "Mia", "attributes": {"chat_id": value}}},
    })  # fmt: skip
    whole = json.dumps(await written(channel, event, settings={"mention": "attributes.chat_id"}))
    assert '"@all"' not in whole
    assert '"user_id": "all"' not in whole
    assert "<!" not in whole
    assert '"isAtAll": true' not in whole


EVIL = '<!here> <@U0BOSS> @all @所有人 <at user_id="all">x</at> [pay](https://evil.example/p) www.evil.example \u202ex'


@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
@pytest.mark.parametrize("count", [1, 3])
async def test_what_a_lead_wrote_stays_text(channel: Channel, count: int) -> None:
    events = [
        replace(event, data={**event.data, "rep": {"id": "east-1", "name": EVIL}})
        for event in many(count, name=EVIL, company=EVIL, need=EVIL)
    ]
    body = await written(channel, *events, settings={"link": LINK})
    text = text_of(channel, body)
    assert "https://evil" not in text
    assert "www.evil" not in text
    assert "\u202e" not in text
    match channel.kind:
        case "feishu":
            (post,) = body["content"]["post"].values()
            tags = [part for line in post["content"] for part in line if part["tag"] != "text"]
            assert {part["tag"] for part in tags} == {"a"}
            assert all(part["href"].startswith("https://crm.example.com/") for part in tags)
        case "dingtalk":
            assert body["msgtype"] == "text"
            assert body["at"] == {"atMobiles": [], "atUserIds": [], "isAtAll": False}
        case "wecom":
            assert body["msgtype"] == "text"
            assert set(body["text"]) == {"content"}
        case _:
            header, *sections = body["blocks"]
            assert header["text"]["type"] == "plain_text"
            assert "<" not in body["text"]
            text = "".join(section["text"]["text"] for section in sections)
            assert "<!" not in text
            assert text.count("<") == text.count("<https://crm.example.com/")


@pytest.mark.parametrize("long", ["长" * 40_000, "&<>" * 20_000, "😀" * 20_000, '"\\' * 20_000, "a\n" * 20_000])
@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
async def test_a_message_fits_whatever_a_lead_wrote_and_however_many_there_are(channel: Channel, long: str) -> None:
    for count in (1, channel.at_once):
        events = many(count, need=long, company=long, title=long, product=long, external_id="x" * 200)
        body = await written(channel, *events, settings={"link": LINK})
        match channel.kind:
            case "feishu":
                assert len(json.dumps(body, ensure_ascii=False).encode()) <= 20 * 1024
            case "dingtalk":
                assert len(body["text"]["content"].encode()) <= 15_000
            case "wecom":
                assert len(body["text"]["content"].encode()) <= 2048
            case _:
                assert len(body["blocks"]) <= 50
                assert all(len(block["text"]["text"]) <= 3000 for block in body["blocks"])
                assert len(body["blocks"][0]["text"]["text"]) <= 150
        text = text_of(channel, body)
        assert "\ufffd" not in text
        for event in events:
            assert event.data["lead"]["name"] in text, "everyone is named"


@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
async def test_several_events_go_in_one_message_each_with_its_link(channel: Channel) -> None:
    events = [*many(2), QUEUED]
    body = await written(channel, *events, settings={"link": LINK}, language="zh")
    text = text_of(channel, body)
    assert "线索有 3 项新动态" in text
    assert text.count("首次联系截止：2026年3月3日 周二 10:30（Asia/Shanghai）") == 2
    english = text_of(channel, await written(channel, *events))
    assert english.count("first contact by Tue 3 Mar 2026, 10:30 (Asia/Shanghai)") == 2
    whole = json.dumps(body)
    for event in events:
        assert event.data["lead"]["name"] in text
        assert f"https://crm.example.com/leads/{event.data['lead']['external_id']}" in whole


@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
async def test_the_keyword_of_a_bot_is_in_every_message(channel: Channel) -> None:
    for events in ((ASSIGNED,), many(3)):
        assert "监控词" in text_of(channel, await written(channel, *events, settings={"keyword": "监控词"}))


@pytest.mark.parametrize(
    ("kind", "reply", "kept", "why"),
    [
        ("feishu", said({"StatusCode": 0, "StatusMessage": "success"}), Delivered, ""),
        ("feishu", said({"code": 11232, "msg": "frequency limited"}), TryAgain, "11232"),
        ("feishu", said({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}), Refusal, "key"),
        ("feishu", said({"code": 19022, "msg": "Ip Not Allowed"}), Refusal, "IP address"),
        ("feishu", said({"code": 19024, "msg": "Key Words Not Found"}), Refusal, "keyword"),
        ("feishu", said({"code": 9499, "msg": "Bad Request"}, 400), Refusal, "form"),
        ("feishu", said({"code": 4711, "msg": "something new"}), Refusal, "飞书 4711: something new"),
        ("feishu", said({"code": 4711, "msg": "something new"}, 500), TryAgain, "4711"),
        ("feishu", said({"code": 4711, "msg": "slow down"}, 429), TryAgain, "4711"),
        ("dingtalk", said({"errcode": 130101, "errmsg": "send too fast"}), TryAgain, "fast"),
        ("dingtalk", said({"errcode": 310000, "errmsg": "sign not match"}), Refusal, "sign not match"),
        ("dingtalk", said({"errcode": 310000, "errmsg": "keywords not in content"}), Refusal, "keyword"),
        ("dingtalk", said({"errcode": -1, "errmsg": "系统繁忙"}), TryAgain, "系统繁忙"),
        ("wecom", said({"errcode": 45009, "errmsg": "api freq out of limit"}), TryAgain, "45009"),
        ("wecom", said({"errcode": 93000, "errmsg": "invalid webhook url"}), Refusal, "set the secret `url` anew"),
        ("wecom", Reply(200, b"<html>proxy</html>"), TryAgain, "something else than its API"),
        ("wecom", Reply(502), TryAgain, "HTTP 502"),
        ("wecom", Reply(404), Refusal, "HTTP 404. There is no bot at this address"),
        ("feishu", said({"code": 4711, "msg": "no such hook"}, 404), Refusal, "There is no bot at this address"),
        ("slack", Reply(404, b"not_found"), Refusal, "not_found. There is no bot at this address"),
        ("slack", Reply(429, b"rate_limited", {"Retry-After": "30"}), TryAgain, "429"),
        ("slack", Reply(404, b"no_service"), Refusal, "set the secret `url` anew"),
        ("slack", Reply(403, b"action_prohibited"), Refusal, "administrator"),
        ("slack", Reply(400, b"invalid_payload"), Refusal, "invalid_payload"),
        ("slack", Reply(410, b"channel_is_archived"), Gone, "channel_is_archived"),
        ("slack", Reply(500, b"rollup_error"), TryAgain, "rollup_error"),
        ("slack", Reply(200, b"<html>"), TryAgain, "something else"),
        ("slack", Reply(302), Refusal, "redirects are not followed"),
    ],
)  # fmt: skip
async def test_what_a_provider_answers_is_judged(kind: str, reply: Reply, kept: type[Outcome], why: str) -> None:
    async with receiving(reply) as receiver:
        outcome = await sent(CHANNELS[kind], receiver)
    assert isinstance(outcome, kept)
    assert why in getattr(outcome, "why", "")


async def test_who_exceeds_the_pace_of_dingtalk_waits_ten_minutes_and_of_slack_as_long_as_it_says() -> None:
    async with receiving(said({"errcode": 410100, "errmsg": "slow down"})) as receiver:
        outcome = await sent(CHANNELS["dingtalk"], receiver)
    assert isinstance(outcome, TryAgain)
    assert outcome.after == 600
    async with receiving(Reply(429, b"", {"Retry-After": "30"})) as receiver:
        outcome = await sent(CHANNELS["slack"], receiver)
    assert isinstance(outcome, TryAgain)
    assert outcome.after == 30


@pytest.mark.parametrize("channel", BOTS, ids=lambda channel: channel.kind)
async def test_the_address_must_be_the_providers_own_unless_a_host_is_set(channel: Channel) -> None:
    async with calling() as client:
        for url in ("https://evil.example/bot", "http://open.feishu.cn/bot"):
            outcome = await channel.send(client, told(channel, {}, {"url": (url,)}), [ASSIGNED])
            assert isinstance(outcome, Refusal)
            assert "`host`" in outcome.why
            assert "evil" not in outcome.why
        outcome = await channel.send(client, told(channel, {"host": "chat.example.com"}, {"url": (url,)}), [ASSIGNED])
        assert isinstance(outcome, Refusal)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"links": "https://x"}, "links"),
        ({"link": "crm.example.com/{lead_id}"}, "https://"),
        ({"link": "https://crm.example.com/{name}"}, "{name} is not known"),
        ({"link": "https://crm.example.com/{lead_id.__class__}"}, "is not known"),
        ({"link": "https://crm.example.com/{lead_id!r}"}, "is not known"),
        ({"link": "https://crm.example.com/{"}, "no other braces"),
        ({"link": "https://crm.example.com/ x|y"}, "no spaces"),
        ({"mention": "name; drop"}, "attributes.NAME"),
        ({"host": "https://chat.example.com"}, "without https://"),
        ({"keyword": ""}, "at least 1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_what_would(settings: Mapping[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why.replace("{", r"\{").replace(".", r"\.")):
        CHANNELS["wecom"].settings.model_validate(settings)
