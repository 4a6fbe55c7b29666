"""What holds for every output; and golden files.

To renew the golden files after a wanted change: RENEW_GOLDEN=1 python -m pytest tests/unit/cli/check_report
and read the difference.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.checking.cli.report import (
    check_to_annotations,
    check_to_json,
    check_to_markdown,
    check_to_sarif,
    check_to_step_summary,
    check_to_text,
)
from deploy.model.check import CheckReport
from tests.unit.cli.check_report.reports import awkward_report, realistic_report, small_report

GOLDEN = Path(__file__).with_name("golden")
OUTPUTS: dict[str, Callable[[CheckReport], str]] = {
    "check.txt": check_to_text,
    "check-verbose.txt": lambda report: check_to_text(report, is_verbose=True),
    "check.json": lambda report: f"{json.dumps(check_to_json(report), indent=2, ensure_ascii=False)}\n",
    "check.sarif": lambda report: f"{json.dumps(check_to_sarif(report), indent=2, ensure_ascii=False)}\n",
    "check.md": check_to_markdown,
    "summary.md": check_to_step_summary,
    "annotations.github": lambda report: "\n".join(check_to_annotations(report)) + "\n",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_realistic_report_looks_as_it_was_approved(name: str) -> None:
    path, text = GOLDEN / name, OUTPUTS[name](realistic_report())
    if os.environ.get("RENEW_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OUTPUTS)
def test_no_output_tells_a_password(name: str) -> None:
    text = OUTPUTS[name](awkward_report())
    assert "[hidden]" in text.replace("\\[", "[").replace("\\]", "]")
    assert "hush" not in text


@pytest.mark.parametrize("name", [name for name in OUTPUTS if "json" not in name and "sarif" not in name])
def test_no_text_moves_the_cursor(name: str) -> None:
    text = OUTPUTS[name](awkward_report())
    assert {char for char in text if not char.isprintable()} <= {"\n"}


@pytest.mark.parametrize("name", OUTPUTS)
def test_rendering_is_repeatable(name: str) -> None:
    assert OUTPUTS[name](small_report()) == OUTPUTS[name](small_report())


def test_rendering_plain_text_imports_nothing_heavy() -> None:
    program = (
        "import sys\nimport deploy.checking.cli.report\n"
        "sys.exit(','.join(sorted({'rich', 'docker', 'pydantic', 'asyncpg', 'alembic'} & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
