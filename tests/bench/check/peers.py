"""The peers, each asked in the way that is best for it, and their words turned into the bench's labels.

A finding is turned into every label that its rule means. squawk's rules on timeouts and style say nothing of one
statement; its lock-timeout rule speaks once a file. localtools says of a change of type that it "rewrites only when":
the row `localtools` takes that for a rewrite, the row `localtools, sure` does not.
"""

from __future__ import annotations

import json
import subprocess
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.check.ours import Answer, Said
from tests.bench.check.places import virtual_environment
from tests.bench.check.truths import TrueRevision

SQUAWK, LOCALTOOLS, ALEMBIC_GUARD = "squawk", "localtools", "alembic-guard"
LOCALTOOLS_SURE = "localtools, sure"
LOCALTOOLS_DRIVER = Path(__file__).with_name("localtools_driver.py")
WORK = frozenset({"block", "long"})
REWRITE = frozenset({"block", "long", "rewrite"})
LOSS = frozenset({"block", "loss"})
BLOCK = frozenset({"block"})
SQUAWK_RULES = {
    "adding-field-with-default": REWRITE, "adding-serial-primary-key-field": REWRITE, "changing-column-type": REWRITE,
    "prefer-repack": REWRITE, "adding-foreign-key-constraint": WORK, "constraint-missing-not-valid": WORK,
    "adding-not-nullable-field": WORK, "disallowed-unique-constraint": WORK,
    "require-concurrent-index-creation": WORK, "require-concurrent-reindex": WORK,
    "require-concurrent-partition-detach": BLOCK, "require-concurrent-index-deletion": BLOCK,
    "adding-required-field": BLOCK, "renaming-column": BLOCK, "renaming-table": BLOCK, "ban-drop-not-null": BLOCK,
    "ban-drop-constraint": BLOCK, "ban-drop-trigger": BLOCK, "ban-disable-trigger": BLOCK, "ban-set-schema": BLOCK,
    "ban-alter-row-level-security": BLOCK, "ban-drop-index": BLOCK, "ban-drop-column": LOSS, "ban-drop-table": LOSS,
    "ban-truncate-cascade": frozenset({"block", "rewrite", "loss"}),
}
ALEMBIC_GUARD_RULES = {
    "AG001": BLOCK, "AG002": WORK, "AG004": BLOCK, "AG005": LOSS, "AG006": REWRITE, "AG007": WORK, "AG008": WORK,
    "AG009": REWRITE, "AG010": WORK,
}
BLOCKING_MODES = frozenset({"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"})
LONG_WORK = frozenset({"scan", "rewrite", "index"})
NOTHING: frozenset[str] = frozenset()


def judge_sql(files: Sequence[Path], major: int, home: Path) -> dict[str, Answer]:
    """What the peers that read SQL say of these files, by file name."""
    return {SQUAWK: squawk(files, major)} | localtools(files, major, home)


def squawk(files: Sequence[Path], major: int) -> Answer:
    """All files in one call, which is its quickest way."""
    program = virtual_environment("peers") / "bin" / "squawk"
    started = time.perf_counter()
    done = subprocess.run(
        [str(program), "--reporter", "json", f"--pg-version={major}.0", "--assume-in-transaction", *map(str, files)],
        capture_output=True, text=True, check=False,
    )
    seconds = time.perf_counter() - started
    if not done.stdout.strip():
        return Answer({}, {}, done.stderr.strip()[-300:] or "it printed nothing", seconds)
    findings: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(done.stdout):
        findings.setdefault(Path(finding["file"]).name, []).append(finding)
    statements = {path.name: _squawk_file(path, findings.get(path.name, ())) for path in files}
    return Answer(statements, {}, "", seconds, frozenset(findings))


