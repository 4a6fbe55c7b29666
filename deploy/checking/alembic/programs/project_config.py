"""Sent between drivers.py and each program: the project's Alembic configuration, as the project's own command makes it.

An ini file, `[tool.alembic]` of pyproject.toml, or both (Alembic reads the ini first); an ini without script_location
(Flask-Migrate's: its own directory); env.py that asks for Flask's current_app, which the application's context answers.
Only the standard library and the project's own Alembic; any old Python 3.
"""

import importlib
import os
import re
import sys
import traceback
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Tuple, TypeVar

if TYPE_CHECKING:
    import argparse

    from alembic.config import Config
    from alembic.script import ScriptDirectory

Answer = TypeVar("Answer")
TOML_TABLE = re.compile(r"^\s*\[\s*tool\s*\.\s*alembic\s*\]", re.MULTILINE)
# Where an ini lies that is not where it was looked for: the two places that a project's own command knows by itself.
OTHER_INIS = ("pyproject.toml", os.path.join("migrations", "alembic.ini"))
# What libraries for settings say of one that is missing; the last is what people write by themselves.
MISSING_WORDS = (
    re.compile(r"environment variable ['\"]?(\w+)['\"]? (?:is )?not set", re.IGNORECASE),  # environs
    re.compile(r"Config '(\w+)' is missing"),  # starlette
    re.compile(r"Set the (\w+) environment variable"),  # django-environ
    re.compile(r"^(\w+) not found\. Declare it"),  # decouple
    re.compile(r"\b([A-Z][A-Z0-9_]{2,})\b['\"]? (?:is not set|not set|must be set|is required|is missing)"),
    re.compile(r"\b(?:[Mm]issing|[Uu]nset|[Rr]equired) (?:required )?(?:environment )?(?:variable|setting)s?:? "
               r"['\"]?([A-Z][A-Z0-9_]{2,})\b"),
)


class NoApplication(RuntimeError):  # noqa: N818 - it says what happened
    """Which Flask application env.py means is said nowhere; the message is whole."""


def with_project(
    given: Dict[str, Any], options: "argparse.Namespace", work: "Callable[[Config, ScriptDirectory], Answer]"
) -> Answer:
    """What `work` answers, where env.py may run: in the application's context if it asks for one.

    Args:
        given: `ini` and `section`; `entry`, the project's own command that upgrades, or nothing.
        options: as Alembic's own command line makes them; Alembic and env.py read it as Config.cmd_opts.
    """
    from alembic.script import ScriptDirectory

    config = read_config(given["ini"], given["section"], options)
    script = ScriptDirectory.from_config(config)
    if not asks_for_application(script.dir):
        return work(config, script)
    application: Any = None
    try:
        application = flask_application()
    except NoApplication:
        if not given.get("entry"):
            raise
    if application is None:
        return inside_command(given["entry"], options, work)
    with application.app_context():
        extension = importlib.import_module("flask").current_app.extensions.get("migrate")
        own = getattr(getattr(extension, "migrate", None), "call_configure_callbacks", None)
        config = own(config) if own else config
        return work(config, ScriptDirectory.from_config(config))


class Answered(BaseException):
    """The project's own command came to its upgrade, which was answered in its place."""


def inside_command(
    words: List[str], options: "argparse.Namespace", work: "Callable[[Config, ScriptDirectory], Answer]"
) -> Answer:
    """What `work` answers where the project's own command would upgrade: with its application and configuration."""
    from alembic import command
    from alembic.script import ScriptDirectory

    answers: List[Answer] = []
    failures: List[BaseException] = []

    def upgrade(config: "Config", *_: Any, **__: Any) -> None:
        given = vars(config.cmd_opts) if config.cmd_opts is not None else {}
        kept = {name: value for name, value in given.items() if name != "x" or value}
        config.cmd_opts = type(options)(**{**vars(options), **kept})
        command.upgrade = original  # which `work` may call
        try:
            answers.append(work(config, ScriptDirectory.from_config(config)))
        except BaseException as error:  # noqa: BLE001 - the command would catch it, and say less
            failures.append(error)
        raise Answered

    original, command.upgrade = command.upgrade, upgrade
    try:
        run_python_words(words)
    except (Answered, SystemExit):
        pass
    finally:
        command.upgrade = original
    if failures:
        raise failures[0]
    if not answers:
        raise NoApplication("{} ended without an upgrade by Alembic".format(" ".join(words)))
    return answers[0]


