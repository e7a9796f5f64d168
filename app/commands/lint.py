"""``lead-router lint``: what is wrong or odd in a document, and at which line?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, assert_never

import typer
from rich.text import Text

if TYPE_CHECKING:
    from app.commands.files import Document, Unreadable
    from app.engine.problems import Problem
    from app.engine.roster import Roster


class Format(StrEnum):
    """How problems are told."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing that is wrong (an error) or odd (a finding) in a file."""

    path: Path
    level: Literal["error", "finding"]
    message: str
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
) -> None:
    """Check documents, without a service or a database.

    Rosters and policies, sources and the mappings in them, subscriptions:
    what a document is, is told by its keys. Errors keep it from being used;
    findings are allowed, but probably not meant. Policies are checked against
    the rosters beside them. The exit status is 1 if there are errors, with
    --strict also for findings.

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
        typer.echo(json.dumps(_document(told, checked, ok=not failed), ensure_ascii=False, indent=2))
    else:
        console = out()
        for one in told:
            console.print(_line(one), soft_wrap=True)
        counts = Counter(one.level for one in told)
        summary = ", ".join(f"{count} {level}{'s' * (count > 1)}" for level, count in sorted(counts.items()))
        names = ", ".join(f"{path} ({kind})" for path, kind in checked.items())
        console.print(f"{summary or 'Nothing wrong'}: {names}", soft_wrap=True)
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
                message = problem.message.replace("the active policy", str(document.path))
                told.append(_at(other, "finding", problem.where, message, "unknown_coverage"))
                break
    return told


def _rep_ids(data: dict[str, Any]) -> list[str]:
    reps = data.get("reps") or {}
    return list(reps) if isinstance(reps, dict) else [str(rep.get("id")) for rep in reps]


def _unreadable(error: Unreadable) -> _Told:
    return _Told(error.path, "error", error.message, "", error.line, error.column)


def _at(
    document: Document, level: Literal["error", "finding"], where: str, message: str, code: str | None = None
) -> _Told:
    line, column = document.line(where) or (None, None)
    return _Told(document.path, level, message, where, line, column, code)


def _line(one: _Told) -> Text:
    from app.commands.terminal import one_line

    style = "bold red" if one.level == "error" else "yellow"
    return Text.assemble(
        (one_line(one.mark), "bold"),
        ": ",
        (one.level, style),
        ": ",
        (one_line(f"{one.where}: "), "cyan") if one.where else "",
        one_line(one.message),
        (f" [{one.code}]", "dim") if one.code else "",
    )


def _document(told: list[_Told], checked: dict[Path, str], *, ok: bool) -> dict[str, Any]:
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
                "message": one.message,
            }
            for one in told
        ],
    }
