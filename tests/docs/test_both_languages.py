"""The pages for those who run the service tell the same in both languages, so that neither falls behind the other.

What can be compared without knowing the languages is: headings and tables, code, and numbers.
"""

import re

import pytest

from tests.docs.test_examples import ROOT

PAGES = ("docs/operations", "docs/reliability")


def both(page: str) -> tuple[str, str]:
    english, chinese = ((ROOT / f"{page}{ending}").read_text(encoding="utf-8") for ending in (".md", ".zh-CN.md"))
    return english, chinese


def without_targets(text: str) -> str:
    return re.sub(r"\]\([^)]*\)", "]", text)


def shape(text: str) -> list[str | int]:
    """The levels of the headings, and the lengths of the tables between them."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = re.findall(r"^#+(?= )|(?:^\|.*\|\n)+", prose, re.MULTILINE)
    return [one if one.startswith("#") else one.count("\n") for one in found]


def code(text: str) -> tuple[list[str], set[str]]:
    """The blocks, one after the other, and the spans."""
    blocks = re.findall(r"```.*?```", text, re.DOTALL)
    return blocks, set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))


def numbers(text: str) -> list[str]:
    return re.findall(r"\d(?:[\d,.]*\d)?", without_targets(text))


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_the_same_headings_and_tables(page: str) -> None:
    english, chinese = both(page)
    assert shape(english) == shape(chinese)


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_show_the_same_code(page: str) -> None:
    english, chinese = both(page)
    assert code(english) == code(chinese)


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_tell_the_same_numbers(page: str) -> None:
    english, chinese = both(page)
    assert {*numbers(english)} == {*numbers(chinese)}
    rows, same = ([line for line in text.splitlines() if line.startswith("|")] for text in (english, chinese))
    for row, its in zip(rows, same, strict=True):
        assert sorted(numbers(row)) == sorted(numbers(its)), its
