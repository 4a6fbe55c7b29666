"""Give orders.strategy_id its index and its foreign key.

Safe forms: index CONCURRENTLY in an autocommit block (a left-over invalid one is dropped first), then the
foreign key NOT VALID and VALIDATE in transactions of their own: the scan blocks no writer. The index
comes first, because with the foreign key every DELETE of a strategy looks for its orders.
"""

from alembic import op

from migrations.safe_forms import add_constraint_validated, create_index_concurrently, drop_index_concurrently

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index_concurrently("orders_strategy_id_idx", on="orders (strategy_id)")
    add_constraint_validated(
        "orders",
        "orders_strategy_id_fkey",
        "FOREIGN KEY (strategy_id) REFERENCES strategies (id)",
    )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_strategy_id_fkey")
    drop_index_concurrently("orders_strategy_id_idx")
