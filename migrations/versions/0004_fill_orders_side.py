"""Fill orders.side from orders.side_code.

Safe form: batched back-fill. Few rows at a time, each batch committed, so row locks are short and
autovacuum keeps up; a run that was cut off goes on where it stopped.
"""

from migrations.safe_forms import fill_in_batches

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    fill_in_batches(
        "orders",
        "side = CASE side_code WHEN 'B' THEN 'buy' WHEN 'S' THEN 'sell' END",
        where="side IS NULL AND side_code IS NOT NULL",
    )


def downgrade() -> None:
    # Rows that newer code wrote have only the new column; side itself stays, it is still correct.
    fill_in_batches(
        "orders",
        "side_code = CASE side WHEN 'buy' THEN 'B' WHEN 'sell' THEN 'S' END",
        where="side_code IS NULL AND side IS NOT NULL",
    )
