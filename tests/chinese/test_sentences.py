"""Everything that the service tells people has its Chinese, and nothing is in Chinese that it does not tell."""

import re
from collections import Counter

import pytest

from app.chinese import parsers
from app.chinese.lookup import TABLES, in_words, sentences
from tests.chinese import written

HALF = re.compile(r"[一-鿿][,:;!?()]|[,:;!?()][一-鿿]")
ENGLISH = re.compile(
    r"\b(the|a(?![.\w])|an|is|are|was|were|of|that|this|it|its|be|been|has|have|there|which|more|than|wanted|must|cannot)\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"“[^”]*”|`[^`]*`|\"[^\"]*\"|\{[^}]*\}")
WORD = re.compile(r"\b[a-z]{2,}\b")
GAP = re.compile(r"\{(\d?)\}")

FILLED_WITH = {
    "The {} cannot be read": ("policy", "roster", "rep", "team", "correction"),
    "There is no {} “{}”": ("rep", "team"),
    "the active policy has no {} “{}”": ("region", "industry", "tier"),
    "{} is wanted": ("a text", "true or false", "a list of texts", "an object"),
}
"""Beginnings of sentences that are put into Chinese for each of the words that are filled in first."""
SAID_ELSEWHERE = {"neither a network (10.0.0.0/8)": "a setting's, when the service starts"}
"""What is in no sentence for those who call, with who is told it."""

COMPOSED = {"{}, character {}: {}"}
"""Sentences of which the code writes one part in one place, and puts it behind another elsewhere."""


def filled(text: str) -> list[str]:
    """A sentence as it is said, with a name in each gap, or with each of the words that go there."""
    words = next((words for begins, words in FILLED_WITH.items() if text.startswith(begins)), ("{}",))
    found = []
    for word in words:
        said = text.replace("{}", word, 1)
        for number in range(said.count("{}")):
            said = said.replace("{}", f'"name {number}"', 1)
        found.append(said)
    return found


def without_chinese() -> list[str]:
    missing = []
    for sentence in written.sentences():
        if len(WORD.findall(sentence.text)) < 2 or any(known in sentence.text for known in SAID_ELSEWHERE):
            continue
        for said in filled(sentence.text):
            chinese = in_words(said, "zh")
            if chinese == said or ENGLISH.search(NAMES.sub("", chinese)):
                missing.append(f"{sentence.place}: {said} -> {chinese}")
    return missing


def test_everything_that_people_are_told_has_its_chinese() -> None:
    assert len(written.sentences()) > 600
    assert without_chinese() == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__.rpartition(".")[2])
def test_each_is_said_once_with_the_same_filled_in_and_with_full_width_marks(table: object) -> None:
    pairs = table.SENTENCES  # type: ignore[attr-defined]
    assert [english for english, said in pairs if HALF.search(said)] == []
    for english, said in pairs:
        numbers = [int(number) if number else place for place, number in enumerate(GAP.findall(said))]
        assert sorted(numbers) == list(range(english.count("{}"))), english


def test_no_sentence_is_there_twice() -> None:
    assert [english for english, count in Counter(english for english, _ in sentences()).items() if count > 1] == []


def occurs(english: str, texts: frozenset[str]) -> bool:
    """Whether the code writes a sentence: as it is, or with texts of its own in the gaps of a more general one."""
    if english in texts or english.removeprefix("{}") in texts or english in COMPOSED:
        return True
    if english.startswith("; ") and any(text.endswith(english) for text in texts):
        return True
    for text in texts:
        words = text.split("{}")
        if len(words) == 1 or len(WORD.findall(text)) < 2 or not english.startswith(words[0]):
            continue
        found = re.fullmatch("(.*?)".join(map(re.escape, words)), english, re.DOTALL)
        if found is not None and all(part in {"", "{}"} or part in texts for part in found.groups()):
            return True
    return False


def test_nothing_is_put_into_chinese_that_is_not_said() -> None:
    texts = written.texts() | {sentence.text for sentence in written.sentences()}
    own = [english for table in TABLES if table is not parsers for english, _ in table.SENTENCES]
    assert [english for english in own if not occurs(english, texts)] == []


def test_the_chinese_page_on_policies_shows_mistakes_as_they_are_said_in_it() -> None:
    row = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)
    told: list[dict[str, str]] = []
    for page, heading in (("policy.md", "## Errors"), ("policy.zh-CN.md", "## 错误")):
        text = (written.ROOT.parent / "docs" / page).read_text(encoding="utf-8")
        told.append(dict(row.findall(text.partition(f"\n{heading}\n")[2].partition("\n## ")[0])))
    english, chinese = told
    assert len(english) > 3
    assert chinese == {where: in_words(message, "zh") for where, message in english.items()}
