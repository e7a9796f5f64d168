"""What does the API look like in use? One example for each body and answer; people and companies are invented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from app.engine.decision import ENGINE_VERSION

_LEAD_ID: Final = "01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11"
_RECORD_ID: Final = "01980f5e-7a10-7d02-8a41-5c0e9b7d4e22"
_AT: Final = "2026-01-05T09:30:00.123456+00:00"
_DUE: Final = "2026-01-06T09:30:00.123456+00:00"
_LIN: Final = {"id": "east-1", "name": "Lin Example", "email": "lin@example.com"}


def page(*items: Any, **members: Any) -> dict[str, Any]:
    """A page that ends the list."""
    return {"items": list(items), "next_cursor": None, **members}


LEAD: Final = {
    "external_id": "form-1001",
    "source": "website",
    "name": "Wei Sample",
    "email": "wei@factory.example",
    "phone": "+86 138 0000 0000",
    "company": "Sample Factory Ltd",
    "country": "China",
    "city": "Suzhou",
    "industry": "manufacturing",
    "budget": "50万",
    "intent": "high",
}

_DECIDED: Final[Mapping[str, Any]] = {
    "status": "assigned",
    "reason": None,
    "score": 8,
    "tier": "B",
    "rule": "everyone-in-turn",
    "rule_name": "everyone in turn",
    "rep": _LIN,
    "team": "everyone",
    "policy_version": 1,
    "assigned_at": _AT,
    "first_contact_due": _DUE,
    "duplicate_of": None,
    "explanation": "Rule “everyone in turn” gave it to Lin Example, whose turn it was, of 2 able (score 8, tier B).",
}

ANSWER: Final[Mapping[str, Any]] = {
    "lead_id": _LEAD_ID,
    **_DECIDED,
    "assignment_id": _RECORD_ID,
    "seq": 4711,
    "replayed": False,
    "warnings": [],
}

_TRACE: Final = {
    "recognition": {
        "person": None, "person_by": None, "company": None, "company_by": None, "similar": None, "owner": None,
        "owner_by": None,
    },
    "screen": None,
    "score": {
        "total": 8,
        "contributions": [
            {"name": "intent", "points": 5, "value": "high", "group": None},
            {"name": "budget", "points": 3, "value": 500000, "group": None},
        ],
    },
    "tier": "B",
    "strategy": "round_robin",
    "rules": [
        {
            "rule": "everyone-in-turn", "outcome": "assigned", "strategy": "round_robin", "rotation": "team:everyone",
            "preferred": [], "ranked": [["east-1", 0], ["east-2", 0]], "ranked_count": 2, "left_out": {},
            "left_out_count": {},
        }
    ],
    "engine_version": ENGINE_VERSION,
    "actor": None,
    "note": None,
    "not_applied": [
        {
            "rule": "key-accounts", "name": "key accounts",
            "failed": [
                {
                    "field": "tier", "operator": "equals", "expected": "A", "actual": "B", "negated": False,
                    "message": "tier equals A, and it is \"B\"",
                }
            ],
        }
    ],
    "not_reached": 0,
    "unexplained": None,
}  # fmt: skip

PREVIEW: Final[Mapping[str, Any]] = {
    **ANSWER, "lead_id": None, "assignment_id": None, "seq": None, "trace": _TRACE,
}  # fmt: skip

BY_HAND: Final[Mapping[str, Any]] = {
    **ANSWER,
    "rule": None,
    "rule_name": None,
    "seq": 4712,
    "explanation": "Given to Lin Example by hand by kim (knows the customer).",
}
RELEASED: Final[Mapping[str, Any]] = {
    **BY_HAND,
    "status": "queued",
    "reason": "released",
    "rep": None,
    "team": None,
    "first_contact_due": None,
    "explanation": "Put back in the queue by hand by kim (on a long trip).",
}

BULK_NDJSON: Final = '{"name": "Wei Sample", "email": "wei@factory.example"}\n{"email": "ann@example.org"}\n'
BULK_CSV: Final = "name,email,city\nWei Sample,wei@factory.example,Suzhou\nAnn Sample,ann@example.org,Berlin\n"
BULK_ANSWER: Final = {"line": 1, **ANSWER}

_RECORD: Final = {
    "assignment_id": _RECORD_ID,
    "seq": 4711,
    "revision": 5120,
    "kind": "routed",
    "lead_id": _LEAD_ID,
    "lead": {
        "external_id": "form-1001",
        "name": "Wei Sample",
        "email": "wei@factory.example",
        "phone": "+8613800000000",
        "company": "Sample Factory Ltd",
    },
    "source": "website",
    "region": "CN-JS.suzhou",
    "industry": "manufacturing",
    **_DECIDED,
    "strategy": "round_robin",
    "actor": None,
    "note": None,
}
ASSIGNMENT_TRACED: Final = {**_RECORD, "trace": _TRACE}
ASSIGNMENT_PAGE: Final = page(_RECORD)
EXPORT: Final = "seq,assigned_at,kind,status,reason,rep\r\n4711,2026-01-05T09:30:00+00:00,routed,assigned,,east-1\r\n"

_STATE: Final[Mapping[str, Any]] = {
    "lead_id": _LEAD_ID,
    "status": "assigned",
    "reason": None,
    "rep": _LIN,
    "team": "everyone",
    "rule": "everyone-in-turn",
    "score": 8,
    "tier": "B",
    "policy_version": 1,
    "seq": 4711,
    "received_at": _AT,
    "updated_at": _AT,
    "queued_at": None,
    "waiting_seconds": None,
    "closed_at": None,
    "outcome": None,
    "region": "CN-JS.suzhou",
    "industry": "manufacturing",
    "facts": {**LEAD, "phone": "+8613800000000", "country": "CN", "budget": 500000, "currency": "CNY"},
    "body": None,
    "warnings": [],
    "explanation": _DECIDED["explanation"],
}
_CORRECTED: Final = {
    "revision": 5122,
    "kind": "corrected",
    "actor": "kim",
    "at": _AT,
    "outcome": None,
    "fields": ["city", "need"],
}
LEAD_SHOWN: Final = {**_STATE, "decisions": [_RECORD], "changes": [_CORRECTED]}
LEAD_PAGE: Final = page({
    **_STATE, "status": "queued", "reason": "nobody_able", "rep": None, "team": None, "queued_at": _AT,
    "waiting_seconds": 412.5,
    "explanation": "Nobody can take it now; it waits in the queue (“everyone in turn”: 2 off shift) (score 8).",
})  # fmt: skip

REP_BODY: Final = {
    "name": "Lin Example",
    "email": "lin@example.com",
    "seniority": "senior",
    "covers": {"regions": ["CN-JS", "CN-SH"]},
    "capacity": {"open": 50, "per_day": 10},
    "timezone": "Asia/Shanghai",
    "hours": {day: ["09:00-12:00", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": "CN",
}
REP: Final = {
    "id": "east-1",
    "name": "Lin Example",
    "email": "lin@example.com",
    "status": "active",
    "seniority": "senior",
    "manager": None,
    "covers": {
        "regions": ["CN-JS", "CN-SH"], "industries": None, "sources": None, "tiers": None, "products": None,
        "languages": None,
    },
    "skills": [],
    "attributes": {},
    "capacity": {"open": 50, "per_day": 10, "per_week": None, "per_month": None},
    "timezone": "Asia/Shanghai",
    "hours": REP_BODY["hours"],
    "holidays": "CN",
    "time_off": [],
    "latitude": None,
    "longitude": None,
}  # fmt: skip
REP_LOADED: Final = {
    **REP,
    "load": {
        "open": 12,
        "per_day": 10,
        "per_week": 31,
        "per_month": 31,
        "caps": {"open": 50, "per_day": 10, "per_week": None, "per_month": None},
        "able": False,
        "left_out": "at_cap:per_day",
    },
}

TEAM_BODY: Final = {"name": "Everyone", "members": [{"rep": "east-1", "weight": 2}, {"rep": "east-2"}]}
TEAM: Final = {
    "id": "everyone",
    "name": "Everyone",
    "members": [{"rep": "east-1", "weight": 2}, {"rep": "east-2", "weight": 1}],
}

ROSTER: Final = {
    "reps": {"east-1": {"name": "Lin Example"}, "east-2": {"name": "Ada Example"}},
    "teams": {"everyone": TEAM_BODY},
}
ROSTER_EDITED: Final = {
    "revision": 5121,
    "dry_run": False,
    "changes": [
        {"kind": "rep", "id": "east-2", "change": "added", "fields": {}},
        {"kind": "rep", "id": "east-1", "change": "changed", "fields": {"name": {"from": "Lin", "to": "Lin Example"}}},
    ],
    "warnings": [],
}

ROTATION: Final = {
    "id": "team:everyone",
    "used_by": [
        {"kind": "team", "id": "everyone", "name": "Everyone"},
        {"kind": "rule", "id": "everyone-in-turn", "name": "everyone in turn"},
    ],
    "members": [
        {"rep": "east-1", "name": "Lin Example", "weight": 2, "credit": -0.3333},
        {"rep": "east-2", "name": "Ada Example", "weight": 1, "credit": 0.3333},
    ],
    "furthest": 0.3333,
    "revision": 5121,
}

POLICY: Final = {
    "name": "default",
    "rules": [{"name": "everyone in turn", "assign": {"team": "everyone", "by": "round_robin"}}],
}
POLICY_STORED: Final = {"version": 2, "active": False, "findings": []}
POLICY_CHECKED: Final[Mapping[str, Any]] = {"version": None, "active": False, "findings": []}
_SUMMARY: Final = {
    "version": 2,
    "name": "default",
    "format": "yaml",
    "created_at": _AT,
    "created_by": "admin",
    "active": True,
}
POLICY_SHOWN: Final = {**_SUMMARY, "findings": [], "document": POLICY, "source": orjson.dumps(POLICY).decode()}
POLICY_PAGE: Final = page(_SUMMARY)

KEY_BODY: Final = {
    "name": "Server-side form",
    "scopes": ["leads:write"],
    "expires_at": "2099-01-01T00:00:00Z",
    "rate_per_minute": 600,
}
KEY: Final = {
    "id": "k7m2x9q4t1ab",
    "name": "Server-side form",
    "prefix": "lr_k7m2x9q4t1ab_",
    "scopes": ["leads:write"],
    "rate_per_minute": 600,
    "status": "active",
    "created_at": _AT,
    "created_by": "Lin Example",
    "expires_at": "2099-01-01T00:00:00+00:00",
    "revoked_at": None,
    "revoked_by": None,
    "last_used_at": None,
}
KEY_NEW: Final = {"key": "lr_k7m2x9q4t1ab_" + "0123456789abcdef" * 4, **KEY}
KEY_REVOKED: Final = {**KEY, "status": "revoked", "revoked_at": _DUE, "revoked_by": "Lin Example"}

READY: Final = {
    "status": "ready",
    "checks": {
        "database": {"ok": True, "message": "reachable"},
        "migrated": {"ok": True, "message": "at the schema it needs"},
        "policy": {"ok": True, "message": "one is active"},
        "draining": {"ok": True, "message": "no"},
    },
}
NOT_READY: Final = {
    "status": "not ready",
    "checks": {
        **READY["checks"],  # type: ignore[dict-item]
        "policy": {"ok": False, "message": "none is active"},
    },
}
METRICS: Final = '# TYPE lead_router_decisions_total counter\nlead_router_decisions_total{status="assigned"} 4711.0\n'

NEW_SECRET: Final = "vX3q9sT0wB7kZr5eYh2JmN8pLcQdUaFg"  # noqa: S105  (an example)
_SECRETS: Final = [
    {"id": _LEAD_ID, "purpose": "secret", "hint": "UaFg", "created_at": _AT, "expires_at": None},
]
SOURCE_BODY: Final = {
    "kind": "generic",
    "name": "Sign-ups of the shop",
    "mapping": {"fields": {"email": "customer.mail", "budget": {"from": "order.sum", "unit": "CNY"}}},
    "options": {"signature_header": "X-Shop-Signature", "algorithm": "sha256", "encoding": "hex"},
}
SOURCE: Final = {
    "id": "shop",
    "enabled": True,
    "rate": None,
    "form": None,
    **SOURCE_BODY,
    "address": "https://leads.example.com/v1/webhooks/shop",
    "secrets": _SECRETS,
    "revision": 1,
    "created_at": _AT,
    "updated_at": _AT,
    "updated_by": "admin",
}
SOURCE_KINDS: Final = {
    "items": [
        {
            "kind": "typeform",
            "title": {"en": "Typeform", "zh": "Typeform"},
            "signed": True,
            "secret": "made",
            "own_secret": None,
            "options": [
                {
                    "name": "names",
                    "type": "string",
                    "needed": False,
                    "meaning": "whether answers are called by the titles of their questions, or by their refs",
                    "meanings": {
                        "en": "whether answers are called by the titles of their questions, or by their refs",
                        "zh": "答案用问题的标题（title）还是 ref 称呼",
                    },
                }
            ],
            "mapping": {"fields": {"external_id": "response_id"}},
        }
    ]
}
SECRET_ADDED: Final = {"id": _LEAD_ID, "purpose": "secret", "secrets": _SECRETS, "warnings": [], "secret": NEW_SECRET}
WEBHOOK_BODY: Final = {"customer": {"mail": "wei@factory.example", "mobile": "138 0000 0000"}, "order": {"sum": 5000}}
TRIED: Final = {
    "understood": True,
    "errors": [],
    "not_genuine": None,
    "items": [
        {
            "key": None,
            "to_be_fetched": None,
            "tree": WEBHOOK_BODY,
            "fields": {
                "email": "wei@factory.example",
                "phone": "138 0000 0000",
                "budget": "5000 CNY",
                "source": "shop",
            },
            "origins": {
                "email": {"how": "mapped", "path": "customer.mail"},
                "phone": {"how": "recognised", "path": "customer.mobile"},
                "budget": {"how": "mapped", "path": "order.sum"},
                "source": {"how": "default", "path": "shop"},
            },
            "not_found": [],
            "lead": {"email": "wei@factory.example", "phone": "+8613800000000", "budget": 5000, "source": "shop"},
            "warnings": [],
        }
    ],
    "passed": [],
}
SNIPPET: Final = '<form action="https://leads.example.com/v1/forms/website" method="post" data-lead-router>…</form>'
DELIVERY: Final = {
    "id": _RECORD_ID,
    "source": "shop",
    "received_at": _AT,
    "state": "done",
    "reason": None,
    "detail": None,
    "verified": True,
    "trusted_by": None,
    "method": "POST",
    "url": "https://leads.example.com/v1/webhooks/shop",
    "content_type": "application/json",
    "address": "203.0.113.7",
    "attempts": 1,
    "next_at": None,
    "done_at": _AT,
    "size": 96,
    "items": [{"key": None, "lead_id": _LEAD_ID, "status": "assigned", "replayed": False}],
}
DELIVERY_SHOWN: Final = {
    **DELIVERY,
    "headers": {"content-type": "application/json", "x-shop-signature": "5d41402abc4b2a76b9719d911017c592"},
    "body": orjson.dumps(WEBHOOK_BODY).decode(),
}
