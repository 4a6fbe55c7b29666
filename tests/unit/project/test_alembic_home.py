"""Which Alembic environment a project has, in every form that people have one; nothing of theirs is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.model.errors import UsageError
from deploy.project.alembic_home import find_home, home_in, read_home
from tests.unit.init.test_layout import INI, project

TOML = '[project]\nname = "shop"\n[tool.alembic]\nscript_location = "%(here)s/{}"\n'
FLASK = "[alembic]\n# file_template = x\n[loggers]\nkeys = root\n"


@pytest.mark.parametrize(
    ("files", "file", "scripts", "directory"),
    [
        ({"alembic.ini": INI.format("migrations"), "migrations/env.py": ""}, "alembic.ini", "migrations", "."),
        ({"alembic.ini": INI.format("%(here)s/db"), "db/env.py": ""}, "alembic.ini", "db", "."),
        ({"alembic.ini": INI.format("shop:db"), "src/shop/db/env.py": ""}, "alembic.ini", "src/shop/db", "."),
        ({"conf/alembic.ini": INI.format("migrations"), "migrations/env.py": ""}, "conf/alembic.ini", "migrations", "."),
        ({"backend/alembic.ini": INI.format("app/m"), "backend/app/m/env.py": ""}, "backend/alembic.ini", "backend/app/m",
         "backend"),
        ({"pyproject.toml": TOML.format("migrations"), "migrations/env.py": ""}, "pyproject.toml", "migrations", "."),
        ({"api/pyproject.toml": TOML.format("m"), "api/m/env.py": "", "pyproject.toml": "[project]\nname = 'x'\n"},
         "api/pyproject.toml", "api/m", "api"),
        # `alembic init --template pyproject`: logging and the URL in the ini, all else in pyproject.toml
        ({"alembic.ini": "[alembic]\nsqlalchemy.url = x\n", "pyproject.toml": TOML.format("m"), "m/env.py": ""},
         "alembic.ini", "m", "."),
        ({"migrations/alembic.ini": FLASK, "migrations/env.py": ""}, "migrations/alembic.ini", "migrations", "."),
        ({"web/migrations/alembic.ini": FLASK, "web/migrations/env.py": ""}, "web/migrations/alembic.ini",
         "web/migrations", "web"),
    ],
)
def test_each_form_is_found_with_its_scripts_and_the_place_where_it_is_started(
    tmp_path: Path, files: dict[str, str], file: str, scripts: str, directory: str
) -> None:
    root = project(tmp_path, files)
    home = find_home(root)
    assert (home.file, home.scripts) == (root / file, root / scripts)
    assert home.directory == root / directory


def test_an_ini_without_scripts_beside_its_env_py_is_flasks(tmp_path: Path) -> None:
    root = project(tmp_path, {"migrations/alembic.ini": FLASK, "migrations/env.py": ""})
    assert find_home(root).is_flask
    found = home_in(root)
    assert found is not None
    assert found.file == root / "migrations" / "alembic.ini"


def test_of_several_databases_the_section_that_was_named_counts(tmp_path: Path) -> None:
    text = "[core]\nscript_location = core\n[tenant]\nscript_location = tenant\n"
    root = project(tmp_path, {"alembic.ini": text, "core/env.py": "", "tenant/env.py": ""})
    assert find_home(root).sections == ("core", "tenant")
    assert find_home(root).section == "core"
    assert find_home(root, "tenant").scripts == root / "tenant"


def test_a_directory_with_one_of_its_own_is_not_searched_any_deeper(tmp_path: Path) -> None:
    root = project(tmp_path, {"alembic.ini": INI.format("m"), "plugin/alembic.ini": INI.format("m")})
    assert find_home(root).file == root / "alembic.ini"


def test_a_directory_below_another_project_has_none(tmp_path: Path) -> None:
    root = project(tmp_path, {"alembic.ini": INI.format("m"), "empty/a.txt": ""})
    assert home_in(root / "empty") is None


@pytest.mark.parametrize(("name", "text"), [
    ("pyproject.toml", "[tool.alembic]\nprepend_sys_path = ['.']\n"), ("alembic.ini", "[alembic]\nsqlalchemy.url = x\n"),
    ("alembic.ini", "no section\n"),
])
def test_a_file_that_names_no_scripts_is_told(tmp_path: Path, name: str, text: str) -> None:
    root = project(tmp_path, {name: text})
    with pytest.raises(UsageError) as caught:
        read_home(root / name, root)
    assert caught.value.reference == "bad-alembic-ini"
