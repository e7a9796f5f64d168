"""Who is told of what is recorded, how far that has come, and what became of each event that was sent.

Revision: 0011
After: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_UP = [
    """
    CREATE TABLE subscriptions (
        number integer GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        kind text NOT NULL,
        document json NOT NULL,
        secrets json NOT NULL,
        enabled boolean NOT NULL,
        disabled_at timestamptz,
        disabled_why text,
        revision bigint NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        updated_by text,
        CONSTRAINT subscriptions_pkey PRIMARY KEY (number),
        CONSTRAINT subscriptions_id_key UNIQUE (id),
        CONSTRAINT subscriptions_id_check CHECK (id ~ '^[a-z0-9._-]{1,64}$')
    )
    """,
    """
    COMMENT ON TABLE subscriptions IS
    'Who is told of which events, and how; secrets are sealed. revision grows with each edit.'
    """,
    """
    CREATE TABLE subscription_progress (
        number integer NOT NULL,
        revision bigint NOT NULL,
        begun_at timestamptz NOT NULL,
        holder uuid,
        leased_until timestamptz NOT NULL,
        rests_until timestamptz NOT NULL,
        failures integer NOT NULL,
        told double precision[] NOT NULL,
        delivered bigint NOT NULL,
        failed bigint NOT NULL,
        delivered_at timestamptz,
        failed_at timestamptz,
        failed_why text,
        CONSTRAINT subscription_progress_pkey PRIMARY KEY (number)
    ) WITH (fillfactor = 20)
    """,
    """
    COMMENT ON TABLE subscription_progress IS
    'Up to which revision of the record a subscription has been told, and who tells it now, until when.'
    """,
    """
    CREATE TABLE sends (
        subscription integer NOT NULL,
        revision bigint NOT NULL,
        part integer NOT NULL,
        stamp bigint NOT NULL,
        type text NOT NULL,
        key text NOT NULL,
        at timestamptz NOT NULL,
        state text NOT NULL,
        attempts smallint NOT NULL,
        due_at timestamptz,
        touched_at timestamptz NOT NULL,
        seconds double precision,
        status integer,
        said text,
        log json,
        CONSTRAINT sends_pkey PRIMARY KEY (subscription, revision, part),
        CONSTRAINT sends_state_check CHECK (state IN ('waiting', 'delivered', 'dead')),
        CONSTRAINT sends_due_check CHECK (due_at IS NULL OR state = 'waiting')
    )
    """,
    """
    COMMENT ON TABLE sends IS
    'What became of telling a subscription of an event. One with a key goes after those before it with that.'
    """,
    "CREATE INDEX sends_waiting_idx ON sends (subscription, key, revision, part) WHERE state = 'waiting'",
    "CREATE INDEX sends_due_idx ON sends (subscription, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX sends_dead_idx ON sends (subscription, revision, part) WHERE state = 'dead'",
]

_DOWN = ["DROP TABLE sends", "DROP TABLE subscription_progress", "DROP TABLE subscriptions"]


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
