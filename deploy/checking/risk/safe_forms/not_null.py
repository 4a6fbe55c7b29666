"""NOT NULL without a scan under a lock."""

from __future__ import annotations

from deploy.checking.risk.safe_forms.code import (
    bare,
    concurrently,
    execute,
    made_name,
    names,
    patiently,
    place,
    steps,
    text,
)
from deploy.checking.statements import quoted, quoted_table

NOT_NULL_BY_NAME = 18


def check_name(table: str, column: str) -> str:
    """The name of the CHECK that proves it."""
    return made_name(table, column, "not_null")


def not_null_steps(table: str, column: str, server_major: int) -> list[tuple[str, str]]:
    """The revisions, each with its title."""
    if server_major >= NOT_NULL_BY_NAME:
        return _by_name(table, column)
    name = check_name(table, column)
    proof = (
        f"op.create_check_constraint({text(name)}, {text(bare(table))}, {text(quoted(column) + ' IS NOT NULL')}"
        f"{place(table)}, postgresql_not_valid=True)"
    )
    validate = execute(f"ALTER TABLE {quoted_table(table)} VALIDATE CONSTRAINT {quoted(name)}")
    drop = f"op.drop_constraint({text(name)}, {text(bare(table))}{place(table)})"
    return [
        ("a revision: from now on no null comes in; existing rows are not looked at", patiently(proof)),
        ("the next revision: looks at every row, and blocks no session", validate),
        (
            "the one after it: the validated CHECK proves NOT NULL, so nothing is scanned",
            patiently(f"op.alter_column({text(bare(table))}, {text(column)}, nullable=False{place(table)})", drop),
        ),
    ]


def _by_name(table: str, column: str) -> list[tuple[str, str]]:
    name = check_name(table, column)
    add = f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)} NOT NULL {quoted(column)} NOT VALID"
    return [
        ("a revision: from now on no null comes in; existing rows are not looked at", patiently(execute(add))),
        (
            "the next revision: looks at every row, and blocks no session",
            execute(f"ALTER TABLE {quoted_table(table)} VALIDATE CONSTRAINT {quoted(name)}"),
        ),
    ]


def set_not_null(table: str, column: str, server_major: int) -> str:
    """The whole way."""
    return steps(*not_null_steps(table, column, server_major))


def set_proven_not_null(table: str, column: str) -> str:
    """The last step alone, with its lock_timeout."""
    return patiently(f"op.alter_column({text(bare(table))}, {text(column)}, nullable=False{place(table)})")


def primary_key_steps(table: str, columns: list[str], nullable: list[str], name: str, server_major: int) -> str:
    """A primary key over an index that was built while the table was written to.

    Args:
        nullable: those of the columns that may still be NULL.
    """
    key = ", ".join(quoted(column) for column in columns)
    index = (
        f"op.create_index({text(name)}, {text(bare(table))}, {names(columns)}, unique=True{place(table)}, "
        "postgresql_concurrently=True)"
    )
    proofs = [step for column in nullable for step in not_null_steps(table, column, server_major)]
    return steps(
        *proofs,
        (f"a revision: the index for ({key})", concurrently(index)),
        (
            "the next revision: takes the index over, nothing is built or scanned",
            patiently(
                execute(
                    f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)} PRIMARY KEY USING INDEX "
                    f"{quoted(name)}"
                )
            ),
        ),
    )
