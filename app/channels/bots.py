"""What do the bots of group chats have in common? An address that is a secret, messages of bounded size, and mentions.

What differs (the form, the signature, the codes) is in a module for each: ``feishu``, ``dingtalk``, ``wecom``,
``slack``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.channels import words
from app.channels.answers import by_status, members, said, sent
from app.channels.base import Delivered, Event, Outcome, Refusal, Told, TryAgain
from app.channels.message import Message, checked_link, digest_title, message
from app.channels.texts import fitting, plain, unlinked
from app.channels.webhook import checked_url
from app.net.client import Answer, Network

_MENTION = re.compile(r"(?:id|email|attributes\.\S{1,100})")
_MOBILE = re.compile(r"(?:\+[0-9]{1,3}-?)?1[0-9]{10}")
_HOST = re.compile(r"[a-z0-9.-]{1,253}")


class BotSettings(BaseModel):
    """How a group chat is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    link: str | None = Field(
        default=None,
        max_length=500,
        description="Where a lead is opened: `https://crm.example.com/leads/{external_id}`, also `{lead_id}`, `{seq}`",
    )
    mention: str | None = Field(
        default=None,
        max_length=120,
        description="Where on a rep their id in this chat, or mobile, stands: `attributes.chat_id`; they are called",
    )
    keyword: str | None = Field(
        default=None, min_length=1, max_length=50, description="A word that the bot wants to find in every message"
    )
    host: str | None = Field(default=None, description="The bot's host, if it is not the provider's own")

    @field_validator("link")
    @classmethod
    def _link(cls, value: str | None) -> str | None:
        return None if value is None else checked_link(value)

    @field_validator("mention")
    @classmethod
    def _mention(cls, value: str | None) -> str | None:
        if value is not None and not _MENTION.fullmatch(value):
            raise ValueError("A mention is a place on the rep: `attributes.NAME`, `id` or `email`")
        return value

    @field_validator("host")
    @classmethod
    def _host(cls, value: str | None) -> str | None:
        if value is not None and not _HOST.fullmatch(value):
            raise ValueError("A host is a name in small letters, such as `chat.example.com`, without https:// and port")
        return value


def settings_of(told: Told) -> BotSettings:
    """The settings of a bot."""
    assert isinstance(told.settings, BotSettings)
    return told.settings


def is_mobile(value: str) -> bool:
    """Whether a mention is a mobile number of mainland China, and no id."""
    return _MOBILE.fullmatch(value) is not None


def check_secret(name: str, value: str) -> None:
    """Raises ValueError for an address that is none, and for what cannot be a secret."""
    if name == "url":
        checked_url(value)
    elif not value.isascii() or not value.isprintable():
        raise ValueError("It must be printable ASCII, as the provider shows it")


def checks_url(addresses: Sequence[str]) -> Callable[[str, BaseModel], None]:
    """What raises ValueError for an address that is none of a provider's bots, or not at the host that is set.

    ``addresses`` are the beginnings of the provider's own, the usual one first.
    """
    hosts = {urlsplit(one).hostname for one in addresses}

    def check(url: str, settings: BaseModel) -> None:
        assert isinstance(settings, BotSettings)
        parts = urlsplit(checked_url(url.strip()))
        if settings.host is not None:
            if parts.hostname != settings.host:
                raise ValueError(f"It is not at {settings.host}, which the setting `host` names")
        elif parts.scheme != "https" or parts.hostname not in hosts:
            raise ValueError(
                f"The address of such a bot begins with {addresses[0]}: copy it whole from the chat; if the bot has a "
                "host of its own, name that in the setting `host`"
            )

    return check


def address(told: Told, check: Callable[[str, BaseModel], None]) -> str | Refusal:
    """Where the bot is: at one of the provider's hosts over TLS, or at the host that is set."""
    url = told.secrets["url"][0].strip()
    try:
        check(url, told.settings)
    except ValueError as error:
        return Refusal(f"The secret `url` cannot be called: {error}")
    return url


