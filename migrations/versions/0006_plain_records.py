"""Records are written as they are: compressing one took a quarter of the time that a turn of the lane writes for.

Revision: 0006
After: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE assignments SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    op.execute("ALTER TABLE assignments RESET (toast_tuple_target)")
