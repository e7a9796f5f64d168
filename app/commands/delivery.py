"""``lead-router delivery``: what came to the doors of a running service? Listed, shown, driven again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Set
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from app.commands.client import KeyOption, UrlOption
from app.commands.delivery_words import WORDS
from app.commands.terminal import CannotDo, JsonOption, LanguageOption, Sentence

if TYPE_CHECKING:
    from app.commands.client import Caller
    from app.commands.terminal import Speaker

commands = typer.Typer(help="See what came to the doors, and drive it again.", no_args_is_help=True)

STYLES: Final = {
    "received": "cyan", "waiting": "yellow", "done": "green", "passed": "dim", "refused": "red",
    "not_understood": "bold red", "rejected": "dim red", "failed": "bold red",
}  # fmt: skip
"""The colours of states."""

LOOK_SECONDS: Final = 0.25
"""How long to wait before looking again how far it is."""

MOST_REDRIVEN: Final = 10_000
"""Deliveries that the service drives again by one call, at most."""


class State(StrEnum):
    """What can have become of a delivery."""

    RECEIVED = "received"
    WAITING = "waiting"
    DONE = "done"
    PASSED = "passed"
    REFUSED = "refused"
    NOT_UNDERSTOOD = "not_understood"
    REJECTED = "rejected"
    FAILED = "failed"


_SETTLED_BADLY: Final = frozenset({State.REFUSED, State.NOT_UNDERSTOOD, State.REJECTED, State.FAILED})

DeliveryId = Annotated[str, typer.Argument(metavar="ID", help="The delivery's id.", show_default=False)]
StateOption = Annotated[State | None, typer.Option(help="Those of this state alone.", show_default="any")]
SourceOption = Annotated[str | None, typer.Option(help="Those of this source alone.", show_default="any")]


@commands.command("list")
def list_(
    state: StateOption = None,
    source: SourceOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, at most.")] = 50,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """List what came, the newest first, and what became of it.

    \b
    Examples:
      lead-router delivery list --state not_understood
      lead-router delivery list --source website --limit 500
    """  # fmt: skip
    from rich.text import Text

    from app.commands.client import calling
    from app.commands.terminal import Speaker, out, print_json, table_of, when

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        found = list(caller.listed("/v1/deliveries", limit, state=state, source=source))
    if json:
        print_json(found)
        return
    if not found:
        out().print(say("none"))
        return
    table = table_of(say, "id", "received_at", "source", "state", "leads", "why", whole=("id", "received_at", "state"))
    for one in found:
        table.add_row(
            one["id"],
            when(one["received_at"]),
            one["source"],
            Text(say.code(one["state"]), style=STYLES.get(one["state"], "")),
            str(sum("lead_id" in item for item in one["items"]) or ""),
            _why(say, one),
        )
    out().print(table)


def _id(given: str) -> UUID:
    """The id of a delivery. Raises CannotDo if it cannot be one."""
    try:
        return UUID(given)
    except ValueError:
        raise CannotDo("delivery_id", shown=given[:64]) from None


@commands.command()
def show(
    id: DeliveryId,  # noqa: A002
    body: Annotated[bool, typer.Option("--body", help="Print the body alone, byte by byte as it came.")] = False,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Show a delivery as it came, less what was secret in it, and what became of it.

    \b
    Examples:
      lead-router delivery show 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11
      lead-router delivery show 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11 --body > body.json
    """  # fmt: skip
    from app.commands.client import calling
    from app.commands.terminal import Speaker, print_json

    delivery = _id(id)
    with calling(url, key) as caller:
        found = caller.ask("GET", f"/v1/deliveries/{delivery}")
    if json:
        print_json(found)
    elif body:
        typer.echo(_body(found), nl=False)
    else:
        _show(Speaker(WORDS, language), found)