def run_python_words(words: List[str]) -> None:
    """A command of Python's, in this process, as Python itself would start it: `-m module`, or a script."""
    import runpy

    if is_interpreter(words[0]):
        words = words[1:]
    if words[0] == "-m":
        sys.argv = list(words[1:])
        sys.path.insert(0, os.getcwd())
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        return
    program = program_of(words[0])
    if not is_python(program):
        raise RuntimeError("{} is no program of Python's".format(program))
    sys.argv = [program] + list(words[1:])
    sys.path.insert(0, os.path.dirname(os.path.abspath(program)))
    runpy.run_path(program, run_name="__main__")


def is_interpreter(word: str) -> bool:
    """`python`, `python3.12`, `/venv/bin/python`."""
    return bool(re.match(r"python[\d.]*$", os.path.basename(word)))


def program_of(word: str) -> str:
    """Beside the project's Python, on the PATH, or where it is named."""
    import shutil

    beside = os.path.join(os.path.dirname(sys.executable), word)
    found = beside if os.path.exists(beside) else shutil.which(word) or (word if os.path.isfile(word) else None)
    if found is None:
        raise RuntimeError("there is no program {}".format(word))
    return found


def is_python(program: str) -> bool:
    """Whether this file is a Python script: by its first line, else by its name."""
    with open(program, "rb") as file:
        first = file.readline()
    return b"python" in first if first.startswith(b"#!") else program.endswith(".py")


def read_config(ini: str, section: str, options: "argparse.Namespace") -> "Config":
    """What `alembic -c INI -n SECTION` would read."""
    import inspect

    from alembic import __version__
    from alembic.config import Config

    ini = found_ini(ini)
    is_toml = ini.endswith(".toml")
    places = [ini] if is_toml else [os.path.join(os.path.dirname(ini), "pyproject.toml"), "pyproject.toml"]
    toml = next((place for place in places if has_table(place)), "")
    words: Dict[str, Any] = {"ini_section": section, "cmd_opts": options}
    if toml and "toml_file" in inspect.signature(Config.__init__).parameters:
        words["toml_file"] = toml
    elif is_toml:
        raise RuntimeError(
            "[tool.alembic] of pyproject.toml is read by Alembic 1.16 and newer, and the project's own is {}".format(
                __version__
            )
        )
    beside = os.path.join(os.path.dirname(ini), "alembic.ini")
    file_name: Optional[str] = ini if not is_toml else beside if os.path.isfile(beside) else None
    options.config = file_name
    config = Config(file_name, **words)
    if not has_location(config) and file_name and not is_toml:
        here = os.path.dirname(os.path.abspath(file_name))
        if os.path.isfile(os.path.join(here, "env.py")):
            config.set_main_option("script_location", here.replace("%", "%%"))
    return config


def found_ini(ini: str) -> str:
    """The file; where it is not there, the one that the project's own command would read all the same."""
    if os.path.isfile(ini) or ini != "alembic.ini":
        return ini
    return next(
        (name for name in OTHER_INIS if os.path.isfile(name) and (not name.endswith(".toml") or has_table(name))), ini
    )


