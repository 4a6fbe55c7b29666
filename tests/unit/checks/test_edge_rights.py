"""By which rights the edge makes its socket, and who may use it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from deploy.checks.edge_ground import edge_problems, edge_warning
from tests.fakes.fake_world import fake_settings

OTHER = 4321


def _edge(tmp_path: Path, service: dict[str, Any], mode: int, *, is_reachable: bool = False) -> list[Any]:
    directory = tmp_path / "run"
    directory.mkdir(exist_ok=True)
    directory.chmod(mode)
    config = {"services": {"edge": service}}
    return edge_problems(config, fake_settings(edge_run=directory), is_reachable=is_reachable)


@pytest.mark.parametrize(
    ("who", "mode", "is_problem"),
    [
        ("owner", 0o300, False), ("owner", 0o100, True), ("owner", 0o200, True), ("owner", 0o077, True),
        ("group", 0o730, False), ("group", 0o710, True), ("group", 0o720, True), ("group", 0o707, True),
        ("others", 0o703, False), ("others", 0o701, True), ("others", 0o702, True), ("others", 0o770, True),
    ],
)
def test_the_edges_user_must_be_able_to_write_there_by_the_rights_that_are_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, mode: int, is_problem: bool
) -> None:
    us, group = tmp_path.stat().st_uid, tmp_path.stat().st_gid
    user = {"owner": f"{us}:{OTHER}", "group": f"{OTHER}:{group}", "others": f"{OTHER}:{OTHER}"}[who]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    found = _edge(tmp_path, {"user": user, "cap_drop": ["ALL"]}, mode)
    assert [problem.reference for problem in found] == ["edge-socket-not-usable"] * is_problem


@pytest.mark.parametrize(
    ("capabilities", "overrides"),
    [
        ({}, True), ({"cap_drop": ["ALL"]}, False), ({"cap_drop": ["dac_override"]}, False),
        ({"cap_drop": ["NET_RAW"]}, True), ({"cap_drop": ["ALL"], "cap_add": ["DAC_OVERRIDE"]}, True),
        ({"cap_drop": ["ALL"], "cap_add": ["NET_RAW"]}, False), ({"cap_drop": ["CAP_DAC_OVERRIDE"]}, False),
    ],
)
def test_root_writes_everywhere_only_with_the_capability_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, Any], overrides: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert (_edge(tmp_path, {"user": "0", **capabilities}, 0o000) == []) is overrides


def test_a_user_without_a_group_is_in_the_group_of_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = tmp_path.stat().st_gid
    if tmp_path.stat().st_uid == group + 1:
        pytest.skip("the user's number is that of the group")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    [problem] = _edge(tmp_path, {"user": f"{OTHER}"}, 0o700)
    assert f"{OTHER}:{OTHER}" in problem.what
    [problem] = _edge(tmp_path, {"user": f"{OTHER}:shop"}, 0o700)
    assert f"{OTHER}:{OTHER}" in problem.what


def test_a_directory_that_cannot_be_made_is_told_and_a_service_that_is_missing_is_not_this_rules_affair(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = fake_settings(edge_run=tmp_path / "file" / "run")
    [problem] = edge_problems({"services": {"edge": {}}}, settings, is_reachable=False)
    assert problem.reference == "edge-socket-not-usable"
    assert str(tmp_path / "file" / "run") in problem.what
    assert edge_problems({"services": {}}, settings, is_reachable=False) == []
    assert edge_problems({}, settings, is_reachable=False) == []
    assert edge_warning({"services": {"edge": {"user": "1:1"}}}, settings, is_reachable=True) == ""
    assert edge_warning({}, settings, is_reachable=True) == ""


@pytest.mark.parametrize(("directory_owner", "is_problem"), [(OTHER, False), (OTHER + 1, True)])
def test_a_socket_that_may_not_be_looked_at_is_of_whom_its_directory_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, directory_owner: int, is_problem: bool
) -> None:
    real = Path.stat

    def stat(path: Path, **how: bool) -> os.stat_result:
        if path.name == "admin.sock":
            raise PermissionError
        found = list(real(path, **how))
        found[4] = directory_owner if path.name == "run" else found[4]
        return os.stat_result(found)

    monkeypatch.setattr(os, "geteuid", lambda: OTHER)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(Path, "stat", stat)
    assert bool(_edge(tmp_path, {"user": "haproxy"}, 0o777)) is is_problem


def test_the_directory_is_made_with_those_above_it_and_for_us_alone(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "run"
    assert edge_problems({"services": {"edge": {}}}, fake_settings(edge_run=directory), is_reachable=False) == []
    assert directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("owner", "is_problem"), [(None, False), (OTHER, False), (OTHER + 1, True)])
def test_a_socket_is_ours_to_use_where_it_is_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: int | None, is_problem: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: OTHER)
    monkeypatch.setattr(os, "access", lambda path, mode: (_ for _ in ()).throw(AssertionError) if mode != os.W_OK else False)
    found = _edge(tmp_path, {"user": f"{owner}:{OTHER}" if owner else "haproxy"}, 0o777)
    assert bool(found) is is_problem
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    assert _edge(tmp_path, {"user": f"{owner}" if owner else "haproxy"}, 0o777) == []
