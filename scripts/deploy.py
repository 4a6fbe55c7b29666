"""The tool itself; ./scripts/deploy.sh finds the interpreter."""

import gc
import sys
from pathlib import Path

# What an import makes stays: looking for garbage in it is a tenth of the time in which a command starts.
gc.set_threshold(100_000, 20, 20)

# This directory comes first on the path otherwise, and this very file would be taken for the package.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from deploy.cli.main import main  # noqa: E402 - after the path is right

main()