def has_table(path: str) -> bool:
    """Whether this pyproject.toml has [tool.alembic]."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return bool(TOML_TABLE.search(file.read()))
    except OSError:
        return False


def has_location(config: "Config") -> bool:
    """Whether Alembic would find its scripts."""
    ask = getattr(config, "get_alembic_option", config.get_main_option)  # from 1.16 on, of both files
    return bool(ask("script_location"))


def asks_for_application(directory: str) -> bool:
    """Whether env.py needs Flask's context, and makes none itself."""
    try:
        with open(os.path.join(directory, "env.py"), encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return False
    if "current_app" not in text or "app_context(" in text:
        return False
    try:
        flask = importlib.import_module("flask")
    except ImportError:
        return False  # env.py says so in its own words
    return not flask.has_app_context()


def flask_application() -> Any:
    """The application, found as `flask db upgrade` finds it."""
    flask_cli = importlib.import_module("flask.cli")
    named = os.environ.get("FLASK_APP")
    try:
        return flask_cli.ScriptInfo(app_import_path=named).load_app()
    except flask_cli.NoAppException as error:
        if named:
            raise
        raise NoApplication(
            "FLASK_APP is asked for by env.py's current_app, and is not set ({} has no app.py or wsgi.py)".format(
                os.getcwd()
            )
        ) from error


# ── settings that are missing ───────────────────────────────────────────────


def said_by(error: BaseException) -> str:
    """`SECRET_KEY is asked for by app/config.py:12, and is not set`; empty where the error is another one."""
    for link in chain_of(error):
        if isinstance(link, NoApplication):
            return str(link)
        names = names_missing(link)
        if names:
            verb, end = ("are asked for", "are not set") if len(names) > 1 else ("is asked for", "is not set")
            place = place_of(link) or place_of(error)
            return "{} {}{}, and {}".format(", ".join(names), verb, " by " + place if place else "", end)
    return ""


def chain_of(error: Optional[BaseException]) -> Iterator[BaseException]:
    """The error, and what it came from."""
    seen: List[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def names_missing(error: BaseException) -> List[str]:
    """Of environment variables that this error asks for."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, KeyError) and frames and frames[-1].filename.endswith(("os.py", "<frozen os>")):
        return [str(error.args[0])]
    details = getattr(error, "errors", None)
    if type(error).__name__ == "ValidationError" and callable(details):
        prefix, is_settings = settings_of(error)
        lines = details() if is_settings else []
        wanted = [line for line in lines if line.get("type") in ("missing", "value_error.missing")]
        return [prefix + str(line["loc"][0]).upper() for line in wanted if line.get("loc")]
    text = str(error.args[0]) if error.args else ""
    found = (pattern.search(text) for pattern in MISSING_WORDS)
    return next(([match.group(1)] for match in found if match), [])


def settings_of(error: BaseException) -> Tuple[str, bool]:
    """The prefix of a pydantic settings class, and whether it was one: a body of a request asks for no variable."""
    trace = error.__traceback__
    while trace is not None:
        words = trace.tb_frame.f_locals
        made = words.get("__pydantic_self__", words.get("self"))
        kind = type(made)
        if any(base.__name__ == "BaseSettings" for base in kind.__mro__):
            given = getattr(kind, "model_config", None)
            prefix = given.get("env_prefix", "") if isinstance(given, dict) else ""
            return (prefix or str(getattr(getattr(kind, "__config__", None), "env_prefix", "") or "")).upper(), True
        trace = trace.tb_next
    return "", False


def place_of(error: BaseException) -> str:
    """The innermost line of the project's own files."""
    own = ""
    libraries = os.path.dirname(os.__file__)
    for frame in traceback.extract_tb(error.__traceback__):
        is_other = "site-packages" in frame.filename or frame.filename.startswith(("<", libraries))
        if not is_other:
            own = "{}:{}".format(near_path(frame.filename), frame.lineno)
    return own


def near_path(path: str) -> str:
    """As seen from where the project's Python runs."""
    here = os.getcwd() + os.sep
    return path[len(here):] if path.startswith(here) else path


def end_with(error: BaseException) -> None:
    """The last line that this program says: what is missing, or the error in its own words.

    The whole trace stands above it.
    """
    traceback.print_exception(type(error), error, error.__traceback__)
    told = said_by(error)
    if told:
        sys.stderr.write(told + "\n")
    sys.exit(1)
