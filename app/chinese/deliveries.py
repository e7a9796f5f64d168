"""Why was a delivery not taken, not understood, or given up? What the service keeps of it, with its Chinese."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # A form that no person sent.
    ("it was sent from {}, which is none of the source's form.origins", "发自{}，不在来源的 form.origins 里"),
    ("the field {}, which people do not see, is filled in", "填了人看不见的字段{}"),
    ("it was sent within {} seconds of being shown", "显示后不到{}秒就提交了"),
    # Not genuine.
    (
        "no secret is set for this source, so nothing can be told to be genuine: set one",
        "来源没有密钥，无法验证：请设置",
    ),
    ("the secret that came with the request is none of this source's", "请求带来的密钥不是这个来源的"),
    (
        "no secret came with the request: put it into the address (?{}=…) or into a header "
        "(Authorization: Bearer …, X-Api-Key or X-Webhook-Secret)",
        "请求没有带密钥：请放在地址里（?{}=…），"
        "或放在请求头里（Authorization: Bearer …、X-Api-Key 或 X-Webhook-Secret）",
    ),
    ("the header {} is missing", "缺少请求头{}"),
    (
        "the signature in {} does not fit: another secret, another address, or a body that was changed",
        "{}里的签名不对：密钥不同、地址不同，或正文被改过",
    ),
    ("{} does not begin with {}", "{}不以{}开头"),
    (
        "{} holds no time: seconds or milliseconds since 1970 are wanted",
        "{}里不是时间：应是 1970 年起的秒数或毫秒数",
    ),
    (
        "the time in {} is more than {} seconds ago: a request sent once more?",
        "{}里的时间早了{}秒以上：是重发的吗？",
    ),
    ("the time in {} is more than {} seconds ahead: does a clock go wrong?", "{}里的时间晚了{}秒以上：时钟不准吗？"),
    ("{} is missing in the body", "正文里缺少{}"),
    ("{} in the body is none of this source's secrets", "正文里的{}不是这个来源的密钥"),
    (
        "{} is not kept, so it cannot be checked again: look at it, then say trust=true",
        "{}不保存，所以无法再检查：看清楚之后写 trust=true",
    ),
    ("timestamp and nonce are missing in the address's query", "地址的参数里缺少 timestamp 和 nonce"),
    # Not understood.
    ("an object is wanted there", "这里应是对象"),
    ("a list is wanted there", "这里应是列表"),
    ("options.records names a list that is not there", "options.records 所指的列表不存在"),
    ("more than {} records", "记录超过{}条"),
    ("more than {} events", "事件超过{}个"),
    ("a JSON object is wanted, this is {}", "应是 JSON 对象，收到的是{}"),
    ("it is empty; a JSON document is wanted", "内容是空的，应是 JSON 文档"),
    ("not JSON: {}", "不是 JSON：{}"),
    ("this looks like UTF-16 or UTF-32; JSON is sent as UTF-8", "看起来是 UTF-16 或 UTF-32；JSON 应以 UTF-8 发送"),
    ("not XML: it is not well-formed there", "不是 XML：这里的格式不对"),
    ("the XML has no element", "XML 里没有元素"),
    ("multipart without a boundary: name it there", "multipart 没有写 boundary"),
    # Taken, and no lead.
    ("The lead went to nobody. {}", "线索没有归属。{}"),
    ("None of the {} leads went to anybody. The first: {}", "{}条线索都没有归属。第一条：{}"),
    ("{} of the {} leads went to nobody. The first: {}", "{1}条线索里有{0}条没有归属。第一条：{2}"),
    (
        "This person asked not to be contacted; the lead was rejected.",
        "该联系人要求不再联系，线索已被拒绝。",
    ),
    ("Screening “{}” rejected it.", "线索被筛选条件“{}”拒绝。"),
    # Given up.
    ("Its source has been removed", "来源已删除"),
    ("an unexpected error; the log tells more", "意外的错误，详见日志"),
    (
        "each time, the process that drove it ended or hung before it was done; the log tells more",
        "每次处理到一半，进程就退出或卡住了，详见日志",
    ),
    (
        "A stored secret was sealed under a key that LEAD_ROUTER_SECRET_KEY does not have",
        "保存的密钥是用另一把密钥加密的，LEAD_ROUTER_SECRET_KEY 里没有它",
    ),
    # A receiver that is gone.
    (
        "{}; once it is there again, put “enabled”: true, and what waits goes out",
        "{}；接收方恢复后，把 enabled 设为 true，积压的就会发出",
    ),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
