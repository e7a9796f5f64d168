"""What is in the files that a command was given? Documents, told apart, with the line of every place."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import typer
import yaml

from app.commands.client import MOST_PLACES, Refused, listed
from app.commands.terminal import COLON, CannotDo, Said, Sentence, chosen, of_system
from app.engine.policy import Policy
from app.engine.policy_document import Compiled, compile_policy
from app.engine.problems import Problem, Read, suggest
from app.engine.roster import Roster
from app.engine.roster_document import RosterDocument, check_roster, read_roster
from app.intake.calendars import known_calendar
from app.intake.documents import UnreadableDocument, read_document
from app.intake.places import fault_of_place

if TYPE_CHECKING:
    from app.engine.explain import Language as Spoken

Kind = Literal["roster", "policy", "source", "subscription", "mapping"]

ROSTER_KEYS: Final = ("reps", "teams")
POLICY_KEYS: Final = (
    "rules",
    "scoring",
    "tiers",
    "screening",
    "regions",
    "industries",
    "sources",
    "follow_up",
    "currency",
)

STDIN: Final = Path("-")
"""Stands for standard input."""

_TYPES: Final = {".json": "application/json", ".yaml": "application/yaml", ".yml": "application/yaml"}
_MARK: Final = re.compile(r"(?:, line (\d+))?(?:, column (\d+))?$")


class Unreadable(CannotDo):
    """A file is no document at all. ``line`` and ``column`` say where, if it can be said."""

    def __init__(self, path: Path, message: Said, line: int | None = None, column: int | None = None) -> None:
        mark = "".join(f":{part}" for part in (line, column) if part is not None)
        super().__init__("of_file", path=f"{path}{mark}", text=message)
        self.path, self.message, self.line, self.column = path, message, line, column


class OfPolicy(Sentence):
    """What is said of the active policy, of one in a file that is to be it."""

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text)
        self._path = path

    def said(self, language: Spoken) -> str:
        """It in a language, with the name of the file."""
        named = {"en": "the active policy", "zh": "已启用的策略"}[language]
        return super().said(language).replace(named, f"{self._path}{' ' if language == 'zh' else ''}")


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its bytes as they are sent, the plain data in them, and what kind of document it is."""

    path: Path
    raw: bytes
    content_type: str
    data: dict[str, Any]
    kind: Kind
    _nodes: list[Any] = field(default_factory=list, compare=False, repr=False)

    def line(self, where: str) -> tuple[int, int] | None:
        """The line and column, from 1 on, of a place as ``rules[3].assign.team``; of what is around it if it is not
        there itself.
        """
        if not self._nodes:
            try:
                self._nodes.append(yaml.compose(self.raw.decode("utf-8-sig"), Loader=yaml.SafeLoader))
            except yaml.YAMLError:
                self._nodes.append(None)
        mark = _mark_of(self._nodes[0], where)
        return None if mark is None else (mark.line + 1, mark.column + 1)

    def noted(self, where: str, message: str) -> str:
        """What is to be said of a place, in one line with the file, the line and the column."""
        mark = self.line(where)
        place = f"{self.path}:{mark[0]}:{mark[1]}" if mark else str(self.path)
        return f"{place}{COLON[chosen()]}{where}{COLON[chosen()]}{Sentence(message).said(chosen())}"

    def refused(self, refused: Refused) -> CannotDo:
        """What a service says to this document, with the lines of the places that it names."""
        places = [(where, message) for where, message in refused.places if not where.startswith(("path.", "query."))]
        return self.wrong_at(places) if places else refused

    def wrong_at(self, places: Sequence[tuple[str, str]]) -> CannotDo:
        """What is to be said where it is wrong: the first places, in its order, and how many more there are."""
        ordered = sorted(places, key=lambda place: self.line(place[0]) or (0, 0))
        text = listed([("", self.noted(*place)) for place in ordered[:MOST_PLACES]], chosen())
        left = len(ordered) - MOST_PLACES
        return CannotDo("with_more", text=text, more=Said("more", count=left) if left > 0 else "")


