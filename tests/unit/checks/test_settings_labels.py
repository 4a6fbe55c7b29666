"""What the settings say of services counts as a label of the file."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from deploy.adapters.own_services import own_services
from deploy.checks.compose_overlay import overlay_of
from deploy.checks.settings_labels import labels_of_settings, unknown_services, with_labels
from tests.fakes.fake_world import fake_settings

SERVICES: dict[str, Any] = {"app": {"image": "x"}, "admin": {"image": "y", "labels": {"a": "b"}, "expose": ["9000"]}}


def test_a_variable_and_a_table_say_the_same() -> None:
    by_variable = fake_settings(roles="admin=web mailer=worker", routes="admin=/admin,/a")
    by_table = fake_settings(roles={"admin": "web", "mailer": "worker"}, routes={"admin": "/admin,/a"})
    assert by_variable.roles == by_table.roles
    assert labels_of_settings(by_variable) == labels_of_settings(by_table) == {
        "admin": {"surefoot.role": "web", "surefoot.route": "/admin,/a"}, "mailer": {"surefoot.role": "worker"},
    }


@pytest.mark.parametrize("said", ["admin", "=web", "admin="])
def test_half_a_pair_is_refused(said: str) -> None:
    with pytest.raises(ValidationError, match="SERVICE=VALUE"):
        fake_settings(roles=said)


def test_a_service_keeps_its_own_labels_and_one_that_is_not_there_is_named() -> None:
    settings = fake_settings(roles="admin=web nobody=worker")
    assert with_labels(SERVICES, settings)["admin"]["labels"] == {"a": "b", "surefoot.role": "web"}
    [problem] = unknown_services(SERVICES, settings)
    assert (problem.reference, "nobody" in problem.what) == ("unknown-service", True)


def test_it_is_laid_over_the_file_so_that_everybody_reads_it(tmp_path: Any) -> None:
    settings = fake_settings(routes="admin=/admin", app_port=8000)
    own = own_services("shop", "app", 8000, "/health", tmp_path)
    overlay = overlay_of({"services": SERVICES}, settings, own)
    assert overlay.services["admin"]["labels"] == {"surefoot.route": "/admin"}
    assert any("/admin of the edge is admin's" in line for line in overlay.says)
