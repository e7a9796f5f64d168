"""How is a decision shown to those who call? The answer of the contract, in their language."""

from __future__ import annotations

from typing import Any

from app.engine.decision import Decision
from app.engine.explain import Language, notice_sentence, sentence
from app.engine.lead import Notice
from app.lane.batch import Answer


def lead_answer(answer: Answer, language: Language, *, trace: bool = False) -> dict[str, Any]:
    """The answer to a lead: who, why, and under which version. Nothing is ever absent, only null."""
    d = answer.decision
    rep = d.rep
    shown: dict[str, Any] = {
        "lead_id": answer.lead_id,
        "status": d.status,
        "reason": d.reason,
        "score": d.score.total if d.score is not None else None,
        "tier": d.tier,
        "rule": d.rule,
        "rule_name": d.rule_name,
        "rep": None if rep is None else {"id": rep.id, "name": rep.name, "email": rep.email},
        "team": d.team,
        "assignment_id": answer.assignment_id,
        "seq": answer.seq,
        "policy_version": d.policy_version,
        "assigned_at": d.decided_at,
        "first_contact_due": d.first_contact_due,
        "replayed": answer.replayed,
        "duplicate_of": d.recognition.person,
        "warnings": warnings(answer.notices, language),
        "explanation": sentence(d, language),
    }
    if trace:
        shown["trace"] = trace_of(d)
    return shown


def warnings(notices: tuple[Notice, ...], language: Language) -> list[dict[str, Any]]:
    """Notices as the caller reads them."""
    return [
        {"field": notice.field, "code": notice.code, "message": notice_sentence(notice, language)} for notice in notices
    ]


def trace_of(d: Decision) -> dict[str, Any]:
    """The whole trace of why."""
    return {
        "recognition": d.recognition,
        "screen": d.screen,
        "score": d.score,
        "tier": d.tier,
        "strategy": d.strategy,
        "rules": d.steps,
        "engine_version": d.engine_version,
        "actor": d.actor,
        "note": d.note,
    }
