"""An edge that cannot make its socket, or one that we cannot use, is known before anything is changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from deploy.checks.edge_ground import edge_problems, edge_warning
from tests.fakes.fake_world import fake_settings

OTHER = 4321


def _problems(tmp_path: Path, user: str, *, is_reachable: bool = False, **service: Any) -> list[str]:
    config = {"services": {"edge": {"user": user, "cap_drop": ["ALL"], **service}}}
    settings = fake_settings(edge_run=tmp_path / "run")
    return [problem.what for problem in edge_problems(config, settings, is_reachable=is_reachable)]


def _own(tmp_path: Path, user_id: int) -> None:
    (tmp_path / "run").mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root gives directories away")
    os.chown(tmp_path / "run", user_id, user_id)


def test_a_missing_directory_is_made_by_us_and_not_by_the_engine(tmp_path: Path) -> None:
    us = os.geteuid()
    assert _problems(tmp_path, f"{us}:{us}") == []
    assert (tmp_path / "run").stat().st_uid == us


def test_an_edge_that_runs_as_another_user_cannot_bind(tmp_path: Path) -> None:
    [what] = _problems(tmp_path, f"{OTHER}:{OTHER}")
    assert f"user {OTHER}:{OTHER} and cannot make its socket" in what


def test_root_without_capabilities_cannot_write_into_an_operators_directory(tmp_path: Path) -> None:
    _own(tmp_path, OTHER)
    [what] = _problems(tmp_path, "0:0")
    assert f"belongs to {OTHER}:{OTHER}" in what
    assert _problems(tmp_path, "0:0", cap_drop=[]) == []


def test_a_socket_that_root_made_is_refused_to_an_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "admin.sock").touch()
    owner = (tmp_path / "run").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: OTHER)
    monkeypatch.setattr(os, "access", lambda *_: False)
    [what] = _problems(tmp_path, f"{owner}:{owner}")
    assert f"is user {owner}'s, and this command runs as user {OTHER}" in what


def test_an_edge_that_answers_is_left_alone_and_a_user_by_name_is_not_guessed(tmp_path: Path) -> None:
    assert _problems(tmp_path, f"{OTHER}:{OTHER}", is_reachable=True) == []
    assert _problems(tmp_path, "haproxy") == []


def test_of_an_edge_that_answers_it_is_said_that_it_would_not_come_up_again(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    us, group = (tmp_path / "run").stat().st_uid, (tmp_path / "run").stat().st_gid
    settings = fake_settings(edge_run=tmp_path / "run")

    def warning(user: str, *, is_reachable: bool = True) -> str:
        config = {"services": {"edge": {"user": user, "cap_drop": ["ALL"]}}}
        return edge_warning(config, settings, is_reachable=is_reachable)

    changed = warning(f"{OTHER}:{OTHER}")
    assert changed.startswith("the edge answers now, but would not after it was recreated: the edge runs as user 4321:4321")
    assert "--force-recreate edge" in changed
    assert warning(f"{us}:{group}") == ""
    assert warning(f"{OTHER}:{OTHER}", is_reachable=False) == "", "that is a problem, and refused"
