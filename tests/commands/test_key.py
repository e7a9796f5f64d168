"""``key`` makes, lists and revokes the keys of a running service."""

import json

from tests.commands.conftest import CommandLine, Service


def test_a_key_is_made_printed_alone_listed_and_revoked(give: CommandLine, service: Service) -> None:
    assert give("key", "list").out.strip() == "There are no keys but the admin key."
    made = give("key", "create", "Server-side form", "--scope", "leads:write", "--rate", 600, "--days", 30)
    assert made.status == 0
    key = made.out.removesuffix("\n")
    assert "\n" not in key
    key_id = key.split("_")[1]
    assert f"lead-router key revoke {key_id}" in made.err
    headers = {"Authorization": f"Bearer {key}"}
    assert service.http.post("/v1/leads", json={}, headers=headers).status_code == 201

    (row,) = [line for line in give("key", "list").out.splitlines() if key_id in line]
    assert row.split()[:6] == [key_id, "Server-side", "form", "leads:write", "active", "600"]
    assert key not in row

    assert give("key", "revoke", key_id).out.strip() == f"The key {key_id} (Server-side form) is revoked."
    assert service.http.post("/v1/leads", json={}, headers=headers).status_code == 401
    chinese = give("key", "list", "--language", "zh").out
    assert "已吊销" in chinese
    assert "权限" in chinese


def test_json_is_what_the_service_answers(give: CommandLine, service: Service) -> None:
    made = json.loads(give("key", "create", "CRM", "--scope", "leads:write", "--scope", "leads:read", "--json").out)
    assert made["scopes"] == ["leads:write", "leads:read"]
    listed = json.loads(give("key", "list", "--json").out)
    assert listed == service.http.get("/v1/keys").json()["items"]
    assert json.loads(give("key", "revoke", made["id"], "--json").out)["status"] == "revoked"


def test_what_is_wrong_is_one_line_that_says_what(give: CommandLine, service: Service) -> None:
    wrong = give("key", "create", "x", "--scope", "leads")
    assert wrong.status == 1
    assert "scopes[0]" in wrong.err
    for strange in ("nothing-like-one", "a/b", "0" * 12):
        assert "no key" in give("key", "revoke", strange).err
    reader = give("key", "create", "x", "--scope", "leads:read").out.strip()
    refused = give("key", "list", "--key", reader)
    assert refused.status == 1
    assert "does not have the scope “admin”" in refused.err
    assert refused.err.count("\n") == 1
    # A whole key is as good as its id.
    assert give("key", "revoke", reader).status == 0
