"""How is a channel of Slack told? By an incoming webhook, in blocks.

https://api.slack.com/messaging/webhooks: about one message a second; the address is the secret. Text is escaped
(``&``, ``<``, ``>``: https://api.slack.com/reference/surfaces/formatting#escaping), and ``verbatim`` keeps Slack from
making links and mentions of it. A section holds 3000 characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson

from app.channels.answers import by_status, said, sent
from app.channels.base import Channel, Delivered, Event, Gone, Outcome, Pace, Refusal, Told, TryAgain
from app.channels.bots import NO_BOT, BotSettings, Note, address, check_secret, checks_url, note
from app.net.client import Answer, Network

ADDRESSES: Final = ("https://hooks.slack.com/services/", "https://hooks.slack-gov.com/services/")
check_url: Final = checks_url(ADDRESSES)
_SECTION: Final = 3000
_ROOM: Final = 12_000
_AT_ONCE: Final = 20
_USER = re.compile(r"[UW][A-Z0-9]{2,30}")

_MEND: Final = {
    "action_prohibited": "An administrator of the workspace has restricted the webhook",
    "channel_not_found": "The channel is gone: set the secret `url` of a webhook for another",
    "invalid_token": "The address is not that of a webhook any more: set the secret `url` anew",
    "no_active_hooks": "The webhook is switched off: set the secret `url` anew",
    "no_service": "The webhook is switched off or removed: set the secret `url` anew",
    "no_team": "The workspace is gone: set the secret `url` anew",
    "posting_to_general_channel_denied": "The workspace does not let bots write into this channel",
}


def escaped(text: str) -> str:
    """A text that means itself."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def body(written: Note) -> dict[str, Any]:
    """The message."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": written.title, "emoji": False}}
    ]
    if any(line.link for line in written.lines):
        blocks += [_section(line.text, _link(line.link, written)) for line in written.lines]
    elif written.lines:
        blocks.append(_section("\n".join(line.text for line in written.lines)))
    tail = [f"<@{one}>" for one in written.mentions if _USER.fullmatch(one)]
    if written.link is not None:
        tail.insert(0, _link(written.link, written))
    if tail:
        blocks.append(_section("", " ".join(tail)))
    return {"text": escaped(written.title), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _section(text: str, tail: str = "") -> dict[str, Any]:
    whole = escaped(text)
    room = _SECTION - len(tail) - 1
    if len(whole) > room:
        # An entity that was cut in half would show.
        whole = re.sub(r"&[a-z]{0,4}$", "", whole[: room - 1]) + "…"
    joined = f"{whole} {tail}".strip()
    return {"type": "section", "text": {"type": "mrkdwn", "text": joined, "verbatim": True}}


def _link(link: str | None, written: Note) -> str:
    return "" if link is None else f"<{escaped(link)}|{escaped(written.link_text)}>"


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Post one message of the events."""
    url = address(told, check_url)
    if isinstance(url, Refusal):
        return url
    written = orjson.dumps(body(note(told, events, room=_ROOM)))
    answer = await sent(client, url, {"content-type": "application/json; charset=utf-8"}, written)
    return judged(answer) if isinstance(answer, Answer) else answer


def judged(answer: Answer) -> Outcome:
    """What an answer means: ``ok``, or a word that says what is wrong."""
    outcome = by_status(answer)
    word = said(answer)
    match outcome:
        case Delivered() if word.lower() != "ok":
            return TryAgain(f"Slack answered something else than its API does: {word}", answer.status)
        case Refusal() if word in _MEND:
            return Refusal(f"Slack: {word}. {_MEND[word]}", answer.status)
        case Refusal(why, 404):
            return Refusal(f"{why}. {NO_BOT}", 404)
        case Gone():
            return Gone(f"Slack: {word}. The channel takes no more messages", answer.status)
        case _:
            return outcome


SLACK: Final = Channel(
    kind="slack",
    title=("Slack", "Slack"),
    settings=BotSettings,
    send=send,
    secrets=("url",),
    needed_secrets=("url",),
    check_secret=check_secret,
    check_url=check_url,
    addresses=ADDRESSES,
    at_once=_AT_ONCE,
    pace=Pace(((1, 1.0),)),
)
