"""In which words do commands speak of subscriptions?"""

from __future__ import annotations

from typing import Final

from app.commands.terminal import Words

WORDS: Final[Words] = {
    "id": {"en": "Subscription", "zh": "订阅"},
    "kind": {"en": "Kind", "zh": "类型"},
    "status": {"en": "Status", "zh": "状态"},
    "on": {"en": "on", "zh": "启用"},
    "off": {"en": "off", "zh": "停用"},
    "gone": {"en": "off: {why}", "zh": "停用：{why}"},
    "behind": {"en": "Behind", "zh": "积压"},
    "waiting": {"en": "waiting", "zh": "等待发送"},
    "dead": {"en": "given up", "zh": "已放弃"},
    "delivered": {"en": "delivered", "zh": "已送达"},
    "of_waiting": {"en": "Waiting", "zh": "等待"},
    "of_dead": {"en": "Given up", "zh": "已放弃"},
    "of_delivered": {"en": "Delivered", "zh": "已送达"},
    "failed": {"en": "Failed tries", "zh": "失败次数"},
    "last_failure": {"en": "Last failure", "zh": "最近一次失败"},
    "rests_until": {"en": "Left alone until", "zh": "暂停通知至"},
    "last_delivered": {"en": "Last delivered", "zh": "最近送达"},
    "updated": {"en": "Changed", "zh": "修改时间"},
    "updated_by": {"en": "{time} ({actor})", "zh": "{time}（{actor}）"},
    "secret": {"en": "Secret {name}", "zh": "密钥 {name}"},
    "too_short": {"en": "too short to show its end", "zh": "太短，不显示结尾"},
    "kept_secret": {"en": "{shown} (since {time}{until})", "zh": "{shown}（{time} 起{until}）"},
    "until": {"en": ", older ones valid until {time}", "zh": "，旧密钥有效至 {time}"},
    "none": {
        "en": "There are no subscriptions yet. lead-router subscription put ID FILE makes one.",
        "zh": "还没有订阅。lead-router subscription put ID FILE 新建一个。",
    },
    "made": {"en": "The subscription {id} is there now.", "zh": "订阅 {id} 已建立。"},
    "changed": {
        "en": "The subscription {id} is changed (revision {revision}).",
        "zh": "订阅 {id} 已修改（修订号 {revision}）。",
    },
    "next_made": {
        "en": "Next: give the receiver this secret, which is shown this once; "
        "lead-router subscription test {id} sends it a made-up event.",
        "zh": "下一步：把这个密钥交给接收方，它只显示这一次；lead-router subscription test {id} 发一个虚构的事件试试。",
    },
    "next": {
        "en": "Next: lead-router subscription test {id} sends a made-up event.",
        "zh": "下一步：lead-router subscription test {id} 发一个虚构的事件试试。",
    },
    "remove": {
        "en": "Remove the subscription {id}, and what is known of its sends?",
        "zh": "删除订阅 {id}，连同它的发送记录？",
    },
    "removed": {"en": "The subscription {id} is removed.", "zh": "订阅 {id} 已删除。"},
    "once": {
        "en": "This is shown once. Give it to the receiver: older ones stay valid for {hours} hours.",
        "zh": "密钥只显示这一次，请填到接收方；旧密钥还有 {hours} 小时有效。",
    },
    "taken": {
        "en": "It counts from now on; older ones stay valid for {hours} hours.",
        "zh": "已生效；旧密钥还有 {hours} 小时有效。",
    },
    "tested": {
        "en": "{type}: {outcome} in {seconds} s",
        "zh": "{type}：{outcome}（{seconds} 秒）",
    },
    "try_again": {"en": "not taken now, perhaps later", "zh": "这次未被接收，稍后可重试"},
    "refused": {"en": "refused", "zh": "对方拒收"},
    "receiver_gone": {"en": "the receiver is gone", "zh": "接收方已不存在"},
    "no_sends": {"en": "There are none such.", "zh": "没有符合条件的发送。"},
    "event": {"en": "Event", "zh": "事件"},
    "type": {"en": "Type", "zh": "事件类型"},
    "at": {"en": "Recorded", "zh": "记录时间"},
    "state": {"en": "State", "zh": "状态"},
    "attempts": {"en": "Tries", "zh": "尝试次数"},
    "due": {"en": "Next try", "zh": "下次发送"},
    "said": {"en": "What was said", "zh": "对方响应"},
    "again": {"en": "Sent again: {count}", "zh": "已安排重新发送：{count}"},
    "nothing": {"en": "Nothing was given up: nothing is sent again.", "zh": "没有已放弃的事件，无需重新发送。"},
    "more": {
        "en": "That is as many as go at a time: give the same command again for the others.",
        "zh": "一次最多处理这么多；其余的请再执行一次同样的命令。",
    },
    "next_sends": {
        "en": "Next: lead-router subscription sends {id} shows what becomes of them.",
        "zh": "下一步：lead-router subscription sends {id} 看它们的结果。",
    },
}
"""By name, in each language."""
