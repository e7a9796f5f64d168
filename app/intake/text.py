"""What is left of a text when the accidents of typing and encoding are taken off it?"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from app.engine.text import cut_marks

REPLACEMENT = "\ufffd"

_LINE_BREAK = re.compile("\r\n?|[\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SLUG_GAP = re.compile(r"[^\w.-]+")


def sound(text: str) -> str:
    """The text without what no store or comparison can bear: NUL, lone surrogates, endless runs of marks.

    The first two become U+FFFD; of the last as many are kept as any text has (:func:`cut_marks`).
    """
    if text.isascii():
        return text.replace("\x00", REPLACEMENT) if "\x00" in text else text
    return cut_marks(_SURROGATE.sub(REPLACEMENT, text).replace("\x00", REPLACEMENT))


def line(text: str) -> str:
    """One line: NFC, no control characters, every run of white space one blank, none at the ends."""
    if text.isprintable():
        # No control character, no surrogate, and of white space only the blank.
        if not text.isascii():
            text = unicodedata.normalize("NFC", cut_marks(text))
        return " ".join(text.split()) if "  " in text else text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", sound(text))
    return " ".join(_CONTROL.sub("", text).split())


def lines(text: str) -> str:
    """Like :func:`line`, but line breaks (as ``\\n``) and white space within lines stay."""
    if not (text.isascii() and text.isprintable()):
        text = _LINE_BREAK.sub("\n", text).replace("\t", " ")
        if not text.isascii():
            text = unicodedata.normalize("NFC", sound(text))
        text = _CONTROL_BUT_LINES.sub("", text)
    return text.strip()


def fold(text: str) -> str:
    """The form in which two texts are compared: NFKC and case-folded."""
    if text.isascii():
        return text.lower()
    text = cut_marks(text) if text.isprintable() else sound(text)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def plain(text: str) -> str:
    """The form in which names of places, languages and words are looked up.

    Folded, accents off, everything but letters and digits one blank: ``Côte d’Ivoire`` → ``cote d ivoire``. Other
    scripts keep their marks, since there these are letters.
    """
    if _HAN.fullmatch(text):
        return text
    text = fold(text)
    if not text.isascii():
        text = text.translate(_LETTERS)
        apart = unicodedata.normalize("NFD", text)
        if apart != text:
            text = unicodedata.normalize("NFC", _AFTER_LATIN.sub(_without_marks, apart))
    return " ".join(_NOT_WORD.sub(" ", _APOSTROPHE.sub("", text)).split())


def _without_marks(run: re.Match[str]) -> str:
    return _LATIN_MARKS.sub("", run[0])


# Latin letters that do not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ə": "a"}
)
_HAN = re.compile("[\u4e00-\u9fff]+")
"""Ideographs that are their own plain form; nearly all names in Chinese are made of these alone."""
_LATIN_MARKS = re.compile("[\u0300-\u036f]+")
# Other scripts' marks may stand between a letter and its own: they are sorted by their classes (UAX 15).
_AFTER_LATIN = re.compile(r"(?<=[a-z])(?:(?!\w)[^\x00-\u02ff])+")
_APOSTROPHE = re.compile("['’‘ʻʼ`´ʹ]")
_NOT_WORD = re.compile(r"(?:(?!\w)[^\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|_)+")


def ascii_slug(text: str) -> str:
    """Lower-case ASCII letters and digits joined by ``-``; empty if the text has none."""
    text = unicodedata.normalize("NFKD", plain(text)).encode("ascii", "ignore").decode()
    return "-".join(text.split())


def slug(text: str) -> str | None:
    """A source's name as a code: NFKC, case-folded, runs of anything but letters, digits, ``.``, ``_`` and ``-`` one
    ``-``, none at the ends, at most 64 characters. Letters of any script stay. None if nothing is left.
    """
    return _slug(text[: _LONGEST_SLUG * 8])


@lru_cache(maxsize=1024)
def _slug(text: str) -> str | None:
    return _SLUG_GAP.sub("-", fold(text)).strip("-")[:_LONGEST_SLUG].strip("-") or None


_LONGEST_SLUG = 64


def words(text: str) -> tuple[str, ...]:
    """A table that is easier to read without quotes and commas."""
    return tuple(text.split())
