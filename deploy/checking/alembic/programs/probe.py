"""Runs INSIDE the application's image: reads its Alembic project, prints JSON between two markers.

Only the standard library and the image's own Alembic. The markers are there because env.py and
the revisions may print as they please.

argv: the ini file, a JSON object (`x`: Alembic's -x, `section`, `scheme`,
`explicit`), then `graph`, or `sql` and the revision ids, or
`look` and a JSON object (`from`: revision ids, `to`: revision ids or nothing).
"""

import sys

# `python -c` puts the current directory first, where a project's `logging` or `types` would hide Python's own.
# Alembic adds what the project's prepend_sys_path says.
sys.path[:] = [entry for entry in sys.path if entry]

import argparse  # noqa: E402
import contextlib  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
from typing import (  # noqa: E402
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

if TYPE_CHECKING:
    import ast
    from types import FrameType

    from alembic.config import Config
    from alembic.script import Script, ScriptDirectory

    # Of the files in front.
    from deploy.checking.alembic.programs.drivers import NoServer, lead_environment, set_urls
    from deploy.checking.alembic.programs.env_words import commits_of, version_table_of
    from deploy.checking.alembic.programs.project_config import end_with, said_by, with_project

BEGIN = "<<<surefoot-begin>>>"
END = "<<<surefoot-end>>>"


def as_tuple(value: Union[str, Iterable[str], None]) -> Tuple[str, ...]:  # noqa: D103 - this must run on any old Python and Alembic
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def first_line(text: Optional[str]) -> str:  # noqa: D103
    return ((text or "").strip().splitlines() or [""])[0]


def read_graph(config: "Config", script: "ScriptDirectory", drivers: "NoServer") -> Dict[str, Any]:  # noqa: D103
    require_own_ids(script)
    env = read_env(script)
    return {
        "env": env,
        "version_table": version_table_of(config, script, env["text"], drivers),
        "heads": list(script.get_heads()),
        "revisions": [
            {
                "revision": item.revision,
                "down": list(as_tuple(item.down_revision)),
                "depends_on": list(as_tuple(getattr(item, "_resolved_dependencies", None) or item.dependencies)),
                "message": first_line(item.doc),
                "phase": str(getattr(item.module, "deploy_phase", "") or ""),
                "path": item.path,
                "has_downgrade": has_body(getattr(item.module, "downgrade", None)),
                "ignores": read_ignores(item.path),
                "commits": commits_of(item.path, env["text"]),
            }
            for item in script.walk_revisions()
        ],
    }


def require_own_ids(script: "ScriptDirectory") -> None:
    """Of two files with one id Alembic reads the last, and warns: the other is never run."""
    paths: Dict[str, List[str]] = {}
    for item in getattr(script, "_load_revisions", list)():
        paths.setdefault(item.revision, []).append(item.path)
    for revision, found in sorted(paths.items()):
        if len(found) > 1:
            names = " and ".join(os.path.relpath(path) for path in sorted(found))
            raise RuntimeError("the revision id {} stands in more than one file: {}".format(revision, names))


def told_by_env(config: "Config", script: "ScriptDirectory") -> "ScriptDirectory":
    """The script directory, once env.py ran: some name their version_locations only there."""
    from alembic.runtime.environment import EnvironmentContext

    config.output_buffer = io.StringIO()
    nothing = EnvironmentContext(config, script, fn=lambda *_: [], as_sql=True, starting_rev=None, destination_rev=None)
    with contextlib.redirect_stdout(io.StringIO()), nothing, contextlib.suppress(Exception):
        script.run_env()
    return script


def look(
    config: "Config", script: "ScriptDirectory", drivers: "NoServer", span: Mapping[str, Sequence[str]]
) -> Dict[str, Any]:
    """The graph, and the SQL of every revision that is not yet in `from` and needed for `to` (all heads)."""
    answer = read_graph(config, script, drivers)
    below = {item["revision"]: item["down"] + item["depends_on"] for item in answer["revisions"]}
    answer["from"], answer["to"] = (resolved(script, below, span[end]) for end in ("from", "to"))
    applied = ancestors(below, answer["from"])
    wanted = ancestors(below, answer["to"] or answer["heads"])
    pending = [item["revision"] for item in reversed(answer["revisions"])]
    answer["rendered"] = [render(config, script, name) for name in pending if name in wanted and name not in applied]
    return answer


def resolved(script: "ScriptDirectory", below: Mapping[str, Sequence[str]], names: Iterable[str]) -> List[str]:
    """Whole ids of short ones, `head`, `heads` and `branch@head`; what Alembic does not know stays as it is."""
    found: List[str] = []
    for name in names:
        try:
            found += [name] if name in below else [item.revision for item in script.get_revisions(name)]
        except Exception:  # noqa: BLE001 - of no revision, or of several: the caller says so
            found.append(name)
    return found


def ancestors(below: Mapping[str, Sequence[str]], names: Iterable[str]) -> Set[str]:  # noqa: D103
    seen: Set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(below.get(name, ()))
    return seen


def read_env(script: "ScriptDirectory") -> Dict[str, str]:
    """env.py's path and text: the check says which of its lines to change."""
    path = os.path.join(script.dir, "env.py")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return {"path": path, "text": file.read()}
    except OSError:
        return {"path": path, "text": ""}


def render(  # noqa: D103
    config: "Config", script: "ScriptDirectory", revision_id: str, is_down: bool = False
) -> Dict[str, Any]:
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationStep

    item = script.get_revision(revision_id)
    buffer = io.StringIO()
    config.output_buffer = buffer
    pieces = note_lines(item.path)

    # `upgrade a:b --sql` would render a merge with its other branch, and a depends_on with all below it.
    def only_this(rev: Any, context: Any) -> List[Any]:  # noqa: ARG001
        make = MigrationStep.downgrade_from_script if is_down else MigrationStep.upgrade_from_script
        return [make(script.revision_map, item)]

    below = getattr(item, "_resolved_dependencies", None) or item.dependencies
    start: Union[str, List[str], None] = list(as_tuple(item.down_revision) + as_tuple(below)) or None
    end = revision_id
    if is_down:
        start, end = revision_id, (start or ["base"])[0]
    environment = EnvironmentContext(
        config, script, fn=only_this, as_sql=True, starting_rev=start, destination_rev=end
    )
    try:
        with contextlib.redirect_stdout(io.StringIO()), environment:
            script.run_env()
    except BaseException as error:  # noqa: BLE001 - SystemExit too: whatever env.py does, it is an answer
        lines = str(error).strip().splitlines() or [""]
        problem = said_by(error) or "{}: {}".format(type(error).__name__, lines[-1])
        return dict(about(item), sql=None, problem=problem, pieces=[])
    problem = "it asks whether its SQL is only rendered: it may do more when it runs" if asks_offline(item.path) else ""
    return dict(about(item), sql=buffer.getvalue(), problem=problem, pieces=pieces)


def asks_offline(path: str) -> bool:
    """Whether the revision's file asks Alembic for its mode: `context.is_offline_mode()`, `get_context().as_sql`."""
    import ast

    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (SyntaxError, ValueError):  # compiled, without its source
        return False
    names = {getattr(node, "attr", "") or getattr(node, "id", "") for node in ast.walk(tree)}
    return bool(names & {"is_offline_mode", "as_sql"})


def about(item: "Script") -> Dict[str, Any]:  # noqa: D103
    return {
        "revision": item.revision, "message": first_line(item.doc), "path": item.path,
        "has_downgrade": has_body(getattr(item.module, "downgrade", None)),
        "ignores": read_ignores(item.path),
    }


def read_ignores(path: str) -> List[List[Any]]:
    """Lines such as `# surefoot: ignore drop_column -- nobody reads it`: line, rule, reason."""
    import re

    found: List[List[Any]] = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            match = re.search(r"surefoot:\s*ignore\s+([\w-]+)\s*(?:--\s*(.*))?$", line.rstrip())
            if match:
                found.append([number, match.group(1), (match.group(2) or "").strip()])
    return found


def has_body(function: Optional[Callable[..., Any]]) -> Optional[bool]:
    """Whether a downgrade does anything: `pass`, a docstring or a raise alone is none."""
    if function is None:
        return False
    import ast
    import inspect
    import textwrap

    try:
        written = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, SyntaxError, TypeError):
        return None
    if not isinstance(written, ast.FunctionDef):
        return None  # a lambda
    return any(not isinstance(part, (ast.Pass, ast.Raise)) and not is_text(part) for part in written.body)


