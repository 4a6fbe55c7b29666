"""An installation without the prediction, in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

PREDICTION = "deploy.checking.prediction"


@contextmanager
def without_prediction() -> Iterator[None]:
    """Whoever imports it meets ModuleNotFoundError; modules that were imported before are hidden as well."""
    hidden = {name: None for name in sys.modules if name == PREDICTION or name.startswith(f"{PREDICTION}.")}
    with patch.dict(sys.modules, {PREDICTION: None, **hidden}):
        yield
