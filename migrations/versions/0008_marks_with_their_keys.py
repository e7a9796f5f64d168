"""What is marked stands beside its key: the sheets of a mark are neighbours in the index; in the table each is far off.

Revision: 0008
After: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE history_marks DROP CONSTRAINT history_marks_pkey")
    op.execute("ALTER TABLE history_marks ADD CONSTRAINT history_marks_pkey PRIMARY KEY (mark, sheet) INCLUDE (bits)")


def downgrade() -> None:
    op.execute("ALTER TABLE history_marks DROP CONSTRAINT history_marks_pkey")
    op.execute("ALTER TABLE history_marks ADD CONSTRAINT history_marks_pkey PRIMARY KEY (mark, sheet)")
