"""Add orders.client_reference and its index.

Safe forms: a nullable column, then its index CONCURRENTLY. Purely additive: expand first, no code reads
the column yet, and every image that serves 0006 serves this too (schema_window stays).
"""

from alembic import op

from migrations.safe_forms import create_index_concurrently, drop_index_concurrently

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # IF NOT EXISTS: the column stays when the index build is cut off, and the next try meets it.
    op.execute("ALTER TABLE orders ADD COLUMN IF NOT EXISTS client_reference text")
    create_index_concurrently("orders_client_reference_idx", on="orders (client_reference)")


def downgrade() -> None:
    drop_index_concurrently("orders_client_reference_idx")
    op.drop_column("orders", "client_reference")
