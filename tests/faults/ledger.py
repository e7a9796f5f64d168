"""What clients were told, against what the tables hold: the count that every fault test ends in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from app.store import database
from tests.faults.load import Load, Sent
from tests.lane.audit import audit

ROUTED = """
    SELECT a.seq, a.id::text, a.lead_id::text, a.status, a.reason, a.rep_id, l.email
    FROM leads l LEFT JOIN assignments a ON a.lead_id = l.id AND a.kind = 'routed' ORDER BY a.seq
"""


@dataclass(slots=True)
class Counts:
    """The two sides. ``cut``: requests that got no answer; ``refused``: those that got a 503; ``repeated``: answers to
    a repetition, read from the record."""

    sent: int = 0
    requests: int = 0
    answered: int = 0
    repeated: int = 0
    refused: int = 0
    cut: int = 0
    in_tables: int = 0
    lost: int = 0
    twice: int = 0

    def shown(self) -> dict[str, int]:
        """As it is written down."""
        return asdict(self)


async def settle(url: str, *loads: Load) -> Counts:
    """Compare, and fail at the first thing that is not as it was told; returns the counts.

    The loads must be all that has ever been sent to this database.
    """
    connection = await database.parse(url).connect()
    try:
        rows = await connection.fetch(ROUTED)
    finally:
        await connection.close()
    stored: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        stored.setdefault(row["email"], []).append(dict(row))
    sent = [lead for load in loads for lead in load.sent]
    counts = Counts(sent=len(sent), in_tables=len(rows))
    for lead in sent:
        _count(lead, stored.pop(lead.email, []), counts)
    assert not stored, f"nobody sent {list(stored)[:5]}"
    assert (counts.lost, counts.twice) == (0, 0), counts
    _fair(rows)
    assert await audit(url) == []
    return counts


def _count(lead: Sent, rows: Sequence[dict[str, object]], counts: Counts) -> None:
    counts.requests += len(lead.attempts)
    counts.answered += bool(lead.answers)
    counts.repeated += sum(answer["replayed"] for answer in lead.answers)
    counts.refused += sum(attempt.status == 503 for attempt in lead.attempts)
    counts.cut += sum(attempt.status is None for attempt in lead.attempts)
    counts.twice += len(rows) > 1
    for attempt in lead.attempts:
        assert attempt.status in (200, 201, 503, None), (lead.key, attempt)
        assert attempt.status != 503 or int(attempt.retry_after or 0) >= 1, (lead.key, attempt)
    if lead.answers and not rows:
        counts.lost += 1
    if not lead.answers and all(attempt.nothing_recorded for attempt in lead.attempts):
        assert not rows, f"{lead.key}: told that nothing was recorded, and it was"
    for answer in lead.answers:
        told = (
            answer["seq"], answer["assignment_id"], answer["lead_id"], answer["status"],
            answer["rep"] and answer["rep"]["id"],
        )  # fmt: skip
        assert [(r["seq"], r["id"], r["lead_id"], r["status"], r["rep_id"]) for r in rows[:1]] == [told], lead.key


def _fair(rows: Sequence[Any]) -> None:
    """All leads go to one team of equals: at no time has one had more than one more than another."""
    served: Counter[str] = Counter()
    reps = {row["rep_id"] for row in rows if row["rep_id"] is not None}
    for row in rows:
        if row["rep_id"] is not None:
            served[row["rep_id"]] += 1
            assert max(served.values()) - min(served[rep] for rep in reps) <= 1, (row["seq"], served)
    seqs = [row["seq"] for row in rows]
    assert all(one < following for one, following in pairwise(seqs)), "a lead without its record, or two with one"