@commands.command()
def redrive(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="These deliveries.")] = None,
    state: StateOption = None,
    source: SourceOption = None,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Vouch for them: they are taken without a check, and show who wanted it so."),
    ] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until they are settled.")] = False,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Drive deliveries again, by their source as it is set now.

    No lead is assigned twice. With --state all of that state are driven, the
    oldest first, at most 10,000 at a time, and it waits until each has been
    tried. The exit status is 1 if any came to a bad end again.

    \b
    Examples:
      lead-router delivery redrive --state not_understood --source website
      lead-router delivery redrive 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11
    """  # fmt: skip
    from app.commands.client import calling
    from app.commands.terminal import Speaker, err, print_json

    say = Speaker(WORDS, language)
    if bool(ids) is (state is not None):
        raise CannotDo("which")
    if ids and source is not None:
        raise CannotDo("source_alone")
    if state is State.RECEIVED:
        raise CannotDo("already_driven")
    chosen = [_id(given) for given in ids or ()]
    with calling(url, key) as caller:
        if chosen:
            told = [caller.ask("POST", f"/v1/deliveries/{one}/redrive", params={"trust": trust}) for one in chosen]
            became = Counter(one["state"] for one in told)
            if json:
                print_json(told)
            else:
                _each(say, told)
        else:
            assert state is not None
            which = {"state": state, "source": source}
            known = set() if no_wait else _ids(caller, which)
            asked = {name: value for name, value in which.items() if value is not None}
            answer = caller.ask("POST", "/v1/deliveries/redrive", params={**asked, "trust": trust})
            became = _wait(say, caller, known, source) if known and answer["redriven"] else Counter()
            if json:
                print_json({**answer, **({} if no_wait else {"became": became})})
            else:
                _all(say, answer["redriven"], became)
                if no_wait and answer["redriven"]:
                    err().print(say("later"), soft_wrap=True)
    if any(became[word] for word in _SETTLED_BADLY):
        raise typer.Exit(1)


def _ids(caller: Caller, which: dict[str, Any]) -> set[str]:
    """Those that are about to be driven: of so many the oldest, as the service takes them."""
    ids = [one["id"] for one in caller.listed("/v1/deliveries", **which)]
    return set(ids[-MOST_REDRIVEN:])


def _wait(say: Speaker, caller: Caller, known: Set[str], source: str | None) -> Counter[str]:
    """Wait until each has been driven; returns how many came to which state."""
    from app.commands.terminal import progress

    with progress() as shown:
        task = shown.add_task(say("driving"), total=len(known))
        while left := sum(one["reason"] == "redriven" for one in _among(caller, known, State.WAITING, source)):
            shown.update(task, completed=len(known) - left)
            time.sleep(LOOK_SECONDS)
        shown.update(task, completed=len(known))
    # What is done is most of all that ever came, and so not looked for among it.
    became: Counter[str] = Counter()
    for state in State:
        if state is not State.DONE:
            became[state.value] = len(_among(caller, known, state, source))
    became[State.DONE.value] = len(known) - became.total()
    return +became


def _among(caller: Caller, known: Set[str], state: State, source: str | None) -> list[dict[str, Any]]:
    """Those of them that are in a state now."""
    oldest, found = min(known), []
    for one in caller.listed("/v1/deliveries", state=state, source=source):
        if one["id"] < oldest:
            break
        if one["id"] in known:
            found.append(one)
    return found


def _each(say: Speaker, told: list[dict[str, Any]]) -> None:
    from rich.text import Text

    from app.commands.terminal import out

    for one in told:
        state = (say.code(one["state"]), STYLES.get(one["state"], ""))
        why = _why(say, one)
        out().print(Text.assemble(f"{one['id']}  ", state, f"  {why}" if why else ""), soft_wrap=True)


def _all(say: Speaker, count: int, became: Counter[str]) -> None:
    from rich.text import Text

    from app.commands.terminal import number, out

    out().print(say("count", count=number(count)) if count else say("nothing"))
    for state, many in became.most_common():
        out().print(Text.assemble("  ", (say.code(state), STYLES.get(state, "")), f"{say.colon}{number(many)}"))
    if count >= MOST_REDRIVEN:
        out().print(say("more"))


def _why(say: Speaker, one: dict[str, Any]) -> str:
    """Why it is as it is: in the words that the service has for it, else by its code."""
    detail = str(one["detail"] or "")
    # The service's own words name the reason themselves.
    if detail and say.language == "en":
        return detail
    # What is understood and waits or is refused says so by its state already.
    reason = "" if one["reason"] in (None, one["state"]) else say.code(one["reason"])
    return say.colon.join(part for part in (reason, Sentence(detail).said(say.language)) if part)


def _body(one: dict[str, Any]) -> bytes:
    import base64

    return base64.b64decode(one["body_base64"]) if "body_base64" in one else str(one["body"]).encode()


def _show(say: Speaker, one: dict[str, Any]) -> None:
    from rich.text import Text

    from app.commands.terminal import facts, number, out, table_of, when

    console = out()
    rows = [
        (say("source"), one["source"]),
        (say("state"), say.code(one["state"])),
        (say("why"), _why(say, one)),
        (say("received_at"), when(one["received_at"])),
        (say("done_at"), when(one["done_at"])),
        (say("next_at"), when(one["next_at"])),
        (say("attempts"), str(one["attempts"])),
        (say("verified"), say("yes") if one["verified"] else say("no")),
        (say("trusted_by"), one["trusted_by"] or ""),
        (say("address"), one["address"] or ""),
    ]
    console.print(facts([row for row in rows if row[1]]))
    if one["items"]:
        table = table_of(say, "status", "lead", "event", "why", whole=("lead",))
        for item in one["items"]:
            status = f"{say.code(item['status'])}{say('again') if item.get('replayed') else ''}"
            table.add_row(
                status,
                item.get("lead_id") or "",
                item["key"] or "",
                Sentence(item.get("error") or "").said(say.language),
            )
        console.print(table)
    console.print()
    console.print(Text(f"{one['method']} {one['url']}", style="bold"), soft_wrap=True)
    for name, value in one["headers"].items():
        console.print(Text(f"{name}: {value}", style="dim"), soft_wrap=True)
    console.print()
    if "body" in one:
        console.print(Text(one["body"]), soft_wrap=True)
    else:
        console.print(say("no_text", size=number(one["size"]), id=one["id"]), style="dim", soft_wrap=True)
