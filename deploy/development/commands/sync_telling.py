"""What sync_db.py says of what it found, and what a person should doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from deploy.model.development import DevelopmentLook, Generated, RoundTrip
from deploy.model.risk import RiskLevel


class Says(Protocol):
    """Where lines go."""

    def say(self, line: str) -> None:
        """A line."""


def say_look(talk: Says, look: DevelopmentLook) -> None:
    """Where the database is, and what waits."""
    pending = look.graph.pending(look.revision_ids) if all(map(look.graph.knows, look.revision_ids)) else ()
    talk.say(f"database: {look.place}, PostgreSQL {look.server_version}")
    talk.say(f"revision: {', '.join(look.revision_ids) or 'none'}; head: {', '.join(look.graph.head_ids) or 'none'}")
    for revision in pending:
        talk.say(f"pending: {revision.revision_id} {revision.message}".rstrip())


def say_generated(talk: Says, generated: Generated) -> None:
    """How the models differ from the newest revision."""
    if not generated.has_models:
        talk.say("env.py gives no target_metadata to context.configure(): models are not compared")
    for line in generated.differences:
        talk.say(f"differs: {line}")
    if generated.differences and not generated.text:
        talk.say("autogenerate writes no revision for it: a hook of env.py removes it")


def say_round_trip(talk: Says, proof: RoundTrip) -> None:
    """Whether it goes there and back."""
    if proof.not_proven:
        return
    rows = f"{proof.rows} generated rows in {proof.tables} tables"
    if not proof.problems and not proof.losses:
        talk.say(f"upgrade, downgrade, upgrade: works on {proof.server} with {rows}; the rows are what they were")
    for line in proof.unfilled:
        talk.say(f"without rows: {line}")


def doubts_of(
    look: DevelopmentLook, pending: Sequence[str], generated: Generated, level: RiskLevel, proof: RoundTrip
) -> tuple[str, ...]:
    """Everything that `--auto` does not decide, worst first."""
    found = list(proof.problems)
    found += [f"lost by upgrade and downgrade: {line}" for line in proof.losses]
    if proof.not_proven:
        found.append(f"upgrade and downgrade were not proven: {proof.not_proven}")
    found += [f"dropped and added, or renamed? {rename.says}" for rename in generated.renames]
    if level >= RiskLevel.HIGH:
        found.append(f"the migration check says {level.label} risk")
    found += [f"revision {name} does nothing" for name in pending if name in look.empty_revision_ids]
    found += [f"revision {name} has no downgrade" for name in pending if name in look.irreversible_revision_ids]
    return tuple(found)
