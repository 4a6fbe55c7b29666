"""SQL text to statements, by PostgreSQL's own grammar, and back. The only room that knows the parser.

A rule reads `statement.view`: frozen dataclasses with exact types (`views`, `commands`, `constraints`, `row_changes`,
`values`). `statement.node`, and what is imported from `nodes` here, are the parser's own messages without types: for
the model of a schema, and for what has no view yet.
"""

from __future__ import annotations

from deploy.checking.statements.deparsing import copy_of, quoted, quoted_table, to_sql, type_sql
from deploy.checking.statements.nodes import (
    SERIAL_TYPES,
    choice,
    column_of_not_null_check,
    enum_name,
    name_parts,
    parts,
    relation_name,
    strings,
    type_name,
    unwrap,
)
from deploy.checking.statements.parsing import read_statements
from deploy.checking.statements.procedures import Procedure, read_procedure
from deploy.checking.statements.rewriting import statement_sql
from deploy.checking.statements.statement import UNREADABLE, Statement, dropped_names, nodes_of

__all__ = [
    "SERIAL_TYPES",
    "UNREADABLE",
    "Procedure",
    "Statement",
    "choice",
    "column_of_not_null_check",
    "copy_of",
    "dropped_names",
    "enum_name",
    "name_parts",
    "nodes_of",
    "parts",
    "quoted",
    "quoted_table",
    "read_procedure",
    "read_statements",
    "relation_name",
    "statement_sql",
    "strings",
    "to_sql",
    "type_name",
    "type_sql",
    "unwrap",
]
