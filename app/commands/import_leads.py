"""``lead-router import``: send a file of leads to a running service, however long it takes and whatever comes between.

The file is cut into parts of a fixed size, and each is one bulk request with an ``Idempotency-Key`` made from the
file's content and the part's number. So a part that was cut off is sent again without a lead being routed twice, and
so is the whole file: what had been answered is answered again. One part is under way at a time, which keeps the leads
in the order of the file; the next one is read meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final

import typer

from app.commands.client import KeyOption, Target, UrlOption, listed, told_by
from app.commands.leads_file import LEADS_HELP, FormatOption, LeadsFile, SheetOption
from app.commands.terminal import COLON, CannotDo, LanguageOption, Said, Sentence, of_system, spoken

if TYPE_CHECKING:
    import httpx

    from app.engine.explain import Language as Spoken
    from app.engine.lead import Notice

PART_LEADS: Final = 500
PART_BYTES: Final = 4 * 1024 * 1024
"""Where parts end. The keys hang on it: with other numbers a repeated import would not know its leads again."""

MOST_REASONS: Final = 5
"""Refused lines whose reasons are shown in the terminal."""

PATIENCE: Final = 300.0
"""Seconds without an answer after which an import gives up."""
_DELAYS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


@dataclass(slots=True)
class _Part:
    """Some leads of the file, as they are sent; and lines of it that are no leads."""

    number: int
    lines: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    notices: list[tuple[Notice, ...]] = field(default_factory=list)
    """What is told of each lead here: the service gets to see no columns."""
    faults: list[tuple[int, str]] = field(default_factory=list)
    end: int = 0
    """How many bytes of the file have been read with it."""


class _Again(Exception):
    """The service cannot answer now; ``after``: seconds, if it has said so."""

    def __init__(self, why: Said, after: float = 0.0) -> None:
        super().__init__(str(why))
        self.why, self.after = why, after


@dataclass(slots=True)
class _Counts:
    """What has come of the import so far."""

    statuses: Counter[str] = field(default_factory=Counter)
    reps: Counter[str] = field(default_factory=Counter)
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)
    before: int = 0
    failed: int = 0
    reasons: list[tuple[int, str]] = field(default_factory=list)
    """Of the first lines that failed: which line, and what is wrong."""
    ids: bool = False
    """Whether any lead had an id of its own."""
    last_line: int = 0

    def answered(self, answer: dict[str, Any]) -> None:
        """Count one answer."""
        self.statuses[answer["status"]] += 1
        self.before += bool(answer["replayed"])
        self.warnings.update((one["field"], one["code"]) for one in answer["warnings"])
        if answer["rep"] is not None:
            self.reps[f"{answer['rep']['id']}  {answer['rep']['name']}"] += 1


def import_(
    file: Annotated[Path, typer.Argument(help=LEADS_HELP, show_default=False)],
    url: UrlOption = None,
    key: KeyOption = None,
    key_prefix: Annotated[
        str | None,
        typer.Option(help="What the leads' idempotency keys begin with.", show_default="made from the file's content"),
    ] = None,
    format: FormatOption = None,  # noqa: A002
    sheet: SheetOption = None,
    language: LanguageOption = None,
) -> None:
    """Send a file of leads to a running service.

    Given again after it was cut off, it goes on where it was: no lead is
    routed twice. The same file always resumes; to route it anew, give another
    --key-prefix. Of a file that was changed those leads are known again that
    have an external_id; without one each row is a new lead. Lines that fail
    are written to FILE.errors.ndjson, each with what is wrong: mend the leads
    there, and import that file. The exit status is 1 if there are any.

    \b
    Examples:
      lead-router import leads.csv
      lead-router import leads.ndjson --url https://leads.example.com --key KEY
      lead-router import leads.csv --key-prefix spring-fair
    """
    from app.commands.client import target
    from app.commands.summary import WORDS

    if key_prefix is not None and not (
        key_prefix.isascii() and key_prefix.isprintable() and 0 < len(key_prefix) <= 200
    ):
        raise CannotDo("key_prefix")
    said_in = spoken(language)
    work = _Import(LeadsFile(file, format, sheet), target(url, key), key_prefix, said_in)
    try:
        asyncio.run(work.run())
    except KeyboardInterrupt:
        work.show()
        typer.echo(WORDS["stopped"][said_in], err=True)
        raise typer.Exit(130) from None
    if work.counts.failed:
        raise typer.Exit(1)


class _Import:
    def __init__(self, leads: LeadsFile, target: Target, prefix: str | None, language: Spoken) -> None:
        self._leads, self._target, self._prefix, self._language = leads, target, prefix, language
        self._errors_path = leads.path.with_name(leads.path.name + ".errors.ndjson")
        self._errors: IO[bytes] | None = None
        self._started = time.monotonic()
        self.counts = _Counts()

    async def run(self) -> None:
        """Do all of it. Raises CannotDo if the service refuses, or stays away."""
        import httpx

        from app.commands.terminal import progress

        prefix = self._prefix or f"import-{(await asyncio.to_thread(self._leads.digest))[:32]}"
        try:
            self._errors_path.unlink(missing_ok=True)
        except OSError as error:
            raise CannotDo("of_file", path=self._errors_path, text=of_system(error)) from None
        with ExitStack() as stack:
            from rich.progress import TextColumn

            bar = stack.enter_context(progress(TextColumn("{task.fields[rate]}")))
            task = bar.add_task(self._leads.path.name, total=max(1, self._leads.size), rate="")
            stack.callback(self._close)
            async with httpx.AsyncClient(**self._target.options()) as client:
                parts = _parts(self._leads)
                reading = asyncio.create_task(asyncio.to_thread(next, parts, None))
                done = 0
                while (part := await reading) is not None:
                    reading = asyncio.create_task(asyncio.to_thread(next, parts, None))

                    def advance(count: int, part: _Part = part, done: int = done) -> None:
                        reached = done + (part.end - done) * count / max(1, len(part.lines))
                        total = self.counts.statuses.total() + count
                        rate = f"{total / (time.monotonic() - self._started):,.0f}/s"
                        bar.update(task, completed=reached, rate=rate)

                    try:
                        answers = await self._send(client, part, f"{prefix}.{part.number}", advance)
                    except BaseException:
                        reading.cancel()
                        raise
                    self._take(part, answers)
                    done = part.end
        self.show()

    async def _send(
        self, client: httpx.AsyncClient, part: _Part, key: str, advance: Callable[[int], None]
    ) -> list[dict[str, Any]]:
        """The answers to one part, however often it takes."""
        most, tries, patient_until = 0, 0, time.monotonic() + PATIENCE
        answers: list[dict[str, Any]] = []
        while part.bodies:
            answers = []
            try:
                await self._exchange(client, part, key, answers, advance)
            except _Again as again:
                if len(answers) > most:
                    most, tries, patient_until = len(answers), 0, time.monotonic() + PATIENCE
                if time.monotonic() > patient_until:
                    raise CannotDo("import_away", why=again.why, reached=self._reached()) from None
                await asyncio.sleep(max(again.after, _DELAYS[min(tries, len(_DELAYS) - 1)]))
                tries += 1
            else:
                break
        return answers

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        part: _Part,
        key: str,
        answers: list[dict[str, Any]],
        advance: Callable[[int], None],
    ) -> None:
        import httpx
        import orjson

        from app.commands.client import refusal, unreachable

        headers = {
            "Content-Type": "application/x-ndjson",
            "Idempotency-Key": key,
            "Accept-Language": self._language,
        }
        body = b"\n".join(part.bodies) + b"\n"
        try:
            async with client.stream("POST", "/v1/leads/bulk", content=body, headers=headers) as response:
                if response.status_code in (429, 502, 503, 504):
                    after = response.headers.get("retry-after", "")
                    why = Said("answers_with", status=response.status_code)
                    raise _Again(why, float(after) if after.isdigit() else 0.0)
                if response.is_error:
                    await response.aread()
                    raise refusal(response)
                async for line in response.aiter_lines():
                    answers.append(orjson.loads(line))
                    advance(len(answers))
        except httpx.HTTPError as error:
            if isinstance(error, httpx.ConnectError) and not self.counts.last_line:
                raise unreachable(self._target.url, error) from None
            raise _Again(Said("said", text=str(error) or type(error).__name__)) from None
        if len(answers) != len(part.bodies):
            raise _Again(Said("answers_short", answers=len(answers), leads=len(part.bodies)))

    def _take(self, part: _Part, answers: list[dict[str, Any]]) -> None:
        for line, message in part.faults:
            self._fail(line, {"detail": Sentence(message).said(self._language)}, None)
        self.counts.ids = self.counts.ids or any(b'"external_id"' in body for body in part.bodies)
        for line, body, notices, answer in zip(part.lines, part.bodies, part.notices, answers, strict=True):
            if "error" in answer:
                self._fail(line, answer["error"], body)
            else:
                self.counts.answered(answer)
                self.counts.warnings.update((one.field, one.code) for one in notices)
        self.counts.last_line = max((self.counts.last_line, *part.lines, *(line for line, _ in part.faults)))

    def _fail(self, line: int, error: dict[str, Any], body: bytes | None) -> None:
        import orjson

        self.counts.failed += 1
        if len(self.counts.reasons) < MOST_REASONS:
            self.counts.reasons.append((line, reason_of(error, self._language)))
        lead: Any = None
        if body is not None:
            try:
                lead = orjson.loads(body)
            except orjson.JSONDecodeError:
                lead = body.decode(errors="replace")
        if self._errors is None:
            try:
                self._errors = self._errors_path.open("wb")
            except OSError as failure:
                raise CannotDo("of_file", path=self._errors_path, text=of_system(failure)) from None
        self._errors.write(orjson.dumps({"line": line, "error": error, "lead": lead}) + b"\n")

    def _close(self) -> None:
        if self._errors is not None:
            self._errors.close()

    def _reached(self) -> Said:
        reached = self.counts.last_line
        return Said("reached", line=reached) if reached else Said("not_begun")

    def show(self) -> None:
        """Print what came of it."""
        from app.commands.summary import WORDS, counted, headline, notes, warnings
        from app.commands.terminal import out

        console, counts, language = out(), self.counts, self._language
        seconds = time.monotonic() - self._started
        total = counts.statuses.total()
        rate = f"{total / max(seconds, 0.001):,.0f}"
        rate = f"{seconds:.1f} 秒，{rate} 条/秒" if language == "zh" else f"{seconds:.1f} s, {rate}/s"
        console.print(headline(total, {**counts.statuses, "replayed": counts.before}, language, rate))
        if counts.reps:
            console.print(counted("rep", counts.reps.most_common(20), language))
        if counts.warnings:
            console.print(counted("warning", warnings(counts.warnings, language), language))
        if counts.failed:
            refused = f"{counts.failed:,} {'条' if language == 'zh' else ''}{WORDS['refused'][language]}"
            console.print(f"{refused} → {self._errors_path}", style="red", soft_wrap=True)
            for line, reason in counts.reasons:
                place = WORDS["at_line"][language].format(line)
                console.print(f"  {place}{COLON[language]}{reason}", style="red", soft_wrap=True, markup=False)
            if more := counts.failed - len(counts.reasons):
                console.print(f"  {WORDS['more_refused'][language].format(f'{more:,}')}", style="red")
        for note in notes(self._leads, language):
            console.print(note, style="yellow", soft_wrap=True)
        # With a prefix of one's own a line is known by its number, and one that was changed is refused.
        if total and not counts.ids and self._prefix is None:
            console.print(WORDS["no_ids"][language], style="dim", soft_wrap=True)


def reason_of(error: dict[str, Any], language: Spoken = "en") -> str:
    """What is wrong with a line, on one line: with the places, unless they say the same."""
    said, places = told_by(error, language)
    others = listed([place for place in places if place[1] not in said], language)
    return " ".join(f"{said}{COLON[language] if others else ''}{others}".split())


def _parts(leads: LeadsFile) -> Iterator[_Part]:
    import orjson

    from app.intake.bulk import Row

    part, size = _Part(0), 0
    for item in leads.rows():
        if not isinstance(item, Row):
            part.faults.append((item.line, item.message))
            continue
        if isinstance(item.content, bytes):
            # Between the tokens of a JSON text a line break is a blank; inside of one it may not be.
            body = item.content.replace(b"\r", b" ").replace(b"\n", b" ")
        else:
            body = orjson.dumps(item.content)
        part.lines.append(item.line)
        part.bodies.append(body)
        part.notices.append(item.notices)
        size += len(body)
        if len(part.bodies) >= PART_LEADS or size >= PART_BYTES:
            part.end = leads.read_bytes
            yield part
            part, size = _Part(part.number + 1), 0
    part.end = leads.read_bytes
    if part.bodies or part.faults:
        yield part
