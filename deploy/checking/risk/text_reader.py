"""Reads a run's statements in their order: what each does, as far as its text and the schema before it tell.

The only file that imports the prediction. An installation may be without it: then nothing is predicted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from deploy.checking.risk.schema_around import SchemaAround
from deploy.checking.statements import Statement, read_statements
from deploy.model.effects import Effects

if TYPE_CHECKING:
    from deploy.checking.prediction import Schema
    from deploy.checking.risk.schema_around import IndexAround, RelationAround, UserTypeAround

PREDICTION = "deploy.checking.prediction"
NOTHING_PREDICTED = "this installation predicts nothing"


class Reader(Protocol):
    """What follows the statements of a run, and tells what each will do."""

    @property
    def schema(self) -> SchemaAround | None:
        """The schema before the next statement; None where nothing is predicted."""

    def begin(self, revision_id: str) -> None:
        """What comes now belongs to this revision."""

    def predict(self, statement: Statement, transaction: int) -> Effects:
        """What it will do to what is there; ask before `follow`.

        Args:
            transaction: statements with the same number are committed together; 0 for one that stands alone.
        """

    def follow(self, statement: Statement) -> None:
        """Make the schema what it is after the statement."""


def can_predict() -> bool:
    """Whether this installation has the prediction."""
    try:
        import deploy.checking.prediction  # noqa: F401 - whether it is there
    except ModuleNotFoundError as error:
        if error.name != PREDICTION:
            raise
        return False
    return True


def text_reader(schema_sql: str, server_major: int, time_zone: str) -> Reader:
    """The reader of this installation.

    Args:
        schema_sql: what was there at the start, as pg_dump writes it; empty where it is not known.
    """
    return TextReader(schema_sql, server_major, time_zone) if can_predict() else NoReader()


class NoReader:
    """The reader of an installation without the prediction: of every statement it says that nothing is known."""

    schema = None

    def begin(self, revision_id: str) -> None:
        """Nothing is followed."""

    def predict(self, statement: Statement, transaction: int) -> Effects:
        """Not known, and why."""
        del statement, transaction
        return Effects(unknown=NOTHING_PREDICTED)

    def follow(self, statement: Statement) -> None:
        """Nothing is followed."""


class TextSchema:
    """The schema around a statement, as the texts before it tell."""

    def __init__(self, schema: Schema, server_major: int) -> None:
        self._schema = schema
        self._server_major = server_major

    def find(self, name: str) -> RelationAround | IndexAround | None:
        """By `schema.name`, or by `name` along the search path."""
        found = self._schema.find(name)
        return None if getattr(found, "is_assumed", False) else found

    def tables(self) -> list[RelationAround]:
        """Every table, partitioned and foreign ones too."""
        return list(self._schema.tables())

    def user_type(self, schema: str, name: str) -> UserTypeAround | None:
        """A domain or another type that the texts made."""
        return self._schema.user_type(schema, name)

    def bodies(self, name: str) -> list[str]:
        """The bodies of the functions of this name that the texts made."""
        return self._schema.bodies(name)

    def understands(self, statement: Statement) -> bool:
        """Whether its text tells all that it does."""
        from deploy.checking.prediction import predict

        return not predict(
            statement, self._schema, server_major=self._server_major, is_in_transaction=False
        ).unknown


class TextReader:
    """A schema that follows the statements.

    Args:
        schema_sql: what was there at the start, as pg_dump writes it; empty where it is not known.
    """

    def __init__(self, schema_sql: str, server_major: int, time_zone: str) -> None:
        from deploy.checking.prediction import Schema, apply, predict

        self._predict, self._apply = predict, apply
        self.model = Schema(server_major=server_major)
        self.schema = TextSchema(self.model, server_major)
        self._server_major = server_major
        self._time_zone = time_zone or "UTC"
        self._transaction = 0
        for statement in read_statements(schema_sql):
            apply(self.model, statement)
        self.model.new_session()  # a dump empties the search path

    def begin(self, revision_id: str) -> None:
        """What comes now belongs to this revision."""
        self.model.begin(revision_id)

    def predict(self, statement: Statement, transaction: int) -> Effects:
        """What it will do to what is there; ask before `follow`."""
        if transaction != self._transaction or not transaction:
            self.model.end_transaction()
            self._transaction = transaction
        return self._predict(
            statement, self.model, server_major=self._server_major, time_zone=self._time_zone,
            is_in_transaction=bool(transaction),
        )

    def follow(self, statement: Statement) -> None:
        """Make the schema what it is after the statement."""
        self._apply(self.model, statement)
