"""How is a decision said to people? In plain sentences, in English and in Chinese.

One for the decision, one for each notice, one for each test that kept a rule from applying.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from app.engine.conditions import Failure
from app.engine.decision import Decision, Outcome, Reason, Status, Step
from app.engine.lead import Notice, Number
from app.engine.policy import Strategy
from app.engine.problems import shown

Language = Literal["en", "zh"]

_STRATEGY: Final[Mapping[Strategy, Mapping[Language, str]]] = {
    Strategy.ROUND_ROBIN: {"en": "whose turn it was", "zh": "轮到这一位"},
    Strategy.LEAST_LOADED: {"en": "who carries the least", "zh": "这一位负载最低"},
    Strategy.LONGEST_WAITING: {"en": "who had waited longest", "zh": "这一位等得最久"},
    Strategy.IN_ORDER: {"en": "first in order", "zh": "这一位排在最前"},
    Strategy.NEAREST: {"en": "who is nearest", "zh": "这一位离得最近"},
    Strategy.CLAIM: {"en": "for anyone to claim", "zh": "等待认领"},
}

_OWNED: Final[Mapping[str | None, Mapping[Language, str]]] = {
    "email": {"en": "this person's latest lead", "zh": "该联系人最近一条线索"},
    "phone": {"en": "this person's latest lead", "zh": "该联系人最近一条线索"},
    "domain": {"en": "this company's latest lead", "zh": "该公司最近一条线索"},
    "company": {"en": "this company's latest lead", "zh": "该公司最近一条线索"},
    "similar": {"en": "the latest lead of what seems to be the same company", "zh": "疑似同一公司最近一条线索"},
}
"""What the owner already has, by the key that told (see :class:`app.engine.decision.Recognition`)."""

_LEFT_OUT: Final[Mapping[str, Mapping[Language, str]]] = {
    "inactive": {"en": "inactive", "zh": "已停用"},
    "paused": {"en": "paused", "zh": "已暂停"},
    "on_leave": {"en": "on leave", "zh": "休假中"},
    "holiday": {"en": "on a holiday", "zh": "法定节假日"},
    "off_shift": {"en": "off shift", "zh": "不在工作时间"},
    "weight_zero": {"en": "with weight 0", "zh": "权重为 0"},
    "at_cap:open": {"en": "at their cap of open leads", "zh": "在跟线索已达上限"},
    "at_cap:per_day": {"en": "at their daily cap", "zh": "已达每日上限"},
    "at_cap:per_week": {"en": "at their weekly cap", "zh": "已达每周上限"},
    "at_cap:per_month": {"en": "at their monthly cap", "zh": "已达每月上限"},
    "at_cap:rule": {"en": "at this rule's cap", "zh": "已达本规则上限"},
}

_DIMENSION: Final[Mapping[str, Mapping[Language, str]]] = {
    "region": {"en": "region", "zh": "区域"},
    "industry": {"en": "industry", "zh": "行业"},
    "source": {"en": "source", "zh": "来源"},
    "tier": {"en": "tier", "zh": "价值等级"},
    "product": {"en": "product", "zh": "产品"},
    "language": {"en": "language", "zh": "语言"},
}

_NOTICE: Final[Mapping[str, Mapping[Language, str]]] = {
    "unknown_field": {
        "en": "“{field}” is not a field of a lead; kept in attributes.",
        "zh": "线索没有“{field}”字段，已保存在 attributes 中。",
    },
    "misspelt_field": {
        "en": "“{field}” is not a field of a lead (did you mean {value}?); kept in attributes.",
        "zh": "线索没有“{field}”字段（是否想写 {value}？），已保存在 attributes 中。",
    },
    "repeated_column": {
        "en": "The column “{field}” is there more than once: the first is taken as {value}, others are kept in "
        "attributes.",
        "zh": "“{field}”列出现了不止一次：以第一列为 {value}，其余保存在 attributes 中。",
    },
    "unreadable": {
        "en": "{field} could not be read ({value}); kept in attributes.",
        "zh": "无法识别 {field} 的值（{value}），已保存在 attributes 中。",
    },
    "cut": {"en": "{field} was too long and has been cut.", "zh": "{field} 过长，已截断。"},
    "assumed": {"en": "{field} was taken to be {value}.", "zh": "{field} 按 {value} 处理。"},
    "ambiguous_number": {
        "en": "{field} can be read in two ways ({value}); read as the lead's country writes numbers.",
        "zh": "{field}（{value}）有两种读法，已按线索所在国家的书写习惯解读。",
    },
    "ambiguous_date": {
        "en": "{field} can be read in two ways ({value}); read as the lead's country writes dates.",
        "zh": "{field}（{value}）有两种读法，已按线索所在国家的日期习惯解读。",
    },
    "region_from_phone": {
        "en": "The place was inferred from the phone number: {value}.",
        "zh": "所在地由电话号码推断：{value}。",
    },
    "contradiction": {
        "en": "{field} contradicts what else is said: {value}.",
        "zh": "{field} 与其他信息矛盾：{value}。",
    },
    "phone_country_unknown": {
        "en": "The phone number has no country code and the lead no country ({value}).",
        "zh": "电话号码没有国家代码，线索也没有国家信息（{value}）。",
    },
    "assumed_country": {
        "en": "The phone number was taken to be a Chinese mobile number ({value}).",
        "zh": "电话号码按中国大陆手机号处理（{value}）。",
    },
    "phone_doubtful": {
        "en": "No such phone number is in use, as far as is known ({value}).",
        "zh": "该电话号码可能不存在（{value}）。",
    },
    "several": {
        "en": "{field} held several values ({value}); the first counts, all are kept in attributes.",
        "zh": "{field} 含有多个值（{value}），以第一个为准，全部已保存在 attributes 中。",
    },
    "upper_bound": {
        "en": "{field} only says what it is below ({value}).",
        "zh": "{field} 只给出了上限（{value}）。",
    },
    "currency_assumed": {
        "en": "{field} does not say which currency it is in ({value}); the best known one was taken.",
        "zh": "{field}（{value}）的币种不明确，已按最常见的币种处理。",
    },
    "future_date": {"en": "{field} lies in the future ({value}).", "zh": "{field} 是将来的时间（{value}）。"},
    "number_too_large": {
        "en": "A number in {field} is too large to be one ({value}); it was kept as text.",
        "zh": "{field} 中的数字过大（{value}），已按文本保存。",
    },
    "nul_replaced": {
        "en": "{field} held NUL characters; they were replaced.",
        "zh": "{field} 含有 NUL 字符，已替换。",
    },
    "surrogate_replaced": {
        "en": "{field} held characters that are not text; they were replaced.",
        "zh": "{field} 含有非文本字符，已替换。",
    },
    "too_many_attributes": {
        "en": "There were more attributes than are kept; {value} were left out.",
        "zh": "attributes 过多，有 {value} 项未保存。",
    },
    "more_notices": {
        "en": "There was more to say: {value} notices were left out.",
        "zh": "另有 {value} 条提醒未列出。",
    },
    "unknown_industry": {
        "en": "The policy knows no industry “{value}”.",
        "zh": "分配策略中没有“{value}”这一行业。",
    },
    "unknown_region": {"en": "The policy knows no region “{value}”.", "zh": "分配策略中没有“{value}”这一区域。"},
    "unknown_city": {
        "en": "“{value}” is no city that is known here.",
        "zh": "不认识“{value}”这个城市。",
    },
    "no_rate": {
        "en": "The policy gives no rate for {field} in {value}; no band applies.",
        "zh": "分配策略没有 {field}（{value}）的汇率，不参与金额分档。",
    },
}

_NOTICED: Final[Mapping[str, Mapping[Language, str]]] = {
    "unknown_field": {"en": "not a field of a lead", "zh": "不是线索的字段"},
    "misspelt_field": {"en": "not a field of a lead, perhaps misspelt", "zh": "不是线索的字段，可能写错了"},
    "repeated_column": {
        "en": "the column is there more than once, the first counts",
        "zh": "该列出现了不止一次，以第一列为准",
    },
    "unreadable": {"en": "could not be read", "zh": "无法识别"},
    "cut": {"en": "too long, and cut", "zh": "过长，已截断"},
    "assumed": {"en": "assumed", "zh": "按推断处理"},
    "ambiguous_number": {"en": "a number that can be read in two ways", "zh": "数字有两种读法"},
    "ambiguous_date": {"en": "a date that can be read in two ways", "zh": "日期有两种读法"},
    "region_from_phone": {"en": "inferred from the phone number", "zh": "由电话号码推断"},
    "contradiction": {"en": "contradicts what else is said", "zh": "与其他信息矛盾"},
    "phone_country_unknown": {"en": "no country code, and no country", "zh": "没有国家代码和国家信息"},
    "assumed_country": {"en": "taken to be a Chinese mobile number", "zh": "按中国大陆手机号处理"},
    "phone_doubtful": {"en": "no such number is known to be in use", "zh": "号码可能不存在"},
    "several": {"en": "several values, the first counts", "zh": "有多个值，以第一个为准"},
    "upper_bound": {"en": "only an upper bound", "zh": "只给出了上限"},
    "currency_assumed": {"en": "currency assumed", "zh": "币种按推断处理"},
    "future_date": {"en": "in the future", "zh": "是将来的时间"},
    "number_too_large": {"en": "too large a number, kept as text", "zh": "数字过大，按文本保存"},
    "nul_replaced": {"en": "held NUL characters", "zh": "含有 NUL 字符"},
    "surrogate_replaced": {"en": "held characters that are not text", "zh": "含有非文本字符"},
    "too_many_attributes": {"en": "too many attributes", "zh": "attributes 过多"},
    "more_notices": {"en": "too many notices", "zh": "提醒过多"},
    "unknown_industry": {"en": "an industry that the policy does not know", "zh": "分配策略中没有这一行业"},
    "unknown_region": {"en": "a region that the policy does not know", "zh": "分配策略中没有这一区域"},
    "unknown_city": {"en": "a city that is not known", "zh": "不认识的城市"},
    "no_rate": {"en": "no rate for its currency", "zh": "没有该币种的汇率"},
}
"""What kind of thing each notice says: where they are counted."""

_REASON: Final[Mapping[Reason, Mapping[Language, str]]] = {
    Reason.NO_RULE_MATCHED: {"en": "no rule applies", "zh": "没有适用的规则"},
    Reason.NOBODY_ABLE: {"en": "nobody is able", "zh": "无人可接"},
    Reason.CLAIM: {"en": "for anyone to claim", "zh": "等待认领"},
    Reason.RELEASED: {"en": "put back by hand", "zh": "手动退回"},
    Reason.ROUTER_ERROR: {"en": "a fault in the router", "zh": "路由器故障"},
    Reason.DO_NOT_CONTACT: {"en": "do not contact", "zh": "请勿联系"},
    Reason.SCREENING: {"en": "screening", "zh": "筛选"},
}

_TESTS_ZH: Final[Mapping[str, str]] = {
    "equals": "等于",
    "any_of": "属于",
    "within": "在其内：",
    "not": "不是",
    "none_of": "不属于",
    "at_least": "至少",
    "above": "大于",
    "at_most": "至多",
    "below": "小于",
    "between": "介于",
    "contains": "包含",
    "starts_with": "开头是",
    "ends_with": "结尾是",
    "like": "形如",
    "before": "早于",
    "after": "晚于",
    "within_last": "距今不超过",
    "older_than": "距今超过",
    "weekday": "星期是",
    "hour": "时段是",
    "date": "日期是",
    "missing": "没有填",
    "present": "填了",
}
"""An operator that is not here is said by its own name."""

_FAILED: Final[Mapping[str, Mapping[Language, str]]] = {
    "wanted": {"en": "{test}, and it is {actual}", "zh": "要求 {test}，实际为{actual}"},
    "unwanted": {"en": "not {test}, and it is {actual}", "zh": "要求不是 {test}，实际为{actual}"},
    "missing": {"en": "missing", "zh": "空"},
    "given": {"en": "given", "zh": "已填"},
}


def language_of(accept_language: str | None) -> Language:
    """The language that a caller prefers, by the ``Accept-Language`` header (RFC 9110, 12.5.4); English if unsaid."""
    best: Language = "en"
    best_quality = 0.0
    for part in (accept_language or "").lower()[:200].split(","):
        tag, _, parameters = part.strip().partition(";")
        try:
            quality = float(parameters.partition("q=")[2] or 1)
        except ValueError:
            continue
        primary = tag.partition("-")[0].strip()
        if quality > best_quality and primary in ("en", "zh"):
            best, best_quality = ("zh" if primary == "zh" else "en"), quality
    return best


def sentence(decision: Decision, language: Language) -> str:
    """The decision as one plain sentence."""
    say = _chinese if language == "zh" else _english
    return say(decision)


def _english(d: Decision) -> str:
    worth = _join(", ", _points(d) and f"score {_points(d)}", d.tier and f"tier {d.tier}")
    tail = f" ({worth})" if worth else ""
    last = d.steps[-1] if d.steps else None
    if d.actor is not None and not d.steps:
        why = f" ({d.note})" if d.note else ""
        if d.rep is not None and d.strategy is Strategy.CLAIM:
            return f"{d.rep.name} claimed it from the queue (entered by {d.actor})."
        if d.rep is not None:
            return f"Given to {d.rep.name} by hand by {d.actor}{why}."
        return f"Put back in the queue by hand by {d.actor}{why}."
    if d.status is Status.ASSIGNED and d.rep is not None and last is not None:
        rule = f"Rule “{d.rule_name}” gave it to {d.rep.name}"
        if d.strategy is None:
            known = _OWNED[d.recognition.owner_by]["en"] if d.recognition.owner == d.rep.id else None
            return f"{rule}, {f'who already has {known}' if known else 'named by the rule'}{tail}."
        count, left = last.ranked_count, _left_out(last, "en")
        why = f"{_STRATEGY[d.strategy]['en']}, of {count} able" if count > 1 else "the only one able"
        return f"{rule}, {why}{f'; left out: {left}' if left else ''}{tail}."
    match d.reason:
        case Reason.CLAIM:
            return f"Rule “{d.rule_name}” put it in the queue of team {d.team}, for anyone there to claim{tail}."
        case Reason.NO_RULE_MATCHED:
            return f"No rule of the policy applies; it waits in the queue{tail}."
        case Reason.NOBODY_ABLE:
            tried = "; ".join(f"“{step.rule}”: {_nobody(step, 'en')}" for step in d.steps[-3:])
            return f"Nobody can take it now; it waits in the queue ({tried}){tail}."
        case Reason.DO_NOT_CONTACT:
            return "This person asked not to be contacted; the lead was rejected."
        case Reason.SCREENING:
            return f"Screening “{d.screen}” rejected it."
        case Reason.RELEASED:
            return "It was put back in the queue by hand."
        case _:
            return "It could not be decided because of a fault in the router; it waits in the queue and is not lost."


def _chinese(d: Decision) -> str:
    worth = _join("，", _points(d) and f"评分 {_points(d)}", d.tier and f"价值等级 {d.tier}")
    tail = f"（{worth}）" if worth else ""
    last = d.steps[-1] if d.steps else None
    if d.actor is not None and not d.steps:
        why = f"（{d.note}）" if d.note else ""
        if d.rep is not None and d.strategy is Strategy.CLAIM:
            return f"由{between(d.rep.name)}从线索池认领（由{between(d.actor)}操作）。"
        if d.rep is not None:
            return f"由{between(d.actor)}手动分配给{beside(d.rep.name)}{why}。"
        return f"由{between(d.actor)}手动退回线索池{why}。"
    if d.status is Status.ASSIGNED and d.rep is not None and last is not None:
        rule = f"规则“{d.rule_name}”将线索分配给{beside(d.rep.name)}"
        if d.strategy is None:
            known = _OWNED[d.recognition.owner_by]["zh"] if d.recognition.owner == d.rep.id else None
            return f"{rule}，{f'{known}就归此人' if known else '由规则指定'}{tail}。"
        count, left = last.ranked_count, _left_out(last, "zh")
        why = f"能接的有 {count} 位，{_STRATEGY[d.strategy]['zh']}" if count > 1 else "当时只有这一位能接"
        return f"{rule}，{why}{f'；未参与：{left}' if left else ''}{tail}。"
    match d.reason:
        case Reason.CLAIM:
            return f"规则“{d.rule_name}”将线索放入团队 {d.team} 的线索池，等待认领{tail}。"
        case Reason.NO_RULE_MATCHED:
            return f"没有适用的规则，线索在线索池中等待{tail}。"
        case Reason.NOBODY_ABLE:
            tried = "；".join(f"“{step.rule}”：{_nobody(step, 'zh')}" for step in d.steps[-3:])
            return f"目前无人可接，线索在线索池中等待（{tried}）{tail}。"
        case Reason.DO_NOT_CONTACT:
            return "该联系人要求不再联系，线索已被拒绝。"
        case Reason.SCREENING:
            return f"线索被筛选条件“{d.screen}”拒绝。"
        case Reason.RELEASED:
            return "线索已被手动退回线索池。"
        case _:
            return "路由器故障，暂时无法分配；线索在线索池中等待，不会丢失。"


def beside(name: str) -> str:
    """A name after Chinese text, which Latin letters stand apart from by a space."""
    return f" {name}" if name[:1].isascii() else name


def between(name: str) -> str:
    """A name in the midst of Chinese text."""
    return f"{beside(name)} " if name[-1:].isascii() else beside(name)


_NOBODY: Final[Mapping[Outcome, Mapping[Language, str]]] = {
    Outcome.NO_OWNER: {"en": "nobody has them yet", "zh": "尚无归属人"},
    Outcome.NOBODY_SELECTED: {"en": "nobody is there", "zh": "没有候选人"},
    Outcome.NOBODY_COVERS: {"en": "nobody covers it", "zh": "无人负责该范围"},
    Outcome.NOBODY_ABLE: {"en": "nobody is able", "zh": "无人可接"},
    Outcome.NOBODY_NEAR: {"en": "the distance to nobody is known", "zh": "无法得知与任何人的距离"},
    Outcome.QUEUED: {"en": "nobody is able", "zh": "无人可接"},
    Outcome.ASSIGNED: {"en": "assigned", "zh": "已分配"},
}


def _nobody(step: Step, language: Language) -> str:
    return _left_out(step, language) or _NOBODY[step.outcome][language]


def _left_out(step: Step, language: Language) -> str:
    person = " 人" if language == "zh" else " "
    said = [f"{count}{person}{left_out_words(reason, language)}" for reason, count in step.left_out_count.items()]
    return ("，" if language == "zh" else ", ").join(said)


def left_out_words(reason: str, language: Language) -> str:
    """Why somebody was left out, in a few words."""
    kind, _, dimension = reason.partition(":")
    if kind not in ("not_covering", "not_preferred"):
        return _LEFT_OUT[reason][language]
    what = _DIMENSION[dimension][language]
    if kind == "not_covering":
        return f"不负责该{what}" if language == "zh" else f"not covering the {what}"
    return f"{what}匹配度较低" if language == "zh" else f"less fitting by {what}"


def reason_words(reason: Reason, language: Language) -> str:
    """Why a lead is with nobody, in a few words."""
    return _REASON[reason][language]


def notice_words(code: str, language: Language) -> str:
    """What kind of thing a notice says, in a few words; the code itself, if only another release knows it."""
    return _NOTICED[code][language] if code in _NOTICED else code


def notice_sentence(notice: Notice, language: Language) -> str:
    """A notice as a sentence."""
    return _NOTICE[notice.code][language].format(field=notice.field, value=notice.value)


def failure_sentence(failure: Failure, language: Language) -> str:
    """Why a condition did not hold: what it asks, and what the lead has instead."""
    presence = failure.operator in ("missing", "present")
    actual = failure.actual[0] if isinstance(failure.actual, tuple) and failure.actual else failure.actual
    operator = failure.operator.replace("_", " ")
    if language == "zh":
        operator = _TESTS_ZH.get(failure.operator, operator)
    test = f"{failure.field} {operator}"
    if not presence or failure.expected is not True:
        test += f" {_listed(failure.expected)}"
    if actual is None or (presence and actual is True):
        said = _FAILED["missing" if actual is None else "given"][language]
    else:
        said = (" " if language == "zh" else "") + shown(actual)
    return _FAILED["unwanted" if failure.negated else "wanted"][language].format(test=test, actual=said)


def _listed(value: object) -> str:
    return ", ".join(map(plain, value)) if isinstance(value, list | tuple | set | frozenset) else plain(value)


def plain(value: object) -> str:
    """A value as policies write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _points(d: Decision) -> str | None:
    """The score, if anything gave points or took them."""
    return _number(d.score.total) if d.score is not None and d.score.contributions else None


def _number(value: Number) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _join(separator: str, *parts: object) -> str:
    return separator.join(str(part) for part in parts if part)
