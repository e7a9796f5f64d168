"""What does a subscription say? Of which events somebody is told, how, and with which secrets; read, kept, shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from app.channels.base import Channel, Told
from app.engine.explain import Language
from app.engine.problems import Problem, at, suggest
from app.errors import Invalid
from app.events.record import TYPES, types_for
from app.events.telling import Channels
from app.intake.models import problems_in, written_as
from app.store.outbox import Wanted
from app.store.sealing import Seal, end_of

MOST: Final = 1000
"""Values in one list of a filter, at most."""
LONGEST_SECRET: Final = 4096
"""Characters of a secret, at most."""
Value = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256),
    written_as(r"[^\x00]*", "it holds a NUL character, which no text has"),
]
Values = Annotated[list[Value], Field(max_length=MOST)]


class Part(BaseModel):
    """A part of a document whose every member is known."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, strict=True)


class Filter(Part):
    """Which leads it is about: null is any. What concerns no lead passes, but for ``reps``, which chooses theirs."""

    teams: Values | None = None
    tiers: Values | None = None
    sources: Values | None = None
    reps: Values | None = None


_UNKNOWN: Final[Mapping[str, str]] = {
    "teams": "there is no team {}",
    "tiers": "the active policy has no tier {}",
    "sources": "there is no source {}, so it is right only if leads name that themselves",
    "reps": "there is no rep {}",
}
_MOST_SUGGESTED: Final = 10
"""Names in one list for which another is looked for."""


def unknown_names(chosen: Filter, known: Mapping[str, Collection[str] | None]) -> list[Problem]:
    """What is to be noticed of a filter: each name that is none of those ``known``; of None nothing is known."""
    found: list[Problem] = []
    for part, words in _UNKNOWN.items():
        names, there = getattr(chosen, part) or [], known[part]
        if names and there is not None:
            # A roster holds up to tens of thousands, and leads are decided in the same thread.
            at_hand = frozenset(there)
            missing = [(index, name) for index, name in enumerate(names) if name not in at_hand]
            for count, (index, name) in enumerate(missing):
                hint = suggest(name[:64], there) if count < _MOST_SUGGESTED else ""
                found.append(Problem(f"filter.{part}[{index}]", f"{words.format(f'“{name[:64]}”')}{hint}"))
    return found


class Fields(Part):
    """All that is kept of a subscription as it is shown."""

    events: list[str] | None = None
    filter: Filter = Filter()
    settings: dict[str, Any] = {}
    language: Literal["en", "zh"] = "en"
    personal_data: bool = True

    @field_validator("events")
    @classmethod
    def _known(cls, given: list[str] | None) -> list[str] | None:
        for name in given or ():
            if name not in TYPES:
                hint = suggest(name[:64], TYPES) or f"; there are {', '.join(TYPES)}"
                raise ValueError(f"there is no event “{name[:64]}”{hint}")
        if given == []:
            raise ValueError("an empty list is no event at all; leave it out for all that the kind takes")
        return given

    @field_validator("filter", "settings", mode="before")
    @classmethod
    def _null(cls, given: object) -> object:
        return {} if given is None else given


class Document(Fields):
    """A subscription as it is put.

    ``secrets`` are written and never read: those that are not named stay, null takes one away. ``from``: the first seq
    that it is told of, 0 for everything there has been, or ``now``; where it is not given, a new one begins now, and
    another goes on where it is.
    """

    kind: str
    secrets: dict[str, Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SECRET)] | None] = {}
    enabled: bool = True
    begin: Literal["now"] | int | None = Field(None, alias="from")

    @field_validator("begin", mode="before")
    @classmethod
    def _place(cls, given: object) -> object:
        if given in (None, "now") or (type(given) is int and 0 <= given < 2**63):
            return given
        raise ValueError("“now” or a seq is wanted: the first that is to be told, 0 for all that has been recorded")

    @field_validator("secrets", mode="before")
    @classmethod
    def _no_secrets(cls, given: object) -> object:
        return {} if given is None else given

    def kept(self) -> str:
        """What of it is kept as a document."""
        return orjson.dumps(self.model_dump(include=set(Fields.model_fields))).decode()


