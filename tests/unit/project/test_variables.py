"""What env.py is given on this machine: nothing over the shell's, no server's address."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.project.in_image import settings_of_project
from deploy.project.variables import dockerfile_variables, project_variables, without_servers
from tests.unit.init.test_layout import INI, project


def test_the_projects_env_files_and_its_dockerfile_speak_and_the_shell_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path, {
        ".git/HEAD": "", ".env": "A=root\nB=root\nDATABASE_URL=postgresql://x/y\n", "backend/.env": "B=backend\nC=backend\n",
        "backend/.flaskenv": "FLASK_APP=shop:make\n", "backend/Dockerfile": "FROM x\nENV A=image D=image\n",
    })
    monkeypatch.setenv("C", "shell")
    found = project_variables(root, root / "backend", leads_nowhere=True)
    assert found == {"A": "root", "B": "root", "FLASK_APP": "shop:make", "D": "image"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ENV FLASK_APP=shop.py", {"FLASK_APP": "shop.py"}),
        ("ENV FLASK_APP shop.py", {"FLASK_APP": "shop.py"}),
        ("WORKDIR /app/\nENV A=1 \\\n    B='two words'\nENV PYTHONPATH=/app:/app/src", {
            "A": "1", "B": "two words", "PYTHONPATH": "{here}:{here}/src",
        }),
        ("ENV PATH=/app/.venv/bin:$PATH PIP_NO_CACHE=1 PYTHONUNBUFFERED=1 UV_LINK_MODE=copy LANG=C", {}),
        ("RUN ENV=1 x\n# ENV A=1", {}),
    ],
)
def test_of_the_dockerfile_counts_what_it_sets_for_the_application(
    tmp_path: Path, text: str, found: dict[str, str]
) -> None:
    project(tmp_path, {"Dockerfile": f"FROM x\n{text}\n"})
    assert dockerfile_variables(tmp_path) == {k: v.replace("{here}", str(tmp_path)) for k, v in found.items()}


def test_what_libpq_would_connect_to_is_nobody(tmp_path: Path) -> None:
    assert without_servers({"PGHOST": "db", "PGPORT": "5432", "PGSERVICE": "prod", "PGUSER": "u", "A": "1"}) == {
        "PGHOST": "127.0.0.1", "PGPORT": "1", "PGUSER": "u", "A": "1",
    }


FLASK = {"migrations/alembic.ini": "[alembic]\n", "migrations/env.py": "", "app.py": ""}


@pytest.mark.parametrize(
    ("files", "service", "settings"),
    [
        ({"alembic.ini": INI.format("m")}, {}, {}),
        ({"pyproject.toml": '[tool.alembic]\nscript_location = "m"\n'}, {}, {"DEPLOY_ALEMBIC_INI": "pyproject.toml"}),
        (FLASK, {}, {"DEPLOY_ALEMBIC_INI": "migrations/alembic.ini", "DEPLOY_MIGRATION_COMMAND": "flask db upgrade"}),
        (FLASK, {"command": ["sh", "-c", "flask --app shop db upgrade && serve"]}, {
            "DEPLOY_ALEMBIC_INI": "migrations/alembic.ini", "DEPLOY_MIGRATION_COMMAND": "flask --app shop db upgrade",
        }),
        (FLASK | {"Procfile": "release: python -m shop.cli db upgrade\n"}, {}, {
            "DEPLOY_ALEMBIC_INI": "migrations/alembic.ini",
            "DEPLOY_MIGRATION_COMMAND": "python -m shop.cli db upgrade",
        }),
        (FLASK | {"Dockerfile": 'FROM x\nENTRYPOINT ["superset", "db", "upgrade"]\n'}, {}, {
            "DEPLOY_ALEMBIC_INI": "migrations/alembic.ini", "DEPLOY_MIGRATION_COMMAND": "superset db upgrade",
        }),
        ({"backend/alembic.ini": INI.format("m"), "backend/Dockerfile": "FROM x\nWORKDIR /app\n"},
         {"build": {"context": "backend"}}, {}),
        ({"alembic.ini": "[core]\nscript_location = core\n"}, {}, {
            "DEPLOY_MIGRATION_COMMAND": "alembic -c alembic.ini -n core upgrade head",
        }),
        ({"a.py": ""}, {}, {}),
    ],
)
def test_how_a_deployment_migrates_comes_from_the_projects_files(
    tmp_path: Path, files: dict[str, str], service: dict[str, object], settings: dict[str, str]
) -> None:
    assert settings_of_project(project(tmp_path, files), service) == settings
