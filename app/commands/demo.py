"""``lead-router demo``: sample leads go into a running service, and one sees who gets them as it happens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.commands.client import KeyOption, Target, UrlOption
from app.commands.terminal import CannotDo, Language, LanguageOption, bar, spoken

if TYPE_CHECKING:
    import httpx
    from rich.console import Console, RenderableType

    from app.engine.explain import Language as Spoken

_SHOWN: Final = 12
"""Leads on the screen at a time."""
_HAN: Final = "云海星河松竹梅兰山川林泉晨曦远航金石青禾白鹭长风明月"
_WORDS: Final = (
    "Amber",
    "Birch",
    "Cedar",
    "Dune",
    "Ember",
    "Fjord",
    "Glade",
    "Harbor",
    "Iris",
    "Juniper",
    "Koi",
    "Lumen",
)


@dataclass(slots=True)
class _Seen:
    """What has come in, as far as it is shown."""

    lines: deque[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=_SHOWN))
    reps: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)


def demo(
    url: UrlOption = None,
    key: KeyOption = None,
    rate: Annotated[float, typer.Option(help="Leads per second.", min=0.01, max=1000)] = 2.0,
    count: Annotated[int | None, typer.Option(help="How many leads.", min=1, show_default="until Ctrl-C")] = None,
    sample: Annotated[
        Language | None, typer.Option(help="Whose leads.", show_default="LEAD_ROUTER_SAMPLE, else zh")
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Send sample leads to a running service, and show who gets them and why.

    They are recorded like any others: try it on a service that is for trying.
    Companies and people are made up anew each time.

    \b
    Examples:
      lead-router demo
      lead-router demo --rate 20 --count 500 --language zh
      lead-router demo --sample en --url http://127.0.0.1:8000
    """
    from app import seed, settings
    from app.commands.client import target
    from app.commands.terminal import out

    chosen = settings.load().sample if sample is None else sample.value
    leads = [
        json.loads(line) for line in seed.sample("en" if chosen == "en" else "zh").leads.read_text("utf-8").splitlines()
    ]
    said_in = spoken(language)
    seen = _Seen()
    console = out()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(target(url, key), leads, seen, console, rate, count, said_in))
    _sum_up(console, seen, said_in)


async def _run(
    target: Target,
    leads: list[dict[str, Any]],
    seen: _Seen,
    console: Console,
    rate: float,
    count: int | None,
    language: Spoken,
) -> None:
    import httpx
    from rich.live import Live

    from app.commands.client import refusal, unreachable

    stream = _made_up(leads)
    started = time.monotonic()
    headers = {"Accept-Language": language}
    live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
    async with httpx.AsyncClient(**target.options()) as client:
        if live is not None:
            live.start()
        try:
            number = 0
            while count is None or number < count:
                lead = next(stream)
                try:
                    response = await client.post("/v1/leads", json=lead, headers=headers)
                except httpx.HTTPError as error:
                    raise unreachable(target.url, error) from None
                if response.status_code == 503:
                    await asyncio.sleep(1)
                    continue
                if response.is_error:
                    raise refusal(response)
                number += 1
                _see(seen, lead, _checked(response, target))
                if live is not None:
                    live.update(_screen(seen, language), refresh=True)
                else:
                    console.print(_line(*seen.lines[-1], language), soft_wrap=True)
                await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
        finally:
            if live is not None:
                live.stop()


def _checked(response: httpx.Response, target: Target) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "explanation" not in answer:
        raise CannotDo("no_router", url=target.url)
    return answer


def _see(seen: _Seen, lead: dict[str, Any], answer: dict[str, Any]) -> None:
    seen.lines.append((lead, answer))
    seen.statuses[answer["status"]] += 1
    if answer["rep"] is not None:
        seen.reps[answer["rep"]["id"]] += 1
        seen.names[answer["rep"]["id"]] = answer["rep"]["name"]


