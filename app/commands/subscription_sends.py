"""``lead-router subscription sends``, ``redrive``: what became of telling a receiver of each event?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from app.commands.client import KeyOption, UrlOption
from app.commands.subscription_words import WORDS
from app.commands.terminal import JsonOption, LanguageOption

SubscriptionId = Annotated[str, typer.Argument(metavar="ID", help="The subscription's id.", show_default=False)]

STYLES: Final = {"waiting": "yellow", "delivered": "green", "dead": "bold red"}
"""The colours of what became of a send."""

MOST_REDRIVEN: Final = 10_000
"""Events that the service sends again by one call, at most."""


class State(StrEnum):
    """What can have become of telling of an event."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


def sends(
    id: SubscriptionId,  # noqa: A002
    state: Annotated[State | None, typer.Option(help="Those of this state alone.", show_default="any")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, at most.")] = 50,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """List what became of telling of each event, the newest first.

    \b
    Examples:
      lead-router subscription sends crm --state dead
    """  # fmt: skip
    from rich.text import Text

    from app.commands.client import at, calling
    from app.commands.terminal import Speaker, heard, out, print_json, table_of, when

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        found = list(caller.listed(at("/v1/subscriptions/{}/sends", id), limit, state=state))
    if json:
        print_json(found)
        return
    if not found:
        out().print(say("no_sends"))
        return
    table = table_of(
        say, "event", "type", "at", "state", "attempts", "due", "said", whole=("event", "at", "state", "due")
    )
    for one in found:
        table.add_row(
            one["event_id"],
            one["type"],
            when(one["at"]),
            Text(say.code(one["state"]), style=STYLES.get(one["state"], "")),
            str(one["attempts"]),
            when(one["due_at"]),
            heard(one, say.language),
        )
    out().print(table)


def redrive(
    id: SubscriptionId,  # noqa: A002
    events: Annotated[
        list[str] | None, typer.Argument(metavar="[EVENT]...", help="These events, whatever became of them.")
    ] = None,
    json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Send again what was given up, the oldest first; or the events that are named.

    \b
    Examples:
      lead-router subscription redrive crm
      lead-router subscription redrive crm evt_4713_1f2e3d4c5b6a7988
    """  # fmt: skip
    from app.commands.client import at, calling
    from app.commands.terminal import Speaker, err, number, out, print_json

    say = Speaker(WORDS, language)
    with calling(url, key) as caller:
        if events:
            path = "/v1/subscriptions/{}/sends/{}/redrive"
            told: Any = [caller.ask("POST", at(path, id, event)) for event in events]
            count = len(told)
        else:
            told = caller.ask("POST", at("/v1/subscriptions/{}/redrive", id), params={"state": "dead"})
            count = told["redriven"]
    if json:
        print_json(told)
        return
    out().print(say("again", count=number(count)) if count else say("nothing"))
    if count >= MOST_REDRIVEN and not events:
        out().print(say("more"))
    elif count:
        err().print(say("next_sends", id=id), soft_wrap=True)
