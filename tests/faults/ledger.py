"""What clients were told, against what the tables hold: the count that every fault test ends in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.store import database
from tests.faults.load import Load, Sent
from tests.lane.audit import audit

Row = Mapping[str, Any]

FIRST = """
    -- Every lead with its first record. What was kept as it came has its address in its body.
    SELECT l.id::text AS lead_id, coalesce(l.email, l.body ->> 'email') AS email, a.seq, a.id::text, a.status, a.rep_id
    FROM leads l LEFT JOIN assignments a ON a.lead_id = l.id AND a.kind = 'routed'
"""

GIVEN = "SELECT seq, rep_id FROM assignments WHERE rep_id IS NOT NULL ORDER BY seq"


@dataclass(slots=True)
class Counts:
    """The two sides of the last load.

    ``sent``: leads. ``requests``: how often they were sent. ``answered``: leads whose decision was told. ``repeated``:
    answers that were read from the record. ``refused``: requests that got a 503. ``cut``: requests without an answer.
    """

    sent: int = 0
    requests: int = 0
    answered: int = 0
    repeated: int = 0
    refused: int = 0
    cut: int = 0
    in_tables: int = 0
    lost: int = 0
    twice: int = 0


async def settle(url: str, *loads: Load, fair: bool = True) -> Counts:
    """Compare, and fail if anything is not as it was told; returns the counts of the last load.

    The loads must be all that has ever been sent to this database. ``fair``: whether all leads went to one team of
    equals who were always there.
    """
    connection = await database.parse(url).connect()
    try:
        rows = await connection.fetch(FIRST)
        given = await connection.fetch(GIVEN)
    finally:
        await connection.close()
    stored: dict[str, list[Row]] = {}
    for row in rows:
        stored.setdefault(row["email"], []).append(row)
    counts = Counts()
    for load in loads:
        counts = Counts()
        for lead in load.sent:
            _compare(lead, stored.pop(lead.email, []), counts)
        assert (counts.lost, counts.twice) == (0, 0), counts
    assert not stored, f"nobody sent {list(stored)[:5]}"
    if fair:
        _fair(given)
    assert await audit(url) == []
    return counts


def _compare(lead: Sent, rows: Sequence[Row], counts: Counts) -> None:
    counts.sent += 1
    counts.requests += len(lead.attempts)
    counts.answered += bool(lead.answers)
    # Senders of webhooks are told that it was taken, and no decision.
    told_more = [answer for answer in lead.answers if answer]
    counts.repeated += sum(answer["replayed"] for answer in told_more)
    counts.refused += sum(attempt.status == 503 for attempt in lead.attempts)
    counts.cut += sum(attempt.status is None for attempt in lead.attempts)
    counts.in_tables += len(rows)
    counts.twice += len(rows) > 1
    counts.lost += bool(lead.answers) and not rows
    for attempt in lead.attempts:
        assert attempt.status in (200, 201, 503, None), (lead.key, attempt)
        assert attempt.status != 503 or int(attempt.retry_after or 0) >= 1, (lead.key, attempt)
    if not lead.answers and all(attempt.nothing_recorded for attempt in lead.attempts):
        assert not rows, f"{lead.key}: told that nothing was recorded, and it was"
    kept = [(row["seq"], row["id"], row["lead_id"], row["status"], row["rep_id"]) for row in rows]
    for answer in told_more:
        rep = answer["rep"] and answer["rep"]["id"]
        told = (answer["seq"], answer["assignment_id"], answer["lead_id"], answer["status"], rep)
        assert told in kept or not kept, (lead.key, told, kept)


def _fair(given: Sequence[Row]) -> None:
    """At no time has one rep had two more than another."""
    served = Counter(dict.fromkeys((row["rep_id"] for row in given), 0))
    for row in given:
        served[row["rep_id"]] += 1
        assert max(served.values()) - min(served.values()) <= 1, (row["seq"], served)
