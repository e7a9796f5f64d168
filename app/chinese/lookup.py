"""Which Chinese sentence says what an English one of the service's says?

A sentence is known by its words, whatever is filled in between them; what is filled in may itself be a sentence, a
phrase or a list. What nobody has put into Chinese, such as what a receiver answered, stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from typing import TYPE_CHECKING, Final

from app.chinese import (
    deliveries,
    documents,
    leads,
    mappings,
    network,
    parsers,
    phrases,
    policies,
    requests,
    rosters,
    sources,
    subscriptions,
)

if TYPE_CHECKING:
    from app.engine.explain import Language

TABLES: Final = (
    deliveries,
    documents,
    leads,
    mappings,
    network,
    parsers,
    phrases,
    policies,
    requests,
    rosters,
    sources,
    subscriptions,
)
"""The modules that hold sentences: pairs of the English as it is written, each ``{}`` something that is filled in, and
the Chinese. Where the order differs there, ``{0}`` is the first that is filled in."""


def sentences() -> Iterator[tuple[str, str]]:
    """All the sentences that are known in Chinese, with what they say in it."""
    return (pair for table in TABLES for pair in table.SENTENCES)


LONGEST: Final = 8_000
"""Characters of a text that is looked up; a longer one quotes what somebody sent."""

_REMEMBERED: Final = 500
_DEEPEST: Final = 6
"""How many sentences may stand in one another."""
_MOST_TRIED: Final = 4
"""Places that are tried of those at which a text could come apart, or what is filled in could end."""


def in_words(text: str, language: Language) -> str:
    """A sentence of the service's, in a language as far as it is known in it. Never raises."""
    if language == "en" or not text or len(text) > LONGEST:
        return text
    return _remembered(text) if len(text) <= _REMEMBERED else _chinese(text)


def _chinese(text: str) -> str:
    try:
        return _said(text, _DEEPEST) or text
    finally:
        # The parts of one text are met again and again, those of the next are others.
        _said.cache_clear()
        _known.cache_clear()


_remembered = lru_cache(maxsize=2048)(_chinese)


# --- sentences --------------------------------------------------------------------------------------------------------

