"""How is a group chat of 飞书 (Lark) told? By its custom bot, in rich text.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: at most 20 KiB a message, 100 a minute and 5 a
second for each bot; the signature's key is the timestamp and the secret, and it signs nothing. In rich text only ``a``
and ``at`` elements lead anywhere or call anyone, so that what leads wrote is text whatever it holds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from typing import Any, Final

from app.channels.base import Channel, Event, Outcome, Pace, Refusal, Told
from app.channels.bots import SECRETS, BotSettings, Codes, Note, address, check_secret, checks_url, note, posted
from app.net.client import Network

ADDRESSES: Final = ("https://open.feishu.cn/open-apis/bot/", "https://open.larksuite.com/open-apis/bot/")
check_url: Final = checks_url(ADDRESSES)
_ROOM: Final = 12_000
"""Bytes of text, which leaves as much again for what JSON makes of it."""
_AT_ONCE: Final = 20
_USER = re.compile(r"(?!all$)[A-Za-z0-9_-]{1,64}")

_CODES: Final = Codes(
    "飞书",
    later={11232: 60, 11233: 60, 99991400: 60, 1663: 30},
    mend={
        9499: "The message has not the form that the bot wants",
        19001: "The address is not that of a bot any more: set the secret `url` anew",
        19002: "The message has not the form that the bot wants",
        19007: "The bot is switched off: switch it on in the group's settings",
        19021: "Set the secret `secret` to the bot's signing key, and see that this machine's clock is right",
        19022: "Add this service's IP address to the bot's list of allowed ones",
        19024: "Set `keyword` to one of the bot's keywords",
    },
)


def sign(timestamp: int, secret: str) -> str:
    """The signature for a time in seconds."""
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def body(written: Note, language: str) -> dict[str, Any]:
    """The message."""
    content: list[list[dict[str, str]]] = []
    for line in written.lines:
        content.append([{"tag": "text", "text": line.text}])
        if line.link is not None:
            content[-1] += [{"tag": "text", "text": " "}, {"tag": "a", "text": written.link_text, "href": line.link}]
    if written.link is not None:
        content.append([{"tag": "a", "text": written.link_text, "href": written.link}])
    called = [one for one in written.mentions if _USER.fullmatch(one)]
    if called:
        content.append([{"tag": "at", "user_id": one} for one in called])
    locale = "zh_cn" if language == "zh" else "en_us"
    return {"msg_type": "post", "content": {"post": {locale: {"title": written.title, "content": content}}}}


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Post one message of the events."""
    url = address(told, check_url)
    if isinstance(url, Refusal):
        return url
    sent = body(note(told, events, room=_ROOM), told.language)
    secret = next(iter(told.secrets.get("secret", ())), None)
    if secret is not None:
        now = int(time.time())
        sent |= {"timestamp": str(now), "sign": sign(now, secret)}
    return await posted(client, url, sent, _CODES)


FEISHU: Final = Channel(
    kind="feishu",
    title=("Feishu / Lark bot", "飞书机器人"),
    settings=BotSettings,
    send=send,
    secrets=SECRETS,
    needed_secrets=("url",),
    check_secret=check_secret,
    check_url=check_url,
    addresses=ADDRESSES,
    at_once=_AT_ONCE,
    pace=Pace(((100, 60.0), (5, 1.0))),
)
