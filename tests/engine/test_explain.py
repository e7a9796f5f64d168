"""Is there a word for everything, in both languages, and does it read as people write?"""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from app.engine import candidates, explain
from app.engine.decision import Contribution, Decision, Outcome, Reason, Recognition, RepRef, Score, Status, Step
from app.engine.explain import Language, language_of, notice_sentence, sentence
from app.engine.lead import Notice
from app.engine.policy import Strategy
from app.engine.roster import DIMENSIONS, RepId, TeamId

LANGUAGES: tuple[Language, ...] = get_args(Language)
APP = Path(explain.__file__).parents[1]
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
REP = RepRef(RepId("ann"), "Ann")
LEFT_OUT = [
    "inactive", "paused", "on_leave", "holiday", "off_shift", "weight_zero", "at_cap:rule",
    *(name for name, _ in candidates._CAP_REASONS),
    *(f"{kind}:{dimension}" for kind, dimension in product(("not_covering", "not_preferred"), DIMENSIONS)),
]  # fmt: skip
STEPS = (Step("r", Outcome.NOBODY_COVERS),)


def decision(**values: Any) -> Decision:
    return Decision(**{"decided_at": NOW, "rule": "r", "rule_name": "r", **values})


def every_decision() -> list[Decision]:
    """One of each kind."""
    found = [
        decision(status=Status.REJECTED, reason=Reason.DO_NOT_CONTACT),
        decision(status=Status.REJECTED, reason=Reason.SCREENING, screen="s"),
        *(
            decision(status=Status.QUEUED, reason=reason, team=TeamId("t"), screen="s", steps=STEPS)
            for reason in Reason
        ),
        decision(status=Status.ASSIGNED, rep=REP, actor="dana", note="n"),
        decision(status=Status.QUEUED, reason=Reason.RELEASED, actor="dana", note="n"),
    ]
    for outcome in Outcome:
        for left_out in [{}, dict.fromkeys(LEFT_OUT, 2)]:
            steps = (Step("r", outcome, left_out_count=left_out),)
            found.append(decision(status=Status.QUEUED, reason=Reason.NOBODY_ABLE, steps=steps))
    for strategy, count in product(Strategy, (1, 3)):
        steps = (Step("r", Outcome.ASSIGNED, strategy, ranked_count=count, left_out_count=dict.fromkeys(LEFT_OUT, 1)),)
        found.append(decision(status=Status.ASSIGNED, rep=REP, strategy=strategy, steps=steps, tier="A"))
    for by in (None, "email", "phone", "domain", "company", "similar"):
        seen = Recognition(owner=None if by is None else REP.id, owner_by=by)
        steps = (Step("r", Outcome.ASSIGNED, ranked_count=1),)
        score = Score(7.5, (Contribution("c", 7.5),))
        found.append(decision(status=Status.ASSIGNED, rep=REP, recognition=seen, steps=steps, score=score))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_decision_is_one_sentence_in_words(language: Language) -> None:
    for one in every_decision():
        said = sentence(one, language)
        assert said.endswith("." if language == "en" else "。"), said
        assert not re.search(r"None|_|\(\)|（）|  |\{|, \.|“”", said), said


def test_chinese_sentences_hold_no_english_but_names() -> None:
    for one in every_decision():
        said = sentence(one, "zh")
        assert re.findall(r"[A-Za-z]{2,}", said.replace("Ann", "").replace("dana", "")) == [], said


def test_chinese_names_stand_in_chinese_without_spaces_and_latin_ones_with() -> None:
    given = {who: decision(status=Status.ASSIGNED, rep=REP, actor=who) for who in ("李娜", "jo")}
    assert sentence(given["李娜"], "zh") == "由李娜手动分配给 Ann。"
    assert sentence(given["jo"], "zh") == "由 jo 手动分配给 Ann。"


def test_a_claim_is_not_said_to_have_been_given() -> None:
    claimed = decision(status=Status.ASSIGNED, rep=REP, actor="jo", strategy=Strategy.CLAIM)
    assert sentence(claimed, "en") == "Ann claimed it from the queue (entered by jo)."
    assert sentence(claimed, "zh") == "由 Ann 从线索池认领（由 jo 操作）。"


def test_sentences_of_different_decisions_differ() -> None:
    for language in LANGUAGES:
        said = {
            sentence(decision(status=Status.QUEUED, reason=reason, team=TeamId("t")), language) for reason in Reason
        }
        assert len(said) == len(Reason)


def codes_given() -> set[str]:
    """The codes of all notices that intake and the engine can give, as they are written in the code."""
    codes: set[str] = set()
    for path in [*(APP / "intake").glob("*.py"), APP / "engine" / "facts.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="Notice"), args=[_, code, *_]):
                    given: list[ast.expr] = [code]
                case ast.Call(func=ast.Attribute(attr="notice"), args=[_, code, *_]):
                    given = [code]
                case ast.Call(func=ast.Attribute(attr="unreadable"), args=[_, _, code]):
                    given = [code]
                case ast.Call(func=ast.Name(id="Sum" | "Figure" | "When" | "Dialled"), args=[_, *codes_]):
                    given = list(codes_)
                case ast.Return(value=ast.Constant() as code) if path.stem == "phone":
                    given = [code]
                case ast.Call(func=ast.Attribute(value=ast.Name(id="found"), attr="add"), args=[code]):
                    given = [code]
                case ast.Assign(targets=[target], value=value) if "notice" in ast.unparse(target).strip("()").split(
                    ", "
                ):
                    given = [value]
                case _:
                    continue
            constants = (one.value for part in given for one in ast.walk(part) if isinstance(one, ast.Constant))
            codes |= {code for code in constants if isinstance(code, str) and re.fullmatch(r"[a-z]+(_[a-z]+)*", code)}
    return codes


def test_every_notice_has_its_sentence_and_no_sentence_is_left_over() -> None:
    given = codes_given() | {"unreadable"}
    assert given == set(explain._NOTICE) == set(explain._NOTICED)
    for code, language in product(sorted(given), LANGUAGES):
        said = notice_sentence(Notice("budget", code, "a lot"), language)
        assert said.endswith("." if language == "en" else "。")
        assert "{" not in said


def test_every_part_of_a_sentence_has_words_in_both_languages() -> None:
    tables = (
        explain._STRATEGY,
        explain._OWNED,
        explain._LEFT_OUT,
        explain._DIMENSION,
        explain._NOTICE,
        explain._NOTICED,
        explain._NOBODY,
        explain._REASON,
    )
    for table in tables:
        assert all(set(words) == set(LANGUAGES) for words in table.values())
    assert set(explain._STRATEGY) == set(Strategy)
    assert set(explain._NOBODY) == set(Outcome)
    assert set(explain._DIMENSION) == set(DIMENSIONS)
    assert set(explain._LEFT_OUT) == {reason for reason in LEFT_OUT if not reason.startswith("not_")}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"), ("", "en"), ("zh", "zh"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB, zh;q=0.5", "en"),
        ("fr, zh;q=0.4, en;q=0.3", "zh"), ("fr", "en"), ("zh;q=0", "en"), ("zh;q=high, en", "en"), ("*", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_that_the_caller_prefers(header: str | None, language: Language) -> None:
    assert language_of(header) == language
