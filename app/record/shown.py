"""What of a decision do others get to see? The contract's shape, in their language, which answers and events share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.engine.decision import Decision
from app.engine.explain import Language, notice_sentence, sentence
from app.engine.lead import Notice


def answered(
    lead_id: UUID | None,
    assignment_id: UUID | None,
    seq: int | None,
    d: Decision,
    notices: tuple[Notice, ...],
    language: Language,
    *,
    replayed: bool = False,
) -> dict[str, Any]:
    """A decision as ``POST /v1/leads`` answers it. Nothing is ever absent, only null."""
    return {
        "lead_id": lead_id,
        **decided(d, language),
        "assignment_id": assignment_id,
        "seq": seq,
        "replayed": replayed,
        "warnings": warnings(notices, language),
    }


def decided(d: Decision, language: Language) -> dict[str, Any]:
    """What was decided, as answers and the history show it."""
    rep = d.rep
    return {
        "status": d.status,
        "reason": d.reason,
        "score": d.score.total if d.score is not None else None,
        "tier": d.tier,
        "rule": d.rule,
        "rule_name": d.rule_name,
        "rep": None if rep is None else {"id": rep.id, "name": rep.name, "email": rep.email},
        "team": d.team,
        "policy_version": d.policy_version,
        "assigned_at": d.decided_at,
        "first_contact_due": d.first_contact_due,
        "duplicate_of": d.recognition.person,
        "explanation": sentence(d, language),
    }


def warnings(notices: tuple[Notice, ...], language: Language) -> list[dict[str, Any]]:
    """Notices as the caller reads them."""
    return [
        {"field": notice.field, "code": notice.code, "message": notice_sentence(notice, language)} for notice in notices
    ]
