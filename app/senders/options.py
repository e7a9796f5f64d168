"""What is set for a source, as its kind reads it, and is it what the kind wants?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.engine.problems import Problem, at, shown, suggest
from app.senders.base import Option, Sender, Settings

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
}
_NAMES: Final = {"string": "a text", "boolean": "true or false", "array": "a list of texts", "object": "an object"}


def wrong_options(sender: Sender, options: Mapping[str, Any]) -> list[Problem]:
    """All that is wrong with the options of a source of this kind; ``where`` begins with ``options``."""
    known = {option.name: option for option in sender.options}
    there = f"; it has {', '.join(known) or 'none'}"
    found = [
        Problem(at("options", name), f"{sender.kind} has no such option{suggest(str(name), known) or there}")
        for name in options
        if name not in known
    ]
    for option in sender.options:
        value = options.get(option.name)
        if value is None:
            if option.needed:
                found.append(Problem(at("options", option.name), f"it is needed: {option.meaning[0]}"))
        elif (message := _wrong(option, value)) is not None:
            found.append(Problem(at("options", option.name), message))
    return found


def _wrong(option: Option, value: Any) -> str | None:
    if not isinstance(value, _TYPES[option.type]):
        return f"{_NAMES[option.type]} is wanted, this is {shown(value)}"
    if isinstance(value, list | tuple) and not all(isinstance(each, str) for each in value):
        return f"{_NAMES[option.type]} is wanted"
    if option.choices and value not in option.choices:
        return (
            f"one of {', '.join(option.choices)} is wanted, this is {shown(value)}{suggest(str(value), option.choices)}"
        )
    return None


def text_option(settings: Settings, name: str, otherwise: str = "") -> str:
    """An option that is a text."""
    value = settings.options.get(name)
    return value if isinstance(value, str) and value else otherwise


def texts_option(settings: Settings, name: str, otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
    """An option that is a list of texts; one text is a list of one."""
    value = settings.options.get(name)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(each for each in value if isinstance(each, str))
    return otherwise


def flag_option(settings: Settings, name: str, otherwise: bool = False) -> bool:
    """An option that is true or false."""
    value = settings.options.get(name)
    return value if isinstance(value, bool) else otherwise