@dataclass(frozen=True, slots=True)
class Secret:
    """One value of a secret. ``ends`` are its last characters, if it is long; ``until``: how long it is valid."""

    sealed: str
    ends: str | None
    since: datetime
    until: datetime | None = None


Secrets = Mapping[str, tuple[Secret, ...]]
"""By name; the newest value comes first."""


def read(given: Mapping[str, Any], channels: Channels) -> tuple[Document, Channel]:
    """A subscription's document, checked whole, with the kind that it names.

    Raises:
        Invalid: something in it is wrong; ``places`` says what and where.
    """
    try:
        document = Document.model_validate(given)
    except ValidationError as error:
        # An address or a token beside `kind` is what everybody writes who has not seen the two places for them.
        meant_for = channels.get(str(given.get("kind")))
        elsewhere = {} if meant_for is None else {**_set_for(meant_for), **_secret_of(meant_for)}
        raise _wrong(problems_in(error, Document, elsewhere=elsewhere)) from None
    channel = channels.get(document.kind)
    if channel is None:
        hint = suggest(document.kind[:64], channels) or f"; there are {', '.join(channels)}"
        raise _wrong([Problem("kind", f"there is no kind “{document.kind[:64]}”{hint}")])
    places = []
    if channel.events:
        places += [
            Problem(
                f"events[{index}]", f"a {channel.kind} is not told of “{name}”; it takes {', '.join(channel.events)}"
            )
            for index, name in enumerate(document.events or ())
            if name not in channel.events
        ]
    places += [
        Problem(at("secrets", name[:64]), _no_such_secret(channel, name))
        for name in document.secrets
        if name not in channel.secrets
    ]
    places += [
        Problem(at("secrets", name[:64]), why)
        for name, value in document.secrets.items()
        if name in channel.secrets and value is not None and (why := wrong_secret(channel, name, value)) is not None
    ]
    url = document.secrets.get("url")
    try:
        settings = channel.settings.model_validate(document.settings)
    except ValidationError as error:
        places += problems_in(error, channel.settings, "settings", elsewhere=_secret_of(channel))
    else:
        if url is not None and not places and (why := wrong_url(channel, url, settings, channels)) is not None:
            places.append(Problem("secrets.url", why))
    if url is None and (meant := _meant(str(document.settings.get("url")), channel, channels)):
        places.append(Problem("settings.url", f"it is the address of a {meant}: put it as the secret `url` of one"))
    if places:
        raise _wrong(places)
    return document, channel


def _secret_of(channel: Channel) -> dict[str, str]:
    """Where each secret of a kind is put."""
    return {name: f"secrets.{name}" for name in channel.secrets}


def _set_for(channel: Channel) -> dict[str, str]:
    """Where each setting of a kind is put."""
    return {
        field.alias or name: f"settings.{field.alias or name}" for name, field in channel.settings.model_fields.items()
    }


def _no_such_secret(channel: Channel, name: str) -> str:
    if (setting := _set_for(channel).get(name)) is not None:
        return f"a {channel.kind} has no such secret; put it in `{setting}`"
    there = f"it has {', '.join(f'`{one}`' for one in channel.secrets)}" if channel.secrets else "it has none"
    return f"a {channel.kind} has no such secret: {there}"


def wrong_secret(channel: Channel, name: str, value: str) -> str | None:
    """Why a secret cannot work, without repeating it; None if it may."""
    try:
        if channel.check_secret is not None:
            channel.check_secret(name, value)
    except ValueError as error:
        return str(error)
    return None


def wrong_url(channel: Channel, url: str, settings: BaseModel, channels: Channels) -> str | None:
    """Why a secret ``url`` cannot be such a receiver's, as it is set, without repeating it; None if it can."""
    if channel.check_url is None:
        return None
    try:
        channel.check_url(url, settings)
    except ValueError as error:
        meant = _meant(url, channel, channels)
        return f"it is the address of a {meant}, and this is a {channel.kind}" if meant else str(error)
    return None


