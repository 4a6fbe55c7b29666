"""Sent between drivers.py and probe.py: what env.py and the revisions say without being run for real.

`version_table_of`: where env.py keeps the revision. `commits_of`: why rows of a revision may stay where it fails.
Only the standard library and the project's own Alembic and SQLAlchemy; any old Python 3.
"""

import ast
import contextlib
import io
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Any, Dict, Generator, Iterable, Iterator, List, Optional, Sequence, Set, Tuple, Union

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from deploy.checking.alembic.programs.drivers import NoServer

ENV_SECONDS = 15
SEARCH_PATH = re.compile(r"search_path['\"]?\s*(?:\bto\b|=|,|:)\s*['\"]?([\w$]+|\"[^\"]+\")", re.IGNORECASE)
COMMIT_WORDS = re.compile(r"(commit|end\s+transaction)\b", re.IGNORECASE)
ENV_AUTOCOMMIT = re.compile(r"AUTOCOMMIT|autocommit['\"]?\s*[=:]\s*True")
ROW_WORDS = re.compile(
    r"(insert|update|delete|merge|truncate|copy|call|do|execute)\b|with\b.*\b(insert|update|delete|merge)\b"
    # A function may write; these do not.
    r"|select\s+(?!(count|max|min|sum|exists|coalesce|array_agg|string_agg|current_setting|set_config)\s*\()[\w.]+\s*\(",
    re.IGNORECASE | re.DOTALL,
)
# Modules that commit nothing by themselves; what others do cannot be read here.
HARMLESS_MODULES = {
    "__future__", "alembic", "base64", "collections", "dataclasses", "datetime", "decimal", "enum", "functools",
    "geoalchemy2", "hashlib", "itertools", "json", "logging", "math", "os", "pathlib", "pgvector", "random", "re",
    "secrets", "sqlalchemy", "sqlalchemy_utils", "sqlmodel", "string", "sys", "textwrap", "time", "typing",
    "typing_extensions", "uuid", "zoneinfo",
}


class Told(BaseException):
    """env.py said what was asked for; nothing more of it is run."""


class Nobody:
    """Stands for a connection: whatever is done with it does nothing, but for what it was told to execute."""

    def __init__(self, dialect: Any, told: List[str]) -> None:
        self.dialect = dialect
        self._told = told

    def __getattr__(self, name: str) -> "Nobody":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **given: Any) -> "Nobody":
        for value in list(args) + list(given.values()):
            with contextlib.suppress(Exception):
                self._told.append(str(value))
        return self

    def __enter__(self) -> "Nobody":
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    async def __aenter__(self) -> "Nobody":
        return self

    async def __aexit__(self, *_: Any) -> None:
        pass

    def __await__(self) -> Generator[Any, None, "Nobody"]:
        return self
        yield

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    async def run_sync(self, function: Any, *args: Any, **given: Any) -> Any:
        return function(self, *args, **given)


def version_table_of(
    config: "Config", script: "ScriptDirectory", env_text: str, drivers: "NoServer"
) -> List[Optional[str]]:
    """[table, schema or None, why it is not known or ""]: what env.py gives to context.configure()."""
    said = asked_env(config, script, drivers, as_sql=False)
    problem = "" if isinstance(said, dict) else said
    if problem:
        said = asked_env(config, script, drivers, as_sql=True)
    if not isinstance(said, dict):
        if "version_table" not in env_text:
            return ["alembic_version", None, ""]
        return ["", None, "env.py names one, and could not be run without a database: " + problem]
    if problem and "version_table" in env_text and not ({"version_table", "version_table_schema"} & set(said)):
        return ["", None, "env.py names one only where it connects, which could not be tried: " + problem]
    return [said.get("version_table") or "alembic_version", said.get("version_table_schema") or said["path"], ""]


def asked_env(
    config: "Config", script: "ScriptDirectory", drivers: "NoServer", as_sql: bool
) -> Union[Dict[str, Any], str]:
    """The keywords of env.py's first context.configure(), and `path`: the schema that it puts first; or why not."""
    from alembic.runtime.environment import EnvironmentContext

    said: Dict[str, Any] = {}
    executed: List[str] = []
    drivers.given.clear()

    def configure(*_: Any, **given: Any) -> None:
        said.update(given)
        said["path"] = first_schema(executed + drivers.given)
        raise Told

    def too_long(*_: Any) -> None:
        raise Told

    config.output_buffer = io.StringIO()
    environment = EnvironmentContext(
        config, script, fn=lambda *_: [], as_sql=as_sql, starting_rev=None, destination_rev=None
    )
    environment.configure = configure  # type: ignore[method-assign]
    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(ENV_SECONDS)
    problem = ""
    try:
        with contextlib.redirect_stdout(io.StringIO()), nobody_answers(executed), environment:
            script.run_env()
    except Told:
        pass
    except BaseException as error:  # noqa: BLE001 - SystemExit too: whatever env.py does, it is an answer
        problem = "{}: {}".format(type(error).__name__, (str(error).strip().splitlines() or [""])[-1])
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return said or problem or "it does not call context.configure() within {} s".format(ENV_SECONDS)


@contextlib.contextmanager
def nobody_answers(executed: List[str]) -> Iterator[None]:
    """Engines connect to Nobody; their drivers are still asked once, since their words may hold a search_path."""
    from sqlalchemy.engine import Engine

    kinds: List[Any] = [Engine]
    with contextlib.suppress(ImportError):
        from sqlalchemy.ext.asyncio import AsyncEngine

        kinds.append(AsyncEngine)
    kept = [(kind, name, getattr(kind, name)) for kind in kinds for name in ("connect", "begin") if hasattr(kind, name)]

    def connect(engine: Any, *_: Any, **__: Any) -> Nobody:
        plain = getattr(engine, "sync_engine", engine)
        with contextlib.suppress(Exception):
            plain.raw_connection()
        return Nobody(plain.dialect, executed)

    for kind, name, _ in kept:
        setattr(kind, name, connect)
    try:
        yield
    finally:
        for kind, name, original in kept:
            setattr(kind, name, original)


