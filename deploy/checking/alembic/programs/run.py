"""The end of the program that runs in the project's own Python, after drivers.py and tracer.py.

Runs the stages, or the project's own command; or, in a Python that this command started, hooks and lets go.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Sequence, Type

if TYPE_CHECKING:
    from types import TracebackType

    from alembic.config import Config
    from alembic.script import ScriptDirectory

    # Of the files in front.
    from deploy.checking.alembic.programs.drivers import lead_environment, set_urls
    from deploy.checking.alembic.programs.project_config import (
        is_interpreter,
        is_python,
        program_of,
        run_python_words,
        said_by,
        with_project,
    )
    from deploy.checking.alembic.programs.tracer import Tracer, words_of

CHILD_MARK = '"is_child": true'
CHILD_START = """
import os

if os.environ.get("SUREFOOT_TRACER"):
    exec(compile(os.environ["SUREFOOT_TRACER_PROGRAM"], "<surefoot>", "exec"), {"__name__": "surefoot"})
"""


def run_command(tracer: "Tracer", words: List[str]) -> None:
    """The project's own migration command: in this process where it is Python's, else as a program that is followed."""
    tracer.is_watched = True
    if words[0] == "-m" or is_interpreter(words[0]) or is_python(program_of(words[0])):
        run_python_words(words)
    else:
        run_foreign(tracer, [program_of(words[0])] + list(words[1:]))


def run_foreign(tracer: "Tracer", argv: List[str]) -> None:
    """A shell script or another program: every Python that it starts runs this text first, by sitecustomize."""
    import subprocess
    import tempfile

    given = dict(tracer.config, is_child=True)
    places = {"HOST": "host", "PORT": "port", "USER": "user", "DATABASE": "database", "PASSWORD": "password"}
    variables = {"PG" + name: str(tracer.config[key]) for name, key in places.items() if tracer.config[key]}
    variables["SUREFOOT_TRACER"] = json.dumps(given)
    if "DATABASE_URL" not in tracer.config["explicit"] and "+" not in tracer.config["scheme"]:
        variables["DATABASE_URL"] = "postgresql://{user}@/{database}?host={host}&port={port}".format(**tracer.config)
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "sitecustomize.py"), "w", encoding="utf-8") as file:
            file.write(CHILD_START)
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, [directory, os.environ.get("PYTHONPATH")]))
        code = subprocess.call(argv, env=dict(os.environ, **variables), stdout=sys.stderr)
    if code:
        raise SystemExit(code)


def run_stage(tracer: "Tracer", config: "Config", script: "ScriptDirectory", stage: Dict[str, Any]) -> None:
    """One Alembic upgrade, downgrade or stamp of the project's own environment, for each target."""
    from alembic.runtime.environment import EnvironmentContext

    tracer.is_watched = stage.get("watched", False)
    tracer.stage, tracer.step = stage["do"], ""
    is_down = stage["do"] == "downgrade"
    is_trial_down = is_down and stage.get("is_trial", False)
    for target in stage["to"][-1:] if is_trial_down else stage["to"]:
        def upgrade(rev: Any, context: Any, target: str = target) -> List[Any]:  # noqa: ARG001
            if is_trial_down:
                return steps_down(tracer, script, stage["to"], rev)
            if is_down:  # Alembic chooses the revisions, as it will in production
                return [tracer.wrap(step) for step in script._downgrade_revs(target, rev)]
            if stage["do"] == "stamp":
                return script._stamp_revs(target, rev)
            return script._upgrade_revs(target, rev)

        with EnvironmentContext(
            config, script, fn=upgrade, as_sql=False, starting_rev=None, destination_rev=target, tag=None
        ):
            script.run_env()


def steps_down(tracer: "Tracer", script: "ScriptDirectory", names: Sequence[str], heads: Any) -> List[Any]:
    """One step for each of these revisions that is applied, newest first."""
    from alembic.runtime.migration import MigrationStep

    applied = {item.revision for item in script.iterate_revisions(heads, "base")}
    items = [script.get_revision(name) for name in names if name in applied]
    return [tracer.wrap(MigrationStep.downgrade_from_script(script.revision_map, item)) for item in items]


def run_trials(
    tracer: "Tracer", config: "Config", script: "ScriptDirectory", stages: Iterable[Dict[str, Any]]
) -> None:
    """The way back and the second upgrade: whatever they do, the run has its answer already."""
    for stage in stages:
        for is_second_try in (False, True):
            if not tried(tracer, config, script, stage, is_second_try):
                break
        if tracer.has_failed:
            return


