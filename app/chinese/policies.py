"""What is wrong in a policy, and what is odd about it? With the Chinese of each answer."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # The document and its parts.
    ("{} stands where {} should", "这里应是{1}，不能是{0}"),
    ("an object with {}", "带有{}的对象"),
    ("unknown key {}", "没有{}这个键"),
    ("{} is missing; give one", "缺少{}，请补上"),
    ("the key {} is not text; put it in quotes", "键{}不是文字，请加引号"),
    ("the text is empty; give 1 to {} characters", "文字是空的，应有 1 到{}个字符"),
    ("the text is too long; give 1 to {} characters", "文字太长，应有 1 到{}个字符"),
    ("{} is not a text", "{}不是文字"),
    (
        "{} is called {} too: who reads why a lead went where cannot tell them apart",
        "{}也叫{}：看分配理由的人分不清是哪一条",
    ),
    ("{} is a name; write the id of that rep: {}", "{}是姓名，请写这个人的代码：{}"),
    ("{} is a name; write the id of that team: {}", "{}是名称，请写这个团队的代码：{}"),
    (
        "{} is not a code; use 1 to 64 of a-z, 0-9, dot, underscore and hyphen",
        "{}不是代码，请用 1 到 64 个小写字母、数字、点、下划线或连字符",
    ),
    ("{} is not known here", "这里不能写{}"),
    ("{} is not an excuse", "even_if 里不能写{}"),
    ("{} is not a dimension of coverage", "{}不是负责范围的维度"),
    ("{} is not a way to pick", "{}不是挑选方式"),
    ("something is named twice; name each once", "有重复，每个只写一次"),
    ("{} is not a number; give one without quotes or units", "{}不是数字，请直接写数字，不加引号和单位"),
    ("{} is not a finite number of sensible size", "{}超出了可用的数字范围"),
    ("{} is too small; give a number above {}", "{}太小，应大于{}"),
    ("{} has too many decimal places; give at most {}", "{}的小数位太多，最多{}位"),
    (
        "{} is neither true nor false; write true or false, without quotes",
        "{}不是 true 或 false，请写其中之一，不加引号",
    ),
    (
        "the document has more than {} values; split the policy or gather its rules",
        "文档里的值超过{}个，请拆分策略或合并规则",
    ),
    (
        "lists and objects within each other more than {} deep; flatten them",
        "列表和对象嵌套超过{}层，请减少层级",
    ),
    ("the text is longer than {} characters; shorten it", "文字超过{}个字符，请缩短"),
    ("the text holds a character that cannot be stored; remove it", "文字里有无法保存的字符，请删除"),
    (
        "{} is not a currency; use its ISO 4217 code of three letters, such as CNY",
        "{}不是币种，请写三个字母的 ISO 4217 代码，如 CNY",
    ),
    ("{} stands where rates by currency should, as {EUR: 7.8}", "这里应是各币种的汇率，如 {EUR: 7.8}，不能是{}"),
    (
        "rates say what a unit is worth in the policy's currency, and it names none; add currency",
        "rates 写的是 1 个单位的外币值多少本策略的币种，但策略没有写币种，请加上 currency",
    ),
    ("{} is the policy's own currency and worth 1 of it; leave it out", "{}是策略自己的币种，汇率就是 1，请去掉"),
    ("{} is there twice with different rates; keep one", "{}出现了两次，汇率不同，请只留一个"),
    # Regions, industries, sources.
    ("{} is what everything lies in already; choose another code", "{}已经代表全世界，请换一个代码"),
    ("{} is the ISO code {} already; choose another code", "{}已经是 ISO 代码{}，请换一个代码"),
    ("{} contains nothing: only leads that name it are in it", "{}什么都不包含：只有直接写明它的线索才算在内"),
    ("{} already means {}; each text means one source", "{}已经指{}，每个叫法只能指一个来源"),
    (
        "{} stands where names by language should, as {en: East China}",
        "这里应是各语言里的叫法，如 {en: East China}，不能是{}",
    ),
    (
        "the world contains everything, so no territory contains it; leave it out",
        "world 包含一切，大区不能包含它，请去掉",
    ),
    (
        '"{}" is neither a territory of this policy nor an ISO 3166 code such as CN or CN-SH',
        "“{}”既不是本策略的大区，也不是 CN、CN-SH 这样的 ISO 3166 代码",
    ),
    (
        '"{}" is in "{}" already, and a region has one parent; take it out of one of the two',
        "“{}”已经在“{}”里，而一个区域只有一个上级，请从其中一个里去掉",
    ),
    ("regions contain each other in a circle: {}; break the circle", "区域互相包含成环：{}，请断开"),
    (
        "industries are each other's parents in a circle: {}; break the circle",
        "行业互为上级成环：{}，请断开",
    ),
    ('"{}" is not an industry of this policy', "“{}”不是本策略的行业"),
    ('"{}" lies more than {} levels deep; flatten the tree', "“{}”的层级超过{}层，请减少层级"),
    (
        '"{}" already means "{}"; each code, name and alias means one thing',
        "“{}”已经指“{}”，每个代码、名称和别名只能指一个",
    ),
    # Conditions.
    (
        "{} stands where a condition should; write it as {field: test}",
        "这里应是条件，请写成 {field: test} 的样子，不能是{}",
    ),
    ("unknown field {}", "没有{}这个字段"),
    ("; for a field of your own write {}", "；自己的字段请写{}"),
    (
        "score is not known here: screening and scoring come before it; ask about it in tiers or rules",
        "这里还没有 score：筛选和评分在它之前进行，请在 tiers 或 rules 里用它",
    ),
    (
        "tier is not known here: screening, scoring and the tiers come before it; ask about it in rules",
        "这里还没有 tier：筛选、评分和定级在它之前进行，请在 rules 里用它",
    ),
    ("not of an empty condition never holds; put a condition in it", "not 里的条件是空的，永远不成立，请写一个条件"),
    ("an empty {} never holds; list conditions, or leave it out", "空的{}永远不成立，请列出条件，或去掉它"),
    ("an empty {} always holds; list conditions, or leave it out", "空的{}永远成立，请列出条件，或去掉它"),
    (
        'a test is missing; to ask for leads without a value write "missing"',
        "缺少判断；要找没有值的线索，请写 missing",
    ),
    (
        '"missing" and "present" stand alone, not in a list; use any: [...] to combine them',
        "missing 和 present 要单独写，不能放在列表里；要组合请用 any: [...]",
    ),
    ("{} has no value; give one", "{}没有值，请补上"),
    ("unknown operator {}", "没有{}这个运算符"),
    ("; for {} there is {}", "；{}可用的有{}"),
    (
        "{} depends on where one is; add a timezone beside it, such as timezone: Asia/Shanghai",
        "{}取决于所在时区，请在旁边加上 timezone，如 timezone: Asia/Shanghai",
    ),
    (
        "an empty test asks nothing; give an operator, or leave the field out",
        "空的判断什么都不问，请写一个运算符，或去掉这个字段",
    ),
    ("{} does not fit {}, which is {}; there is {}", "{}不能用于{}：它是{}；可用的有{}"),
    ("a time", "时间"),
    ("a place in a tree", "树上的节点"),
    ("of any kind", "任意类型"),
    (
        "{} makes no sense of now; use before, after, date, weekday or hour",
        "{}不能用于 now，请用 before、after、date、weekday 或 hour",
    ),
    ("this can never hold: {} {}; mend or remove one of its tests", "永远不会成立：{}{}，请修改或去掉其中一个判断"),
    ("would have to be missing and have a value", "既要没有值，又要有值"),
    ("would have to lie between {} and {}", "要在{}和{}之间"),
    ("has no value left that it could be", "没有剩下可取的值"),
    # What fields are compared with.
    (
        "{} is not a duration; write a number and a unit: 90s, 30m, 24h, 7d or 2w",
        "{}不是时长，请写数字加单位：90s、30m、24h、7d 或 2w",
    ),
    (
        "{} is not a useful duration; give one above zero and below a hundred years",
        "{}不是可用的时长，应大于零、小于一百年",
    ),
    ("{} is not a text; give one, in quotes if need be", "{}不是文字，请写文字，必要时加引号"),
    ("{} is a text, not {}", "{}是文字，不能是{}"),
    ("{} is a text; {} is not; give a text, in quotes if need be", "{}是文字，{}不是，请写文字，必要时加引号"),
    (
        "{} is not a region: neither a territory of this policy nor an ISO 3166 code such as CN or CN-SH",
        "{}不是区域：既不是本策略的大区，也不是 CN、CN-SH 这样的 ISO 3166 代码",
    ),
    ("{} is not an industry of this policy", "{}不是本策略的行业"),
    ("{} is not a tier of this policy", "{}不是本策略的价值等级"),
    (
        "{} is not an ISO 3166 country code of two letters, such as CN",
        "{}不是两个字母的 ISO 3166 国家代码，如 CN",
    ),
    ('{} is not a kind of customer; write "new" or "existing"', "{}不是客户类型，请写 new 或 existing"),
    (
        "{} is not a number; give one without quotes, units or separators, such as 500000",
        "{}不是数字，请直接写数字，不加引号、单位和分隔符，如 500000",
    ),
    ("the number must be finite", "数字必须是有限的"),
    ("{} is never negative; {} makes no sense; give 0 or more", "{}不会是负数，{}没有意义，请写 0 或以上"),
    ("{} is true or false; {} is not; write true or false", "{}只能是 true 或 false，{}不是，请写其中之一"),
    (
        "an empty list never matches; name at least one value, or leave the test out",
        "空列表永远匹配不到，请至少写一个值，或去掉这个判断",
    ),
    (
        "an empty list never matches; name at least one text, or leave the test out",
        "空列表永远匹配不到，请至少写一段文字，或去掉这个判断",
    ),
    (
        "an empty list never matches; name at least one value, or leave the key out",
        "空列表永远匹配不到，请至少写一个值，或去掉这个键",
    ),
    ("an empty list never matches; name at least one day", "空列表永远匹配不到，请至少写一天"),
    ("an empty list never matches; name at least one hour", "空列表永远匹配不到，请至少写一个时段"),
    ("an empty list never matches; name at least one date", "空列表永远匹配不到，请至少写一个日期"),
    ('"between" takes two numbers, the least and the most: [10, 50]', "between 要写两个数，最小的和最大的：[10, 50]"),
    (
        "nothing lies between {} and {}: the first number is above the second; swap them",
        "{}和{}之间没有数：第一个比第二个大，请对调",
    ),
    (
        "{} is not a date; write 2026-10-01 or 2026-10-01T09:00:00+08:00",
        "{}不是日期，请写成 2026-10-01 或 2026-10-01T09:00:00+08:00",
    ),
    ("{} is not a date; write 2026-10-01", "{}不是日期，请写成 2026-10-01"),
    (
        "{} is not a weekday; write mon, tue, wed, thu, fri, sat or sun",
        "{}不是星期几，请写 mon、tue、wed、thu、fri、sat 或 sun",
    ),
    (
        '{} is not an hour; write "09:00-18:00", a number up to 23, or {at_least: 9, below: 18}',
        "{}不是时段，请写“09:00-18:00”、不超过 23 的数字，或 {at_least: 9, below: 18}",
    ),
    (
        '{} ends when it starts; for the whole day write "00:00-24:00"',
        "{}开始和结束是同一刻；要写全天，请写“00:00-24:00”",
    ),
    ("hour cannot be asked with {}; use {}", "hour 不能用{}，可用的有{}"),
    ("there is no hour {}; give 0 to {}", "没有{}点，请写 0 到{}"),
    ("no hour is within these bounds; mend them", "没有哪个小时在这个范围里，请修改"),
    (
        '"date" takes a date, a list of dates, or a mapping of from and to (both included)',
        "date 要写一个日期、日期的列表，或带 from 和 to 的对象（首尾都算）",
    ),
    ('"from" is after "to"; swap them', "from 晚于 to，请对调"),
    (
        "{} is not a time zone; use an IANA name such as Asia/Shanghai or Europe/Berlin",
        "{}不是时区，请写 IANA 时区名，如 Asia/Shanghai 或 Europe/Berlin",
    ),
    # Screening, scoring, tiers, times.
    ("{} is there twice; give each its own name", "{}出现了两次，请各起一个名字"),
    ("{} rejects every lead", "{}会拒绝所有线索"),
    ("tier {} is there twice; join their conditions with any", "价值等级{}出现了两次，请用 any 把条件合在一起"),
    ("tier {} above it takes every lead", "上面的价值等级{}包揽了所有线索"),
    ("{} stands where limits by group should", "这里应是各组的上下限，不能是{}"),
    ("no criterion is in group {}", "没有评分项属于组{}"),
    ("the minimum {} is above the maximum {}; swap them", "最小值{}大于最大值{}，请对调"),
    ("{} is what limits are called; choose another name", "{}是上下限的名字，请换一个名字"),
    ("group {} is not among scoring.groups", "scoring.groups 里没有组{}"),
    ("bands are for numbers, and {} is none; use points", "bands 只用于数字，{}不是数字，请用 points"),
    (
        "a criterion has field and points, or field and bands, or when and points; this one has {}",
        "评分项要写 field 和 points、field 和 bands，或 when 和 points；这里写了{}",
    ),
    (
        "a criterion has field and points, or field and bands, or when and points; this one has none of them",
        "评分项要写 field 和 points、field 和 bands，或 when 和 points；这里一样都没写",
    ),
    ("{} is never negative; give 0 or more", "{}不会是负数，请写 0 或以上"),
    ("there is a band from {} already; each starts elsewhere", "已经有从{}起的一档，每一档的起点要不同"),
    ("a criterion without bands gives nothing; list at least one", "没有分档就不会得分，请至少写一档"),
    (
        "{} stands where points by value should, as {high: 5, medium: 3}; for fixed points use when instead of field",
        "这里应是各个值的分数，如 {high: 5, medium: 3}，不能是{}；要给固定的分数，请用 when 代替 field",
    ),
    (
        "{} means the same as a value above it, with other points; keep one",
        "{}和上面的一个值意思相同，分数却不同，请只留一个",
    ),
    ("a criterion without points gives nothing; name at least one value", "没有 points 就不会得分，请至少写一个值"),
    (
        "{} is a time and has no points by value; use when with date or within_last",
        "{}是时间，不能按值给分，请用 when 配合 date 或 within_last",
    ),
    ("{} is true or false; {} is not", "{}只能是 true 或 false，{}不是"),
    ("{} is not a number, which {} is; use bands for ranges", "{}不是数字，而{}是；要按范围给分，请用 bands"),
    # Rules.
    ("there are {} rules; at most {} are read", "规则有{}条，最多读取{}条"),
    (
        "it is empty, so the rule is for every lead; leave when out if that is meant",
        "when 是空的，规则面向所有线索；如果正是这个意思，请去掉 when",
    ),
    ("the id {} is that of {} already; give this rule an id of its own", "id {}已经被{}用了，请给这条规则另起一个 id"),
    ("{} has no effect: this rule takes no turns", "{}不起作用：这条规则不轮流"),
    ("{} has no letter or digit to make an id of; add an id", "{}里没有能组成 id 的文字或数字，请加上 id"),
    (
        "{} is not an id; use lower-case letters, digits, dot, underscore and hyphen",
        "{}不是 id，请用小写字母、数字、点、下划线和连字符",
    ),
    (
        "{} is not an id; use lower-case letters, digits, dot, underscore and hyphen, such as {}",
        "{}不是 id，请用小写字母、数字、点、下划线和连字符，如{}",
    ),
    (
        "{} is not a name for a rotation; use lower-case letters, digits, dot and hyphen",
        "{}不能做轮转的名字，请用小写字母、数字、点和连字符",
    ),
    ("{} is not a cap; give a whole number from 1", "{}不是上限，请写 1 以上的整数"),
    (
        "{} does not say whom to assign; write owner, {rep: ID}, {team: ID}, {reps: {...}} or {covering: [...]}",
        "{}没有说明给谁，请写 owner、{rep: ID}、{team: ID}、{reps: {...}} 或 {covering: [...]}",
    ),
    (
        "{} both say whom to assign; keep one, and make two rules of it for both",
        "{}都在说给谁，请只留一个；两个都要，请分成两条规则",
    ),
    (
        "it does not say whom to assign; add owner, rep, team, reps or covering",
        "没有说明给谁，请加上 owner、rep、team、reps 或 covering",
    ),
    (
        "claim leaves a lead in the queue of a team; name the team with team: ID",
        "claim 把线索留在团队的线索池里，请用 team: ID 写明团队",
    ),
    ("{} has no effect: with {}", "{}不起作用：{}"),
    ("leads left to be claimed", "线索留待认领"),
    ("one rep, there is nothing to pick", "只有一个人，不用挑"),
    ("{} makes no sense here; write owner: true, or assign: owner", "这里不能写{}，请写 owner: true 或 assign: owner"),
    ("unknown rep {}", "没有销售代表{}"),
    ("unknown team {}", "没有团队{}"),
    ("; the roster has {}", "；名册里有{}"),
    ("; the roster has none", "；名册里一个都没有"),
    (
        "{} stands where attributes of reps should, as {seniority: senior}",
        "这里应是销售代表的属性，如 {seniority: senior}，不能是{}",
    ),
    ("; to name reps write reps: {id: [...]}", "；要指定人，请写 reps: {id: [...]}"),
    ("reps have no {}", "销售代表没有{}"),
    ("; for an attribute of your own write {}{}", "；自己的属性请写{}{}"),
    (
        "{} is not a value of a rep; give a text, a number, true or false",
        "{}不能是销售代表的值，请写文字、数字、true 或 false",
    ),
    # What is odd about the whole.
    ("the turns taken by rule {} are not carried on", "规则{}的轮次没有被接续"),
    (
        "the turns taken by rule {} are not carried on; to keep them add the line id: {}",
        "规则{}的轮次没有被接续；要保留，请加上一行 id: {}",
    ),
    ("no rule is enabled: every lead will wait in the queue", "没有启用的规则：所有线索都会在线索池里等待"),
    (
        "no rule is for every lead: one that no rule applies to will wait in the queue; "
        "end with a rule without when, covering and owner",
        "没有一条规则面向所有线索：不适用任何规则的会在线索池里等待；请在最后加一条不写 when、covering 和 owner 的规则",
    ),
    ("no lead comes this far: {} keeps every one", "没有线索会走到这里：{}留住了所有线索"),
    ("no lead has one: the policy defines no tiers", "没有线索会有值：策略没有定义价值等级"),
    ("no lead has one: the policy defines no industries", "没有线索会有值：策略没有定义行业"),
    (
        "{} will be compared whatever the currency; name the one you mean, as currency: CNY",
        "{}不论什么币种都会直接比较，请写明所指的币种，如 currency: CNY",
    ),
    (
        "{} in other currencies than {} will meet no condition; give rates if leads have any",
        "{}的币种不是{}时，不会满足任何条件；线索有其他币种的，请写 rates",
    ),
    ("{} {}: scores of this policy lie between {} and {}", "{} {}：本策略的评分在{}和{}之间"),
    (
        "{} is no lead's language; write the language as its code, such as de or zh-CN",
        "线索里的语言不会是{}，请写语言的代码，如 de 或 zh-CN",
    ),
    ("team {} has no members", "团队{}没有成员"),
    ("all weights in team {} are 0: nobody there gets a turn", "团队{}里所有权重都是 0：没有人会轮到"),
    ("everyone in team {} is inactive", "团队{}里的人都已停用"),
    ("rep {} is inactive", "销售代表{}已停用"),
    ("no rep in the roster is like that", "名册里没有这样的人"),
    ("no lead is ever in {}: no such place is known", "没有线索会在{}：不认识这个地方"),
    # In force.
    ("The policy cannot be used as it is", "策略还不能使用"),
    ("There is no policy version {}", "没有版本{}的策略"),
    ("No policy is active", "没有启用的策略"),
    (
        "No policy is active: activate one with POST /v1/policies/{version}/activate",
        "没有启用的策略：请用 POST /v1/policies/{version}/activate 启用一个",
    ),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
