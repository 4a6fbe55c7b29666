"""Reports to render: a usual small one, a realistic dangerous one, and one that tries to break the output."""

from __future__ import annotations

from deploy.model.check import (
    Advice,
    Answer,
    Baseline,
    CheckedStatement,
    CheckReport,
    Comparison,
    EnvironmentAdvice,
    LockWindow,
    ReviewLine,
)
from deploy.model.effects import Drop, Effects, IndexBuild, RelationLock
from deploy.model.locks import LockMode
from deploy.model.releases import RevisionKind
from deploy.model.risk import Finding, RevisionRisk, RiskLevel, RiskReport

FIRST = "migrations/versions/0008_index_orders_by_symbol.py"
SECOND = "migrations/versions/0009_widen_orders_and_drop_note.py"
THIRD = "migrations/versions/0010_add_users_locale.py"
DROPS, DATA, DOWNTIME = "Does it drop a table or a column?", "Does it touch much data?", "How long is the downtime?"
ROLLBACK, OLD_CODE = "Is there a rollback plan?", "Does the code that runs now survive it?"
ANSWERS = (
    Answer(DROPS, "no", is_good=True),
    Answer(DATA, "no", is_good=True),
    Answer(DOWNTIME, "readers and writers of orders wait a moment", is_good=True),
    Answer(ROLLBACK, "yes: the downgrade and a second upgrade were tried, and nothing is lost", is_good=True),
    Answer(OLD_CODE, "yes: it only adds", is_good=True),
)


def an_advice(**changes: object) -> Advice:
    fields: dict[str, object] = {
        "mode": "--auto-migrate", "backup": "optional", "expand_ids": ("0007",), "contract_ids": (),
        "unknown_ids": (), "next_command": "./scripts/deploy.sh --auto-migrate --health-check",
    }
    return Advice(**{**fields, **changes})  # type: ignore[arg-type]


def a_report(*revisions: RevisionRisk, **changes: object) -> CheckReport:
    """A report with these revisions; everything else is usual."""
    fields: dict[str, object] = {
        "method": "measured", "server": "PostgreSQL 15.18 (container)", "server_major": 15,
        "production": "shop, PostgreSQL 15.18, at 0006", "from_ids": ("0006",), "to_ids": ("0007",),
        "baseline": Baseline.RUN, "risk": RiskReport(revisions), "statements": (), "windows": (), "answers": ANSWERS,
        "review": (), "environment": (), "advice": an_advice(), "sizes_are_known": True,
    }
    return CheckReport(**{**fields, **changes})  # type: ignore[arg-type]


def a_finding(rule: str, level: RiskLevel, **changes: object) -> Finding:
    fields: dict[str, object] = {"revision_id": "0009", "statement": "", "says": rule.replace("_", " ")}
    return Finding(rule=rule, level=level, **{**fields, **changes})  # type: ignore[arg-type]


def a_statement(sql: str, **changes: object) -> CheckedStatement:
    effects = changes.pop("effects", Effects())
    fields: dict[str, object] = {
        "revision_id": "0009", "path": SECOND, "line": 20, "transaction": 2, "measured": effects,
        "predicted": effects, "effects": effects, "comparison": Comparison.CONFIRMED,
    }
    return CheckedStatement(sql=sql, **{**fields, **changes})  # type: ignore[arg-type]


def locks(relation: str, mode: LockMode, **changes: object) -> Effects:
    return Effects(locks=(RelationLock(relation, "table", mode),), **changes)  # type: ignore[arg-type]


def nothing_pending() -> CheckReport:
    return a_report(
        to_ids=("0006",), answers=(), advice=an_advice(expand_ids=(), next_command="./scripts/deploy.sh --auto-migrate")
    )


def small_report() -> CheckReport:
    """The usual one: a nullable column."""
    path = "migrations/versions/0007_add_orders_client_reference.py"
    finding = a_finding(
        "add_column", RiskLevel.LOW, revision_id="0007", path=path, line=21, table="orders", rows=2_100_000,
        bytes=1_503_238_553, statement="ALTER TABLE orders ADD COLUMN client_reference text",
        says="adds orders.client_reference, nullable: nothing is read or written",
        lock="ACCESS EXCLUSIVE on orders: every query waits, readers too", hold_seconds=0.0, evidence="confirmed",
    )
    statement = a_statement(
        finding.statement, revision_id="0007", path=path, line=21, transaction=1, seconds=0.0,
        effects=locks("orders", LockMode.ACCESS_EXCLUSIVE),
    )
    return a_report(
        RevisionRisk("0007", "add orders.client_reference", RiskLevel.LOW, RevisionKind.EXPAND, (finding,), path),
        statements=(statement,),
        windows=(LockWindow(1, "orders", LockMode.ACCESS_EXCLUSIVE, 0, 0, 0.0, ()),),
        review=(
            ReviewLine(
                "ADD COLUMN", "fine if nullable, or with a constant default",
                ("0007_add_orders_client_reference.py:21",),
            ),
        ),
        lock_timeout="5s", statement_timeout="0", time_zone="UTC",
    )


