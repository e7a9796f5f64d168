"""What people read: every event, in full, in both languages; and what becomes of what leads wrote."""

from typing import Final

import pytest

from app.channels.base import Event
from app.channels.bots import unlinked
from app.channels.message import message, referred
from app.channels.texts import fitting, masked_email, masked_name, masked_phone, plain
from app.engine.explain import Language
from tests.channels.office import ACTIVATED, ASSIGNED, CHANGED, QUEUED, REASSIGNED, REJECTED, TEST, about

LINK: Final = "https://crm.example.com/leads/{external_id}"


def shown(event: Event, language: Language, *, personal: bool = True) -> str:
    made = message(event, language, personal=personal, link=LINK)
    return "\n".join([made.title, *made.lines(), *([made.link] if made.link else [])])


ENGLISH = {
    "assigned": """\
New lead for Mia Example
Lead: Jane Doe · Head of Purchasing · Acme Robots
Contact: +8613900000002 · jane.doe@example.org
Wants: Arm 7 · Twelve arms for a new line · budget CNY 300,000
Worth: tier A · score 13
Location: Suzhou · CN
Source: website · spring
First contact by: Tue 3 Mar 2026, 10:30 (Asia/Shanghai)
Why: Rule “region” gave it to Mia Example, whose turn it was, of 3 able (score 13, tier A).
https://crm.example.com/leads/crm-501""",
    "reassigned": """\
Lead handed over to Mia Example
Lead: Jane Doe · Head of Purchasing · Acme Robots
Contact: +8613900000002 · jane.doe@example.org
Wants: Arm 7 · Twelve arms for a new line · budget CNY 300,000
Worth: tier A · score 13
Location: Suzhou · CN
Source: website · spring
Previous owner: Lou Example
First contact by: Tue 3 Mar 2026, 10:30 (Asia/Shanghai)
Why: Rule “region” gave it to Mia Example, whose turn it was, of 3 able (score 13, tier A).
https://crm.example.com/leads/crm-501""",
    "queued": """\
A lead is waiting in the queue
Lead: Jane Doe · Head of Purchasing · Acme Robots
Contact: +8613900000002 · jane.doe@example.org
Wants: Arm 7 · Twelve arms for a new line · budget CNY 300,000
Worth: tier A · score 13
Location: Suzhou · CN
Source: website · spring
Why: No rule of the policy applies; it waits in the queue.
https://crm.example.com/leads/crm-501""",
    "rejected": """\
A lead was rejected
Lead: Jane Doe · Head of Purchasing · Acme Robots
Contact: +8613900000002 · jane.doe@example.org
Wants: Arm 7 · Twelve arms for a new line · budget CNY 300,000
Worth: tier A · score 13
Location: Suzhou · CN
Source: website · spring
Why: Screening “no way to reach” rejected it.
https://crm.example.com/leads/crm-501""",
    "activated": "Policy version 8 is now active\nPolicy: spring",
    "changed": "Mia Example was updated on the roster",
}

CHINESE = {
    "assigned": """\
新线索：分配给 Mia Example
线索：Jane Doe · Head of Purchasing · Acme Robots
联系方式：+8613900000002 · jane.doe@example.org
需求：Arm 7 · Twelve arms for a new line · 预算 CNY 300,000
价值：A 级 · 评分 13
地区：Suzhou · CN
来源：website · spring
首次联系截止：2026年3月3日 周二 10:30（Asia/Shanghai）
原因：规则“region”将线索分配给 Mia Example，能接的有 3 位，轮到这一位（评分 13，价值等级 A）。
https://crm.example.com/leads/crm-501""",
    "reassigned": """\
线索已转交给 Mia Example
线索：Jane Doe · Head of Purchasing · Acme Robots
联系方式：+8613900000002 · jane.doe@example.org
需求：Arm 7 · Twelve arms for a new line · 预算 CNY 300,000
价值：A 级 · 评分 13
地区：Suzhou · CN
来源：website · spring
原归属人：Lou Example
首次联系截止：2026年3月3日 周二 10:30（Asia/Shanghai）
原因：规则“region”将线索分配给 Mia Example，能接的有 3 位，轮到这一位（评分 13，价值等级 A）。
https://crm.example.com/leads/crm-501""",
    "queued": """\
有线索在线索池中等待
线索：Jane Doe · Head of Purchasing · Acme Robots
联系方式：+8613900000002 · jane.doe@example.org
需求：Arm 7 · Twelve arms for a new line · 预算 CNY 300,000
价值：A 级 · 评分 13
地区：Suzhou · CN
来源：website · spring
原因：没有适用的规则，线索在线索池中等待。
https://crm.example.com/leads/crm-501""",
    "rejected": """\
有线索被拒绝
线索：Jane Doe · Head of Purchasing · Acme Robots
联系方式：+8613900000002 · jane.doe@example.org
需求：Arm 7 · Twelve arms for a new line · 预算 CNY 300,000
价值：A 级 · 评分 13
地区：Suzhou · CN
来源：website · spring
原因：线索被筛选条件“no way to reach”拒绝。
https://crm.example.com/leads/crm-501""",
    "activated": "分配策略第 8 版已启用\n分配策略：spring",
    "changed": "名册中 Mia Example 的资料有变动",
}

