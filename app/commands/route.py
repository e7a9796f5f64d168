"""``lead-router route``: who would get these leads? Decided here, without a service or a database."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.commands.leads_file import LEADS_HELP, FormatOption, Item, LeadsFile, SheetOption
from app.commands.terminal import PATIENCE, CannotDo, Language, LanguageOption, Sentence, of_system, spoken
from app.record.cells import MARK, cell

if TYPE_CHECKING:
    from app.commands.summary import Tally
    from app.engine.explain import Language as Spoken
    from app.engine.policy import Policy
    from app.engine.roster import Roster
    from app.lane.batch import Answer
    from app.lane.memory import MemoryLane

_COLUMNS: Final = (
    "line", "external_id", "status", "reason", "rep", "rep_name", "team", "rule", "tier", "score", "first_contact_due",
    "replayed", "warnings", "explanation", "error",
)  # fmt: skip

Write = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class _Job:
    leads: LeadsFile
    policy: Policy
    roster: Roster
    now: datetime
    output: Path | None
    explain: int | None
    language: Spoken


def route(
    file: Annotated[Path, typer.Argument(help=LEADS_HELP, show_default=False)],
    policy: Annotated[Path | None, typer.Option(help="The policy.", show_default="that of the sample")] = None,
    roster: Annotated[list[Path] | None, typer.Option(help="The roster.", show_default="that of the sample")] = None,
    sample: Annotated[Language, typer.Option(help="Which sample stands in for what is not given.")] = Language.ZH,
    at: Annotated[
        str | None,
        typer.Option(help="When it is: 2026-03-02T10:00, with an offset or in local time.", show_default="now"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write every decision to this file: .csv, or else NDJSON with the trace.")
    ] = None,
    explain: Annotated[
        int | None, typer.Option(help="Show the whole trace of the lead on this line of the file.", min=1)
    ] = None,
    format: FormatOption = None,  # noqa: A002
    sheet: SheetOption = None,
    language: LanguageOption = None,
) -> None:
    """Decide a file of leads against a policy and a roster; show who gets how many.

    The same engine as in the service, on a world in memory: nobody carries
    anything yet, and nothing is kept. All leads are decided at one time, in
    the order of the file. The exit status is 1 if any line is refused; with
    --explain, if that one is no lead.

    \b
    Examples:
      lead-router route leads.csv --policy policy.yaml --roster roster.yaml
      lead-router route leads.ndjson --at 2026-03-02T23:00+08:00 --explain 3
      lead-router route leads.csv --output decisions.csv --language zh
    """
    from app import seed
    from app.commands.files import policy_of, roster_of

    stand_in = seed.sample("zh" if sample is Language.ZH else "en")
    now = _time(at)
    leads = LeadsFile(file, format, sheet)
    people = roster_of(roster or [stand_in.roster])
    rules, _ = policy_of(policy or stand_in.policy, people)
    if not asyncio.run(_run(_Job(leads, rules, people, now, output, explain, spoken(language)))):
        raise typer.Exit(1)


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CannotDo("at", text=text) from None


async def _run(job: _Job) -> bool:
    """Whether all that was asked for are leads."""
    from app.commands.summary import Tally, notes
    from app.commands.terminal import out
    from app.commands.trace import explained, settled
    from app.intake.normalise import warm
    from app.lane.batch import Answer
    from app.lane.memory import MemoryLane

    warm()
    lane = MemoryLane(job.policy, job.roster, now=job.now)
    tally = Tally(job.policy, job.roster)
    explanation, understood = None, True
    started = time.monotonic()
    with _writer(job.output) if job.output is not None else nullcontext() as write:
        for item in _with_bar(job.leads, started):
            trace = explained(item, lane, job.language) if item.line == job.explain and item.fault is None else []
            answer = _decide(item, lane, tally, write, job.language)
            if item.line == job.explain:
                explanation, understood = settled(item, answer, trace, job.language), isinstance(answer, Answer)
    console = out()
    if explanation is not None:
        for part in explanation:
            console.print(part)
    elif job.explain is not None:
        raise CannotDo("no_lead", path=job.leads.path, line=job.explain)
    else:
        tally.show(console, lane.world, job.language, time.monotonic() - started)
        understood = not tally.refused
        for note in notes(job.leads, job.language):
            console.print(note, style="yellow", soft_wrap=True)
    if job.output is not None:
        console.print(f"→ {job.output}", soft_wrap=True)
    return understood


def _decide(item: Item, lane: MemoryLane, tally: Tally, write: Write | None, language: Spoken) -> Answer | str:
    """The answer to a lead, or why its line is refused."""
    from app.errors import Conflict
    from app.intake.normalise import normalise
    from app.routers.present import lead_answer

    shown: dict[str, Any] = {"line": item.line, "external_id": item.fields.get("external_id")}
    try:
        if item.fault is not None:
            raise Conflict(item.fault)
        lead = normalise(item.fields, received_at=lane.world.now, extra_notices=item.notices)
        answer = lane.route(lead, item.fields)
    except Conflict as error:
        # One line is no lead, or is another lead's delivery; the others are none the worse for it.
        said = Sentence(error.detail).said(language)
        tally.failed(item.line, said)
        if write is not None:
            write({**shown, "error": said})
        return said
    tally.answered(answer, lane.records[-1] if lane.records else None)
    lane.records.clear()
    if write is not None:
        # Ids that were minted here name nothing.
        unnamed = replace(answer, lead_id=None, assignment_id=None)
        write({**shown, **lead_answer(unnamed, language, trace=True)})
    return answer


def _with_bar(leads: LeadsFile, started: float) -> Iterator[Item]:
    """The items of a file, with a progress bar on the terminal once it takes long."""
    from app.commands.terminal import progress

    items = leads.items()
    for item in items:
        yield item
        if time.monotonic() - started > PATIENCE:
            break
    else:
        return
    with progress() as shown:
        task = shown.add_task(leads.path.name, total=leads.size)
        for count, item in enumerate(items):
            yield item
            if count % 64 == 0:
                shown.update(task, completed=leads.read_bytes)


@contextmanager
def _writer(path: Path) -> Iterator[Write]:
    import orjson

    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise CannotDo("of_file", path=path, text=of_system(error)) from None
    with file:
        if path.suffix.lower() != ".csv":
            yield lambda shown: void(file.write(orjson.dumps(shown).decode() + "\n"))
            return
        file.write(MARK)
        table = csv.DictWriter(file, _COLUMNS)
        table.writeheader()
        yield lambda shown: void(table.writerow(_flat(shown)))


def void(_: object) -> None:
    """Take a result that nobody wants."""


def _flat(shown: dict[str, Any]) -> dict[str, Any]:
    rep = shown.get("rep") or {}
    due = shown.get("first_contact_due")
    flat = {
        **shown,
        "rep": rep.get("id"),
        "rep_name": rep.get("name"),
        "first_contact_due": due.isoformat() if due is not None else None,
        "warnings": " ".join(warning["message"] for warning in shown.get("warnings", ())),
    }
    return {column: cell(flat.get(column)) for column in _COLUMNS}
