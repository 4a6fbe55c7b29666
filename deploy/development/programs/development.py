"""Runs INSIDE the project's own Python: its Alembic environment on the development database, or on a scratch server.

Only the standard library and the project's own SQLAlchemy (1.4, 2.x) and Alembic; drivers.py and project_config.py
stand in front.
Prints JSON between two markers.

SUREFOOT_DEVELOPMENT is one JSON object (by environment: a server's password may be in it):
`ini`, `section`, `x` (Alembic's -x);
`scratch`: null, or where every connection is led: `host`, `port`, `user`, `password`, `database`, `ssl_mode`,
`proof_sql` and `proof`, the question and the answer by which a connection shows that it arrived there;
`do`: "look" (`has_comparison`), "generate" (`message`, empty for one made of what differs; `directory`, `renames`,
`is_behind` where the database has to be upgraded first) or "move" (`direction`, `to`).
"""

import sys

# `python -c` puts the current directory first, where a project's `logging` or `types` would hide Python's own.
sys.path[:] = [entry for entry in sys.path if entry]

import argparse  # noqa: E402
import contextlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union  # noqa: E402

if TYPE_CHECKING:
    import ast

    from alembic.config import Config
    from alembic.script import ScriptDirectory

    # Of the files in front.
    from deploy.checking.alembic.programs.drivers import Drivers
    from deploy.checking.alembic.programs.project_config import said_by, with_project

BEGIN = "<<<surefoot-begin>>>"
END = "<<<surefoot-end>>>"
MARKER = """
SELECT current_database(), current_setting('server_version'), coalesce((
  SELECT split_part(word, '=', 2) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase,
         unnest(s.setconfig) word
   WHERE d.datname = current_database() AND s.setrole = 0 AND word LIKE 'surefoot.environment=%' LIMIT 1), '')
"""
MOST_WORDS = 60  # letters of a message; it becomes a file's name


class Led(Drivers):
    """Every connection ends at the scratch server, or nowhere."""

    def __init__(self, config: Dict[str, Any]) -> None:
        self.config = config

    def adopt(self, dbapi_connection: Any) -> None:
        cursor = dbapi_connection.cursor()
        cursor.execute(self.config["proof_sql"])
        arrived = cursor.fetchone()[0]
        cursor.close()
        if hasattr(dbapi_connection, "rollback"):
            dbapi_connection.rollback()
        if arrived != self.config["proof"]:
            raise RuntimeError("env.py opens a connection that cannot be led to the scratch server; refused")

    def lead(self) -> None:
        from sqlalchemy import event
        from sqlalchemy.engine import Engine
        from sqlalchemy.pool import Pool

        self.lead_drivers()
        event.listen(Engine, "do_connect", self.lead_engine)
        event.listen(Pool, "connect", lambda connection, _: self.adopt(connection))

    def lead_engine(self, dialect: Any, record: Any, cargs: List[Any], cparams: Dict[str, Any]) -> None:
        if dialect.name != "postgresql":
            raise RuntimeError("env.py connects to {}, not to PostgreSQL".format(dialect.name))
        words = self.scratch_words(dialect.driver, cparams)
        cargs[:] = []
        cparams.clear()
        cparams.update(words)


def as_tuple(value: Union[str, Iterable[str], None]) -> Tuple[str, ...]:  # noqa: D103
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def first_line(text: Optional[str]) -> str:  # noqa: D103
    return ((text or "").strip().splitlines() or [""])[0]


# ── what is there ───────────────────────────────────────────────────────────


def look(config: "Config", script: "ScriptDirectory", given: Dict[str, Any]) -> Dict[str, Any]:
    """Where the database is, what the project has, and how they differ."""
    from alembic.runtime.environment import EnvironmentContext

    answer: Dict[str, Any] = {}

    def gather(rev: Any, context: Any) -> List[Any]:
        if not answer:
            answer.update(read_database(rev, context))
            if given["has_comparison"]:
                answer["differences"] = compare(context)
        return []

    with EnvironmentContext(config, script, fn=gather, as_sql=False, dont_mutate=True):
        script.run_env()
    if not answer:
        raise RuntimeError("env.py runs no migrations: it does not call context.run_migrations()")
    return dict(answer, graph=read_graph(script), locations=locations(script))


