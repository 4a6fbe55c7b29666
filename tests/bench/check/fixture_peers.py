"""The fixture's shapes before the peers: does a shape that blocks or rewrites a table get a finding that says so?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.checking.statements import read_statements
from tests.bench.check import peers
from tests.bench.check.fixture import known_shapes, labels_of
from tests.bench.check.scores import Tally

ASKED = ("block", "rewrite")
Labels = Mapping[str, frozenset[str]]
MIGRATION = """from alembic import op

revision = {name!r}
down_revision = None


def upgrade():
{calls}


def downgrade():
    pass
"""


def judge_shapes(major: int, directory: Path) -> dict[str, Labels]:
    """What each peer says of the last statement of every shape, by tool and shape."""
    shapes = [shape for shape, _ in known_shapes(major)]
    directory.mkdir(parents=True, exist_ok=True)
    files = [_write(directory / f"{shape['name']}.sql", shape["sql"]) for shape in shapes]
    found: dict[str, Labels] = {}
    for tool, answer in peers.judge_sql(files, major, directory).items():
        found[tool] = {
            path.stem: said[-1].labels if (said := answer.statements.get(path.name)) else frozenset() for path in files
        }
    found[peers.ALEMBIC_GUARD] = _alembic_guard(shapes, directory / "versions")
    return found


def _write(path: Path, sql: str) -> Path:
    """A statement a line, as far as the shape's own text allows."""
    path.write_text("".join(f"{part}\n" for part in _statements(sql)), encoding="utf-8")
    return path


def _statements(sql: str) -> list[str]:
    return [f"{statement.full_text.strip().rstrip(';')};" for statement in read_statements(sql)]


def _alembic_guard(shapes: Sequence[Mapping[str, Any]], directory: Path) -> Labels:
    """A revision a shape, an op.execute() a statement; the last one's line counts."""
    directory.mkdir(parents=True, exist_ok=True)
    last_lines = {}
    for shape in shapes:
        calls = [f"    op.execute({part!r})" for part in _statements(shape["sql"])]
        text = MIGRATION.format(name=shape["name"], calls="\n".join(calls))
        last_lines[shape["name"]] = text[: text.index("\n\n\ndef downgrade")].count("\n") + 1
        (directory / f"{shape['name']}.py").write_text(text, encoding="utf-8")
    found: dict[str, frozenset[str]] = dict.fromkeys(last_lines, frozenset())
    for finding in json.loads(peers.run_alembic_guard(directory).stdout or "[]"):
        name = Path(finding["path"]).stem
        if finding["line"] == last_lines[name]:
            found[name] |= peers.ALEMBIC_GUARD_RULES.get(finding["rule"], frozenset())
    return found


def tallies(major: int, said: Labels) -> dict[str, Tally]:
    """One tool beside the fixture."""
    found = {label: Tally() for label in ASKED}
    for shape, expected in known_shapes(major):
        true = labels_of(expected)
        for label in ASKED:
            found[label].add(is_said=label in said.get(shape["name"], frozenset()), is_true=label in true)
    return found
