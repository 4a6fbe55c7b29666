"""One statement: its text, what it is, and the parser's node behind it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from deploy.checking.statements.nodes import choice, has_option, parts, relation_name
from deploy.checking.statements.read_views import row_change_of, view_of
from deploy.checking.statements.row_changes import RowChange
from deploy.checking.statements.values import Expression
from deploy.checking.statements.views import View

UNREADABLE = "unreadable"
_ROW_CHANGES = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
_NAME_FIELDS = ("colname", "relname", "conname", "idxname", "trigname", "newname", "policy_name", "rulename")
ChangeT = TypeVar("ChangeT", bound=RowChange)


@dataclass(frozen=True)
class Call:
    """A call of a function.

    Attributes:
        name: lower case, without schema.
    """

    name: str
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        kind: the node's name in the grammar, `alter_table_stmt`; UNREADABLE where it was not understood.
        node: the parsed node; None where it was not understood.
        text: the SQL without leading comments, shortened.
        full_text: the SQL as it was given, comments included.
        line: 1-based line of its first word in the text that was read.
    """

    kind: str
    node: Any
    text: str
    full_text: str = ""
    line: int = 1

    @cached_property
    def view(self) -> View:
        """The statement with typed fields: what a rule reads. Kept: every rule asks."""
        return view_of(self.kind, self.node)

    @cached_property
    def is_plan_only(self) -> bool:
        """Whether it is an EXPLAIN without ANALYZE: what it holds is not run."""
        return self.kind == "explain_stmt" and not has_option(self.node.options, "analyze")

    @cached_property
    def row_changes(self) -> tuple[RowChange, ...]:
        """Every change of rows, the statement itself and those inside WITH; by kind: INSERT, UPDATE, DELETE, MERGE."""
        return tuple(row_change_of(node) for kind in _ROW_CHANGES for node in nodes_of(self, kind))

    def changes_of(self, kind: type[ChangeT]) -> tuple[ChangeT, ...]:
        """The changes of rows of one kind, in the order of the text as a rule."""
        return tuple(change for change in self.row_changes if isinstance(change, kind))

    @cached_property
    def changed_tables(self) -> frozenset[str]:
        """Tables whose rows it changes, inside WITH too. Kept: every later statement of its transaction asks."""
        return frozenset(change.table for change in self.row_changes)

    @cached_property
    def relations(self) -> tuple[str, ...]:
        """Every relation that it writes out, in the order of the text as a rule; what a DROP names is none of them."""
        return tuple(dict.fromkeys(relation_name(node) for node in nodes_of(self, "RangeVar")))

    @cached_property
    def column_names(self) -> frozenset[str]:
        """Every column that it reads, without its table; `*` is an empty name."""
        return frozenset(str(node.fields[-1].string.sval) for node in nodes_of(self, "ColumnRef") if node.fields)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every function that it calls, in the order of the text as a rule."""
        return tuple(_call_of(node) for node in nodes_of(self, "FuncCall") if node.funcname)

    @cached_property
    def string_literals(self) -> frozenset[str]:
        """Every text between quotes."""
        return frozenset(node.sval.sval for node in nodes_of(self, "A_Const"))

    @property
    def is_cascade(self) -> bool:
        """Whether CASCADE is written beside something that it drops."""
        dropping = (node for kind in ("DropStmt", "AlterTableCmd", "DropOwnedStmt") for node in nodes_of(self, kind))
        return any(choice(node, "behavior") == "DROP_CASCADE" for node in dropping)

    def names_written(self) -> frozenset[str]:
        """The names that it writes of relations, columns, constraints, triggers and the like, old and new ones."""
        found: set[str] = set()
        for nodes in self.nodes.values():
            fields = nodes[0].DESCRIPTOR.fields_by_name  # the same for all of a type
            for field in (name for name in _NAME_FIELDS if name in fields):
                found.update(getattr(node, field) for node in nodes)
        return frozenset(found) - {""}

    @cached_property
    def nodes(self) -> dict[str, list[Any]]:
        """Every message of the statement by its type's name; many rules ask, the tree is walked once.

        What an EXPLAIN only plans is none of them.
        """
        found: dict[str, list[Any]] = {}
        for name, node in parts(self.node) if self.node is not None and not self.is_plan_only else ():
            found.setdefault(name, []).append(node)
        return found


def _call_of(node: Any) -> Call:
    return Call(node.funcname[-1].string.sval.lower(), tuple(Expression(argument) for argument in node.args))


def nodes_of(statement: Statement, node_type: str) -> list[Any]:
    """All nodes of a type (`DeleteStmt`), the statement itself and what it holds inside WITH among them."""
    return list(statement.nodes.get(node_type, ()))