def read_database(rev: Any, context: Any) -> Dict[str, Any]:
    """The URL is for this tool alone, through a pipe; it is printed nowhere."""
    from sqlalchemy import text

    if context.dialect.name != "postgresql":
        raise RuntimeError("env.py connects to {}, not to PostgreSQL".format(context.dialect.name))
    row = context.connection.execute(text(MARKER)).fetchone()
    url = context.connection.engine.url
    shown = url.render_as_string(hide_password=False) if hasattr(url, "render_as_string") else str(url)
    return {
        "database": row[0], "version": row[1], "marker": row[2], "revisions": sorted(as_tuple(rev)), "url": shown,
        "differences": None,
    }


def read_graph(script: "ScriptDirectory") -> Dict[str, Any]:
    """Revisions with what probe.py does not look for: an upgrade that does nothing."""
    return {
        "heads": list(script.get_heads()),
        "revisions": [
            {
                "revision": item.revision, "down": list(as_tuple(item.down_revision)), "path": item.path,
                "depends_on": list(as_tuple(getattr(item, "_resolved_dependencies", None) or item.dependencies)),
                "message": first_line(item.doc),
                # A merge is meant to be empty.
                "is_empty": not has_body(getattr(item.module, "upgrade", None))
                and len(as_tuple(item.down_revision)) in (0, 1),
                "has_downgrade": has_body(getattr(item.module, "downgrade", None)),
            }
            for item in script.walk_revisions()
        ],
    }


def locations(script: "ScriptDirectory") -> List[str]:
    """Absolute directories of revisions; the first is where a new one goes."""
    found = getattr(script, "_version_locations", None) or getattr(script, "version_locations", None)
    return [os.path.abspath(str(place)) for place in found or [os.path.join(script.dir, "versions")]]


def has_body(function: Any) -> bool:
    """Whether it does anything: `pass`, a docstring or a raise alone is nothing."""
    import ast
    import inspect
    import textwrap

    if function is None:
        return False
    try:
        written = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, SyntaxError, TypeError):
        return True
    if not isinstance(written, ast.FunctionDef):
        return True  # a lambda
    idle = (ast.Pass, ast.Raise)
    return any(not isinstance(part, idle) and not is_text(part) for part in written.body)


def is_text(part: "ast.stmt") -> bool:  # noqa: D103
    import ast

    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def compare(context: Any) -> Optional[List[str]]:
    """Lines, or None where env.py gives no metadata."""
    from alembic.autogenerate import produce_migrations

    metadata = context.opts.get("target_metadata")
    if metadata is None:
        return None
    found = produce_migrations(context, metadata).upgrade_ops
    return describe_all(found.as_diffs()) if found is not None else []


def describe_all(diffs: Iterable[Any]) -> List[str]:  # noqa: D103
    lines: List[str] = []
    for diff in diffs:
        lines += [describe(part) for part in (diff if isinstance(diff, list) else [diff])]
    return lines


def describe(diff: Any) -> str:
    """`add column users.email`; an Alembic diff is a tuple whose form depends on its first word."""
    kind = diff[0]
    words = kind.replace("remove_", "drop_").replace("_", " ")
    if kind in ("add_table", "remove_table"):
        return "{} {}".format(words, full(diff[1].schema, diff[1].name))
    if kind in ("add_column", "remove_column"):
        return "{} {}.{}".format(words, full(diff[1], diff[2]), diff[3].name)
    if kind.startswith("modify_"):
        return "{} of {}.{}: {} -> {}".format(words, full(diff[1], diff[2]), diff[3], shown(diff[5]), shown(diff[6]))
    item = diff[1]
    table = getattr(item, "table", None)
    on = " on {}".format(full(table.schema, table.name)) if table is not None else ""
    return "{} {}{}".format(words, getattr(item, "name", None) or "without a name", on)


def shown(value: Any) -> str:  # noqa: D103
    text = getattr(getattr(value, "arg", None), "text", None) or getattr(value, "arg", None) or value
    return str(text)


def full(schema: Optional[str], name: str) -> str:  # noqa: D103
    return "{}.{}".format(schema, name) if schema else name


# ── a new revision ──────────────────────────────────────────────────────────


