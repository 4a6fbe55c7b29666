"""What statements are made of: names of relations, types of columns, expressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from deploy.checking.statements import deparsing
from deploy.checking.statements.conditions import is_always_true
from deploy.checking.statements.nodes import choice, function_calls, parts, without_public

# Same input, same output.
_IMMUTABLE = frozenset({"lower", "upper", "btrim", "ltrim", "rtrim", "replace", "md5", "left", "right", "round", "abs"})


@dataclass(frozen=True)
class Relation:
    """A table, a view, an index or a sequence, as a statement names it.

    Attributes:
        name: without its schema.
        schema: as it is written, `public` too; empty where the search path decides.
        is_only: whether ONLY is written before it: its partitions and its children are left out.
        is_temporary: whether it is made as a temporary one, which no other session sees.
    """

    name: str
    schema: str = ""
    is_only: bool = False
    is_temporary: bool = field(default=False, compare=False)

    @property
    def shown(self) -> str:
        """`schema.table`, or `table` where the schema is public or not named: the name that the schema knows it by."""
        return without_public(f"{self.schema}.{self.name}" if self.schema else self.name)


@dataclass(frozen=True)
class ColumnType:
    """A type, as a statement writes it.

    Attributes:
        names: the parts of its name as the grammar has them: `("pg_catalog", "int4")` for INTEGER.
        modifiers: the numbers in parentheses.
        dimensions: of an array; 0 where it is none.
    """

    names: tuple[str, ...]
    modifiers: tuple[int, ...] = ()
    dimensions: int = 0
    _node: Any = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The last part, lower case: `int4`, `serial`; empty where there is no type."""
        return self.names[-1].lower() if self.names else ""

    @cached_property
    def sql(self) -> str:
        """The type as SQL; empty where there is none, or it cannot be written."""
        return deparsing.type_sql(self._node)


@dataclass(frozen=True, eq=False, repr=False)
class Expression:
    """An expression. It is written as SQL when somebody asks: most are never shown. Equal where their SQL is."""

    _node: Any

    @cached_property
    def sql(self) -> str:
        """The expression as SQL; empty where it cannot be written."""
        return deparsing.to_sql(self._node)

    @cached_property
    def of_new_row(self) -> str:
        """The same in a trigger of its table: each column is NEW's."""
        return deparsing.of_new_row(self._node)

    @cached_property
    def is_always_true(self) -> bool:
        """Whether it excludes no row: `true`, `1 = 1`."""
        return is_always_true(self._node)

    @property
    def constant(self) -> str | int | bool | None:
        """The text, whole number or truth that is written; None for everything else, numbers with a fraction too."""
        kind = self._node.a_const.WhichOneof("val")
        constant = self._node.a_const
        if kind == "sval":
            return str(constant.sval.sval)
        if kind == "ival":
            return int(constant.ival.ival)
        return bool(constant.boolval.boolval) if kind == "boolval" else None

    @property
    def column(self) -> str:
        """The column that it names without its table; empty where it is more than that, or something else."""
        fields = self._node.column_ref.fields
        return str(fields[0].string.sval) if len(fields) == 1 else ""

    @property
    def cast_column(self) -> str:
        """The column of which it is nothing but a cast, or the column itself; empty for everything else."""
        node = self._node
        while node.WhichOneof("node") == "type_cast":
            node = node.type_cast.arg
        fields = node.column_ref.fields
        return str(fields[-1].string.sval) if fields else ""

    @property
    def not_null_column(self) -> str | None:
        """`c` for `c IS NOT NULL`; None for everything else."""
        test = self._node.null_test
        if choice(test, "nulltesttype") != "IS_NOT_NULL" or not test.arg.column_ref.fields:
            return None
        return str(test.arg.column_ref.fields[-1].string.sval)

    def comes_to_rest(self, changed: frozenset[str]) -> bool:
        """Whether it gives the same value again once these columns hold its result.

        `n + 1` of the column itself never does, nor do now() and random().
        """
        for kind, part in parts(self._node):
            if kind == "SQLValueFunction":
                return False
            if kind == "FuncCall" and function_calls(part) - _IMMUTABLE:
                return False
            if kind == "ColumnRef" and part.fields[-1].string.sval in changed:
                return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.sql == other.sql

    def __hash__(self) -> int:
        return hash(self.sql)

    def __repr__(self) -> str:
        return f"Expression({self.sql!r})"
