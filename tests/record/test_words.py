"""There is a word for everything that the record can tell, in both languages."""

from __future__ import annotations

from typing import get_args

from app.engine.explain import Language
from app.record.again import Incomparable
from app.record.found import SHOWN, Found, Wrong
from app.record.verify import Difference
from app.record.words import difference_sentence, incomparable_count, incomparable_sentence, wrong_lines

LANGUAGES: tuple[Language, ...] = get_args(Language)


def test_every_reason_for_not_computing_again_is_said() -> None:
    for why in Incomparable:
        said = {incomparable_sentence(why, language) for language in LANGUAGES}
        assert len(said) == 2
        assert all(one.endswith((".", "。")) for one in said)
        assert len({incomparable_count(why, 1234, language) for language in LANGUAGES}) == 2
    assert incomparable_count(Incomparable.BY_HAND, 1234, "en") == "1,234 decided by hand"
    assert incomparable_count(Incomparable.BY_HAND, 1234, "zh") == "人工决定 1,234 条"


def test_every_kind_of_contradiction_is_said_the_first_ones_and_how_many_more() -> None:
    found = Found()
    for kind in Wrong:
        for number in range(SHOWN + 2):
            found(kind, f"place {number}")
    for language, colon, more in (("en", ": ", "and 2 more"), ("zh", "：", "另有 2 处")):
        lines = wrong_lines(found, language)  # type: ignore[arg-type]
        assert len(lines) == len(Wrong) * (SHOWN + 1) == len(set(lines))
        assert sum(f"{colon}place 0" in line for line in lines) == len(Wrong)
        assert sum(more in line for line in lines) == len(Wrong)


def test_a_difference_names_the_record_and_what_differs() -> None:
    differs = Difference(7, ("decision.rep", "effects.turn"))
    assert difference_sentence(differs, "en") == "seq 7: decided again, it differs in decision.rep, effects.turn"
    assert difference_sentence(differs, "zh") == "序号 7：重新决策后，decision.rep、effects.turn 不同"
    failed = Difference(7, failed="KeyError: 'x'")
    assert difference_sentence(failed, "en") == "seq 7: cannot be decided again: KeyError: 'x'"
