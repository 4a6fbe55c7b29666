"""Why a restore ended early, by what its program said: no room, a server that went away, or what it was given."""

from __future__ import annotations

from deploy.adapters.backups.programs import Program
from deploy.model.errors import StepFailed

NOT_TOUCHED = "the live database was not touched"
# pg_restore's own error ended it before its COMMIT; a connection that is lost may be lost behind it.
ROLLED_BACK = "the restore is one transaction, and it was rolled back: the live database has nothing of it"
ALL_OR_NOTHING = "the restore is one transaction: the live database has all of it, or nothing"
OWN_ERROR = "pg_restore: error:"
# The server's words for SQLSTATE 53100 and those of the client's own disk; pg_restore shows no SQLSTATE.
NO_ROOM = ("No space left on device", "Disk quota exceeded", "Check free disk space")
# Ended by its administrator, crashed, not there, not yet there again; and how libpq notices.
SERVER_GONE = (
    "server closed the connection unexpectedly", "terminating connection", "connection to server",
    "no connection to the server", "the database system is",
)


def restore_failed(program: Program, *, is_live: bool = False) -> StepFailed:
    """The error of a pg_restore that ended with an exit code.

    Args:
        program: it has ended.
        is_live: it worked on the database that serves, in one transaction.
    """
    error = program.failed("", "restore-failed")
    said = "\n".join(program.said())
    is_gone = any(words in said for words in SERVER_GONE)
    left = NOT_TOUCHED
    if is_live:
        left = ROLLED_BACK if OWN_ERROR in said and not is_gone else ALL_OR_NOTHING
    if any(words in said for words in NO_ROOM):
        return StepFailed(
            f"the server has no room for the restore: {error.what}",
            hint=f"make room on its disk, then run the same command again; {left}",
            reference="no-room-to-restore",
        )
    if is_gone:
        return StepFailed(
            f"the server went away in the middle of the restore: {error.what}",
            hint=f"its log says why; when it answers again, run the same command again; {left}",
            reference="restore-failed",
        )
    return StepFailed(
        error.what, hint=f"repair what the message names, then run the same command again; {left}",
        reference="restore-failed",
    )
