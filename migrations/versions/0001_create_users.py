"""Create users and schema_window.

Safe form: new tables. Nobody uses them yet, so no lock can hurt.

``schema_window`` has one row: the oldest image head that may still serve this schema (app/revisions.py).
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("email", name="users_email_key"),
    )
    op.create_table(
        "schema_window",
        sa.Column("is_only_row", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("oldest_image_revision", sa.Text, nullable=False),
        sa.CheckConstraint("is_only_row", name="schema_window_one_row_check"),
    )
    op.execute("INSERT INTO schema_window (oldest_image_revision) VALUES ('0001')")


def downgrade() -> None:
    op.drop_table("schema_window")
    op.drop_table("users")
