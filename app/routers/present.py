"""How is a decision shown to those who call? The answer of the contract, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from app.chinese.lookup import in_words
from app.engine.decision import Decision
from app.engine.explain import Language, failure_sentence, sentence
from app.engine.lead import Lead
from app.engine.not_applied import NotApplied
from app.intake.correct import flatten
from app.lane.batch import Answer, notices_from
from app.lane.correct import recorded_as
from app.record.again import Incomparable
from app.record.shown import answered, decided, warnings
from app.record.words import incomparable_sentence
from app.store.history import Row


def noted(found: Iterable[Mapping[str, Any]], language: Language) -> list[dict[str, Any]]:
    """What was found in what somebody wrote, be it wrong or odd, with each ``message`` in their language."""
    return [{**one, "message": in_words(one["message"], language)} for one in found]


def said_in(kept: str | None, language: Language) -> str | None:
    """What was kept in English of why something went wrong, in the language of whoever asks."""
    return None if kept is None else in_words(kept, language)


def lead_answer(
    answer: Answer, language: Language, *, trace: bool = False, others: NotApplied | Incomparable | None = None
) -> dict[str, Any]:
    """The answer to a lead: who, why, and under which version. Nothing is ever absent, only null.

    ``others``, if they were asked for, are told in the trace.
    """
    d = answer.decision
    shown = answered(
        answer.lead_id, answer.assignment_id, answer.seq, d, answer.notices, language, replayed=answer.replayed
    )
    if trace:
        shown["trace"] = {**trace_of(d), **({} if others is None else others_of(others, language))}
    return shown


def record_answer(
    row: Row, language: Language, *, trace: bool = False, others: NotApplied | Incomparable | None = None
) -> dict[str, Any]:
    """One decision of the history; ``others``, if they were asked for, are told in its trace."""
    d = Decision.from_document(orjson.loads(row["decision"]))
    shown = {
        "assignment_id": row["id"],
        "seq": row["seq"],
        "revision": row["revision"],
        "kind": row["kind"],
        "lead_id": row["lead_id"],
        "lead": {name: row[name] for name in ("external_id", "name", "email", "phone", "company")},
        "source": row["source"],
        "region": row["region"],
        "industry": row["industry"],
        **decided(d, language),
        "strategy": d.strategy,
        "actor": d.actor,
        "note": d.note,
    }
    if trace:
        shown["trace"] = {**trace_of(d), **({} if others is None else others_of(others, language))}
    return shown


def change_answer(row: Row) -> dict[str, Any]:
    """A closing or correction of a lead, as the record has it: of a correction which fields, and not their values."""
    detail = orjson.loads(row["detail"])
    fields = detail.get("fields")
    return {
        "revision": row["revision"],
        "kind": row["kind"].removeprefix("lead."),
        "actor": row["actor"],
        "at": row["at"],
        "outcome": detail.get("outcome"),
        # Earlier releases recorded also the names that senders gave to fields of their own.
        "fields": None if fields is None else list(dict.fromkeys(map(recorded_as, fields))),
    }


def lead_state(row: Row, decided: str | None, language: Language) -> dict[str, Any]:
    """A lead as it stands: its facts as contract fields, where it is, and why, as was ``decided`` last (as JSON)."""
    queued = row["status"] == "queued"
    lead = Lead.from_document(orjson.loads(row["facts"]))
    rep = row["rep_id"]
    return {
        "lead_id": row["id"],
        "status": row["status"],
        "reason": row["reason"],
        "rep": None if rep is None else {"id": rep, "name": row["rep_name"], "email": row["rep_email"]},
        "team": row["team_id"],
        "rule": row["rule_id"],
        "score": row["score"],
        "tier": row["tier"],
        "policy_version": row["policy_version"],
        "seq": row["latest_seq"],
        "received_at": row["received_at"],
        "updated_at": row["updated_at"],
        "queued_at": row["queued_at"],
        "waiting_seconds": round(max(0.0, row["waiting"]), 3) if queued and row["waiting"] is not None else None,
        "closed_at": row["closed_at"],
        "outcome": row["outcome"],
        "region": row["region"],
        "industry": row["industry"],
        "facts": flatten(lead),
        "body": None if row["body"] is None else orjson.loads(row["body"]),
        "warnings": warnings(notices_from(row["warnings"]), language),
        "explanation": None if decided is None else sentence(Decision.from_document(orjson.loads(decided)), language),
    }


def others_of(others: NotApplied | Incomparable, language: Language) -> dict[str, Any]:
    """What ``explain`` adds to a trace: why other rules did not apply, or why that cannot be told."""
    if isinstance(others, Incomparable):
        unexplained = {"code": others, "message": incomparable_sentence(others, language)}
        return {"not_applied": None, "not_reached": None, "unexplained": unexplained}
    return {
        "not_applied": [
            {
                "rule": unmet.rule,
                "name": unmet.name,
                "failed": [
                    {
                        "field": failure.field,
                        "operator": failure.operator,
                        "expected": failure.expected,
                        "actual": failure.actual,
                        "negated": failure.negated,
                        "message": failure_sentence(failure, language),
                    }
                    for failure in unmet.failures
                ],
            }
            for unmet in others.rules
        ],
        "not_reached": others.not_reached,
        "unexplained": None,
    }


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
