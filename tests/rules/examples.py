"""Reads a rule's folder (bad.sql, good.sql, setup.sql, finding.txt) and judges what stands in it.

The statements run on schema.sql, then setup.sql. Lines that begin with `-- word:` steer:

    -- case                    what follows has nothing to do with what stands before
    -- revision                what follows is the next revision
    -- server: 14              production's major version
    -- tables: 0               rows in every table, 1,000 where nothing is said; `unknown` for sizes that are not known
    -- setting: {"lock_timeout": "5s"}         other fields of Facts
    -- revision is: {"has_downgrade": false}   other fields of PendingRevision
    -- measured: {...}         the next statement was run: what it was seen to do, in the words of Effects
    -- schema: unknown         the schema is not known
    -- remains: why            the safe form is told the same danger, at the same level at most
    -- not run: why            the safe form cannot be run on a scratch server
    -- fill: your_type=bigint  what the test of the safe forms puts in the place of a word
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from deploy.checking.risk.evidence import PendingRevision, PendingStatement, from_rendered
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.checking.statements import read_statements
from deploy.model.check import Baseline
from deploy.model.effects import Drop, Effects, IndexBuild, RelationLock
from deploy.model.locks import LockMode
from deploy.model.risk import Finding, RevisionSql
from deploy.model.row_question import RowQuestion
from deploy.model.snapshot import TableSize, TimeLimit
from deploy.model.trace import DowngradeTrial

FOLDER = Path(__file__).parent
SCHEMA = (FOLDER / "schema.sql").read_text()
SMALL = 1000
TABLES = (
    "users", "orders", "strategies", "order_lines", "events", "events_2025", "events_2026", "events_other", "audit.log",
    "daily_totals",
)
WORDS = (
    "case", "revision", "server", "tables", "setting", "revision is", "measured", "schema", "remains", "not run",
    "fill",
)
_SETTING = re.compile(rf"^-- ({'|'.join(WORDS)})(?:: *(.*))?$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One run: the text of its revisions, and what is known around it.

    Attributes:
        steering: every `-- word: value` of it.
        schema: the database that it runs on; `setup` comes on top.
    """

    revisions: tuple[str, ...]
    steering: tuple[tuple[str, str], ...]
    setup: str = ""
    schema: str = SCHEMA

    def of(self, word: str) -> str:
        """The last value of a word; empty where it does not stand there."""
        return next((value for key, value in reversed(self.steering) if key == word), "")

    def all_of(self, word: str) -> tuple[str, ...]:
        """All values of a word."""
        return tuple(value for key, value in self.steering if key == word)

    @property
    def sql(self) -> str:
        """What is run, without what steers."""
        return "\n".join(_SETTING.sub("", text).strip() for text in self.revisions)


