"""When a lead's sender, or a person, last said each of its fields.

Revision: 0013
After: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


COMMENT = "The leads and where each stands now. body is the lead as it came, kept while it could not be decided."
SAID = " said: when each field that was corrected was said last, for what came late must not undo what is newer."


def upgrade() -> None:
    # A lead came when the delivery did that made it, not when that was driven: else the delivery would seem to be
    # older than what it says.
    op.execute(
        """
        UPDATE leads SET received_at = made.received_at
        FROM (
            SELECT (item ->> 'lead_id')::uuid AS id, min(arrivals.received_at) AS received_at
            FROM arrivals CROSS JOIN json_array_elements(
                CASE WHEN json_typeof(arrivals.items) = 'array' THEN arrivals.items ELSE '[]' END
            ) AS item
            WHERE item ->> 'lead_id' ~ '^[0-9a-f-]{36}$' AND item ->> 'status' <> 'updated'
            GROUP BY 1
        ) AS made
        WHERE leads.id = made.id AND made.received_at < leads.received_at
        """
    )
    # Last, as it locks the table.
    op.execute("ALTER TABLE leads ADD COLUMN said json")
    op.execute(f"COMMENT ON TABLE leads IS '{COMMENT}{SAID}'")


def downgrade() -> None:
    op.execute("ALTER TABLE leads DROP COLUMN said")
    op.execute(f"COMMENT ON TABLE leads IS '{COMMENT}'")