def _meant(url: str, channel: Channel, channels: Channels) -> str | None:
    """The other kind of receiver that alone has such addresses."""
    return next(
        (kind for kind, other in channels.items() if other is not channel and url.strip().startswith(other.addresses)),
        None,
    )


def _wrong(places: list[Problem]) -> Invalid:
    return Invalid("Something in the subscription is wrong; errors says what, and where", places=places)


def with_secrets(
    had: Secrets, given: Mapping[str, str | None], channel: Channel, seal: Seal, now: datetime
) -> tuple[Secrets, dict[str, str]]:
    """The secrets that there are now, and those that were made here, in the clear: to be shown this once.

    Raises:
        Invalid: one is missing that the kind cannot do without.
    """
    secrets = dict(had)
    for name, value in given.items():
        if value is None:
            secrets.pop(name, None)
        else:
            secrets[name] = (sealed(value, seal, now),)
    made = dict(channel.made()) if channel.made is not None else {}
    if any(name in secrets for name in made):
        made = {}
    else:
        secrets |= {name: (sealed(value, seal, now),) for name, value in made.items()}
    missing = [name for name in channel.needed_secrets if name not in secrets]
    if missing:
        raise _wrong(
            [Problem(at("secrets", name), f"a {channel.kind} cannot do without it: give it") for name in missing]
        )
    return secrets, made


def sealed(value: str, seal: Seal, now: datetime) -> Secret:
    """A new value of a secret, as it is kept."""
    return Secret(seal.seal(value).decode(), end_of(value), now)


def rotated(had: Secrets, name: str, value: str, seal: Seal, now: datetime, hours: float) -> Secrets:
    """The secrets with a new value of one; older ones stay valid for so many hours, and no longer than they had."""
    until = now + timedelta(hours=hours)
    older = tuple(
        Secret(old.sealed, old.ends, old.since, until if old.until is None else min(old.until, until))
        for old in had.get(name, ())
        if (old.until is None or old.until > now) and hours > 0
    )
    return {**had, name: (sealed(value, seal, now), *older)}


def secrets_json(secrets: Secrets) -> str:
    """Secrets as they are stored."""
    return orjson.dumps(secrets).decode()


def secrets_from(stored: str) -> Secrets:
    """Read back secrets as they were stored."""
    return {
        name: tuple(
            Secret(
                one["sealed"],
                one["ends"],
                datetime.fromisoformat(one["since"]),
                None if one["until"] is None else datetime.fromisoformat(one["until"]),
            )
            for one in values
        )
        for name, values in orjson.loads(stored).items()
    }


def shown_secrets(secrets: Secrets, now: datetime) -> dict[str, Any]:
    """What is shown of secrets: that they are there, since when, how they end; never more."""
    return {
        name: {
            "ends_with": values[0].ends,
            "since": values[0].since,
            "older_valid_until": max((old.until for old in values[1:] if old.until and old.until > now), default=None),
        }
        for name, values in secrets.items()
    }


def told_of(document: str, secrets: str, channel: Channel, seal: Seal, now: datetime) -> Told:
    """How a receiver is told, from what is stored.

    Raises:
        Unsealable: a secret was sealed under a key that is not set.
        ValidationError: the settings are not such as this release takes.
    """
    fields = Fields.model_validate(orjson.loads(document))
    language: Language = fields.language
    return Told(
        settings=channel.settings.model_validate(fields.settings),
        secrets={
            name: tuple(seal.open(one.sealed.encode()) for one in values if one.until is None or one.until > now)
            for name, values in secrets_from(secrets).items()
        },
        language=language,
        personal=fields.personal_data,
    )


def wanted_of(document: str, channel: Channel) -> Wanted:
    """Of what a receiver is told, from what is stored."""
    fields = Fields.model_validate(orjson.loads(document))
    chosen: Iterable[str] | None = fields.events
    return Wanted(types=types_for(chosen, channel.events), **fields.filter.model_dump())
