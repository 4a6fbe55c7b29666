"""The kill matrices hook calls of the product by name; a call that moved must not wait for the end-to-end run."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[1] / "e2e" / "faults" / "sitecustomize.py"
spec = importlib.util.spec_from_file_location("kill_points", PATH)
assert spec is not None
assert spec.loader is not None
kill_points = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kill_points)


@pytest.mark.parametrize("fault", sorted(kill_points.AFTER))
def test_a_call_after_which_a_scenario_dies_is_there(fault: str) -> None:
    module_name, class_name, call = kill_points.AFTER[fault]
    module = importlib.import_module(module_name)
    owner = getattr(module, class_name) if class_name else module
    assert callable(getattr(owner, call))
