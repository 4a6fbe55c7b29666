"""Flags of `restore` that exclude each other are refused before anything is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.cli.restore import require_fitting
from deploy.model.errors import UsageError
from deploy.model.restores import RestoreRequest


@pytest.mark.parametrize(
    ("request_", "to_url", "tables", "is_other"),
    [
        ({}, "postgresql://host/shop", "orders", False),
        ({}, "postgresql://host/shop", None, True),
        ({}, None, "orders", True),
        ({"is_in_place": True}, None, "orders", False),
        ({"release_number": 7}, "postgresql://host/shop", None, False),
        ({"keeps_down": True}, "postgresql://host/shop", None, False),
        ({"keeps_down": True}, None, "orders", False),
        ({"keeps_down": True, "release_number": 7}, None, None, False),
    ],
)
def test_what_does_not_fit_together_is_a_mistake_of_usage(
    request_: dict[str, Any], to_url: str | None, tables: str | None, is_other: bool
) -> None:
    with pytest.raises(UsageError):
        require_fitting(RestoreRequest("backup", **request_), to_url, tables, is_other=is_other)


@pytest.mark.parametrize(
    ("request_", "to_url", "tables", "is_other"),
    [
        ({}, None, None, True),
        ({"keeps_down": True, "is_in_place": True}, None, None, True),
        ({"release_number": 7}, None, None, False),
        ({"has_owner": False}, "postgresql://host/shop", None, False),
        ({}, None, "orders", False),
    ],
)
def test_what_fits_together_is_let_through(
    request_: dict[str, Any], to_url: str | None, tables: str | None, is_other: bool
) -> None:
    require_fitting(RestoreRequest("backup", **request_), to_url, tables, is_other=is_other)