def _made_up(leads: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The leads, over and over, each round as other people of other companies: else all would be known soon."""
    chance = random.Random()  # noqa: S311 - names, not secrets
    while True:
        mark = f"{chance.randrange(16**5):05x}"
        others: dict[str, str] = {}
        for lead in leads:
            made = dict(lead)
            if "external_id" in made:
                made["external_id"] = f"{made['external_id']}-{mark}"
            if "company" in made:
                name = made["company"]
                made["company"] = others.setdefault(name[:6], _company(chance, name))
            if made.get("email", "").count("@") == 1:
                person, domain = made["email"].strip().lower().split("@")
                made["email"] = f"{person}@{mark}-{domain}" if domain.endswith(".example") else made["email"]
            if "phone" in made:
                made["phone"] = others.setdefault(made["phone"], f"{made['phone'][:-2]}{chance.randrange(100):02}")
            yield made


def _company(chance: random.Random, like: str) -> str:
    if any("\u4e00" <= character <= "\u9fff" for character in like):
        return f"{''.join(chance.sample(_HAN, 4))}示例有限公司"
    return f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {chance.randrange(1000)} Example Ltd"


def _line(lead: dict[str, Any], answer: dict[str, Any], language: Spoken) -> str:
    from app.commands.summary import WORDS

    rep = answer["rep"]["name"] if answer["rep"] else WORDS[answer["status"]][language]
    worth = f"{answer['tier'] or '-'} {answer['score'] if answer['score'] is not None else '-'}"
    return f"{_who(lead, language)}  [{worth}]  → {rep}  {answer['explanation']}"


def _who(lead: dict[str, Any], language: Spoken) -> str:
    place = lead.get("city") or lead.get("region") or lead.get("country")
    return ("，" if language == "zh" else ", ").join(
        str(part).strip() for part in (lead.get("name"), lead.get("company"), place) if part
    )


def _screen(seen: _Seen, language: Spoken) -> RenderableType:
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from app.commands.summary import WORDS

    table = Table(box=box.SIMPLE, expand=True, pad_edge=False, header_style="bold")
    table.add_column(WORDS["leads"][language], ratio=3, no_wrap=True)
    table.add_column(WORDS["tier"][language], justify="center", no_wrap=True)
    table.add_column(WORDS["rule"][language], no_wrap=True)
    table.add_column(WORDS["rep"][language], no_wrap=True)
    table.add_column("", ratio=4, no_wrap=True)
    for lead, answer in seen.lines:
        score = "" if answer["score"] is None else f" {answer['score']}"
        style = {"assigned": None, "queued": "yellow"}.get(answer["status"], "dim")
        rep = answer["rep"]["name"] if answer["rep"] else WORDS[answer["status"]][language]
        table.add_row(
            _who(lead, language),
            f"{answer['tier'] or ''}{score}",
            answer["rule"] or "",
            rep,
            answer["explanation"],
            style=style,
        )
    # The latest in full: there is seldom room for it in the table.
    latest = Text(f" {seen.lines[-1][1]['explanation']}\n" if seen.lines else "", style="bold")
    return Group(table, latest, _reps(seen, language))


def _reps(seen: _Seen, language: Spoken) -> RenderableType:
    from rich import box
    from rich.table import Table

    from app.commands.summary import WORDS

    table = Table(box=box.SIMPLE, pad_edge=False, header_style="bold")
    table.add_column(WORDS["rep"][language], no_wrap=True)
    table.add_column(WORDS["leads"][language], justify="right")
    table.add_column("", min_width=20)
    most = max(seen.reps.values(), default=0)
    # By id, so that nobody moves while one looks.
    for rep, count in sorted(seen.reps.items()):
        table.add_row(f"{rep}  {seen.names[rep]}", str(count), bar(count, most))
    return table


def _sum_up(console: Console, seen: _Seen, language: Spoken) -> None:
    from app.commands.summary import headline

    if seen.statuses:
        console.print(headline(seen.statuses.total(), seen.statuses, language))
        console.print(_reps(seen, language))
