"""Statements about what is no table: types, sequences, views, functions, roles, settings, and what hangs on tables."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.checking.statements.constraints import Constraint
from deploy.checking.statements.values import Relation
from deploy.checking.statements.views import View


@dataclass(frozen=True)
class CreateType(View):
    """CREATE DOMAIN, and CREATE TYPE of an enum, a range or a composite type."""

    name: str


@dataclass(frozen=True)
class AddEnumValue(View):
    """ALTER TYPE … ADD VALUE."""

    type_name: str
    value: str
    is_if_not_exists: bool


@dataclass(frozen=True)
class RenameEnumValue(View):
    """ALTER TYPE … RENAME VALUE."""

    type_name: str
    old_value: str
    new_value: str


@dataclass(frozen=True)
class AlterDomain(View):
    """ALTER DOMAIN.

    Attributes:
        names: the parts of its name.
        action: `add constraint`, `drop constraint`, `validate constraint`, `set not null`, `drop not null`, `set
            default` (DROP DEFAULT too).
        constraint: that is added; None for every other action.
    """

    names: tuple[str, ...]
    action: str
    constraint: Constraint | None


@dataclass(frozen=True)
class AlterSequence(View):
    """ALTER SEQUENCE.

    Attributes:
        options: the grammar's words for what changes: `restart`, `owned_by`.
    """

    sequence: Relation
    options: frozenset[str]


@dataclass(frozen=True)
class ChangeObjectOwner(View):
    """OWNER TO of something that is no table.

    Attributes:
        word: people's word for it, `schema`.
        name: empty where the grammar does not tell it.
        owner: a role's name, or the words that stand for one: `CURRENT_USER`.
    """

    word: str
    name: str
    owner: str


@dataclass(frozen=True)
class SetSchema(View):
    """SET SCHEMA.

    Attributes:
        word: people's word for what moves, `table`.
        relation: what moves; None where it is no relation.
        name: of what moves; empty where the grammar does not tell it.
    """

    word: str
    relation: Relation | None
    name: str
    new_schema: str


@dataclass(frozen=True)
class CreatePolicy(View):
    """CREATE POLICY."""

    table: str
    name: str


@dataclass(frozen=True)
class AlterPolicy(View):
    """ALTER POLICY."""

    table: str
    name: str


@dataclass(frozen=True)
class CreateRule(View):
    """CREATE RULE.

    Attributes:
        event: `INSERT`, `UPDATE`, `DELETE` or `SELECT`.
    """

    table: str
    name: str
    event: str
    is_instead: bool


@dataclass(frozen=True)
class CreateTrigger(View):
    """CREATE TRIGGER.

    Attributes:
        function: `schema.name` as it is written.
        is_replace: whether OR REPLACE is written.
    """

    table: str
    name: str
    function: str
    is_replace: bool = False


@dataclass(frozen=True)
class CreateView(View):
    """CREATE VIEW.

    Attributes:
        is_replace: whether OR REPLACE is written.
    """

    name: str
    is_replace: bool


@dataclass(frozen=True)
class CreateFunction(View):
    """CREATE FUNCTION and CREATE PROCEDURE.

    Attributes:
        names: the parts of its name.
        is_replace: whether OR REPLACE is written.
    """

    names: tuple[str, ...]
    is_replace: bool


@dataclass(frozen=True)
class DefineObject(View):
    """CREATE AGGREGATE, OPERATOR, COLLATION, and CREATE TYPE without AS: what the grammar reads as one.

    Attributes:
        is_replace: whether OR REPLACE is written.
    """

    is_replace: bool


@dataclass(frozen=True)
class AlterFunction(View):
    """ALTER FUNCTION and ALTER PROCEDURE, where not its name, owner or schema changes.

    Attributes:
        names: the parts of its name.
    """

    names: tuple[str, ...]


@dataclass(frozen=True)
class Grant(View):
    """GRANT and REVOKE, of roles and of default privileges too.

    Attributes:
        is_revoke: whether something is taken away.
        roles: to whom, or from whom.
    """

    is_revoke: bool
    roles: tuple[str, ...]


@dataclass(frozen=True)
class DropDatabase(View):
    """DROP DATABASE."""

    name: str


@dataclass(frozen=True)
class DropRole(View):
    """DROP ROLE."""

    roles: tuple[str, ...]


@dataclass(frozen=True)
class DropOwned(View):
    """DROP OWNED BY."""

    roles: tuple[str, ...]


@dataclass(frozen=True)
class ReassignOwned(View):
    """REASSIGN OWNED BY."""

    roles: tuple[str, ...]
    new_role: str


@dataclass(frozen=True)
class SetSetting(View):
    """SET and RESET.

    Attributes:
        name: of the setting, lower case.
        value: as text, without quotes; empty where no constant is written.
        is_set: whether a value is written.
        is_reset: whether the session's first value comes back: RESET, and TO DEFAULT.
        is_local: whether it ends with its transaction.
    """

    name: str
    value: str
    is_set: bool
    is_reset: bool
    is_local: bool


@dataclass(frozen=True)
class CreateSequence(View):
    """CREATE SEQUENCE."""

    sequence: Relation
    is_if_not_exists: bool


@dataclass(frozen=True)
class CreateSchema(View):
    """CREATE SCHEMA.

    Attributes:
        name: empty where only AUTHORIZATION names one.
    """

    name: str
    is_if_not_exists: bool


@dataclass(frozen=True)
class CreateExtension(View):
    """CREATE EXTENSION."""

    name: str
    is_if_not_exists: bool
