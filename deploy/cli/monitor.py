"""`monitor [--watch SECONDS]`: one screen of the database, once or again and again."""

from __future__ import annotations

import sys
import time
from contextlib import closing

import click

from deploy.cli.options import Invocation, json_option, load


@click.command("monitor", short_help="Show what the database does: sessions, locks, sizes, vacuum, replication.")
@click.option(
    "--watch", "watch_seconds", type=click.FloatRange(min=0.5), metavar="SECONDS",
    help="Repeat every SECONDS seconds, until Ctrl-C.",
)
@click.option("--rows", default=8, show_default=True, type=click.IntRange(1, 50), help="How many lines each list has.")
@json_option
@click.pass_obj
def monitor_command(invocation: Invocation, watch_seconds: float | None, rows: int, has_json: bool) -> None:
    """Show what the database does now: sessions, which session waits for which, sizes, dead rows, vacuum, replication.

    It changes nothing, and never waits for a lock. With --watch and --json: one JSON document a line.
    """
    from deploy.cli.monitor_json import overview_to_json
    from deploy.cli.monitor_screen import print_screen
    from deploy.cli.render import emit, emit_line
    from deploy.commands.monitor import looks

    invocation.has_json |= has_json
    is_repeated = watch_seconds is not None
    with closing(looks(load(invocation))) as seen:
        for overview in seen:
            if invocation.has_json:
                (emit_line if is_repeated else emit)({"database": overview_to_json(overview)})
            else:
                if is_repeated and sys.stdout.isatty():
                    click.clear()
                print_screen(overview, rows)
            if watch_seconds is None:
                return
            time.sleep(watch_seconds)
