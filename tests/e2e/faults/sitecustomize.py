"""Loaded by Python itself in the deployment under test: kills the process at one chosen instant.

SUREFOOT_FAULT is `<moment>:<step>`; moments: `before` (the step's begin is not yet written), `begun`
(written, nothing done), `done` (written after the work), or `inside:<door call>` (right after that call
returned). Nothing of this is in the product.
"""

import os
import signal
import sys

FAULT = os.environ.get("SUREFOOT_FAULT", "")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_after(owner: type, name: str) -> None:
    original = getattr(owner, name)

    def replaced(*positional: object, **named: object) -> object:
        answer = original(*positional, **named)
        die()
        return answer

    setattr(owner, name, replaced)


def kill_at_journal(moment: str, step_name: str) -> None:
    from deploy.adapters.ledger.sqlite_ledger import SqliteLedger

    original = SqliteLedger.record_step

    def record_step(self, deployment_id, position, name, state, *more, **named):  # type: ignore[no-untyped-def]
        if name == step_name and moment == "before" and state.value == "begun":
            die()
        original(self, deployment_id, position, name, state, *more, **named)
        if name == step_name and moment == state.value:
            die()

    SqliteLedger.record_step = record_step  # type: ignore[method-assign]


RESTORES = {
    "database-closed": "close_database", "database-created": "create_database", "database-filled": "fill_database",
    "properties-applied": "apply_properties", "databases-renamed": "rename_databases",
}


def dies_when_pg_restore_is_there() -> None:
    """In the middle of its work: the program outlives us, inside the database's container."""
    from deploy.adapters.backups.programs import Program

    original = Program.wait

    def wait(self, is_stop_requested):  # type: ignore[no-untyped-def]
        if self.name == "pg_restore":
            die()
        return original(self, is_stop_requested)

    Program.wait = wait  # type: ignore[method-assign]


def kill_inside(call: str) -> None:
    if call == "dump":
        from deploy.adapters.backups.dump import Dumper

        dies_after(Dumper, "dump")
    elif call == "migration-started":
        from deploy.steps.migrate_database import MigrateDatabase

        dies_after(MigrateDatabase, "_start")
    elif call == "downgrade-started":
        from deploy.steps import downgrade_database

        dies_after(downgrade_database, "start_container")  # type: ignore[arg-type]
    elif call == "scaled-up":
        from deploy.steps.switch_containers import SwitchContainers

        dies_after(SwitchContainers, "_start")
    elif call == "draining":
        from deploy.steps.switch_containers import SwitchContainers

        dies_after(SwitchContainers, "_drain")
    elif call in RESTORES:
        from deploy.adapters.backups.production import PgRestores

        dies_after(PgRestores, RESTORES[call])
    elif call == "page-switched":
        from deploy.adapters.edge import HaproxyEdge

        dies_after(HaproxyEdge, "set_maintenance")
    elif call == "pg-restore-started":
        dies_when_pg_restore_is_there()
    elif call == "tagged":
        from deploy.adapters.images import DockerImages

        dies_after(DockerImages, "tag")
    else:
        raise SystemExit(f"unknown fault {call}")


if FAULT:
    sys.path.insert(0, os.environ["SUREFOOT_ROOT"])
    first, _, second = FAULT.partition(":")
    if first == "inside":
        kill_inside(second)
    else:
        kill_at_journal(first, second)
