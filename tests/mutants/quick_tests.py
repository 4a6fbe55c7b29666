"""A pytest plugin for the runs on mutants: the quickest test first, and the same examples in every run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import Phase, settings

# A failing example need not become small here; and a verdict must not depend on chance or on an earlier run.
settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], derandomize=True, database=None)
settings.load_profile("mutants")

MEASURED = Path("mutmut-stats.json")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Most mutants are noticed by many tests; one is enough."""
    seconds = json.loads(MEASURED.read_text())["duration_by_test"] if MEASURED.exists() else {}
    items.sort(key=lambda item: float(seconds.get(item.nodeid, 0)))
