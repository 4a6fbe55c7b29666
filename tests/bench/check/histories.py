"""Whole histories: what each tool says of every statement, beside the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.adapters.scratch.binaries import ServerBinaries
from deploy.checking.risk.text_reader import can_predict
from tests.bench.check import ours, peers
from tests.bench.check.projects import open_project
from tests.bench.check.scores import GATE, LABELS, Tally, align
from tests.bench.check.truths import TrueRevision, true_history

MEASURED, PARSED, RENDERED = "measured", "parsed", "parsed, rendered"
NO_STATEMENT = "alembic_version"
UNKNOWN = "unknown"


def our_ways() -> tuple[str, ...]:
    """The ways of ours that this installation has: without deploy/checking/prediction it only measures."""
    return (MEASURED, PARSED, RENDERED) if can_predict() else (MEASURED,)


@dataclass
class Score:
    """One tool on one project.

    Attributes:
        gate: revisions refused for long or loss.
        default: revisions that the tool refuses of itself, beside the same truth.
        found: the same without those that only the guides' table of risks lets a person decide.
        wrong: one line for each disagreement on a statement.
        silent: revisions that ran and of which nothing was said.
    """

    statements: dict[str, Tally] = field(default_factory=lambda: {label: Tally() for label in LABELS})
    revisions: dict[str, Tally] = field(default_factory=lambda: {label: Tally() for label in LABELS})
    gate: Tally = field(default_factory=Tally)
    default: Tally = field(default_factory=Tally)
    found: Tally = field(default_factory=Tally)
    wrong: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    def __add__(self, other: Score) -> Score:
        return Score(
            {label: self.statements[label] + other.statements[label] for label in LABELS},
            {label: self.revisions[label] + other.revisions[label] for label in LABELS},
            self.gate + other.gate, self.default + other.default, self.found + other.found, self.wrong + other.wrong,
            self.silent + other.silent,
            "; ".join(filter(None, (self.error, other.error))), self.seconds + other.seconds,
        )


@dataclass(frozen=True)
class History:
    """One project, tried.

    Attributes:
        error: why the truth stopped before the end; empty where it did not.
        counts: statements of which each label is true.
        scores: by tool.
    """

    name: str
    revisions: int
    statements: int
    error: str
    counts: Mapping[str, int]
    scores: Mapping[str, Score]


def try_history(name: str, directory: Path, binaries: ServerBinaries) -> History:
    """A project's whole history: the truth, ours, and the peers' best case, which is the SQL that really ran."""
    project = open_project(name, directory)
    home = directory / project.name
    truth, error = true_history(project, binaries, home)
    files = write_sql(truth, home / "sql")
    scores = {MEASURED: score(truth, ours.check_project(project, home, binaries.major))}
    if PARSED in our_ways():
        parsed = ours.check_files(files, home, binaries.major, *ours.PARSED)
        scores[PARSED] = score(truth, by_revision(parsed, truth, files))
        rendered = ours.check_project(project, home, binaries.major, *ours.PARSED)
        scores[RENDERED] = score(truth, rendered, GATE | {UNKNOWN})
    scores |= {
        tool: score(truth, by_revision(answer, truth, files))
        for tool, answer in peers.judge_sql(files, binaries.major, home).items()
    }
    scores[peers.ALEMBIC_GUARD] = score(truth, peers.alembic_guard(truth, home))
    statements = [statement for revision in truth for statement in revision.statements]
    counts = {label: sum(label in statement.labels for statement in statements) for label in LABELS}
    return History(project.name, len(truth), len(statements), error, counts, scores)


def total(histories: Sequence[History]) -> dict[str, Score]:
    """Each tool on all projects together."""
    found: dict[str, Score] = {}
    for history in histories:
        for tool, item in history.scores.items():
            found[tool] = found.get(tool, Score()) + item
    return found


def write_sql(truth: Sequence[TrueRevision], directory: Path) -> list[Path]:
    """What ran, a file a revision; the position in the name keeps their order."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.sql"):
        old.unlink()
    paths = []
    for number, revision in enumerate(truth):
        path = directory / f"{number:04d}_{revision.revision_id}.sql"
        path.write_text("".join(f"{s.sql.strip().rstrip(';')};\n" for s in revision.statements), encoding="utf-8")
        paths.append(path)
    return paths


def by_revision(answer: ours.Answer, truth: Sequence[TrueRevision], files: Sequence[Path]) -> ours.Answer:
    """The answer under the revisions' ids instead of the files' names."""
    ids = {path.name: revision.revision_id for path, revision in zip(files, truth, strict=True)}
    return ours.Answer(
        {ids[name]: said for name, said in answer.statements.items()},
        {ids[name]: kinds for name, kinds in answer.dangers.items()}, answer.error, answer.seconds,
        frozenset(ids[name] for name in answer.refused), frozenset(ids[name] for name in answer.asked),
    )


def score(truth: Sequence[TrueRevision], answer: ours.Answer, gate: frozenset[str] = GATE) -> Score:
    """Every statement and every revision; what is said of a statement that never ran is a false alarm.

    Args:
        gate: the kinds of danger that a user would name in --fail-on.
    """
    found = Score(error=answer.error, seconds=answer.seconds)
    for revision in truth:
        said = [
            item for item in answer.statements.get(revision.revision_id, ()) if NO_STATEMENT not in item.sql.lower()
        ]
        _score_statements(found, revision, said)
        true = frozenset(label for statement in revision.statements for label in statement.labels)
        dangers = answer.dangers.get(revision.revision_id, frozenset(label for item in said for label in item.labels))
        for label in LABELS:
            found.revisions[label].add(is_said=label in dangers, is_true=label in true)
        found.gate.add(is_said=bool(dangers & gate), is_true=bool(true & GATE))
        is_refused, is_asked = revision.revision_id in answer.refused, revision.revision_id in answer.asked
        found.default.add(is_said=is_refused, is_true=bool(true & GATE))
        found.found.add(is_said=is_refused and not is_asked, is_true=bool(true & GATE))
        if revision.statements and not said and not dangers:
            found.silent.append(revision.revision_id)
    return found


def _score_statements(found: Score, revision: TrueRevision, said: Sequence[ours.Said]) -> None:
    positions = align([statement.sql for statement in revision.statements], [item.sql for item in said])
    for statement, position in zip(revision.statements, positions, strict=True):
        labels = said[position].labels if position is not None else frozenset[str]()
        for label in LABELS:
            is_said, is_true = label in labels, label in statement.labels
            found.statements[label].add(is_said=is_said, is_true=is_true)
            if is_said != is_true:
                word = "false alarm" if is_said else "missed"
                found.wrong.append(f"{revision.revision_id}:{statement.line} {label} {word}: {_short(statement.sql)}")
    for position, item in enumerate(said):
        if position in positions:
            continue
        for label in item.labels:
            found.statements[label].add(is_said=True, is_true=False)
            found.wrong.append(f"{revision.revision_id} {label} of no statement: {_short(item.sql)}")


def _short(sql: str) -> str:
    return " ".join(sql.split())[:150]
