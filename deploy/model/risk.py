"""What a migration may do to production, as far as it could be read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from deploy.model.releases import RevisionKind


class RiskLevel(IntEnum):
    """The seeds' four levels; comparable."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    VERY_HIGH = 4

    @property
    def label(self) -> str:
        """`very high`, as it is printed."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class Finding:
    """One danger in one statement.

    Attributes:
        rule: the danger's name, `drop_column`.
        revision_id: the revision that holds the statement.
        level: how dangerous.
        statement: the SQL, at most a few hundred characters.
        says: what it means, in a sentence without a full stop.
    """

    rule: str
    revision_id: str
    level: RiskLevel
    statement: str
    says: str


@dataclass(frozen=True)
class RevisionRisk:
    """The judgement of one pending revision."""

    revision_id: str
    message: str
    level: RiskLevel
    kind: RevisionKind
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class RiskReport:
    """The judgement of everything that is pending; empty when nothing is."""

    revisions: tuple[RevisionRisk, ...]

    @property
    def level(self) -> RiskLevel:
        """The highest level of any revision; LOW when nothing is pending."""
        return max((revision.level for revision in self.revisions), default=RiskLevel.LOW)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in order of the revisions."""
        return tuple(finding for revision in self.revisions for finding in revision.findings)


@dataclass(frozen=True)
class RevisionSql:
    """The SQL that Alembic's offline mode renders for one revision.

    `sql` is None when it could not be rendered; `problem` then says why.
    """

    revision_id: str
    message: str
    sql: str | None
    problem: str = ""
