"""How long the parsed judgement of a long history takes, all rules included.

    python -m tests.bench.parsed_speed [REVISIONS] [--profile]

Prints the median of five runs. The history is made up: a table, its columns, indexes, keys and rows, again and again.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import sys
import time
from collections.abc import Sequence

from deploy.checking.risk.evidence import from_rendered
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.model.risk import RevisionSql

RUNS = 5
# {n} is the revision's number, {t} a table of an earlier one.
KINDS = (
    "CREATE TABLE item_{n} (id BIGSERIAL NOT NULL, name VARCHAR(50) NOT NULL, owner_id BIGINT, at TIMESTAMP, "
    "PRIMARY KEY (id), FOREIGN KEY(owner_id) REFERENCES item_{t} (id));\nCREATE INDEX ix_item_{n}_at ON item_{n} (at);\n"
    "CREATE UNIQUE INDEX ix_item_{n}_name ON item_{n} (name);",
    "ALTER TABLE item_{t} ADD COLUMN c{n} VARCHAR(20);\nUPDATE item_{t} SET c{n} = 'x' WHERE c{n} IS NULL;\n"
    "ALTER TABLE item_{t} ALTER COLUMN c{n} SET NOT NULL;",
    "ALTER TABLE item_{t} ADD COLUMN d{n} INTEGER DEFAULT 0 NOT NULL;\nCREATE INDEX ix_{n} ON item_{t} (d{n});\n"
    "ALTER TABLE item_{t} ADD CONSTRAINT ck_{n} CHECK (d{n} >= 0);",
    "ALTER TABLE item_{t} ALTER COLUMN name TYPE VARCHAR(200);\nALTER TABLE item_{t} RENAME COLUMN at TO at_{n};\n"
    "ALTER TABLE item_{t} RENAME COLUMN at_{n} TO at;",
    "ALTER TABLE item_{t} ADD CONSTRAINT fk_{n} FOREIGN KEY(owner_id) REFERENCES item_{t} (id) ON DELETE CASCADE;\n"
    "INSERT INTO item_{t} (name) VALUES ('a');\nALTER TABLE item_{t} DROP CONSTRAINT fk_{n};",
    "DROP INDEX ix_item_{t}_at;\nCREATE INDEX ix_item_{t}_at ON item_{t} (at);\n"
    "COMMENT ON COLUMN item_{t}.name IS 'the name';",
)


def history(count: int) -> list[RevisionSql]:
    """As Alembic's offline mode renders it."""
    found = []
    for number in range(count):
        table = number - number % len(KINDS)
        body = KINDS[number % len(KINDS)].format(n=number, t=table if number % len(KINDS) else max(0, table - len(KINDS)))
        sql = f"BEGIN;\n\n{body}\n\nUPDATE alembic_version SET version_num='r{number + 1}' WHERE version_num = 'r{number}';\n\nCOMMIT;\n"
        found.append(RevisionSql(f"r{number + 1}", f"change {number}", sql, path=f"versions/r{number + 1}.py"))
    return found


def judge(count: int) -> float:
    """Seconds for one judgement, the reading of the SQL included."""
    revisions = history(count)
    started = time.perf_counter()
    judged = judge_run(from_rendered(revisions), Facts(server_major=16))
    seconds = time.perf_counter() - started
    assert len(judged.report.revisions) == count
    return seconds


def main(argv: Sequence[str]) -> int:
    """Print the times; with --profile also where they went."""
    counts = [int(word) for word in argv if word.isdigit()]
    count = counts[0] if counts else 500
    times = [judge(count) for _ in range(RUNS)]
    print(f"{count} revisions: median {statistics.median(times):.2f} s, min {min(times):.2f} s, max {max(times):.2f} s")
    if "--profile" in argv:
        profile = cProfile.Profile()
        profile.runcall(judge, count)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
