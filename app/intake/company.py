"""When are two company names the same name, and which could be misspellings of each other?"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from app.intake.china import PLACE_NAMES
from app.intake.text import fold, plain, words

BLOCK = 4
"""Letters that names in an alphabet must share at their beginning to be compared."""

_ENDINGS = frozenset(
    words(
        """
        inc incorporated corp corporation co company ltd limited llc llp lp plc pllc pc lllp gmbh mbh ag kg kgaa ohg gbr
        ug ev eg se sa sas sasu sarl eurl snc sca scs srl srls spa sapa sl slu slne sau sociedad
        anonima sade cv rl ltda
        eireli me epp bv nv vof cvba bvba asbl vzw ab hb kb oy oyj as asa ans aps is ivs ks doo dd ad ood eood kd sro
        spol vos zrt kft nyrt bt rt spzoo spolka zoo ooo oao zao pao ао ооо оао зао пао ип тов тзов jsc ojsc cjsc pjsc
        pty pte pvt private sdn bhd berhad pt tbk cv ud kk yk gk kabushiki kaisha goudou gaisha yugen fzco fze fzllc
        wll llc dmcc ltda sae eood uab sia ou mchj anonim sirketi limitet ticaret sti
        """
    )
)
_BEGINNINGS = frozenset(words("pt ooo oao zao pao ооо оао зао пао тов ип cv ud firma the ab as oy"))
_CONNECTIONS = frozenset(words("and und et y e"))
_HAN_ENDINGS = (
    "股份有限责任公司",
    "股份有限公司",
    "有限责任公司",
    "有限責任公司",
    "集团有限公司",
    "集團有限公司",
    "控股有限公司",
    "有限公司",
    "股份公司",
    "总公司",
    "總公司",
    "公司",
    "株式会社",
    "有限会社",
    "合同会社",
    "合资会社",
    "有限合伙",
    "普通合伙",
    "个体工商户",
    "주식회사",
    "유한회사",
    "集团股份",
    "集团",
    "集團",
    "股份",
)
_HAN_BEGINNINGS = ("株式会社", "有限会社", "合同会社", "주식회사", "유한회사")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_HAN_OR_HANGUL = re.compile("[\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_ABBREVIATED = re.compile(r"\b((?:\w\.){2,})")
_AND = re.compile(r"\s*[&+]\s*")


class CompanyName(NamedTuple):
    """``key`` is equal for equal names, ``block`` for names that may be close spellings of each other."""

    key: str
    block: str


@lru_cache(maxsize=16384)
def name_company(name: str) -> CompanyName | None:
    """What a company's name is compared by; None if there is nothing in it.

    The key is the name folded (NFKC, case, accents), without punctuation, spaces and legal form (``有限公司``,
    ``GmbH``, ``Co., Ltd.``); ``&`` counts as ``and``. A place in brackets stays: ``（上海）`` and ``（北京）`` are two
    firms. A name of nothing but legal forms keeps them.

    The block is script-aware. With Han characters: the first two of the key after any province or prefecture at its
    beginning, since hundreds of thousands of firms begin with 上海. Otherwise the first four letters of the key. A
    misspelling within these is not found; that is the price of a lookup by equality.
    """
    name = name[:500]
    key = _han_key(name) if _HAN_OR_HANGUL.search(name) else _key(name)
    key = key or "".join(fold(name).split())
    if not key:
        return None
    return CompanyName(key, _block(key))


def _key(name: str) -> str:
    text = fold(name)
    if "." in text:
        text = _ABBREVIATED.sub(lambda found: found[1].replace(".", "") + " ", text)
    if "&" in text or "+" in text:
        text = _AND.sub(" and ", text)
    tokens = _joined(plain(text).split())
    kept = list(tokens)
    while len(kept) > 1 and (kept[-1] in _ENDINGS or (len(kept) < len(tokens) and kept[-1] in _CONNECTIONS)):
        kept.pop()
    while len(kept) > 1 and kept[0] in _BEGINNINGS:
        kept.pop(0)
    return "".join(kept)


def _joined(tokens: list[str]) -> list[str]:
    """Runs of single letters as one word: ``i b m`` is ``ibm``, ``s a`` is ``sa``."""
    joined: list[str] = []
    single = False
    for token in tokens:
        if single and len(token) == 1:
            joined[-1] += token
        else:
            joined.append(token)
        single = len(token) == 1
    return joined


def _han_key(name: str) -> str:
    key = _key(name)
    for beginning in _HAN_BEGINNINGS:
        key = key.removeprefix(beginning) or key
    changed = key not in _HAN_ENDINGS
    while changed and key.endswith(_HAN_ENDINGS):
        changed = False
        for ending in _HAN_ENDINGS:
            if key.endswith(ending) and len(key) - len(ending) >= 2:
                key, changed = key[: -len(ending)], True
                break
    return key


def _block(key: str) -> str:
    if not _HAN.match(key):
        return key[:BLOCK]
    for length in (3, 2):
        head, rest = key[:length], key[length:]
        if head in PLACE_NAMES and len(rest) >= 2:
            return rest.lstrip("省市")[:2] or rest[:2]
    return key[:2]
