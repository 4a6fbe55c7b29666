"""An installation without deploy/checking/prediction measures as any other, and says what it cannot do."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
# The second statement finds its lock held; the third asks what the column was; the last two ask for other tables.
CHANGES = """
BEGIN;
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN place text;
ALTER TABLE orders ALTER COLUMN amount TYPE smallint;
ALTER TABLE orders DROP CONSTRAINT orders_owner_fkey;
SELECT count(*) FROM orders;
COMMIT;
"""
HISTORY = """
CREATE TABLE owners (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, amount bigint, owner bigint REFERENCES owners);
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tool without the package."""
    place = tmp_path_factory.mktemp("tool")
    shutil.copytree(ROOT / "scripts", place / "scripts")
    shutil.copytree(
        ROOT / "deploy", place / "deploy", ignore=shutil.ignore_patterns("prediction", "__pycache__")
    )
    (place / ".venv").symlink_to(ROOT / ".venv")
    return place


@pytest.fixture
def files(tmp_path: Path) -> Sequence[str]:
    (tmp_path / "1_history.sql").write_text(HISTORY)
    (tmp_path / "2_changes.sql").write_text(CHANGES)
    return ["--sql", str(tmp_path / "1_history.sql"), "--sql", str(tmp_path / "2_changes.sql")]


def check(place: Path, tmp_path: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [str(place / "scripts" / "migration-check.sh"), "--json", "--no-database", "--fail-on", "never", *words],
        cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def judged(report: dict[str, Any]) -> list[Any]:
    """Findings and labels, without the words for how they compare with what was read."""
    findings = [
        [f[key] for key in ("rule", "level", "statement", "says", "table", "lock", "loses", "safe_form")]
        for revision in report["risk"]["revisions"] for f in revision["findings"]
    ]
    labels = [[s[key] for key in ("sql", "is_block", "is_long", "is_rewrite", "is_loss")] for s in report["statements"]]
    return [findings, labels]


@pytest.mark.postgres
def test_what_ran_is_judged_alike_with_and_without_the_prediction(
    installation: Path, files: Sequence[str], tmp_path: Path
) -> None:
    code, alone = check(installation, tmp_path, *files)
    assert (code, alone["method"]) == (0, "measured")
    assert not (installation / "deploy" / "checking" / "prediction").exists()
    whole = check(ROOT, tmp_path, *files)[1]

    assert judged(alone) == judged(whole)
    rules = {f["rule"] for revision in alone["risk"]["revisions"] for f in revision["findings"]}
    assert {"alter_column_type_narrows", "drop_foreign_key_locks_both"} <= rules
    assert "unknown_statement" not in rules
    second = alone["statements"][3]
    assert (second["sql"], second["is_block"]) == ("ALTER TABLE orders ADD COLUMN place text", True)


@pytest.mark.postgres
def test_the_report_says_that_nothing_was_predicted(
    installation: Path, files: Sequence[str], tmp_path: Path
) -> None:
    alone = check(installation, tmp_path, *files)[1]
    assert {s["comparison"] for s in alone["statements"]} == {"not predicted"}
    assert any(warning.startswith("nothing was predicted") for warning in alone["warnings"])
    whole = check(ROOT, tmp_path, *files)[1]
    assert not any(warning.startswith("nothing was predicted") for warning in whole["warnings"])


def test_a_check_from_text_says_that_this_installation_cannot(
    installation: Path, files: Sequence[str], tmp_path: Path
) -> None:
    code, answer = check(installation, tmp_path, "--no-server", *files)
    assert (code, answer["error"]["reference"]) == (1, "no-prediction")
    assert "--no-server" in answer["error"]["hint"]


def test_every_command_answers_without_it(installation: Path, tmp_path: Path) -> None:
    for words in (["--help"], ["check", "--help"], ["explain", "no-prediction"]):
        done = subprocess.run(
            [str(installation / "scripts" / "deploy.sh"), *words], cwd=tmp_path, capture_output=True, text=True,
            timeout=60, check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
