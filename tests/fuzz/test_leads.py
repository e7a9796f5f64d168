"""Whatever is sent as a lead becomes one that can be stored, and is the same lead however often it is read again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from app.engine.explain import notice_sentence
from app.engine.lead import Lead
from app.intake.body import read_json, read_object
from app.intake.correct import corrected, flatten
from app.intake.errors import UnreadableBody
from app.intake.normalise import DEEPEST_ATTRIBUTE, MOST_NOTICES, normalise
from tests.fuzz.strategies import leads, mistyped, values
from tests.fuzz.support import brief, few, grows_in_proportion, is_told

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def recorded(lead: Lead) -> Lead:
    """The lead as it comes back from the record. What Postgres refuses in JSON must not be in it."""
    written = orjson.dumps(lead.document())
    # As a text, with its backslash written as two, it is as good as any.
    assert b"\\u0000" not in written.replace(rb"\\", b"")
    return Lead.from_document(orjson.loads(written))


def facts(lead: Lead) -> dict[str, Any]:
    return lead.document()


@brief
@given(leads)
def test_a_lead_that_is_recorded_is_read_back_as_it_was(fields: dict[str, Any]) -> None:
    lead = normalise(fields, received_at=NOW)
    assert facts(recorded(lead)) == facts(lead)
    assert len(lead.notices) <= MOST_NOTICES
    for notice in lead.notices:
        for language in ("en", "zh"):
            notice_sentence(notice, language).encode()


@brief
@example({"region": "中国 浦东新区"})  # names the country, which is known the second time
@given(leads)
def test_a_lead_flattened_and_read_again_is_the_same_lead(fields: dict[str, Any]) -> None:
    lead = recorded(normalise(fields, received_at=NOW))
    again = normalise(flatten(lead), received_at=NOW)
    assert facts(again) == facts(lead)


@brief
@given(leads, leads)
def test_a_correction_ends_in_a_lead_and_one_that_says_nothing_changes_nothing(
    fields: dict[str, Any], patch: dict[str, Any]
) -> None:
    lead = recorded(normalise(fields, received_at=NOW))
    assert facts(corrected(lead, {}, received_at=NOW)) == facts(lead)
    other = corrected(lead, patch, received_at=NOW)
    assert facts(recorded(other)) == facts(other)
    assert facts(corrected(other, {}, received_at=NOW)) == facts(other)


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


bodies = mistyped(st.builds(as_json, values | leads))


def _whole(digits: str) -> float:
    """As it is promised: an integer beyond 64 bits is a double."""
    return int(digits) if -(2**63) <= int(digits) < 2**64 else float(digits)


@brief
@example(rb'{"ad\\u0000dress": ""}')
@given(bodies)
def test_a_body_is_json_or_it_is_said_where_it_is_not(raw: bytes) -> None:
    try:
        value, notices = read_json(raw)
    except UnreadableBody as error:
        is_told(error.where, error.message)
        return
    # What was read can be written, is sound, and says the same when it is read again.
    written = orjson.dumps(value)
    # As a text, with its backslash written as two, it is as good as any.
    assert b"\\u0000" not in written.replace(rb"\\", b"")
    again, none = read_json(written)
    assert again == value
    assert not [notice for notice in none if notice.code != "number_too_large"]
    if not notices:
        assert value == json.loads(raw.decode("utf-8-sig"), parse_int=_whole)
    if isinstance(value, dict):
        normalise(value, received_at=NOW, extra_notices=read_object(raw).notices)


@few
@given(
    st.sampled_from(['"', "\\", "{", "[", "a", "\\u0000", "\\ud800", "1", "-", "é", ",", '{"a":', "[1,", "\n", "9e9,"])
)
def test_a_longer_body_takes_only_so_much_longer(piece: str) -> None:
    def work(size: int) -> Any:
        raw = ('{"need": "' + piece * (size // len(piece))).encode()
        closed = [raw, raw + b'"}', b"[" + (piece * (size // len(piece))).encode() + b"]"]
        return lambda: [_read(one) for one in closed]

    grows_in_proportion(work, 20_000)


def _read(raw: bytes) -> None:
    try:
        value = read_json(raw).value
    except UnreadableBody:
        return
    if isinstance(value, dict):
        normalise(value, received_at=NOW)


@brief
@given(st.integers(1, 2 * DEEPEST_ATTRIBUTE), st.booleans(), st.integers(1, 300))
def test_attributes_are_kept_however_deep_and_many(depth: int, lists: bool, count: int) -> None:
    inside: Any = "x"
    for _ in range(depth):
        inside = [inside] if lists else {"a": inside}
    lead = recorded(normalise({f"field {number}": inside for number in range(count)}, received_at=NOW))
    again = normalise(flatten(lead), received_at=NOW)
    assert facts(again) == facts(lead)
