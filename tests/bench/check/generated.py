"""An Alembic project of any length, with the statements that migrations are made of, for measurements of time."""

from __future__ import annotations

from pathlib import Path

ENV = """import os

import sqlalchemy as sa
from alembic import context

if context.is_offline_mode():
    context.configure(url=os.environ["DATABASE_URL"], literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with sa.create_engine(os.environ["DATABASE_URL"]).connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
"""
REVISION = '''"""Step {number}."""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}


def upgrade():
    {code}


def downgrade():
    pass
'''
# Ten revisions a table; {t} is its name, {p} the one before it.
CYCLE = (
    'op.create_table("{t}", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(50)),'
    ' sa.Column("amount", sa.Integer), sa.Column("parent_id", sa.Integer))',
    'op.add_column("{t}", sa.Column("note", sa.Text))',
    'op.create_index("{t}_name", "{t}", ["name"])',
    'op.add_column("{t}", sa.Column("state", sa.Integer, nullable=False, server_default="0"))',
    'op.alter_column("{t}", "amount", type_=sa.BigInteger, existing_type=sa.Integer)',
    'op.create_check_constraint("{t}_positive", "{t}", "amount >= 0")',
    'op.create_foreign_key("{t}_parent", "{t}", "{p}", ["parent_id"], ["id"])',
    'op.execute("UPDATE {t} SET note = \'\' WHERE note IS NULL")',
    'op.alter_column("{t}", "note", nullable=False, existing_type=sa.Text)',
    'op.drop_column("{t}", "state")',
)


def write_project(directory: Path, revisions: int) -> Path:
    """Write it; returns its alembic.ini."""
    versions = directory / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for old in versions.glob("*.py"):
        old.unlink()
    (directory / "migrations" / "env.py").write_text(ENV, encoding="utf-8")
    ini = directory / "alembic.ini"
    ini.write_text("[alembic]\nscript_location = %(here)s/migrations\n", encoding="utf-8")
    for number in range(revisions):
        table = number // len(CYCLE)
        names = {"t": f"table_{table}", "p": f"table_{max(table - 1, 0)}"}
        text = REVISION.format(
            number=number, revision=revision_id(number), down=revision_id(number - 1) if number else None,
            code=CYCLE[number % len(CYCLE)].format(**names),
        )
        (versions / f"{revision_id(number)}.py").write_text(text, encoding="utf-8")
    return ini


def revision_id(number: int) -> str:
    """`r0042`."""
    return f"r{number:04d}"
