"""The leads that the bench sends are as varied as it says, and each of them is somebody new."""

from itertools import islice

from app.engine.recognise import keys_of
from bench.leads import Sender


def test_no_two_leads_share_a_key() -> None:
    keys = [key for lead in islice(Sender().read(), 2000) for _, key in keys_of(lead)]
    assert len(keys) == len(set(keys))
    assert len(keys) > 3.8 * 2000


def test_the_same_seed_gives_the_same_leads() -> None:
    assert list(islice(Sender(seed=7).bodies(), 200)) == list(islice(Sender(seed=7).bodies(), 200))
