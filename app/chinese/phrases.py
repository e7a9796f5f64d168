"""What stands in many sentences, or behind them? Kinds of values, what was probably meant, with the Chinese."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # Values as they are quoted.
    ("an object", "对象"),
    ("a list", "列表"),
    ("a very large number", "一个极大的数"),
    ("a number", "数字"),
    ("a text", "文字"),
    ("a string", "文字"),
    ("true or false", "true 或 false"),
    ("a list of texts", "文字的列表"),
    # What was probably meant, or could be.
    ('; did you mean "{}"?', "；是否想写“{}”？"),
    ("; known are {}", "；可用的有{}"),
    ("; use {}", "；请写{}"),
    ("; there are {}", "；可用的有{}"),
    ("; it has {}", "；可用的有{}"),
    ("; it has none", "；它没有任何选项"),
    ("; put it in quotes", "；请加引号"),
    (
        "; if a word such as yes, no, on or true is meant, put it in quotes",
        "；如果想写的是 yes、no、on、true 这样的词，请加引号",
    ),
    ("there are more than {} errors; the rest is not shown", "错误超过{}处，其余不再列出"),
    ("… and {} more errors", "……另有{}处错误"),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
