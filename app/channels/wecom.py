"""How is a group chat of 企业微信 told? By its bot, in plain text.

https://developer.work.weixin.qq.com/document/path/91770: at most 2048 bytes of text, 20 messages a minute for each
bot; the key in the address is the only secret. Plain text, since in the provider's Markdown ``<@userid>`` calls people
and nothing can be escaped; whom it calls is said beside the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from app.channels.base import Channel, Event, Outcome, Pace, Refusal, Told
from app.channels.bots import BotSettings, Codes, Note, address, check_secret, checks_url, is_mobile, note, posted
from app.channels.texts import fitting
from app.net.client import Network

ADDRESSES: Final = ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?",)
check_url: Final = checks_url(ADDRESSES)
_ROOM: Final = 2048
_AT_ONCE: Final = 4
"""So many that each still has room for who it is, and how to reach them."""
_USER = re.compile(r"(?!@)[A-Za-z0-9_.@-]{1,64}")

_CODES: Final = Codes(
    "企业微信",
    later={-1: 30, 45009: 60, 45033: 30},
    mend={
        40008: "The message has not the form that the bot wants",
        40058: "The message has not the form that the bot wants",
        45002: "The message is too long",
        93000: "The address is not that of a bot any more: set the secret `url` anew",
        93004: "The bot has been switched off: switch it on in the group's settings",
        93008: "The bot is no longer in the group: add it again, or set the secret `url` of another",
    },
)


def body(written: Note) -> dict[str, Any]:
    """The message."""
    link = "" if written.link is None else f"\n{written.link}"
    text = (
        fitting("\n".join((written.title, *(line.whole for line in written.lines))), _ROOM - len(link.encode())) + link
    )
    users = [one for one in written.mentions if not is_mobile(one) and _USER.fullmatch(one)]
    mobiles = [one for one in written.mentions if is_mobile(one)]
    content: dict[str, Any] = {"content": text}
    if users:
        content["mentioned_list"] = users
    if mobiles:
        content["mentioned_mobile_list"] = mobiles
    return {"msgtype": "text", "text": content}


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Post one message of the events."""
    url = address(told, check_url)
    if isinstance(url, Refusal):
        return url
    return await posted(client, url, body(note(told, events, room=_ROOM - 250)), _CODES)


WECOM: Final = Channel(
    kind="wecom",
    title=("WeCom bot", "企业微信机器人"),
    settings=BotSettings,
    send=send,
    secrets=("url",),
    needed_secrets=("url",),
    check_secret=check_secret,
    check_url=check_url,
    addresses=ADDRESSES,
    at_once=_AT_ONCE,
    pace=Pace(((20, 60.0),)),
)
