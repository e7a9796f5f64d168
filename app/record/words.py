"""How is what the record tells said to people, in English and in Chinese?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.engine.explain import Language
from app.record.again import Incomparable
from app.record.found import SHOWN, Found, Wrong
from app.record.verify import Difference

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


def incomparable_count(why: Incomparable, count: int, language: Language) -> str:
    """How many decisions cannot be computed again for this reason."""
    said = _COUNTED[why][language]
    return f"{said} {count:,} 条" if language == "zh" else f"{count:,} {said}"


_WRONG: Final[Mapping[Wrong, Mapping[Language, str]]] = {
    Wrong.SEQ: {"en": "the record has a gap in seq", "zh": "记录的序号不连续"},
    Wrong.REVISION: {"en": "the record has a gap in revision", "zh": "记录的修订号不连续"},
    Wrong.TIME: {"en": "time runs back in the record", "zh": "记录中的时间倒退"},
    Wrong.LANE: {"en": "the lane is not where the record ends", "zh": "通道的位置与记录的末尾不符"},
    Wrong.UNREADABLE: {"en": "a record cannot be read", "zh": "记录无法读取"},
    Wrong.COLUMNS: {"en": "a column does not say what the decision says", "zh": "列的内容与决策不符"},
    Wrong.EFFECTS: {"en": "effects are not those of the decision", "zh": "影响与决策不符"},
    Wrong.POLICY: {"en": "a policy version is not stored", "zh": "策略版本没有保存"},
    Wrong.REP: {"en": "a rep is not on the roster", "zh": "销售代表不在名册中"},
    Wrong.SILENT_END: {"en": "a lead is queued without a reason", "zh": "线索进入线索池却没有原因"},
    Wrong.MOVED: {"en": "a record takes away what none before it gave", "zh": "记录收回了此前没有给出的东西"},
    Wrong.ROUTED_ONCE: {"en": "a lead is not routed first, and once", "zh": "线索的首次分配不是恰好一次"},
    Wrong.BELOW_ZERO: {"en": "a rep has fewer than no open leads", "zh": "在跟线索数低于零"},
    Wrong.SUM: {"en": "the credits of a rotation do not add up to zero", "zh": "轮转的应得之和不为零"},
    Wrong.LEADS: {"en": "a lead does not stand where the record puts it", "zh": "线索的现状与记录不符"},
    Wrong.LOST: {"en": "leads of the record that are not stored", "zh": "记录中有、却没有保存的线索数"},
    Wrong.REP_LOADS: {"en": "rep_loads is not what the record adds up to", "zh": "rep_loads 与记录的累计不符"},
    Wrong.REP_DAYS: {"en": "rep_days is not what the record adds up to", "zh": "rep_days 与记录的累计不符"},
    Wrong.RULE_DAYS: {"en": "rule_days is not what the record adds up to", "zh": "rule_days 与记录的累计不符"},
    Wrong.CREDITS: {"en": "credits is not what the record adds up to", "zh": "credits 与记录的累计不符"},
    Wrong.ROSTER: {"en": "the roster is not the one that the record tells", "zh": "名册与记录不符"},
    Wrong.DELIVERIES: {"en": "a delivery key points to another lead", "zh": "投递键指向了别的线索"},
    Wrong.IDENTITIES: {"en": "an identity points to what is not there", "zh": "身份指向了不存在的内容"},
    Wrong.CHECKPOINTS: {"en": "a checkpoint is not the world of its revision", "zh": "检查点与该修订号的世界不符"},
}

_COUNTED: Final[Mapping[Incomparable, Mapping[Language, str]]] = {
    Incomparable.BY_HAND: {"en": "decided by hand", "zh": "人工决定"},
    Incomparable.UNDECIDED: {"en": "not decided then", "zh": "当时无法决策"},
    Incomparable.OTHER_ENGINE: {"en": "by another version of the engine", "zh": "由其他版本的引擎决策"},
    Incomparable.NO_FACTS: {"en": "older than the keeping of facts", "zh": "早于保存事实的版本"},
    Incomparable.ERASED: {"en": "with facts that have been erased", "zh": "事实已被清除"},
    Incomparable.UNREADABLE: {"en": "under a policy that cannot be read", "zh": "分配策略无法读取"},
}

_DIFFERENCE: Final[Mapping[Language, str]] = {
    "en": "seq {seq}: decided again, it differs in {members}",
    "zh": "序号 {seq}：重新决策后，{members} 不同",
}

_FAILED: Final[Mapping[Language, str]] = {
    "en": "seq {seq}: cannot be decided again: {failed}",
    "zh": "序号 {seq}：无法重新决策：{failed}",
}

_MORE: Final[Mapping[Language, str]] = {"en": "{wrong}: and {more} more", "zh": "{wrong}：另有 {more} 处"}


def difference_sentence(difference: Difference, language: Language) -> str:
    """In what a decision is not what it is computed to be."""
    if difference.failed is not None:
        return _FAILED[language].format(seq=difference.seq, failed=difference.failed)
    between = "、" if language == "zh" else ", "
    return _DIFFERENCE[language].format(seq=difference.seq, members=between.join(difference.members))


def wrong_lines(found: Found, language: Language) -> list[str]:
    """One line for each finding that is named, and one for those of a kind that are too many."""
    colon = "：" if language == "zh" else ": "
    lines = []
    for kind, named in found.named.items():
        wrong = _WRONG[kind][language]
        lines += [f"{wrong}{colon}{what}" for what in named]
        if found.counted[kind] > SHOWN:
            lines.append(_MORE[language].format(wrong=wrong, more=found.counted[kind] - SHOWN))
    return lines
