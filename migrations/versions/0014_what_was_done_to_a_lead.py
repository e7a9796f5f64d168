"""Who closed and corrected a lead is found by the lead.

The lane feeds the index with closings, corrections and edits alone; routing a lead writes none of these. While it is
built such changes wait: some two seconds for a million of them.

Revision: 0014
After: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX changes_subject_revision_idx ON changes (subject, revision)")


def downgrade() -> None:
    op.execute("DROP INDEX changes_subject_revision_idx")
