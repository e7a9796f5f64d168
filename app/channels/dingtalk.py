"""How is a group chat of 钉钉 told? By its custom bot, in plain text.

https://open.dingtalk.com/document/orgapp/custom-robot-access: 20 messages a minute for each bot, and whoever exceeds
that is shut out for ten minutes, so events that wait go together. Plain text, since nothing in it can become a link
under another name; whom it calls is said beside the text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from app.channels.base import Channel, Event, Outcome, Pace, Refusal, Told
from app.channels.bots import (
    SECRETS,
    BotSettings,
    Codes,
    Note,
    address,
    check_secret,
    checks_url,
    is_mobile,
    note,
    posted,
)
from app.channels.texts import fitting
from app.net.client import Network

ADDRESSES: Final = ("https://oapi.dingtalk.com/robot/send?", "https://oapi.dingtalk.io/robot/send?")
check_url: Final = checks_url(ADDRESSES)
_ROOM: Final = 15_000
_AT_ONCE: Final = 20
_SHUT_OUT: Final = 600.0
_USER = re.compile(r"(?!all$)[A-Za-z0-9_$:=+/.-]{1,64}")

_CODES: Final = Codes(
    "钉钉",
    later={-1: 30, 130101: _SHUT_OUT, 410100: _SHUT_OUT, 660026: _SHUT_OUT, 90018: 60, 90030: 60},
    mend={
        40035: "The message has not the form that the bot wants",
        300001: "The address is not that of a bot any more: set the secret `url` anew",
        300005: "The address is not that of a bot any more: set the secret `url` anew",
        310000: "Of the bot's safety settings one is not met: see that the secret `secret` is its signing key and this "
        "machine's clock is right, that `keyword` is one of its keywords, and that it allows this service's IP address",
        400013: "The group has been dissolved",
        400101: "The address is not that of a bot any more: set the secret `url` anew",
        400102: "The bot is switched off: switch it on in the group's settings",
        400106: "The bot has been removed from the group: set the secret `url` of another",
        430101: "The provider takes the message for unsafe",
        430102: "The provider takes the message for unsuitable",
        430103: "The provider takes the message for unsuitable",
        430104: "The provider takes the message for unsuitable",
    },
)


def sign(timestamp: int, secret: str) -> str:
    """The signature for a time in milliseconds, as it stands in an address."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return quote(base64.b64encode(digest), safe="")


def body(written: Note) -> dict[str, Any]:
    """The message."""
    mobiles = [one for one in written.mentions if is_mobile(one)]
    users = [one for one in written.mentions if not is_mobile(one) and _USER.fullmatch(one)]
    tail = [written.link] if written.link is not None else []
    if mobiles or users:
        tail.append(" ".join(f"@{one}" for one in (*mobiles, *users)))
    room = _ROOM - len("\n".join(tail).encode())
    text = "\n".join((fitting("\n".join((written.title, *(line.whole for line in written.lines))), room), *tail))
    return {
        "msgtype": "text",
        "text": {"content": text},
        "at": {"atMobiles": mobiles, "atUserIds": users, "isAtAll": False},
    }


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Post one message of the events."""
    url = address(told, check_url)
    if isinstance(url, Refusal):
        return url
    secret = next(iter(told.secrets.get("secret", ())), None)
    if secret is not None:
        now = time.time_ns() // 1_000_000
        url += f"{'&' if '?' in url else '?'}timestamp={now}&sign={sign(now, secret)}"
    return await posted(client, url, body(note(told, events, room=_ROOM - 2000)), _CODES)


DINGTALK: Final = Channel(
    kind="dingtalk",
    title=("DingTalk bot", "钉钉机器人"),
    settings=BotSettings,
    send=send,
    secrets=SECRETS,
    needed_secrets=("url",),
    check_secret=check_secret,
    check_url=check_url,
    addresses=ADDRESSES,
    at_once=_AT_ONCE,
    pace=Pace(((20, 60.0),)),
)
