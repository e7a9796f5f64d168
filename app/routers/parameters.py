"""What may stand in a query? Every parameter is known, told apart, and in range; none is ever passed over."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import FastAPI, Path, Query, Request
from pydantic import AfterValidator, Field, StringConstraints

from app.engine.problems import Problem, shown, suggest
from app.engine.reading import ID
from app.errors import Invalid
from app.intake.models import written_as
from app.routers.service import Caller

MOST: Final = 500
"""Items on one page, at most."""
MOST_VERSION: Final = 2**31 - 1
"""The largest version of a policy."""
LONGEST_KEY: Final = 255
"""Characters that an ``Idempotency-Key`` may have."""
LARGEST: Final = 2**63 - 1
"""The largest seq that the record can reach."""


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("it holds a NUL character, which no text has")
    return text


ID_WORDS: Final = "an id is wanted: 1 to 64 of a-z, 0-9, dot, underscore and hyphen"
"""What is said of what is no id that people chose."""
AN_ID: Final = written_as(ID.pattern, ID_WORDS)
"""What an id that people chose is made of."""
Word = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256),
    AfterValidator(_storable),
    Field(json_schema_extra={"pattern": r"^[^\x00]*$"}),
]
"""A text parameter."""
Most = Annotated[int, Field(ge=1, le=MOST)]
Limit = Annotated[Most, Query(description=f"How many items, at most {MOST}")]
Cursor = Annotated[
    str | None, Query(max_length=1200, description="Where to go on: the `next_cursor` of the page before")
]
_INSTANT: Final = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
From = Annotated[
    str | None,
    Query(
        alias="from",
        max_length=64,
        description="Not before: an RFC 3339 time, or a date (its start in UTC)",
        examples=["2026-01-01"],
        json_schema_extra=_INSTANT,
    ),
]
To = Annotated[
    str | None,
    Query(
        max_length=64,
        description="Before: an RFC 3339 time; or up to a date, that day included (UTC)",
        json_schema_extra=_INSTANT,
    ),
]
LeadId = Annotated[UUID, Path(description="The lead's id, as `lead_id` answered it")]


def known_parameters(app: FastAPI) -> dict[tuple[str, str], frozenset[str]]:
    """The query parameters of every operation, by path and method, as the published description names them.

    It is the same for every application of this process: described once, which takes half a second.
    """
    if not _KNOWN:
        _KNOWN.update(_described(app))
    return _KNOWN


_KNOWN: Final[dict[tuple[str, str], frozenset[str]]] = {}


def _described(app: FastAPI) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (path, method.upper()): frozenset(
            one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"
        )
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }


async def nothing_unknown(request: Request, who: Caller) -> None:
    """Refuse what the operation does not ask for, and what is there twice: a filter passed over would be a lie.

    Without a key nothing of this is told.
    """
    if not request.scope["query_string"]:
        return
    known = request.app.state.parameters.get((request.scope["route"].path_format, request.method), frozenset())
    problems, seen = [], set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            hint = suggest(name[:64], known)
            problems.append(Problem(f"query.{name[:64]}", f"there is no such parameter here{hint}"))
        elif name in seen:
            problems.append(Problem(f"query.{name}", "it is there twice; give it once"))
        seen.add(name)
    if problems:
        raise Invalid("Something in the query is wrong; errors says what", places=problems)


def wrong(name: str, message: str) -> Invalid:
    """The error of one query parameter."""
    return Invalid("Something in the query is wrong; errors says what", places=[Problem(f"query.{name}", message)])


# --- cursors ----------------------------------------------------------------------------------------------------------


def cursor_at(kind: str, *place: int | str) -> str:
    """A cursor that goes on behind a place in a list of this kind. Opaque to callers."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, *place])).rstrip(b"=").decode()


def place_at(cursor: str, kind: str, *parts: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The place that a cursor names; ``parts`` read it back.

    Raises:
        Invalid: it is not a cursor of a list of this kind.
    """
    try:
        read = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(read, list) or read[0] != kind or len(read) != len(parts) + 1:
            raise ValueError(kind)
        return tuple(part(value) for part, value in zip(parts, read[1:], strict=True))
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError, binascii.Error):
        raise wrong("cursor", "this is no cursor of this list; send next_cursor back as it came") from None


def seq_in(value: object) -> int:
    """A seq or version in a cursor."""
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise ValueError(value)
    return value


def instant_in(value: str) -> datetime:
    """A time in a cursor."""
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(value)
    return found.astimezone(UTC)


def word_in(value: object) -> str:
    """An id in a cursor."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    return value


# --- times ------------------------------------------------------------------------------------------------------------

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?:([Zz])|([+ -])(\d{2}:?\d{2}))", re.ASCII
)


def instant(name: str, text: str | None, *, end: bool = False) -> datetime | None:
    """The instant that a parameter names. ``end``: a date means the end of its day.

    A ``+`` that became a space on its way in an address still counts as one.

    Raises:
        Invalid: it is neither a time with an offset nor a date, or far outside the calendar.
    """
    if text is None:
        return None
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            if end and day == date.max:
                return datetime.combine(day, time.max, UTC)
            return datetime.combine(day, time.min, UTC) + timedelta(days=1 if end else 0)
        found = _TIME.fullmatch(text)
        if found is not None:
            on, clock, utc, sign, offset = found.groups()
            zone = "+00:00" if utc else ("-" if sign == "-" else "+") + offset
            return datetime.fromisoformat(f"{on}T{clock}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong(name, f"{shown(text)} is neither an RFC 3339 time such as 2026-01-31T09:00:00+08:00 nor a date")