def generate(config: "Config", script: "ScriptDirectory", given: Dict[str, Any]) -> Dict[str, Any]:
    """Autogenerate into a directory that is no part of the project."""
    from alembic.autogenerate import RevisionContext
    from alembic.runtime.environment import EnvironmentContext

    if given["is_behind"]:
        move(config, script, {"direction": "upgrade", "to": ["heads"]})
    found: Dict[str, Any] = {
        "differences": [], "candidates": [], "path": "", "revision": "", "message": given["message"],
        "has_models": True,
    }
    renamed_column = renamed_column_class()

    def note(context: Any, rev: Any, directives: Iterable[Any]) -> None:  # noqa: ARG001
        # Before env.py's own hook: what it removes was found all the same, and is not written.
        for directive in directives:
            found["differences"] += describe_all(directive.upgrade_ops.as_diffs())
            wanted = [tuple(item) for item in given["renames"]]
            found["candidates"] += candidates(directive.upgrade_ops, context, wanted)
            apply_renames(directive.upgrade_ops, wanted, renamed_column, is_back=False)
            apply_renames(directive.downgrade_ops, wanted, renamed_column, is_back=True)
            complete_enums(directive, context)
            found["message"] = directive.message = given["message"] or first_message(found["differences"])

    words: Dict[str, Any] = {
        "message": given["message"], "autogenerate": True, "sql": False, "head": "head", "splice": False,
        "branch_label": None, "version_path": given["directory"], "rev_id": None, "depends_on": None,
    }
    revision = RevisionContext(config, script, words, process_revision_directives=note)

    def run(rev: Any, context: Any) -> List[Any]:
        found["has_models"] = context.opts.get("target_metadata") is not None
        if found["has_models"]:
            revision.run_autogenerate(rev, context)
        return []

    with EnvironmentContext(config, script, fn=run, as_sql=False, template_args=revision.template_args):
        script.run_env()
    if not found["has_models"]:
        return found
    written = [directive.upgrade_ops for directive in revision.generated_revisions]
    if any(upgrade is not None and not upgrade.is_empty() for upgrade in written):
        (made,) = [item for item in revision.generate_scripts() if item is not None]
        found["path"], found["revision"] = made.path, made.revision
    return found


def first_message(differences: Sequence[str]) -> str:
    """A revision's message made of what differs: `add column users.email and 2 more` without the dots."""
    if not differences:
        return "sync"
    more = " and {} more".format(len(differences) - 1) if len(differences) > 1 else ""
    first = re.sub(r"[^A-Za-z0-9_]+", " ", differences[0].partition(":")[0]).strip()
    return first[:MOST_WORDS].strip() + more


def walk(container: Any) -> Iterator[Tuple[Optional[str], Optional[str], List[Any]]]:
    """Each list of operations with its table and schema; top level first."""
    yield None, None, container.ops
    for item in container.ops:
        if hasattr(item, "ops"):
            yield item.table_name, item.schema, item.ops


def candidates(upgrade_ops: Any, context: Any, wanted: List[Tuple[Any, ...]]) -> List[Tuple[Any, ...]]:
    """A drop and an add that are alike: the kind, schema, table, old and new name."""
    from alembic.operations import ops

    def type_of(column: Any) -> str:
        return str(column.type.compile(dialect=context.dialect))

    found: List[Tuple[Any, ...]] = []
    for table, schema, items in walk(upgrade_ops):
        gone = {item.column_name: item.to_column() for item in items if isinstance(item, ops.DropColumnOp)}
        come = {item.column.name: item.column for item in items if isinstance(item, ops.AddColumnOp)}
        found += [
            ("column", schema, table, old, new) for old in gone for new in come
            if len(gone) == len(come) == 1 or type_of(gone[old]) == type_of(come[new])
        ]
        dropped = {item.table_name: item.to_table() for item in items if isinstance(item, ops.DropTableOp)}
        created = {item.table_name: item.to_table() for item in items if isinstance(item, ops.CreateTableOp)}
        found += [
            ("table", created[new].schema, old, old, new) for old in dropped for new in created
            if {column.name for column in dropped[old].columns} == {column.name for column in created[new].columns}
        ]
    taken = {(item[1], item[2], name) for item in wanted for name in item[3:]}
    return [item for item in found if not {(item[1], item[2], name) for name in item[3:]} & taken]


def renamed_column_class() -> Any:
    """An operation for the renderer alone: Alembic's own alter_column does not write `new_column_name`."""
    from alembic.autogenerate.render import renderers
    from alembic.operations import ops

    class RenamedColumn(ops.MigrateOperation):
        def __init__(self, schema: Optional[str], table: str, old: str, new: str) -> None:
            self.words = (schema, table, old, new)

    @renderers.dispatch_for(RenamedColumn)
    def render(context: Any, item: RenamedColumn) -> str:  # noqa: ARG001
        schema, table, old, new = item.words
        place = ", schema={!r}".format(schema) if schema else ""
        return "op.alter_column({!r}, {!r}, new_column_name={!r}{})".format(table, old, new, place)

    return RenamedColumn


