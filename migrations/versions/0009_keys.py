"""Keys with scopes, and what was used of rates: two tables that no release before this one asks for.

Revision: 0009
After: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UP = [
    """
    CREATE TABLE api_keys (
        id text NOT NULL,
        name text NOT NULL,
        hash bytea NOT NULL,
        scopes text[] NOT NULL,
        rate_per_minute integer,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        revoked_by text,
        last_used_at timestamptz,
        CONSTRAINT api_keys_pkey PRIMARY KEY (id),
        CONSTRAINT api_keys_id_check CHECK (id ~ '^[a-z0-9]{12}$'),
        CONSTRAINT api_keys_hash_check CHECK (octet_length(hash) = 32),
        CONSTRAINT api_keys_scopes_check CHECK (cardinality(scopes) > 0),
        CONSTRAINT api_keys_rate_per_minute_check CHECK (rate_per_minute > 0)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX api_keys_created_at_id_idx ON api_keys (created_at, id)",
    """
    COMMENT ON TABLE api_keys IS
    'Who may call, and what they may do. hash: SHA-256 of the secret, which nobody has but the holder. Never deleted.'
    """,
    # Unlogged: a crash may forget what was used in the last minute, and is no reason to write each count twice.
    """
    CREATE UNLOGGED TABLE rates (
        name text NOT NULL,
        seconds integer NOT NULL,
        period bigint NOT NULL,
        used bigint NOT NULL,
        CONSTRAINT rates_pkey PRIMARY KEY (name, seconds, period)
    ) WITH (fillfactor = 50)
    """,
    """
    COMMENT ON TABLE rates IS
    'What all workers together have used of each rate in a period of so many seconds, counted from 1970.'
    """,
]


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE rates")
    op.execute("DROP TABLE api_keys")
