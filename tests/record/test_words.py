"""There is a word for everything that the record can tell, in both languages."""

from app.record.again import Incomparable
from app.record.words import incomparable_sentence


def test_every_reason_for_not_computing_again_is_said() -> None:
    for why in Incomparable:
        said = {incomparable_sentence(why, "en"), incomparable_sentence(why, "zh")}
        assert len(said) == 2
        assert all(one.endswith((".", "。")) for one in said)
