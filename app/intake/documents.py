"""What plain data is in a YAML or JSON document that somebody wrote, and if none: where exactly does it go wrong?

YAML is read by the core schema of YAML 1.2, not by YAML 1.1's guesses: only ``true`` and ``false`` are booleans, so
that ``[NO]`` is Norway and ``on:`` a key; ``09:30`` and dates are text. Two things are stricter: a number with leading
zeros stays the text that it is (``007``), for versions disagree on what it is worth, and keys are always the text that
stands there (``1:`` is ``"1"``), as in JSON. Merge keys (``<<``) work. So both formats come to the same: objects with
text keys, lists, text, finite 64-bit numbers, booleans, null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import yaml

from app.intake.yaml_errors import wrong_in

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML was built without libyaml: the same events, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

DEEPEST: Final = 64
"""Levels of lists and objects within each other that are still read."""
MOST_ALIASED: Final = 100_000
"""Values that YAML aliases may stand for in all: more is a bomb, not a document."""
MOST_ALIASED_TEXT: Final = 1_000_000
"""Characters that YAML aliases may stand for in all, keys included: about what a body may have in full."""
_LARGEST: Final = 2**63
_LONGEST_NUMBER: Final = 400

_JSON_TYPE: Final = re.compile(r"(application|text)/([^;]*\+)?json\b", re.IGNORECASE)
_YAML_TYPE: Final = re.compile(r"(application|text)/([^;]*\+)?(x-)?yaml\b", re.IGNORECASE)
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class UnreadableDocument(ValueError):
    """The bytes are not a document. ``where`` is a place as ``roster, line 3, column 7``, ``message`` what is wrong."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message


