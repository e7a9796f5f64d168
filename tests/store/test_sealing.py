"""Secrets that are needed again in the clear."""

import pytest

from app.store.sealing import Seal, Unsealable

OLD, NEW = "an-older-key-of-enough-characters", "a-newer-key-of-enough-characters!"


def test_what_was_sealed_is_opened_and_does_not_show_the_secret() -> None:
    sealed = Seal([NEW]).seal("geheim 机密")
    assert b"geheim" not in sealed
    assert Seal([NEW]).open(sealed) == "geheim 机密"


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    seal = Seal([NEW])
    assert seal.seal("secret") != seal.seal("secret")


def test_what_an_older_key_sealed_is_still_opened_when_a_newer_one_comes_first() -> None:
    sealed = Seal([OLD]).seal("secret")
    assert Seal([NEW, OLD]).open(sealed) == "secret"
    with pytest.raises(Unsealable, match="LEAD_ROUTER_SECRET_KEY"):
        Seal([NEW]).open(sealed)


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(Seal([NEW]).seal("secret"))
    sealed[20] ^= 1
    with pytest.raises(Unsealable):
        Seal([NEW]).open(bytes(sealed))
