"""In which words are people told what happened? All of them, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from app.engine.explain import Language

Said = Mapping[Language, str]

TITLE: Final[Mapping[str, Said]] = {
    "lead.assigned": {"en": "New lead for {rep}", "zh": "新线索：分配给{rep}"},
    "lead.reassigned": {"en": "Lead handed over to {rep}", "zh": "线索已转交给{rep}"},
    "lead.queued": {"en": "A lead is waiting in the queue", "zh": "有线索在线索池中等待"},
    "lead.rejected": {"en": "A lead was rejected", "zh": "有线索被拒绝"},
    "policy.activated": {"en": "Policy version {version} is now active", "zh": "分配策略第 {version} 版已启用"},
    "rep.changed": {"en": "{rep} was updated on the roster", "zh": "名册中{rep}的资料有变动"},
    "test": {"en": "Test: this is what a message looks like", "zh": "测试：通知的样式如下"},
}

MADE_UP: Final[Said] = {"en": "[Test] ", "zh": "【测试】"}
OTHER_TITLE: Final[Said] = {"en": "Event {type}", "zh": "事件 {type}"}
NOBODY: Final[Said] = {"en": "nobody", "zh": "无人"}

LABEL: Final[Mapping[str, Said]] = {
    "contact": {"en": "Lead", "zh": "线索"},
    "reach": {"en": "Contact", "zh": "联系方式"},
    "wants": {"en": "Wants", "zh": "需求"},
    "worth": {"en": "Worth", "zh": "价值"},
    "place": {"en": "Location", "zh": "地区"},
    "source": {"en": "Source", "zh": "来源"},
    "rep": {"en": "Rep", "zh": "销售代表"},
    "previous": {"en": "Previous owner", "zh": "原归属人"},
    "due": {"en": "First contact by", "zh": "首次联系截止"},
    "why": {"en": "Why", "zh": "原因"},
    "policy": {"en": "Policy", "zh": "分配策略"},
    "thanks": {"en": "", "zh": ""},
}
"""What stands before a row; nothing before whole sentences."""

TIER: Final[Said] = {"en": "tier {tier}", "zh": "{tier} 级"}
SCORE: Final[Said] = {"en": "score {score}", "zh": "评分 {score}"}
BUDGET: Final[Said] = {"en": "budget {budget}", "zh": "预算 {budget}"}
BY: Final[Said] = {"en": "first contact by {time}", "zh": "首次联系截止：{time}"}
OPEN: Final[Said] = {"en": "Open the lead", "zh": "打开线索"}
MANY: Final[Said] = {"en": "{count} updates on leads", "zh": "线索有 {count} 项新动态"}
FOOT: Final[Said] = {
    "en": "Sent automatically by lead router, because this address is on the list to be notified.",
    "zh": "本邮件由 lead router 自动发送：此邮箱在通知名单中。",
}

REFERRED_TITLE: Final[Said] = {"en": "{rep} is taking care of your referral", "zh": "您推荐的客户由{rep}跟进"}
REFERRED: Final[Said] = {
    "en": "Thank you for referring {contact}. {rep} will take it from here.",
    "zh": "感谢您推荐{contact}，后续由{rep}跟进。",
}
SOMEBODY: Final[Said] = {"en": "a new contact", "zh": "新客户"}

SUBJECT: Final[Said] = {"en": "{title}: {about}", "zh": "{title} · {about}"}
_ROW: Final[Said] = {"en": "{label}: {text}", "zh": "{label}：{text}"}
_TIME: Final[Said] = {"en": "EEE d MMM y, HH:mm", "zh": "y年M月d日 EEE HH:mm"}
_ZONED: Final[Said] = {"en": "{time} ({zone})", "zh": "{time}（{zone}）"}


def row(key: str, text: str, language: Language) -> str:
    """One line: what it is, and how it is with this lead."""
    return labelled(LABEL[key][language], text, language)


def labelled(label: str, text: str, language: Language) -> str:
    """A text behind what it is, if that has a word."""
    return _ROW[language].format(label=label, text=text) if label else text


def moment(at: datetime, zone: str, language: Language) -> str:
    """A time as it is where the rep is; ``zone`` is an IANA name."""
    time = format_datetime(at, _TIME[language], tzinfo=ZoneInfo(zone), locale=language)
    return _ZONED[language].format(time=time, zone=zone)
