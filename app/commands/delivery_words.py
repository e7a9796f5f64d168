"""In which words do commands speak of deliveries?"""

from __future__ import annotations

from typing import Final

from app.commands.terminal import Words

WORDS: Final[Words] = {
    "id": {"en": "Delivery", "zh": "投递"},
    "received_at": {"en": "Came", "zh": "收到时间"},
    "done_at": {"en": "Settled", "zh": "处理完成"},
    "next_at": {"en": "Next try", "zh": "下次处理"},
    "attempts": {"en": "Tries", "zh": "处理次数"},
    "verified": {"en": "Genuine", "zh": "已验证"},
    "trusted_by": {"en": "Vouched for by", "zh": "担保人"},
    "address": {"en": "From address", "zh": "来自 IP"},
    "source": {"en": "Source", "zh": "来源"},
    "state": {"en": "State", "zh": "状态"},
    "leads": {"en": "Leads", "zh": "线索"},
    "lead": {"en": "Lead", "zh": "线索"},
    "status": {"en": "What it became", "zh": "结果"},
    "event": {"en": "The sender's id", "zh": "发送方的编号"},
    "why": {"en": "Why", "zh": "原因"},
    "yes": {"en": "yes", "zh": "是"},
    "no": {"en": "no", "zh": "否"},
    "none": {"en": "There are none such.", "zh": "没有符合条件的投递。"},
    "received": {"en": "received", "zh": "已收到"},
    "waiting": {"en": "waiting", "zh": "等待处理"},
    "done": {"en": "done", "zh": "已完成"},
    "passed": {"en": "passed", "zh": "已跳过"},
    "refused": {"en": "refused", "zh": "已拒收"},
    "not_understood": {"en": "not understood", "zh": "无法解析"},
    "rejected": {"en": "rejected", "zh": "已拒绝"},
    "failed": {"en": "failed", "zh": "失败"},
    "assigned": {"en": "assigned", "zh": "已分配"},
    "queued": {"en": "queued", "zh": "在线索池"},
    "updated": {"en": "updated", "zh": "已更新"},
    "outdated": {"en": "outdated: newer has been said since", "zh": "已过时：之后有更新的内容"},
    "test": {"en": "a test", "zh": "测试"},
    "not_of_interest": {"en": "not of interest", "zh": "与线索无关"},
    "empty": {"en": "nothing in it", "zh": "没有内容"},
    "not_genuine": {"en": "not genuine", "zh": "验证未通过"},
    "origin": {"en": "from a site that is not allowed", "zh": "来自未允许的网站"},
    "honeypot": {"en": "filled in by a program", "zh": "填了陷阱字段，疑似程序提交"},
    "too_quick": {"en": "filled in too quickly for a person", "zh": "提交过快，疑似程序提交"},
    "redriven": {"en": "to be driven again", "zh": "待重新处理"},
    "count": {"en": "Driven again: {count}", "zh": "已重新处理：{count}"},
    "to_be_fetched": {"en": "its fields are to be fetched", "zh": "字段待读取"},
    "tried": {"en": "tried, and tried again later", "zh": "处理未成功，稍后重试"},
    "gave_up": {"en": "given up", "zh": "多次重试后放弃"},
    "no_source": {"en": "its source has been removed", "zh": "来源已删除"},
    "unsealable": {"en": "a secret of its source cannot be opened", "zh": "来源的密钥无法解密"},
    "again": {"en": " (as before)", "zh": "（与之前相同）"},
    "driving": {"en": "Driving again", "zh": "正在重新处理"},
    "nothing": {"en": "There are none such: nothing is driven again.", "zh": "没有符合条件的投递，无需重新处理。"},
    "later": {
        "en": "Next: lead-router delivery list --state waiting shows those that are still to be driven.",
        "zh": "下一步：lead-router delivery list --state waiting 列出还没有处理完的。",
    },
    "more": {
        "en": "That is as many as go at a time: give the same command again for the others.",
        "zh": "一次最多处理这么多；其余的请再执行一次同样的命令。",
    },
    "no_text": {
        "en": "{size} bytes that are no text: lead-router delivery show {id} --body prints them.",
        "zh": "正文有 {size} 字节，不是文本；lead-router delivery show {id} --body 原样输出。",
    },
}
"""By name, in each language."""
