"""What taking revisions back costs: their downgrades, run and read, judged, and the rows behind them counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from deploy.checking.commands.judging import facts_of, violated_rows
from deploy.checking.commands.measured_downgrade import (
    DowngradeWay,
    TriedDowngrade,
    downgrade_fails,
    try_downgrade,
)
from deploy.checking.commands.rates_file import read_rates
from deploy.checking.commands.sources import image_source
from deploy.checking.risk.comes_back_empty import comes_back_empty
from deploy.checking.risk.evidence import PendingRevision, from_rendered, from_trace
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.checking.risk.unwritten import unwritten_statements
from deploy.model.check_request import CheckRequest
from deploy.model.doors import World
from deploy.model.releases import Image
from deploy.model.risk import Finding, RevisionSql, RiskReport
from deploy.model.snapshot import Snapshot
from deploy.settings.schema import Settings

PARSED = "DEPLOY_CHECK=parsed"
NO_VALUE_FOR_ROWS = "add_column_not_null_without_default"


@dataclass(frozen=True)
class DowngradeLook:
    """What is known of a downgrade before it runs.

    Attributes:
        rendered: the SQL, newest revision first.
        rows: of the tables that lose something, counted.
        losses: one sentence each; what is not known is one, too.
        loses_rows: whether rows go, or it cannot be told.
        server: `PostgreSQL 17.10 (wheel)`, where it was tried; empty where its text alone was judged.
        text_alone_because: why it, or the rest of it, was judged by its text alone; empty where it ran to its end.
        unwritten: by revision, the statements that ran there and that its SQL does not show.
    """

    rendered: tuple[RevisionSql, ...]
    risk: RiskReport
    rows: Mapping[str, int]
    losses: tuple[str, ...]
    loses_rows: bool
    server: str
    text_alone_because: str
    unwritten: Mapping[str, tuple[str, ...]]

    @property
    def source(self) -> str:
        """For a line of the plan."""
        if not self.server:
            return f"from the text alone: {self.text_alone_because}"
        rest = f"; the rest from the text alone: {self.text_alone_because}" if self.text_alone_because else ""
        return f"tried on {self.server}{rest}"


def look_at_downgrade(world: World, settings: Settings, image: Image, way: DowngradeWay) -> DowngradeLook:
    """Try, read and judge; nothing in production is changed.

    Args:
        image: the one that knows the revisions.

    Raises:
        BlockedError: it would fail, or end elsewhere.
    """
    rendered = world.migrations.render_downgrade(image.image_id, [r.revision_id for r in way.taken_back])
    snapshot = world.snapshots.take()
    tried = _tried(world, settings, image, way, snapshot)
    texts = from_rendered(rendered)
    evidence = texts
    if tried.run is not None:
        evidence = from_trace(tried.run, texts, {sql.revision_id: sql.has_downgrade for sql in rendered})
    request = CheckRequest(image_source(world, settings, image.image_id))
    facts = facts_of(request, snapshot, read_rates(), tried.run, {})
    facts = replace(facts, violated=violated_rows(evidence, world.snapshots))
    risk = judge_run(evidence, facts).report
    if tried.run is not None:
        _require_no_failure(world, risk)
    is_tried_or_chosen = tried.run is not None or settings.check_method != "measured"
    by_text = _lost_by_text_only(texts, facts, risk) if tried.run is not None else ()
    return _told(world, _Judged(rendered, texts, evidence, risk, by_text), tried, is_sure=is_tried_or_chosen)


@dataclass(frozen=True)
class _Judged:
    rendered: tuple[RevisionSql, ...]
    texts: tuple[PendingRevision, ...]
    evidence: tuple[PendingRevision, ...]
    risk: RiskReport
    lost_by_text: tuple[Finding, ...]


def _tried(world: World, settings: Settings, image: Image, way: DowngradeWay, snapshot: Snapshot) -> TriedDowngrade:
    if settings.check_method != "measured":
        return TriedDowngrade(None, PARSED)
    source = image_source(world, settings, image.image_id)
    return try_downgrade(world.scratch, source, snapshot, way, world.reporter.log)


def _require_no_failure(world: World, risk: RiskReport) -> None:
    """What runs on empty tables may still fail on production's rows, which are asked and counted.

    Raises:
        BlockedError: it does.
    """
    for revision in risk.revisions:
        if revision.failure:
            raise downgrade_fails(revision.revision_id, revision.failure.removeprefix("fails "))
    # A column that comes back NOT NULL is how most downgrades fail; sizes alone are estimates.
    for finding in risk.findings:
        if finding.rule == NO_VALUE_FOR_ROWS and world.restores.count_rows([finding.table]).get(finding.table):
            raise downgrade_fails(finding.revision_id, f"on production's rows: {finding.says}")


def _lost_by_text_only(texts: Sequence[PendingRevision], facts: Facts, risk: RiskReport) -> tuple[Finding, ...]:
    """Losses that the text tells, and the run on empty tables did not show."""
    seen = {(finding.revision_id, finding.table) for finding in risk.findings if finding.loses}
    found = judge_run(texts, facts).report.findings
    return tuple(f for f in found if f.loses and (f.revision_id, f.table) not in seen)


def _told(world: World, judged: _Judged, tried: TriedDowngrade, *, is_sure: bool) -> DowngradeLook:
    """Rows counted, and everything in sentences.

    Args:
        is_sure: it was tried, or the operator chose the text. What a revision's Python does beside its SQL is not known
            otherwise.
    """
    risk = judged.risk
    every = [f for f in (*risk.findings, *judged.lost_by_text) if f.loses]
    losing = sorted({finding.table for finding in every if finding.table})
    rows = world.restores.count_rows(losing)
    unknown = [revision for revision in risk.revisions if revision.unknown_because]
    # What could not be tried, read or counted may lose rows as well.
    is_unsure = not is_sure or bool(unknown) or len(rows) < len(losing)
    losses = [_sentence(f, rows) for f in risk.findings if f.loses]
    losses += [f"{_sentence(f, rows)}: its text says so, but the trial did not show it" for f in judged.lost_by_text]
    losses += [f"it is not known what {r.revision_id} loses: {r.unknown_because}" for r in unknown]
    if not is_sure:
        losses.append(f"it was not tried, so what its Python does beside this SQL is not known: {tried.why_not}")
    unwritten = unwritten_statements(judged.texts, judged.evidence) if tried.run is not None else {}
    losses += comes_back_empty((*judged.rendered, *_as_sql(unwritten)))
    return DowngradeLook(
        judged.rendered, risk, rows, tuple(dict.fromkeys(losses)),
        is_unsure or any(rows.values()) or any(not finding.table for finding in every),
        tried.run.server if tried.run is not None else "", tried.why_not, unwritten,
    )


def _sentence(finding: Finding, rows: Mapping[str, int]) -> str:
    count = rows.get(finding.table)
    counted = "rows not counted" if count is None else f"{count:,} rows now"
    return f"lost with {finding.revision_id}: {finding.loses} ({counted})"


def _as_sql(statements: Mapping[str, Sequence[str]]) -> tuple[RevisionSql, ...]:
    return tuple(RevisionSql(revision_id, "", ";\n".join(texts)) for revision_id, texts in statements.items())
