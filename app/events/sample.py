"""What is told when somebody wants to see whether telling works? An event that never was, of invented people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.channels.base import Event
from app.engine.decision import Decision, RepRef, Score, Status
from app.engine.explain import Language, sentence
from app.engine.lead import Lead
from app.engine.roster import Rep, RepId, TeamId
from app.engine.roster_document import rep_document
from app.events.record import TYPES, data_of_lead, plain, shown_lead, shown_rep
from app.lane.batch import new_id
from app.record.shown import answered

_LEAD_ID: Final = UUID("01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11")
_RECORD_ID: Final = UUID("01980f5e-7a10-7d02-8a41-5c0e9b7d4e22")

_LEAD: Final = Lead(
    external_id="sample-1",
    source="website",
    name="Wei Sample",
    title="Head of Purchasing",
    email="wei@example.com",
    company="Sample Factory Ltd",
    city="Suzhou",
    product="sample product",
    need="This is a test: nobody has asked for anything.",
)
_REP: Final = Rep(id=RepId("sample-rep"), name="Lin Sample", email="lin@example.com")
_BEFORE: Final = Rep(id=RepId("sample-before"), name="Ann Sample", email="ann@example.com")


def sample_event(types: Sequence[str], now: datetime, language: Language) -> Event:
    """A made-up event of the first of these types; ``test`` in its data says that it is one."""
    type_ = types[0] if types else TYPES[0]
    event_id = f"evt_test_{new_id().hex}"
    if not type_.startswith("lead."):
        data: dict[str, Any] = {"policy": {"version": 1, "name": "a sample", "activated_at": now, "actor": "test"}}
        if type_ == "rep.changed":
            document = rep_document(_REP)
            data = {"rep": {**document, **shown_rep(document)}, "change": "changed", "fields": {}, "actor": "test"}
        return Event(event_id, type_, now, 0, None, plain({**data, "test": True}))
    d = _decision(type_, now)
    about = data_of_lead(
        shown_lead(_LEAD_ID, _LEAD),
        {**answered(_LEAD_ID, _RECORD_ID, 0, d, (), language), "kind": "routed", "actor": None, "note": None},
        {"en": sentence(d, "en"), "zh": sentence(d, "zh")},
        **_people(type_),
    )
    return Event(event_id, type_, now, 0, _LEAD_ID, plain({**about, "test": True}), 0)


def _decision(type_: str, now: datetime) -> Decision:
    status = {"lead.queued": Status.QUEUED, "lead.rejected": Status.REJECTED}.get(type_, Status.ASSIGNED)
    given = status is Status.ASSIGNED
    return Decision(
        status=status,
        rep=RepRef(_REP.id, _REP.name, _REP.email) if given else None,
        team=TeamId("sample-team"),
        rule="sample-rule",
        rule_name="a sample rule",
        score=Score(8),
        tier="A",
        first_contact_due=now + timedelta(hours=24) if given else None,
        policy_version=1,
        decided_at=now,
        actor="test",
    )


def _people(type_: str) -> Mapping[str, dict[str, Any] | None]:
    given = type_ in ("lead.assigned", "lead.reassigned")
    return {
        "rep": rep_document(_REP) if given else None,
        "previous_rep": rep_document(_BEFORE) if type_ == "lead.reassigned" else None,
    }
