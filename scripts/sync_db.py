#!/usr/bin/env python3
"""Brings models, revisions and the development database together: see docs/commands/sync-db.md.

Runs in this repository's own virtual environment; the project's Python is found as the migration check finds it.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN_PYTHON = ROOT / ".venv" / "bin" / "python"

if not OWN_PYTHON.exists():
    subprocess.run(
        ["bash", str(ROOT / "scripts" / "bootstrap.sh"), "--venv-only"], check=True, stdout=sys.stderr
    )
if Path(sys.prefix) != OWN_PYTHON.parent.parent and not os.environ.get("SUREFOOT_SYNC_DB"):
    os.environ["SUREFOOT_SYNC_DB"] = "1"  # never twice, whatever the interpreter says of itself
    os.execv(str(OWN_PYTHON), [str(OWN_PYTHON), str(Path(__file__).resolve()), *sys.argv[1:]])  # noqa: S606

# This directory comes first on the path otherwise, and deploy.py would be taken for the package.
sys.path[0] = str(ROOT)

from deploy.cli.main import main  # noqa: E402 - after the path is right

main(["sync-db", *sys.argv[1:]])
