"""Loaded by Python itself in the deployment under test: kills the process at one chosen instant.

SUREFOOT_FAULT is `<moment>:<step>`; moments: `before` (the step's begin is not yet written), `begun`
(written, nothing done), `done` (written after the work), or `inside:<door call>` (right after that call
returned). Nothing of this is in the product.
"""

import importlib
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


# Word -> module, class (or empty) and name of the call after which the process dies.
AFTER = {
    "dump": ("deploy.adapters.backups.dump", "Dumper", "dump"),
    "migration-started": ("deploy.steps.migrate_database", "MigrateDatabase", "_start"),
    "downgrade-started": ("deploy.steps.downgrade_database", "", "start_container"),
    "scaled-up": ("deploy.steps.switch_containers", "SwitchContainers", "_start"),
    "accessory-started": ("deploy.steps.start_accessories", "", "start_accessory"),
    "background-started": ("deploy.steps.background_services", "", "_bring_up"),
    "background-stopped": ("deploy.steps.background_services", "", "_stop"),
    "draining": ("deploy.steps.handing_over", "", "_drain"),
    "tagged": ("deploy.adapters.images", "DockerImages", "tag"),
    "data-asked": ("deploy.adapters.data_checks", "ProjectDataChecks", "run"),
    "first-sample": ("deploy.watch.watcher", "Watcher", "take"),
    "page-switched": ("deploy.adapters.edge", "HaproxyEdge", "set_maintenance"),
    "database-closed": ("deploy.adapters.backups.production", "PgRestores", "close_database"),
    "database-created": ("deploy.adapters.backups.production", "PgRestores", "create_database"),
    "database-filled": ("deploy.adapters.backups.production", "PgRestores", "fill_database"),
    "properties-applied": ("deploy.adapters.backups.production", "PgRestores", "apply_properties"),
    "databases-renamed": ("deploy.adapters.backups.production", "PgRestores", "rename_databases"),
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
    if call == "pg-restore-started":
        dies_when_pg_restore_is_there()
        return
    if call not in AFTER:
        raise SystemExit(f"unknown fault {call}")
    module_name, class_name, name = AFTER[call]
    module = importlib.import_module(module_name)
    dies_after(getattr(module, class_name) if class_name else module, name)  # type: ignore[arg-type]


if FAULT:
    sys.path.insert(0, os.environ["SUREFOOT_ROOT"])
    first, _, second = FAULT.partition(":")
    if first == "inside":
        kill_inside(second)
    else:
        kill_at_journal(first, second)
