"""The arithmetic of the bench: precision and recall, matching of statements, targets, the peers' words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.check import peers, tables
from tests.bench.check.fixture import CONTRADICTIONS, KEYS, Agreement, known_shapes
from tests.bench.check.histories import by_revision, score, write_sql
from tests.bench.check.ours import Answer, Said, read_report
from tests.bench.check.scores import Tally, align
from tests.bench.check.targets import Target
from tests.bench.check.truths import TrueRevision, TrueStatement


def true(sql: str, *labels: str, line: int = 1) -> TrueStatement:
    return TrueStatement(sql, sql, line, frozenset(labels))


def revision(name: str, *statements: TrueStatement) -> TrueRevision:
    return TrueRevision(name, Path(f"{name}.py"), statements)


def answer(**revisions: list[tuple[str, set[str]]]) -> Answer:
    statements = {name: [Said(sql, frozenset(labels)) for sql, labels in said] for name, said in revisions.items()}
    return Answer(statements, {}, "", 0.0)


def test_precision_is_of_what_was_said_and_recall_of_what_is_true() -> None:
    tally = Tally()
    for is_said, is_true, times in ((True, True, 6), (True, False, 2), (False, True, 4), (False, False, 100)):
        for _ in range(times):
            tally.add(is_said=is_said, is_true=is_true)
    assert (tally.precision, tally.recall) == (6 / 8, 6 / 10)


def test_nothing_said_has_no_precision_and_nothing_true_no_recall() -> None:
    assert Tally(0, 0, 3).precision is None
    assert Tally(0, 0, 3).recall == 0.0
    assert Tally(0, 3, 0).recall is None


def test_a_figure_is_rounded_down_so_that_one_miss_in_many_is_seen() -> None:
    assert tables.pair(Tally(9999, 0, 1)) == "1.000/0.999"


def test_statements_are_matched_although_one_side_has_placeholders() -> None:
    texts = ["UPDATE t SET a = 'x' WHERE id = 5", "CREATE  TABLE t (id INT)", "DROP TABLE t"]
    others = ["create table t (id int);", "UPDATE t SET a = $1 WHERE id = $2::INTEGER", "DROP TABLE t"]
    assert align(texts[1:], others) == [0, 2]
    assert align(texts[:1], others) == [1]


def test_a_statement_that_the_other_side_lacks_has_no_partner() -> None:
    assert align(["SELECT 1 FROM a", "DROP TABLE a"], ["DROP TABLE a"]) == [None, 0]


def test_what_is_said_of_a_statement_that_never_ran_is_a_false_alarm() -> None:
    found = score([revision("r1", true("DROP TABLE a", "loss"))], answer(r1=[("DROP TABLE b", {"loss"})]))
    assert found.statements["loss"] == Tally(0, 1, 1)
    assert found.revisions["loss"] == Tally(1, 0, 0)


def test_a_revision_that_ran_and_of_which_nothing_is_said_is_silent() -> None:
    truth = [revision("r1", true("DROP TABLE a", "loss")), revision("r2", true("SELECT 1")), revision("r3")]
    found = score(truth, answer(r2=[("SELECT 1", set())]))
    assert found.silent == ["r1"]
    assert found.gate == Tally(0, 0, 1)


def test_a_revision_that_is_called_unknown_is_not_silent_and_refused_where_that_was_asked() -> None:
    truth = [revision("r1", true("DROP TABLE a", "loss"))]
    said = Answer({}, {"r1": frozenset({"unknown"})}, "", 0.0)
    assert score(truth, said).silent == []
    assert score(truth, said).gate == Tally(0, 0, 1)
    assert score(truth, said, frozenset({"loss", "unknown"})).gate == Tally(1, 0, 0)


def test_alembics_own_bookkeeping_is_nobodys_statement() -> None:
    said = answer(r1=[("UPDATE alembic_version SET version_num='r1'", {"long"})])
    assert score([revision("r1")], said).statements["long"] == Tally()


def test_files_of_a_history_keep_their_order_and_lead_back_to_their_revisions(tmp_path: Path) -> None:
    truth = [revision("b", true("SELECT 1")), revision("a", true("SELECT 2;"))]
    files = write_sql(truth, tmp_path)
    assert [path.read_text() for path in sorted(tmp_path.iterdir())] == ["SELECT 1;\n", "SELECT 2;\n"]
    named = Answer({path.name: [] for path in files}, {files[1].name: frozenset({"loss"})}, "", 0.0)
    assert by_revision(named, truth, files).dangers == {"a": frozenset({"loss"})}


def test_a_report_is_read_by_statement_and_by_revision() -> None:
    labels = {"is_block": True, "is_long": False, "is_rewrite": False, "is_loss": True}
    report = {
        "risk": {"revisions": [{"revision_id": "dir/r1", "kinds_of_danger": ["loss"], "level": "high"}]},
        "statements": [{"revision_id": "dir/r1", "sql": "DROP TABLE a", **labels}],
    }
    read = read_report(report, 1.5)
    assert read.statements == {"r1": [Said("DROP TABLE a", frozenset({"block", "loss"}))]}
    assert read.dangers == {"r1": frozenset({"loss"})}
    assert read.refused == {"r1"}


def test_a_finding_of_squawk_belongs_to_the_statement_around_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("CREATE TABLE a (\n  id int\n);\nDROP TABLE b;\n\nDROP INDEX c;\n")
    findings = [{"line": 3, "rule_name": "ban-drop-table"}, {"line": 1, "rule_name": "prefer-bigint-over-int"}]
    said = peers._squawk_file(path, findings)
    assert [item.labels for item in said] == [frozenset(), frozenset({"block", "loss"}), frozenset()]


def test_a_finding_of_localtools_on_a_new_table_blocks_nobody() -> None:
    item = {"locks": [{"mode": "ACCESS EXCLUSIVE", "new": True}], "work": "rewrite", "findings": []}
    assert peers._localtools_labels(item, is_sure=True) == frozenset()


def test_a_possible_change_of_type_is_a_rewrite_only_for_localtools_warnings() -> None:
    lock = {"mode": "ACCESS EXCLUSIVE", "new": False}
    item = {"locks": [lock], "work": "catalog", "findings": [{"rule": "alter-column-type"}]}
    assert peers._localtools_labels(item, is_sure=True) == frozenset({"block"})
    assert peers._localtools_labels(item, is_sure=False) == frozenset({"block", "long", "rewrite"})


def test_a_finding_on_a_line_of_python_means_a_statement_that_ran_from_there() -> None:
    run = revision("r1", true("CREATE TABLE a", line=5), true("X", "block", line=9), true("Y", "loss", line=9))
    said = peers._at_lines(run, [(10, frozenset({"loss"})), (2, frozenset({"long"}))])
    assert [item.labels for item in said] == [
        frozenset(), frozenset(), frozenset({"loss"}), frozenset({"long"}),
    ]


@pytest.mark.parametrize(
    ("target", "is_met"),
    [
        (Target("floor", 0.99, 0.99), True), (Target("floor", 0.98, 0.99), False), (Target("floor", None, 0.0), False),
        (Target("ceiling", 3.0, 3.0, is_floor=False), True), (Target("ceiling", 3.1, 3.0, is_floor=False), False),
    ],
)
def test_a_target_is_met_on_the_right_side_of_its_bound_only(target: Target, *, is_met: bool) -> None:
    assert target.is_met is is_met


def words(**changed: object) -> dict[str, object]:
    empty: dict[str, object] = {key: {} if key.endswith("locks") else [] for key in KEYS}
    return empty | changed


def test_a_known_contradiction_of_the_fixture_is_apart_but_not_counted_as_agreed() -> None:
    name, (keys, _) = next(iter(CONTRADICTIONS.items()))
    agreement = Agreement()
    agreement.add(name, words(), words(**{key: {"x": "AX"} for key in keys}))
    agreement.add("other", words(), words())
    assert agreement.contradictions == 1
    assert agreement.agreed(*keys) == 1
    assert agreement.share(*keys) == 1.0


def test_a_shape_that_also_differs_elsewhere_is_no_contradiction_of_the_fixture() -> None:
    name, (keys, _) = next(iter(CONTRADICTIONS.items()))
    agreement = Agreement()
    agreement.add(name, words(), words(**{key: {"x": "AX"} for key in keys}, new_files=["y"]))
    assert agreement.contradictions == 0
    assert agreement.share("new_files") == 0.0


def test_every_contradiction_names_a_shape_of_the_fixture() -> None:
    names = {shape["name"] for major in range(15, 19) for shape, _ in known_shapes(major)}
    assert set(CONTRADICTIONS) <= names
