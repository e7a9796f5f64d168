"""``delivery`` shows what came to the doors, and drives it again once its source is mended."""

import json
import re
from pathlib import Path

import httpx
import pytest

from tests.commands.conftest import CommandLine, Service

WRONG = "kind: generic\noptions: {records: data.rows}\n"
MENDED = "kind: generic\noptions: {records: data.leads}\n"


@pytest.fixture
def shop(give: CommandLine, service: Service, tmp_path: Path) -> dict[str, str]:
    """The headers of a sender whose source looks for its leads in the wrong place."""
    (tmp_path / "shop.yaml").write_text(WRONG)
    made = json.loads(give("source", "put", "shop", tmp_path / "shop.yaml", "--json").out)
    return {"X-Webhook-Secret": made["secret"]}


def send(service: Service, headers: dict[str, str], number: int) -> int:
    body = {"data": {"leads": [{"email": f"kim{number}@example.com", "id": number}]}}
    return httpx.post(f"{service.url}/v1/webhooks/shop", json=body, headers=headers, trust_env=False).status_code


def mend(give: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(MENDED)
    assert give("source", "put", "shop", tmp_path / "shop.yaml").status == 0


def test_what_was_not_understood_is_listed_shown_and_driven_again_once_its_source_is_mended(
    give: CommandLine, service: Service, shop: dict[str, str], tmp_path: Path
) -> None:
    assert give("delivery", "list").out == "There are none such.\n"
    assert [send(service, shop, number) for number in range(3)] == [400, 400, 400]
    assert send(service, {"X-Webhook-Secret": "another-secret-than-ours"}, 3) == 401
    listed = give("delivery", "list", "--state", "not_understood")
    assert listed.out.count("not understood") == 3
    assert "data.rows" in listed.out
    assert give("delivery", "list", "--limit", 1, "--source", "shop").out.count("shop") == 1
    ids = [one["id"] for one in json.loads(give("delivery", "list", "--state", "not_understood", "--json").out)]
    shown = give("delivery", "show", ids[0]).out
    assert "POST " in shown
    assert "kim2@example.com" in shown
    assert re.search(r"Came +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d", shown)
    assert shop["X-Webhook-Secret"] not in shown
    assert json.loads(give("delivery", "show", ids[0], "--body").out)["data"]["leads"][0]["id"] == 2

    same = give("delivery", "redrive", "--state", "not_understood")
    assert same.status == 1
    assert same.out.splitlines() == ["Driven again: 3", "  not understood: 3"]
    mend(give, tmp_path)
    done = give("delivery", "redrive", "--state", "not_understood", "--source", "shop")
    assert (done.status, done.out.splitlines()) == (0, ["Driven again: 3", "  done: 3"])
    assert service.assigned() == 3
    assert give("delivery", "list", "--state", "done").out.count(" done ") == 3
    again = give("delivery", "redrive", "--state", "not_understood")
    assert (again.status, again.out) == (0, "There are none such: nothing is driven again.\n")


def test_deliveries_are_driven_again_by_their_ids_and_no_lead_is_assigned_twice(
    give: CommandLine, service: Service, shop: dict[str, str], tmp_path: Path
) -> None:
    send(service, shop, 1)
    (one,) = [one["id"] for one in json.loads(give("delivery", "list", "--json").out)]
    mend(give, tmp_path)
    for _ in range(2):
        done = give("delivery", "redrive", one)
        assert (done.status, done.out.split()) == (0, [one, "done"])
    assert service.assigned() == 1
    assert "(as before)" in give("delivery", "show", one).out
    chinese = give("delivery", "redrive", one, "--language", "zh")
    assert chinese.out.split() == [one, "已完成"]


def test_a_sender_that_was_refused_by_mistake_can_be_trusted(
    give: CommandLine, service: Service, shop: dict[str, str], tmp_path: Path
) -> None:
    mend(give, tmp_path)
    assert send(service, {"X-Webhook-Secret": "another-secret-than-ours"}, 1) == 401
    refused = give("delivery", "redrive", "--state", "refused")
    assert (refused.status, refused.out.splitlines()[-1]) == (1, "  refused: 1")
    trusted = give("delivery", "redrive", "--state", "refused", "--trust", "--json")
    told = json.loads(trusted.out)
    assert (trusted.status, told["redriven"], told["became"]) == (0, 1, {"done": 1})
    (one,) = json.loads(give("delivery", "list", "--json").out)
    shown = give("delivery", "show", one["id"]).out
    assert f"Vouched for by  {one['trusted_by']}" in shown


def test_nobody_has_to_wait(give: CommandLine, service: Service, shop: dict[str, str], tmp_path: Path) -> None:
    for number in range(3):
        send(service, shop, number)
    mend(give, tmp_path)
    done = give("delivery", "redrive", "--state", "not_understood", "--no-wait")
    assert (done.status, done.out) == (0, "Driven again: 3\n")
    assert "lead-router delivery list --state waiting" in done.err


def test_a_body_that_is_no_text_is_printed_byte_by_byte(
    give: CommandLine, service: Service, shop: dict[str, str]
) -> None:
    body = b"\xff\xfe\x00\x81"
    httpx.post(f"{service.url}/v1/webhooks/shop", content=body, headers=shop, trust_env=False)
    (one,) = json.loads(give("delivery", "list", "--json").out)
    assert "4 bytes that are no text" in give("delivery", "show", one["id"]).out
    assert give("delivery", "show", one["id"], "--body").out.encode("utf-8", "surrogateescape") == body


def test_what_is_meant_has_to_be_said(give: CommandLine, service: Service) -> None:
    for words, said in (
        ((), "say which"),
        (("x", "--state", "done"), "say which"),
        (("x", "--source", "shop"), "--source goes with --state"),
        (("--state", "received"), "is being driven already"),
        (("not-an-id",), "“not-an-id” is not the id of a delivery: give one as lead-router delivery list shows it"),
        (("01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11",), "There is no delivery"),
    ):
        done = give("delivery", "redrive", *words)
        assert (done.status, said in done.err, done.err.count("\n")) == (1, True, 1), done
    for command in ("show", "redrive"):
        done = give("delivery", command, "nosuch", "--language", "zh")
        assert (done.status, "lead-router delivery list" in done.err, "不是投递的 id" in done.err) == (1, True, True)
