"""Questions to development.py, which runs in the project's own Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.adapters.scratch.server import ScratchServer
from deploy.checking.alembic.project import (
    BEGIN,
    CONFIG_FILES,
    END,
    PROBE_SECONDS,
    last_line,
    local_python,
    program_text,
)
from deploy.checking.alembic.project_python import hint_of_missing_module
from deploy.model.check_request import MigrationSource
from deploy.model.errors import BlockedError
from deploy.model.redaction import without_passwords

VARIABLE = "SUREFOOT_DEVELOPMENT"


class ProjectFailed(Exception):  # noqa: N818 - it says what happened
    """The project's own Python could not do it; the message is in its words."""


@dataclass(frozen=True)
class DevelopmentProject:
    """One Alembic project of this machine.

    Attributes:
        scratch: where its connections are led; None for the database that env.py names.
        database_name: on the scratch server.
    """

    source: MigrationSource
    scratch: ScratchServer | None = None
    database_name: str = ""

    def ask(self, do: str, **words: Any) -> dict[str, Any]:
        """See development.py.

        Raises:
            ProjectFailed: in its words, without passwords.
            BlockedError: its Python does not run.
        """
        given = {
            "ini": self.source.ini_path, "section": self.source.section, "x": list(self.source.x_arguments),
            "entry": list(self.source.entry), "scratch": self._scratch_words(), "do": do, **words,
        }
        program = "".join(map(program_text, CONFIG_FILES))
        program += program_text("development.py", "deploy.development.programs")
        environment = {"PYTHONDONTWRITEBYTECODE": "1", **self.source.environment, VARIABLE: json.dumps(given)}
        run = local_python(self.source.python, self.source.directory)
        done = run(["-c", program], environment, {}, PROBE_SECONDS)
        if BEGIN not in done.stdout:
            raise BlockedError(
                f"{self.source.directory} has no Alembic project that runs: {last_line(done)}",
                hint=hint_of_missing_module(self.source.python),
                reference="image-has-no-alembic-project",
            )
        answer: dict[str, Any] = json.loads(done.stdout.partition(BEGIN)[2].rpartition(END)[0])
        if "problem" in answer:
            raise ProjectFailed(without_passwords(f"{answer['kind']}: {answer['problem']}"))
        return answer

    def _scratch_words(self) -> Mapping[str, Any] | None:
        server = self.scratch
        if server is None:
            return None
        return {
            "host": server.address, "port": server.port, "user": server.user, "password": server.password,
            "database": self.database_name, "ssl_mode": server.ssl_mode, "proof_sql": server.proof_sql,
            "proof": server.proof,
        }


def sorted_paths(answer: Mapping[str, Any]) -> list[Path]:
    """Directories of revisions, the one for new revisions first."""
    return [Path(place) for place in answer["locations"]]
