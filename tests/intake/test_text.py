from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.text import MARKS_IN_A_ROW, ascii_slug, fold, line, lines, plain, slug, sound


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Email Campaign", "email-campaign"),
        (" 展会 / Expo_2025 ", "展会-expo_2025"),
        ("ＷｅＣｈａｔ", "wechat"),
        ("v1.2", "v1.2"),
        ("a" * 100, "a" * 64),
        ("--", None),
        ("🙂", None),
    ],
)
def test_a_source_becomes_a_slug(text: str, code: str | None) -> None:
    assert slug(text) == code


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Côte d’Ivoire", "cote divoire"),
        ("Łódź", "lodz"),
        ("São  Paulo!", "sao paulo"),
        ("東京都", "東京都"),
        ("ガス", "ガス"),
        ("서울", "서울"),
        ("मुंबई", "मुंबई"),
    ],
)
def test_names_are_looked_up_without_accents_but_scripts_keep_their_marks(text: str, key: str) -> None:
    assert plain(text) == key


def test_a_code_s_slug_is_ascii() -> None:
    assert ascii_slug("Ürümqi") == "urumqi"
    assert ascii_slug("Xi’an") == "xian"


def test_endless_marks_are_kept_to_as_many_as_text_ever_has() -> None:
    text = "a" + "\u0315\u0300" * 200_000
    begin = time.perf_counter()
    assert len(sound(text)) == 1 + MARKS_IN_A_ROW
    fold(text)
    assert time.perf_counter() - begin < 0.5


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for clean in (sound, line, lines, plain, fold):
        assert clean(clean(text)) == clean(text), clean


@given(st.text())
def test_a_slug_is_its_own_slug(text: str) -> None:
    assert slug(slug(text) or "") == slug(text)
