"""``lead-router subscription``: who is told of what a running service records? Put, listed, tested, sent to again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.commands.client import KeyOption, UrlOption
from app.commands.subscription_sends import SubscriptionId, redrive, sends
from app.commands.subscription_words import WORDS
from app.commands.terminal import CannotDo, JsonOption, LanguageOption, Said, Sentence, YesOption

if TYPE_CHECKING:
    from app.commands.terminal import Speaker

commands = typer.Typer(help="Set up and try who is told of what is recorded.", no_args_is_help=True)

_DOCUMENT: Final = ("kind", "events", "filter", "settings", "language", "personal_data", "enabled")
_EMPTY: Final[Mapping[str, Any]] = {
    "events": None, "filter": {}, "settings": {}, "language": "en", "personal_data": True, "enabled": True,
}  # fmt: skip


@commands.command("list")
def list_(
    json: JsonOption = False, url: UrlOption = None, key: KeyOption = None, language: LanguageOption = None
) -> None:
    """List the subscriptions, and how each is doing."""
    from rich.text import Text

    from app.commands.client import calling
    from app.commands.terminal import Speaker, number, out, print_json, table_of

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        found = list(caller.listed("/v1/subscriptions"))
    if json:
        print_json(found)
        return
    if not found:
        out().print(say("none"))
        return
    columns = ("id", "kind", "status", "behind", "of_waiting", "of_dead", "of_delivered", "last_failure")
    table = table_of(say, *columns, whole=("id", "kind"))
    for one in found:
        state = one["state"]
        table.add_row(
            one["id"],
            one["kind"],
            _status(say, one),
            number(state["behind"]),
            number(state["waiting"]),
            Text(number(state["dead"]), style="bold red" if state["dead"] else ""),
            number(state["delivered"]),
            Sentence(state["last_failure"] or "").said(say.language),
            style=None if one["enabled"] else "dim",
        )
    out().print(table)


@commands.command()
def show(
    id: SubscriptionId,  # noqa: A002
    document: Annotated[
        bool, typer.Option("--document", help="Print the document alone, in YAML, as put takes it.")
    ] = False,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Show a subscription: how it is doing, its secrets by their last characters, and its document.

    \b
    Examples:
      lead-router subscription show crm
      lead-router subscription show crm --document > crm.yaml
    """  # fmt: skip
    from app.commands.client import at, calling
    from app.commands.terminal import Speaker, as_yaml, facts, number, out, print_json, updated, when

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        found = caller.ask("GET", at("/v1/subscriptions/{}", id))
    if json:
        print_json(found)
        return
    found["filter"] = {name: values for name, values in found["filter"].items() if values is not None}
    text = as_yaml({name: found[name] for name in _DOCUMENT if name == "kind" or found[name] != _EMPTY[name]})
    if document:
        typer.echo(text, nl=False)
        return
    state = found["state"]
    rows = [(say("status"), _status(say, found))]
    rows += [
        (say(name).capitalize(), number(state[name])) for name in ("behind", "waiting", "dead", "delivered", "failed")
    ]
    failed = Sentence(state["last_failure"] or "").said(say.language)
    rows += [
        (say("last_delivered"), when(state["last_delivered_at"])),
        (say("last_failure"), " ".join(filter(None, (when(state["last_failed_at"]), failed)))),
        (say("rests_until"), when(state["rests_until"])),
    ]
    for name, one in found["secrets"].items():
        older = one["older_valid_until"]
        until = "" if older is None else say("until", time=when(older))
        shown = say("too_short") if one["ends_with"] is None else f"…{one['ends_with']}"
        kept = say("kept_secret", shown=shown, time=when(one["since"]), until=until)
        rows.append((say("secret", name=name), kept))
    rows.append((say("updated"), updated(say, found)))
    console = out()
    console.print(facts([row for row in rows if row[1]]))
    console.print(text, end="", soft_wrap=True)


