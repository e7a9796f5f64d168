"""``source`` sets up what leads come in by, hands out its secrets once, and shows what a body would become."""

import io
import json
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from tests.commands.conftest import CommandLine, Service

MAPPED = """\
kind: generic
name: Sign-ups of the shop
mapping:
  fields:
    email: customer.mail
    budget: {from: order.sum, unit: k CNY}
"""
BODY = {"customer": {"mail": "wei@factory.example", "mobile": "138 0013 8000"}, "order": {"sum": 50}}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(MAPPED)
    return path


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def row(out: str, field: str) -> list[str]:
    """The cells of the one line of a table that is about a field."""
    (line,) = [line for line in out.splitlines() if line.split()[:1] == [field]]
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_a_source_is_put_with_its_address_and_its_secret_this_once_and_takes_leads(
    give: CommandLine, service: Service, shop: Path
) -> None:
    assert "There are no sources yet" in give("source", "list").out
    made = give("source", "put", "shop", shop)
    assert made.status == 0, made.err
    said = dict(line.split(maxsplit=1) for line in made.out.splitlines()[1:])
    assert said["Address"].strip() == f"{service.url}/v1/webhooks/shop"
    secret = said["Secret"].strip()
    assert len(secret) > 30
    assert "X-Webhook-Secret" in made.err
    assert made.err.count("\n") == 1
    sent = httpx.post(said["Address"].strip(), json=BODY, headers={"X-Webhook-Secret": secret}, trust_env=False)
    assert sent.status_code == 200, sent.text
    assert service.assigned() == 1

    listed = give("source", "list").out
    assert row(listed, "shop")[:4] == ["shop", "generic", "Sign-ups of the shop", "on"]
    shown = give("source", "show", "shop").out
    assert f"…{secret[-4:]} (since " in shown
    assert "email: customer.mail" in shown
    assert secret not in shown + listed + give("source", "show", "shop", "--json").out

    again = give("source", "put", "shop", shop)
    assert "(revision 2)" in again.out
    assert "Secret" not in again.out
    assert "delivery redrive --state not_understood --source shop" in again.err


def test_what_show_prints_as_a_document_can_be_put_again(
    give: CommandLine, service: Service, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give("source", "put", "shop", shop)
    document = give("source", "show", "shop", "--document").out
    assert yaml.safe_load(document) == yaml.safe_load(MAPPED)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(document.encode())))
    other = give("source", "put", "other", "-", "--json")
    assert other.status == 0, other.err
    assert json.loads(other.out)["mapping"] == yaml.safe_load(MAPPED)["mapping"]


