"""How is what the record tells said to people, in English and in Chinese?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.engine.explain import Language
from app.record.again import Incomparable

_INCOMPARABLE: Final[Mapping[Incomparable, Mapping[Language, str]]] = {
    Incomparable.BY_HAND: {
        "en": "A person decided this, not the rules.",
        "zh": "这是人工决定的，没有经过规则。",
    },
    Incomparable.UNDECIDED: {
        "en": "It could not be decided then, and was kept as it came.",
        "zh": "当时无法决策，线索按原样保存。",
    },
    Incomparable.OTHER_ENGINE: {
        "en": "Another version of the engine decided this; the present one might decide otherwise.",
        "zh": "这是另一个版本的引擎作出的决策，现在的版本可能得出不同的结果。",
    },
    Incomparable.NO_FACTS: {
        "en": "This record is older than the keeping of the facts that a decision was made on.",
        "zh": "这条记录早于保存决策所依据的事实的版本。",
    },
    Incomparable.ERASED: {
        "en": "What it was decided on was the person's, and has been erased.",
        "zh": "决策所依据的个人信息已被清除。",
    },
    Incomparable.UNREADABLE: {
        "en": "The policy it was made under cannot be read by this version.",
        "zh": "当时的分配策略无法由现在的版本读取。",
    },
}


def incomparable_sentence(why: Incomparable, language: Language) -> str:
    """Why a recorded decision cannot be computed again."""
    return _INCOMPARABLE[why][language]
