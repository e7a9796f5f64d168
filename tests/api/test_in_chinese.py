"""Who reads Chinese is told in Chinese what is wrong, where and what to do; codes, places and names stay."""

import json
from typing import Any

import httpx
import pytest

from tests.api.conftest import POLICY

ZH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
WRONG = {
    "rules": [
        {"name": "first", "when": {"regoin": "CN", "tier": "Z"}, "assign": {"team": "sale"}},
        {"name": "all", "assign": "owner", "by": "turns"},
    ]
}


async def said(client: httpx.AsyncClient, method: str, path: str, status: int, **options: Any) -> dict[str, Any]:
    """The problem document of a request in Chinese, whose members are those of the one in English."""
    headers = options.pop("headers", {})
    english = (await client.request(method, path, headers=headers, **options)).json()
    answer = await client.request(method, path, headers={**headers, **ZH}, **options)
    shown: dict[str, Any] = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told = {"title", "detail", "errors", "request_id"}
    assert {name: shown[name] for name in shown.keys() - told} == {
        name: english[name] for name in english.keys() - told
    }
    assert [one["where"] for one in shown["errors"]] == [one["where"] for one in english["errors"]]
    assert shown["title"] != english["title"]
    return shown


async def test_the_mistakes_of_a_policy(client: httpx.AsyncClient) -> None:
    shown = await said(client, "POST", "/v1/policies", 422, json=WRONG)
    assert (shown["title"], shown["detail"]) == ("请求里有错误", "策略还不能使用")
    told = {one["where"]: one["message"] for one in shown["errors"]}
    assert told["rules[0].when.regoin"] == "没有“regoin”这个字段；是否想写“region”？"
    assert told["rules[0].assign.team"] == "没有团队“sale”；名册里有 everyone"
    assert told["rules[0].when.tier"] == "“Z”不是本策略的价值等级"


async def test_what_is_odd_about_a_policy(client: httpx.AsyncClient) -> None:
    odd = {**POLICY, "rules": [{"name": "only", "when": {"region": "CN"}, "assign": POLICY["rules"][0]["assign"]}]}
    checked = await client.post("/v1/policies?dry_run=true", json=odd, headers=ZH)
    (found,) = (one for one in checked.json()["findings"] if one["code"] == "no_catch_all")
    assert found["message"].startswith("没有一条规则面向所有线索")
    number = (await client.post("/v1/policies", json=odd)).json()["version"]
    kept = (await client.get(f"/v1/policies/{number}", headers=ZH)).json()["findings"]
    assert found in kept
    assert (await client.post(f"/v1/policies/{number}/activate", headers=ZH)).json()["findings"] == kept


async def test_yaml_that_cannot_be_read(client: httpx.AsyncClient) -> None:
    shown = await said(
        client, "POST", "/v1/policies", 400, content="rules:\n  - name: a: b\n", headers={"Content-Type": "text/yaml"}
    )
    assert shown["errors"][0]["where"] == "policy, line 2, column 12"
    assert shown["errors"][0]["message"].startswith("不是 YAML：这里不能有“key: value”；第 2 行有不止一个冒号")
    assert shown["detail"] == f"这份策略读不了：{shown['errors'][0]['message']}"


async def test_the_mistakes_of_a_rep_and_of_the_roster(client: httpx.AsyncClient) -> None:
    rep = {"name": "Ann", "timezone": "Shanghai", "hours": {"mon-fri": "9-18"}, "capacity": {"open": -1}, "regoins": []}
    shown = await said(client, "PUT", "/v1/reps/ann", 422, json=rep)
    told = {one["where"]: one["message"] for one in shown["errors"]}
    assert told["timezone"] == "“Shanghai”不是时区，请写成“Asia/Shanghai”的样子；是否想写“Asia/Shanghai”？"
    assert told["hours.mon-fri"] == "“9-18”不是班次，请写成“09:00-18:00”的样子"
    assert told["capacity.open"] == "-1 不是 0 到 1000000000 之间的整数"
    assert told["regoins"].startswith("没有这个键")
    warned = await client.put("/v1/teams/empty", json={"members": []}, headers=ZH)
    assert [one["message"] for one in warned.json()["warnings"]] == ["没有成员的团队接不到线索"]
    shown = await said(client, "PUT", "/v1/roster", 422, json={"teams": {"t": {"members": ["nobody-here"]}}})
    assert shown["detail"] == "这样修改后名册前后对不上"
    assert shown["errors"][0]["message"].startswith("没有销售代表“nobody-here”")