def realistic_report() -> CheckReport:
    """Three revisions: an index that blocks writers; a widened and a dropped column; a harmless column."""
    return a_report(
        _first(), _second(), _third(),
        from_ids=("0007",), to_ids=("0010",), production="shop, PostgreSQL 15.18, at 0007",
        server="PostgreSQL 17.10 (wheel)", server_major=17,
        statements=_statements(), windows=_windows(), review=_review(), environment=_environment(),
        answers=(
            Answer(DROPS, "yes: orders.note", is_good=False),
            Answer(DATA, "rewrites orders; changes up to 120 rows", is_good=False),
            Answer(DOWNTIME, "readers and writers of orders wait about 24.4 s (estimated)", is_good=False),
            Answer(ROLLBACK, "no: the downgrades run, but only a backup brings back the content of orders.note", is_good=False),
            Answer(OLD_CODE, "perhaps not: 0009 takes something away or changes it", is_good=None),
        ),
        advice=an_advice(
            mode="--manual-migrate", backup="required", expand_ids=("0008", "0010"), contract_ids=("0009",),
            next_command="./scripts/deploy.sh --manual-migrate --backup --health-check",
        ),
        lock_timeout="0", statement_timeout="0", time_zone="UTC",
        warnings=("production runs PostgreSQL 15, the scratch server 17: locks of a few statements differ",),
        details={"scratch_seconds": "2.4"},
    )


def _first() -> RevisionRisk:
    finding = a_finding(
        "add_index_not_concurrently", RiskLevel.MEDIUM, revision_id="0008", path=FIRST, line=17, table="orders",
        statement="CREATE INDEX orders_symbol_idx ON orders (symbol)",
        says="blocks all writers of orders for the whole build", rows=2_100_000, bytes=1_503_238_553,
        lock="SHARE on orders: writers wait, readers go on", hold_seconds=3.6, evidence="confirmed",
        safe_form=(
            "with op.get_context().autocommit_block():\n"
            '    op.create_index("orders_symbol_idx", "orders", ["symbol"], postgresql_concurrently=True)'
        ),
    )
    return RevisionRisk("0008", "index orders by symbol", RiskLevel.MEDIUM, RevisionKind.EXPAND, (finding,))


def _second() -> RevisionRisk:
    widened = a_finding(
        "alter_column_type", RiskLevel.HIGH, path=SECOND, line=20, table="orders", rows=2_100_000, bytes=1_503_238_553,
        statement="ALTER TABLE orders ALTER COLUMN quantity TYPE bigint",
        says="changes the type of orders.quantity: all rows and indexes are rewritten", hold_seconds=24.0,
        lock="ACCESS EXCLUSIVE on orders: every query waits, readers too", evidence="measured",
        safe_form=(
            "# 1. expand: a second column, filled in batches, kept equal by a trigger\n"
            'op.add_column("orders", sa.Column("quantity_new", sa.BigInteger(), nullable=True))\n'
            'op.execute("UPDATE orders SET quantity_new = quantity WHERE id BETWEEN :first AND :last AND quantity_new '
            'IS NULL")\n'
            "# 2. contract, when no code reads the old one: rename both in one transaction"
        ),
    )
    dropped = a_finding(
        "drop_column", RiskLevel.VERY_HIGH, path=SECOND, line=23, table="orders", rows=2_100_000, bytes=1_503_238_553,
        statement="ALTER TABLE orders DROP COLUMN note", says="drops orders.note with its data", hold_seconds=24.0,
        lock="ACCESS EXCLUSIVE on orders: every query waits, readers too", evidence="confirmed",
        loses="the values of orders.note and the index orders_note_idx", breaks_older_code=True,
        safe_form='# in a later release, when no running code names the column:\nop.drop_column("orders", "note")',
    )
    return RevisionRisk(
        "0009", "widen orders and drop note", RiskLevel.VERY_HIGH, RevisionKind.CONTRACT, (widened, dropped), SECOND,
        frozenset({"long", "rewrite", "loss", "breaks"}),
    )


def _third() -> RevisionRisk:
    finding = a_finding(
        "add_column", RiskLevel.LOW, revision_id="0010", path=THIRD, line=15, table="users", rows=9_421, bytes=811_008,
        statement="ALTER TABLE users ADD COLUMN locale text", says="adds users.locale, nullable",
        lock="ACCESS EXCLUSIVE on users: every query waits, readers too", hold_seconds=0.0,
    )
    return RevisionRisk("0010", "add users.locale", RiskLevel.LOW, RevisionKind.EXPAND, (finding,))


