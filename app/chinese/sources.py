"""What is wrong in a source and its secrets, and why is something not taken at its door? With the Chinese of each."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # The document.
    ("Something in the source is wrong", "来源里有错误"),
    ("Something in the source is wrong; errors says what, and where", "来源里有错误，详见 errors"),
    ("a text of 1 to {} characters", "应是 1 到{}个字符的文字"),
    ("there is no such kind", "没有这种类型"),
    ("there is no such kind: it is one of {}", "没有这种类型，可用的有{}"),
    ("only a source of kind {} has this", "只有{}类型的来源才有这一项"),
    (
        "people fill this field in, or the form itself does: name one that is in none of your forms",
        "这个字段会由人或表单自己填写，请换一个任何表单里都没有的字段",
    ),
    (
        "write an origin as https://www.example.com, without a path; * for any",
        "出处请写成 https://www.example.com 的样子，不带路径；任意请写 *",
    ),
    ('an origin is a text; a file on disk is written "null", in quotes', '出处是文字；磁盘上的文件请写 "null"，带引号'),
    ("write a page as https://www.example.com/thanks", "页面请写成 https://www.example.com/thanks 的样子"),
    # Options.
    ("{} has no such option", "{}没有这个选项"),
    ("it is needed: {}", "必须填写：{}"),
    ("{} is wanted, this is {}", "应是{}，这里是{}"),
    ("a list of texts is wanted", "应是文字的列表"),
    ("one of {} is wanted, this is {}", "应是{}其中之一，这里是{}"),
    # Editing.
    ("This is no id", "不能用作 id"),
    ("the kinds are shown there: choose another id", "这个地址用来列出各种类型，请换一个 id"),
    ("every source has one", "每个来源都必须有"),
    ("A token is the sender's", "令牌由发送方生成"),
    ("give the token that the sender made", "请填写发送方生成的令牌"),
    (
        "It is the only one: give the source a new one first, or switch it off",
        "这是唯一的一个，请先给来源换一个新的，或停用它",
    ),
    ("The source {} has no secret {}", "来源{}没有密钥{}"),
    ("Only a source of kind {} has a form; this one is of kind {}", "只有{}类型的来源才有表单，这个是{}类型"),
    ("it is a {}, known to who sends as {}/{}: make another source", "它是{}，发送方知道的地址是{}/{}，请另建一个来源"),
    ("The kind cannot be changed", "类型不能修改"),
    (
        "a secret of a source that is there is changed with POST /v1/sources/{}/secrets",
        "已有来源的密钥请用 POST /v1/sources/{}/secrets 更换",
    ),
    ("{}. One that is made here would be of no use: give that one", "{}。在这里生成的密钥没有用处，请填写那一个"),
    ("The secret is the sender's", "密钥由发送方生成"),
    ("a source of kind {} has no secret: leave it out", "{}类型的来源没有密钥，请不写"),
    ("A secret tells nothing here", "密钥在这里没有用"),
    ("it travels with every request, so at least {} characters are wanted", "它会随每个请求发送，至少要有{}个字符"),
    ("The secret is too short", "密钥太短"),
    (
        "there is none, so nothing that comes is taken for its sender's: give one with POST /v1/sources/{}/secrets",
        "没有密钥，收到的内容都无法确认来自发送方：请用 POST /v1/sources/{}/secrets 设置",
    ),
    (
        "it was made here. {}: if yours does, give that with POST /v1/sources/{}/secrets",
        "密钥是在这里生成的。{}：如果您的发送方是这样，请用 POST /v1/sources/{}/secrets 填写那一个",
    ),
    (
        "it is the one of before. {}: if yours does, give that with POST /v1/sources/{}/secrets",
        "密钥还是原来的那一个。{}：如果您的发送方是这样，请用 POST /v1/sources/{}/secrets 填写那一个",
    ),
    (
        "A sender may sign with a secret that it makes itself, such as whsec_…, and shows beside the webhook",
        "发送方可能用自己生成的密钥签名，如 whsec_…，显示在 webhook 旁边",
    ),
    (
        "An app of HubSpot, and a workflow that signs with one, signs with its client secret: the app → Auth",
        "HubSpot 的应用，以及用应用签名的工作流，用它的 client secret 签名：应用 → Auth",
    ),
    (
        "Meta signs with the secret of the app: App settings → Basic → App secret",
        "Meta 用应用的密钥签名：App settings → Basic → App secret",
    ),
    (
        "A webhook that was made with Webflow's API is signed with its secretKey, or with the client secret of "
        "the app that made it",
        "用 Webflow API 创建的 webhook，用它的 secretKey 或创建它的应用的 client secret 签名",
    ),
    ("There is no source {}", "没有来源{}"),
    ("There is no source {}: PUT /v1/sources/{} makes one", "没有来源{}：用 PUT /v1/sources/{}新建"),
    ("There is no form {}", "没有表单{}"),
    # At the door.
    ("The source {} is a web form: it takes what is sent to {}/{}", "来源{}是网页表单，请发到{}/{}"),
    (
        "The source {} is of kind {}, and no web form: it takes what is sent to {}/{}",
        "来源{}是{}类型，不是网页表单，请发到{}/{}",
    ),
    ("The source {} is switched off", "来源{}已停用"),
    ("A source of kind {} is sent by {}", "{}类型的来源只接受{}"),
    (
        "This is nothing that a sender of kind {} sends; it is kept as delivery {}",
        "这不是{}类型的发送方会发的内容，已保存为投递{}",
    ),
    (
        "The form {} may not be sent from {}: add it to the source's form.origins",
        "表单{}不允许从{}提交：请把它加进来源的 form.origins",
    ),
    ("it is neither JSON nor a form nor XML", "既不是 JSON，也不是表单或 XML"),
    ("not multipart/form-data as RFC 7578 has it", "不是 RFC 7578 规定的 multipart/form-data"),
    ("the multipart body ends before its last boundary: it was cut", "multipart 正文没有结尾的分隔线：被截断了"),
    ("more than {} fields", "字段超过{}个"),
    ("more than {} changes", "变更超过{}项"),
    ("more than {} of them", "超过{}个"),
    ("more than {} elements within each other", "元素嵌套超过{}层"),
    ("more than {} elements", "元素超过{}个"),
    ("document types and entities are not read: send the XML without them", "不读取 DTD 和实体，请发送不带它们的 XML"),
    ("not XML in a charset that is known: send it as UTF-8", "XML 的字符集不认识，请用 UTF-8 发送"),
    ("no signature in {} begins with {}", "{}里没有以{}开头的签名"),
    ("no {} can be read: {}", "读不到{}：{}"),
    ("neither a signature ({}, {}) nor a secret came with the request", "请求既没有带签名（{}、{}），也没有带密钥"),
    ("a signature of version {} or later is wanted", "签名应是{}版或更新的"),
    ("the number of a contact is wanted there", "这里应是联系人的编号"),
    ("the number of a lead is wanted there", "这里应是线索的编号"),
    ("a GET that is no subscription (hub.mode=subscribe)", "这个 GET 不是订阅（hub.mode=subscribe）"),
    (
        "options.verify_token is not set: choose one, and enter the same at Meta",
        "没有设置 options.verify_token：请自定一个，并在 Meta 填写同样的内容",
    ),
    ("hub.verify_token is not the one in options.verify_token", "hub.verify_token 和 options.verify_token 不一致"),
    ("hub.challenge is missing, or none that Meta sends", "缺少 hub.challenge，或不是 Meta 发的"),
    (
        "the message comes from another organization than the one in options.organization_id",
        "消息来自别的组织，不是 options.organization_id 里的那个",
    ),
    ("no OrganizationId can be read: {}", "读不到 OrganizationId：{}"),
    ("an outbound message is wanted; this is none", "应是 outbound message，这里不是"),
    ("it is missing", "缺少这一项"),
    ("the type of the answer is missing", "缺少答案的类型"),
    # Fetching the fields of a lead.
    ("no token is set for this source that could be sent: {}", "来源没有可用的令牌：{}"),
    (
        "make a private app in HubSpot with the scope crm.objects.contacts.read and set its token",
        "请在 HubSpot 建一个带 crm.objects.contacts.read 权限的私有应用，并填写它的令牌",
    ),
    (
        "set a page or system user token of Meta that allows leads_retrieval",
        "请填写 Meta 的主页或系统用户令牌，要允许 leads_retrieval",
    ),
    ("a contact's number is wanted", "应是联系人的编号"),
    ("a lead's number is wanted", "应是线索的编号"),
    ("{} may not be called: {}", "不能访问{}：{}"),
    ("{} did not answer: {}", "{}没有回应：{}"),
    ("{} answered with more than is read", "{}的回答超出了读取上限"),
    ("{} answered with what is not JSON ({})", "{}的回答不是 JSON（{}）"),
    ("{} answered with JSON that is no object", "{}的回答是 JSON，但不是对象"),
    (
        "{} answered {}: the token is not valid any more, or does not allow {}; "
        "set a new one for this source, then let the delivery be tried again",
        "{}回答{}：令牌已失效，或不允许{}；请为来源换一个新的，再重新处理这次投递",
    ),
    (
        "{} answered {}: there is no such record, or this token must not see it",
        "{}回答{}：没有这条记录，或令牌无权查看",
    ),
    ("{} answered {}: redirects are not followed; is its address right?", "{}回答{}：不跟随重定向，地址对吗？"),
    ("{} answered {}", "{}回答{}"),
    ("Meta answered {} with its error {}", "Meta 回答{}，错误码{}"),
    (
        "{}: the token has expired or was withdrawn; set a new one for this source, then let the delivery be "
        "tried again",
        "{}：令牌已过期或被收回；请为来源换一个新的，再重新处理这次投递",
    ),
    ("{}: the token does not allow leads_retrieval for this page", "{}：令牌不允许对这个主页使用 leads_retrieval"),
    # Deliveries.
    ("There is no delivery {}", "没有投递{}"),
    ("There is none that is {}", "没有状态为{}的投递"),
    (
        "They are driven now, beside what comes in: GET {} lists those that still wait, GET {} what "
        "became of the others",
        "正在处理，同时照常接收：GET {}列出仍在等待的，GET {}列出其余的结果",
    ),
    ("There is no source {}, and nothing came to one of that name", "没有来源{}，也没有收到过发给它的投递"),
    ("It is being driven at this moment; look at it again shortly", "正在处理，请稍后再看"),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
