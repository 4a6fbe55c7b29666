"""model.data_checks.DataChecks: the project's verify directory; SQL asked from here, Python in the release."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from deploy.adapters.process import Completed, ProgramTimeout, redact
from deploy.model.data_checks import DataCheck, DataResult, read_header
from deploy.model.errors import StepFailed, UsageError

VARIABLE = "SUREFOOT_VERIFY"
INSIDE = "/run/surefoot-verify"
BEGIN, END = "<<<surefoot-begin>>>", "<<<surefoot-end>>>"
STATEMENT_SECONDS = 60

# service name, argv, environment of the compose file, of the container, directories, seconds -> what it printed
RunOnce = Callable[[str, Sequence[str], Mapping[str, str], Mapping[str, str], Mapping[Path, str], float], Completed]
# files, seconds for a statement -> an answer for each
AskSql = Callable[[Sequence[Path], float], list[dict[str, Any]]]


class ProjectDataChecks:
    """Files of the project's directory; for those in Python, the image brings it, its driver and its modules.

    Args:
        run_once: a one-off container of a service.
        service_name: whose environment and networks it has.
        secrets: values that no error may show.
        timeout_seconds: for all in Python together; then the container is stopped and removed.
        ask_sql: for those in SQL; no container is needed for them.
    """

    def __init__(
        self, directory: Path, run_once: RunOnce, service_name: str, secrets: Sequence[str], timeout_seconds: float,
        ask_sql: AskSql,
    ) -> None:
        self._ask_sql = ask_sql
        self._directory = directory
        self._run_once = run_once
        self._service_name = service_name
        self._secrets = tuple(secrets)
        self._timeout_seconds = timeout_seconds

    def find(self) -> tuple[DataCheck, ...]:
        """Hidden and private files are none."""
        if not self._directory.is_dir():
            return ()
        found = []
        for path in sorted(self._directory.iterdir()):
            if path.suffix not in {".sql", ".py"} or path.name.startswith((".", "_")):
                continue
            try:
                found.append(read_header(path.name, path.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(
                    f"{path} cannot be read: {error}", hint="repair the file", reference="data-check-unreadable"
                ) from None
        return tuple(found)

    def run(self, image_id: str) -> tuple[DataResult, ...]:
        """In the order of the files' names; one container for all in Python."""
        names = [check.file_name for check in self.find()]
        in_python = [name for name in names if name.endswith(".py")]
        in_sql = [self._directory / name for name in names if name not in in_python]
        answers = self._ask_sql(in_sql, STATEMENT_SECONDS) if in_sql else []
        answers += self._run_python(image_id, in_python) if in_python else []
        return tuple(sorted(map(DataResult.from_json, answers), key=lambda result: names.index(result.file_name)))

    def _run_python(self, image_id: str, names: Sequence[str]) -> list[dict[str, Any]]:
        given = {"directory": INSIDE, "files": list(names), "statement_seconds": STATEMENT_SECONDS}
        program = files("deploy.adapters").joinpath("verify_runner.py").read_text(encoding="utf-8")
        try:
            done = self._run_once(
                self._service_name, ["python", "-c", program], {"APP_IMAGE": image_id}, {VARIABLE: json.dumps(given)},
                {self._directory: INSIDE}, self._timeout_seconds,
            )
        except ProgramTimeout:
            raise self._too_slow() from None
        if BEGIN not in done.stdout:
            raise self._failed(done.stderr.strip().splitlines()[-1:] or [f"exit code {done.exit_code}"])
        answer = json.loads(done.stdout.partition(BEGIN)[2].rpartition(END)[0])
        if "problem" in answer:
            raise self._failed([answer["problem"]])
        results: list[dict[str, Any]] = answer["results"]
        return results

    def _too_slow(self) -> StepFailed:
        return StepFailed(
            f"the data checks did not end within {self._timeout_seconds:g} s; their container was stopped and removed",
            hint="make them faster, or give them more time with DEPLOY_VERIFY_TIMEOUT_SECONDS",
            reference="data-checks-timeout",
        )

    def _failed(self, lines: Sequence[str]) -> StepFailed:
        return StepFailed(
            f"the data checks could not be run: {redact(lines[0], self._secrets)}",
            hint="the image needs Python with asyncpg or psycopg, and DATABASE_URL in its service's environment; "
            "a check in SQL needs neither",
            reference="data-checks-not-run",
        )
