"""`migration-check.sh FILE.py…`: what a hook or a pull request asks about the migrations that changed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VERSIONS = "migrations/versions"


def check(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "scripts" / "migration-check.sh"), *words, "--no-database", "--no-server", "--json",
         "--output", "/dev/null"],
        cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
    )


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [revision["revision_id"] for revision in json.loads(done.stdout)["risk"]["revisions"]]


def test_findings_of_the_named_migrations_alone_are_told_and_decide_the_exit_code() -> None:
    harmless = check(f"{VERSIONS}/0007_add_orders_client_reference.py", "--fail-on", "loss")
    losing = check(
        f"{VERSIONS}/0007_add_orders_client_reference.py", f"{VERSIONS}/0006_drop_orders_side_code.py",
        "--fail-on", "loss",
    )
    assert (told(harmless), harmless.returncode) == (["0007"], 0)
    assert (told(losing), losing.returncode) == (["0006", "0007"], 3)
    statements = json.loads(losing.stdout)["statements"]
    assert {statement["revision_id"] for statement in statements} == {"0006", "0007"}


def test_a_file_that_is_no_pending_migration_is_an_error_that_names_it(tmp_path: Path) -> None:
    for path in (f"{VERSIONS}/../env.py", str(tmp_path / "0099_nothing.py")):
        done = check(path)
        assert done.returncode == 2
        assert Path(path).name in json.loads(done.stdout)["error"]["what"]
    beyond = check(f"{VERSIONS}/0007_add_orders_client_reference.py", "--to", "0006")
    assert beyond.returncode == 2
