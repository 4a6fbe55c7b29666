"""What is wrong, but would be wrong with the release before as well: it is held, and does not count. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deploy.model.watching import Before, Finding, Rates, Sample
from deploy.watch.judge import DATABASE
from deploy.watch.log_patterns import NO_DATABASE, OF_TIME, kind_of_finding
from deploy.watch.machine import excuse

# What nobody's code can help while the database does not answer.
WITHOUT_DATABASE = {"errors", "health", "edge", "unhealthy", "slow", DATABASE, *map(kind_of_finding, NO_DATABASE)}
# Of the release's other services: a worker mostly ends when its database does not answer.
OTHERS_WITHOUT_DATABASE = ("not-running ", "restarts ", "unhealthy ")
DATABASE_IS_GONE = "the database does not answer, and the release before needs it too"


def machine_excuse(sample: Sample, rates: Rates | None, before: Before | None) -> str:
    """Why the machine is to blame for what is late in this sample; empty: it is not, or nobody knows."""
    if rates is None:
        return ""
    return excuse(rates, before or Before(), sum(container.memory_bytes for container in sample.containers))


def hold(findings: Sequence[Finding], because_of_machine: str) -> tuple[Finding, ...]:
    """The same findings; those that the release before would share are marked."""
    is_database_gone = any(finding.kind == DATABASE for finding in findings)
    found = []
    for finding in findings:
        is_of_time = finding.is_of_time or finding.kind in map(kind_of_finding, OF_TIME)
        because = because_of_machine if is_of_time else ""
        is_of_database = finding.kind in WITHOUT_DATABASE or finding.kind.startswith(OTHERS_WITHOUT_DATABASE)
        if is_database_gone and is_of_database:
            because = DATABASE_IS_GONE
        is_held = bool(because) and finding.is_breach
        found.append(replace(finding, is_breach=False, held_because=because) if is_held else finding)
    return tuple(found)
