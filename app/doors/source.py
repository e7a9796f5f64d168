"""What is a source? A kind of sender, its secrets, and how what it sends becomes a lead."""

from __future__ import annotations

import asyncio
import secrets as chance
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import orjson
from asyncpg import Connection
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.doors.form import FORM, OWN, FormSettings
from app.doors.kinds import KINDS
from app.engine.problems import Problem, suggest
from app.errors import Invalid
from app.intake.errors import UnusableMapping
from app.intake.mapping import FieldMapping
from app.intake.mapping_document import read_mapping
from app.intake.models import Rate, problems_in
from app.lane.batch import new_id
from app.senders.base import Sender, Settings
from app.senders.generic import GENERIC
from app.senders.options import wrong_options
from app.store import sources as stored
from app.store.connections import Doing
from app.store.history import Row
from app.store.sealing import Seal, end_of

SHORTEST_SECRET: Final = 16
"""Characters of a secret, at least; those that are made here have more."""

LONGEST_SECRET: Final = 4000
"""Characters of a secret, at most."""

PURPOSES: Final[tuple[stored.Purpose, ...]] = ("secret", "token")
"""What a secret of a source can be for."""

SEEN_SECONDS: Final = 2.0
"""For how long a worker goes on with what it has read of a source: an edit holds everywhere after that."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class SourceDocument(BaseModel):
    """A source as people write it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: str
    name: Name | None = None
    enabled: bool = True
    mapping: dict[str, Any] = {}
    options: dict[str, Any] = {}
    rate: Rate | None = None
    form: FormSettings | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it is worked with: its mapping lies over that of its kind."""

    id: str
    document: SourceDocument
    sender: Sender
    mapping: FieldMapping
    settings: Settings
    revision: int

    @property
    def enabled(self) -> bool:
        """Whether it takes anything."""
        return self.document.enabled

    @property
    def form(self) -> FormSettings:
        """What is set for it as a web form."""
        return self.document.form or FormSettings()


def take_secrets(fields: dict[str, Any]) -> dict[stored.Purpose, str | None]:
    """Take the secrets out of a source as people write it, so that the rest is its document.

    Raises:
        Invalid: one of them is no text, or too long.
    """
    taken: dict[stored.Purpose, str | None] = {}
    for purpose in PURPOSES:
        value = fields.pop(purpose, None)
        if value is not None and not (isinstance(value, str) and 1 <= len(value) <= LONGEST_SECRET):
            message = f"a text of 1 to {LONGEST_SECRET} characters"
            raise Invalid("Something in the source is wrong", places=[Problem(purpose, message)])
        taken[purpose] = value
    return taken


def read_document(given: Mapping[str, Any]) -> SourceDocument:
    """A source's document, checked whole.

    Raises:
        Invalid: something in it is wrong; every place is named.
    """
    try:
        document = SourceDocument.model_validate(given)
    except ValidationError as error:
        raise Invalid(
            "Something in the source is wrong; errors says what, and where", places=problems_in(error, SourceDocument)
        ) from None
    places: list[Problem] = []
    sender = KINDS.get(document.kind)
    if sender is None:
        hint = suggest(document.kind[:64], KINDS)
        known = ", ".join(sorted(KINDS))
        places.append(Problem("kind", f"there is no such kind{hint or f': it is one of {known}'}"))
    else:
        places += wrong_options(sender, document.options)
        if document.form is not None and document.kind != FORM:
            places.append(Problem("form", f"only a source of kind {FORM} has this"))
        elif document.form is not None and document.form.honeypot in (*document.form.fields, *OWN):
            message = "people fill this field in, or the form itself does: name one that is in none of your forms"
            places.append(Problem("form.honeypot", message))
    try:
        read_mapping(document.mapping)
    except UnusableMapping as error:
        places += [Problem(f"mapping.{one.where}" if one.where else "mapping", one.message) for one in error.problems]
    if places:
        raise Invalid("Something in the source is wrong; errors says what, and where", places=places)
    return document


def travels(sender: Sender, options: Mapping[str, Any]) -> bool:
    """Whether the secret of a source of this kind comes with each request itself, and not only a signature."""
    return sender.bare or (sender is GENERIC and "signature_header" not in options)


def source_of(row: Row, secrets: Sequence[Row], seal: Seal) -> Source:
    """A source as it is stored, its secrets opened.

    Raises:
        Unsealable: a secret was sealed under a key that is not set.
    """
    document = SourceDocument.model_validate(orjson.loads(row["document"]))
    sender = KINDS[document.kind]
    opened = {
        purpose: tuple(seal.open(one["sealed"]) for one in secrets if one["purpose"] == purpose)
        for purpose in ("secret", "token")
    }
    return Source(
        id=row["id"],
        document=document,
        sender=sender,
        mapping=read_mapping(document.mapping).over(read_mapping(sender.mapping)),
        settings=Settings(opened["secret"], next(iter(opened["token"]), None), _options(document)),
        revision=row["revision"],
    )


def _options(document: SourceDocument) -> dict[str, Any]:
    """A kind's options; a web form's are what is set for it as one."""
    return {"form": document.form or FormSettings()} if document.kind == FORM else document.options


def new_secret(seal: Seal, purpose: stored.Purpose, given: str | None) -> tuple[str, stored.NewSecret]:
    """A secret in the clear and as it is kept: the one that was given, else one that is made."""
    secret = given if given is not None else chance.token_urlsafe(32)
    return secret, stored.NewSecret(new_id(), purpose, seal.seal(secret), end_of(secret) or "")


class Sources:
    """The sources, as this worker has last seen them."""

    def __init__(self, read: Doing, seal: Seal) -> None:
        self._read = read
        self._seal = seal
        self._seen: dict[str, tuple[float, Source | None]] = {}

    async def find(self, source_id: str, *, fresh: bool = False) -> Source | None:
        """The source of this id, seen no longer ago than :data:`SEEN_SECONDS`; None if there is none.

        Raises:
            DatabaseAway: it cannot be looked for.
            Unsealable: a secret of it was sealed under a key that is not set.
        """
        now = asyncio.get_running_loop().time()
        known = self._seen.get(source_id)
        if known is not None and not fresh and now - known[0] < SEEN_SECONDS:
            return known[1]

        async def stored_source(connection: Connection) -> tuple[Row | None, Sequence[Row]]:
            row = await connection.fetchrow(stored.SOURCE, source_id)
            return row, [] if row is None else await connection.fetch(stored.SECRETS, [source_id])

        row, secrets = await self._read(stored_source)
        found = None if row is None else source_of(row, secrets, self._seal)
        if len(self._seen) > 10_000:
            self._seen.clear()
        self._seen[source_id] = (now, found)
        return found

    def forget(self, source_id: str) -> None:
        """Read it anew when it is next asked for."""
        self._seen.pop(source_id, None)
