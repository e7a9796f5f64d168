"""What does somebody say where a form asks yes or no, new or existing?"""

from __future__ import annotations

from typing import Literal

from app.intake.text import fold

_YES = frozenset(
    {
        "true",
        "yes",
        "y",
        "t",
        "1",
        "on",
        "是",
        "对",
        "真",
        "有",
        "x",
        "✓",
        "✔",
    }
)
_LEAVE_ME = frozenset(
    {"do not contact", "do_not_contact", "do-not-contact", "dnc", "unsubscribe", "unsubscribed", "opt out", "opt-out"}
    | {"opted out", "optout", "不要联系", "请勿联系", "勿联系", "勿扰", "请勿打扰", "不要打扰", "退订"}
)
"""What people write where they are asked whether they may be contacted, and that can only mean one thing."""
_NO = frozenset({"false", "no", "n", "f", "0", "off", "否", "不", "假", "无", "none", "-"})
_NEW = _NO | {
    "new",
    "new customer",
    "prospect",
    "lead",
    "新",
    "新客户",
    "新客",
    "新用户",
    "潜在客户",
    "首次",
    "not yet",
}
_EXISTING = _YES | frozenset(
    {"existing", "existing customer", "current", "current customer", "customer", "client", "old", "returning", "repeat"}
    | {"老", "老客户", "老客", "老用户", "旧客户", "现有客户", "已有客户", "既有客户", "存量客户", "已成交"}
)


def read_customer(text: str) -> Literal["new", "existing"] | None:
    """Whether a lead is a customer already, in the contract's words; None if the text does not say."""
    word = fold(text).strip()
    if word in _EXISTING:
        return "existing"
    return "new" if word in _NEW else None


def read_do_not_contact(text: str) -> bool | None:
    """Whether somebody asks not to be contacted; None if the text does not say."""
    word = fold(text).strip()
    if word in _YES or word in _LEAVE_ME:
        return True
    return False if word in _NO else None
