"""Columns of the types that are advised."""

from __future__ import annotations

from deploy.checking.risk.safe_forms.code import comment, text


def column_of(table: str, column: str, column_type: str) -> str:
    """The column as SQLAlchemy declares it."""
    shown = column_type.removeprefix("postgresql.")
    imports = "from sqlalchemy.dialects import postgresql\n\n" if shown != column_type else ""
    return f"{imports}{comment(table)}\nsa.Column({text(column)}, {column_type})"


def identity_of(table: str, column: str) -> str:
    """A column that numbers itself."""
    return f"{comment(table)}\nsa.Column({text(column)}, sa.BigInteger, sa.Identity(), primary_key=True)"
