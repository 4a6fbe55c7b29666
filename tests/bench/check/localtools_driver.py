"""Runs INSIDE the peers' Python: localtools on each file by itself, in one process.

argv: a JSON file with the paths, the PostgreSQL major. Prints one JSON object: `files` (name -> its statements),
`seconds`.
"""

import json
import sys
import time
from pathlib import Path

from localtools_postgres_migration_checker.engine import check


def main():
    paths = [Path(name) for name in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))]
    texts = {path.name: path.read_text(encoding="utf-8") for path in paths}
    found = {}
    started = time.perf_counter()
    for name, text in texts.items():
        if text.strip():
            report = check([(name, text)], pg=int(sys.argv[2]))
            found[name] = [item for file in report["files"] for item in file["statements"]]
        else:
            found[name] = []
    seconds = time.perf_counter() - started
    print(json.dumps({"files": found, "seconds": seconds}))


if __name__ == "__main__":
    main()
