"""What does a pydantic model find wrong in what was sent, and where?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from app.engine.problems import Problem, at, suggest

_IN_WORDS: Final = {
    **dict.fromkeys(
        ("uuid_parsing", "uuid_type"),
        "an id as answers show it is wanted, such as 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11",
    ),
    **dict.fromkeys(("missing", "missing_argument"), "this is needed"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), "a whole number is wanted"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "a number is wanted"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false is wanted"),
    **dict.fromkeys(("string_type", "string_sub_type"), "a text is wanted"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), "a list is wanted"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "an object is wanted"),
    "greater_than_equal": "a number from {ge} on is wanted",
    "greater_than": "a number above {gt} is wanted",
    "less_than_equal": "a number of at most {le} is wanted",
    "less_than": "a number below {lt} is wanted",
    "string_too_short": "it is too short: its length is at least {min_length}",
    "string_too_long": "it is too long: its length is at most {max_length}",
    "too_short": "these are too few: at least {min_length}",
    "too_long": "these are too many: at most {max_length}",
}
"""What is said of a type of error, with what pydantic knows of it in its places."""
_CHOICE: Final = re.compile(r"'([^']*)'")


def _whole_number(value: object) -> object:
    # JSON knows one kind of number, so 60.0 is 60; what pydantic would take besides ("60", true) is none.
    if isinstance(value, (bool, str)):
        raise ValueError("a whole number is wanted")  # noqa: TRY004  what pydantic tells on
    return value


Rate = Annotated[int, Field(strict=False, ge=1, le=1_000_000), BeforeValidator(_whole_number)]
"""How often something may happen in a minute."""


def problems_in(
    error: ValidationError, form: type[BaseModel], where: str = "", *, elsewhere: Mapping[str, str] | None = None
) -> list[Problem]:
    """All that is wrong, each with its place; ``where`` is the place of the whole. Nothing of what was sent is told.

    ``elsewhere`` says of keys that are none of the whole's own where they belong.
    """
    problems = []
    for one in error.errors(include_url=False):
        place = where
        for key in one["loc"]:
            place = at(place, key[:64] if isinstance(key, str) else key)
        message = message_of(one)
        if one["type"] == "extra_forbidden":
            key = str(one["loc"][-1])
            belongs = (elsewhere or {}).get(key) if len(one["loc"]) == 1 else None
            hint = f" here; put it in `{belongs}`" if belongs else suggest(key[:64], _known(form, one["loc"][:-1]))
            message = f"this key is not known{hint}"
        problems.append(Problem(place, message))
    return problems


def message_of(error: Mapping[str, Any]) -> str:
    """What one error of pydantic's says, in words for whoever sent it."""
    about = error.get("ctx") or {}
    if error["type"] in {"literal_error", "enum"} and (choices := _CHOICE.findall(about.get("expected", ""))):
        given = error.get("input")
        hint = suggest(given[:64], choices) if isinstance(given, str) else ""
        return f"one of {', '.join(choices)} is wanted{hint}"
    words = _IN_WORDS.get(error["type"])
    return words.format(**about) if words else str(error["msg"]).removeprefix("Value error, ")


def written_as(pattern: str, words: str) -> AfterValidator:
    """A text that matches as a whole; one that does not is refused with ``words``, since few people read patterns."""
    whole = re.compile(pattern)

    def check(text: str) -> str:
        if whole.fullmatch(text) is None:
            raise ValueError(words)
        return text

    return AfterValidator(check)


def _known(form: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """The keys that there are at a place in a model; none where that is no model's."""
    here: type[BaseModel] | None = form
    for key in place:
        if here is not None and isinstance(key, str):
            field = next((one for name, one in here.model_fields.items() if key in (one.alias, name)), None)
            here = None if field is None else next(_models(field.annotation), None)
    return [] if here is None else [field.alias or name for name, field in here.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