def folders() -> list[Path]:
    """One for each rule."""
    return sorted(path for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__")


def cases(path: Path) -> list[Case]:
    """The runs that a file holds."""
    setup = path.parent / "setup.sql"
    texts = re.split(r"^-- case *$", path.read_text(), flags=re.MULTILINE)
    return [_case(text, setup.read_text() if setup.exists() else "") for text in texts if text.strip()]


def _case(text: str, setup: str) -> Case:
    steering = tuple((found[1], (found[2] or "").strip()) for found in _SETTING.finditer(text))
    revisions = re.split(r"^-- revision *$", text, flags=re.MULTILINE)
    return Case(tuple(part for part in revisions if part.strip()), steering, setup)


def judge(case: Case, **changes: Any) -> tuple[Finding, ...]:
    """Every finding, advice too."""
    return judge_run(_pending(case), facts_of(case, **changes)).report.findings


def facts_of(case: Case, **changes: Any) -> Facts:
    """What is known around a case."""
    rows = case.of("tables") or str(SMALL)
    is_known = rows != "unknown"
    sizes = {n: TableSize(n, int(rows), int(rows) * 100, int(rows) * 30) for n in TABLES} if is_known else {}
    facts = Facts(
        existing_tables=frozenset(TABLES), sizes=sizes, server_major=int(case.of("server") or 15), has_advice=True,
        schema_sql="" if case.of("schema") == "unknown" else case.schema + case.setup,
    )
    for text in case.all_of("setting"):
        facts = replace(facts, **_settings(json.loads(text)))
    return replace(facts, **changes)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    if "baseline" in given:
        given["baseline"] = Baseline(given["baseline"])
    if "time_limits" in given:
        given["time_limits"] = tuple(TimeLimit(*item) for item in given["time_limits"])
    if "violated" in given:
        given["violated"] = tuple(RowQuestion(**item) for item in given["violated"])
    return given


def _pending(case: Case) -> tuple[PendingRevision, ...]:
    rendered = [RevisionSql(f"r{number}", "", text) for number, text in enumerate(case.revisions, start=1)]
    found = []
    for revision, text in zip(from_rendered(rendered), case.revisions, strict=True):
        steering = _case(text, "")
        changes = {k: v for given in steering.all_of("revision is") for k, v in json.loads(given).items()}
        if "downgrade" in changes:
            given = {k: tuple(v) if isinstance(v, list) else v for k, v in changes["downgrade"].items()}
            changes["downgrade"] = DowngradeTrial(**given)
        statements = tuple(_measured(revision.statements, text))
        found.append(replace(revision, statements=statements, **changes))
    return tuple(found)


def _measured(items: Sequence[PendingStatement], text: str) -> Iterator[PendingStatement]:
    """Each with what it was seen to do, where a line above it says so."""
    lines = [statement.line for statement in read_statements(text) if statement.kind != "transaction_stmt"]
    given: dict[int, str] = {}
    for found in _SETTING.finditer(text):
        if found[1] == "measured":
            line = text[: found.start()].count("\n") + 1
            given[next(position for position, other in enumerate(lines) if other > line)] = found[2]
    for position, item in enumerate(items):
        plain = replace(item, sql=_SETTING.sub("", item.sql).strip())
        yield replace(plain, measured=effects_of(json.loads(given[position]))) if position in given else plain


def effects_of(given: dict[str, Any]) -> Effects:
    """Effects, as bad.sql writes them: `{"locks": [["orders", "table", "SHARE"]], "scans": ["orders"]}`."""
    assert set(given) <= {field.name for field in fields(Effects)}
    made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    modes = {mode.label: mode for mode in LockMode}
    made["locks"] = tuple(RelationLock(name, kind, modes[mode]) for name, kind, mode in given.get("locks", ()))
    made["drops"] = tuple(Drop(*drop) for drop in given.get("drops", ()))
    made["index_builds"] = tuple(IndexBuild(*build) for build in given.get("index_builds", ()))
    return Effects(**made)


@cache
def findings(path: Path) -> tuple[tuple[Finding, ...], ...]:
    """Of every case of a file, those of the folder's own rule."""
    return tuple(tuple(f for f in judge(case) if f.rule == path.parent.name) for case in cases(path))


def told(path: Path) -> str:
    """The text of finding.txt: what the rule says of each case of bad.sql."""
    return "\n".join(line for case in findings(path) for finding in case for line in (*_lines(finding), ""))


def _lines(finding: Finding) -> Iterator[str]:
    yield finding.statement or f"revision {finding.revision_id}"
    yield f"  {finding.level.label}: {finding.says}"
    if finding.table:
        yield f"  table: {finding.table}"
    if finding.lock:
        yield f"  lock: {finding.lock}"
    if finding.loses:
        yield f"  loses: {finding.loses}"
    if finding.breaks_older_code:
        yield "  older code may fail on the result"
    if finding.safe_form:
        yield "  safe form:"
        yield from (f"    {line}".rstrip() for line in finding.safe_form.splitlines())


def rendered_safely(case: Case, before: Sequence[str], steps: Sequence[Sequence[tuple[str, bool]]]) -> Case:
    """A safe form that ran, as a case of its own: each step a revision on the schema that the danger met.

    Args:
        before: what ran before the danger.
        steps: the SQL of each, and whether it stood outside of the step's transaction.
    """
    setup = case.setup + "".join(f"{sql};\n" for sql in before)
    texts = []
    for step in steps:
        lines, is_open = [], False
        for sql, is_alone in step:
            lines += ["COMMIT;"] if is_alone and is_open else ["BEGIN;"] if not is_alone and not is_open else []
            is_open = not is_alone
            lines.append(f"{sql.strip()};")
        texts.append("\n".join([*lines, *(["COMMIT;"] if is_open else [])]))
    steering = tuple((word, value) for word, value in case.steering if word in {"server", "tables"})
    return Case(tuple(text for text in texts if text), steering, setup, case.schema)
