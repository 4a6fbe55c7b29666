"""The revisions that lie in this image."""

from pathlib import Path

from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def read_shipped_revisions(migrations: Path = MIGRATIONS) -> tuple[str, ...]:
    """Every revision, oldest first; the last one is the head. Several heads are an error of Alembic's own."""
    script = ScriptDirectory(str(migrations))
    newest_first = [revision.revision for revision in script.walk_revisions(head="head")]
    return tuple(reversed(newest_first))
