"""Reads a run's statements in their order: what each does, as far as its text and the schema before it tell."""

from __future__ import annotations

from deploy.checking.prediction.effects import predict
from deploy.checking.prediction.schema import Schema
from deploy.checking.prediction.schema.apply import apply
from deploy.checking.statements import Statement, read_statements
from deploy.model.effects import Effects


class TextReader:
    """A schema that follows the statements.

    Args:
        schema_sql: what was there at the start, as pg_dump writes it; empty where it is not known.
    """

    def __init__(self, schema_sql: str, server_major: int, time_zone: str) -> None:
        self.schema = Schema(server_major=server_major)
        self._server_major = server_major
        self._time_zone = time_zone or "UTC"
        self._transaction = 0
        for statement in read_statements(schema_sql):
            apply(self.schema, statement)
        self.schema.new_session()  # a dump empties the search path

    def begin(self, revision_id: str) -> None:
        """What comes now belongs to this revision."""
        self.schema.begin(revision_id)

    def predict(self, statement: Statement, transaction: int) -> Effects:
        """What it will do to what is there; ask before `follow`.

        Args:
            transaction: statements with the same number are committed together; 0 for one that stands alone.
        """
        if transaction != self._transaction or not transaction:
            self.schema.end_transaction()
            self._transaction = transaction
        return predict(
            statement, self.schema, server_major=self._server_major, time_zone=self._time_zone,
            is_in_transaction=bool(transaction),
        )

    def follow(self, statement: Statement) -> None:
        """Make the schema what it is after the statement."""
        apply(self.schema, statement)
