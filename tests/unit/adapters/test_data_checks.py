"""SQL checks need no driver in the image; those in Python run there, and the answers keep the files' order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.adapters.data_checks import BEGIN, END, VARIABLE, ProjectDataChecks
from deploy.adapters.process import Completed


def checks(directory: Path, asked: list[str], ran: list[list[str]]) -> ProjectDataChecks:
    def ask_sql(paths: Sequence[Path], _seconds: float) -> list[dict[str, Any]]:
        asked.extend(path.name for path in paths)
        return [{"file_name": path.name, "rows": 1, "value": "7", "digest": "d"} for path in paths]

    def run_once(_service: str, _argv: Any, _variables: Any, environment: Any, _mounts: Any, _seconds: float) -> Completed:
        names = json.loads(environment[VARIABLE])["files"]
        ran.append(names)
        answer = {"results": [{"file_name": name, "rows": 1, "value": None, "digest": ""} for name in names]}
        return Completed(0, f"{BEGIN}{json.dumps(answer)}{END}\n", "")

    return ProjectDataChecks(directory, run_once, "app", [], 60, ask_sql)


def test_an_image_without_a_driver_is_not_asked_for_checks_in_sql(tmp_path: Path) -> None:
    (tmp_path / "users.sql").write_text("-- name: users\n-- expect: rows >= 0\nSELECT 1\n")
    asked: list[str] = []
    ran: list[list[str]] = []
    results = checks(tmp_path, asked, ran).run("sha256:1")
    assert (asked, ran) == (["users.sql"], [])
    assert results[0].value == "7"


def test_both_kinds_are_answered_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("a.sql", "c.sql"):
        (tmp_path / name).write_text("-- name: x\n-- expect: rows >= 0\nSELECT 1\n")
    (tmp_path / "b.py").write_text("# name: y\nasync def check(connection):\n    pass\n")
    asked: list[str] = []
    ran: list[list[str]] = []
    results = checks(tmp_path, asked, ran).run("sha256:1")
    assert [result.file_name for result in results] == ["a.sql", "b.py", "c.sql"]
    assert (asked, ran) == (["a.sql", "c.sql"], [["b.py"]])
