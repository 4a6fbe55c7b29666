"""Add orders.side, which will replace orders.side_code.

Safe form: a nullable column without default (instant), and the old column no longer mandatory. From here
on a release may write both columns, and the one after it only the new one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("side", sa.Text))
    op.alter_column("orders", "side_code", nullable=True)


def downgrade() -> None:
    # The code before 0003 must find a value in every row; 0004's downgrade has filled side_code.
    op.alter_column("orders", "side_code", nullable=False)
    op.drop_column("orders", "side")
