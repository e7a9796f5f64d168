"""``lead-router lint``: what is wrong or odd in a document, and at which line?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, assert_never

import typer
from rich.text import Text

from app.commands.terminal import BETWEEN, Language, LanguageOption, Said, Sentence, Speaker, Words

if TYPE_CHECKING:
    from app.commands.files import Document, Unreadable
    from app.engine.explain import Language as Spoken
    from app.engine.problems import Problem
    from app.engine.roster import Roster

WORDS: Final[Words] = {
    "error": {"en": "error", "zh": "错误"},
    "finding": {"en": "finding", "zh": "提示"},
    "errors": {"en": "{count} errors", "zh": "{count} 处错误"},
    "one_error": {"en": "1 error", "zh": "1 处错误"},
    "findings": {"en": "{count} findings", "zh": "{count} 条提示"},
    "one_finding": {"en": "1 finding", "zh": "1 条提示"},
    "nothing": {"en": "Nothing wrong", "zh": "没有问题"},
    "comma": {"en": ", ", "zh": "，"},
    "file": {"en": "{path} ({kind})", "zh": "{path}（{kind}）"},
    "policy": {"en": "policy", "zh": "策略"},
    "roster": {"en": "roster", "zh": "名册"},
    "source": {"en": "source", "zh": "来源"},
    "subscription": {"en": "subscription", "zh": "订阅"},
    "mapping": {"en": "mapping", "zh": "字段映射"},
    "unreadable": {"en": "unreadable", "zh": "无法读取"},
}


class Format(StrEnum):
    """How problems are told."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing that is wrong (an error) or odd (a finding) in a file."""

    path: Path
    level: Literal["error", "finding"]
    message: Said
    where: str = ""
    line: int | None = None
    column: int | None = None
    code: str | None = None

    @property
    def mark(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


def lint(
    files: Annotated[
        list[Path],
        typer.Argument(help="Rosters, policies, sources, mappings, subscriptions: YAML or JSON.", show_default=False),
    ],
    roster: Annotated[
        list[Path] | None,
        typer.Option(help="A roster that the policies are checked against, without being checked itself."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let findings fail too.")] = False,
    format: Annotated[Format, typer.Option(help="text for people, json for tools.")] = Format.TEXT,  # noqa: A002
    language: LanguageOption = None,
) -> None:
    """Check documents, without a service or a database.

    Rosters and policies, sources and the mappings in them, subscriptions:
    what a document is, is told by its keys. Errors keep it from being used;
    findings are allowed, but probably not meant. Policies are checked against
    the rosters beside them. The exit status is 1 if there are errors, with
    --strict also for findings. JSON is in English unless --language says
    otherwise, whatever the environment's language is.

    \b
    Examples:
      lead-router lint policy.yaml roster.yaml
      lead-router lint policy.yaml --roster roster.yaml --strict
      lead-router lint source.yaml mapping.yaml subscription.yaml
      lead-router lint policy.yaml --format json | jq '.problems[]'
    """
    from app.commands.terminal import out

    told, checked = _look(files, roster or [])
    failed = any(one.level == "error" for one in told) or (strict and bool(told))
    if format is Format.JSON:
        # Tools read it wherever they run: only who asks for a language gets another.
        said_in: Spoken = "zh" if language is Language.ZH else "en"
        typer.echo(json.dumps(_document(told, checked, said_in, ok=not failed), ensure_ascii=False, indent=2))
    else:
        console, say = out(), Speaker(WORDS, language)
        for one in told:
            console.print(_line(one, say), soft_wrap=True)
        counts = Counter(one.level for one in told)
        summary = say("comma").join(
            say(f"{level}s", count=count) if count > 1 else say(f"one_{level}")
            for level, count in sorted(counts.items())
        )
        names = BETWEEN[say.language].join(say("file", path=path, kind=say(kind)) for path, kind in checked.items())
        console.print(f"{summary or say('nothing')}{say.colon}{names}", soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _look(files: list[Path], against: list[Path]) -> tuple[list[_Told], dict[Path, str]]:
    from app.commands.files import Unreadable, open_document, read_rosters, roster_of

    told: list[_Told] = []
    documents: list[Document] = []
    checked: dict[Path, str] = {}
    for path in files:
        try:
            document = open_document(path)
        except Unreadable as error:
            told.append(_unreadable(error))
            checked[path] = "unreadable"
        else:
            documents.append(document)
            checked[path] = document.kind
    under = roster_of(against) if against else None
    known, found = read_rosters([document for document in documents if document.kind == "roster"], under)
    for document, read in found:
        told += [_at(document, "error", problem.where, problem.message) for problem in read.errors]
        told += [_at(document, "finding", problem.where, problem.message) for problem in read.warnings]
    for document in documents:
        match document.kind:
            case "policy":
                told += _policy(document, known, [roster for roster, read in found if read.value is not None])
            case "source" | "subscription" | "mapping":
                told += [_at(document, "error", one.where, one.message) for one in _wrong(document)]
            case "roster":
                pass
            case _:
                assert_never(document.kind)
    return sorted(told, key=lambda one: (files.index(one.path), one.line or 0, one.column or 0)), checked


def _wrong(document: Document) -> Sequence[Problem]:
    """What the service would refuse a source, a subscription or a mapping for."""
    from app.channels.kinds import CHANNELS
    from app.doors import source
    from app.errors import Invalid
    from app.events import subscriptions
    from app.intake.errors import UnusableMapping
    from app.intake.mapping_document import read_mapping

    fields = dict(document.data)
    try:
        match document.kind:
            case "source":
                source.take_secrets(fields)
                source.read_document(fields)
            case "subscription":
                subscriptions.read(fields, CHANNELS)
            case _:
                read_mapping(fields)
    except Invalid as error:
        return error.places
    except UnusableMapping as error:
        return error.problems
    return ()


def _policy(document: Document, roster: Roster | None, rosters: list[Document]) -> list[_Told]:
    from app.commands.files import OfPolicy
    from app.engine.policy_document import compile_policy
    from app.intake.places import fault_of_place
    from app.lane.roster import unknown_coverage

    compiled = compile_policy(document.data, roster=roster, fault_of_place=fault_of_place)
    told = [_at(document, "error", problem.where, problem.message) for problem in compiled.errors]
    told += [_at(document, "finding", found.where, found.message, found.code) for found in compiled.findings]
    if compiled.policy is None or roster is None:
        return told
    for problem in unknown_coverage(roster.reps.values(), compiled.policy):
        rep = problem.where.removeprefix("reps.")
        for other in rosters:
            mark = other.line(problem.where)
            if mark is not None and any(rep.startswith(f"{name}.") for name in _rep_ids(other.data)):
                message = OfPolicy(problem.message, document.path)
                told.append(_at(other, "finding", problem.where, message, "unknown_coverage"))
                break
    return told


def _rep_ids(data: dict[str, Any]) -> list[str]:
    reps = data.get("reps") or {}
    return list(reps) if isinstance(reps, dict) else [str(rep.get("id")) for rep in reps]


def _unreadable(error: Unreadable) -> _Told:
    return _Told(error.path, "error", error.message, "", error.line, error.column)


def _at(
    document: Document, level: Literal["error", "finding"], where: str, message: str | Said, code: str | None = None
) -> _Told:
    line, column = document.line(where) or (None, None)
    said = Sentence(message) if isinstance(message, str) else message
    return _Told(document.path, level, said, where, line, column, code)


def _line(one: _Told, say: Speaker) -> Text:
    from app.commands.terminal import one_line

    style = "bold red" if one.level == "error" else "yellow"
    return Text.assemble(
        (one_line(one.mark), "bold"),
        say.colon,
        (say(one.level), style),
        say.colon,
        (one_line(f"{one.where}{say.colon}"), "cyan") if one.where else "",
        one_line(one.message.said(say.language)),
        (f" [{one.code}]", "dim") if one.code else "",
    )


def _document(told: list[_Told], checked: dict[Path, str], language: Spoken, *, ok: bool) -> dict[str, Any]:
    return {
        "ok": ok,
        "files": {str(path): kind for path, kind in checked.items()},
        "problems": [
            {
                "file": str(one.path),
                "line": one.line,
                "column": one.column,
                "level": one.level,
                "code": one.code,
                "where": one.where,
                "message": one.message.said(language),
            }
            for one in told
        ],
    }
