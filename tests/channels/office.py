"""Events of an office that is made up, and a client that may call this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.channels.base import Channel, Event, Told
from app.engine.explain import Language
from app.net.allowed import Allowed
from app.net.guard import Guard
from app.net.http import HttpClient, open_client

LEAD_ID = UUID("01930000-0000-7000-8000-000000000001")
AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)

REP = {
    "id": "east-1",
    "name": "Mia Example",
    "email": "mia@example.com",
    "language": "en",
    "timezone": "Asia/Shanghai",
    "attributes": {"chat_id": "U0MIA", "mobile": "13800000001", "wecom_id": "mia.example"},
}
MANAGER = {"id": "lead-1", "name": "Noor Example", "email": "noor@example.com", "language": "zh", "attributes": {}}

LEAD = {
    "external_id": "crm-501",
    "source": "website",
    "campaign": "spring",
    "name": "Jane Doe",
    "title": "Head of Purchasing",
    "email": "jane.doe@example.org",
    "phone": "+8613900000002",
    "company": "Acme Robots",
    "city": "Suzhou",
    "country": "CN",
    "product": "Arm 7",
    "need": "Twelve arms for a new line",
    "budget": 300000,
    "currency": "CNY",
    "referrer": "friend@example.org",
    "attributes": {"note": "met at the fair"},
}

DECISION = {
    "status": "assigned",
    "score": 13,
    "tier": "A",
    "rule_name": "region",
    "first_contact_due": datetime(2026, 3, 3, 2, 30, tzinfo=UTC),
    "explanation": "Rule “region” gave it to Mia Example, whose turn it was, of 3 able (score 13, tier A).",
}

EXPLANATIONS: Mapping[Language, str] = {
    "en": "Rule “region” gave it to Mia Example, whose turn it was, of 3 able (score 13, tier A).",
    "zh": "规则“region”将线索分配给 Mia Example，能接的有 3 位，轮到这一位（评分 13，价值等级 A）。",
}

ASSIGNED = Event(
    id="evt_assigned_1",
    type="lead.assigned",
    at=AT,
    revision=41,
    lead_id=LEAD_ID,
    data={"lead": LEAD, "decision": DECISION, "rep": REP, "manager": MANAGER},
    seq=7,
    explanations=EXPLANATIONS,
)
REASSIGNED = replace(
    ASSIGNED,
    id="evt_reassigned_1",
    type="lead.reassigned",
    data={**ASSIGNED.data, "previous_rep": {"id": "east-2", "name": "Lou Example"}},
)
QUEUED = Event(
    id="evt_queued_1",
    type="lead.queued",
    at=AT,
    revision=42,
    lead_id=LEAD_ID,
    data={"lead": LEAD, "decision": {**DECISION, "status": "queued", "first_contact_due": None}, "rep": None},
    seq=8,
    explanations={
        "en": "No rule of the policy applies; it waits in the queue.",
        "zh": "没有适用的规则，线索在线索池中等待。",
    },
)
REJECTED = replace(
    QUEUED,
    id="evt_rejected_1",
    type="lead.rejected",
    explanations={"en": "Screening “no way to reach” rejected it.", "zh": "线索被筛选条件“no way to reach”拒绝。"},
)
ACTIVATED = Event("evt_activated_1", "policy.activated", AT, 43, None, {"policy": {"version": 8, "name": "spring"}})
CHANGED = Event("evt_changed_1", "rep.changed", AT, 44, None, {"rep": REP})
TEST = replace(ASSIGNED, id="evt_test_1", type="test")

ALL = (ASSIGNED, REASSIGNED, QUEUED, REJECTED, ACTIVATED, CHANGED, TEST)


def about(**lead: Any) -> Event:
    """The assignment of another lead."""
    return replace(ASSIGNED, data={**ASSIGNED.data, "lead": {**LEAD, **lead}})


def many(count: int, **lead: Any) -> list[Event]:
    """The assignments of so many leads, each with a name of its own."""
    return [
        replace(
            ASSIGNED,
            id=f"evt_{n}",
            lead_id=UUID(int=n + 1),
            data={**ASSIGNED.data, "lead": {**LEAD, "name": f"Person {n}", "external_id": f"crm-{n}", **lead}},
        )
        for n in range(count)
    ]


def told(
    channel: Channel,
    settings: Mapping[str, Any],
    secrets: Mapping[str, tuple[str, ...]],
    *,
    language: Language = "en",
    personal: bool = True,
) -> Told:
    """How a channel is told, with its settings read by its own model."""
    return Told(channel.settings.model_validate(settings), secrets, language, personal)


@asynccontextmanager
async def calling(*, guard: Guard | None = None, **options: Any) -> AsyncIterator[HttpClient]:
    """A client that may call this machine."""
    client = await open_client(guard or Guard(Allowed(everything=True)), **options)
    try:
        yield client
    finally:
        await client.aclose()
