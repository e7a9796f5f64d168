"""What is wrong in a roster, a rep or a team, what is odd, and how do edits of them end? With the Chinese of each."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # Any document that is read value by value.
    ("an object is wanted here, not {}", "这里应是对象，不能是{}"),
    ("this key is not known", "没有这个键"),
    (
        "{} is not an id: 1 to 64 of a-z, 0-9, dot, underscore and hyphen",
        "{}不是 id，请用 1 到 64 个小写字母、数字、点、下划线或连字符",
    ),
    ("text is wanted here, not {}", "这里应是文字，不能是{}"),
    ("this text is empty", "文字是空的"),
    ("this text is too long: {} characters; at most {} are taken", "文字太长：有{}个字符，最多{}个"),
    ("this text holds a line break or a control character", "文字里有换行或控制字符，请删除"),
    ("{} is not one of {}", "{}不在可选值之内：{}"),
    ("a list is wanted here, not {}", "这里应是列表，不能是{}"),
    ("this list is too long: {} entries; at most {} are taken", "列表太长：有{}项，最多{}项"),
    ("{} is not a whole number from 0 to {}", "{}不是 0 到{}之间的整数"),
    ("{} is not a number of degrees from -{} to {}", "{}不是 -{}到{}之间的度数"),
    ("more than {} levels of lists and objects", "列表和对象嵌套超过{}层"),
    ("{} is not a number that can be kept: finite, of 64 bits", "{}不是能保存的数：应是有限的，不超过 64 位"),
    ("{} is not JSON", "{}不是 JSON"),
    ("this is too much: too many values, or too much text", "内容太多：值太多，或文字太长"),
    ("a key must be text, not {}", "键必须是文字，不能是{}"),
    (
        "this text holds a character that cannot be stored (NUL, or half of a surrogate pair)",
        "文字里有无法保存的字符（NUL 或不成对的代理字符）",
    ),
    # Reps.
    ("{} is not the id that this rep goes by, {}", "{}不是这个销售代表的 id，应是{}"),
    ("a name is missing", "缺少 name"),
    ('these hours are in UTC, for there is no "timezone"', "没有写 timezone，hours 按 UTC 计算"),
    ("latitude and longitude only make sense together", "latitude 和 longitude 要一起写"),
    ("{} is not an email address", "{}不是邮箱地址"),
    (
        "an empty list covers no {} at all; leave it out to cover every one",
        "空列表表示{}什么都不负责；要全都负责，请不写这个键",
    ),
    ('{} is not a language code; write one as "zh" or "en-GB"', "{}不是语言代码，请写成“zh”或“en-GB”的样子"),
    ("with a cap of 0 no lead goes to this rep; null is no cap", "上限为 0，这个人接不到任何线索；没有上限请写 null"),
    ('{} is not a time zone; write one as "Asia/Shanghai"', "{}不是时区，请写成“Asia/Shanghai”的样子"),
    (
        'an object of days is wanted here, as {"mon-fri": ["09:00-18:00"]}, not {}',
        '这里应是按天写的对象，如 {"mon-fri": ["09:00-18:00"]}，不能是{}',
    ),
    (
        "hours without a shift are never; leave them out for always",
        "hours 里没有班次，就永远不上班；要随时都在，请不写 hours",
    ),
    (
        'no public holidays are known for {}; write a country, "CN", or a part of one, "DE-BY"',
        "没有{}的法定节假日，请写国家（CN）或国家的一部分（DE-BY）",
    ),
    ('there are no public holidays known for "{}"', "没有“{}”的法定节假日"),
    ("it ends ({}) before it begins ({})", "结束（{}）早于开始（{}）"),
    ("a time is missing", "缺少时间"),
    ('{} needs an offset, as in "{}+08:00" or "{}Z"', "{}要带时区偏移，如“{}+08:00”或“{}Z”"),
    (
        '{} is not a time; write "2025-10-01T09:00:00+08:00", or "2025-10-01" for whole days',
        "{}不是时间，请写成“2025-10-01T09:00:00+08:00”，整天请写“2025-10-01”",
    ),
    # Working hours.
    (
        "this is too long: {} characters; all the days of the week take no more than 80",
        "太长：有{}个字符，写全一周的每一天也不超过 80 个",
    ),
    (
        "{} is not a day; write mon, tue, wed, thu, fri, sat, sun, or mon-fri",
        "{}不是星期几，请写 mon、tue、wed、thu、fri、sat、sun，或 mon-fri",
    ),
    ('{} is already named by "{}"', "“{1}”已经写了{0}"),
    ("{} shifts are too many; at most {} can be given for a day", "班次有{}个，太多了，一天最多{}个"),
    ('{} is not a shift; write one as "09:00-18:00"', "{}不是班次，请写成“09:00-18:00”的样子"),
    (
        "{} has a time that no clock shows; times go from 00:00 to 23:59, and 24:00 as an end",
        "{}里有不存在的时刻：应在 00:00 到 23:59 之间，结束可以写 24:00",
    ),
    ('{} ends when it starts; a whole day is "00:00-24:00"', "{}开始和结束是同一刻；全天是“00:00-24:00”"),
    ("{} {} overlaps with {} {} ({})", "{} {}和{} {}（{}）重叠"),
    # Teams, and the whole.
    ("an object by id or a list is wanted here, not {}", "这里应是以 id 为键的对象，或列表，不能是{}"),
    ('an object with an "id" is wanted here', "这里应是带有 id 的对象"),
    ("{} is there twice", "{}出现了两次"),
    ("{} is not the id that this team goes by, {}", "{}不是这个团队的 id，应是{}"),
    ("{} is already there, at {}", "{}已经在{}写过了"),
    ("no lead can go to a team without members", "没有成员的团队接不到线索"),
    ("{} is not a weight; write a number from 0 to {}", "{}不是权重，请写 0 到{}之间的数"),
    ("the weight {} is not from 0 to {}", "权重{}不在 0 到{}之间"),
    ("the weight {} has more than three decimal places", "权重{}超过了三位小数"),
    ("with a weight of 0 this rep gets no turn", "权重为 0，这个人不会轮到"),
    ("there is no rep {}", "没有销售代表{}"),
    ("managers in a circle: {}", "上级关系成环：{}"),
    # Edits.
    ("The roster would not fit together", "这样修改后名册前后对不上"),
    ("Something in the document is wrong; errors says what, and where", "文档里有错误，详见 errors"),
    ("An object is wanted", "应是对象"),
    ("an object with the members to change is wanted", "应是写着要修改的键的对象"),
    (
        "It has been changed since you read it; read it again and repeat your edit",
        "在您读取之后已被修改，请重新读取再修改",
    ),
    (
        "The active policy names team “{}” in {}: first activate one that does not",
        "已启用的策略在{1}里用到了团队“{0}”，请先启用一个不用它的策略",
    ),
    ("the active policy has no region “{}”", "已启用的策略里没有区域“{}”"),
    ("the active policy has no industry “{}”", "已启用的策略里没有行业“{}”"),
    ("the active policy has no tier “{}”", "已启用的策略里没有价值等级“{}”"),
    ("There is no rep “{}”", "没有销售代表“{}”"),
    ("There is no team “{}”", "没有团队“{}”"),
    ("There is no rotation “{}”", "没有轮转“{}”"),
    (
        "paused now, and active by this document: to keep it so, write status: paused there",
        "现在是暂停，而按这份文档会恢复为在岗：要保持暂停，请在文档里写 status: paused",
    ),
    (
        "the leave {} is not in this document, and ends with it: to keep it, add it",
        "这份文档里没有休假 {}，提交后它就没有了：要保留，请写进文档",
    ),
    ("the leave {} is over already; is that the right year?", "休假 {} 已经过去，年份写对了吗？"),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
