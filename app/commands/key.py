"""``lead-router key``: who may call a running service? Keys are made, listed and revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from app.commands.client import KeyOption, UrlOption
from app.commands.terminal import CannotDo, JsonOption, LanguageOption, Words

_WORDS: Final[Words] = {
    "id": {"en": "Key", "zh": "密钥"},
    "name": {"en": "Name", "zh": "名称"},
    "scopes": {"en": "Scopes", "zh": "权限"},
    "status": {"en": "Status", "zh": "状态"},
    "rate": {"en": "A minute", "zh": "每分钟上限"},
    "expires": {"en": "Expires", "zh": "到期"},
    "used": {"en": "Last used", "zh": "最近使用"},
    "active": {"en": "active", "zh": "有效"},
    "expired": {"en": "expired", "zh": "已到期"},
    "revoked": {"en": "revoked", "zh": "已吊销"},
    "never": {"en": "never", "zh": "从不"},
    "any": {"en": "any", "zh": "不限"},
    "once": {
        "en": "This is shown once. Its id is {id}: lead-router key revoke {id} ends it.",
        "zh": "密钥只显示这一次。它的编号是 {id}；要吊销：lead-router key revoke {id}",
    },
    "ended": {"en": "The key {id} ({name}) is revoked.", "zh": "密钥 {id}（{name}）已吊销。"},
    "none": {"en": "There are no keys but the admin key.", "zh": "除管理密钥外没有其他密钥。"},
}

commands = typer.Typer(help="Make, list and revoke the keys of those who call.", no_args_is_help=True)


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="Who holds it, as the record is to name them.")],
    scope: Annotated[
        list[str],
        typer.Option(
            help="What it may do; once for each: leads:write, leads:read, history:read, roster:write, "
            "policy:write, admin."
        ),
    ],
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="How many days it holds.", show_default="until it is revoked")
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Requests and leads in a minute.", show_default="any number"),
    ] = None,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Make a key, and print it: this once.

    Standard output holds the key alone, for KEY=$(lead-router key create …).

    \b
    Examples:
      lead-router key create "Server-side form" --scope leads:write --rate 600
      lead-router key create CRM --scope leads:write --scope leads:read --days 365
    """  # fmt: skip
    from app.commands.client import calling
    from app.commands.terminal import Speaker, err, print_json

    body: dict[str, Any] = {"name": name, "scopes": scope, "rate_per_minute": rate}
    if days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    with calling(url, key) as caller:
        made = caller.ask("POST", "/v1/keys", json=body)
    if json:
        print_json(made)
        return
    typer.echo(made["key"])
    err().print(Speaker(_WORDS, language)("once", id=made["id"]))


@commands.command("list")
def list_(
    json: JsonOption = False, url: UrlOption = None, key: KeyOption = None, language: LanguageOption = None
) -> None:
    """List the keys, the newest first; also those that no longer hold."""
    from app.commands.client import calling
    from app.commands.terminal import Speaker, number, out, print_json, table_of

    say = Speaker(_WORDS, language)
    with calling(url, key) as caller:
        found = list(caller.listed("/v1/keys"))
    if json:
        print_json(found)
        return
    if not found:
        out().print(say("none"))
        return
    table = table_of(say, "id", "name", "scopes", "status", "rate", "expires", "used", whole=("id",))
    for one in found:
        table.add_row(
            one["id"],
            one["name"],
            " ".join(one["scopes"]),
            say.code(one["status"]),
            say("any") if one["rate_per_minute"] is None else number(one["rate_per_minute"]),
            (one["expires_at"] or say("never"))[:10],
            (one["last_used_at"] or say("never"))[:16].replace("T", " "),
            style=None if one["status"] == "active" else "dim",
        )
    out().print(table)


@commands.command()
def revoke(
    id: Annotated[str, typer.Argument(help="The key's id: what stands between lr_ and _ in it.")],  # noqa: A002
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Revoke a key, for good. Within two seconds it is refused everywhere."""
    import re

    from app.commands.client import at, calling
    from app.commands.terminal import Speaker, out, print_json
    from app.store.keys import ID

    # Whoever pastes a whole key means its id; the rest of it is sent nowhere.
    key_id = id.removeprefix("lr_").partition("_")[0]
    if not re.fullmatch(ID, key_id):
        raise CannotDo("no_such_key", id=key_id[:20])
    with calling(url, key) as caller:
        ended = caller.ask("POST", at("/v1/keys/{}/revoke", key_id))
    if json:
        print_json(ended)
        return
    out().print(Speaker(_WORDS, language)("ended", **ended))
