"""Why is a lead or a line of many not read, and why can nothing be done to one that is there? With the Chinese."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # Bodies in JSON.
    ("an array", "数组"),
    ("not UTF-8 (byte 0x{}); JSON is sent as UTF-8", "不是 UTF-8（字节 0x{}）；JSON 应以 UTF-8 发送"),
    ("more than {} levels of arrays and objects", "数组和对象嵌套超过{}层"),
    ("not JSON: {} is no number there; leave it out or send null", "不是 JSON：{}不是数字，请去掉或写 null"),
    ("send many leads to /v1/leads/bulk", "多条线索请发到 /v1/leads/bulk"),
    # Many at once.
    (
        "{} is not read; send application/x-ndjson, application/json (an array) or text/csv",
        "不能读取{}，请发送 application/x-ndjson、application/json（数组）或 text/csv",
    ),
    ("there is more after the array's end", "数组结束后还有内容"),
    ("a JSON array is wanted", "应是 JSON 数组"),
    ("it is empty; a JSON array is wanted", "内容是空的，应是 JSON 数组"),
    ("the array does not end", "数组没有结束"),
    ("a bracket closes what it did not open", "括号不配对"),
    ("an element is missing", "缺少一个元素"),
    ("byte {}: {}", "第{}字节：{}"),
    ("{} is longer than {} KiB", "{}超过{} KiB"),
    ("the element", "元素"),
    ("the row", "这一行"),
    ("the line", "这一行"),
    # CSV.
    (
        "this is an Excel workbook: lead-router import takes it, or save it as CSV (UTF-8) and give that",
        "这是 Excel 工作簿：lead-router import 可以直接导入，或另存为 CSV（UTF-8）再用",
    ),
    (
        "the first line must name the fields, and none of its columns is known; begin with "
        "a line such as name,phone,email,company,city",
        "第一行必须写字段名，而这里没有一列认得出来；请在最前面加一行，用逗号分隔，比如姓名、手机、邮箱、公司名称、城市",
    ),
    ("the quote that opens in this row is never closed", "这一行里的引号没有闭合"),
    ("it is empty; a header row is wanted", "内容是空的，应有标题行"),
    ("the row is not {}; name the charset in Content-Type", "这一行不是{}，请在 Content-Type 里写明字符集"),
    ("the header row cannot be read: {}", "标题行读不了：{}"),
    ("not CSV: {}", "不是 CSV：{}"),
    (
        "the row goes on for {} lines and has {} cells of {}: a quote that opens in it may not be closed",
        "这条记录跨了{}行，只有{}列（应有{}列）：其中的引号可能没有闭合",
    ),
    ("{} columns; at most {} are read", "有{}列，最多读取{}列"),
    ("{} cells in a row of {} columns", "这一行有{}个单元格，标题只有{}列"),
    ("it cannot be told whether this is a row: see line {}", "看不出这是不是一条记录：见第{}行"),
    ("the charset {} is not known", "不认识字符集{}"),
    # Leads that are there.
    ("There is no lead {}", "没有线索{}"),
    ("there is no rep “{}”", "没有销售代表“{}”"),
    ("The rep is not on the roster", "名册里没有这个销售代表"),
    ("The rep is inactive", "这个销售代表已停用"),
    ("“{}” is inactive: activate them", "“{}”已停用，请先启用"),
    ("there is no team “{}”", "没有团队“{}”"),
    ("The team is not on the roster", "名册里没有这个团队"),
    ("The rep is not on it", "这个销售代表不在团队里"),
    ("“{}” is not on “{}”", "“{}”不在“{}”里"),
    ("Nobody has this lead: it is {}", "这条线索没有归属，状态是{}"),
    ("The lead waits for another team", "这条线索在等待另一个团队"),
    ("“{}” is not on team “{}”", "“{}”不在团队“{}”里"),
    ("The lead is gone: “{}” has it", "线索已被取走，现在归“{}”"),
    ("The lead is not in the queue: it is {}", "线索不在线索池里，状态是{}"),
    ("The lead is closed", "线索已关闭"),
    ("The lead does not wait any more: it is {}", "线索已不再等待，状态是{}"),
    ("The lead is not rejected: it is {}", "线索没有被拒绝，状态是{}"),
    ("Nobody can take it yet", "还没有人能接"),
    ("It would be rejected again", "仍会被拒绝"),
    ("The lead is closed already: {}", "线索已经关闭：{}"),
    (
        "This delivery was answered before, with another body. Correct the lead with PATCH, or send it with an "
        "external_id or Idempotency-Key of its own.",
        "这次投递已经响应过，当时的正文不同。请用 PATCH 更正线索，或换一个 external_id 或 Idempotency-Key 再发送。",
    ),
    # The line, and the database behind it.
    ("Too many leads are waiting here already; send it again shortly", "排队的线索太多，请稍后再发送"),
    ("This replica is shutting down; send it again to another one", "这个副本正在停机，请发到另一个"),
    ("This replica is shutting down; send the rest to another one", "这个副本正在停机，请把其余的发到另一个"),
    ("The database is away; nothing was recorded", "数据库不可用，没有记录任何内容"),
    ("The database did not answer in time; nothing was recorded", "数据库没有及时回应，没有记录任何内容"),
    (
        "The database did not answer in time; it is not known whether it was recorded",
        "数据库没有及时回应，不确定是否已经记录",
    ),
    ("The database does not answer", "数据库没有回应"),
    (
        "The database went away; look whether it was done before you repeat it",
        "数据库断开了，请先查看是否已经完成，再决定要不要重做",
    ),
    (
        "The database does not answer, and an attempt before may have been recorded",
        "数据库没有回应，之前的一次尝试可能已经记录",
    ),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
