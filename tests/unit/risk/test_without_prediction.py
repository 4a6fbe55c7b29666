"""What ran is judged by what was seen; what did not run needs the prediction, which an installation may be without."""

from __future__ import annotations

import pytest

from deploy.checking.commands.judging import check_pending
from deploy.checking.risk.evidence import PendingRevision, PendingStatement
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import Judged, judge_run
from deploy.model.catalog_look import CatalogLook, LookColumn, LookRelation
from deploy.model.check import Comparison
from deploy.model.check_request import CheckRequest, MigrationSource
from deploy.model.effects import Effects, RelationLock
from deploy.model.errors import BlockedError
from deploy.model.locks import LockMode
from deploy.model.rates import Rates
from deploy.model.risk import RiskLevel
from deploy.model.trace import TracedRevision, TracedRun, TracedStatement
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_world import FakeWorld
from tests.prediction import without_prediction

ORDERS = LookRelation(1, "public", "orders", "table", (LookColumn("amount", "int8"),))
BEFORE = CatalogLook(("public",), (ORDERS,))
NARROWS = "ALTER TABLE orders ALTER COLUMN amount TYPE smallint"


def judge(*statements: PendingStatement) -> Judged:
    with without_prediction():
        return judge_run([PendingRevision("r1", "", "", statements)], Facts(existing_tables=frozenset({"orders"})))


def ran(sql: str, before: CatalogLook | None = BEFORE, **seen: object) -> PendingStatement:
    return PendingStatement(sql, "", 0, 1, Effects(**seen), before=before)  # type: ignore[arg-type]


def rules(judged: Judged) -> set[str]:
    return {finding.rule for finding in judged.report.findings}


def test_what_ran_is_judged_by_the_catalog_before_it() -> None:
    rewrite = {"locks": (RelationLock("orders", "table", LockMode.ACCESS_EXCLUSIVE),), "rewrites": ("orders",)}
    assert "alter_column_type_narrows" in rules(judge(ran(NARROWS, **rewrite)))
    assert "alter_column_type_narrows" not in rules(judge(ran(NARROWS, None, **rewrite)))


def test_the_catalog_counts_and_not_what_the_text_would_let_expect() -> None:
    facts = Facts(
        existing_tables=frozenset({"orders"}), schema_sql="CREATE TABLE orders (amount smallint);",
    )
    revision = PendingRevision("r1", "", "", (ran(NARROWS, rewrites=("orders",)),))
    assert "alter_column_type_narrows" in {f.rule for f in judge_run([revision], facts).report.findings}


def test_what_ran_is_told_as_not_predicted() -> None:
    [statement] = judge(ran("ALTER TABLE orders ADD COLUMN note text")).statements
    assert statement.comparison is Comparison.NOT_PREDICTED
    assert statement.predicted.unknown == "this installation predicts nothing"


def test_what_did_not_run_counts_as_high_because_nobody_read_it() -> None:
    judged = judge(PendingStatement("ALTER TABLE orders SET (fillfactor = 70)", "", 0, 1))
    [finding] = [f for f in judged.report.findings if f.rule == "unknown_statement"]
    assert (finding.level, judged.report.revisions[0].kind.value) == (RiskLevel.HIGH, "unknown")


def ask(*, is_measured: bool, run: TracedRun | None = None) -> str:
    """What an installation without the prediction answers: the method, or the reference of its error."""
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:new")
    fake.migrations.graphs[image_id] = linear_graph("r1", "r2")
    fake.scratch.run = run
    request = CheckRequest(MigrationSource(image_id=image_id), is_measured=is_measured)
    with without_prediction():
        try:
            return check_pending(fake.scratch, request, fake.snapshots.take(), Rates(), lambda _: None).report.method
        except BlockedError as error:
            return error.reference


def test_a_check_that_tries_nothing_is_refused_with_one_error() -> None:
    assert ask(is_measured=False) == "no-prediction"


def test_a_check_that_finds_no_server_to_try_on_is_refused_with_the_same_error() -> None:
    assert ask(is_measured=True) == "no-prediction"


def test_a_measured_check_works() -> None:
    statement = TracedStatement("r2", "", 0, "ALTER TABLE orders ADD COLUMN note text", 1, Effects(), before=BEFORE)
    run = TracedRun("PostgreSQL 17", 17, (TracedRevision("r2", "", "", (statement,)),))
    assert ask(is_measured=True, run=run) == "measured"


def test_another_module_that_is_missing_is_no_sign_that_the_prediction_is(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from deploy.checking.risk.text_reader import can_predict

    for name in [name for name in sys.modules if name.startswith("deploy.checking.prediction")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "deploy.checking.prediction.schema.apply", None)
    with pytest.raises(ModuleNotFoundError):
        can_predict()
