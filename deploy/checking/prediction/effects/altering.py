"""The work of one ALTER TABLE, gathered over its subcommands as PostgreSQL does: one rewrite, one scan at the end.

Source: ATRewriteTables in PostgreSQL's commands/tablecmds.c.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.schema.objects import Column, Index, Relation
from deploy.checking.statements import choice
from deploy.model.locks import LockMode

HAS_ROWS = frozenset({"table", "materialized view"})


@dataclass
class AlteredTable:
    """What is to be done to one table.

    Attributes:
        rebuilt: indexes that are made anew because a column changed its type; their old files cannot be used.
        replaced: all indexes that are made anew, those too that take over the old file.
        dropped: indexes that go.
        new_indexes: names of new ones.
    """

    relation: Relation
    is_rewritten: bool = False
    is_scanned: bool = False
    rebuilt: set[Index] = field(default_factory=set)
    replaced: set[Index] = field(default_factory=set)
    dropped: set[Index] = field(default_factory=set)
    new_indexes: list[str] = field(default_factory=list)
    proven_columns: set[Column] = field(default_factory=set)


class Altering:
    """One ALTER TABLE on one relation.

    Attributes:
        is_recursive: False for ALTER TABLE ONLY.
        new_columns: names that earlier subcommands added.
        dropped_columns / dropped_constraints: names that some subcommand drops: PostgreSQL does that first.
        required_columns: names that some subcommand makes NOT NULL.
    """

    def __init__(self, draft: Draft, table: Relation, *, is_recursive: bool) -> None:
        self.draft = draft
        self.table = table
        self.is_recursive = is_recursive
        self.new_columns: set[str] = set()
        self.dropped_columns: set[str] = set()
        self.dropped_constraints: set[str] = set()
        self.dropped_defaults: set[str] = set()
        self.required_columns: set[str] = set()
        self.foreign_key_checks: list[tuple[str, Relation, Relation | None]] = []
        self._states: dict[Relation, AlteredTable] = {}

    def state(self, relation: Relation) -> AlteredTable:
        """What is to be done to one of the tables."""
        return self._states.setdefault(relation, AlteredTable(relation))

    def family(self) -> list[Relation]:
        """The tables that a recursive subcommand works on."""
        return self.table.family() if self.is_recursive else [self.table]

    def parts(self) -> list[Relation]:
        """The table with its partitions, but not its heirs: what an index or a foreign key spans."""
        found = [self.table]
        if not self.is_recursive:
            return found
        for relation in found:
            found.extend(relation.partitions)
        return found

    def lock(self, relations: list[Relation], mode: LockMode) -> None:
        """Lock these."""
        self.draft.lock_all(relations, mode)

    def column(self, name: str) -> Column | None:
        """A column that was there before."""
        return self.table.columns.get(name)

    def look_ahead(self, commands: Iterable[Any]) -> None:
        """Take in what subcommands do that PostgreSQL does before others (the passes of tablecmds.c)."""
        for command in commands:
            kind = choice(command, "subtype")
            if kind == "AT_DropColumn":
                self.dropped_columns.add(command.name)
            elif kind == "AT_DropConstraint":
                self.dropped_constraints.add(command.name)
            elif kind == "AT_SetNotNull":
                self.required_columns.add(command.name)
            elif kind == "AT_ColumnDefault" and not getattr(command, "def").WhichOneof("node"):
                self.dropped_defaults.add(command.name)

    def refuse_inherited(self, name: str, action: str) -> None:
        """What a parent gave can only be changed there.

        Raises:
            FailedError: a parent has the column.
        """
        parents = [*self.table.inherits, *([self.table.parent] if self.table.parent is not None else [])]
        if any(name in parent.columns for parent in parents) and name in self.table.columns:
            raise FailedError(f'cannot {action} inherited column "{name}"')

    def is_judgeable(self) -> bool:
        """Whether all columns and constraints of the table are known."""
        return not (self.table.is_assumed or self.table.is_uncertain)

    def finish(self) -> None:
        """Do what was gathered."""
        for state in self._states.values():
            if state.relation.kind in HAS_ROWS:
                self._finish_one(state)
        for name, child, parent in self.foreign_key_checks:
            # A child that this revision made has no rows to look up: its parent is not read through, however large
            # (1,000,000 rows: 0.8 ms on 15 to 18).
            if self._is_of_this_revision(child):
                continue
            self.draft.validate_foreign_key(name)
            self.draft.scan(child)
            if parent is not None:
                self.draft.scan(parent)

    def _is_of_this_revision(self, relation: Relation) -> bool:
        label = self.draft.schema.label
        return label is not None and relation.created_in == label

    def _finish_one(self, state: AlteredTable) -> None:
        draft, relation = self.draft, state.relation
        built = [index for index in relation.indexes if index in state.rebuilt and index not in state.dropped]
        if state.is_rewritten:
            draft.rewrite(relation)
            built = [index for index in relation.indexes if index not in state.dropped]
            # An index that is replaced by one of the same name is a new relation: nobody can wait for it.
            draft.lock_all((index for index in built if index not in state.replaced), LockMode.ACCESS_EXCLUSIVE)
        for name in [*(index.name for index in built), *state.new_indexes]:
            draft.build(name, relation)
        if state.is_scanned or ((built or state.new_indexes) and not state.is_rewritten):
            draft.scan_one(relation)