@commands.command()
def put(
    id: SubscriptionId,  # noqa: A002
    file: Annotated[
        Path, typer.Argument(help="The subscription, YAML or JSON; - for standard input.", show_default=False)
    ],
    secret_from: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="A secret that the file does not hold, from another one; NAME=- asks for it, or reads standard input.",
        ),
    ] = None,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Put a subscription, new or in the place of the one that is there.

    Secrets that are not named stay. One that is made by this is printed: this
    once.

    \b
    Examples:
      lead-router subscription put crm crm.yaml
      lead-router subscription put sales-chat chat.yaml --secret-from url=-
    """  # fmt: skip
    from app.commands.client import Refused, at, calling
    from app.commands.files import only_one_from_stdin, open_document, secret_in
    from app.commands.terminal import Speaker, err, facts, out, print_json, warn

    say = Speaker(WORDS, language)
    given = dict(_named(one) for one in secret_from or [])
    only_one_from_stdin(file, *given.values())
    document = open_document(file, "subscription")
    body = document.data
    if given:
        secrets = body.get("secrets") or {}
        if not isinstance(secrets, dict):
            raise CannotDo("said", text=document.noted("secrets", Said("secrets_by_name").said(say.language)))
        body = {
            **body,
            "secrets": {**secrets, **{name: secret_in(path, say("secret", name=name)) for name, path in given.items()}},
        }
    with calling(url, key) as caller:
        try:
            answer = caller.call("PUT", at("/v1/subscriptions/{}", id), json=body)
        except Refused as refused:
            raise document.refused(refused) from None
    assert answer is not None
    found = answer.json()
    if json:
        print_json(found)
        return
    out().print(say("made" if answer.status_code == 201 else "changed", id=id, revision=found["revision"]))
    warn(err(), found["warnings"])
    made = [(say("secret", name=name), value) for name, value in found["made_secrets"].items()]
    if made:
        out().print(facts(made), soft_wrap=True)
    err().print(say("next_made" if made else "next", id=id), soft_wrap=True)


@commands.command()
def delete(
    id: SubscriptionId,  # noqa: A002
    yes: YesOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Remove a subscription, and what is known of its sends. What is under way may still arrive."""
    from app.commands.client import at, calling
    from app.commands.terminal import Speaker, confirmed, out

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        answer = caller.call("GET", at("/v1/subscriptions/{}", id))
        assert answer is not None
        if not yes and not confirmed(say("remove", id=id), Said("yes_to_remove")):
            raise CannotDo("unchanged")
        caller.ask("DELETE", at("/v1/subscriptions/{}", id), headers={"If-Match": answer.headers["etag"]})
    out().print(say("removed", id=id))


@commands.command("test")
def try_out(
    id: SubscriptionId,  # noqa: A002
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Send a made-up event to a receiver now, and say what it answers. Nothing of it is kept.

    The exit status is 1 if it was not taken.
    """
    from rich.text import Text

    from app.commands.client import at, calling
    from app.commands.terminal import Speaker, heard, out, print_json

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        found = caller.ask("POST", at("/v1/subscriptions/{}/test", id))
    taken = found["outcome"] == "delivered"
    if json:
        print_json(found)
    else:
        outcome = say("receiver_gone") if found["outcome"] == "gone" else say.code(found["outcome"])
        said = say("tested", type=found["type"], outcome=outcome, seconds=found["seconds"])
        told = heard(found, say.language)
        style = "green" if taken else "bold red"
        out().print(Text.assemble((said, style), f"{say.colon}{told}" if told else ""), soft_wrap=True)
    if not taken:
        raise typer.Exit(1)


@commands.command()
def secret(
    id: SubscriptionId,  # noqa: A002
    name: Annotated[str, typer.Argument(help="Which of its secrets: its kind has their names.")] = "secret",
    secret_from: Annotated[
        Path | None,
        typer.Option(
            help="The new value, from a file; - asks for it, or reads standard input.",
            show_default="one is made, where the kind makes this secret",
        ),
    ] = None,
    keep_old_hours: Annotated[
        float, typer.Option(min=0, max=168, help="For how many hours the old values stay valid.")
    ] = 24,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Give a secret of a subscription a new value; one that is made is printed: this once.

    Standard output holds it alone. The old one stays valid for a while, so
    that nothing is lost until the receiver has the new one.

    \b
    Examples:
      lead-router subscription secret crm
      lead-router subscription secret sales-chat url --secret-from -
    """  # fmt: skip
    from app.commands.client import at, calling
    from app.commands.files import secret_in
    from app.commands.terminal import Speaker, err, out, print_json

    say = Speaker(WORDS, language)
    body: dict[str, Any] = {"hours": keep_old_hours}
    if secret_from is not None:
        body["value"] = secret_in(secret_from, say("secret", name=name))
    with calling(url, key) as caller:
        found = caller.ask("POST", at("/v1/subscriptions/{}/secrets/{}", id, name), json=body)
    if json:
        print_json(found)
    elif found["value"] is not None:
        typer.echo(found["value"])
        err().print(say("once", hours=f"{keep_old_hours:g}"))
    else:
        out().print(say("taken", hours=f"{keep_old_hours:g}"))


commands.command()(sends)
commands.command()(redrive)


def _named(text: str) -> tuple[str, Path]:
    name, sign, path = text.partition("=")
    if not (name and sign and path):
        raise CannotDo("secret_from", text=text[:80])
    return name, Path(path)


def _status(say: Speaker, one: Mapping[str, Any]) -> str:
    if one["enabled"]:
        return say("on")
    why = (one["disabled"] or {}).get("why")
    return say("gone", why=Sentence(why).said(say.language)) if why else say("off")
