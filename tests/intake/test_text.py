from __future__ import annotations

import time
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.text import MARKS_IN_A_ROW
from app.intake.text import ascii_slug, fold, line, lines, plain, slug, sound


def test_an_ideograph_is_its_own_plain_form_and_one_of_another_form_is_not() -> None:
    for point in range(0x4E00, 0xA000):
        one = chr(point)
        assert plain(one) == one == normalize("NFD", normalize("NFKC", one.casefold()))
        assert one.isalnum()
    assert plain("\uf900") == "\u8c48"


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
        ("A\u0300\ua82c", "a"),
        ("e\u0301\u093cn", "e\u093cn"),
    ],
)
def test_names_are_looked_up_without_accents_but_scripts_keep_their_marks(text: str, key: str) -> None:
    assert plain(text) == key


def test_a_code_s_slug_is_ascii() -> None:
    assert ascii_slug("Ürümqi") == "urumqi"
    assert ascii_slug("Xi’an") == "xian"


@pytest.mark.parametrize("marks", ["\u0315\u0300", "\u0f73", "\u0f75\u0f81", "\uff9e\u0f73"])
def test_endless_marks_are_kept_to_as_many_as_text_ever_has(marks: str) -> None:
    # U+0F73 and its like have no combining class themselves; what they are taken apart into has.
    text = "a" + marks * 200_000
    begin = time.process_time()
    assert len(sound(text)) == 1 + MARKS_IN_A_ROW
    for clean in (fold, line, lines):
        clean(text)
        assert clean(clean(text)) == clean(text)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("marks", [10, 15, 16, 29, 30, 31, 60, 61])
def test_marks_that_stand_for_two_are_cut_once(marks: int) -> None:
    for text in ("a" + "\u0f73" * marks, "a" + "\u0344" * marks, "a" + "\u0301" * marks):
        for clean in (sound, line, lines, fold):
            assert clean(clean(text)) == clean(text)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for clean in (sound, line, lines, plain, fold):
        assert clean(clean(text)) == clean(text), clean


@given(st.text())
def test_a_slug_is_its_own_slug(text: str) -> None:
    assert slug(slug(text) or "") == slug(text)
