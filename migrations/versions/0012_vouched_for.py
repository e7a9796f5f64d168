"""Who vouched for an arrival that nothing tells to be its sender's.

Revision: 0012
After: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE arrivals ADD COLUMN trusted_by text")


def downgrade() -> None:
    op.execute("ALTER TABLE arrivals DROP COLUMN trusted_by")