def apply_renames(container: Any, wanted: Iterable[Tuple[Any, ...]], renamed_column: Any, is_back: bool) -> None:
    """Where a column is dropped and its new name added, one rename stands instead."""
    from alembic.operations import ops

    for table, schema, items in walk(container):
        for kind, in_schema, of_table, old, new in wanted:
            if (kind, in_schema, of_table) != ("column", schema, table):
                continue
            before, after = (new, old) if is_back else (old, new)
            adds = [i for i in items if isinstance(i, ops.AddColumnOp) and i.column.name == after]
            drops = [i for i in items if isinstance(i, ops.DropColumnOp) and i.column_name == before]
            if adds and drops:
                items[items.index(adds[0])] = renamed_column(schema, table, before, after)
                items.remove(drops[0])


def complete_enums(directive: Any, context: Any) -> None:
    """Autogenerate forgets types: CREATE TYPE for a new column's enum, and DROP TYPE in every downgrade."""
    from alembic.operations import ops
    from sqlalchemy import text

    tables: Dict[str, Any] = {}
    columns: Dict[str, Any] = {}
    for _, _, items in walk(directive.upgrade_ops):
        for item in items:
            if isinstance(item, ops.CreateTableOp):
                tables.update(enums_of(item.to_table().columns))
            elif isinstance(item, ops.AddColumnOp):
                columns.update(enums_of([item.column]))
    for name, kind in sorted({**columns, **tables}.items()):
        if context.connection.execute(text("SELECT to_regtype(:name)"), {"name": name}).scalar() is not None:
            continue
        if name not in tables:  # op.create_table makes the types of its own columns
            labels = ", ".join("'{}'".format(label.replace("'", "''")) for label in kind.enums)
            directive.upgrade_ops.ops.insert(0, ops.ExecuteSQLOp("CREATE TYPE {} AS ENUM ({})".format(name, labels)))
        directive.downgrade_ops.ops.append(ops.ExecuteSQLOp("DROP TYPE {}".format(name)))


def enums_of(columns: Iterable[Any]) -> Dict[str, Any]:
    """Quoted name -> type, of the native enums of these columns."""
    from sqlalchemy import Enum
    from sqlalchemy.dialects import postgresql

    preparer = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
    found: Dict[str, Any] = {}
    for column in columns:
        kind = getattr(column.type, "item_type", column.type)
        if isinstance(kind, Enum) and getattr(kind, "native_enum", True) and kind.name:
            place = preparer.quote(kind.schema) + "." if kind.schema else ""
            found[place + preparer.quote(kind.name)] = kind
    return found


# ── to another revision ─────────────────────────────────────────────────────


def move(config: "Config", script: "ScriptDirectory", given: Dict[str, Any]) -> Dict[str, Any]:  # noqa: ARG001
    """Alembic's own upgrade or downgrade, to each of `to`."""
    from alembic import command

    for target in given["to"]:
        getattr(command, given["direction"])(config, target)
    return {}


def problem_of(error: BaseException) -> Dict[str, str]:
    """The database's or the project's own words, in one line."""
    original = getattr(error, "orig", None) or error.__cause__ or error
    lines = [line for line in str(original).strip().splitlines() if line.strip()]
    told = said_by(error) or (lines[0].strip() if lines else type(original).__name__)
    return {"problem": told, "kind": type(original).__name__}


def main() -> None:  # noqa: D103
    given = json.loads(os.environ.pop("SUREFOOT_DEVELOPMENT"))
    options = argparse.Namespace(
        x=list(given["x"]) or None, config=given["ini"], name=given["section"], raiseerr=False, sql=False, tag=None,
        revision="heads", autogenerate=given["do"] == "generate",
    )
    work = {"look": look, "generate": generate, "move": move}[given["do"]]
    try:
        with contextlib.redirect_stdout(sys.stderr):
            if given["scratch"]:
                Led(given["scratch"]).lead()
            answer = with_project(given, options, lambda config, script: work(config, script, given))
    except BaseException as error:  # noqa: BLE001 - SystemExit too: whatever env.py does, it is an answer
        answer = problem_of(error)
    sys.stdout.write("{}{}{}\n".format(BEGIN, json.dumps(answer), END))


main()
