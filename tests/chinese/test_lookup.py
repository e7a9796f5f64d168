"""The Chinese of a sentence of the service's is found whole and quickly; what others say stays as it is."""

import time

import pytest

from app.chinese.lookup import LONGEST, in_words


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("the field fax, which people do not see, is filled in", "填了人看不见的字段 fax"),
        ("data.items: an object is wanted there", "data.items：这里应是对象"),
        (
            "answer 410; once it is there again, put “enabled”: true, and what waits goes out",
            "answer 410；接收方恢复后，把 enabled 设为 true，积压的就会发出",
        ),
        ('unknown field "regoin"; did you mean "region"?', "没有“regoin”这个字段；是否想写“region”？"),
        ("an object stands where a list should", "这里应是列表，不能是对象"),
        ("[1, 2] stands where an object with code, name should", "这里应是带有 code、name 的对象，不能是 [1, 2]"),
        (
            "yes is not a text; if a word such as yes, no, on or true is meant, put it in quotes",
            "yes 不是文字；如果想写的是 yes、no、on、true 这样的词，请加引号",
        ),
        ("tier: no lead has one: the policy defines no tiers", "tier：没有线索会有值：策略没有定义价值等级"),
        (
            "The key “web and crm” does not have the scope “leads:write” and “leads:read” or “admin”. "
            "Use one that has it: scopes are chosen with POST /v1/keys",
            "密钥“web and crm”没有权限“leads:write”和“leads:read”或“admin”。"
            "请使用有该权限的密钥：权限在 POST /v1/keys 时选定",
        ),
        (
            "The policy cannot be read: it is not YAML: while parsing a block mapping, did not find expected key; "
            "indent the dash in line 3 as the other dashes of its list",
            "这份策略读不了：不是 YAML：读取对象时，没有找到应有的键；第 3 行的短横要和同一列表的其他短横对齐",
        ),
        (
            '"a is not b" is not a currency; use its ISO 4217 code of three letters, such as CNY',
            "“a is not b”不是币种，请写三个字母的 ISO 4217 代码，如 CNY",
        ),
        ('unknown key "none is active"', "没有“none is active”这个键"),
        (
            '"Shanghai" is not a time zone; write one as "Asia/Shanghai"; did you mean "Asia/Shanghai"?',
            "“Shanghai”不是时区，请写成“Asia/Shanghai”的样子；是否想写“Asia/Shanghai”？",
        ),
        ('unknown key "a list is wanted, this is b"', "没有“a list is wanted, this is b”这个键"),
        ("there is no rep “an object”", "没有销售代表“an object”"),
        ("The lead went to nobody. Screening “a or b” rejected it.", "线索没有归属。线索被筛选条件“a or b”拒绝。"),
        ("more than 10,000 records", "记录超过 10,000 条"),
    ],
)
def test_a_sentence_is_said_whole_with_what_is_filled_in(english: str, chinese: str) -> None:
    assert in_words(english, "zh") == chinese
    assert in_words(english, "en") == english


@pytest.mark.parametrize(
    "text", ["", "Mailbox full: try later", "550 5.1.1 no such user", "你好", "{}", "; ", ": ", "x; y"]
)
def test_what_is_not_the_services_own_stays_as_it_is(text: str) -> None:
    assert in_words(text, "zh") == text


@pytest.mark.parametrize(
    "part",
    [
        "; ",
        ": ",
        "a is not ",
        '"',
        "x is wanted, this is ",
        " and ",
        ", ",
        "not JSON: ",
        "…",
        "}{",
        '; did you mean "',
        "\0",
    ],
)
def test_no_text_takes_long(part: str) -> None:
    for text in (
        part * (LONGEST // len(part)),
        part * 200_000,
        f"not JSON: {part * 900}",
        f'unknown key "{part * 700}',
    ):
        begun = time.process_time()
        in_words(text, "zh")
        assert time.process_time() - begun < 0.25


def test_many_that_all_differ_are_said_quickly() -> None:
    begun = time.process_time()
    for number in range(5_000):
        assert in_words(f"{number} cells in a row of 12 columns", "zh") == f"这一行有 {number} 个单元格，标题只有 12 列"
    assert time.process_time() - begun < 2
