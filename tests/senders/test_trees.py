from __future__ import annotations

import time

import pytest

from app.senders.trees import LONGEST_KEY, Naming, full_name, key_of, lifted


def test_no_field_takes_the_place_of_another() -> None:
    naming = Naming()
    for name in ("Phone", "Phone 2", "Phone", "Phone", " Phone\n", "", ""):
        naming.add(name, len(naming.fields))
    assert list(naming.fields) == ["Phone", "Phone 2", "Phone 3", "Phone 4", "Phone 5", "field", "field 2"]
    assert list(naming.fields.values()) == list(range(7))


def test_the_first_that_is_known_to_be_an_address_is_called_so_and_others_keep_their_names() -> None:
    naming = Naming()
    naming.add("Write to", "a", "email")
    naming.add("Or to", "b", "email")
    naming.add("email", "c")
    assert naming.fields == {"email": "a", "Or to": "b", "email 2": "c"}


def test_a_name_that_is_far_too_long_is_cut_and_still_its_own() -> None:
    naming = Naming()
    naming.add("x" * 5_000, 1)
    naming.add("x" * 5_001, 2)
    assert sorted(map(len, naming.fields)) == [200, 202]


def test_a_great_many_fields_of_one_name_take_no_longer_each() -> None:
    pairs = [{"label": f"a {number}", "value": 1} for number in range(25_000)]
    pairs += [{"label": "a", "value": 1}] * 25_000
    started = time.process_time()
    assert len(lifted({"fields": pairs})) == 50_000
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Anna", "Berg", "Anna Berg"),
        ("小明", "王", "王小明"),
        ("민준", "김", "김민준"),
        ("Anna", "王", "Anna 王"),
        ("", "Berg", "Berg"),
        (" Anna ", "", "Anna"),
        ("", "", ""),
    ],
)
def test_a_name_is_put_together_in_the_order_of_its_script(first: str, last: str, name: str) -> None:
    assert full_name(first, last) == name


def test_a_long_key_is_cut_without_becoming_another() -> None:
    long = "é" * 5_000
    keys = {key_of(long), key_of(long + "a"), key_of(long[:-1])}
    assert len(keys) == 3
    assert all(key is not None and len(key) <= LONGEST_KEY for key in keys)
    assert key_of("x" * LONGEST_KEY) == "x" * LONGEST_KEY


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (7, "7"),
        (7.0, "7"),
        (" a ", "a"),
        (2**63, str(2**63)),
        ("", None),
        (7.5, None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_ids_are_keys_whether_they_come_as_texts_or_numbers(value: object, key: str | None) -> None:
    assert key_of(value) == key


def test_a_nul_and_half_a_letter_are_in_no_key() -> None:
    assert key_of("a\x00b\ud800") == "a\ufffdb\ufffd"
