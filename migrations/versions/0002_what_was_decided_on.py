"""What each decision was made on, and checkpoints of the world: so that any decision can be computed again.

Revision: 0002
After: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UP = [
    "ALTER TABLE assignments ADD COLUMN facts json, ADD COLUMN person json",
    """
    CREATE TABLE checkpoints (
        revision bigint NOT NULL,
        stamp bigint NOT NULL,
        taken_at timestamptz NOT NULL,
        document json NOT NULL,
        CONSTRAINT checkpoints_pkey PRIMARY KEY (revision)
    )
    """,
    """
    COMMENT ON TABLE checkpoints IS
    'The whole world at a revision, now and then: a past world is the nearest one before it, and the log.'
    """,
]

_DOWN = [
    "DROP TABLE checkpoints",
    "ALTER TABLE assignments DROP COLUMN facts, DROP COLUMN person",
]


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
