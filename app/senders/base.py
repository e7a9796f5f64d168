"""What does each kind of sender have to say for itself? A row in a table of functions, and the values they exchange.

A sender's module reads what came and never routes it; :mod:`app.doors` keeps it first, and drives it afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from app.net.client import Client

WINDOW_SECONDS: Final = 300
"""How old a signed time may be, or how far ahead: beyond it a request is a replay, or a clock is wrong."""


HIDDEN: Final = "***"
"""Stands where a secret stood."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came.

    ``url`` is the address as the sender knows it, with its query: the public one that is set, never what a proxy made
    of it. ``headers``: names in small letters; of repeated ones the last. ``query``: names and values, decoded.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    def asked(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is set for one source: ``secrets`` in the clear, those that are valid now, the newest first.

    ``token`` is what fields are fetched with, where a sender sends ids alone; ``options`` are the kind's own.
    """

    secrets: tuple[str, ...] = ()
    token: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One lead, or one event about one, as it stands in a request.

    ``tree`` is what the mapping sees: the sender's envelope off, fields by the names that a person knows them by.
    ``key`` is the sender's id of this event, equal when it is sent again; None if it has none. With ``fetch`` the
    fields are not in the request: it names the record to fetch them from.
    """

    key: str | None
    tree: dict[str, Any]
    fetch: str | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """Something in a request that is no lead, and is acknowledged: ``reason`` is ``test`` or ``not_of_interest``."""

    reason: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a request."""

    items: tuple[Item, ...] = ()
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender is answered."""

    status: int = 200
    body: bytes = b"{}"
    media_type: str = "application/json"


class NotGenuine(Exception):
    """The request does not come from whom it says, or is too old. The message says what does not fit, and no secret."""


class NotUnderstood(Exception):
    """The request is none that this kind of sender makes. ``where`` is a place in it."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where
        self.message = message


class NotFetched(Exception):
    """Fields could not be fetched. ``again``: whether it may go well later, ``after`` so many seconds at the least."""

    def __init__(self, message: str, *, again: bool, after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.again = again
        self.after = after


class OnlyATest(NotFetched):
    """What was fetched is a test of the sender's own, and no lead: it is to be passed, as ``Passed("test")`` is."""

    def __init__(self, message: str) -> None:
        super().__init__(message, again=False)


@dataclass(frozen=True, slots=True)
class Option:
    """One of a kind's own settings: its type as JSON Schema names it, whether it is needed, and what it means.

    ``meaning`` is said in the two languages, English first. ``choices``: the only texts that it may be; none: any.
    """

    name: str
    type: str
    meaning: tuple[str, str]
    needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """A kind of sender.

    ``title`` is what it is called in the two languages. ``mapping``: what its fields are in a lead, in the mapping
    language; what a source maps itself comes before it. ``signed``: whether it needs a secret to be told from others.
    ``bare``: whether that secret itself travels with each request, so that it must be long; else only its signature.
    ``signs_with``: of one that has a secret of its own making, which that is and where it is shown, as a sentence
    without a full stop; None: whatever secret there is can be entered at it. ``only_own``: it takes no other.

    ``verify`` raises NotGenuine; with no secret set it raises too if ``signed``. ``read`` raises NotUnderstood.
    ``handshake`` answers what is no delivery (a subscription's challenge), else gives None; it raises NotGenuine.
    ``acknowledge`` is told how many leads were taken. ``fetch`` gives the tree of a record, and raises NotFetched.
    ``answer``: for a sender that waits for the decision, and is answered with what became of its leads: for each, in
    their order, what ``POST /v1/leads`` would answer. ``later``: how to tell it to come again, where that is not 503.
    ``waits_in``: how it reads a ``Retry-After`` that it is answered with.
    ``kept`` gives the body without what is secret in it: ``read`` makes the same of that. It never raises.
    """

    kind: str
    title: tuple[str, str]
    verify: Callable[[Received, Settings], None]
    read: Callable[[Received, Settings], Read]
    mapping: Mapping[str, Any]
    signed: bool = True
    bare: bool = False
    signs_with: str | None = None
    only_own: bool = False
    methods: tuple[str, ...] = ("POST",)
    options: Sequence[Option] = ()
    handshake: Callable[[Received, Settings], Reply | None] | None = None
    acknowledge: Callable[[int], Reply] = lambda _: Reply()
    fetch: Callable[[Client, str, Settings], Awaitable[dict[str, Any]]] | None = None
    waits_in: Literal["seconds", "milliseconds"] = "seconds"
    answer: Callable[[Sequence[Mapping[str, Any]]], Reply] | None = None
    later: Reply | None = None
    kept: Callable[[Received], bytes] = lambda received: received.body
