"""Sources, their secrets, and what arrives at their doors: kept as it came, before anything is made of it.

Revision: 0010
After: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_UP = [
    """
    CREATE TABLE sources (
        id text NOT NULL,
        kind text NOT NULL,
        enabled boolean NOT NULL,
        document json NOT NULL,
        revision integer NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        updated_by text,
        CONSTRAINT sources_pkey PRIMARY KEY (id),
        CONSTRAINT sources_id_check CHECK (id ~ '^[a-z0-9._-]{1,64}$'),
        CONSTRAINT sources_kind_check CHECK (kind <> ''),
        CONSTRAINT sources_revision_check CHECK (revision > 0)
    )
    """,
    """
    COMMENT ON TABLE sources IS
    'Where leads come from: the kind of sender, and how what it sends becomes a lead. revision: one an edit.'
    """,
    """
    CREATE TABLE source_secrets (
        id uuid NOT NULL,
        source_id text NOT NULL,
        purpose text NOT NULL,
        sealed bytea NOT NULL,
        hint text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        CONSTRAINT source_secrets_pkey PRIMARY KEY (id),
        CONSTRAINT source_secrets_source_id_fkey FOREIGN KEY (source_id) REFERENCES sources (id) ON DELETE CASCADE,
        CONSTRAINT source_secrets_purpose_check CHECK (purpose IN ('secret', 'token'))
    )
    """,
    "CREATE INDEX source_secrets_source_id_idx ON source_secrets (source_id)",
    """
    COMMENT ON TABLE source_secrets IS
    'What a source is told from others by (secret) and its fields are fetched with (token), sealed.'
    """,
    """
    CREATE TABLE arrivals (
        id uuid NOT NULL,
        source_id text NOT NULL,
        received_at timestamptz NOT NULL,
        state text NOT NULL,
        reason text,
        detail text,
        verified boolean NOT NULL,
        method text NOT NULL,
        url text NOT NULL,
        content_type text,
        headers json NOT NULL,
        body bytea NOT NULL,
        address text,
        items json NOT NULL,
        attempts integer NOT NULL,
        next_at timestamptz,
        done_at timestamptz,
        CONSTRAINT arrivals_pkey PRIMARY KEY (id),
        CONSTRAINT arrivals_state_check CHECK (state IN ('received', 'waiting', 'done', 'passed', 'refused',
            'not_understood', 'rejected', 'failed')),
        CONSTRAINT arrivals_attempts_check CHECK (attempts >= 0)
    ) WITH (fillfactor = 90)
    """,
    "CREATE INDEX arrivals_source_id_id_idx ON arrivals (source_id, id)",
    "CREATE INDEX arrivals_state_id_idx ON arrivals (state, id)",
    "CREATE INDEX arrivals_next_at_idx ON arrivals (next_at) WHERE next_at IS NOT NULL",
    """
    COMMENT ON TABLE arrivals IS
    'What came to a door, as it came, and what became of it. next_at: when it is driven (again), if it is.'
    """,
]


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for table in ("arrivals", "source_secrets", "sources"):
        op.execute(f"DROP TABLE {table}")
