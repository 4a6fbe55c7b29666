"""What the undo took back, beside what is seen: "as it was" is said of what was seen to be so, and of nothing else."""

from __future__ import annotations

from dataclasses import replace

from deploy.engine.journal import Journal
from deploy.engine.undo_plan import ABORT_COMMAND, STATUS_COMMAND, UndoReport
from deploy.model.end_state import EndSeen, EndState


def observe_end(journal: Journal, undo: UndoReport, end: EndState | None) -> tuple[UndoReport, str]:
    """The undo's report with what was seen at the end, and the sentence about production.

    Args:
        end: None where nobody can look; then only the steps are spoken of.
    """
    seen = end.settle(journal.deployment(), journal.open_step_names()) if end else EndSeen(is_compared=False)
    differs = tuple(dict.fromkeys((*undo.differs, *seen.differs, *seen.unknown)))
    is_as_it_was = undo.is_undone and not seen.differs and not seen.unknown
    whole = replace(
        undo,
        is_undone=is_as_it_was,
        differs=differs,
        next_command=undo.next_command or ("" if is_as_it_was else _next_command(seen)),
        # What does not answer now may answer later: `abort` looks again.
        is_retryable=undo.is_retryable or (undo.is_undone and bool(seen.unknown)),
    )
    return whole, _words(undo, seen)


def _next_command(seen: EndSeen) -> str:
    return ABORT_COMMAND if seen.unknown else STATUS_COMMAND


def _words(undo: UndoReport, seen: EndSeen) -> str:
    if not undo.is_undone:
        words = "not everything could be undone"
    elif not seen.is_compared:
        words = "every step that was begun is undone; what ran at the beginning was not recorded"
    elif seen.unknown:
        words = "every step is undone; whether production is as it was is not known"
    elif seen.differs:
        words = "every step is undone, and production is not as it was"
    else:
        what = "everything else" if seen.stays or seen.wrote else "everything"
        words = f"{what} that was changed is as it was" + (f": {seen.says}" if seen.says else "")
    if seen.stays:
        words += f"; no release owns {', '.join(seen.stays)}: started by this deployment, and left there"
    if seen.wrote:
        words += f"; {', '.join(seen.wrote)} ran, and what was written by that stays"
    if seen.started:
        words += f"; started again: {', '.join(seen.started)}"
    if undo.is_undone and seen.unseen:
        words += f"; not compared: {'; '.join(seen.unseen)}"
    return words
