"""Rows that a turn writes, as types: many rows of a table are then one parameter, not one for each column.

Postgres takes each parameter into a store of its own, which took longer than to insert the rows. A type is never
changed: workers of two releases write side by side. What writes other columns brings a type of its own.

Revision: 0007
After: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TYPES = {
    "lead_row": """
        id uuid, received_at timestamptz, decided_at timestamptz, status text, reason text, rep_id text, team_id text,
        rule_id text, tier text, score double precision, policy_version integer, seq bigint, source text,
        external_id text, name text, email text, phone text, company text, region text, industry text, facts json,
        warnings json, body_hash bytea, body json
    """,
    "assignment_row": """
        seq bigint, id uuid, revision bigint, lead_id uuid, kind text, status text, reason text, rep_id text,
        team_id text, rule_id text, rule_name text, strategy text, score double precision, tier text, source text,
        region text, industry text, policy_version integer, engine_version text, decided_at timestamptz,
        first_contact_due timestamptz, actor text, note text, decision json, effects json, facts json, person json
    """,
    "delivery_row": "key text, lead_id uuid, body_hash bytea, expires_at timestamptz",
    "identity_row": """
        key text, kind text, leads integer, companies text[], people text[], last_lead uuid, last_at timestamptz,
        owner text, owner_seq bigint, do_not_contact boolean, outcome text, block text, domain text, phone text,
        region text, industry text
    """,
    "rep_load_row": "rep_id text, open integer, last_seq bigint",
    "rep_day_row": "rep_id text, day date, count integer",
    "rule_day_row": "rule_id text, rep_id text, day date, count integer",
    "credit_row": "rotation text, rep_id text, credit bigint",
    "crowd_turn_row": "rotation text, crowd text, turns bigint",
}


def upgrade() -> None:
    for name, columns in _TYPES.items():
        op.execute(f"CREATE TYPE {name} AS ({columns})")


def downgrade() -> None:
    for name in _TYPES:
        op.execute(f"DROP TYPE {name}")
