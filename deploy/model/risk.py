"""What a migration may do to production: findings, levels, and the report that holds them."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from enum import IntEnum

from deploy.model.releases import RevisionKind


class RiskLevel(IntEnum):
    """The seeds' four levels, and advice beneath them; comparable."""

    ADVICE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    VERY_HIGH = 4

    @property
    def label(self) -> str:
        """`very high`, as it is printed."""
        return self.name.lower().replace("_", " ")

    @classmethod
    def from_label(cls, label: str) -> RiskLevel:
        """The level of `very-high` or `very high`.

        Raises:
            KeyError: there is no such level.
        """
        return cls[label.strip().upper().replace("-", "_").replace(" ", "_")]


ASKING_KINDS = (("fails", "it fails"), ("loss", "loss"), ("long", "long lock"), ("unknown", "not known whole"))
# What the guides' table lets a person decide, though no session waits for long and nothing is lost.
TABLE_OF_RISKS = (
    ("data", "it changes rows"), ("rewrite", "it rewrites a table"), ("breaks", "code that runs now may break"),
    ("block", "it locks a table"),
)


@dataclass(frozen=True)
class Finding:
    """One danger in one statement.

    Attributes:
        rule: the danger's name, `drop_column`; also its page in docs/rules.
        revision_id: the revision that holds the statement.
        level: how dangerous.
        statement: the SQL, at most a few hundred characters; empty where the danger lies in the whole revision.
        says: what it means, in a sentence without a full stop.
        path / line: where the revision says it; "" and 0 where that is not known.
        table: the table in question, "" where there is none.
        rows / bytes: production's estimate of it, None where production's sizes are not known.
        lock: in words, `ACCESS EXCLUSIVE on orders: every query waits, readers too`.
        hold_seconds: how long the lock is held, estimated from sizes and rates; None where that cannot be said.
        loses: what cannot be had back without a backup; empty where nothing is lost.
        breaks_older_code: whether code that runs now may fail on the result.
        safe_form: the same change without the danger, as Alembic code with the user's own names.
        evidence: `measured`, `read`, or `confirmed` (both agree).
    """

    rule: str
    revision_id: str
    level: RiskLevel
    statement: str
    says: str
    path: str = ""
    line: int = 0
    table: str = ""
    rows: int | None = None
    bytes: int | None = None
    lock: str = ""
    hold_seconds: float | None = None
    loses: str = ""
    breaks_older_code: bool = False
    safe_form: str = ""
    evidence: str = "read"


@dataclass(frozen=True)
class RevisionRisk:
    """The judgement of one pending revision.

    Attributes:
        kinds_of_danger: of `block`, `long`, `rewrite`, `loss`, `data`, `breaks`, `fails`, `unknown`: what a gate
            may ask for by name.
        unknown_because: why its effects are not known whole; empty where they are.
        breaks_because: what may break code that runs now, as the finding says it; empty where nothing known does.
        failure: why it is known to fail (measured on this schema, or told by production's rows); empty otherwise.
    """

    revision_id: str
    message: str
    level: RiskLevel
    kind: RevisionKind
    findings: tuple[Finding, ...]
    path: str = ""
    kinds_of_danger: frozenset[str] = frozenset()
    unknown_because: str = ""
    breaks_because: str = ""
    failure: str = ""

    @property
    def asks_because(self) -> tuple[str, ...]:
        """Why it asks a person: what was found, else the guides' table of risks; empty below high."""
        if self.level < RiskLevel.HIGH:
            return ()
        found = tuple(words for kind, words in ASKING_KINDS if kind in self.kinds_of_danger)
        why = next((words for kind, words in TABLE_OF_RISKS if kind in self.kinds_of_danger), "its kind of statement")
        return found or (f"the table of risks asks a person: {why}",)

    def may_be(self, kinds: Set[str]) -> bool:
        """Whether it is of one of these kinds of danger, as far as is known: what is not known may be of each."""
        return bool(self.kinds_of_danger & kinds) or "unknown" in self.kinds_of_danger


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

    `sql` is None when it could not be rendered; `problem` then says why, or why the text may not be all. `pieces` are
    the same text in the portions that Alembic wrote, each with the line of the revision's file (0 where it is Alembic's
    own).
    """

    revision_id: str
    message: str
    sql: str | None
    problem: str = ""
    path: str = ""
    has_downgrade: bool | None = None
    pieces: tuple[tuple[int, str], ...] = field(default=())