async def test_a_line_of_many(client: httpx.AsyncClient) -> None:
    body = "name,email\nx,x@a.example\na,b,c\n"
    english, chinese = [
        [json.loads(line) for line in answer.text.splitlines()]
        for answer in [
            await client.post("/v1/leads/bulk", content=body, headers={"Content-Type": "text/csv", **more})
            for more in ({}, ZH)
        ]
    ]
    assert english[1]["error"]["detail"] == "3 cells in a row of 2 columns"
    assert chinese[1]["error"]["detail"] == "这一行有 3 个单元格，标题只有 2 列"
    assert chinese[1]["error"]["title"] == "请求无法读取"
    assert chinese[1]["error"]["type"] == english[1]["error"]["type"]


async def test_what_is_not_there_not_known_and_not_possible(client: httpx.AsyncClient) -> None:
    lead = (await client.post("/v1/leads", json={"name": "x"})).json()["lead_id"]
    assert (await said(client, "GET", "/v1/nothing", 404))["detail"] == "/v1/nothing 没有内容。"
    assert (await said(client, "GET", "/v1/reps/annn", 404))["detail"].startswith("没有销售代表“annn”")
    assert (await said(client, "GET", "/v1/rotations/team:all", 404))["detail"] == "没有轮转“team:all”"
    assert (await said(client, "GET", f"/v1/leads/{lead[:-4]}0000", 404))["detail"].startswith("没有线索 ")
    assert (await said(client, "PUT", f"/v1/leads/{lead}", 405))["title"] == "这个地址不接受这种方法"
    await client.post(f"/v1/leads/{lead}/close", json={"outcome": "won"})
    shown = await said(client, "POST", f"/v1/leads/{lead}/close", 409, json={"outcome": "lost"})
    assert shown["detail"] == "线索已经关闭：won"
    shown = await said(client, "GET", "/v1/leads", 422, params={"limit": "many", "statsu": "queued"})
    assert {one["where"]: one["message"] for one in shown["errors"]}["query.statsu"].startswith("这里没有这个参数")
    shown = await said(client, "GET", "/v1/leads", 422, params={"limit": "0"})
    assert shown["errors"] == [{"where": "query.limit", "message": "应是不小于 1 的数"}]
    shown = await said(client, "GET", "/v1/leads", 401, headers={"Authorization": "Bearer wrong"})
    assert shown["detail"].startswith("不认识发来的密钥")
    shown = await said(client, "POST", "/v1/leads", 400, content=b"[1]", headers={"Content-Type": "application/json"})
    assert shown["detail"] == "应是 JSON 对象，收到的是数组：多条线索请发到 /v1/leads/bulk"


async def test_what_became_of_a_delivery(client: httpx.AsyncClient) -> None:
    await client.put("/v1/sources/crm", json={"kind": "generic", "secret": "a-secret-of-thirty-two-characters"})
    told = await client.post("/v1/webhooks/crm", json={"name": "x"}, headers={**ZH, "Authorization": ""})
    assert told.status_code == 401
    assert told.json()["detail"].startswith("请求没有带密钥：请放在地址里（?key=…）")
    (kept,) = (await client.get("/v1/deliveries", headers=ZH)).json()["items"]
    assert (kept["reason"], kept["detail"]) == ("not_genuine", told.json()["detail"])
    address = f"/v1/deliveries/{kept['id']}"
    assert (await client.get(address, headers=ZH)).json()["detail"] == kept["detail"]
    assert (await client.get(address)).json()["detail"].startswith("no secret came with the request")
    shown = await client.post("/v1/deliveries/redrive?state=failed", headers=ZH)
    assert shown.json()["detail"] == "没有状态为 failed 的投递"


async def test_the_mistakes_of_a_subscription(client: httpx.AsyncClient) -> None:
    url = "https://10.1.2.3/hook"
    shown = await said(client, "PUT", "/v1/subscriptions/crm", 422, json={"kind": "webhook", "settings": {"urls": url}})
    assert {one["where"]: one["message"] for one in shown["errors"]}["settings.urls"] == "没有这个键；是否想写“url”？"
    wrong = {"kind": "webhook", "settings": {"url": url}, "events": ["lead.asigned"]}
    shown = await said(client, "PUT", "/v1/subscriptions/crm", 422, json=wrong)
    assert shown["errors"] == [
        {"where": "events", "message": "没有事件“lead.asigned”；是否想写“lead.assigned”？"},
    ]
    assert shown["detail"] == "订阅里有错误，详见 errors"


@pytest.mark.parametrize("language", ["en", "en,zh;q=0.5", "de"])
async def test_who_prefers_another_language_is_told_in_english(client: httpx.AsyncClient, language: str) -> None:
    answer = await client.get("/v1/nothing", headers={"Accept-Language": language})
    assert answer.json()["detail"] == "There is nothing at /v1/nothing."
