"""Measure more_shapes.sql on every PostgreSQL of this machine, and write more_measured.json.

    python -m tests.integration.risk.measure_shapes [NAME...]

With names only those are measured, printed, and put in the place of what was known of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from deploy.adapters.scratch.binaries import ServerBinaries, all_server_binaries
from tests.integration.risk.measuring import measurer
from tests.unit.risk.effects.fixtures import FIXTURE, MoreShape, more_measured, more_setup_sql, more_shapes
from tests.unit.risk.effects.words import KEYS, in_words


def measure(binaries: ServerBinaries, shapes: Iterable[MoreShape]) -> Iterator[tuple[MoreShape, dict[str, Any]]]:
    """Each shape that this major knows, with what was seen; PostgreSQL's words under `error`."""
    with measurer(binaries, more_setup_sql()) as found:
        for shape in shapes:
            if shape.first_major <= binaries.major <= shape.last_major:
                try:
                    effects = found.measure(
                        shape.sql, in_transaction=shape.is_in_transaction, is_planned=shape.is_scan_planned
                    )
                except AssertionError as error:
                    print(f"{shape.name} on {binaries.major}: {error}")
                    continue
                words = {key: value for key, value in in_words(effects).items() if value}
                yield shape, words | ({"error": effects.error} if effects.error else {})


def main(names: Sequence[str]) -> int:
    """Measure; write where all were measured."""
    wanted = [shape for shape in more_shapes() if not names or shape.name in names]
    seen: dict[str, list[dict[str, Any]]] = {shape.name: [] for shape in wanted}
    for binaries in all_server_binaries():
        for shape, words in measure(binaries, wanted):
            known = next((item for item in seen[shape.name] if is_same(item["measured"], words)), None)
            if known is None:
                seen[shape.name].append({"majors": [binaries.major], "measured": words})
            else:
                known["majors"].append(binaries.major)
    if names:
        print("\n".join(_lines(seen)))
        known = more_measured() | seen
        seen = {shape.name: known[shape.name] for shape in more_shapes() if shape.name in known}
    (FIXTURE / "more_measured.json").write_text("{\n" + ",\n".join(_lines(seen)) + "\n}\n", encoding="utf-8")
    return 0


def _lines(seen: dict[str, list[dict[str, Any]]]) -> list[str]:
    return [f"{json.dumps(name)}: {json.dumps(versions)}" for name, versions in seen.items()]


def is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """The wording of an error may differ from major to major."""
    same_end = bool(one.get("error")) == bool(other.get("error"))
    return same_end and all(one.get(key) == other.get(key) for key in KEYS if key != "error")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
