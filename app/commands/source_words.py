"""In which words do commands speak of sources?"""

from __future__ import annotations

from typing import Final

from app.commands.terminal import Words

WORDS: Final[Words] = {
    "id": {"en": "Source", "zh": "来源"},
    "kind": {"en": "Kind", "zh": "类型"},
    "name": {"en": "Name", "zh": "名称"},
    "status": {"en": "Status", "zh": "状态"},
    "address": {"en": "Address", "zh": "地址"},
    "updated": {"en": "Changed", "zh": "修改时间"},
    "updated_by": {"en": "{time} ({actor})", "zh": "{time}（{actor}）"},
    "on": {"en": "on", "zh": "启用"},
    "off": {"en": "off", "zh": "停用"},
    "none": {
        "en": "There are no sources yet. lead-router source kinds shows which there can be, "
        "lead-router source put ID FILE makes one.",
        "zh": "还没有来源。lead-router source kinds 列出可以有哪些类型，lead-router source put ID FILE 新建一个。",
    },
    "title": {"en": "What it is", "zh": "说明"},
    "secret_made": {"en": "made here", "zh": "由本服务生成"},
    "secret_own": {"en": "the sender's own", "zh": "发送方自己的"},
    "secret_either": {"en": "made here, or the sender's own", "zh": "由本服务生成，或发送方自己的"},
    "secret_none": {"en": "none", "zh": "不需要"},
    "sender": {"en": "its sender", "zh": "发送方"},
    "option": {"en": "Option", "zh": "选项"},
    "meaning": {"en": "Meaning", "zh": "含义"},
    "needed": {"en": "* has to be set", "zh": "* 必须填写"},
    "secret": {"en": "Secret", "zh": "密钥"},
    "token": {"en": "Token", "zh": "令牌"},
    "too_short": {"en": "too short to show its end", "zh": "太短，不显示结尾"},
    "kept_secret": {"en": "{shown} (since {time}{until})", "zh": "{shown}（{time} 起{until}）"},
    "until": {"en": ", valid until {time}", "zh": "，有效至 {time}"},
    "checked": {"en": "Nothing wrong: {id} can be put so.", "zh": "没有问题：{id} 可以这样设置。"},
    "made": {
        "en": "The source {id} is there now.",
        "zh": "来源 {id} 已建立。",
    },
    "changed": {
        "en": "The source {id} is changed (revision {revision}).",
        "zh": "来源 {id} 已修改（修订号 {revision}）。",
    },
    "next_changed": {
        "en": "Next: lead-router source try {id} FILE shows what a body becomes now; "
        "lead-router delivery redrive --state not_understood --source {id} drives what was not understood again.",
        "zh": "下一步：lead-router source try {id} FILE 看一段内容现在会变成什么；"
        "lead-router delivery redrive --state not_understood --source {id} 重新处理无法解析的投递。",
    },
    "next_form": {
        "en": "Next: lead-router source snippet {id} prints the form; form.origins is to name the sites it stands on.",
        "zh": "下一步：lead-router source snippet {id} 输出表单代码；把表单所在的网站写进 form.origins。",
    },
    "next_bare": {
        "en": "Next: have {title} deliver to this address, and send the secret with it: in its own field for a key, "
        "as ?key=… in the address, or in the header X-Webhook-Secret. It is shown this once.",
        "zh": "下一步：让{title}投递到这个地址，并带上密钥：填在它自己的密钥栏里，或在地址后加 ?key=…，"
        "或放在请求头 X-Webhook-Secret 里。密钥只显示这一次。",
    },
    "next_signed": {
        "en": "Next: give {title} this address and this secret, to sign with; the secret is shown this once.",
        "zh": "下一步：把这个地址和密钥填到{title}里，用于签名；密钥只显示这一次。",
    },
    "next_given": {
        "en": "Next: have {title} deliver to this address; lead-router delivery list --source {id} shows what comes.",
        "zh": "下一步：让{title}投递到这个地址；lead-router delivery list --source {id} 列出收到的投递。",
    },
    "remove": {
        "en": "Remove the source {id}? Its sender is refused from then on.",
        "zh": "删除来源 {id}？之后它发来的都会被拒收。",
    },
    "removed": {"en": "The source {id} is removed.", "zh": "来源 {id} 已删除。"},
    "forgotten": {"en": "That secret of {id} is valid no more.", "zh": "{id} 的这个密钥已失效。"},
    "once": {
        "en": "This is shown once. Give it to the sender: older ones stay valid for {hours} hours.",
        "zh": "密钥只显示这一次，请填到发送方；旧密钥还有 {hours} 小时有效。",
    },
    "taken": {
        "en": "It is valid from now on; older ones stay valid for {hours} hours.",
        "zh": "已生效；旧密钥还有 {hours} 小时有效。",
    },
    "field": {"en": "Field", "zh": "字段"},
    "value": {"en": "As it is read", "zh": "读取结果"},
    "sent": {"en": "As it came", "zh": "原文"},
    "path": {"en": "From", "zh": "取自"},
    "how": {"en": "How", "zh": "方式"},
    "warning": {"en": "Warning", "zh": "提醒"},
    "mapped": {"en": "mapped", "zh": "映射"},
    "recognised": {"en": "recognised", "zh": "自动识别"},
    "constant": {"en": "constant", "zh": "固定值"},
    "default": {"en": "default", "zh": "默认值"},
    "kept": {"en": "kept", "zh": "原样保存"},
    "read_from": {"en": "read from others", "zh": "由其他字段得出"},
    "lead": {"en": "Lead {number} of {total}", "zh": "线索 {number}/{total}"},
    "event": {"en": "the sender's id {key}", "zh": "发送方的编号 {key}"},
    "fetched": {
        "en": "its fields would be fetched from the sender, record {record}",
        "zh": "其字段要向发送方读取，记录 {record}",
    },
    "passed": {
        "en": "Taken and not routed: {reason}",
        "zh": "会收下，但跳过不分配：{reason}",
    },
    "test": {"en": "a test", "zh": "测试"},
    "not_of_interest": {"en": "not of interest", "zh": "与线索无关"},
    "empty": {
        "en": "There is no lead in it.",
        "zh": "里面没有线索。",
    },
    "not_genuine": {
        "en": "As it stands it would be refused: {why}.",
        "zh": "照这样发来会被拒收：{why}。",
    },
    "with_header": {
        "en": "What its sender sends with it can be given too: --header “X-Webhook-Secret: SECRET” or "
        "--query “key=SECRET”, and a signature as --header.",
        "zh": "发送方随之发来的可以一并给出：--header “X-Webhook-Secret: 密钥” 或 --query “key=密钥”；"
        "签名也用 --header。",
    },
    "read_as": {"en": "Read as {type}.", "zh": "按 {type} 读取。"},
}  # fmt: skip
"""By name, in each language."""