EVENTS = {
    "assigned": ASSIGNED,
    "reassigned": REASSIGNED,
    "queued": QUEUED,
    "rejected": REJECTED,
    "activated": ACTIVATED,
    "changed": CHANGED,
}


@pytest.mark.parametrize("name", EVENTS)
def test_what_people_read_in_english(name: str) -> None:
    assert shown(EVENTS[name], "en") == ENGLISH[name]


@pytest.mark.parametrize("name", EVENTS)
def test_what_people_read_in_chinese(name: str) -> None:
    assert shown(EVENTS[name], "zh") == CHINESE[name]


def test_a_test_shows_what_a_message_looks_like_and_says_that_it_is_one() -> None:
    assert shown(TEST, "en").startswith("Test: this is what a message looks like\nLead: Jane Doe")
    assert shown(TEST, "zh").startswith("测试：通知的样式如下\n线索：Jane Doe")


def test_without_personal_data_a_message_tells_two_leads_apart_and_no_more() -> None:
    assert shown(ASSIGNED, "en", personal=False).splitlines()[1:4] == [
        "Lead: J*** · Acme Robots",
        "Contact: ***0002 · j***@example.org",
        "Wants: Arm 7 · budget CNY 300,000",
    ]


def test_of_a_lead_that_says_nothing_only_what_was_decided_is_told() -> None:
    bare = Event("evt_1", "lead.queued", ASSIGNED.at, 1, None, {"lead": {}, "decision": {}})
    assert shown(bare, "en") == "A lead is waiting in the queue"


def test_a_rep_without_a_time_zone_or_in_one_that_is_none_reads_utc() -> None:
    for zone in (None, "Mars/Olympus", "../etc", ""):
        event = Event(
            "evt_1", "lead.assigned", ASSIGNED.at, 1, None,
            {"lead": {}, "decision": {"first_contact_due": "2026-03-03T02:30:00+00:00"}, "rep": {"timezone": zone}},
        )  # fmt: skip
        assert "First contact by: Tue 3 Mar 2026, 02:30 (UTC)" in shown(event, "en")


def test_whoever_referred_a_lead_reads_who_has_it_and_nothing_of_how_to_reach_them() -> None:
    english = referred(ASSIGNED, "en", personal=True)
    assert (english.title, english.rows[0][1]) == (
        "Mia Example is taking care of your referral",
        "Thank you for referring Jane Doe. Mia Example will take it from here.",
    )
    chinese = referred(ASSIGNED, "zh", personal=False)
    assert (chinese.title, chinese.rows[0][1]) == (
        "您推荐的客户由 Mia Example 跟进",
        "感谢您推荐 Acme Robots，后续由 Mia Example 跟进。",
    )
    nobody = referred(about(name=None, company=None), "zh", personal=True)
    assert nobody.rows[0][1] == "感谢您推荐新客户，后续由 Mia Example 跟进。"


def test_a_chinese_name_needs_no_blanks_beside_it() -> None:
    event = Event(
        "evt_1", "lead.assigned", ASSIGNED.at, 1, None, {"lead": {}, "decision": {}, "rep": {"name": "王示例"}}
    )
    assert shown(event, "zh") == "新线索：分配给王示例"


def test_a_text_is_one_line_of_bounded_length() -> None:
    assert plain(" a\n\tb\u202ec\u200b ", 20) == "a bc"
    assert plain("x" * 30, 10) == "x" * 9 + "…"


def test_a_text_is_cut_between_characters_to_fit_into_bytes() -> None:
    assert fitting("线索线索", 12) == "线索线索"
    for most in range(12):
        cut = fitting("线索线索", most)
        assert len(cut.encode()) <= most
        assert "\ufffd" not in cut
    assert fitting("线索线索", 10) == "线索…"
    assert fitting("😀😀", 7) == "😀…"


def test_a_link_in_a_text_is_none_any_more_and_reads_the_same() -> None:
    for text in ("see https://evil.example/x", "HTTP://evil.example", "www.evil.example", "a://b"):
        broken = unlinked(text)
        assert "://" not in broken
        assert "www." not in broken
        assert broken.replace("\u200b", "") == text
    assert unlinked("ann@example.org, 12:30, swww.x") == "ann@example.org, 12:30, swww.x"


def test_what_is_masked_cannot_be_read_back() -> None:
    assert (masked_name("王小明"), masked_name("Jane")) == ("王**", "J***")
    assert (masked_phone("+86 139 0000 0002"), masked_phone("110")) == ("***0002", "***")
    assert masked_email("jane@example.org") == "j***@example.org"
