"""Make orders.side mandatory and drop orders.side_code.

Safe forms: NOT NULL by a validated CHECK (SET NOT NULL then needs no scan), and contract. The release of
0005 no longer names side_code; older ones do, so schema_window moves before the first statement that breaks them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.safe_forms import add_constraint_validated, fill_in_batches

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Committed first: from the CHECK on, even NOT VALID, an image that writes side_code only cannot insert.
    with op.get_context().autocommit_block():
        op.execute("UPDATE schema_window SET oldest_image_revision = '0005'")
    # Rows that such an image wrote since 0004 are filled; the CHECK would fail on them.
    fill_in_batches(
        "orders",
        "side = CASE side_code WHEN 'B' THEN 'buy' WHEN 'S' THEN 'sell' END",
        where="side IS NULL AND side_code IS NOT NULL",
    )
    add_constraint_validated("orders", "orders_side_present_check", "CHECK (side IS NOT NULL)")
    op.alter_column("orders", "side", nullable=False)
    op.drop_constraint("orders_side_present_check", "orders")
    op.drop_column("orders", "side_code")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders ADD COLUMN IF NOT EXISTS side_code text")
    fill_in_batches(
        "orders",
        "side_code = CASE side WHEN 'buy' THEN 'B' WHEN 'sell' THEN 'S' END",
        where="side_code IS NULL",
    )
    op.alter_column("orders", "side", existing_type=sa.Text, nullable=True)
    op.execute("UPDATE schema_window SET oldest_image_revision = '0001'")
