"""What is told when somebody wants to see whether telling works? An event that never was, of invented people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Sample:
    """The people and words of the event in one language: a test is read by those who read that language."""

    lead: Lead
    rep: Rep
    before: Rep
    rule: str
    policy: str


_SAMPLES: Final[Mapping[Language, _Sample]] = {
    "en": _Sample(
        lead=Lead(
            external_id="sample-1",
            source="website",
            name="Wei Sample",
            title="Head of Purchasing",
            email="wei@example.com",
            company="Sample Factory Ltd",
            city="Suzhou",
            product="sample product",
            need="This is a test: nobody has asked for anything.",
        ),
        rep=Rep(id=RepId("sample-rep"), name="Lin Sample", email="lin@example.com"),
        before=Rep(id=RepId("sample-before"), name="Ann Sample", email="ann@example.com"),
        rule="a sample rule",
        policy="a sample",
    ),
    "zh": _Sample(
        lead=Lead(
            external_id="sample-1",
            source="website",
            name="魏样例",
            title="采购总监",
            email="wei@example.com",
            company="样例科技有限公司",
            city="苏州",
            product="样例产品",
            need="这是一次测试，并没有人提出需求。",
        ),
        rep=Rep(id=RepId("sample-rep"), name="林样例", email="lin@example.com"),
        before=Rep(id=RepId("sample-before"), name="安样例", email="ann@example.com"),
        rule="样例规则",
        policy="样例",
    ),
}


def sample_event(types: Sequence[str], now: datetime, language: Language) -> Event:
    """A made-up event of the first of these types, in this language; ``test`` in its data says that it is one."""
    sample = _SAMPLES[language]
    type_ = types[0] if types else TYPES[0]
    event_id = f"evt_test_{new_id().hex}"
    if not type_.startswith("lead."):
        data: dict[str, Any] = {"policy": {"version": 1, "name": sample.policy, "activated_at": now, "actor": "test"}}
        if type_ == "rep.changed":
            document = rep_document(sample.rep)
            data = {"rep": {**document, **shown_rep(document)}, "change": "changed", "fields": {}, "actor": "test"}
        return Event(event_id, type_, now, 0, None, plain({**data, "test": True}))
    d = _decision(sample, type_, now)
    about = data_of_lead(
        shown_lead(_LEAD_ID, sample.lead),
        {**answered(_LEAD_ID, _RECORD_ID, 0, d, (), language), "kind": "routed", "actor": None, "note": None},
        {"en": sentence(d, "en"), "zh": sentence(d, "zh")},
        **_people(sample, type_),
    )
    return Event(event_id, type_, now, 0, _LEAD_ID, plain({**about, "test": True}), 0)


def _decision(sample: _Sample, type_: str, now: datetime) -> Decision:
    status = {"lead.queued": Status.QUEUED, "lead.rejected": Status.REJECTED}.get(type_, Status.ASSIGNED)
    given = status is Status.ASSIGNED
    return Decision(
        status=status,
        rep=RepRef(sample.rep.id, sample.rep.name, sample.rep.email) if given else None,
        team=TeamId("sample-team"),
        rule="sample-rule",
        rule_name=sample.rule,
        score=Score(8),
        tier="A",
        first_contact_due=now + timedelta(hours=24) if given else None,
        policy_version=1,
        decided_at=now,
        actor="test",
    )


def _people(sample: _Sample, type_: str) -> Mapping[str, dict[str, Any] | None]:
    given = type_ in ("lead.assigned", "lead.reassigned")
    return {
        "rep": rep_document(sample.rep) if given else None,
        "previous_rep": rep_document(sample.before) if type_ == "lead.reassigned" else None,
    }
