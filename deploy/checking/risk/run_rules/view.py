"""What a rule about a whole revision sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger
from deploy.checking.risk.evidence import PendingRevision
from deploy.checking.risk.facts import Facts
from deploy.checking.statements import Statement, read_statements
from deploy.model.check import CheckedStatement


@dataclass(frozen=True)
class RevisionView:
    """One revision, once all its statements were judged.

    Attributes:
        so_far: the checked statements of the run up to its end.
        first: where its own begin in `so_far`.
        parsed: its statements, read.
    """

    revision: PendingRevision
    so_far: tuple[CheckedStatement, ...]
    first: int
    parsed: tuple[Statement, ...]
    facts: Facts
    present: Circumstances

    @property
    def own(self) -> tuple[CheckedStatement, ...]:
        """The revision's own checked statements."""
        return self.so_far[self.first :]

    def transactions(self) -> Iterator[tuple[CheckedStatement, ...]]:
        """Its statements by transaction; those that stand alone are left out."""
        numbers = dict.fromkeys(item.transaction for item in self.own if item.transaction)
        for number in numbers:
            yield tuple(item for item in self.own if item.transaction == number)


# A danger, and the statement that shows it best (None: the revision as a whole).
Told = tuple[Danger, CheckedStatement | None]


@dataclass(frozen=True)
class RunRule:
    """One danger that lies in more than one statement.

    Attributes:
        name: the danger's name, also its page in docs/rules.
    """

    name: str
    check: Callable[[RevisionView], Iterator[Told]]


def first_table(sql: str) -> str:
    """The table that a statement names first; empty where it names none."""
    for statement in read_statements(sql):
        if statement.relations:
            return statement.relations[0]
    return ""
