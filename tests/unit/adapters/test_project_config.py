"""The programs in the project's Python find the configuration that the project's own command would make."""

from __future__ import annotations

import configparser
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.checking.alembic.image_environment import AlembicInImage
from deploy.development.adapters.revision_file import staged_ini
from deploy.model.errors import BlockedError
from tests.unit.adapters.test_alembic_probe import ENV, IMAGE_ID, REVISION, HereInstead
from tests.unit.init.test_layout import project

TOML = '[tool.alembic]\nscript_location = "%(here)s/migrations"\n'
FLASK_INI = "[alembic]\n[loggers]\nkeys = root\n"
FLASK_ENV = "from flask import current_app\nassert current_app.name == 'shop'\n" + ENV
# As much of Flask as is asked.
FLASK = {
    "flask/__init__.py": """
import contextlib
current = []
def has_app_context(): return bool(current)
class App:
    name, extensions = "shop", {}
    @contextlib.contextmanager
    def app_context(self):
        current.append(self)
        yield
        current.pop()
class Proxy:
    def __getattr__(self, name): return getattr(current[-1], name)
current_app = Proxy()
""",
    "flask/cli.py": """
import os, flask
class NoAppException(Exception): pass
class ScriptInfo:
    def __init__(self, app_import_path=None): self.path = app_import_path
    def load_app(self):
        if self.path is None and not os.path.exists("app.py"): raise NoAppException("none")
        return flask.App()
""",
}
MakeReader = Callable[..., AlembicInImage]


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeReader:
    """A project of these files with one revision, and the probe on it."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("FLASK_APP", raising=False)

    def make(files: dict[str, str], ini: str = "alembic.ini", entry: tuple[str, ...] = ()) -> AlembicInImage:
        revision = REVISION.format(
            name="a", down=None, depends_on=None, message="make a", body='op.execute("CREATE TABLE a (id int)")',
            downgrade="",
        )
        project(tmp_path, {"migrations/env.py": ENV, "migrations/versions/a.py": revision, **files})
        return AlembicInImage(HereInstead(tmp_path), ini, "production", entry=entry)  # type: ignore[arg-type]

    return make


@pytest.mark.parametrize(
    ("files", "ini"),
    [
        ({"pyproject.toml": TOML}, "pyproject.toml"),
        ({"pyproject.toml": TOML}, "alembic.ini"),
        ({"pyproject.toml": TOML, "alembic.ini": "[alembic]\nsqlalchemy.url = postgresql://\n"}, "alembic.ini"),
        ({"migrations/alembic.ini": FLASK_INI}, "migrations/alembic.ini"),
        ({"migrations/alembic.ini": FLASK_INI}, "alembic.ini"),
        ({"migrations/alembic.ini": FLASK_INI, "migrations/env.py": FLASK_ENV, "app.py": "", **FLASK},
         "migrations/alembic.ini"),
    ],
)
def test_each_form_of_a_configuration_is_read(reader: MakeReader, files: dict[str, str], ini: str) -> None:
    (rendered,) = reader(files, ini).render_sql(IMAGE_ID, (), ("a",))
    assert (rendered.problem, "CREATE TABLE a" in (rendered.sql or "")) == ("", True)


def test_an_application_that_nothing_names_is_asked_for_by_its_variable(reader: MakeReader) -> None:
    files = {"migrations/alembic.ini": FLASK_INI, "migrations/env.py": FLASK_ENV, **FLASK}
    with pytest.raises(BlockedError) as caught:
        reader(files, "migrations/alembic.ini").graph(IMAGE_ID)
    assert caught.value.reference == "project-setting-missing"
    assert caught.value.what.startswith("FLASK_APP is asked for")


OWN_COMMAND = """
import sys, flask
from alembic import command
from alembic.config import Config
with flask.App().app_context():
    config = Config("migrations/alembic.ini")
    config.set_main_option("script_location", "migrations")
    try:
        if sys.argv[1:] == ["db", "upgrade"]:
            command.upgrade(config, "head")
    except Exception:
        sys.exit(1)