def open_document(path: Path, kind: Kind | None = None) -> Document:
    """Read a file; where no ``kind`` is said, it is told by its keys.

    Raises CannotDo, with the line where there is one, if it is no document, or none of these kinds.
    """
    raw = read_bytes(path)
    content_type = _TYPES.get(path.suffix.lower(), "")
    try:
        data = read_document(raw, content_type)
    except UnreadableDocument as error:
        found = _MARK.search(error.where)
        line, column = (int(part) if part else None for part in found.groups()) if found else (None, None)
        raise Unreadable(path, Sentence(error.message), line, column) from None
    if not isinstance(data, dict):
        raise Unreadable(path, Said("no_document"))
    kind = kind or _kind_of(path, data)
    return Document(path, raw, content_type or "application/yaml", data, kind)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, or of standard input; raises Unreadable."""
    try:
        if path == STDIN:
            return sys.stdin.buffer.read()
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(path, of_system(error)) from None


def secret_in(path: Path, what: str) -> str:
    """A secret from a file, less the end of its line; from standard input, where a terminal is asked and shows nothing.

    ``what`` is what it is asked for as. Raises Unreadable if there is none.
    """
    if path == STDIN and sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, err=True))
    try:
        secret = read_bytes(path).decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise Unreadable(path, Said("secret_text")) from None
    if not secret:
        raise Unreadable(path, Said("empty"))
    return secret


def only_one_from_stdin(*paths: Path | None) -> None:
    """Raise CannotDo if more than one of these is standard input."""
    if paths.count(STDIN) > 1:
        raise CannotDo("stdin_once")


def _kind_of(path: Path, data: dict[str, Any]) -> Kind:
    from app.channels.kinds import CHANNELS
    from app.intake.mapping_document import KEYS

    keys = data.keys()
    roster, policy = keys & set(ROSTER_KEYS), keys & set(POLICY_KEYS)
    if roster and policy:
        raise Unreadable(path, Said("two_kinds", one=min(roster), other=min(policy)))
    if roster:
        return "roster"
    if policy:
        return "policy"
    if "kind" in keys:
        return "subscription" if isinstance(data["kind"], str) and data["kind"] in CHANNELS else "source"
    if keys & set(KEYS):
        return "mapping"
    known = (*ROSTER_KEYS, *POLICY_KEYS, "kind", *KEYS)
    hint = next((hint for key in keys if (hint := suggest(str(key)[:64], known))), "")
    raise Unreadable(path, Said("no_kind", hint=Sentence(hint)))


def read_rosters(
    documents: list[Document], under: Roster | None = None
) -> tuple[Roster | None, list[tuple[Document, Read[RosterDocument]]]]:
    """Several rosters as one, later files over earlier ones, all over ``under``; None if something is wrong in them.

    What is wrong stands in the results, one for each document.
    """
    found = [(document, read_roster(document.data, known_calendar=known_calendar)) for document in documents]
    if any(read.value is None for _, read in found) or (not found and under is None):
        return None, found
    roster = under or Roster({}, {})
    for _, read in found:
        if read.value is not None:
            roster = Roster({**roster.reps, **read.value.reps}, {**roster.teams, **read.value.teams})
    if not found:
        return roster, found
    checked = check_roster(roster)
    for problem in checked.errors:
        _owner(found, problem).errors.append(problem)
    for problem in checked.warnings:
        _owner(found, problem).warnings.append(problem)
    return (None if checked.errors else roster), found


def _owner(found: list[tuple[Document, Read[RosterDocument]]], problem: Problem) -> Read[RosterDocument]:
    """What was read of the document that a problem of the whole is in: the last one that has its place."""
    kind, _, rest = problem.where.partition(".")
    for _, read in reversed(found):
        names = () if read.value is None else read.value.reps if kind == "reps" else read.value.teams
        if any(rest.startswith(f"{name}.") for name in names):
            return read
    return found[-1][1]


def roster_of(paths: list[Path]) -> Roster:
    """The roster in these files; raises CannotDo, naming the first thing that is wrong."""
    documents = [open_document(path) for path in paths]
    for document in documents:
        if document.kind != "roster":
            raise CannotDo("not_a_roster", path=document.path, kind=document.kind)
    roster, found = read_rosters(documents)
    for document, read in found:
        if read.errors:
            raise document.wrong_at([(one.where, one.message) for one in read.errors])
    assert roster is not None
    return roster


def policy_of(path: Path, roster: Roster | None) -> tuple[Policy, Compiled]:
    """The policy in this file, checked against a roster; raises CannotDo, naming the first thing that is wrong."""
    document = open_document(path)
    if document.kind != "policy":
        raise CannotDo("not_a_policy", path=path, kind=document.kind)
    compiled = compile_policy(document.data, roster=roster, fault_of_place=fault_of_place)
    if compiled.policy is None:
        raise document.wrong_at([(one.where, one.message) for one in compiled.errors])
    return compiled.policy, compiled


def _mark_of(node: Any, where: str) -> Any:
    """Follow a place down the nodes of a document as far as it goes. Keys may hold dots themselves."""
    mark = None if node is None else node.start_mark
    rest = where
    while rest and node is not None:
        found = _step(node, rest.removeprefix("."))
        if found is None:
            break
        mark, node, rest = found
    return mark


def _step(node: Any, rest: str) -> tuple[Any, Any, str] | None:
    if isinstance(node, yaml.SequenceNode):
        index = re.match(r"\[(\d+)\]", rest)
        if index is not None:
            if int(index[1]) >= len(node.value):
                return None
            item = node.value[int(index[1])]
            return item.start_mark, item, rest[index.end() :]
        # Reps and teams in a list go by their id, not by their place in it.
        named = [(key, item, item) for item in node.value if (key := _id_of(item)) is not None]
    elif isinstance(node, yaml.MappingNode):
        named = [(key.value, key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
    else:
        return None
    fitting = [entry for entry in named if rest.startswith(entry[0]) and rest[len(entry[0]) :][:1] in ("", ".", "[")]
    if not fitting:
        return None
    key, marked, inner = max(fitting, key=lambda entry: len(entry[0]))
    return marked.start_mark, inner, rest[len(key) :]


def _id_of(item: Any) -> str | None:
    if not isinstance(item, yaml.MappingNode):
        return None
    return next((value.value for key, value in item.value if key.value == "id" and isinstance(value.value, str)), None)