def read_document(raw: bytes, content_type: str | None, *, name: str = "document") -> object:
    """The plain data in ``raw``, which is UTF-8 text in JSON or YAML.

    The content type decides which, where it names one of them; else JSON is tried first. ``name`` is what errors call
    the document. Its size is for the caller to bound.

    Raises:
        UnreadableDocument: not UTF-8, empty, not JSON or YAML, a key twice in one object, more than ``DEEPEST``
            levels, aliases that stand for more than ``MOST_ALIASED`` values, for more than ``MOST_ALIASED_TEXT``
            characters or for themselves, NaN or an infinity, integers beyond 64 bits, more than one document,
            characters that no database stores.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableDocument(f"{name}, byte {error.start}", "it is not UTF-8 text") from None
    if not text.strip():
        raise UnreadableDocument(name, "it is empty")
    kind = content_type or ""
    if _JSON_TYPE.match(kind):
        return _json(text, name)
    if not _YAML_TYPE.match(kind) and text.lstrip()[0] in '{["':
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return _yaml(text, name)
        return _json(text, name)
    return _yaml(text, name)


# --- JSON

_JSON_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]|-?\b(?:NaN|Infinity)\b', re.DOTALL)


def _json(text: str, name: str) -> object:
    _check_json(text, name)

    def whole(digits: str) -> int:
        if len(digits) > 20 or abs(int(digits)) >= _LARGEST:
            raise UnreadableDocument(name, f"the number {digits[:40]} is too large")
        return int(digits)

    def real(digits: str) -> float:
        if not math.isfinite(float(digits)):
            raise UnreadableDocument(name, f"the number {digits[:40]} is too large")
        return float(digits)

    try:
        return json.loads(text, parse_int=whole, parse_float=real)
    except json.JSONDecodeError as error:
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise UnreadableDocument(where, f"it is not JSON: {error.msg}") from None


def _check_json(text: str, name: str) -> None:
    """Refuse what ``json`` would let pass, or choke on, by looking at strings and brackets only."""
    inside: list[set[str] | None] = []  # the keys of each object around, None for a list
    key_next = False
    for found in _JSON_TOKEN.finditer(text):
        word = found[0]
        match word[0]:
            case "{" | "[":
                inside.append(set() if word == "{" else None)
                key_next = word == "{"
                if len(inside) > DEEPEST:
                    raise UnreadableDocument(_place(text, found.start(), name), _TOO_DEEP)
            case "}" | "]":
                if inside:
                    inside.pop()
                key_next = False
            case ",":
                key_next = bool(inside) and inside[-1] is not None
            case ":":
                key_next = False
            case '"':
                try:
                    value = json.loads(word) if "\\" in word else word[1:-1]
                except ValueError:
                    continue  # what is wrong with it is told when it is read
                if _UNSTORABLE.search(value):
                    raise UnreadableDocument(_place(text, found.start(), name), _NOT_STORABLE)
                if key_next and inside and (keys := inside[-1]) is not None:
                    if value in keys:
                        raise UnreadableDocument(_place(text, found.start(), name), _twice(value))
                    keys.add(value)
                key_next = False
            case _:
                raise UnreadableDocument(
                    _place(text, found.start(), name), f"it is not JSON: {word} is no number there"
                )


def _place(text: str, at: int, name: str) -> str:
    line_start = text.rfind("\n", 0, at) + 1
    return f"{name}, line {text.count(chr(10), 0, at) + 1}, column {at - line_start + 1}"


# --- YAML

_TAG: Final = "tag:yaml.org,2002:"
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (int, float),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}


@dataclass(slots=True)
class _Open:
    """A list or an object that is being read."""

    value: list[Any] | dict[str, Any]
    anchor: str | None
    key: str | None = None
    """The key whose value comes next; None where a key comes next."""
    size: int = 1
    """Values in it, itself included, aliases counted for what they stand for."""
    text: int = 0
    """Characters in it, keys included, aliases counted for what they stand for."""
    height: int = 1
    merged: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Node:
    value: Any
    size: int = 1
    text: int = 0
    height: int = 0
    plain: bool = False
    """Whether it is text without quotes, as a merge key must be."""


def _yaml(text: str, name: str) -> object:
    loader = _Loader(text)
    try:
        return _Builder(name).build(_events(loader))
    except yaml.MarkedYAMLError as error:
        wrong = wrong_in(text, error)
        where = f"{name}, line {wrong.place[0]}, column {wrong.place[1]}" if wrong.place else name
        raise UnreadableDocument(where, f"it is not YAML: {wrong.message}") from None
    except yaml.reader.ReaderError as error:
        raise UnreadableDocument(name, f"it is not YAML: {error.reason} (at position {error.position})") from None
    finally:
        loader.dispose()


def _events(loader: Any) -> Iterator[Any]:
    while loader.check_event():
        yield loader.get_event()


class _Builder:
    """Puts the parser's events together without recursion, so that nothing written can exhaust the stack."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[_Open] = []
        self._anchors: dict[str, _Node | None] = {}  # None: still open
        self._aliased = 0
        self._aliased_text = 0
        self._root: _Node | None = None

    def build(self, events: Iterator[Any]) -> object:
        documents = 0
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    node = self._scalar(event)
                    self._anchor(event.anchor, node)
                    self._add(node, event)
                case yaml.AliasEvent():
                    self._add(self._alias(event), event)
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    self._start(event)
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    self._end(event)
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self._refuse(event, "there is more than one document")
                case _:
                    pass
        if self._root is None:
            raise UnreadableDocument(self._name, "it is empty")
        return self._root.value

    def _start(self, event: Any) -> None:
        kind = "seq" if isinstance(event, yaml.SequenceStartEvent) else "map"
        if event.tag not in (None, "!", _TAG + kind):
            self._refuse(event, f"the tag {event.tag} means nothing here")
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is None:
            self._refuse(event, "a key must be text")
        if len(self._open) >= DEEPEST:
            self._refuse(event, _TOO_DEEP)
        self._anchor(event.anchor, None)
        self._open.append(_Open([] if kind == "seq" else {}, event.anchor))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        if isinstance(done.value, dict):
            for other in done.merged:
                for key, value in other.items():
                    done.value.setdefault(key, value)
        node = _Node(done.value, done.size, done.text, done.height)
        self._anchor(done.anchor, node)
        self._add(node, event)

    def _add(self, node: _Node, event: Any) -> None:
        if not self._open:
            self._root = node
            return
        around = self._open[-1]
        around.size += node.size
        around.text += node.text
        around.height = max(around.height, node.height + 1)
        if isinstance(around.value, list):
            around.value.append(node.value)
        elif around.key is None:
            around.key = self._key(node, event)
        elif around.key == _MERGE:
            around.merged += self._mergeable(node.value, event)
            around.key = None
        else:
            around.value[around.key] = node.value
            around.key = None

    def _key(self, node: _Node, event: Any) -> str:
        # A key is the text that stands there, whatever the schema would make of it.
        text = event.value if isinstance(event, yaml.ScalarEvent) else node.value
        if not isinstance(text, str):
            self._refuse(event, "a key must be text")
        if text == "<<" and node.plain:
            return _MERGE
        if text in self._open[-1].value:
            self._refuse(event, _twice(text))
        return text

    def _mergeable(self, value: Any, event: Any) -> list[Any]:
        others = value if isinstance(value, list) else [value]
        if not all(isinstance(other, dict) for other in others):
            self._refuse(event, "only objects can be merged with <<")
        return others

    def _scalar(self, event: Any) -> _Node:
        text, tag = event.value, event.tag
        if _UNSTORABLE.search(text):
            self._refuse(event, _NOT_STORABLE)
        plain = event.implicit[0] and tag is None
        if plain:
            return _Node(self._resolved(text, event), text=len(text), plain=True)
        if tag in (None, "!", f"{_TAG}str"):
            return _Node(text, text=len(text))
        if tag not in _TYPES:
            self._refuse(event, f"the tag {tag} means nothing here")
        value = self._resolved(text, event)
        if type(value) not in _TYPES[tag]:
            self._refuse(event, f'"{text[:40]}" is no {tag.removeprefix(_TAG)}')
        return _Node(value)

    def _resolved(self, text: str, event: Any) -> Any:
        """What text without quotes is, by the core schema."""
        if text in _WORDS:
            return _WORDS[text]
        if not (text[0].isdigit() or text[0] in "+-."):
            return text
        if _ENDLESS.fullmatch(text):
            self._refuse(event, f"{text} is no number that can be used here")
        if not (_INT.fullmatch(text) or _BASED.fullmatch(text) or _FLOAT.fullmatch(text)):
            return text
        number: int | float
        if len(text) > _LONGEST_NUMBER:
            self._refuse(event, f"the number {text[:40]} is too long")
        if _INT.fullmatch(text):
            number = int(text)
        elif _BASED.fullmatch(text):
            number = int(text, 0)
        else:
            number = float(text)
        if not math.isfinite(number) or (isinstance(number, int) and abs(number) >= _LARGEST):
            self._refuse(event, f"the number {text[:40]} is too large")
        return number

    def _anchor(self, anchor: str | None, node: _Node | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _alias(self, event: Any) -> _Node:
        if event.anchor not in self._anchors:
            self._refuse(event, f"nothing before it is named &{event.anchor}")
        node = self._anchors[event.anchor]
        if node is None:
            self._refuse(event, f"*{event.anchor} stands inside of what it stands for")
        self._aliased += node.size
        if self._aliased > MOST_ALIASED:
            self._refuse(event, f"aliases stand for more than {MOST_ALIASED:,} values")
        self._aliased_text += node.text
        if self._aliased_text > MOST_ALIASED_TEXT:
            self._refuse(event, _TOO_MUCH_TEXT)
        if len(self._open) + node.height > DEEPEST:
            self._refuse(event, _TOO_DEEP)
        return node

    def _refuse(self, event: Any, message: str) -> NoReturn:
        mark = event.start_mark
        raise UnreadableDocument(f"{self._name}, line {mark.line + 1}, column {mark.column + 1}", message)


_MERGE: Final = "\x00<<"
"""Stands for the merge key, so that a quoted "<<" can be a key like any other: no key that was read holds a NUL."""
_TOO_DEEP: Final = f"more than {DEEPEST} levels of lists and objects"
_TOO_MUCH_TEXT: Final = (
    f"aliases stand for more than {MOST_ALIASED_TEXT:,} characters; shorten what they stand for, or use them less often"
)
_NOT_STORABLE: Final = "it holds a character that cannot be stored (NUL, or half of a surrogate pair)"


def _twice(key: str) -> str:
    return f'the key "{key[:80]}" is there twice'