def _statements() -> tuple[CheckedStatement, ...]:
    share = locks("orders", LockMode.SHARE, index_builds=(IndexBuild("orders_symbol_idx", "orders"),), scans=("orders",))
    exclusive = locks("orders", LockMode.ACCESS_EXCLUSIVE)
    rewrite = locks("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=("orders",))
    drops = (
        Drop("table column", "public.orders.note"), Drop("index", "public.orders_note_idx", is_by_cascade=True),
    )
    dropping = locks("orders", LockMode.ACCESS_EXCLUSIVE, drops=drops)
    return (
        a_statement(
            "CREATE INDEX orders_symbol_idx ON orders (symbol)", revision_id="0008", path=FIRST, line=17,
            transaction=1, effects=share, seconds=3.6,
        ),
        a_statement(
            "ALTER TABLE orders ALTER COLUMN quantity TYPE bigint", effects=rewrite, predicted=exclusive, seconds=24.0,
            comparison=Comparison.STRONGER,
        ),
        a_statement(
            "UPDATE users SET plan = 'free' WHERE plan IS NULL", line=22, seconds=0.4, rows_touched=120,
            effects=locks("users", LockMode.ROW_EXCLUSIVE),
        ),
        a_statement("ALTER TABLE orders DROP COLUMN note", line=23, effects=dropping, seconds=0.0),
        a_statement(
            "ALTER TABLE users ADD COLUMN locale text", revision_id="0010", path=THIRD, line=15, transaction=3,
            measured=None, effects=locks("users", LockMode.ACCESS_EXCLUSIVE), seconds=0.0,
            comparison=Comparison.NOT_EXERCISED,
        ),
    )


def _windows() -> tuple[LockWindow, ...]:
    return (
        LockWindow(1, "orders", LockMode.SHARE, 0, 0, 3.6, (0,)),
        LockWindow(2, "orders", LockMode.ACCESS_EXCLUSIVE, 1, 3, 24.4, (1, 2)),
        LockWindow(2, "users", LockMode.ROW_EXCLUSIVE, 2, 3, 0.4, ()),
        LockWindow(3, "users", LockMode.ACCESS_EXCLUSIVE, 4, 4, 0.0, ()),
    )


def _review() -> tuple[ReviewLine, ...]:
    second = SECOND.rsplit("/", 1)[-1]
    return (
        ReviewLine("DROP COLUMN", "loses its values", (f"{second}:23",)),
        ReviewLine("UPDATE", "converts data", (f"{second}:22",)),
        ReviewLine("ALTER COLUMN TYPE", "converts data; check that every value fits", (f"{second}:20",)),
        ReviewLine("NOT NULL", "none"),
        ReviewLine("CREATE INDEX", "costs performance only; without CONCURRENTLY writers wait", (f"{FIRST[20:]}:17",)),
        ReviewLine("ADD COLUMN", "fine if nullable, or with a constant default", (f"{THIRD[20:]}:15",)),
    )


def _environment() -> tuple[EnvironmentAdvice, ...]:
    return (
        EnvironmentAdvice(
            "lock_timeout", "is 0: a migration that waits for a lock makes everybody behind it wait",
            "migrations/env.py", 64, "connection.execute(text(\"SET lock_timeout = '5s'\"))",
        ),
        EnvironmentAdvice("retry", "no new try after a lock timeout: the first busy moment ends the deployment"),
    )


def awkward_report() -> CheckReport:
    """Everything that breaks a table, a terminal, a workflow command or a secret."""
    sql = (
        "CREATE ROLE app PASSWORD 'hush1';\nSELECT '한국어 주석입니다 정말로 긴 설명' || `x` -- 50% | \x1b[31mred\r\n::error::pwned "
        "@everyone postgresql://ann:hush2@db/shop </details> ``` " + "long_name_without_any_space_" * 8
    )
    path = "a b,c:d/versions/한국어_100%_migration_with_a_very_long_name_that_never_ends_and_goes_on.py"
    findings = (
        a_finding(
            "drop_table", RiskLevel.VERY_HIGH, statement=sql, says=sql, path=path, line=3, loses=sql, lock=sql,
            table="analytics." + "very_long_table_name_" * 5, rows=3_400_000_000, bytes=7_000_000_000_000,
            hold_seconds=9_000.0, safe_form=f"op.execute({sql[:300]!r})\n" + "x" * 200,
        ),
        a_finding("not_rendered", RiskLevel.HIGH, revision_id="0011", says=sql),
        a_finding("drop_table", RiskLevel.VERY_HIGH, statement=sql, says="once more", hold_seconds=None, lock="x"),
    )
    statement = a_statement(sql, path=path, line=0, effects=locks("한국어" * 20, LockMode.SHARE, error=sql, unknown=sql))
    return a_report(
        RevisionRisk("0009" * 30, sql, RiskLevel.VERY_HIGH, RevisionKind.CONTRACT, findings[:1] + findings[2:]),
        RevisionRisk("0011", "", RiskLevel.HIGH, RevisionKind.UNKNOWN, findings[1:2]),
        server="", server_major=0, production="", sizes_are_known=False, baseline=Baseline.REVISION, method="parsed",
        statements=tuple(statement for _ in range(50)), warnings=(sql,),
        windows=tuple(LockWindow(t, "한국어" * 20, LockMode.SHARE, 0, 49, None, tuple(range(9))) for t in (0, 2)),
        answers=(Answer(sql, sql, is_good=False),), review=(ReviewLine(sql, sql, (path,) * 5),),
        environment=(EnvironmentAdvice(sql, sql, path, 9, sql),), details={"a": sql},
        advice=an_advice(next_command="./scripts/deploy.sh --manual-migrate --backup --health-check " + "--image x " * 9),
    )
