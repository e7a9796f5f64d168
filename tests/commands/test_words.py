"""What commands say and what is told of events reads as one writes in each language, and nothing stays a bare code."""

import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

import app.doors
from app.channels import words as messages
from app.commands import (
    apply,
    delivery_words,
    error_words,
    key,
    lint,
    source_words,
    subscription_words,
    summary,
    trace,
    verify,
)
from app.events import telling
from app.store import arrivals, sends

TABLES = {
    "delivery": delivery_words.WORDS,
    "source": source_words.WORDS,
    "subscription": subscription_words.WORDS,
    "key": key._WORDS,
    "lint": lint.WORDS,
    "apply": apply.WORDS,
    "errors": error_words.WORDS,
    "summary": summary.WORDS,
    "trace": trace._WORDS,
    "verify": verify._WORDS,
    "titles": messages.TITLE,
    "labels": messages.LABEL,
}
DOORS = Path(next(iter(app.doors.__path__)))
COMMANDS = Path(error_words.__file__).parent
ROUTERS = DOORS.parent / "routers"
HALF = re.compile(r"[一-鿿][,:;!?()]|[,:;!?()][一-鿿]")


def filled(text: str) -> set[str]:
    """The names of what is filled in, less how it is written."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_each_thing_is_said_in_both_languages_with_the_same_filled_in(table: Mapping[str, Mapping[Any, str]]) -> None:
    for word, said in table.items():
        assert set(said) == {"en", "zh"}, word
        assert filled(said["zh"]) == filled(said["en"]), word


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_chinese_sentences_have_full_width_marks(table: Mapping[str, Mapping[Any, str]]) -> None:
    assert [said["zh"] for said in table.values() if HALF.search(said["zh"])] == []


def test_every_word_of_an_error_is_there_and_none_that_nobody_says() -> None:
    said: set[str] = set()
    for path in COMMANDS.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        calls = len(re.findall(r"(?<!class )\b(?:CannotDo|Said)\(", text))
        words = re.findall(r'\b(?:CannotDo|Said)\(\s*"(\w+)"', text)
        # The one that is handed its word.
        assert len(words) == calls - text.count("Said(word, **filled)"), path.name
        said |= {*words}
    said |= {"of_file", "service"}
    assert said == error_words.WORDS.keys()


def reasons() -> set[str]:
    """Every state and reason that a delivery is given in the code, and every outcome of one of its leads."""
    found: set[str] = set(get_args(arrivals.State))
    found |= set(re.findall(r'Rejected\("(\w+)"', (DOORS / "form.py").read_text(encoding="utf-8")))
    for path in (*DOORS.glob("*.py"), ROUTERS / "forms.py"):
        text = path.read_text(encoding="utf-8")
        for pattern in (r'Settled\(\s*"(\w+)", "(\w+)"', r'refuse\([^)]*"(\w+)", "(\w+)"', r'"status": "(\w+)"()'):
            found |= {code for pair in re.findall(pattern, text) for code in pair if code}
    return found


def test_every_state_and_reason_of_deliveries_and_sends_has_words() -> None:
    assert {"honeypot", "gave_up", "no_source", "not_genuine", "origin", "updated", "to_be_fetched"} <= reasons()
    assert reasons() - set(delivery_words.WORDS) == set()
    said = {*get_args(sends.State), *telling._OUTCOMES.values()}
    assert said - {"gone"} - set(subscription_words.WORDS) == set()
