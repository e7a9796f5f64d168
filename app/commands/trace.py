"""Why did this lead go there? The whole trace of one decision, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from app.commands.leads_file import Item
from app.commands.terminal import BETWEEN, COLON
from app.engine.chain import Routed, prepare, route
from app.engine.decision import Outcome, Status, Step
from app.engine.explain import Language, failure_sentence, left_out_words, notice_sentence, plain, sentence
from app.engine.facts import plain_facts
from app.engine.not_applied import Unmet, not_applied
from app.engine.policy import Strategy
from app.engine.problems import shown
from app.intake.normalise import normalise
from app.lane.batch import Answer
from app.lane.memory import MemoryLane

_WORDS: Final[dict[str, dict[Language, str]]] = {
    "line": {"en": "Line {}", "zh": "第 {} 行"},
    "facts": {"en": "What is known of it", "zh": "线索信息"},
    "score": {"en": "Score", "zh": "评分"},
    "tier": {"en": "tier", "zh": "价值等级"},
    "none": {"en": "nothing gives points", "zh": "没有得分项"},
    "rules": {"en": "Rules", "zh": "规则"},
    "does not apply": {"en": "does not apply", "zh": "不适用"},
    "not reached": {"en": "not reached", "zh": "未执行到"},
    "able": {"en": "able", "zh": "能接的"},
    "left out": {"en": "left out", "zh": "未参与"},
    "no lead": {"en": "This line is refused: {}", "zh": "这一行被拒收：{}"},
    "replayed": {
        "en": "It is the same delivery as a line before it, and is answered as that was: {}",
        "zh": "它与前面的某一行是同一次投递，按那一行答复：{}",
    },
    "comma": {"en": ", ", "zh": "，"},
}

_RANKED_BY: Final[Mapping[Strategy, Mapping[Language, str]]] = {
    Strategy.ROUND_ROBIN: {"en": "by leads owed", "zh": "按应得条数"},
    Strategy.LEAST_LOADED: {"en": "by load", "zh": "按负载"},
    Strategy.LONGEST_WAITING: {"en": "by the seq of their last lead", "zh": "按上一条线索的序号"},
    Strategy.IN_ORDER: {"en": "by place", "zh": "按次序"},
    Strategy.NEAREST: {"en": "by kilometres", "zh": "按距离（公里）"},
}

_OUTCOMES: Final[Mapping[Outcome, Mapping[Language, str]]] = {
    Outcome.ASSIGNED: {"en": "assigned", "zh": "已分配"},
    Outcome.QUEUED: {"en": "queued", "zh": "进入线索池"},
    Outcome.NO_OWNER: {"en": "applies, but nobody has them yet", "zh": "适用，但尚无归属人"},
    Outcome.NOBODY_SELECTED: {"en": "applies, but nobody is there", "zh": "适用，但没有候选人"},
    Outcome.NOBODY_COVERS: {"en": "applies, but nobody covers it", "zh": "适用，但无人负责该范围"},
    Outcome.NOBODY_ABLE: {"en": "applies, but nobody is able", "zh": "适用，但目前无人可接"},
    Outcome.NOBODY_NEAR: {"en": "applies, but the distance to nobody is known", "zh": "适用，但无法得知与任何人的距离"},
}

_NAMED: Final = 8
_PATHS: Final = ("region", "industry")
_QUIET: Final = frozenset({"now", "score", "tier", "attributes"})


def explained(item: Item, lane: MemoryLane, language: Language) -> list[RenderableType]:
    """The trace of a lead as it would be decided now. Nothing is changed by it."""
    lead = normalise(item.fields, received_at=lane.world.now, extra_notices=item.notices)
    prepared = prepare(lead, lane.policy)
    routed = route(prepared, lane.world, lane.world.now)
    parts: list[RenderableType] = [
        Text(sentence(routed.decision, language), style="green"),
        *(
            Text("! " + notice_sentence(notice, language), style="yellow")
            for notice in (*lead.notices, *prepared.notices)
        ),
        Text(),
        Text(_say("facts", language), style="bold"),
        _facts(plain_facts(lead) | routed.facts),
        Text(_score_title(routed, language), style="bold"),
        _score(routed, language),
    ]
    if routed.decision.status is not Status.REJECTED:
        parts += [Text(_say("rules", language), style="bold"), _rules(routed, lane, language)]
    return parts


def settled(item: Item, answer: Answer | str, trace: list[RenderableType], language: Language) -> list[RenderableType]:
    """What became of a line, under its number: ``trace``, a refusal, or the answer of the line that it repeats."""
    heading = Text(_say("line", language).format(item.line), style="bold")
    if isinstance(answer, str):
        return [heading, Text(_say("no lead", language).format(answer))]
    if answer.replayed:
        return [heading, Text(_say("replayed", language).format(sentence(answer.decision, language)))]
    return [heading, *trace]


def _say(word: str, language: Language) -> str:
    return _WORDS[word][language]


def _grid() -> Table:
    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _facts(facts: Mapping[str, Any]) -> Table:
    table = _grid()
    flat = {name: value for name, value in facts.items() if name not in _QUIET}
    flat |= {f"attributes.{name}": value for name, value in (facts.get("attributes") or {}).items()}
    for name, value in flat.items():
        if value not in (None, {}, ()):
            between = " < " if name in _PATHS else ", "
            table.add_row(name, between.join(map(plain, value)) if isinstance(value, tuple) else plain(value))
    return table


def _score_title(routed: Routed, language: Language) -> str:
    decision = routed.decision
    total = decision.score.total if decision.score is not None else 0
    comma = _say("comma", language)
    tier = f"{comma}{_say('tier', language)} {decision.tier}" if decision.tier is not None else ""
    return f"{_say('score', language)} {total}{tier}"


def _score(routed: Routed, language: Language) -> Table:
    table = _grid()
    contributions = routed.decision.score.contributions if routed.decision.score is not None else ()
    for one in contributions:
        group = f" ({one.group})" if one.group else ""
        value = "" if one.value is None else shown(one.value)
        table.add_row(f"{one.points:+}", f"{one.name}{group}  {value}")
    if not contributions:
        table.add_row("", _say("none", language))
    return table


def _rules(routed: Routed, lane: MemoryLane, language: Language) -> Table:
    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    steps = {step.rule: step for step in routed.decision.steps}
    unmet = {one.rule: one for one in not_applied(lane.policy, routed.decision, routed.facts).rules}
    ended = False
    for place, rule in enumerate(lane.policy.rules, 1):
        step = steps.get(rule.id)
        if ended:
            table.add_row(str(place), rule.id, _say("not reached", language), style="dim")
        elif step is None:
            table.add_row(str(place), rule.id, Text("\n").join(_failed(unmet[rule.id], language)), style="dim")
        else:
            ended = rule.id == routed.decision.rule
            lines = [
                Text(_OUTCOMES[step.outcome][language], style="bold green" if ended else ""),
                *_step(step, language),
            ]
            table.add_row(str(place), rule.id, Text("\n").join(lines))
    return table


def _failed(unmet: Unmet, language: Language) -> Iterator[Text]:
    yield Text(_say("does not apply", language))
    for failure in unmet.failures:
        yield Text("  " + failure_sentence(failure, language))


def _step(step: Step, language: Language) -> Iterator[Text]:
    comma, between, colon = _say("comma", language), BETWEEN[language], COLON[language]
    if step.ranked:
        able = between.join(rep if rank is None else f"{rep} ({rank})" for rep, rank in step.ranked[:_NAMED])
        more = f" … {step.ranked_count}" if step.ranked_count > _NAMED else ""
        by = _RANKED_BY.get(step.strategy) if step.strategy is not None else None
        yield Text(f"  {_say('able', language)}{comma + by[language] if by else ''}{colon}{able}{more}")
    for reason, count in step.left_out_count.items():
        names = step.left_out.get(reason, ())
        named = between.join(names[:_NAMED]) + (f" … {count}" if count > _NAMED else "") if names else str(count)
        yield Text(
            f"  {_say('left out', language)}{comma}{left_out_words(reason, language)}{colon}{named}", style="dim"
        )