def test_what_is_wrong_in_a_document_is_told_with_its_lines(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    wrong = write(tmp_path / "shop.yaml", MAPPED.replace("email:", "emial:") + "options: {records: [1]}\n")
    done = give("source", "put", "shop", wrong)
    assert done.status == 1
    assert f"{wrong}:5:5: mapping.fields.emial: " in done.err
    assert f"; {wrong}:7:11: options.records: a text is wanted" in done.err
    assert done.err.count("\n") == 1
    assert give("source", "show", "shop").err == "lead-router: There is no source shop\n"
    assert "it is not YAML" in give("source", "put", "shop", write(tmp_path / "x.yaml", "a: [1\n")).err
    assert "it is a list" in give("source", "put", "shop", write(tmp_path / "x.json", "[1]")).err
    unnamed = give("source", "put", "Sh op", write(tmp_path / "y.yaml", MAPPED)).err
    assert unnamed.startswith("lead-router: Something in the request is wrong: path.source: an id is wanted")


def test_a_dry_run_puts_nothing(give: CommandLine, service: Service, shop: Path) -> None:
    assert give("source", "put", "shop", shop, "--dry-run").out == "Nothing wrong: shop can be put so.\n"
    assert give("source", "show", "shop").status == 1


def test_a_senders_own_secret_comes_from_a_file_and_is_shown_nowhere(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    document = write(tmp_path / "meta.yaml", "kind: meta\noptions: {verify_token: a-word-of-ours-for-meta}\n")
    refused = give("source", "put", "ads", document)
    assert (refused.status, "App settings → Basic → App secret" in refused.err) == (1, True)
    secret = write(tmp_path / "secret.txt", "the-secret-of-the-app-of-ours\n")
    made = give("source", "put", "ads", document, "--secret-from", secret, "--token-from", secret)
    assert made.status == 0, made.err
    assert "the-secret" not in made.out + made.err
    assert "deliver to this address" in made.err
    assert "standard input holds one thing only" in give("source", "put", "ads", "-", "--secret-from", "-").err
    empty = give("source", "put", "more", document, "--secret-from", write(tmp_path / "empty", "\n"))
    assert (empty.status, "it is empty" in empty.err) == (1, True)


def test_who_is_given_a_secret_that_was_made_is_told_if_the_sender_may_have_its_own(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    made = give("source", "put", "crm", write(tmp_path / "crm.yaml", "kind: hubspot\n"))
    assert "! secret: it was made here. An app of HubSpot" in made.err
    another = give("source", "secret", "crm")
    assert "! secret: it was made here. An app of HubSpot" in another.err
    assert another.out.count("\n") == 1
    kinds = give("source", "kinds", "hubspot").out
    assert "made here, or the sender's own" in " ".join(kinds.split())
    assert "signs with its client secret" in kinds


def test_a_new_secret_stands_alone_on_standard_output_and_the_old_one_can_be_taken_away(
    give: CommandLine, service: Service, shop: Path
) -> None:
    give("source", "put", "shop", shop)
    made = give("source", "secret", "shop", "--keep-old-hours", "2")
    secret = made.out.removesuffix("\n")
    assert "\n" not in secret
    assert "older ones stay valid for 2 hours" in made.err
    secrets = json.loads(give("source", "show", "shop", "--json").out)["secrets"]
    assert sorted(one["hint"] == secret[-4:] for one in secrets) == [False, True]
    (old,) = [one["id"] for one in secrets if one["hint"] != secret[-4:]]
    for text in (made.err, give("source", "show", "shop").out):
        assert all(f"{one['id']}  …{one['hint']} (since " in text for one in secrets)
    assert ", valid until " in give("source", "show", "shop").out
    assert give("source", "secret", "shop", "--remove", old).status == 0
    assert len(json.loads(give("source", "show", "shop", "--json").out)["secrets"]) == 1


def test_a_form_is_printed_ready_to_be_pasted_in_either_language(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    form = write(tmp_path / "form.yaml", "kind: form\nform: {origins: ['https://www.example.com']}\n")
    made = give("source", "put", "website", form)
    assert f"{service.url}/v1/forms/website" in made.out
    assert "Secret" not in made.out
    assert "lead-router source snippet website" in made.err
    assert "<form action=" in give("source", "snippet", "website").out
    assert "姓名" in give("source", "snippet", "website", "--language", "zh").out


def test_a_source_is_removed_only_when_somebody_says_so(give: CommandLine, service: Service, shop: Path) -> None:
    give("source", "put", "shop", shop)
    refused = give("source", "delete", "shop")
    assert (refused.status, "add --yes" in refused.err) == (1, True)
    assert give("source", "delete", "shop", "--yes").out == "The source shop is removed.\n"
    assert give("source", "show", "shop").status == 1


def test_all_kinds_are_listed_and_one_with_all_it_can_be_set_to(give: CommandLine, service: Service) -> None:
    from app.doors.kinds import KINDS

    listed = give("source", "kinds").out
    assert all(any(line.split()[:1] == [kind] for line in listed.splitlines()) for kind in KINDS)
    one = give("source", "kinds", "generic", "--language", "zh").out
    assert "其他系统" in one
    assert all(option.name in one for option in KINDS["generic"].options)
    assert "签名在哪个请求头里" in one
    # What a star means is said where there is one.
    for kind, sender in KINDS.items():
        stars = any(option.needed for option in sender.options)
        shown = give("source", "kinds", kind, "--language", "zh").out
        assert ("必须填写" in shown, " *" in shown) == (stars, stars), kind
    assert "the header with" not in one
    english = give("source", "kinds", "generic", "--language", "en").out
    assert "the header with the signature" in english
    assert 'did you mean "typeform"?' in give("source", "kinds", "typform").err


def test_a_body_that_is_tried_is_shown_with_the_field_that_a_misspelt_one_means(
    give: CommandLine, service: Service, shop: Path, tmp_path: Path
) -> None:
    give("source", "put", "shop", shop)
    body = write(tmp_path / "body.json", json.dumps({"email": "a@a.example", "bugdet": "50000"}))
    assert "“bugdet” is not a field of a lead (did you mean budget?)" in give("source", "try", "shop", body).out
    assert "线索没有“bugdet”字段（是否想写 budget？）" in give("source", "try", "shop", body, "--language", "zh").out


def test_a_body_that_is_tried_is_shown_field_by_field_with_where_each_came_from(
    give: CommandLine, service: Service, shop: Path, tmp_path: Path
) -> None:
    give("source", "put", "shop", shop)
    body = write(tmp_path / "body.json", json.dumps({**BODY, "employees": "rather many"}))
    tried = give("source", "try", "shop", body)
    assert tried.status == 0, tried.err
    assert tried.out.startswith("Read as application/json.\n")
    assert row(tried.out, "email") == ["email", "wei@factory.example", "customer.mail", "mapped"]
    assert row(tried.out, "phone")[:4] == ["phone", "+8613800138000", "customer.mobile", "recognised"]
    assert row(tried.out, "budget") == ["budget", "CNY 50000", "order.sum", "mapped", "50000 cny"]
    assert row(tried.out, "source") == ["source", "shop", "shop", "default"]
    assert "rather many" in tried.out
    assert "As it stands it would be refused: no secret came with the request" in tried.out
    assert "--header “X-Webhook-Secret: SECRET”" in tried.out
    assert service.assigned() == 0
    chinese = give("source", "try", "shop", body, "--language", "zh").out
    assert row(chinese, "email")[-1] == "映射"
    assert json.loads(give("source", "try", "shop", body, "--json").out)["items"][0]["lead"]["budget"] == "CNY 50000"


def test_the_type_of_a_body_is_told_by_what_is_in_it(give: CommandLine, service: Service, tmp_path: Path) -> None:
    give("source", "put", "any", write(tmp_path / "any.yaml", "kind: generic\n"))
    boundary = "-----------------------9051914041544843365972754266"
    bodies = {
        "application/json": '{"email": "kim@example.com"}',
        "text/xml": "<?xml version='1.0'?><lead><email>kim@example.com</email></lead>",
        "application/x-www-form-urlencoded": "email=kim%40example.com&name=Kim",
        f'multipart/form-data; boundary="{boundary}"': (
            f'--{boundary}\r\nContent-Disposition: form-data; name="email"\r\n\r\nkim@example.com\r\n--{boundary}--\r\n'
        ),
    }
    for content_type, body in bodies.items():
        tried = give("source", "try", "any", write(tmp_path / "body", body))
        assert tried.out.splitlines()[0] == f"Read as {content_type}."
        assert row(tried.out, "email")[1] == "kim@example.com", content_type
    said = give("source", "try", "any", write(tmp_path / "body", "<email>"), "--type", "text/plain")
    assert said.out.startswith("Read as text/plain.")
    said = give("source", "try", "any", tmp_path / "body", "--header", "Content-Type: text/plain")
    assert said.out.startswith("Read as text/plain.")


def test_a_body_can_be_tried_as_genuine_and_one_that_is_not_understood_fails(
    give: CommandLine, service: Service, shop: Path, tmp_path: Path
) -> None:
    secret = json.loads(give("source", "put", "shop", shop, "--json").out)["secret"]
    body = write(tmp_path / "body.json", json.dumps(BODY))
    for words in (("--header", f"X-Webhook-Secret: {secret}"), ("--query", f"?key={secret}&page=a b")):
        assert "would be refused" not in give("source", "try", "shop", body, *words).out
    broken = give("source", "try", "shop", write(tmp_path / "broken.json", '{"a": '))
    assert (broken.status, broken.err) == (1, "")
    assert "it is not JSON" in broken.out or "JSON" in broken.out
    for words, wrong in (
        (("--header", "Authorization: x"), "this request's own"),
        (("--header", "no header"), "write it as"),
        (("--type", "a\nb"), "--type"),
        (("--delivery", "x"), "give a file with a body, or --delivery"),
    ):
        refused = give("source", "try", "shop", body, *words)
        assert (refused.status, wrong in refused.err) == (1, True), refused


def test_a_delivery_that_was_kept_is_tried_in_the_place_of_a_file(
    give: CommandLine, service: Service, shop: Path
) -> None:
    made = json.loads(give("source", "put", "shop", shop, "--json").out)
    headers = {"X-Webhook-Secret": made["secret"]}
    httpx.post(f"{service.url}/v1/webhooks/shop", json=BODY, headers=headers, trust_env=False)
    (kept,) = service.http.get("/v1/deliveries").json()["items"]
    tried = give("source", "try", "shop", "--delivery", kept["id"])
    assert row(tried.out, "email")[2] == "customer.mail"
