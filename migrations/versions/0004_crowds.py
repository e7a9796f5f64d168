"""Many equal competitors are written down once, and what their turns add to each of them is one number for all.

Who does not know of it reads too little in credits. So once a crowd has been met, whoever moves the lane on must move
``crowd_stamp`` on with it: a release that does not know the column cannot write any more.

Revision: 0004
After: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UP = [
    """
    CREATE TABLE crowds (
        id text NOT NULL,
        members json NOT NULL,
        CONSTRAINT crowds_pkey PRIMARY KEY (id)
    )
    """,
    """
    COMMENT ON TABLE crowds IS
    'Many equal competitors for a lead, named by a digest of their ids: records refer to them. Append-only.'
    """,
    """
    CREATE TABLE crowd_turns (
        rotation text NOT NULL,
        crowd text NOT NULL,
        turns bigint NOT NULL,
        CONSTRAINT crowd_turns_pkey PRIMARY KEY (rotation),
        CONSTRAINT crowd_turns_crowd_fkey FOREIGN KEY (crowd) REFERENCES crowds (id)
    ) WITH (fillfactor = 50)
    """,
    """
    COMMENT ON TABLE crowd_turns IS
    'How many turns a crowd has competed for since then: of each, each of them is owed a share beside credits.'
    """,
    """
    ALTER TABLE lane ADD COLUMN crowd_stamp bigint,
        ADD CONSTRAINT lane_crowd_stamp_check CHECK (crowd_stamp = stamp)
    """,
]

_DOWN = [
    "ALTER TABLE lane DROP COLUMN crowd_stamp",
    """
    -- What is owed to each is added to each: a lead is 720,720,000,000 units, what does not divide goes to the first.
    INSERT INTO credits (rotation, rep_id, credit)
    SELECT t.rotation, m.rep,
           t.turns * (720720000000 / s.size + CASE WHEN m.place <= 720720000000 % s.size THEN 1 ELSE 0 END)
    FROM crowd_turns t JOIN crowds c ON c.id = t.crowd
    CROSS JOIN LATERAL (SELECT json_array_length(c.members) AS size) s
    CROSS JOIN LATERAL json_array_elements_text(c.members) WITH ORDINALITY AS m (rep, place)
    ON CONFLICT (rotation, rep_id) DO UPDATE SET credit = credits.credit + excluded.credit
    """,
    "DROP TABLE crowd_turns",
    "DROP TABLE crowds",
]


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
