"""What is wrong in a mapping and in its paths? With the Chinese of each answer."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    ("true or false is wanted here, not {}", "这里应是 true 或 false，不能是{}"),
    ("an object is wanted here, by fields of a lead, not {}", "这里应是以线索的字段为键的对象，不能是{}"),
    ("too many: {} fields; at most {} are taken", "太多：有{}个字段，最多{}个"),
    ("the name of a field is wanted here, not {}", "这里应是字段的名称，不能是{}"),
    ("name each attribute by itself, as attributes.shoe_size", "属性要逐个写，如 attributes.shoe_size"),
    ("a lead has no such field", "线索没有这个字段"),
    ('; for a field of your own write "{}{}"', "；自己的字段请写“{}{}”"),
    ("a path is text; for a constant write {value: {}}", "路径是文字；要写固定的值，请写 {value: {}}"),
    ('one of "from", "join" and "value" must be where a field comes from', "字段的来源要写 from、join、value 其中之一"),
    ("only one of {} can be where a field comes from", "字段的来源只能写{}其中之一"),
    ('this only goes with "{}"', "这个键只能和“{}”一起用"),
    ("{} is no text that could be joined of parts", "{}不是文字，不能由几部分连成"),
    ("a list of paths is wanted here, not {}", "这里应是路径的列表，不能是{}"),
    ("text of at most 40 characters is wanted here, not {}", "这里应是不超过 40 个字符的文字，不能是{}"),
    ("a path is wanted here, or a list of paths", "这里应是路径，或路径的列表"),
    ("a path is wanted here, which is text, not {}", "这里应是路径（文字），不能是{}"),
    ("{}, character {}: {}", "{}，第{}个字符：{}"),
    ("an object is wanted here, of values and what they become, not {}", "这里应是“什么值换成什么”的对象，不能是{}"),
    ("too many: {} values; at most {} are taken", "太多：有{}个值，最多{}个"),
    ("a value is wanted here, of at most {} characters", "这里应是不超过{}个字符的值"),
    ("this value stands here twice: case and width do not count", "这个值写了两次：不区分大小写和全角半角"),
    ("only {} are numbers in a unit", "只有{}是带单位的数"),
    (
        "{} is no unit; write one as 万, k, million, lakh, EUR, 万元 or k EUR",
        "{}不是单位，请写成万、k、million、lakh、EUR、万元或 k EUR 的样子",
    ),
    ("employees are not counted in a currency", "employees 不用币种计数"),
    ("text, a number, true or false is wanted here; not {}", "这里应是文字、数字、true 或 false，不能是{}"),
    (
        "text, a number, true or false is wanted here; this text is empty",
        "这里应是文字、数字、true 或 false；文字是空的",
    ),
    ("this text is too long: at most {} characters are taken", "文字太长，最多{}个字符"),
    # Paths.
    ("a path has at most {} characters", "路径最多{}个字符"),
    ("a path has at most {} segments", "路径最多{}段"),
    ("a path is wanted here, as contact.email", "这里应是路径，如 contact.email"),
    (
        "a dot or a bracket is wanted here; quote a segment that has quotes in it",
        "这里应是点或方括号；含有引号的一段要加引号",
    ),
    (
        "this bracket closes none; quote a name that has brackets in it",
        "这个方括号没有对应的开头；含有方括号的名称要加引号",
    ),
    ('a quote stands only around a whole segment, as a."b.c"', '引号只能括住整段，如 a."b.c"'),
    ("a name is missing here", "这里缺少名称"),
    (
        "write [*] for every element of a list; to ignore every name, write it under ignore",
        "列表的每个元素请写 [*]；要忽略所有名称，请写在 ignore 里",
    ),
    ("the quote that opens here is never closed", "这里的引号没有闭合"),
    ("a name is missing between the quotes", "引号之间缺少名称"),
    (
        "say which element: [0] the first, [*] every one, [name=email] the one whose name is email",
        "请写明哪个元素：[0] 是第一个，[*] 是每一个，[name=email] 是 name 为 email 的那个",
    ),
    ("a ] is wanted here", "这里应是 ]"),
    ("the bracket that opens here is never closed", "这里的方括号没有闭合"),
    ("the name of a member is missing before the =", "= 前面缺少名称"),
    ("a value is missing behind the =", "= 后面缺少值"),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
