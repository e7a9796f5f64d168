"""Why is a request refused? Its kind, its key, its parameters, its body, what it names: with the Chinese of each."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # Kinds of problems.
    ("The request cannot be read", "请求无法读取"),
    ("It does not show who sends it", "请求没有表明身份"),
    ("This is not allowed", "不允许这样做"),
    ("There is no such thing", "没有找到"),
    ("The request contradicts what is there", "请求与现状冲突"),
    ("It has been changed since it was read", "读取之后已被修改"),
    ("The request is larger than allowed", "请求太大"),
    ("The format is not read here", "不支持这种格式"),
    ("Something in the request is wrong", "请求里有错误"),
    ("Too much in too short a time", "请求太频繁"),
    ("Too much is waiting already", "排队的请求太多"),
    ("This replica is shutting down", "这个副本正在停机"),
    ("Something went wrong inside the service", "服务内部出错"),
    ("The method is not for this address", "这个地址不接受这种方法"),
    ("The answer is not to be had in this format", "不能用这种格式返回"),
    # The whole request.
    (
        "This is a fault of the service, not of the request. Its log tells more under the request's id.",
        "这是服务的故障，不是请求的问题。详见日志里这个请求 id 的记录。",
    ),
    (
        "This is a fault of the service, not of the line. Its log tells more under the request's id.",
        "这是服务的故障，不是这一行的问题。详见日志里这个请求 id 的记录。",
    ),
    ("There is nothing at {}.", "{}没有内容。"),
    ("{} does not take {}.", "{}不接受{}。"),
    ("The body is not JSON.", "正文不是 JSON。"),
    ("Something in the request is wrong; errors says what, and where.", "请求里有错误，详见 errors。"),
    ("Something in the body is wrong; errors says what, and where", "正文里有错误，详见 errors"),
    ("Something in the query is wrong; errors says what", "查询参数有错误，详见 errors"),
    ("The body is {} bytes; at most {} are read: {}", "正文有{}字节，最多读取{}字节：{}"),
    ("The body is longer than the {} bytes that are read at most: {}", "正文超过了最多读取的{}字节：{}"),
    ("the setting LEAD_ROUTER_BODY_LIMIT raises that", "设置项 LEAD_ROUTER_BODY_LIMIT 可以调高上限"),
    (
        "{}; for one the setting LEAD_ROUTER_BODY_LIMIT raises that",
        "{}；一条就超过的，设置项 LEAD_ROUTER_BODY_LIMIT 可以调高上限",
    ),
    (
        "{}. Send JSON, with “Content-Type: application/json”",
        "{}。请发送 JSON，并写“Content-Type: application/json”",
    ),
    (
        "; what another system or a web form sends as it is goes to a source: POST /v1/webhooks/{source}, or "
        "/v1/forms/{source}",
        "；其他系统或网页表单原样发送的内容，请发到来源：POST /v1/webhooks/{source} 或 /v1/forms/{source}",
    ),
    ("a name of 1 to {} printable characters is wanted", "应是 1 到{}个可见字符的名字"),
    ("X-Actor does not name a person", "X-Actor 不是人名"),
    ("1 to {} characters are wanted; this one has {}", "应有 1 到{}个字符，这里有{}个"),
    ("Idempotency-Key is not a key", "Idempotency-Key 不能用"),
    # What is in it.
    (
        "an id as answers show it is wanted, such as 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11",
        "应是响应里给出的 id，如 01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11",
    ),
    ("this is needed", "必须填写"),
    ("a whole number is wanted", "应是整数"),
    ("a number is wanted", "应是数字"),
    ("true or false is wanted", "应是 true 或 false"),
    ("a text is wanted", "应是文字"),
    ("a list is wanted", "应是列表"),
    ("a number from {} on is wanted", "应是不小于{}的数"),
    ("a number above {} is wanted", "应是大于{}的数"),
    ("a number of at most {} is wanted", "应是不大于{}的数"),
    ("a number below {} is wanted", "应是小于{}的数"),
    ("it is too short: its length is at least {}", "太短：至少{}个字符"),
    ("it is too long: its length is at most {}", "太长：最多{}个字符"),
    ("these are too few: at least {}", "太少：至少{}个"),
    ("these are too many: at most {}", "太多：最多{}个"),
    ("one of {} is wanted", "应是{}其中之一"),
    ("this key is not known here; put it in `{}`", "这里没有这个键，请写在 `{}` 里"),
    ("it holds a NUL character, which no text has", "含有 NUL 字符，文字里不能有"),
    (
        "an id is wanted: 1 to 64 of a-z, 0-9, dot, underscore and hyphen",
        "应是 id：1 到 64 个小写字母、数字、点、下划线或连字符",
    ),
    ("there is no such parameter here", "这里没有这个参数"),
    ("it is there twice; give it once", "出现了两次，请只写一次"),
    (
        "this is no cursor of this list; send next_cursor back as it came",
        "不是这个列表的 cursor，请原样送回 next_cursor",
    ),
    (
        "{} is neither an RFC 3339 time such as 2026-01-31T09:00:00+08:00 nor a date",
        "{}既不是 RFC 3339 时间（如 2026-01-31T09:00:00+08:00），也不是日期",
    ),
    ("the feed goes on by after_seq; leave one of the two out", "变更流按 after_seq 继续，两个参数请去掉一个"),
    (
        "the feed is JSON; leave after_seq out to export, or ask for application/json",
        "变更流是 JSON；要导出请去掉 after_seq，否则请求 application/json",
    ),
    ("There is no assignment {}", "没有分配记录{}"),
    ("The record has not come to revision {}", "记录还没有到修订号{}"),
    ("There is no record with seq {}; the last one has {}", "没有序号为{}的记录，最后一条是{}"),
    ("a word of printable characters is wanted", "应是可见字符"),
    ("a name of printable characters is wanted", "应是可见字符的名字"),
    (
        "There is nothing yet that could match; leave If-Match out to make it",
        "还不存在，没有可匹配的；要新建请去掉 If-Match",
    ),
    ("The Host header names no host", "请求头 Host 里没有主机名"),
    ("HOST or HOST:PORT is wanted", "应是 HOST 或 HOST:PORT"),
    ("The address is too long", "请求地址太长"),
    ("it is longer than {} KiB; send what is long in the body", "超过 {} KiB，长的内容请放在正文里"),
    # Keys.
    (
        "The key “{}” does not have the scope {}. Use one that has it: scopes are chosen with POST /v1/keys",
        "密钥“{}”没有权限{}。请使用有该权限的密钥：权限在 POST /v1/keys 时选定",
    ),
    ("This key was revoked on {}: ask for another one", "这把密钥已于{}吊销，请另要一把"),
    ("This key expired on {}: ask for another one", "这把密钥已于{}到期，请另要一把"),
    (
        "More than {} wrong keys came from this address within a minute. Wait, and send the right key as "
        "“Authorization: Bearer KEY”",
        "一分钟内从这个地址发来了超过{}把错误的密钥。请稍等，再用“Authorization: Bearer KEY”发送正确的密钥",
    ),
    (
        "The key that was sent is not known here: send it whole, as it was shown when it was made, or have another "
        "made with POST /v1/keys or `lead-router key create`. The admin key is "
        "LEAD_ROUTER_ADMIN_KEY or, where none is set, in the file admin_key of the service's data directory",
        "不认识发来的密钥：请完整发送创建时显示的内容，或用 POST /v1/keys 或 `lead-router key create` 另建一把。"
        "管理密钥是 LEAD_ROUTER_ADMIN_KEY；没有设置的，在服务数据目录的 admin_key 文件里",
    ),
    (
        "Send the key as “Authorization: Bearer KEY”; `make run` prints it at the start",
        "请用“Authorization: Bearer KEY”发送密钥；`make run` 启动时会显示它",
    ),
    (
        "More than {} in {} seconds are not taken from this key; try again in {} seconds",
        "这把密钥{1}秒内最多受理{0}次，请{2}秒后再试",
    ),
    (
        "More than {} in {} seconds are not taken from this address; try again in {} seconds",
        "这个地址{1}秒内最多受理{0}次，请{2}秒后再试",
    ),
    (
        "More than {} in {} seconds are not taken from this source; try again in {} seconds",
        "这个来源{1}秒内最多受理{0}次，请{2}秒后再试",
    ),
    (
        "the key's id is wanted: the 12 characters that stand between lr_ and _",
        "应是密钥的 id：lr_ 和 _ 之间的 12 个字符",
    ),
    ("a time as text is wanted: RFC 3339, or a date", "应是写成文字的时间：RFC 3339 格式，或日期"),
    ("this is past; to end a key now, revoke it", "这个时间已经过去；要立即停用密钥，请吊销它"),
    ("a scope is there twice; give each once", "权限有重复，每个只写一次"),
    (
        "The key {} is revoked, and stays so; make another one with POST /v1/keys",
        "密钥{}已吊销，不能恢复；请用 POST /v1/keys 另建一把",
    ),
    ("There is no key “{}”", "没有密钥“{}”"),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