"""


def test_the_projects_own_command_makes_the_application_that_nothing_else_names(reader: MakeReader) -> None:
    files = {"migrations/alembic.ini": FLASK_INI, "migrations/env.py": FLASK_ENV, "shop.py": OWN_COMMAND, **FLASK}

    def asked(*words: str) -> AlembicInImage:
        return reader(files, "migrations/alembic.ini", words)

    (rendered,) = asked("python", "-m", "shop", "db", "upgrade").render_sql(IMAGE_ID, (), ("a",))
    assert (rendered.problem, "CREATE TABLE a" in (rendered.sql or "")) == ("", True)
    with pytest.raises(BlockedError) as caught:
        asked("python", "-m", "shop", "db", "current").graph(IMAGE_ID)
    assert "ended without an upgrade" in caught.value.what


PYDANTIC = """
class BaseSettings:
    model_config = {"env_prefix": "shop_"}
    def __init__(self): self.check()
    def check(self): raise ValidationError()
class ValidationError(ValueError):
    def errors(self): return [{"type": "missing", "loc": ("key",)}, {"type": "int_parsing", "loc": ("port",)}]
class Settings(BaseSettings): pass
Settings()
"""


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("import os\nos.environ['SECRET_KEY']\n", "SECRET_KEY is asked for by settings.py:2, and is not set"),
        (PYDANTIC, "SHOP_KEY is asked for by settings.py:5, and is not set"),
        ("raise ValueError('SECRET_KEY must be set')", "SECRET_KEY is asked for by settings.py:1, and is not set"),
        ("raise LookupError('Environment variable \"A_B\" not set')", "A_B is asked for by settings.py:1, and is not set"),
        ("raise KeyError(\"Config 'DSN' is missing, and has no default.\")",
         "DSN is asked for by settings.py:1, and is not set"),
    ],
)
def test_a_setting_that_is_missing_is_named_with_the_line_that_asks(
    reader: MakeReader, monkeypatch: pytest.MonkeyPatch, module: str, said: str
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    files = {"alembic.ini": "[alembic]\nscript_location = migrations\n", "settings.py": module,
             "migrations/env.py": "import settings\n" + ENV}
    (rendered,) = reader(files).render_sql(IMAGE_ID, (), ("a",))
    assert rendered.problem == said


@pytest.mark.parametrize("module", ["{}['KEY']", "raise ValueError('the port must be a number')"])
def test_another_error_is_no_setting_that_is_missing(reader: MakeReader, module: str) -> None:
    files = {"alembic.ini": "[alembic]\nscript_location = migrations\n", "settings.py": module,
             "migrations/env.py": "import settings\n" + ENV}
    (rendered,) = reader(files).render_sql(IMAGE_ID, (), ("a",))
    assert "is not set" not in rendered.problem


@pytest.mark.parametrize("line", [
    "version_path_separator = os  # Use os.pathsep. Default configuration used for new projects.",
    "version_path_separator = os  ; as new projects have it", "path_separator = os", "",
])
def test_the_staged_ini_has_no_comment_in_a_value_and_both_places(tmp_path: Path, line: str) -> None:
    project(tmp_path, {"alembic.ini": f"[alembic]\nscript_location = migrations\n{line}\n", "stage/versions/x": ""})
    path = staged_ini(tmp_path / "alembic.ini", "alembic", [tmp_path / "a"], tmp_path / "stage" / "versions")
    parser = configparser.RawConfigParser()
    parser.read(path)
    named = next(name for name in ("path_separator", "version_path_separator") if parser.has_option("alembic", name))
    assert parser.get("alembic", named) == "os"
    assert parser.get("alembic", "version_locations") == f"{tmp_path}/a:{tmp_path}/stage/versions"


@pytest.mark.parametrize(("name", "text", "location"), [
    ("migrations/alembic.ini", FLASK_INI, "migrations"), ("pyproject.toml", TOML, ""),
])
def test_the_staged_ini_leads_to_the_projects_own_scripts(tmp_path: Path, name: str, text: str, location: str) -> None:
    project(tmp_path, {name: text, "migrations/env.py": "", "stage/versions/x": ""})
    path = staged_ini(tmp_path / name, "alembic", [tmp_path / "a"], tmp_path / "stage" / "versions")
    parser = configparser.RawConfigParser()
    parser.read(path)
    assert parser.get("alembic", "script_location", fallback="") == (str(tmp_path / location) if location else "")
    assert parser.has_section("formatters") or name != "pyproject.toml"  # env.py may call fileConfig()
