"""How do fields come out under the names that people know them by, and none over another?"""

from __future__ import annotations

import hashlib
from typing import Any, Final, Literal, TypeAlias

from app.intake.text import line, sound

LONGEST_NAME: Final = 200
LONGEST_KEY: Final = 200
DEEPEST_LIST: Final = 4
"""Objects within each other in which a list of labels and values is still looked for."""

Known: TypeAlias = Literal["email", "phone", "name"]
"""What a sender says of a field by its type, whatever it is labelled."""

_LABELS: Final = ("label", "question", "title", "column_id", "name", "key")
_VALUES: Final = ("value", "answer", "values", "string_value")
_KNOWN_TYPES: Final[dict[str, Known]] = {
    "email": "email",
    "input_email": "email",
    "phone": "phone",
    "tel": "phone",
    "phone_number": "phone",
    "input_phone_number": "phone",
}


class Naming:
    """Puts fields together: a name that is taken already gets a number (``Phone``, ``Phone 2``)."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self._taken: dict[str, int] = {}

    def add(self, name: str, value: Any, known: Known | None = None) -> None:
        """One field more. The first that is ``known`` to be an address or the like is called that."""
        name = line(name[: LONGEST_NAME * 4])[:LONGEST_NAME] or "field"
        if known is not None and known not in self.fields:
            name = known
        if name in self.fields:
            first, number = name, self._taken.get(name, 1)
            while name in self.fields:
                number += 1
                name = f"{first} {number}"
            self._taken[first] = number
        self.fields[name] = value

    def add_all(self, fields: dict[str, Any]) -> None:
        """Those of ``fields`` whose names are free; others keep what they have."""
        for name, value in fields.items():
            if name not in self.fields:
                self.fields[name] = value


def known_by_type(kind: Any) -> Known | None:
    """What a sender's type of field is known to be."""
    return _KNOWN_TYPES.get(kind.strip().lower()) if isinstance(kind, str) else None


def lifted(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree with lists of labels and values (``[{"label": "Email", "value": …}]``) as fields at its top.

    Such lists are how Tally (``data.fields``), Calendly (``payload.questions_and_answers``) and others send what
    people wrote: where each element has a label, a question, a title or a name, and a value or an answer. What stands
    at the top already keeps its name.
    """
    found: list[list[Any]] = []
    rest = _without_lists(tree, found, 0)
    if not found:
        return tree
    naming = Naming()
    naming.fields.update(rest)
    for pairs in found:
        for pair in pairs:
            naming.add(_label(pair) or "field", _value(pair), known_by_type(pair.get("type")))
    return naming.fields


def _without_lists(part: dict[str, Any], found: list[list[Any]], depth: int) -> dict[str, Any]:
    rest: dict[str, Any] = {}
    for name, value in part.items():
        if isinstance(value, list) and value and all(_is_pair(each) for each in value):
            found.append(value)
        elif isinstance(value, dict) and depth < DEEPEST_LIST:
            rest[name] = _without_lists(value, found, depth + 1)
        else:
            rest[name] = value
    return rest


def _is_pair(element: Any) -> bool:
    return isinstance(element, dict) and _label(element) is not None and any(name in element for name in _VALUES)


def _label(pair: dict[str, Any]) -> str | None:
    return next((text for name in _LABELS if isinstance(text := pair.get(name), str) and text.strip()), None)


def _value(pair: dict[str, Any]) -> Any:
    value = next((pair[name] for name in _VALUES if name in pair), None)
    options = pair.get("options")
    if isinstance(options, list) and value is not None:
        texts = {
            option["id"]: option["text"]
            for option in options
            if isinstance(option, dict) and isinstance(option.get("id"), str) and isinstance(option.get("text"), str)
        }
        value = _named(value, texts)
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _named(value: Any, texts: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_named(each, texts) for each in value if not isinstance(each, list)]
    return texts.get(value, value) if isinstance(value, str) else value


def full_name(first: str, last: str, *between: str) -> str:
    """A person's name from its parts, in the order of its script: ``Anna Berg``, ``王小明``."""
    first, last = first.strip(), last.strip()
    if first and last and not any(between) and _is_east_asian(first) and _is_east_asian(last):
        return last + first
    return " ".join(part for part in (first, *(part.strip() for part in between), last) if part)


def _is_east_asian(text: str) -> bool:
    return all("\u3400" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af" for letter in text)


def text_of(value: Any) -> str | None:
    """A text or a whole number as text, None for anything else and for nothing."""
    match value:
        case bool():
            return None
        case int():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case str():
            return sound(value).strip() or None
        case _:
            return None


def key_of(value: Any) -> str | None:
    """A sender's id of an event as a key of at most :data:`LONGEST_KEY` characters, None if it is none.

    What is longer is cut and ended by its SHA-256, so that two do not become one.
    """
    text = text_of(value)
    if text is None or len(text) <= LONGEST_KEY:
        return text
    ending = hashlib.sha256(text.encode()).hexdigest()
    return text[: LONGEST_KEY - len(ending)] + ending
