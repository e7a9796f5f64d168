"""Which kinds of receivers are there?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.channels.base import Channel
from app.channels.dingtalk import DINGTALK
from app.channels.feishu import FEISHU
from app.channels.hubspot import HUBSPOT
from app.channels.mail import EMAIL
from app.channels.salesforce import SALESFORCE
from app.channels.slack import SLACK
from app.channels.webhook import WEBHOOK
from app.channels.wecom import WECOM
from app.channels.zoho import ZOHO

CHANNELS: Final[Mapping[str, Channel]] = {
    channel.kind: channel for channel in (WEBHOOK, FEISHU, DINGTALK, WECOM, SLACK, EMAIL, HUBSPOT, SALESFORCE, ZOHO)
}
