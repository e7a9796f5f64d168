"""What do commands say things with? One way to print, to colour, to ask for a language, and to fail."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias
from unicodedata import category

import typer

from app.commands.error_words import WORDS
from app.errors import LeadRouterError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, TaskID
    from rich.table import Table

    from app.engine.explain import Language as Spoken

PATIENCE: Final = 2.0
"""Seconds after which it is worth showing how far one is."""

WIDE: Final = 140
"""Columns of a table where there is no terminal to ask for its width."""


class Language(StrEnum):
    """A language in which decisions are explained."""

    EN = "en"
    ZH = "zh"


class Said:
    """Words of :mod:`app.commands.error_words`, with what is ``filled`` in; that may be such words itself."""

    def __init__(self, word: str, **filled: object) -> None:
        self._word, self._filled = word, filled

    def said(self, language: Spoken) -> str:
        """It in a language."""
        filled = {
            name: value.said(language) if isinstance(value, Said) else value for name, value in self._filled.items()
        }
        return WORDS[self._word][language].format(**filled)

    def __str__(self) -> str:
        return self.said("en")


class Sentence(Said):
    """A sentence of the service's own, as it is written in English, or of what reads its documents."""

    def __init__(self, text: str) -> None:
        self._text = text

    def said(self, language: Spoken) -> str:
        """It in a language, as far as it is known in it."""
        from app.chinese.lookup import in_words

        return in_words(self._text, language)


def of_system(error: OSError) -> Said:
    """What the operating system says: its own words, but for what is met every day."""
    match error:
        case FileNotFoundError():
            return Said("no_file")
        case PermissionError():
            return Said("no_permission")
        case IsADirectoryError():
            return Said("a_directory")
    return Said("said", text=error.strerror or error)


class CannotDo(LeadRouterError):
    """A command cannot be carried out; the message is one line for the person who gave it, in either language."""

    def __init__(self, word: str, **filled: object) -> None:
        self._said = Said(word, **filled)
        super().__init__(str(self._said))

    def said(self, language: Spoken) -> str:
        """The message in a language."""
        return self._said.said(language)


def language_here() -> Language:
    """The language of the environment, as far as it is one of ours."""
    said = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return Language.ZH if said.lower().startswith("zh") else Language.EN


_chosen: Final[ContextVar[Language | None]] = ContextVar("chosen", default=None)
"""The language that the command was given in, which what it cannot do is said in when the command has ended."""


def chosen() -> Spoken:
    """The language of the command that is being carried out, or was."""
    return spoken(_chosen.get())


def _said_before(context: typer.Context, given: Language | None) -> Language | None:
    """The language that stands at a command, else the one that stands before it, for all of ``lead-router``."""
    language = given or context.find_root().params.get("language")
    _chosen.set(language)
    return language


LanguageOption = Annotated[
    Language | None,
    typer.Option(
        callback=_said_before,
        help="Language of explanations and headings.",
        show_default="that of the environment, else en",
    ),
]


def spoken(language: Language | None) -> Spoken:
    """The language to speak: the one that is given, else that of the environment."""
    return "zh" if (language or language_here()) is Language.ZH else "en"


