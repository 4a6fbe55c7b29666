"""What is being found out about one statement, until it is an Effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from deploy.checking.prediction.schema.falling import Falling, identity
from deploy.checking.prediction.schema.objects import Index, Relation, UserType
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import Statement
from deploy.model.effects import Drop, Effects, IndexBuild, RelationLock
from deploy.model.locks import LockMode

DEEPEST_NESTING = 5


class FailedError(Exception):
    """PostgreSQL would refuse the statement; its message."""


class Draft:
    """Collects the effects; every relation given to it existed before the statement.

    Attributes:
        server_major: `17`.
        time_zone: of the session, as a setting names it.
        own_names: of relations that the statement itself makes, and names again.

    Args:
        read_inside: tells what a statement inside this one will do.
    """

    def __init__(
        self, schema: Schema, *, server_major: int, time_zone: str, is_in_transaction: bool,
        read_inside: Callable[[Statement, Draft], Effects], depth: int = 0,
    ) -> None:
        self.schema = schema
        self._read_inside = read_inside
        self.depth = depth
        self.server_major = server_major
        self.time_zone = schema.session_time_zone or time_zone
        self.is_in_transaction = is_in_transaction
        self.can_be_in_transaction = True
        self.own_names: set[str] = set()
        self._locks: dict[tuple[str, str], LockMode] = {}
        self._rewrites: dict[str, None] = {}
        self._scans: dict[str, None] = {}
        self._builds: dict[IndexBuild, None] = {}
        self._concurrent_builds: dict[IndexBuild, None] = {}
        self._validated: dict[str, None] = {}
        self._new_files: dict[str, None] = {}
        self._drops: dict[tuple[str, str], Drop] = {}
        self._waits: dict[str, None] = {}
        self._unknown: dict[str, None] = {}

    def lock(self, relation: Relation | Index, mode: LockMode) -> None:
        """The statement takes this lock, or holds a stronger one."""
        if relation.name in self.own_names:
            return
        key = (relation.shown, relation.kind)
        self._locks[key] = max(mode, self._locks.get(key, mode))

    def lock_all(self, relations: Iterable[Relation | Index], mode: LockMode) -> None:
        """The same lock on each."""
        for relation in relations:
            self.lock(relation, mode)

    def scan(self, relation: Relation) -> None:
        """Every row is read; of a partitioned table, those of its partitions."""
        for part in relation.family():
            if part.kind in {"table", "materialized view", "foreign table"} and (part is relation or part.parent):
                self._scans[part.shown] = None

    def scan_one(self, relation: Relation) -> None:
        """Every row of the table itself is read."""
        self._scans[relation.shown] = None

    def rewrite(self, relation: Relation) -> None:
        """Every row is written anew."""
        self._rewrites[relation.shown] = None

    def build(self, index_name: str, table: Relation, *, is_concurrent: bool = False) -> None:
        """An index is built on a table that existed."""
        target = self._concurrent_builds if is_concurrent else self._builds
        target[IndexBuild(index_name, table.shown)] = None

    def validate_foreign_key(self, name: str) -> None:
        """A foreign key is checked against the data."""
        self._validated[name] = None

    def new_file(self, relation: Relation | Index) -> None:
        """It gets a new file without a rewrite."""
        self._new_files[relation.shown] = None

    def drop(self, kind: str, name: str, *, is_by_cascade: bool = False) -> None:
        """Something goes."""
        self._drops[kind, name] = Drop(kind, name, is_by_cascade)

    def drop_things(self, fall: Falling) -> None:
        """Everything of a fall goes."""
        for thing in fall.things:
            self.drop(*identity(thing), is_by_cascade=fall.is_cascade(thing))
            if isinstance(thing, UserType) and thing.kind == "composite":
                self.drop("composite type", identity(thing)[1], is_by_cascade=True)
            if isinstance(thing, UserType):
                for name in thing.checks:
                    self.drop("domain constraint", f"{name} on {identity(thing)[1]}", is_by_cascade=True)

    def wait_for_snapshots(self) -> None:
        """CONCURRENTLY: it waits for every older transaction of the database."""
        self._waits["virtualxid"] = None

    def unknown(self, why: str) -> None:
        """More may happen than is told here."""
        self._unknown[why] = None

    def inside(self, statement: Statement) -> None:
        """A statement that runs inside this one: of a function, a DO block."""
        if self.depth >= DEEPEST_NESTING:
            self.unknown("functions call each other too deep")
            return
        self.take(self._read_inside(statement, self))

    def take(self, other: Effects) -> None:
        """Add the effects of a statement inside this one."""
        for lock in other.locks:
            key = (lock.relation, lock.kind)
            self._locks[key] = max(lock.mode, self._locks.get(key, lock.mode))
        self._rewrites.update(dict.fromkeys(other.rewrites))
        self._scans.update(dict.fromkeys(other.scans))
        self._builds.update(dict.fromkeys(other.index_builds))
        self._concurrent_builds.update(dict.fromkeys(other.concurrent_builds))
        self._validated.update(dict.fromkeys(other.validated_foreign_keys))
        self._new_files.update(dict.fromkeys(other.new_files))
        self._drops.update({(drop.kind, drop.identity): drop for drop in other.drops})
        self._waits.update(dict.fromkeys(other.waits_for))
        for why in (other.unknown, other.error):
            if why:
                self.unknown(why)

    def finish(self) -> Effects:
        """All of it, in a stable order."""
        return Effects(
            locks=tuple(sorted(RelationLock(name, kind, mode) for (name, kind), mode in self._locks.items())),
            rewrites=tuple(self._rewrites),
            scans=tuple(name for name in self._scans if name not in self._rewrites),
            index_builds=tuple(sorted(self._builds)),
            concurrent_builds=tuple(sorted(self._concurrent_builds)),
            validated_foreign_keys=tuple(self._validated),
            new_files=tuple(name for name in self._new_files if name not in self._rewrites),
            drops=tuple(sorted(self._drops.values())),
            waits_for=tuple(self._waits),
            is_in_transaction=self.can_be_in_transaction,
            unknown="; ".join(self._unknown),
        )