def is_text(part: "ast.stmt") -> bool:  # noqa: D103
    import ast

    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def note_lines(path: str) -> List[List[Any]]:
    """From now on, every portion that Alembic writes is kept with the line of this file that made it."""
    from alembic.ddl.impl import DefaultImpl

    pieces: List[List[Any]] = []
    kind: Any = DefaultImpl
    original = getattr(kind, "surefoot_original", kind.static_output)
    kind.surefoot_original = original

    def static_output(self: DefaultImpl, text: str) -> None:
        frame: Optional[FrameType] = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != path:
            frame = frame.f_back
        pieces.append([frame.f_lineno if frame else 0, text])
        original(self, text)

    kind.static_output = static_output
    return pieces


def main() -> None:  # noqa: D103
    given = json.loads(sys.argv[2])
    drivers = NoServer()
    drivers.lead_drivers()  # of drivers.py, which stands in front
    options = argparse.Namespace(
        x=list(given["x"]) or None, config=sys.argv[1], name=given["section"], raiseerr=False, sql=True, tag=None,
        revision="heads", autogenerate=False,
    )
    lead_environment(given)

    words = sys.argv[3:]  # the project's own command may get argv for itself

    def answer(config: "Config", script: "ScriptDirectory") -> Any:
        return answer_of(given, words, drivers, config, script)

    try:
        found = with_project(dict(given, ini=sys.argv[1]), options, answer)
    except Exception as error:  # noqa: BLE001 - whatever the project does is an answer
        end_with(error)
    sys.stdout.write("{}{}{}\n".format(BEGIN, json.dumps(found), END))


def answer_of(
    given: Dict[str, Any], words: Sequence[str], drivers: "NoServer", config: "Config", script: "ScriptDirectory"
) -> Any:
    """To the words of the command line."""
    set_urls(given, config, script.dir)
    require_own_ids(script)
    if next(script.walk_revisions(), None) is None:
        script = told_by_env(config, type(script).from_config(config))
    if words[0] == "graph":
        return read_graph(config, script, drivers)
    if words[0] == "look":
        return look(config, script, drivers, json.loads(words[1]))
    return [render(config, script, revision_id, words[0] == "downgrade") for revision_id in words[1:]]


main()
