"""Create strategies and orders.

Safe form: new tables. The foreign key to users takes a lock on users that blocks its writers until
COMMIT, so this transaction holds nothing slow; ``strategy_id`` gets its foreign key later (0005).
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "strategies",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("name", name="strategies_name_key"),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id", name="orders_user_id_fkey"), nullable=False),
        sa.Column("strategy_id", sa.BigInteger),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("side_code", sa.Text, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.execute("INSERT INTO strategies (name) VALUES ('momentum'), ('mean-reversion'), ('grid')")


def downgrade() -> None:
    op.drop_table("orders")
    op.drop_table("strategies")
