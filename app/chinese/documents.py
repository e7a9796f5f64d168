"""Why can a document in YAML or JSON not be read, and what is to be put right in it? With the Chinese of each."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    ("it is not UTF-8 text", "不是 UTF-8 文本"),
    ("it is empty", "内容是空的"),
    ("the number {} is too large", "数字{}太大"),
    ("the number {} is too long", "数字{}太长"),
    ("it is not JSON: {}", "不是 JSON：{}"),
    ("it is not JSON: {} is no number there", "不是 JSON：{}在这里不是数字"),
    ("it is not YAML: {}", "不是 YAML：{}"),
    ("it is not YAML: {} (at position {})", "不是 YAML：{}（第{}个字符）"),
    ("there is more than one document", "有不止一份文档"),
    ("the tag {} means nothing here", "标签{}在这里没有意义"),
    ("a key must be text", "键必须是文字"),
    ("only objects can be merged with <<", "<< 只能合并对象"),
    ('"{}" is no {}', "“{}”不是 {}"),
    ("{} is no number that can be used here", "{}不是这里能用的数字"),
    ("nothing before it is named &{}", "前面没有名为 &{}的内容"),
    ("*{} stands inside of what it stands for", "*{}出现在它自己所指的内容里"),
    ("aliases stand for more than {} values", "别名展开后超过{}个值"),
    (
        "aliases stand for more than {} characters; shorten what they stand for, or use them less often",
        "别名展开后超过{}个字符，请缩短所指的内容，或少用几次",
    ),
    (
        "it holds a character that cannot be stored (NUL, or half of a surrogate pair)",
        "有无法保存的字符（NUL 或不成对的代理字符）",
    ),
    ('the key "{}" is there twice', "键“{}”出现了两次"),
    # What to put right where YAML goes wrong.
    ("a tab stands where only spaces may; indent with spaces", "这里只能用空格，却用了制表符，请用空格缩进"),
    ("; line {} has a full-width colon (：), write “: ” there", "；第{}行用了全角冒号（：），请写成“: ”"),
    ('a text that holds a colon is put in quotes, as in name: "a: b"', '含有冒号的文字要加引号，如 name: "a: b"'),
    (
        "is there a comma between any two entries? A text with brackets, commas or colons is put in quotes",
        "每两项之间都有逗号吗？含有括号、逗号或冒号的文字要加引号",
    ),
    (
        "a text that begins with one of * & ! | > % @ ` , ? [ ] { } is put in quotes",
        "以 * & ! | > % @ ` , ? [ ] { } 之一开头的文字要加引号",
    ),
    (
        "line {} has more than one colon: {}, and each key begins a line of its own",
        "第{}行有不止一个冒号：{}，每个键另起一行",
    ),
    ("{}; if it goes on with a text, that is put in quotes as a whole", "{}；如果是接着写一段文字，要整段加引号"),
    ("write a space after the colon in line {}", "第{}行的冒号后面要加空格"),
    (
        "line {} is indented deeper than line {}: keys of one object begin in one column",
        "第{}行比第{}行缩进得更深：同一个对象的键要从同一列开始",
    ),
    ("indent the dash in line {} as the other dashes of its list", "第{}行的短横要和同一列表的其他短横对齐"),
    (
        "line {} begins in column {}, where none of its neighbours does: indent it as they are",
        "第{}行从第{}列开始，和相邻各行都不对齐，请对齐",
    ),
    ("write a space after the dash in line {}", "第{}行的短横后面要加空格"),
    (
        "indent the dash in line {} as the one in line {}, which is in column {}",
        "第{}行的短横要和第{}行的对齐，即第{}列",
    ),
    (
        "write “- ” at the start of line {} if it is an entry of the list of line {}; what belongs to the "
        "entry above is indented to column {}, what belongs to none less than the dashes",
        "第{}行如果是第{}行那个列表的一项，请在行首写“- ”；"
        "属于上一项的，缩进到第{}列；不属于任何一项的，缩进要比短横少",
    ),
    ("is the {} in line {} closed?", "第{1}行的 {0} 闭合了吗？"),
    (
        "line {} goes on after a closing quote or bracket: put the whole text in quotes; a quote in it "
        "is written '' within '…', and \\\" within \"…\"",
        "第{}行在引号或括号闭合后还有内容：请给整段文字加引号；其中的引号，在 '…' 里写成 ''，在 \"…\" 里写成 \\\"",
    ),
    (
        "write line {} as “key: value”, or with “- ” at its start if it is an entry of a list",
        "第{}行请写成“key: value”；如果是列表的一项，请在行首写“- ”",
    ),
    ("is the {} in line {} closed with {}, and {}", "第{1}行的 {0} 用 {2} 闭合了吗？{3}"),
    (
        "does line {} begin further left than what is above? All outermost keys begin in one column",
        "第{}行是不是比上面更靠左？最外层的键都要从同一列开始",
    ),
    (
        "a backslash within \"…\" is written \\\\; within '…' it stands as it is",
        "\"…\" 里的反斜杠要写成 \\\\，'…' 里照原样写",
    ),
    ("is every bracket closed, and {}", "每个括号都闭合了吗？{}"),
    (
        "a list begins on a line of its own; a text that begins with a dash is put in quotes",
        "列表要另起一行；以短横开头的文字要加引号",
    ),
    # Sent to the service.
    ("The policy cannot be read: {}", "这份策略读不了：{}"),
    ("The roster cannot be read: {}", "这份名册读不了：{}"),
    ("The rep cannot be read: {}", "这个销售代表读不了：{}"),
    ("The team cannot be read: {}", "这个团队读不了：{}"),
    ("The correction cannot be read: {}", "这份更正读不了：{}"),
    (
        "{}. To send YAML, say “Content-Type: application/yaml” (curl: --data-binary @{}.yaml)",
        "{}。要发送 YAML，请写“Content-Type: application/yaml”（curl：--data-binary @{}.yaml）",
    ),
    (
        "{}. Send YAML with its line breaks: curl --data-binary @{}.yaml -H 'Content-Type: application/yaml'",
        "{}。发送 YAML 要保留换行：curl --data-binary @{}.yaml -H 'Content-Type: application/yaml'",
    ),
    ("an object is wanted", "应是对象"),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
