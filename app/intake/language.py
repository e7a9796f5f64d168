"""Which language does this name or tag mean?"""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale
from babel.localedata import locale_identifiers

from app.intake.text import plain, words

_TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:[-_.@][\w.@-]*)?", re.ASCII)

# What people write that is neither a code nor a language's name in CLDR.
_HABITS = {
    "cn": "zh",
    "jp": "ja",
    "kr": "ko",
    "putonghua": "zh",
    "mandarin": "zh",
    "chinese simplified": "zh-Hans",
    "chinese traditional": "zh-Hant",
    "普通话": "zh",
    "国语": "zh",
    "國語": "zh",
    "汉语": "zh",
    "漢語": "zh",
    "华语": "zh",
    "简体": "zh-Hans",
    "繁体": "zh-Hant",
    "繁體": "zh-Hant",
    "粤语": "yue",
    "英文": "en",
    "日文": "ja",
    "韩文": "ko",
    "法文": "fr",
    "德文": "de",
    "farsi": "fa",
    "tagalog": "fil",
    "flemish": "nl",
    "castellano": "es",
}
_AUTONYMS = words(
    """
    ar العربية bg български bn বাংলা cs čeština da dansk de Deutsch el Ελληνικά es español
    fa فارسی fi suomi fil Filipino fr français he עברית hi हिन्दी hr hrvatski hu magyar
    id Indonesia it italiano ja 日本語 ko 한국어 lt lietuvių lv latviešu ms Melayu
    nb norsk-bokmål nl Nederlands pl polski pt português ro română ru русский sk slovenčina
    sl slovenščina sr српски sv svenska sw Kiswahili ta தமிழ் th ไทย tr Türkçe
    uk українська ur اردو vi Tiếng-Việt
    """
)
"""Languages' own names, as a table: Babel would load a locale of a megabyte for each."""


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    names.update({plain(name): tag for tag, name in zip(_AUTONYMS[::2], _AUTONYMS[1::2], strict=True)})
    for locale in ("zh_Hant", "zh", "en"):
        spoken = Locale.parse(locale).languages
        names.update({plain(name): tag.replace("_", "-") for tag, name in spoken.items() if name})
    return names | _HABITS


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    english = {str(tag) for tag in Locale("en").languages}
    return frozenset(tag for tag in english if "_" not in tag) | {tag.split("_")[0] for tag in locale_identifiers()}


@lru_cache(maxsize=1)
def _from_three_letters() -> dict[str, str]:
    import pycountry  # noqa: PLC0415  (its tables are read once, and seldom)

    codes = {language.alpha_3: language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2")}
    return codes | {"chi": "zh", "fre": "fr", "ger": "de", "dut": "nl", "cze": "cs", "gre": "el", "per": "fa"}


@lru_cache(maxsize=1024)
def read_language(text: str) -> str | None:
    """A BCP 47 tag (``zh``, ``zh-Hans``, ``pt-BR``) for a tag, a locale name, an ISO 639 code or a language's name.

    Names are known in English, in Chinese and in the language itself. Of several, as in ``Accept-Language``, the first
    counts. None if it is no language.
    """
    if len(text) > 100:
        return None
    if named := _names().get(plain(text)):
        return named
    first = re.split(r"[,;/|、]", text)[0].strip()
    if named := _names().get(plain(first)):
        return named
    found = _TAG.fullmatch(first.lower())
    if found is None:
        return None
    language, script, region = found.groups()
    language = _HABITS.get(language) or _from_three_letters().get(language) or language
    if language not in _codes():
        return None
    return "-".join(part for part in (language, script and script.title(), region and region.upper()) if part)
