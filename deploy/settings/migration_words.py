"""The command by which a project's revisions are run, up and down: its own, or Alembic's."""

from __future__ import annotations

import shlex

from deploy.settings.schema import Settings

TARGET = "${MIGRATION_TARGET:-head}"
_HEADS = frozenset({"head", "heads"})


def upgrade_words(settings: Settings) -> list[str]:
    """For a compose file: a deployment that postpones revisions says by MIGRATION_TARGET how far it goes."""
    words = _own(settings)
    if not words:
        return ["alembic", *_ini(settings), "upgrade", TARGET]
    if words[-1] in _HEADS:
        return [*words[:-1], TARGET.replace("head", words[-1])]
    return [*words, TARGET] if "upgrade" in words else words


def downgrade_words(settings: Settings, target: str) -> list[str]:
    """The same command the other way; a script of the project's own knows none, and Alembic itself is run."""
    words = _own(settings)
    if "upgrade" not in words:
        return ["alembic", "-c", settings.alembic_ini, "downgrade", target]
    kept = words[:-1] if words[-1] in _HEADS else words
    return [*("downgrade" if word == "upgrade" else word for word in kept), target]


def entry_words(command: str) -> tuple[str, ...]:
    """A command in which the application of env.py can be had; empty where it finds none that we would not find."""
    words = shlex.split(command)
    is_usual = words[:2] == ["flask", "db"] or words[:1] == ["alembic"]
    return () if is_usual or "upgrade" not in words else tuple(words)


def _own(settings: Settings) -> list[str]:
    return shlex.split(settings.migration_command)


def _ini(settings: Settings) -> list[str]:
    return [] if settings.alembic_ini == "alembic.ini" else ["-c", settings.alembic_ini]
