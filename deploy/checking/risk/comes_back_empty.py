"""What a downgrade makes anew: the column or table is there again, what it held is not. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.checking.statements import enum_name, nodes_of, read_statements, relation_name
from deploy.model.risk import RevisionSql


def comes_back_empty(rendered: Sequence[RevisionSql]) -> tuple[str, ...]:
    """One sentence a column or table that these downgrades create."""
    found = []
    for sql in rendered:
        for statement in read_statements(sql.sql or ""):
            if statement.kind == "create_stmt":
                found.append(f"{relation_name(statement.node.relation)} comes back without its rows")
            if statement.kind != "alter_table_stmt":
                continue
            table = relation_name(statement.node.relation)
            for command in nodes_of(statement, "AlterTableCmd"):
                if enum_name(command, "subtype") == "AT_AddColumn":
                    column = getattr(command, "def").column_def.colname
                    found.append(f"{table}.{column} comes back empty, or with its default: not with what it held")
    return tuple(dict.fromkeys(found))
