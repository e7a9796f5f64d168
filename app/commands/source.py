"""``lead-router source``: by which doors do leads come into a running service? Put, listed, given secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.commands.client import KeyOption, UrlOption
from app.commands.source_try import SourceId, try_
from app.commands.source_words import WORDS
from app.commands.terminal import CannotDo, JsonOption, LanguageOption, Said, Sentence, YesOption

if TYPE_CHECKING:
    from app.commands.terminal import Speaker

commands = typer.Typer(help="Set up and try what leads come in by: web forms, webhooks, CRMs.", no_args_is_help=True)

SecretFrom = Annotated[
    Path | None,
    typer.Option(
        help="The sender's own secret, from a file; - asks for it, or reads standard input.",
        show_default="one is made, where the sender takes it",
    ),
]

_DOCUMENT: Final = ("kind", "name", "enabled", "mapping", "options", "rate", "form")
_EMPTY: Final[Mapping[str, Any]] = {
    "name": None, "enabled": True, "mapping": {}, "options": {}, "rate": None, "form": None,
}  # fmt: skip


@commands.command("list")
def list_(
    json: JsonOption = False, url: UrlOption = None, key: KeyOption = None, language: LanguageOption = None
) -> None:
    """List the sources, by id."""
    from app.commands.client import calling
    from app.commands.terminal import Speaker, out, print_json, table_of, when

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        found = list(caller.listed("/v1/sources"))
    if json:
        print_json(found)
        return
    if not found:
        out().print(say("none"))
        return
    table = table_of(say, "id", "kind", "name", "status", "address", "updated", whole=("id", "kind", "updated"))
    for one in found:
        table.add_row(
            one["id"],
            one["kind"],
            one["name"] or "",
            say("on") if one["enabled"] else say("off"),
            _address(caller.url, one),
            when(one["updated_at"]),
            style=None if one["enabled"] else "dim",
        )
    out().print(table)


@commands.command()
def kinds(
    kind: Annotated[str | None, typer.Argument(help="One kind, with all its options.", show_default="all")] = None,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """List the kinds of senders that are understood, and the options of each."""
    from app.commands.client import calling
    from app.commands.terminal import Speaker, as_yaml, out, print_json, table_of
    from app.engine.problems import suggest

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        found = caller.ask("GET", "/v1/sources/kinds")["items"]
    if kind is not None:
        known = [one["kind"] for one in found]
        if kind not in known:
            ending = suggest(kind[:64], known)
            hint = Sentence(ending) if ending else Said("one_of", known=", ".join(known))
            raise CannotDo("kind_unknown", hint=hint)
        found = [one for one in found if one["kind"] == kind]
    if json:
        print_json(found)
        return
    table = table_of(say, "kind", "title", "secret", "option", "meaning", whole=("kind",))
    for one in found:
        first = (one["kind"], one["title"][say.language], say(f"secret_{one['secret'] or 'none'}"))
        options = [
            (f"{of['name']}{' *' if of['needed'] else ''}", of["meanings"][say.language]) for of in one["options"]
        ]
        for index, option in enumerate(options or [("", "")]):
            table.add_row(*(first if index == 0 else ("", "", "")), *option)
    out().print(table)
    if any(of["needed"] for one in found for of in one["options"]):
        out().print(say("needed"), style="dim")
    if kind is not None and found[0]["own_secret"]:
        out().print(Sentence(found[0]["own_secret"]).said(say.language), style="dim", soft_wrap=True)
    if kind is not None and found[0]["mapping"]:
        out().print(as_yaml({"mapping": found[0]["mapping"]}), end="", soft_wrap=True)


@commands.command()
def show(
    id: SourceId,  # noqa: A002
    document: Annotated[
        bool, typer.Option("--document", help="Print the document alone, in YAML, as put takes it.")
    ] = False,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Show a source: its address, its secrets by their last characters, and its document.

    \b
    Examples:
      lead-router source show website
      lead-router source show website --document > website.yaml
    """  # fmt: skip
    from app.commands.client import at, calling
    from app.commands.terminal import Speaker, as_yaml, facts, out, print_json, updated

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        found = caller.ask("GET", at("/v1/sources/{}", id))
    if json:
        print_json(found)
        return
    text = as_yaml({name: found[name] for name in _DOCUMENT if name == "kind" or found[name] != _EMPTY[name]})
    if document:
        typer.echo(text, nl=False)
        return
    rows = [(say("address"), _address(caller.url, found)), *_secrets(say, found["secrets"])]
    rows.append((say("updated"), updated(say, found)))
    console = out()
    console.print(facts(rows))
    console.print(text, end="", soft_wrap=True)


