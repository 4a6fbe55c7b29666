"""Begin a rule: its file in checking/risk/rules, its examples in tests/rules. `make new-rule NAME=drop_something`.

The rule is found by its file. Its test fails until the rule sees what bad.sql holds; then `make rule-pages`. What it
begins with looks at a subcommand of ALTER TABLE; for another statement ask `isinstance(statement.view, …)`.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

RULE = '''"""WHAT IS WRITTEN (medium).

What PostgreSQL does with it, which lock it takes, and what that means.

Who waits: every reader and writer of the table, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.commands import SetNotNull
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Why it is dangerous, in one line."""
    for command, table in circumstances.commands(statement, SetNotNull):
        yield Danger(
            RiskLevel.MEDIUM,
            f"does something to {{table}}.{{command.name}}",
            table=table,
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("{name}", check)
'''
BAD = "-- What the rule is for, on the tables of tests/rules/schema.sql.\n"
GOOD = "-- What looks alike and is no danger.\n"


def main(argv: list[str]) -> int:
    """0 where it was made; 2 where the name is none, or is taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the danger's name, such as drop_something")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(argv)
    rule = options.root / "deploy" / "checking" / "risk" / "rules" / f"{options.name}.py"
    folder = options.root / "tests" / "rules" / options.name
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", options.name):
        print(f"{options.name!r} is no name of a rule: lower case, with underscores", file=sys.stderr)
        return 2
    if rule.exists() or folder.exists():
        print(f"{options.name} is there already", file=sys.stderr)
        return 2
    folder.mkdir(parents=True)
    rule.write_text(RULE.format(name=options.name))
    (folder / "bad.sql").write_text(BAD)
    (folder / "good.sql").write_text(GOOD)
    (folder / "finding.txt").write_text("")
    print(f"{rule}\n{folder}/bad.sql\n{folder}/good.sql\nthen: make rule-pages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
