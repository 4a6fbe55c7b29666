"""What a rule may know beside the statement: what earlier ones made true, what this one does, how large things are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from deploy.checking.risk.schema_around import SchemaAround
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint, AlterCommand, DropConstraint, ValidateConstraint
from deploy.checking.statements.constraints import Check
from deploy.checking.statements.objects import CreateFunction, CreateSchema, CreateSequence, CreateType, CreateView
from deploy.checking.statements.values import Relation
from deploy.checking.statements.views import (
    AlterTable,
    CreateIndex,
    CreateTable,
    CreateTableAs,
    DropTable,
    Rename,
    RenameTable,
    View,
)
from deploy.model.effects import Effects
from deploy.model.locks import LockMode
from deploy.model.snapshot import TableSize

CommandT = TypeVar("CommandT", bound=AlterCommand)
TEMPORARY_SCHEMA = "pg_temp"


@dataclass(frozen=True)
class NotNullCheck:
    """A CHECK (column IS NOT NULL) that this run added."""

    table: str
    constraint_name: str
    column: str
    is_validated: bool


@dataclass(frozen=True)
class Circumstances:
    """The schema so far, as much of it as rules ask for.

    Attributes:
        existing_tables: those with production rows.
        new_tables: those that this run created, and its other objects (types, views, sequences, functions, indexes).
        recreated_indexes: indexes that this revision creates (after dropping a left-over, perhaps).
        effects: what this statement does, measured where it was run, otherwise read from its text; relations that
            are new are left out. None where nobody worked it out.
        is_measured: whether `effects` was measured.
        sizes: production's tables; empty where production is not known.
        schema: the schema before this statement, from a catalog or from text; None where it is not known.
        server_major: production's.
        held: the strongest lock that earlier statements of this transaction hold, by relation.
        held_tables: those of them on which rows live.
        earlier: the statements of this transaction that ran before.
        lock_timeout: of the session, "0" for none, "" where it is not known.
        shows_rows: whether the rows of COPY FROM STDIN stand in the file.
        temporary: names of temporary relations that this run created: no other session sees them, in later revisions
            neither.
    """

    existing_tables: frozenset[str] = frozenset()
    new_tables: frozenset[str] = frozenset()
    checks: frozenset[NotNullCheck] = frozenset()
    recreated_indexes: frozenset[str] = frozenset()
    effects: Effects | None = None
    is_measured: bool = False
    sizes: Mapping[str, TableSize] = field(default_factory=dict)
    schema: SchemaAround | None = None
    server_major: int = 15
    held: Mapping[str, LockMode] = field(default_factory=dict)
    held_tables: frozenset[str] = frozenset()
    earlier: tuple[Statement, ...] = ()
    lock_timeout: str = ""
    temporary: frozenset[str] = frozenset()
    shows_rows: bool = False

    @classmethod
    def at_start(cls, table_names: Iterable[str]) -> Circumstances:
        """Before the first statement."""
        return cls(existing_tables=frozenset(name.removeprefix("public.") for name in table_names))

    def size(self, table: str) -> TableSize | None:
        """Production's estimate; None where it is not known."""
        found = self.sizes.get(table.removeprefix("public."))
        if found is None and "." not in table:  # the text relies on the search path
            found = next((size for name, size in self.sizes.items() if name.endswith(f".{table}")), None)
        return found

    def rows(self, table: str) -> int | None:
        """Production's estimate; None where it is not known."""
        size = self.size(table)
        return size.rows if size else None

    def is_empty(self, table: str) -> bool:
        """Whether production is known to have no row there."""
        return self.rows(table) == 0

    def may_rewrite(self, table: str) -> bool:
        """Whether this table is written anew; yes where nobody worked it out."""
        return self.effects is None or _holds(self.effects.rewrites, table)

    def may_scan(self, table: str) -> bool:
        """Whether this table is read through; yes where nobody worked it out."""
        return self.may_rewrite(table) or self.effects is None or _holds(self.effects.scans, table)

    def is_new(self, table: str) -> bool:
        """Whether this run created the table, view, type, sequence, index or function; or nobody else sees it."""
        return table in self.new_tables or table in self.temporary or table.startswith(TEMPORARY_SCHEMA)

    def is_proven_not_null(self, table: str, column: str) -> bool:
        """Whether a validated CHECK spares SET NOT NULL its scan."""
        return any(c.is_validated and (c.table, c.column) == (table, column) for c in self.checks)

    def changes(self, statement: Statement, *kinds: str) -> Iterator[tuple[AlterCommand, str]]:
        """The subcommands of these kinds (all where none is named) on tables that hold rows, with the table's name."""
        for command, table in self.commands(statement, AlterCommand):
            if not kinds or command.kind in kinds:
                yield command, table

    def commands(self, statement: Statement, *kinds: type[CommandT]) -> Iterator[tuple[CommandT, str]]:
        """The subcommands of these classes on tables that hold rows, with the table's name."""
        view = statement.view
        if isinstance(view, AlterTable) and not view.is_of_index and not self.is_new(view.table):
            for command in view.commands:
                if isinstance(command, kinds):
                    yield command, view.table

    def before(self, statements: Iterable[Statement]) -> Circumstances:
        """At the beginning of a revision that consists of these statements."""
        created = frozenset(s.view.name for s in statements if isinstance(s.view, CreateIndex))
        return replace(self, recreated_indexes=created)

    def all_existing(self) -> Circumstances:
        """Once everything made so far is in production, with rows and users."""
        return replace(self, existing_tables=self.existing_tables | self.new_tables, new_tables=frozenset())

    def holding(self, effects: Effects, statements: Iterable[Statement]) -> Circumstances:
        """Once these ran in the open transaction, with these effects."""
        held = dict(self.held)
        tables = set(self.held_tables)
        for lock in effects.locks:
            held[lock.relation] = max(lock.mode, held.get(lock.relation, lock.mode))
            tables |= {lock.relation} if lock.is_on_table else set()
        for old, new in _renames(held, statements):
            held[new] = held.pop(old)
            tables |= {new} if old in tables else set()
        return replace(self, held=held, held_tables=frozenset(tables), earlier=(*self.earlier, *statements))

    def after(self, statement: Statement) -> Circumstances:
        """Once this statement ran."""
        view = statement.view
        if isinstance(view, CreateTable | CreateTableAs) and view.relation.is_temporary:
            return replace(self, temporary=self.temporary | {view.relation.name})
        if isinstance(view, CreateTable | CreateTableAs):
            return self._with_table(view.relation.shown, has_guard=view.is_if_not_exists)
        if isinstance(view, DropTable):
            return self._without(frozenset(view.names))
        if isinstance(view, RenameTable):
            return self._renamed(view)
        if isinstance(view, AlterTable):
            return self._with_checks(statement)
        made = _made(view)
        return replace(self, new_tables=self.new_tables | {made}) if made else self

    def _with_table(self, name: str, *, has_guard: bool) -> Circumstances:
        """IF NOT EXISTS may have made nothing: then the old table with its rows is still there."""
        if has_guard and any(name in {t, t.rpartition(".")[2]} for t in self.existing_tables):
            return self
        return replace(self, new_tables=self.new_tables | {name})

    def _without(self, names: frozenset[str]) -> Circumstances:
        bare = frozenset(name.rpartition(".")[2] for name in names if not name.startswith(TEMPORARY_SCHEMA))
        gone = bare & self.temporary & names or frozenset(
            name.rpartition(".")[2] for name in names if name.startswith(TEMPORARY_SCHEMA)
        )
        left = names - gone
        return replace(
            self, new_tables=self.new_tables - left, existing_tables=self.existing_tables - left,
            temporary=self.temporary - gone,
        )

    def _renamed(self, renamed: RenameTable) -> Circumstances:
        old, new = renamed.table, renamed.new_table
        left = self._without(frozenset({old, new}))
        if self.is_new(old):
            return replace(left, new_tables=left.new_tables | {new})
        return replace(left, existing_tables=left.existing_tables | {new})

    def _with_checks(self, statement: Statement) -> Circumstances:
        checks = set(self.checks)
        for command, table in self.changes(statement):
            named = {c for c in checks if (c.table, c.constraint_name) == (table, command.name)}
            if isinstance(command, AddConstraint) and isinstance(command.constraint, Check):
                check = command.constraint
                column = check.condition.not_null_column if check.condition is not None else None
                if column is not None:
                    checks.add(NotNullCheck(table, check.name, column, is_validated=not check.is_not_valid))
            elif isinstance(command, ValidateConstraint):
                checks = (checks - named) | {replace(c, is_validated=True) for c in named}
            elif isinstance(command, DropConstraint):
                checks -= named
        return replace(self, checks=frozenset(checks))


