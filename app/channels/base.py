"""What does each kind of receiver have to say for itself? How it is told, and what its answer means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from pydantic import BaseModel

from app.engine.explain import Language
from app.net.client import Network


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was recorded.

    ``id`` is the same however often it is sent. ``revision`` is its place in the record. ``data`` is what receivers
    get: for what concerns a lead ``lead`` (its facts), ``decision`` (as ``POST /v1/leads`` answers it), ``rep`` and
    ``manager`` (id, name, email, language, timezone, attributes), ``previous_rep`` where there was one; for
    ``policy.activated`` ``policy`` (version, name); for ``rep.changed`` ``rep``. ``explanations`` is why, as one
    sentence per language, for receivers that choose; it is not sent as it is.
    """

    id: str
    type: str
    at: datetime
    revision: int
    lead_id: UUID | None
    data: Mapping[str, Any]
    seq: int | None = None
    explanations: Mapping[Language, str] = field(default_factory=dict)

    @property
    def is_test(self) -> bool:
        """Whether it is made up, to try the receiver: it says so, and nothing is changed by it."""
        return self.type == "test" or self.data.get("test") is True


@dataclass(frozen=True, slots=True)
class Told:
    """To whom, and how: ``settings`` are an instance of the channel's model, ``secrets`` in the clear by name.

    Of a secret that is being changed the newest comes first. ``personal``: whether messages may hold personal data.
    """

    settings: BaseModel
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    language: Language = "en"
    personal: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """It was taken. ``status`` is HTTP's or SMTP's; ``said`` the beginning of what was answered."""

    status: int | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It was not taken, and may be later: not before ``after`` seconds, if the receiver said so."""

    why: str
    status: int | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """It was not taken, and never will be as it is: somebody has to look at it.

    ``of_event``: what was to be told is at fault, as was seen here: it says nothing of the receiver.
    """

    why: str
    status: int | None = None
    of_event: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver is no more: nothing further is to be sent there."""

    why: str
    status: int | None = None


LEAD_EVENTS: Final = ("lead.assigned", "lead.queued", "lead.rejected", "lead.reassigned")
"""What can happen to a lead. Beside these there are ``policy.activated``, ``rep.changed``, and ``test``."""

Outcome: TypeAlias = Delivered | TryAgain | Refusal | Gone


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a receiver may be told: so many messages in so many seconds, for each of ``limits``."""

    limits: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A kind of receiver.

    ``settings`` is the model of what is set for it. ``secrets`` are the names of its secrets, ``needed_secrets`` those
    that it cannot do without; ``made`` makes those that are made here if none is given. ``check_secret`` raises
    ValueError, with a sentence that does not repeat it, for the name and value of a secret that cannot work; and
    ``check_url`` for a secret ``url`` that cannot be such a receiver's, as that one is set. ``addresses``: how the
    addresses of such receivers begin, where one provider has them all. ``send`` tells it of one event, or of up to
    ``at_once`` in one message; it never raises for what a receiver does.
    """

    kind: str
    title: tuple[str, str]
    settings: type[BaseModel]
    send: Callable[[Network, Told, Sequence[Event]], Awaitable[Outcome]]
    secrets: tuple[str, ...] = ()
    needed_secrets: tuple[str, ...] = ()
    made: Callable[[], Mapping[str, str]] | None = None
    check_secret: Callable[[str, str], None] | None = None
    check_url: Callable[[str, BaseModel], None] | None = None
    addresses: tuple[str, ...] = ()
    at_once: int = 1
    pace: Pace = field(default_factory=Pace)
    events: tuple[str, ...] = ()
    """Those that it can be told of; empty: all. Every one can be told of ``test``."""
