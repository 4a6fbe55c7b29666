"""What is read from projects of different layout; nothing of theirs is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.adapters.init.layout import read_layout
from deploy.model.errors import UsageError


def project(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


INI = "[alembic]\nscript_location = {}\n"


def test_a_flat_project_with_its_compose_file(tmp_path: Path) -> None:
    found = read_layout(project(tmp_path / "My Shop", {
        "alembic.ini": INI.format("migrations"), "migrations/env.py": "", "migrations/versions/1.py": "",
        "migrations/versions/2.py": "", "requirements.txt": "alembic\n", "Dockerfile": "FROM python:3.13-slim\nEXPOSE 9000\n",
        "docker-compose.yml": "services:\n  db: {image: 'postgres:16'}\n  web: {build: .}\n  worker: {build: .}\n",
        "main.py": '@app.get("/healthz")\ndef health(): ...\n',
        ".git/HEAD": "ref: refs/heads/trunk\n", ".git/config": "[remote]\n\turl = git@github.com:acme/shop.git\n",
    }))
    assert (found.project, found.revisions, found.install) == ("my_shop", 2, "-r requirements.txt")
    assert (found.app_service, found.port, found.health_path) == ("web", 9000, "/healthz")
    assert (found.python_version, found.branch, found.github_repository) == ("3.13", "trunk", "acme/shop")


def test_a_back_end_below_with_a_build_context_above(tmp_path: Path) -> None:
    found = read_layout(project(tmp_path, {
        "backend/alembic.ini": INI.format("app/alembic"), "backend/app/alembic/versions/1.py": "",
        "backend/pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.12,<4"\n',
        "backend/Dockerfile": "FROM python:3.13\nWORKDIR /app/\nWORKDIR /app/backend/\n",
        "compose.yml": (
            "services:\n  frontend: {build: ., ports: ['80:80']}\n  backend:\n    build: {context: ., dockerfile: backend/Dockerfile}\n"
            "    healthcheck: {test: ['CMD', 'curl', '-f', 'http://localhost:8000/api/v1/utils/health-check/']}\n"
        ),
    }))
    assert (found.alembic_ini, found.ini_in_image, found.revisions) == ("backend/alembic.ini", "alembic.ini", 1)
    assert (found.app_service, found.port, found.health_path) == ("backend", 8000, "/api/v1/utils/health-check/")
    assert (found.install, found.python_version, found.dockerfile) == ("./backend", "3.12", "backend/Dockerfile")


def test_a_src_package_with_two_databases_says_which_is_left_out(tmp_path: Path) -> None:
    found = read_layout(project(tmp_path, {
        "src/shop/alembic.ini": (
            "[core]\nscript_location = shop:database/core\n[tenant]\nscript_location = shop:database/tenant\n"
        ),
        "src/shop/database/core/versions/1.py": "", "pyproject.toml": '[project]\nname = "shop"\n',
        "docker/docker-compose.yml": "services:\n  pgadmin: {image: dpage/pgadmin4, ports: ['5555:80']}\n",
    }))
    assert (found.section, found.revisions, found.package_layout) == ("core", 1, "src")
    assert found.app_service == "app"
    told = " ".join(found.notes)
    assert "core, tenant" in told
    assert "no compose service" in told
    assert "no Dockerfile" in told


def test_an_ini_of_a_dependency_is_not_the_projects(tmp_path: Path) -> None:
    root = project(tmp_path, {
        "alembic.ini": INI.format("m"), "m/versions/1.py": "",
        ".venv/lib/x/alembic.ini": INI.format("x"), "tests/alembic.ini": INI.format("x"),
    })
    assert read_layout(root).alembic_ini == "alembic.ini"


@pytest.mark.parametrize(
    ("files", "reference"),
    [
        ({"a.py": ""}, "no-alembic"),
        ({"a/alembic.ini": INI.format("m"), "b/alembic.ini": INI.format("m")}, "several-alembic"),
        ({"alembic.ini": "[loggers]\nkeys = root\n"}, "bad-alembic-ini"),
        ({"alembic.ini": "script_location\n"}, "bad-alembic-ini"),
    ],
)
def test_what_is_no_one_project_is_refused(tmp_path: Path, files: dict[str, str], reference: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_layout(project(tmp_path, files))
    assert caught.value.reference == reference


def test_one_of_several_can_be_named(tmp_path: Path) -> None:
    root = project(tmp_path, {"a/alembic.ini": INI.format("m"), "b/alembic.ini": INI.format("m")})
    assert read_layout(root, "b/alembic.ini").alembic_ini == "b/alembic.ini"
