"""SQL text to statements, by PostgreSQL's own grammar, and back. The only room that knows the parser.

A rule reads `statement.view`: frozen dataclasses with exact types (`views`, `commands`, `constraints`, `row_changes`,
`table_work`, `objects`, `values`). `statement.node`, and what is imported from `nodes` here, are the parser's own
messages without types: for the model of a schema, and for what has no view yet.
"""

from __future__ import annotations

from deploy.checking.statements.deparsing import quoted, quoted_table
from deploy.checking.statements.nodes import (
    SERIAL_TYPES,
    choice,
    enum_name,
    has_option,
    name_parts,
    parts,
    relation_name,
    strings,
    unwrap,
)
from deploy.checking.statements.parsing import read_statements
from deploy.checking.statements.procedures import Procedure, read_procedure
from deploy.checking.statements.rewriting import statement_sql
from deploy.checking.statements.statement import UNREADABLE, Statement, nodes_of

__all__ = [
    "SERIAL_TYPES",
    "UNREADABLE",
    "Procedure",
    "Statement",
    "choice",
    "enum_name",
    "has_option",
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
    "unwrap",
]
