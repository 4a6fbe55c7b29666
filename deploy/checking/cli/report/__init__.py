"""The migration check's report as text, JSON, SARIF, GitHub annotations and Markdown: pure, nothing is written here.

Every renderer hides passwords first (`redacted.py`), so none can forget to.
"""

from __future__ import annotations

from deploy.checking.cli.report.as_github import check_to_annotations, check_to_step_summary
from deploy.checking.cli.report.as_json import SCHEMA, check_to_json
from deploy.checking.cli.report.as_markdown import MARKER, check_to_markdown
from deploy.checking.cli.report.as_sarif import check_to_sarif
from deploy.checking.cli.report.terminal import check_to_text, say_check

__all__ = [
    "MARKER", "SCHEMA", "check_to_annotations", "check_to_json", "check_to_markdown", "check_to_sarif",
    "check_to_step_summary", "check_to_text", "say_check",
]