def first_schema(texts: Iterable[str]) -> Optional[str]:
    """The first schema of the last search_path that was set; None where none was."""
    found = [match for text in texts for match in SEARCH_PATH.findall(text)]
    return found[-1].strip('"') if found and found[-1] not in ("$user", '"$user"') else None


def commits_of(path: str, env_text: str) -> str:
    """Why rows of this revision may stay where it fails; empty where nothing in it commits before its end."""
    trees, foreign = with_imports(path)
    if not trees:
        return "its source cannot be read, so it may commit"
    if foreign:
        return "it imports {}, which may commit".format(", ".join(sorted(foreign)))
    if not any(writes_rows(tree) for tree in trees):
        return ""
    if ENV_AUTOCOMMIT.search(env_text) or commits_at_failure(env_text):
        return "env.py commits what is done before a failure"
    lines = sorted(getattr(node, "lineno", 0) for node in ast.walk(trees[0]) if is_commit(node))
    if lines:
        return "line {} commits".format(lines[0])
    return "what it imports commits" if any(is_commit(node) for tree in trees for node in ast.walk(tree)) else ""


def with_imports(path: str) -> Tuple[List[ast.AST], Set[str]]:
    """The revision's tree, the trees of what it takes from the project's own modules, and modules of others."""
    tree = parsed(path)
    if tree is None:
        return [], set()
    trees: List[ast.AST] = [tree]
    foreign: Set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted: List[Tuple[str, Optional[Set[str]]]] = [(item.name, None) for item in node.names]
        elif isinstance(node, ast.ImportFrom):
            wanted = [((node.module or "") if not node.level else ".", {item.name for item in node.names})]
        else:
            continue
        for module, names in wanted:
            if module.split(".")[0] in HARMLESS_MODULES:
                continue
            there = of_project(sys.modules.get(module))
            if there is None:
                foreign.add(module)
                continue
            trees += reached(there, names)
            foreign |= modules_of(there) - HARMLESS_MODULES - {module.split(".")[0]}
    return trees, foreign


def of_project(module: Any) -> Optional[ast.Module]:
    """The tree of a module of the project's own; None for others'."""
    path = getattr(module, "__file__", None) or ""
    is_other = "site-packages" in path or path.startswith(os.path.dirname(os.__file__))
    return None if is_other else parsed(path)


def parsed(path: str) -> Optional[ast.Module]:  # noqa: D103
    try:
        with open(path, "rb") as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None


def reached(module: ast.Module, names: Optional[Set[str]]) -> Sequence[ast.AST]:
    """The definitions of a module that these names lead to; the whole module where it is imported as such."""
    if names is None or "*" in names:
        return [module]
    defined: Dict[str, ast.stmt] = {}
    for part in module.body:
        targets = getattr(part, "targets", None) or [getattr(part, "target", part)]
        for target in targets:
            defined[getattr(target, "id", "") or getattr(target, "name", "")] = part
    todo = list(names)
    seen: Dict[str, ast.stmt] = {}
    while todo:
        name = todo.pop()
        if name in defined and name not in seen:
            seen[name] = defined[name]
            todo += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
    return list(seen.values())


def commits_at_failure(env_text: str) -> bool:
    """Whether env.py commits in an `except` or a `finally`."""
    try:
        tree = ast.parse(env_text)
    except (SyntaxError, ValueError):
        return True
    tried = [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
    ends: List[ast.AST] = [part for node in tried for part in [*node.handlers, *node.finalbody]]
    return any(getattr(node, "attr", "") == "commit" for part in ends for node in ast.walk(part))


def modules_of(tree: ast.AST) -> Set[str]:  # noqa: D103
    found: Set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(item.name.split(".")[0] for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or ".").split(".")[0] if not node.level else ".")
    return found


def is_commit(node: ast.AST) -> bool:
    """`x.commit()`, `autocommit_block()`, a text such as "COMMIT", a connection or a session of its own."""
    name = getattr(node, "attr", "") or getattr(node, "id", "")
    if name in ("commit", "autocommit_block", "create_engine", "sessionmaker", "execution_options", "connect", "begin"):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and is_commit_text(node.value)


def is_commit_text(text: str) -> bool:
    """Whether SQL commits: a statement that begins with it, not a word in a comment or a name."""
    return any(COMMIT_WORDS.match(part.strip()) for part in text.split(";"))


def writes_rows(tree: ast.AST) -> bool:
    """Whether it may write rows: a text with such a statement, a bulk insert, or what is executed cannot be read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if any(ROW_WORDS.match(part.strip()) for part in node.value.split(";")):
                return True
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
            if name in ("bulk_insert", "insert", "update", "delete"):
                return True
            if name in ("execute", "exec_driver_sql") and not is_readable(node):
                return True
    return False


def is_readable(call: ast.Call) -> bool:
    """Whether what is executed stands there as a text, or begins as one."""
    given: Optional[ast.expr] = call.args[0] if call.args else None
    if isinstance(given, ast.Call) and given.args:
        given = given.args[0]
    if isinstance(given, ast.JoinedStr) and given.values:
        given = given.values[0]  # how it begins says which statement it is
    return isinstance(given, ast.Constant)