def _renames(held: Iterable[str], statements: Iterable[Statement]) -> Iterator[tuple[str, str]]:
    """Old and new name of each locked relation that these rename: the lock stays on it."""
    for statement in statements:
        view = statement.view
        if isinstance(view, Rename) and view.kind in _RENAMED_RELATIONS:
            for old in [known for known in held if _holds((known,), view.table)]:
                yield old, f"{old.rpartition('.')[0]}.{view.new_name}".lstrip(".")


def _made(view: View) -> str:
    """What a CREATE makes beside tables; empty where it may have found it there (IF NOT EXISTS, OR REPLACE)."""
    if isinstance(view, CreateSequence | CreateSchema | CreateIndex) and view.is_if_not_exists:
        return ""
    if isinstance(view, CreateView | CreateFunction) and view.is_replace:
        return ""
    if isinstance(view, CreateIndex):
        return Relation(view.name, view.relation.schema).shown if view.name else ""
    if isinstance(view, CreateFunction):
        return ".".join(view.names).removeprefix("public.")
    if isinstance(view, CreateSequence):
        return view.sequence.shown
    return view.name if isinstance(view, CreateSchema | CreateView | CreateType) else ""


_RENAMED_RELATIONS = frozenset({"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"})


def _holds(names: Iterable[str], table: str) -> bool:
    """Whether the table is among them; a text may leave out the schema that a measurement names."""
    return any(name == table or name.endswith(f".{table}") for name in names)