def tried(
    tracer: "Tracer", config: "Config", script: "ScriptDirectory", stage: Dict[str, Any], is_second_try: bool
) -> bool:
    """Run one stage of a trial; returns whether it is to be tried once more."""
    tracer.channel.tell("trial", stage=stage["do"], is_second_try=is_second_try)
    tracer.channel.hear()
    error = sql = ""
    try:
        run_stage(tracer, config, script, stage)
    except BaseException as failed:  # noqa: BLE001 - SystemExit too: an answer like any other
        error, sql = words_of(getattr(failed, "orig", None) or failed), str(getattr(failed, "statement", None) or "")
    tracer.has_failed = bool(error)
    tracer.channel.tell(
        "tried", stage=stage["do"], error=error, sql=sql, revision=tracer.step, is_second_try=is_second_try,
    )
    return bool(tracer.channel.hear()["again"])


def main() -> None:  # noqa: D103
    if CHILD_MARK in os.environ.get("SUREFOOT_TRACER", ""):
        begin_child(json.loads(os.environ["SUREFOOT_TRACER"]))
        return
    config = json.loads(os.environ.pop("SUREFOOT_TRACER"))
    tracer = Tracer(config)
    try:
        run(config, tracer)
    except BaseException as error:  # noqa: BLE001 - SystemExit too: whatever the project does is an answer
        tell_stopped(tracer, error)
        sys.exit(1)
    tell_done(tracer, is_whole=True)


def begin_child(config: Dict[str, Any]) -> None:
    """In a Python that the project's own command started: watch it if it has Alembic, and let it go on."""
    if not (importlib.util.find_spec("sqlalchemy") and importlib.util.find_spec("alembic")):
        return
    import atexit

    tracer = Tracer(config)
    tracer.is_watched = True
    hook(tracer)
    shown = sys.excepthook

    def stopped(kind: Type[BaseException], error: BaseException, trace: "Optional[TracebackType]") -> None:
        atexit.unregister(done)
        tell_stopped(tracer, error)
        shown(kind, error, trace)

    def done() -> None:
        tell_done(tracer)

    sys.excepthook = stopped
    atexit.register(done)


def tell_done(tracer: "Tracer", is_whole: bool = False) -> None:  # noqa: D103
    dialects = sorted(tracer.other_dialects)
    tracer.channel.tell("done", has_connected=bool(tracer.pids), other_dialects=dialects, is_whole=is_whole)


def tell_stopped(tracer: "Tracer", error: BaseException) -> None:
    """How it ended, in its own words, with the innermost line of the project's own files."""
    original = getattr(error, "orig", None)
    lines = [line for line in str(original or error).strip().splitlines() if line.strip()]
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "site-packages" not in frame.filename and not frame.filename.startswith("<"):
            where = f"{frame.filename}:{frame.lineno}"
    missing = said_by(error)
    tracer.channel.tell(
        "stopped", kind=type(original or error).__name__,
        error=missing or (lines[0] if lines else ""), where="" if missing else where,
        is_sql=original is not None, has_connected=bool(tracer.pids),
        other_dialects=sorted(tracer.other_dialects),
    )


def hook(tracer: "Tracer") -> None:
    """Lead and watch whatever SQLAlchemy, Alembic and the drivers do from now on."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.pool import Pool

    tracer.lead_drivers()
    event.listen(Engine, "do_connect", tracer.lead_to_scratch)
    event.listen(Pool, "connect", tracer.prove)
    event.listen(Engine, "before_cursor_execute", tracer.before)
    event.listen(Engine, "after_cursor_execute", tracer.after)
    event.listen(Engine, "handle_error", tracer.failed)
    tracer.wrap_every_upgrade()


def stamp_for_command(config: Dict[str, Any], options: argparse.Namespace, tracer: "Tracer") -> None:
    """The command finds the revision where its env.py keeps it, in whatever table; else in alembic_version alone."""
    stages = [stage for stage in config["stages"] if stage["do"] == "stamp"]

    def stamp(alembic_config: "Config", script: "ScriptDirectory") -> None:
        set_urls(config, alembic_config, script.dir)
        for stage in stages:
            run_stage(tracer, alembic_config, script, stage)

    if stages:
        with contextlib.suppress(Exception):  # only the command itself knows how env.py is run
            with_project(config, options, stamp)


def run(config: Dict[str, Any], tracer: "Tracer") -> None:  # noqa: D103
    hook(tracer)
    lead_environment(config)
    options = argparse.Namespace(
        x=list(config["x"]) or None, config=config["ini"], name=config["section"], raiseerr=False,
        sql=False, tag=None, revision="heads", autogenerate=False,
    )
    if config["command"]:
        stamp_for_command(config, options, tracer)
        try:
            run_command(tracer, config["command"])
        except SystemExit as ended:
            if ended.code:
                raise RuntimeError("{} ended with exit code {}".format(config["command"][0], ended.code)) from ended
        return

    def run_stages(alembic_config: "Config", script: "ScriptDirectory") -> None:
        set_urls(config, alembic_config, script.dir)
        stages = config["stages"]
        for stage in stages:
            if not stage.get("is_trial"):
                run_stage(tracer, alembic_config, script, stage)
        run_trials(tracer, alembic_config, script, [stage for stage in stages if stage.get("is_trial")])

    with_project(config, options, run_stages)


main()
