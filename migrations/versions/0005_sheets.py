"""Sheets of the record: whatever is asked of the history is found without an index for each question.

So the two indexes that the lane fed for history alone are gone. A release before this one finds the same without them,
only more slowly.

Revision: 0005
After: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UP = [
    """
    CREATE TABLE history_progress (
        id smallint NOT NULL,
        sheeted bigint NOT NULL,
        revision bigint NOT NULL,
        CONSTRAINT history_progress_pkey PRIMARY KEY (id),
        CONSTRAINT history_progress_single_check CHECK (id = 1)
    ) WITH (fillfactor = 10)
    """,
    """
    COMMENT ON TABLE history_progress IS
    'The first seq in no sheet, and up to which revision sheets follow corrections. Locked to write sheets.'
    """,
    # No sheet holds what was corrected before: whatever the first one is made of is newer.
    "INSERT INTO history_progress (id, sheeted, revision) SELECT 1, 0, revision FROM lane",
    """
    CREATE TABLE history_marks (
        mark bigint NOT NULL,
        sheet integer NOT NULL,
        bits bytea NOT NULL,
        CONSTRAINT history_marks_pkey PRIMARY KEY (mark, sheet)
    )
    """,
    """
    COMMENT ON TABLE history_marks IS
    'Which seqs of a sheet have a value that can be asked for. All history_ tables are made from the record.'
    """,
    """
    CREATE TABLE history_grams (
        block integer NOT NULL,
        sheet integer NOT NULL,
        bits bytea NOT NULL,
        CONSTRAINT history_grams_pkey PRIMARY KEY (block, sheet)
    )
    """,
    """
    COMMENT ON TABLE history_grams IS
    'In which strips of a sheet which neighbouring characters stand, in a fixed number of slices.'
    """,
    """
    CREATE TABLE history_texts (
        strip bigint NOT NULL,
        text text NOT NULL,
        CONSTRAINT history_texts_pkey PRIMARY KEY (strip)
    ) WITH (toast_tuple_target = 8160)
    """,
    """
    COMMENT ON TABLE history_texts IS
    'What the leads of a strip of seqs are called and reached by, in small letters, to be searched.'
    """,
    """
    CREATE TABLE history_corrected (
        seq bigint NOT NULL,
        CONSTRAINT history_corrected_pkey PRIMARY KEY (seq)
    )
    """,
    """
    COMMENT ON TABLE history_corrected IS
    'Records in sheets whose leads have other texts now: looked at in each search until their sheet knows.'
    """,
    "DROP INDEX assignments_rep_id_seq_idx",
    "DROP INDEX assignments_decided_at_idx",
]

_DOWN = [
    "CREATE INDEX assignments_rep_id_seq_idx ON assignments (rep_id, seq) WHERE rep_id IS NOT NULL",
    "CREATE INDEX assignments_decided_at_idx ON assignments (decided_at)",
    "DROP TABLE history_corrected",
    "DROP TABLE history_texts",
    "DROP TABLE history_grams",
    "DROP TABLE history_marks",
    "DROP TABLE history_progress",
]


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
