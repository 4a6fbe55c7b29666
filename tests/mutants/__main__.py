"""`python -m tests.mutants [--processes N] [ROOM ...]`: does any change of a decision go unnoticed?

Exit code 0: no. 1: a survivor that nobody has reviewed, or a review of what does not survive any more. 2: it could not
be found out.
"""

from __future__ import annotations

import argparse
import os
import sys

from tests.mutants.results import Judged, judge, read_mutants, read_reviewed
from tests.mutants.rooms import ROOMS
from tests.mutants.workshop import WorkshopError, try_mutants

OUTCOMES = ("killed", "refused by mypy", "timeout", "survived", "untested", "not tried")


def main() -> int:
    """Tries one room after the other."""
    arguments = _arguments()
    is_good = True
    for name in arguments.rooms or ROOMS:
        try:
            found = try_mutants(ROOMS[name], arguments.processes)
        except WorkshopError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
        judged = judge(read_mutants(found), read_reviewed(name))
        _tell(name, judged)
        is_good = is_good and judged.is_good
    return 0 if is_good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"of {', '.join(ROOMS)}; none: all of them")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="mutants at the same time")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.rooms if name not in ROOMS]:
        parser.error(f"no room {unknown[0]!r}; there are {', '.join(ROOMS)}")
    return arguments


def _tell(name: str, judged: Judged) -> None:
    for mutant in judged.unreviewed:
        print(f"\n{mutant.outcome}: {mutant.function}\n{mutant.diff}")
    for entry in judged.outdated:
        print(f"\nreviewed, and does not survive any more: {entry.function}: {entry.was} → {' | '.join(entry.became)}")
    figures = ", ".join(f"{judged.counts[outcome]} {outcome}" for outcome in OUTCOMES if judged.counts[outcome])
    print(f"\n{name}: {judged.counts.total()} mutants: {figures}; of the living {judged.reviewed} are reviewed, "
          f"{len(judged.unreviewed)} are not", flush=True)


if __name__ == "__main__":
    sys.exit(main())
