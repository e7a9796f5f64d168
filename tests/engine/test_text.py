"""Folding: what is equal stays equal, and no text can make it slow."""

import time

import pytest

from app.engine.text import fold


@pytest.mark.parametrize("marks", ["\u0315\u0300", "\u0f73", "\u0f75\u0f81"])
def test_endless_marks_do_not_hold_up_folding(marks: str) -> None:
    begin = time.process_time()
    fold("a" + marks * 200_000)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("length", [100, 5_000, 200_000])
def test_a_long_text_is_folded_once_however_many_rules_ask_for_it(length: int) -> None:
    text = "\ufdfa" * length
    assert fold(text) is fold(text)
