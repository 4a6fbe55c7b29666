"""Which downgrades the check tries, and why the rest is not tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deploy.model.releases import Revision, RevisionNote

OWN_COMMAND = "the project migrates by a command of its own"
# Each costs its own time and two looks at the schema.
MOST_DOWNGRADES = 50


def downgrade_stages(
    pending: Sequence[Revision], notes: Mapping[str, RevisionNote], to_ids: Sequence[str] | None, *,
    has_own_command: bool,
) -> tuple[list[dict[str, object]], str]:
    """Every downgrade down to the first revision that has none, and the second upgrade.

    Args:
        pending: oldest first.

    Returns:
        stages for a trace, and why some revisions are not tried; empty where all are.
    """
    if has_own_command:
        return [], OWN_COMMAND
    down: list[str] = []
    untried = ""
    for revision in reversed(pending):
        note = notes.get(revision.revision_id)
        is_merge = len(revision.down_revision_ids) > 1
        if note is not None and note.has_downgrade is False and not is_merge:
            untried = f"{revision.revision_id} has no downgrade"
            break
        if len(down) == MOST_DOWNGRADES:
            untried = f"only the newest {MOST_DOWNGRADES} are tried"
            break
        down.append(revision.revision_id)
    if not down:
        return [], untried
    common: dict[str, object] = {"watched": False, "is_trial": True}
    up = {"do": "upgrade", "to": list(to_ids or ["heads"])} | common
    return [{"do": "downgrade", "to": down} | common, up], untried
