"""Write what tests/rules and docs/rules repeat of the rules: `finding.txt` with --findings, the pages otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def write_findings() -> int:
    """finding.txt of every rule, from what the rule says now; read what `git diff` shows."""
    from tests.rules.examples import folders, told

    for folder in folders():
        (folder / "finding.txt").write_text(told(folder / "bad.sql"))
    return 0


if __name__ == "__main__":
    sys.exit(write_findings())
