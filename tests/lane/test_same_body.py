"""When are two bodies the same delivery?"""

from typing import Any

import pytest

from app.intake.body import read_object
from app.lane.route import body_hash


def told(raw: str) -> bytes:
    fields: dict[str, Any] = read_object(raw.encode()).fields
    return body_hash(fields)


@pytest.mark.parametrize(
    "other",
    [
        '{"b": [1, {"c": 2}], "a": 5}',
        '{"a":5.0,"b":[1.0,{"c":2e0}]}',
        '{ "a" : 5 , "b" : [ 1 , { "c" : 2 } ] }',
        '{"\\u0061":5,"b":[1,{"c":2}]}',
    ],
)
def test_how_a_body_is_written_does_not_matter(other: str) -> None:
    assert told('{"a":5,"b":[1,{"c":2}]}') == told(other)


@pytest.mark.parametrize(
    "other", ['{"a":"5"}', '{"a":5.5}', '{"a":true}', '{"a":null}', "{}", '{"a":[5]}', '{"a":5,"b":null}']
)
def test_another_value_is_another_body(other: str) -> None:
    assert told('{"a":5}') != told(other)


def test_numbers_beyond_what_a_double_tells_apart_stay_apart() -> None:
    assert told('{"a":9007199254740993}') != told('{"a":9007199254740992}')
