"""How does the history become a spreadsheet? As CSV that Excel reads right, page by page, and harmless to open."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Final

from app.engine.explain import Language
from app.lane.rest import Resting
from app.record.cells import MARK, cell
from app.routers.present import record_answer
from app.routers.service import Service
from app.store import history, search

PAGE: Final = 500
"""Decisions that are read at a time, each page in a transaction of its own."""

TOGETHER: Final = 20
"""Decisions that are written out without a pause: leads wait for them where they come to the same worker."""

REST: Final = 9
"""While leads come in: for how many times as long as it has worked the export rests."""

COLUMNS: Final = (
    "seq", "assigned_at", "kind", "status", "reason", "rep", "rep_name", "team", "rule", "rule_name", "strategy",
    "score", "tier", "source", "region", "industry", "first_contact_due", "external_id", "name", "email", "phone",
    "company", "explanation", "actor", "note", "policy_version", "lead_id", "assignment_id",
)  # fmt: skip
"""The header of the export."""


def row_of(shown: dict[str, Any]) -> list[Any]:
    """One decision as cells, in the order of the columns."""
    rep = shown["rep"] or {}
    flat = {
        **shown,
        **shown["lead"],
        "rep": rep.get("id"),
        "rep_name": rep.get("name"),
        "assigned_at": shown["assigned_at"].isoformat(),
        "first_contact_due": None if shown["first_contact_due"] is None else shown["first_contact_due"].isoformat(),
    }
    return [cell(flat[column]) for column in COLUMNS]


async def exported(
    service: Service, chosen: history.RecordFilter, language: Language, *, before: int | None, most: int | None
) -> AsyncIterator[bytes]:
    """The CSV in parts, newest first: the header with the first page, then page after page; at most ``most`` rows."""
    head: list[Any] | None = [MARK + COLUMNS[0], *COLUMNS[1:]]
    left = most
    while True:
        size = PAGE if left is None else min(PAGE, left)
        async with service.reading() as connection:
            rows = await search.records(connection, chosen, limit=size, before=before)
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        if head is not None:
            writer.writerow(head)
            head = None
        for start in range(0, len(rows), TOGETHER):
            async with Resting(REST if service.lane.busy else 0):
                writer.writerows(row_of(record_answer(row, language)) for row in rows[start : start + TOGETHER])
        if text := buffer.getvalue():
            yield text.encode()
        left = None if left is None else left - len(rows)
        if len(rows) < size or left == 0:
            return
        before = rows[-1]["seq"]