_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_FILLED: Final = re.compile(r"\{(\d?)\}")
_GAP: Final = "\0"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One that something is filled in: its words in English, and in Chinese with the numbers of what stands between."""

    words: tuple[str, ...]
    chinese: tuple[str, ...]
    order: tuple[int, ...]

    @property
    def weight(self) -> int:
        """How much of it is its own words."""
        return sum(map(len, self.words))

    @property
    def marks(self) -> list[str]:
        """The whole words in it, one of which a text must have to be such a sentence."""
        text = _GAP.join(self.words)
        return [
            found[0]
            for found in _WORD.finditer(text)
            if _GAP not in (text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1])
        ]

    def filled(self, text: str) -> list[str] | None:
        """What is filled in, if the text is such a sentence. In time that grows with the text alone."""
        first, *middle, last = self.words
        at, end = len(first), len(text) - len(last)
        if at > end or not text.startswith(first) or not text.endswith(last):
            return None
        found: list[str] = []
        for word in middle:
            stop = _end_of(text, word, at, end)
            if stop < 0:
                return None
            found.append(text[at:stop])
            at = stop + len(word)
        return [*found, text[at:end]]

    def say(self, parts: list[str], depth: int) -> str:
        """It in Chinese with these parts. What stands in quotes is a name, and stays as it is."""
        said = self.chinese[0]
        for number, words in zip(self.order, self.chinese[1:], strict=True):
            part = parts[number] if said.endswith("“") else _part(parts[number], depth)
            said = _joined(_joined(said, part), words)
        return said


def _end_of(text: str, word: str, at: int, end: int) -> int:
    """Where what is filled in at a place ends, before a word: outside of quotes, if it can be; -1: nowhere."""
    first = stop = text.find(word, at, end)
    for _ in range(_MOST_TRIED):
        if stop < 0 or text.count('"', at, stop) % 2 == 0 or text[stop - 1] == "…":
            return first if stop < 0 else stop
        stop = text.find(word, stop + 1, end)
    return first


def _read(english: str, chinese: str) -> _Sentence:
    order = [int(number) if number else place for place, number in enumerate(_FILLED.findall(chinese))]
    return _Sentence(tuple(english.split("{}")), tuple(_FILLED.split(chinese)[::2]), tuple(order))


@cache
def _whole() -> dict[str, str]:
    """The sentences that nothing is filled in."""
    return {english: chinese for english, chinese in sentences() if "{}" not in english}


@cache
def _by_mark() -> dict[str, list[tuple[int, _Sentence]]]:
    """The others, each under the rarest of its words, with its place among all; under "" those that have none.

    Those with most words of their own come first: of several that a text could be, it is that which says most of it.
    """
    read = sorted((_read(*pair) for pair in sentences() if "{}" in pair[0]), key=lambda one: -one.weight)
    counted = Counter(mark for sentence in read for mark in set(sentence.marks))
    index: dict[str, list[tuple[int, _Sentence]]] = defaultdict(list)
    for place, sentence in enumerate(read):
        index[min(sentence.marks, key=lambda mark: (counted[mark], -len(mark)), default="")].append((place, sentence))
    return dict(index)


def _candidates(text: str) -> list[_Sentence]:
    """The sentences that a text may be."""
    index = _by_mark()
    found = [entry for mark in {"", *_WORD.findall(text)} & index.keys() for entry in index[mark]]
    return [sentence for _, sentence in sorted(found, key=lambda entry: entry[0])]


# --- texts ------------------------------------------------------------------------------------------------------------


@cache
def _said(text: str, depth: int) -> str | None:
    """A text in Chinese; None if it is no sentence that is known."""
    if depth <= 0 or len(text) > LONGEST:
        return None
    return _known(text, depth) or _after_place(text, depth)


@cache
def _known(text: str, depth: int) -> str | None:
    return _whole().get(text) or _with_ending(text, depth) or _sentence(text, depth)


def _sentence(text: str, depth: int) -> str | None:
    found: tuple[_Sentence, list[str]] | None = None
    for sentence in _candidates(text):
        if (parts := sentence.filled(text)) is None:
            continue
        if all(map(_whole_quotes, parts)):
            return sentence.say(parts, depth - 1)
        # Its words may be what somebody wrote, and stand in quotes.
        found = found or (sentence, parts)
    return None if found is None else found[0].say(found[1], depth - 1)


def _whole_quotes(text: str) -> bool:
    return text.count('"') % 2 == 0 or text.endswith("…")


def _with_ending(text: str, depth: int) -> str | None:
    """A sentence with another behind it, or with what can stand behind any: ``; did you mean "covers"?``."""
    if depth <= 0:
        return None
    for at in _places(text, "; ", backwards=True):
        ending = _whole().get(text[at:]) or _sentence(text[at:], depth)
        if ending is None or not ending.startswith("；"):
            other = _known(text[at + 2 :], depth - 1)
            ending = None if other is None else f"；{other}"
        if ending is not None and (said := _quoted(text[:at], _known, depth - 1)) is not None:
            return _joined(said, ending)
    return None


def _after_place(text: str, depth: int) -> str | None:
    """What is said of a place that stands before it: ``body: an object is wanted there``."""
    for at in _places(text, ": "):
        if (said := _known(text[at + 2 :], depth)) is not None:
            return f"{_part(text[:at], depth - 1)}：{said}"
    return None


def _places(text: str, mark: str, *, backwards: bool = False) -> Iterator[int]:
    at = text.rfind(mark) if backwards else text.find(mark)
    for _ in range(_MOST_TRIED):
        if at < 0:
            return
        yield at
        at = text.rfind(mark, 0, at) if backwards else text.find(mark, at + 1)


# --- what is filled in ------------------------------------------------------------------------------------------------

_ITEM: Final = r"[\w.:/*+`“”-]{1,80}"
_SERIES: Final = re.compile(rf"{_ITEM}(?:(?:, | and | or ){_ITEM}){{1,400}}")
_BETWEEN: Final = re.compile("(, | and | or )")
_IN_CHINESE: Final = {", ": "、", " and ": "和", " or ": "或"}


def _part(text: str, depth: int) -> str:
    """What is filled in, as it reads among Chinese words."""
    if (said := _quoted(text, _said, depth)) is not None:
        return said
    if _SERIES.fullmatch(text) is None:
        return text
    return reduce(_joined, (_IN_CHINESE.get(part, part) for part in _BETWEEN.split(text)))


def _quoted(text: str, otherwise: Callable[[str, int], str | None], depth: int) -> str | None:
    """What somebody wrote, in Chinese quotes; what is not quoted is read ``otherwise``.

    With more quotes within, it is perhaps a sentence that begins with one thing in quotes and ends with another.
    """
    if len(text) < 2 or text[0] != '"' or text[-1] not in '"…':
        return otherwise(text, depth)
    written = text[1:].removesuffix('"')
    return ('"' in written and otherwise(text, depth)) or f"“{written}”"


_IDEOGRAPH: Final = re.compile("[一-鿿]")
_STANDS_APART: Final = re.compile(r"[^\s一-鿿，。；：？！、（）“”‘’《》…—]")


def _joined(before: str, after: str) -> str:
    """Two texts side by side: a Chinese character and a Latin one have a space between them."""
    if not before or not after:
        return before + after
    left, right = before[-1], after[0]
    apart = (_IDEOGRAPH.match(left) and _STANDS_APART.match(right)) or (
        _STANDS_APART.match(left) and _IDEOGRAPH.match(right)
    )
    return f"{before} {after}" if apart else before + after
