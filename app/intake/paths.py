"""Where in a tree is the value that a path names, and how is a place in it written as a path?

A tree is what JSON can carry; a web form is one of a single level. A path is read by these rules:

- ``a.b``: the member ``b`` of ``a``. Members are found exactly, or else folded (case, width and blanks do not count).
- ``a[0]``, ``a[-1]``: an element of a list. ``a[*]``: each element. ``a[name=email]``: the first element whose member
  ``name`` is ``email``, folded. What is no list counts as a list of itself.
- A segment with a dot, a bracket or a quote in it is quoted, a quote in it doubled: ``"Your e.mail"``, ``a["b"]``.
  ``a[b]`` is ``a.b``.
- Forms write nested names flat: ``fields[email][value]`` as the name of one field is found under the same path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from app.intake.errors import UnreadablePath
from app.intake.text import fold

LONGEST_PATH: Final = 500
MOST_STEPS: Final = 32
MOST_ELEMENTS: Final = 1000
"""Elements of a list that ``[*]`` looks at."""

Position: TypeAlias = tuple[str | int, ...]
"""A place in a tree: keys and indexes from the root on."""


@dataclass(frozen=True, slots=True)
class Key:
    """A member by its name."""

    name: str
    folded: str


@dataclass(frozen=True, slots=True)
class Index:
    """An element by its place, from the end if it is negative."""

    number: int


@dataclass(frozen=True, slots=True)
class Every:
    """Every element."""


@dataclass(frozen=True, slots=True)
class Matching:
    """The first element whose member is this."""

    member: Key
    value: str


@dataclass(frozen=True, slots=True)
class Like:
    """Every member whose name has these parts in this order, the first at its beginning, the last at its end."""

    parts: tuple[str, ...]

    def fits(self, name: str) -> bool:
        """Whether a name is one of these. In linear time, which a regular expression would not be."""
        first, *middle, last = self.parts
        name = folded(name)
        if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
            return False
        at, end = len(first), len(name) - len(last)
        for part in middle:
            at = name.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True


Step: TypeAlias = Key | Index | Every | Matching | Like


@dataclass(frozen=True, slots=True)
class Path:
    """A path as it was written, and its steps."""

    text: str
    steps: tuple[Step, ...]


class Found(NamedTuple):
    """A value and its place, and the places of what was only used to find it or read it."""

    position: Position
    value: Any
    used: tuple[Position, ...] = ()


def folded(name: str) -> str:
    """The form in which names are compared: folded, every run of white space one blank, none at the ends."""
    return " ".join(fold(name).split())


def read_path(text: str, *, pattern: bool = False) -> Path:
    """The path that a text is. In a ``pattern`` a ``*`` in a bare segment stands for any characters.

    Raises:
        UnreadablePath: it is none; with the position.
    """
    if len(text) > LONGEST_PATH:
        raise UnreadablePath(LONGEST_PATH + 1, f"a path has at most {LONGEST_PATH} characters")
    steps = tuple(_Reader(text, pattern).steps())
    if len(steps) > MOST_STEPS:
        raise UnreadablePath(len(text), f"a path has at most {MOST_STEPS} segments")
    return Path(text.strip(), steps)


def write_path(position: Position) -> str:
    """The path of a place, as :func:`read_path` reads it."""
    text = ""
    for key in position:
        if isinstance(key, int):
            text += f"[{key}]"
            continue
        bare = key and key == key.strip() and key != "*" and not _SPECIAL.search(key)
        text += ("." if text else "") + (key if bare else '"' + key.replace('"', '""') + '"')
    return text


def flat_segments(name: str) -> tuple[str, ...]:
    """The segments of a form field's name: ``fields[email][value]``, ``contact.email``, ``topics[]``, ``email``."""
    if "[" in name and (_FLAT.fullmatch(name)):
        head, _, rest = name.partition("[")
        return (head, *filter(None, rest[:-1].split("][")))
    if "." in name and not any(character.isspace() for character in name):
        parts = name.split(".")
        if all(parts):
            return tuple(parts)
    return (name,)


