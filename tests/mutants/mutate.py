"""Runs mutmut in the present directory, which `workshop.py` made, and writes what came of each mutant.

A program of its own, because mutmut reads its settings from the present directory and imports the mutants.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import libcst
from mutmut.__main__ import _run as run_mutmut
from mutmut.__main__ import collect_source_file_mutation_data
from mutmut.mutation import mutators
from mutmut.mutation.diff_apply import get_diff_for_mutant

from tests.mutants.results import is_alive

FOUND = Path("found.json")


def one_word(node: libcst.BaseString) -> Iterable[libcst.BaseString]:
    """Of the three ways to change a text, one; and none for prose: how a message is worded is not tried here."""
    if isinstance(node, libcst.SimpleString) and " " in node.value:
        return []
    return list(mutators.operator_string(node))[:1]


def leave_prose_alone() -> None:
    """Replaces mutmut's own change of texts."""
    for position, (kind, operator) in enumerate(mutators.mutation_operators):
        if operator is mutators.operator_string:
            mutators.mutation_operators[position] = (kind, one_word)
            return
    raise RuntimeError("mutmut has no operator_string any more: look how it changes texts now")


def write_found() -> None:
    """Of each mutant its name and its exit code as mutmut gives it; the diff, which takes long, of the living."""
    mutants, _ = collect_source_file_mutation_data(mutant_names=())
    found = [
        {"name": name, "exit_code": code, "diff": get_diff_for_mutant(name, path=data.path) if is_alive(code) else ""}
        for data, name, code in mutants
    ]
    FOUND.write_text(json.dumps(found))


def main() -> None:
    """`python -m tests.mutants.mutate PROCESSES`."""
    leave_prose_alone()
    run_mutmut((), int(sys.argv[1]))
    write_found()


if __name__ == "__main__":
    main()
