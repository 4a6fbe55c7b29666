"""What a block or a function does, said in the migration itself."""

from __future__ import annotations

from deploy.checking.risk.safe_forms.code import bare, execute, patiently, place, steps, text


def written_out(sqls: list[str]) -> str:
    """The same as plain statements: they can be read, reviewed and judged."""
    return steps(
        (
            "what it does, as statements of the migration: they can be reviewed, and each gets its own safe form",
            patiently(*(execute(sql) for sql in sqls)),
        )
    )


def look_first(table: str) -> str:
    """What is there, before anything is changed."""
    if not table:
        return ""
    return steps(
        (
            "look at what is there before changing it",
            (f"found = [] if op.get_context().as_sql else sa.inspect(op.get_bind()).get_columns({text(bare(table))}"
            f'{place(table)})\nprint([column["name"] for column in found])'),
        )
    )
