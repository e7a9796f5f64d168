"""What is wrong in a subscription and its secrets, and why was a receiver not told? With the Chinese of each."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    ("Something in the subscription is wrong; errors says what, and where", "订阅里有错误，详见 errors"),
    ("the active policy has no tier {}", "已启用的策略里没有价值等级{}"),
    ("there is no team {}", "没有团队{}"),
    (
        "there is no source {}, so it is right only if leads name that themselves",
        "没有来源{}，只有线索自己写明它时才对",
    ),
    ("there is no event “{}”", "没有事件“{}”"),
    (
        "an empty list is no event at all; leave it out for all that the kind takes",
        "空列表表示一个事件都不要；要这一类型的全部，请不写",
    ),
    (
        "“now” or a seq is wanted: the first that is to be told, 0 for all that has been recorded",
        "应是 now 或一个序号：从哪一条记录开始通知，0 表示从头开始",
    ),
    ("there is no kind “{}”", "没有类型“{}”"),
    ("a {} is not told of “{}”; it takes {}", "{}不通知“{}”，可用的有{}"),
    ("it is the address of a {}: put it as the secret `url` of one", "这是{}的地址：请写成那种类型的密钥 `url`"),
    ("it is the address of a {}, and this is a {}", "这是{}的地址，而这里是{}"),
    ("a {} has no such secret; put it in `{}`", "{}没有这个密钥，请写在 `{}` 里"),
    ("a {} has no such secret: it has {}", "{}没有这个密钥，它有{}"),
    ("a {} has no such secret: it has none", "{}没有这个密钥，它不用密钥"),
    ("a {} cannot do without it: give it", "{}必须有它，请填写"),
    # Editing.
    ("There is a subscription “{}” already", "已经有订阅“{}”"),
    ("There is no subscription “{}”", "没有订阅“{}”"),
    ("A {} has no secret “{}”", "{}没有密钥“{}”"),
    ("A value is wanted", "缺少值"),
    ("this secret is not made here: give its value", "这个密钥不在这里生成，请填写它的值"),
    ("The value cannot be one", "这个值不能用"),
    ("it is a {} and stays one: make another subscription", "它是{}，不能改成别的，请另建一个订阅"),
    ("There is no such place", "没有这个位置"),
    ("the record has not come to this seq", "记录还没有到这个序号"),
    (
        "“{}” has just been made by somebody else; send it again to change that one",
        "别人刚刚建了“{}”；要修改它，请再发送一次",
    ),
    ("The address does not go with the settings", "地址和设置不相符"),
    (
        "This release has no kind “{}”: the subscription was made by another one",
        "这个版本没有类型“{}”：订阅是用别的版本建的",
    ),
    ("{}: give the secrets of this subscription anew", "{}：请重新填写这个订阅的密钥"),
    ("“{}” was not sent “{}”", "没有给“{}”发送过“{}”"),
    ("“{}” is not an event's id", "“{}”不是事件的 id"),
    # Settings and secrets of kinds.
    ("It must be printable ASCII, as the provider shows it", "应是可见的 ASCII 字符，照服务商显示的填写"),
    ("It is not at {}, which the setting `host` names", "地址不在设置 `host` 所写的{}"),
    (
        "The address of such a bot begins with {}: copy it whole from the chat; if the bot has a "
        "host of its own, name that in the setting `host`",
        "这种机器人的地址以{}开头，请从群里完整复制；机器人有自己主机的，请写在设置 `host` 里",
    ),
    ("The secret `url` cannot be called: {}", "密钥 `url` 不能访问：{}"),
    (
        "A mention is a place on the rep: `attributes.NAME`, `id` or `email`",
        "@ 谁要写销售代表上的位置：`attributes.名称`、`id` 或 `email`",
    ),
    (
        "A host is a name in small letters, such as `chat.example.com`, without https:// and port",
        "主机名要小写，如 `chat.example.com`，不带 https:// 和端口",
    ),
    ("the name of an object is wanted, such as contacts or deals", "应是对象的名称，如 contacts 或 deals"),
    (
        "This is no mail address: it must be `leads@example.com` or `Leads <leads@example.com>`",
        "这不是邮箱地址，应是 `leads@example.com` 或 `Leads <leads@example.com>` 的样子",
    ),
    ("This is no mail address: {}", "这不是邮箱地址：{}"),
    (
        "A recipient is `rep`, `manager`, `referrer`, or a mail address",
        "收件人要写 `rep`、`manager`、`referrer` 或邮箱地址",
    ),
    ("the name of a server is wanted, such as smtp.example.com", "应是服务器的名称，如 smtp.example.com"),
    (
        "A password is not sent without TLS: set `tls` to `starttls` or `tls`",
        "没有 TLS 就不发送密码：请把 `tls` 设为 `starttls` 或 `tls`",
    ),
    ("It must hold no control characters", "不能有控制字符"),
    ("A link must begin with https:// or http://", "链接要以 https:// 或 http:// 开头"),
    ("A link must hold no spaces, quotation marks, bars or angle brackets", "链接里不能有空格、引号、竖线或尖括号"),
    ("A link can hold {}, and no other braces", "链接里可以用{}，不能有别的花括号"),
    ("{{}} is not known: a link can hold {}", "没有 {{}}，链接里可以用{}"),
    (
        "the name that the API has for it is wanted, such as Lead or Crm_Id__c: a letter, then letters, digits and _",
        "应是它在 API 里的名称，如 Lead 或 Crm_Id__c：以字母开头，由字母、数字和 _ 组成",
    ),
    (
        "the CRM's id of its user is wanted: 1 to 64 letters, digits and hyphens",
        "应是 CRM 里用户的 id：1 到 64 个字母、数字和连字符",
    ),
    (
        "A record is `external_id`, `email`, `phone` or `attributes.NAME` of the lead",
        "record 要写线索的 `external_id`、`email`、`phone` 或 `attributes.名称`",
    ),
    (
        "It must be printable ASCII without spaces, as the CRM shows it",
        "应是不带空格的可见 ASCII 字符，照 CRM 显示的填写",
    ),
    ("a version such as v62.0 is wanted", "应是版本号，如 v62.0"),
    ("It must be printable ASCII: what follows `Authorization:`", "应是可见的 ASCII 字符：`Authorization:` 后面的内容"),
    (
        "It must be `whsec_` and {} to {} bytes in base64; leave it out to have one made",
        "应是 `whsec_` 加上 base64 编码的{}到{}字节；不写就会生成一个",
    ),
    (
        "A secret of this subscription is not `whsec_` and base64: set a new one",
        "这个订阅的密钥不是 `whsec_` 加 base64，请换一个",
    ),
    # What a receiver was not told for.
    ("its settings cannot be read by this release: put them", "这个版本读不了它的设置，请重新提交"),
    ("the record could not be read; the service's log tells more", "记录读不出来，详见服务的日志"),
    ("a fault of the service's own ({}); its log tells more", "服务自身的故障（{}），详见它的日志"),
    ("The message has not the form that the bot wants", "消息不是机器人要的格式"),
    ("The message is too long", "消息太长"),
    (
        "The address is not that of a bot any more: set the secret `url` anew",
        "地址已不是机器人的地址：请重新设置密钥 `url`",
    ),
    (
        "There is no bot at this address: it is wrong, or the bot was removed. Copy it anew from the chat",
        "这个地址没有机器人：地址不对，或机器人已被移除。请从群里重新复制",
    ),
    (
        "{}. There is no bot at this address: it is wrong, or the bot was removed. Copy it anew from the chat",
        "{}。这个地址没有机器人：地址不对，或机器人已被移除。请从群里重新复制",
    ),
    (
        "Of the bot's safety settings one is not met: see that the secret `secret` is its signing key and this "
        "machine's clock is right, that `keyword` is one of its keywords, and that it allows this service's IP address",
        "没有满足机器人的安全设置：请确认密钥 `secret` 是它的加签密钥、本机时钟准确、"
        "`keyword` 是它的关键词之一，并且它允许本服务的 IP 地址",
    ),
    ("The group has been dissolved", "群已解散"),
    ("The bot is switched off: switch it on in the group's settings", "机器人已停用：请在群设置里启用"),
    ("The bot has been switched off: switch it on in the group's settings", "机器人已停用：请在群设置里启用"),
    (
        "The bot has been removed from the group: set the secret `url` of another",
        "机器人已被移出群：请把密钥 `url` 换成另一个的",
    ),
    (
        "The bot is no longer in the group: add it again, or set the secret `url` of another",
        "机器人已不在群里：请重新添加，或把密钥 `url` 换成另一个的",
    ),
    ("The provider takes the message for unsafe", "服务商认为消息不安全"),
    ("The provider takes the message for unsuitable", "服务商认为消息不合适"),
    (
        "Set the secret `secret` to the bot's signing key, and see that this machine's clock is right",
        "请把密钥 `secret` 设为机器人的加签密钥，并确认本机时钟准确",
    ),
    ("Add this service's IP address to the bot's list of allowed ones", "请把本服务的 IP 地址加进机器人的白名单"),
    ("Set `keyword` to one of the bot's keywords", "请把 `keyword` 设为机器人的关键词之一"),
    ("An administrator of the workspace has restricted the webhook", "工作区的管理员限制了这个 webhook"),
    (
        "The channel is gone: set the secret `url` of a webhook for another",
        "频道已不在：请把密钥 `url` 换成另一个频道的 webhook",
    ),
    (
        "The address is not that of a webhook any more: set the secret `url` anew",
        "地址已不是 webhook 的地址：请重新设置密钥 `url`",
    ),
    ("The webhook is switched off: set the secret `url` anew", "webhook 已停用：请重新设置密钥 `url`"),
    ("The webhook is switched off or removed: set the secret `url` anew", "webhook 已停用或移除：请重新设置密钥 `url`"),
    ("The workspace is gone: set the secret `url` anew", "工作区已不在：请重新设置密钥 `url`"),
    ("The workspace does not let bots write into this channel", "工作区不允许机器人在这个频道发言"),
    ("{} answered something else than its API does: {}", "{}的回答不是其 API 的格式：{}"),
    ("Slack: {}. {}", "Slack：{}。{}"),
    ("Slack: {}. The channel takes no more messages", "Slack：{}。这个频道不再接收消息"),
    ("The letter cannot be written: {}", "邮件写不成：{}"),
    ("Rep {} has no email on the roster: add it", "销售代表{}在名册里没有邮箱：请补上"),
    ("There is nobody to tell of this", "没有要通知的人"),
    ("{}: the mail was not taken within {} seconds", "{}：{}秒内没有收下邮件"),
    ("{}. Set `username` and the secret `password` anew", "{}。请重新设置 `username` 和密钥 `password`"),
    ("{}: {}; see `tls` and `username`", "{}：{}；请检查 `tls` 和 `username`"),
    (
        "{} offers no STARTTLS: set `tls` to what it offers, and `port` with it",
        "{}不支持 STARTTLS：请把 `tls` 设为它支持的方式，`port` 也一起改",
    ),
    ("{} ({} of {} letters were taken)", "{}（{2}封邮件里收下了{1}封）"),
    ("No token was given", "没有拿到令牌"),
    ("No token was given: HTTP {}", "没有拿到令牌：HTTP {}"),
    ("No token was given: {} {}", "没有拿到令牌：{} {}"),
    ("Where tokens are given, something else was answered", "发放令牌的地方回答了别的内容"),
    (
        "{}. Set the secrets `client_id`, `client_secret` and `refresh_token` anew",
        "{}。请重新设置密钥 `client_id`、`client_secret` 和 `refresh_token`",
    ),
    ("The lead has no {}, so its record in the CRM is not known", "线索没有{}，不知道它在 CRM 里是哪条记录"),
    ("The lead's {} cannot be the id of a record", "线索的{}不能是记录的 id"),
    (
        'Add a line for rep {} to the settings: owners: {{}: "the CRM\'s id"}',
        '请在设置里为销售代表{0}加一行：owners: {{1}: "CRM 里的 id"}',
    ),
    (
        '{}. Add a line for rep {} to the settings: owners: {{}: "the CRM\'s id"}',
        '{}。请在设置里为销售代表{}加一行：owners: {{}: "CRM 里的 id"}',
    ),
    ("{} has {} {} with this rep's email", "{}里有{}个{}使用这个销售代表的邮箱"),
    ("{} has no {} with this rep's email", "{}里没有{}使用这个销售代表的邮箱"),
    ("The CRM cannot be called", "CRM 不能访问"),
    ("{}. There is no {}: see `record`, and the subscription's filter", "{}。没有{}：请检查 `record` 和订阅的 filter"),
    ("{}. Set the token, or what tokens are asked for with, anew", "{}。请重新设置令牌，或换取令牌所用的密钥"),
    ("{}. The app or its user lacks the right to change owners", "{}。应用或其用户没有修改归属人的权限"),
    ("Salesforce has several records whose {} is this lead's {}", "Salesforce 里有几条记录的{}是这条线索的{}"),
    ("Zoho answered something else than its API does", "Zoho 的回答不是其 API 的格式"),
    ("{}. What is wrong is {}", "{}。有问题的是{}"),
    ("the Zoho id of the owner", "归属人的 Zoho id"),
    ("the record; there is perhaps no {}", "那条记录，可能没有{}"),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