JsonOption = Annotated[bool, typer.Option("--json", help="Print what the service answers, as JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

Words: TypeAlias = "Mapping[str, Mapping[Spoken, str]]"
"""What a command says, by a name of its own, in each language."""

COLON: Final[Mapping[Spoken, str]] = {"en": ": ", "zh": "："}
"""What stands between a thing and what is said of it."""

BETWEEN: Final[Mapping[Spoken, str]] = {"en": ", ", "zh": "、"}
"""What stands between things of a list."""


class Speaker:
    """Says what stands in ``words`` in a language: the one that is given, else that of the environment."""

    def __init__(self, words: Words, language: Language | None) -> None:
        self.language = spoken(language)
        self._words = words

    def __call__(self, word: str, **filled: object) -> str:
        """The words of this name, with what is ``filled`` in. Raises KeyError if there are none."""
        said = self._words[word][self.language]
        return said.format(**filled) if filled else said

    @property
    def colon(self) -> str:
        """What stands between a thing and what is said of it."""
        return COLON[self.language]

    def code(self, code: str) -> str:
        """A code of the service in words; as it is, if it is one that only another release knows."""
        return self._words[code][self.language] if code in self._words else code


def out() -> Console:
    """Where results go. Without a terminal there are neither colours nor control codes."""
    return _console(stderr=False)


def err() -> Console:
    """Where everything goes that is not a result: progress, and what is wrong."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=None if stream.isatty() else WIDE)


@contextmanager
def progress(*columns: ProgressColumn) -> Iterator[Progress]:
    """A progress bar on the terminal that leaves nothing behind; nothing at all where there is no terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = err()
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with shown:
        yield shown


class LateProgress:
    """A progress bar that comes only once something has taken long, and goes with it."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._stack = ExitStack()
        self._shown: Progress | None = None
        self._task: TaskID | None = None
        self._name = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __call__(self, name: str, done: int, total: int | None) -> None:
        """Show how much of what is named is done, of how much if that is known."""
        if self._shown is None:
            if time.monotonic() - self._begun < PATIENCE:
                return
            self._shown = self._stack.enter_context(progress())
        if self._task is None or name != self._name:
            if self._task is not None:
                self._shown.remove_task(self._task)
            self._task, self._name = self._shown.add_task(name, total=total), name
        self._shown.update(self._task, completed=done, total=total)


def confirmed(question: str, instead: Said) -> bool:
    """Ask whoever gave the command. Raises CannotDo, which says what to do ``instead``, if nobody is there."""
    if not sys.stdin.isatty():
        raise CannotDo("nobody", instead=instead)
    return typer.confirm(question, default=False)


def one_line(text: str) -> str:
    """A text that quotes what somebody wrote, with whatever would break the line or steer the terminal spelled out."""
    if text.isprintable():
        return text
    return "".join(ascii(one)[1:-1] if category(one) in _UNSEEN else one for one in text)


_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def warn(console: Console, warnings: Iterable[Mapping[str, Any]]) -> None:
    """Say what a service took and finds odd: a line for each place."""
    for one in warnings:
        said = one_line(f"  ! {one['where']}{COLON[chosen()]}{Sentence(one['message']).said(chosen())}")
        console.print(said, style="yellow", soft_wrap=True)


def print_json(content: Any) -> None:
    """Print what a service answered, for other programs."""
    import orjson

    typer.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())


def table_of(say: Speaker, *columns: str, whole: tuple[str, ...] = ()) -> Table:
    """An empty table under the words for ``columns``; those of ``whole`` are never broken into lines."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False, header_style="bold")
    for word in columns:
        table.add_column(say(word), overflow="fold", no_wrap=word in whole)
    return table


def facts(rows: Iterable[tuple[str, str]]) -> Table:
    """What is to be said of one thing, a line for each: what it is, and what it says."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, said in rows:
        grid.add_row(name, said)
    return grid


def as_yaml(document: Mapping[str, Any]) -> str:
    """A document as people write it."""
    import yaml

    return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=120)


def heard(one: Mapping[str, Any], language: Spoken) -> str:
    """What a receiver answered: its status, which a failure names itself, and what it said."""
    status, said = one["status"], Sentence(one["said"] or "").said(language)
    return said if status is None or f"HTTP {status}" in said else f"{status} {said}".strip()


def when(moment: str | None) -> str:
    """A moment of the service's as people read it here: in local time, to the second, with its offset."""
    return "" if moment is None else datetime.fromisoformat(moment).astimezone().isoformat(" ", "seconds")


def updated(say: Speaker, thing: Mapping[str, Any]) -> str:
    """When something of the service's was changed last, and by whom, if it knows; says ``updated_by``."""
    time = when(thing["updated_at"])
    return say("updated_by", time=time, actor=thing["updated_by"]) if thing["updated_by"] else time


def bar(part: float, whole: float, width: int = 20) -> str:
    """A bar of block characters, ``part`` of ``whole`` long; a sliver for anything above nothing."""
    if whole <= 0 or part <= 0:
        return ""
    eighths = max(1, round(part / whole * width * 8))
    full, rest = divmod(eighths, 8)
    return "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")


def number(value: float) -> str:
    """A number with its thousands marked."""
    return f"{value:,}"