@commands.command()
def put(
    id: SourceId,  # noqa: A002
    file: Annotated[Path, typer.Argument(help="The source, YAML or JSON; - for standard input.", show_default=False)],
    secret_from: SecretFrom = None,
    token_from: Annotated[
        Path | None,
        typer.Option(help="A token to fetch fields with, where the sender sends ids alone; as --secret-from."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only have the service check it.")] = False,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Put a source, new or in the place of the one that is there.

    Of a new one it prints the address that its sender is to deliver to, and
    the secret that was made for it: this once. A sender that signs with none
    but its own, such as Meta, needs --secret-from; “source kinds” says which.
    Secrets of one that is there are changed with “source secret”.

    \b
    Examples:
      lead-router source put website website.yaml
      echo '{kind: typeform}' | lead-router source put survey -
      lead-router source put crm crm.yaml --secret-from client-secret.txt
    """  # fmt: skip
    from app.commands.client import Refused, at, calling
    from app.commands.files import only_one_from_stdin, open_document, secret_in
    from app.commands.terminal import Speaker, err, facts, out, print_json, warn

    say = Speaker(WORDS, language)
    given = {"secret": secret_from, "token": token_from}
    only_one_from_stdin(file, *given.values())
    document = open_document(file, "source")
    body = {**document.data, **{name: secret_in(path, say(name)) for name, path in given.items() if path is not None}}
    with calling(url, key) as caller:
        try:
            answer = caller.call("PUT", at("/v1/sources/{}", id), json=body, params={"dry_run": dry_run})
        except Refused as refused:
            raise document.refused(refused) from None
    assert answer is not None
    found = answer.json()
    if json:
        print_json(found)
        return
    if dry_run:
        out().print(say("checked", id=id))
        return
    new = answer.status_code == 201
    rows = [(say("address"), _address(caller.url, found))]
    rows += [(say(name), found[name]) for name in ("secret", "token") if found.get(name)]
    out().print(say("made" if new else "changed", id=id, revision=found["revision"]))
    out().print(facts(rows), soft_wrap=True)
    warn(err(), found["warnings"])
    err().print(_next(say, found, new=new), soft_wrap=True)


@commands.command()
def delete(
    id: SourceId,  # noqa: A002
    yes: YesOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Remove a source and its secrets. What arrived at it, and the leads that came by it, stay."""
    from app.commands.client import at, calling
    from app.commands.terminal import Speaker, confirmed, out

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        answer = caller.call("GET", at("/v1/sources/{}", id))
        assert answer is not None
        if not yes and not confirmed(say("remove", id=id), Said("yes_to_remove")):
            raise CannotDo("unchanged")
        caller.ask("DELETE", at("/v1/sources/{}", id), headers={"If-Match": answer.headers["etag"]})
    out().print(say("removed", id=id))


@commands.command()
def secret(
    id: SourceId,  # noqa: A002
    secret_from: SecretFrom = None,
    token: Annotated[
        bool, typer.Option("--token", help="It is the token that fields are fetched with; needs --secret-from.")
    ] = False,
    keep_old_hours: Annotated[
        float, typer.Option(min=0, max=2160, help="For how many hours the old ones stay valid.")
    ] = 24,
    remove: Annotated[
        str | None, typer.Option(metavar="SECRET", help="Make no new one, but have this one be valid no more.")
    ] = None,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Give a source a new secret, and print it: this once. Or take one away.

    Standard output holds the secret alone. The old ones stay valid for a
    while, so that nothing is refused until the sender has the new one. All
    that are valid are listed beside it, and by “source show”, with the ids
    that --remove takes.

    \b
    Examples:
      lead-router source secret website
      lead-router source secret crm --secret-from - --keep-old-hours 0
      lead-router source secret crm --remove 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11
    """  # fmt: skip
    from app.commands.client import at, calling
    from app.commands.files import secret_in
    from app.commands.terminal import Speaker, err, facts, out, print_json, warn

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        if remove is not None:
            caller.ask("DELETE", at("/v1/sources/{}/secrets/{}", id, remove))
            out().print(say("forgotten", id=id))
            return
        body: dict[str, Any] = {"purpose": "token" if token else "secret", "keep_old_hours": keep_old_hours}
        if secret_from is not None:
            body["secret"] = secret_in(secret_from, say(body["purpose"]))
        found = caller.ask("POST", at("/v1/sources/{}/secrets", id), json=body)
    if json:
        print_json(found)
        return
    if "secret" in found:
        typer.echo(found["secret"])
        err().print(say("once", hours=f"{keep_old_hours:g}"))
        warn(err(), found.get("warnings", ()))
    else:
        out().print(say("taken", hours=f"{keep_old_hours:g}"))
    err().print(facts(_secrets(say, found["secrets"])), soft_wrap=True)


@commands.command()
def snippet(
    id: SourceId,  # noqa: A002
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Print a web form that posts to a source, ready to be pasted into a page.

    \b
    Examples:
      lead-router source snippet website > form.html
    """  # fmt: skip
    from app.commands.client import at, calling
    from app.commands.terminal import Speaker

    headers = {"Accept-Language": Speaker(WORDS, language).language}
    with calling(url, key) as caller:
        answer = caller.call("GET", at("/v1/sources/{}/snippet", id), headers=headers)
    assert answer is not None
    typer.echo(answer.text, nl=False)


commands.command("try")(try_)


def _address(base: str, source: Mapping[str, Any]) -> str:
    """Where its sender delivers; where the service does not know its public address, by the one it was called at."""
    address = str(source["address"])
    return f"{base}{address}" if address.startswith("/") else address


def _secrets(say: Speaker, secrets: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each secret that is valid: what it is for; its id, its end, and since and until when."""
    from app.commands.terminal import when

    rows = []
    for one in secrets:
        until = "" if one["expires_at"] is None else say("until", time=when(one["expires_at"]))
        shown = say("too_short") if one["hint"] is None else f"…{one['hint']}"
        kept = say("kept_secret", shown=shown, time=when(one["created_at"]), until=until)
        rows.append((say(one["purpose"]), f"{one['id']}  {kept}"))
    return rows


def _next(say: Speaker, source: Mapping[str, Any], *, new: bool) -> str:
    """What to do now, in one line."""
    from app.doors.form import FORM
    from app.doors.kinds import KINDS
    from app.doors.source import travels
    from app.engine.explain import between
    from app.senders.generic import GENERIC

    if not new:
        word = "next_changed"
    elif source["kind"] == FORM:
        word = "next_form"
    elif source.get("secret") is None:
        word = "next_given"
    else:
        sender = KINDS.get(source["kind"])
        signs = sender is not None and not travels(sender, source["options"])
        word = "next_signed" if signs else "next_bare"
    titles = KINDS[source["kind"]].title if source["kind"] in KINDS else (source["kind"],) * 2
    # What is any other system has no name that it could be called by.
    title = say("sender") if source["kind"] == GENERIC.kind else titles[say.language == "zh"]
    return say(word, id=source["id"], title=between(title) if say.language == "zh" else title)
