"""When somebody last waited for a decision, on any worker: so that imports on the others make room.

Revision: 0003
After: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE lane ADD COLUMN interactive_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE lane DROP COLUMN interactive_at")