_SPECIAL: Final = re.compile(r'[.\[\]"]')
_BARE: Final = re.compile(r'[^.\[\]"]*')
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"')
_INDEX: Final = re.compile(r"-?\d{1,9}", re.ASCII)
_FLAT: Final = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])+")


class _Reader:
    """One path being read: its text, and how far it has been."""

    def __init__(self, text: str, pattern: bool) -> None:
        self.text = text
        self.pattern = pattern
        self.at = 0

    def steps(self) -> Iterator[Step]:
        if not self.text.strip():
            raise UnreadablePath(1, "a path is wanted here, as contact.email")
        self.blanks()
        if not self.on("["):
            yield self.segment()
        while self.at < len(self.text):
            if self.on("["):
                yield self.bracket()
            elif self.on("."):
                self.at += 1
                yield self.segment()
            else:
                raise self.wrong("a dot or a bracket is wanted here; quote a segment that has quotes in it")

    def on(self, character: str) -> bool:
        return self.text.startswith(character, self.at)

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def wrong(self, message: str) -> UnreadablePath:
        return UnreadablePath(self.at + 1, message)

    def segment(self) -> Step:
        self.blanks()
        if self.on('"'):
            return _key(self.quoted())
        begun = self.at
        bare = _BARE.match(self.text, begun)
        self.at = bare.end() if bare else begun
        name = self.text[begun : self.at].strip()
        if self.on("]"):
            raise self.wrong("this bracket closes none; quote a name that has brackets in it")
        if self.on('"'):
            raise self.wrong('a quote stands only around a whole segment, as a."b.c"')
        if not name:
            raise self.wrong("a name is missing here")
        if "*" in name and self.pattern:
            return Like(tuple(folded(part) if part.strip() else part for part in name.split("*")))
        if name == "*":
            self.at = begun
            raise self.wrong("write [*] for every element of a list; to ignore every name, write it under ignore")
        return _key(name)

    def quoted(self) -> str:
        found = _QUOTED.match(self.text, self.at)
        if found is None:
            raise self.wrong("the quote that opens here is never closed")
        if not found[1]:
            raise self.wrong("a name is missing between the quotes")
        self.at = found.end()
        self.blanks()
        return found[1].replace('""', '"')

    def bracket(self) -> Step:
        opened = self.at
        self.at += 1
        self.blanks()
        if self.on('"'):
            name = self.quoted()
            step: Step = self.matching(name) if self.on("=") else _key(name)
        else:
            begun = self.at
            while self.at < len(self.text) and self.text[self.at] not in '=]["':
                self.at += 1
            name = self.text[begun : self.at].strip()
            if self.on("="):
                step = self.matching(name)
            elif name == "*":
                step = Every()
            elif _INDEX.fullmatch(name):
                step = Index(int(name))
            elif not name and self.on("]"):
                raise self.wrong(
                    "say which element: [0] the first, [*] every one, [name=email] the one whose name is email"
                )
            else:
                step = _key(name)
        if not self.on("]"):
            self.at = opened if self.at >= len(self.text) else self.at
            raise self.wrong(
                "the bracket that opens here is never closed" if self.at == opened else "a ] is wanted here"
            )
        self.at += 1
        self.blanks()
        return step

    def matching(self, member: str) -> Matching:
        if not member:
            raise self.wrong("the name of a member is missing before the =")
        self.at += 1
        self.blanks()
        if self.on('"'):
            return Matching(_named(member), folded(self.quoted()))
        begun = self.at
        while self.at < len(self.text) and self.text[self.at] not in '[]"':
            self.at += 1
        value = folded(self.text[begun : self.at])
        if not value:
            raise self.wrong("a value is missing behind the =")
        return Matching(_named(member), value)


def _named(name: str) -> Key:
    return Key(name, folded(name))


def _key(name: str) -> Step:
    return _named(name)
