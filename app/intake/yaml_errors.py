"""Where does this YAML go wrong, and what did whoever wrote it probably mean?

The parser says what it could not go on with, which is seldom what was done: after its words stands what to look at, in
the lines that it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import yaml

_WIDE_COLON: Final = re.compile(r"\s*(?:- +)?[^\s:：#'\"]+：")
_NOTHING: Final = re.compile(r"\s*(?:#.*)?")
_DASHES: Final = re.compile(r" *(?:- +)*")
_COLON: Final = re.compile(r":(?:\s|$)")
_TIGHT_COLON: Final = re.compile(r"[^\s:'\"\[{]+:(?![\s:/])")
_TIGHT_DASH: Final = re.compile(r"-[^\s-]")
_DASH: Final = re.compile(r"-(?:\s|$)")
_CLOSING: Final = frozenset("'\"]}")
_IN_QUOTES: Final = 'a text that holds a colon is put in quotes, as in name: "a: b"'
_IN_BRACKETS: Final = (
    "is there a comma between any two entries? A text with brackets, commas or colons is put in quotes"
)
_SPECIAL: Final = "a text that begins with one of * & ! | > % @ ` , ? [ ] { } is put in quotes"


class Wrong(NamedTuple):
    """What is wrong, and in which line and column, both from 1 on; None if it is wrong as a whole."""

    place: tuple[int, int] | None
    message: str


@dataclass(frozen=True, slots=True)
class _Halt:
    """Where the parser could not go on. Lines and columns count from 0."""

    lines: Sequence[str]
    line: int
    column: int
    since: int
    """The line in which that began which it was reading."""
    since_column: int

    @property
    def here(self) -> str:
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def first(self) -> bool:
        """Whether nothing stands before it in its line."""
        return not self.here[: self.column].strip()

    @property
    def before(self) -> int:
        """The last line before it that says something; its own if there is none."""
        above = range(min(self.line, len(self.lines)) - 1, -1, -1)
        return next((number for number in above if not _NOTHING.fullmatch(self.lines[number])), self.line)

    @property
    def opening(self) -> str:
        """The quote or bracket that opened what it was reading."""
        return self.lines[self.since][self.since_column : self.since_column + 1]


def wrong_in(text: str, error: yaml.MarkedYAMLError) -> Wrong:
    """What to put right in a text that the parser stopped at with this error."""
    mark = error.problem_mark or error.context_mark
    what = ", ".join(part for part in (error.context, error.problem) if part)
    if mark is None:
        return Wrong(None, what)
    lines = text.splitlines()
    began = error.context_mark or mark
    halt = _Halt(lines, mark.line, mark.column, began.line, began.column)
    if halt.here[halt.column : halt.column + 1] == "\t":
        what = "a tab stands where only spaces may; indent with spaces"
    elif wide := _wide_colon(lines[: mark.line + 1]):
        what = f"{what}; line {wide} has a full-width colon (：), write “: ” there"
    elif hint := next((says for begins, says in _HINTS.items() if what.startswith(begins)), None):
        what = f"{what}; {hint(halt)}"
    if error.context in _TOLD_AT_ITS_START:
        mark = began
    return Wrong((mark.line + 1, mark.column + 1), what)


def _wide_colon(lines: Sequence[str]) -> int | None:
    """The last of the lines in which a full-width colon seems to be meant for one, from 1 on; None if there is none."""
    return next((number for number in range(len(lines), 0, -1) if _WIDE_COLON.match(lines[number - 1])), None)


def _starts(line: str) -> int:
    """The column in which what a line says begins, behind the dashes of a list."""
    found = _DASHES.match(line)
    return found.end() if found else 0


def _no_space(line: str) -> bool:
    """Whether a colon without a space behind it seems to be meant for one that ends a key."""
    return _COLON.search(line) is None and _TIGHT_COLON.match(line, _starts(line)) is not None


def _second_key(halt: _Halt) -> str:
    line, before = halt.line + 1, halt.before
    if _COLON.search(halt.here[: halt.column]):
        return f"line {line} has more than one colon: {_IN_QUOTES}, and each key begins a line of its own"
    if _no_space(halt.lines[before]):
        return _space_after_colon(before)
    if _starts(halt.here) > _starts(halt.lines[before]):
        return f"{_deeper(halt)}; if it goes on with a text, that is put in quotes as a whole"
    return _IN_QUOTES


def _space_after_colon(line: int) -> str:
    return f"write a space after the colon in line {line + 1}"


def _deeper(halt: _Halt) -> str:
    return (
        f"line {halt.line + 1} is indented deeper than line {halt.before + 1}: keys of one object begin in one column"
    )


def _no_key(halt: _Halt) -> str:
    line = halt.line + 1
    if not halt.first:
        return _after_closing(halt)
    if _DASH.match(halt.here, halt.column):
        return f"indent the dash in line {line} as the other dashes of its list"
    if halt.column > _starts(halt.lines[halt.before]):
        return _deeper(halt)
    return f"line {line} begins in column {halt.column + 1}, where none of its neighbours does: indent it as they are"


def _no_entry(halt: _Halt) -> str:
    line, since = halt.line + 1, halt.since + 1
    if not halt.first:
        return _after_closing(halt)
    if _TIGHT_DASH.match(halt.here, halt.column):
        return f"write a space after the dash in line {line}"
    if _DASH.match(halt.here, halt.column):
        return f"indent the dash in line {line} as the one in line {since}, which is in column {halt.since_column + 1}"
    return (
        f"write “- ” at the start of line {line} if it is an entry of the list of line {since}; what belongs to the "
        f"entry above is indented to column {_starts(halt.lines[halt.since]) + 1}, what belongs to none less than the "
        "dashes"
    )


def _after_closing(halt: _Halt) -> str:
    said = halt.here[: halt.column].rstrip()
    closing = said[-1:]
    if closing in {"'", '"'} and said.count(closing) % 2:
        for number in range(halt.line - 1, -1, -1):
            if halt.lines[number].count(closing) % 2:
                return f"is the {closing} in line {number + 1} closed?"
    if closing not in _CLOSING:
        return _SPECIAL
    return (
        f"line {halt.line + 1} goes on after a closing quote or bracket: put the whole text in quotes; a quote in it "
        "is written '' within '…', and \\\" within \"…\""
    )


def _no_colon(halt: _Halt) -> str:
    line = halt.since
    if _no_space(halt.lines[line]):
        return _space_after_colon(line)
    return f"write line {line + 1} as “key: value”, or with “- ” at its start if it is an entry of a list"


def _unclosed_quote(halt: _Halt) -> str:
    return f"is the {halt.opening} in line {halt.since + 1} closed?"


def _unclosed_bracket(halt: _Halt) -> str:
    closing = {"[": "]", "{": "}"}.get(halt.opening, "")
    return f"is the {halt.opening} in line {halt.since + 1} closed with {closing}, and {_IN_BRACKETS}"


def _not_outermost(halt: _Halt) -> str:
    if not halt.first:
        return _after_closing(halt)
    return f"does line {halt.line + 1} begin further left than what is above? All outermost keys begin in one column"


_HINTS: Final[dict[str, Callable[[_Halt], str]]] = {
    "mapping values are not allowed": _second_key,
    "while parsing a block mapping": _no_key,
    "while parsing a block collection": _no_entry,
    "while scanning a simple key": _no_colon,
    "while scanning a quoted scalar": _unclosed_quote,
    "while parsing a quoted scalar": lambda _: (
        "a backslash within \"…\" is written \\\\; within '…' it stands as it is"
    ),
    "while parsing a flow node": lambda _: f"is every bracket closed, and {_IN_BRACKETS}",
    "while parsing a flow": _unclosed_bracket,
    "did not find expected <document start>": _not_outermost,
    "block sequence entries are not allowed": lambda _: (
        "a list begins on a line of its own; a text that begins with a dash is put in quotes"
    ),
    **dict.fromkeys(
        (
            "mapping keys are not allowed",
            "while scanning for the next token",
            "while scanning an a",
            "while scanning a directive",
            "while scanning a block scalar",
            "while parsing a block node",
        ),
        lambda _: _SPECIAL,
    ),
}
"""What to look at, by how the parser's words begin."""
_TOLD_AT_ITS_START: Final = frozenset({"while scanning a simple key", "while scanning a quoted scalar"})
"""What the parser tells of only where the next thing begins, or the text ends, which is no place to look at."""