def _squawk_file(path: Path, findings: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Its lines are 0-based; a finding belongs to the statement around its line."""
    texts, starts = statements_of(path)
    labels = [NOTHING] * len(texts)
    for finding in findings:
        position = bisect_right(starts, finding["line"]) - 1
        if position >= 0:
            labels[position] |= SQUAWK_RULES.get(finding["rule_name"], NOTHING)
    return [Said(text, label) for text, label in zip(texts, labels, strict=True)]


def statements_of(path: Path) -> tuple[list[str], list[int]]:
    """The file's statements and the 0-based lines on which they start (the bench writes each from a line's start)."""
    import postgast  # only its splitting

    texts, starts, text, at = [], [], path.read_text(encoding="utf-8"), 0
    for piece in postgast.split(text, method="scanner"):
        statement = piece.strip()
        at = text.index(statement, at)
        texts.append(statement)
        starts.append(text.count("\n", 0, at))
        at += len(statement)
    return texts, starts


def localtools(files: Sequence[Path], major: int, home: Path) -> dict[str, Answer]:
    """Each file by itself, in one process: together they would take one file's new table for all files' new."""
    python = virtual_environment("peers") / "bin" / "python"
    names = home / "files.json"
    names.write_text(json.dumps([str(path) for path in files]), encoding="utf-8")
    done = subprocess.run(
        [str(python), str(LOCALTOOLS_DRIVER), str(names), str(major)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        return {LOCALTOOLS: Answer({}, {}, done.stderr.strip()[-300:], 0.0)}
    raw = json.loads(done.stdout)
    found = {}
    for tool in (LOCALTOOLS, LOCALTOOLS_SURE):
        statements = {
            path.name: _localtools_file(path, raw["files"][path.name], is_sure=tool == LOCALTOOLS_SURE) for path in files
        }
        refused = frozenset(name for name, items in raw["files"].items() if any(i["risk"] == "high" for i in items))
        found[tool] = Answer(statements, {}, "", raw["seconds"], refused)
    return found


def _localtools_file(path: Path, items: Sequence[Mapping[str, Any]], *, is_sure: bool) -> list[Said]:
    """Its lines are 1-based; it shortens the statement that it quotes."""
    texts, starts = statements_of(path)
    labels = [NOTHING] * len(texts)
    for item in items:
        position = bisect_right(starts, item["line"] - 1) - 1
        if position >= 0:
            labels[position] |= _localtools_labels(item, is_sure=is_sure)
    return [Said(text, label) for text, label in zip(texts, labels, strict=True)]


def _localtools_labels(item: Mapping[str, Any], *, is_sure: bool) -> frozenset[str]:
    is_block = any(not lock["new"] and lock["mode"] in BLOCKING_MODES for lock in item["locks"])
    rules = {finding["rule"] for finding in item["findings"]}
    is_rewrite = item["work"] == "rewrite" or (not is_sure and "alter-column-type" in rules)
    found = set()
    if is_block:
        found.add("block")
        found |= {"long"} if is_rewrite or item["work"] in LONG_WORK else set()
        found |= {"rewrite"} if is_rewrite else set()
    if rules & {"drop-table", "drop-column", "truncate"}:
        found.add("loss")
    return frozenset(found)


def alembic_guard(truth: Sequence[TrueRevision], home: Path) -> Answer:
    """The revisions' own files, copied: it skips a directory named site-packages."""
    copies = home / "guard" / "versions"
    copies.mkdir(parents=True, exist_ok=True)
    by_name = {}
    for revision in truth:
        (copies / revision.path.name).write_bytes(revision.path.read_bytes())
        by_name[revision.path.name] = revision
    started = time.perf_counter()
    done = run_alembic_guard(copies)
    seconds = time.perf_counter() - started
    if not done.stdout.strip():
        return Answer({}, {}, done.stderr.strip()[-300:] or "it printed nothing", seconds)
    findings: dict[str, list[tuple[int, frozenset[str]]]] = {}
    refused = set()
    for finding in json.loads(done.stdout):
        if finding["severity"] == "error":
            refused.add(by_name[Path(finding["path"]).name].revision_id)
        labels = ALEMBIC_GUARD_RULES.get(finding["rule"], NOTHING)
        findings.setdefault(Path(finding["path"]).name, []).append((finding["line"], labels))
    statements = {r.revision_id: _at_lines(r, findings.get(name, ())) for name, r in by_name.items()}
    return Answer(statements, {}, "", seconds, frozenset(refused))


def run_alembic_guard(directory: Path) -> subprocess.CompletedProcess[str]:
    """Its findings on a directory of revisions, as JSON on its standard output."""
    program = virtual_environment("peers") / "bin" / "alembic-guard"
    return subprocess.run(
        [str(program), "--strict", "--format", "json", str(directory)], capture_output=True, text=True, check=False
    )


def _at_lines(revision: TrueRevision, findings: Sequence[tuple[int, frozenset[str]]]) -> list[Said]:
    """A finding on a line of Python means the statements that ran from there, or from the block around it.

    Where several did, those of which the label is true: the tool cannot name one of them.
    """
    labels = [set[str]() for _ in revision.statements]
    lines = sorted({statement.line for statement in revision.statements})
    nowhere: list[Said] = []
    for line, said in findings:
        at = bisect_right(lines, line) - 1
        if at < 0:
            nowhere.append(Said("", said))
            continue
        here = [n for n, statement in enumerate(revision.statements) if statement.line == lines[at]]
        for label in said:
            true = [n for n in here if label in revision.statements[n].labels]
            for n in true or here[:1]:
                labels[n].add(label)
    told = [Said(s.sql, frozenset(found)) for s, found in zip(revision.statements, labels, strict=True)]
    return [*told, *nowhere]
