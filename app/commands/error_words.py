"""In which words do commands say why they cannot do what was asked?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.commands.terminal import Words

WORDS: Final[Words] = {
    # What somebody else says: the service, a file's reader, the operating system.
    "said": {"en": "{text}", "zh": "{text}"},
    "of_file": {"en": "{path}: {text}", "zh": "{path}：{text}"},
    "no_file": {"en": "No such file or directory", "zh": "没有这个文件或目录"},
    "no_permission": {"en": "Permission denied", "zh": "没有权限"},
    "a_directory": {"en": "Is a directory", "zh": "这是一个目录"},
    "service": {"en": "{text}", "zh": "服务拒绝了请求：{text}"},
    "with_more": {"en": "{text}{more}", "zh": "{text}{more}"},
    "more": {"en": " (and {count} more)", "zh": "（另有 {count} 处）"},
    # Asking.
    "nobody": {"en": "there is nobody to ask: {instead}", "zh": "没有人可以确认：{instead}"},
    "yes_to_remove": {"en": "add --yes to remove it", "zh": "确定要删除，请加 --yes"},
    "yes_to_erase": {
        "en": "add --yes to do it, or --dry-run to see it only",
        "zh": "确定要清除，请加 --yes；只想看看，请加 --dry-run",
    },
    "nobody_named": {
        "en": "name the person: --email, --phone or --lead",
        "zh": "请指明是谁：--email、--phone 或 --lead",
    },
    "no_email": {"en": "--email {text}: that is no email address", "zh": "--email {text}：不是邮箱地址"},
    "no_phone": {
        "en": "--phone {text}: that is no phone number; write it with its country, as +86 138 0013 8000",
        "zh": "--phone {text}：不是电话号码，请连国家代码一起写，如 +86 138 0013 8000",
    },
    "yes_to_apply": {
        "en": "add --yes to do it, or --dry-run to see it only",
        "zh": "确定要执行，请加 --yes；只想看看，请加 --dry-run",
    },
    "unchanged": {"en": "nothing was changed", "zh": "没有作任何修改"},
    # The service, and how to reach it.
    "url": {
        "en": "--url {url}: write it as http://127.0.0.1:8000",
        "zh": "--url {url}：请写成 http://127.0.0.1:8000 的样子",
    },
    "no_key_here": {
        "en": "no key: there is none in {path}; give --key or LEAD_ROUTER_KEY, or LEAD_ROUTER_DATA if the service was "
        "started with a DATA of its own",
        "zh": "没有密钥：{path} 里找不到。请用 --key 或 LEAD_ROUTER_KEY 给出；"
        "服务启动时用了自己的 DATA 的，请设置 LEAD_ROUTER_DATA",
    },
    "no_key": {
        "en": "no key for {url}: give --key or LEAD_ROUTER_KEY",
        "zh": "没有 {url} 的密钥：请用 --key 或 LEAD_ROUTER_KEY 给出",
    },
    "key_ascii": {"en": "--key: a key is printable ASCII", "zh": "--key：密钥只含可见的 ASCII 字符"},
    "key_unknown": {
        "en": "the service does not take this key: give its own with --key or LEAD_ROUTER_KEY",
        "zh": "服务不接受这个密钥：请用 --key 或 LEAD_ROUTER_KEY 给出它自己的密钥",
    },
    "unreachable": {
        "en": "nothing answers at {url}: start the service with “make run” (or lead-router serve), or give --url",
        "zh": "{url} 没有回应：请用 make run（或 lead-router serve）启动服务，或用 --url 给出地址",
    },
    "odd_answer": {"en": "{url} does not answer as it should: {why}", "zh": "{url} 的回答不正常：{why}"},
    "not_a_router": {
        "en": "{url} answers {status}: is that a lead router?",
        "zh": "{url} 回答 {status}：那里是 lead router 吗？",
    },
    "no_router": {"en": "{url} does not answer like a lead router", "zh": "{url} 的回答不像 lead router"},
    # Documents.
    "not_to_apply": {
        "en": "{path} is a {kind}, and neither a policy nor a roster: {hint}",
        "zh": "{path} 是 {kind}，不是策略也不是名册：{hint}",
    },
    "put_does_it": {
        "en": "lead-router {kind} put ID {path} does it",
        "zh": "请用 lead-router {kind} put ID {path}",
    },
    "part_of_source": {"en": "it is part of a source", "zh": "它是来源的一部分"},
    "second_policy": {
        "en": "{path} is a second policy: one is in force at a time",
        "zh": "{path} 是第二份策略：同时只能有一份生效",
    },
    "prune_what": {"en": "--prune goes by a roster, and none is given", "zh": "--prune 以名册为准，但没有给出名册"},
    "not_a_roster": {"en": "{path} is a {kind}, not a roster", "zh": "{path} 是 {kind}，不是名册（roster）"},
    "not_a_policy": {"en": "{path} is a {kind}, not a policy", "zh": "{path} 是 {kind}，不是策略（policy）"},
    "no_document": {
        "en": "it is a list or a single value, and no document: write keys and values",
        "zh": "这是一个列表或单个值，不是文档：请写成键和值",
    },
    "two_kinds": {
        "en": "it has {one} and {other}: a roster and a policy are documents of their own; make two files of it",
        "zh": "既有 {one} 又有 {other}：名册和策略是两份文档，请分成两个文件",
    },
    "no_kind": {
        "en": "it is none of these: a roster (reps, teams), a policy (rules), a source or a subscription (kind), "
        "a mapping (fields){hint}",
        "zh": "不是这几种文档：名册（reps、teams）、策略（rules）、来源或订阅（kind）、字段映射（fields）{hint}",
    },
    "secret_text": {"en": "a secret is UTF-8 text", "zh": "密钥应是 UTF-8 文本"},
    "empty": {"en": "it is empty", "zh": "内容是空的"},
    "stdin_once": {
        "en": "standard input holds one thing only: give the others as files",
        "zh": "标准输入只能给一样：其余的请用文件给出",
    },
    "secrets_by_name": {"en": "secrets stand there by their names", "zh": "密钥按名称列出"},
    "secret_from": {
        "en": "--secret-from {text}: write it as NAME=FILE, such as url=chat-url.txt",
        "zh": "--secret-from {text}：请写成“名称=文件”，比如 url=chat-url.txt",
    },
    # Leads, sources and what came.
    "at": {
        "en": '--at: "{text}" is not a time; write 2026-03-02T10:00 or 2026-03-02T10:00+08:00',
        "zh": "--at：“{text}”不是时间，请写成 2026-03-02T10:00 或 2026-03-02T10:00+08:00",
    },
    "no_lead": {"en": "{path} has no lead on line {line}", "zh": "{path} 的第 {line} 行没有线索"},
    "workbook": {
        "en": "{path}: this is an Excel workbook, and no CSV: leave --format out",
        "zh": "{path}：这是 Excel 工作簿，不是 CSV，请去掉 --format",
    },
    "workbook_broken": {
        "en": "it cannot be read as an Excel workbook; save it once more in Excel, or as CSV (UTF-8)",
        "zh": "不能作为 Excel 工作簿读取，请在 Excel 里重新保存，或另存为 CSV（UTF-8）",
    },
    "workbook_password": {
        "en": "the workbook has a password; save it without one",
        "zh": "工作簿设了密码，请另存为不带密码的文件",
    },
    "workbook_no_sheet": {
        "en": "the workbook has no sheet “{sheet}”; those it has: {sheets}",
        "zh": "工作簿里没有工作表“{sheet}”，现有的是：{sheets}",
    },
    "workbook_of_charts": {"en": "the workbook has no sheet with cells", "zh": "工作簿里没有带单元格的工作表"},
    "sheet_headings": {
        "en": "{path}, sheet “{sheet}”, line {line}: the headings must name the fields, and none of these columns is "
        "known; they may be called name, phone, email, company, city{more}",
        "zh": "{path} 的工作表“{sheet}”第 {line} 行：表头必须写字段名，而这里没有一列认得出来；"
        "可以叫姓名、手机、邮箱、公司名称、城市{more}",
    },
    "other_sheets": {"en": "; --sheet reads another: {sheets}", "zh": "；要读别的工作表请用 --sheet：{sheets}"},
    "sheet_of_what": {
        "en": "--sheet: {path} is no Excel workbook",
        "zh": "--sheet：{path} 不是 Excel 工作簿",
    },
    "unknown_headings": {
        "en": "{path}, line {line}: the first line must name the fields, and none of its columns is known; begin with "
        "a line such as name,phone,email,company,city",
        "zh": "{path} 第 {line} 行：第一行必须写字段名，而这里没有一列认得出来；"
        "请在最前面加一行，用逗号分隔，比如姓名、手机、邮箱、公司名称、城市",
    },
    "kind_unknown": {"en": "there is no such kind{hint}", "zh": "没有这种类型{hint}"},
    "one_of": {"en": ": it is one of {known}", "zh": "：只有 {known}"},
    "key_prefix": {
        "en": "--key-prefix: 1 to 200 printable ASCII characters",
        "zh": "--key-prefix：1 到 200 个可见的 ASCII 字符",
    },
    "import_away": {
        "en": "{why}; {reached} To go on from there, give the same command again.",
        "zh": "{why}；{reached}再执行一次同样的命令，就从那里继续。",
    },
    "answers_with": {"en": "the service answers {status}", "zh": "服务回答 {status}"},
    "answers_short": {
        "en": "{answers} answers came to {leads} leads",
        "zh": "发了 {leads} 条线索，只收到 {answers} 条回答",
    },
    "reached": {"en": "everything up to line {line:,} is done.", "zh": "第 {line:,} 行以前（含该行）都已完成。"},
    "not_begun": {"en": "nothing is done.", "zh": "还没有完成任何一行。"},
    "try_what": {
        "en": "give a file with a body, or --delivery and the id of one that was kept",
        "zh": "请给出一个正文文件，或用 --delivery 给出保存下来的一次投递的 id",
    },
    "type": {"en": "--type: write it as application/json", "zh": "--type：请写成 application/json 的样子"},
    "header": {
        "en": "--header “{text}”: write it as “X-Event: created”, in ASCII",
        "zh": "--header “{text}”：请写成“X-Event: created”的样子，只用 ASCII",
    },
    "header_ours": {
        "en": "--header {name}: that one is this request's own; a secret can go as X-Webhook-Secret",
        "zh": "--header {name}：这个请求头由命令自己填写；密钥可以用 X-Webhook-Secret 发送",
    },
    "which": {
        "en": "say which: the ids of deliveries, or --state (and --source) for all of that state",
        "zh": "请说明是哪些：投递的 id，或用 --state（和 --source）指定该状态的全部",
    },
    "delivery_id": {
        "en": "“{shown}” is not the id of a delivery: give one as lead-router delivery list shows it",
        "zh": "“{shown}” 不是投递的 id：请使用 lead-router delivery list 列出的 id",
    },
    "source_alone": {
        "en": "--source goes with --state: a delivery is its source's by its id alone",
        "zh": "--source 要和 --state 一起用：只凭 id 就知道投递属于哪个来源",
    },
    "already_driven": {
        "en": "what is received is being driven already: --state waiting, not_understood, refused, failed, …",
        "zh": "刚收到的已经在处理：--state 请写 waiting、not_understood、refused、failed 等",
    },
    "no_such_key": {
        "en": "no key has the id {id}: lead-router key list shows the ids of all",
        "zh": "没有 id 为 {id} 的密钥：lead-router key list 列出全部",
    },
    "no_such_name": {
        "en": "a lead has no field {field}, and none is recognised by that name: lead-router names shows all{hint}",
        "zh": "线索没有 {field} 这个字段，这个名称也识别不出是哪个字段：lead-router names 列出全部{hint}",
    },
    # Verifying.
    "from_after_to": {"en": "--from {first} is after --to {last}", "zh": "--from {first} 晚于 --to {last}"},
    "no_database": {
        "en": "there is no database in {data}: set LEAD_ROUTER_DATA to the service's DATA, or LEAD_ROUTER_DATABASE_URL",
        "zh": "{data} 里没有数据库：请把 LEAD_ROUTER_DATA 设为服务的 DATA，或设置 LEAD_ROUTER_DATABASE_URL",
    },
    "revision": {
        "en": "the tables are not at revision {revision}: lead-router migrate",
        "zh": "数据表不是 {revision} 版：请运行 lead-router migrate",
    },
    "database": {"en": "the database {shown} cannot be read: {why}", "zh": "读不了数据库 {shown}：{why}"},
}
"""By name, in each language. What is filled in may be such words itself."""