@dataclass(frozen=True, slots=True)
class Line:
    """What leads wrote, holding no links any more, and the one link that is ours."""

    text: str
    link: str | None = None

    @property
    def whole(self) -> str:
        """Both, where a link is text."""
        return self.text if self.link is None else f"{self.text} {self.link}"


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be written: one message in full, or several with a line each."""

    title: str
    lines: tuple[Line, ...]
    link: str | None
    link_text: str
    mentions: tuple[str, ...]


def note(told: Told, events: Sequence[Event], *, room: int) -> Note:
    """What is told of the events, where the lines of several may take ``room`` bytes together.

    Each of them gets an equal part of it, so that none is left out.
    """
    settings = settings_of(told)
    messages = [
        message(event, told.language, personal=told.personal, link=settings.link, mention=settings.mention)
        for event in events
    ]
    first, link_text = messages[0], words.OPEN[told.language]
    mentions = tuple(dict.fromkeys(one.mention for one in messages if one.mention))
    if len(messages) == 1:
        lines = tuple(Line(unlinked(line)) for line in first.lines())
        return Note(_titled(first.title, settings), lines, first.link, link_text, mentions)
    lines = tuple(_short(one, room // len(messages) - 1) for one in messages)
    return Note(_titled(digest_title(events, told.language), settings), lines, None, link_text, mentions)


def _titled(title: str, settings: BotSettings) -> str:
    if settings.keyword is not None and settings.keyword not in title:
        title = f"{settings.keyword} · {title}"
    return unlinked(plain(title, 140))


def _short(one: Message, most: int) -> Line:
    link = one.link if one.link is not None and len(one.link) + 1 < most // 2 else None
    return Line(fitting(unlinked(one.short()), most - (0 if link is None else len(link) + 1)), link)


@dataclass(frozen=True, slots=True)
class Codes:
    """What a provider's codes mean, in the body of an answer that is HTTP 200 for good and bad alike.

    ``later`` are those that pass by themselves, with the seconds to wait for; ``mend`` what somebody has to do.
    """

    name: str
    later: Mapping[int, float] = field(default_factory=dict)
    mend: Mapping[int, str] = field(default_factory=dict)


async def posted(client: Network, url: str, body: Mapping[str, Any], codes: Codes) -> Outcome:
    """Post a message, and judge the answer by its status and by the code in its body."""
    headers = {"content-type": "application/json; charset=utf-8"}
    answer = await sent(client, url, headers, orjson.dumps(body))
    return judged(answer, codes) if isinstance(answer, Answer) else answer


NO_BOT: Final = "There is no bot at this address: it is wrong, or the bot was removed. Copy it anew from the chat"
"""What somebody has to do about HTTP 404."""


def judged(answer: Answer, codes: Codes) -> Outcome:
    """What an answer means."""
    told = members(answer)
    code = next((told[name] for name in ("errcode", "code", "StatusCode") if isinstance(told.get(name), int)), None)
    if code == 0 and 200 <= answer.status < 300:
        return Delivered(answer.status, said(answer))
    if code is None or code == 0:
        plainly = by_status(answer)
        if isinstance(plainly, Delivered):
            return TryAgain(f"{codes.name} answered something else than its API does: {said(answer)}", answer.status)
        if isinstance(plainly, Refusal) and plainly.status == 404:
            return Refusal(f"{plainly.why}. {NO_BOT}", 404)
        return plainly
    why = f"{codes.name} {code}: {_text(told)}"
    if code in codes.later:
        return TryAgain(why, answer.status, codes.later[code])
    passing = by_status(answer)
    if isinstance(passing, TryAgain):
        return TryAgain(why, answer.status, passing.after)
    mend = codes.mend.get(code) or (NO_BOT if answer.status == 404 else None)
    return Refusal(f"{why}. {mend}" if mend else why, answer.status)


def _text(told: Mapping[str, Any]) -> str:
    return plain(next((told[name] for name in ("errmsg", "msg", "StatusMessage") if told.get(name)), ""), 200)


SECRETS: Final = ("url", "secret")
