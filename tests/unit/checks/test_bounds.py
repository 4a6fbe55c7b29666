"""Where each check begins to refuse, and what it refuses with: the references, the numbers, the order."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.checks.build_context import build_context_warning
from deploy.checks.compose_rules import compose_problems
from deploy.checks.data_expectations import judge_data
from deploy.checks.edge_ground import edge_problems, edge_warning
from deploy.checks.external_backup import MOST_AHEAD, require_fresh
from deploy.checks.failed_start import (
    MEMORY,
    REFERENCE,
    REPAIR,
    SHOWN_CHARACTERS,
    failed_start,
    health_words,
    is_crashed,
    lacks_program,
    program_hint,
)
from deploy.checks.health import HTTP_TIMEOUT_SECONDS, container_problem, health_problems, http_problem, schema_problem
from deploy.checks.resources import connection_problems, disk_problems, dump_bytes
from deploy.checks.side_by_side import side_by_side_problems
from deploy.model.backups import ExternalBackup
from deploy.model.containers import Container, Health
from deploy.model.data_checks import DataCheck, DataResult, DataVerdict
from deploy.model.errors import StepFailed
from deploy.model.health import HealthExpectation
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_disk import FakeDisk
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import FakeHttp, answer
from tests.fakes.fake_world import FakeWorld, fake_settings

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CONTAINER = Container("id", "shop-app-2", "app", "sha256:1", "running", Health.UNHEALTHY, None, False, 0, ())
OTHER = 4321


# ── an external backup ───────────────────────────────────────────────────────


@pytest.mark.parametrize(("age", "told"), [(0, 0), (3600, 3600), (-300, 0), (-1, 0)])
def test_a_fresh_backup_tells_its_age_and_one_of_a_clock_ahead_is_just_made(age: float, told: float) -> None:
    backup = ExternalBackup("full-7", NOW - timedelta(seconds=age))
    assert require_fresh(backup, NOW, 3600) == timedelta(seconds=told)
    assert timedelta(minutes=5) == MOST_AHEAD


@pytest.mark.parametrize(("age", "says"), [(3 * 3600, "3.0 h ago; 1.5 h are"), (-301, "301 s")])
def test_one_that_proves_nothing_is_refused_with_how_far_off_it_is(age: float, says: str) -> None:
    with pytest.raises(StepFailed) as caught:
        require_fresh(ExternalBackup("full-7", NOW - timedelta(seconds=age)), NOW, 5400)
    assert caught.value.reference == "external-backup-old"
    assert says in caught.value.what
    assert "full-7" in caught.value.what
    assert caught.value.hint


# ── a container that does not come up ────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "restarts", "expected"),
    [("running", 0, False), ("created", 0, False), ("exited", 0, True), ("dead", 0, True), ("restarting", 0, True), ("running", 1, True)],
)
def test_crashed_is_what_ended_also_if_it_runs_again(status: str, restarts: int, expected: bool) -> None:
    assert is_crashed(replace(CONTAINER, status=status, restart_count=restarts)) is expected


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"is_oom_killed": True}, MEMORY),
        ({"status": "exited", "exit_code": 1}, REPAIR),
        ({"status": "exited", "exit_code": None}, REPAIR),
        ({"status": "exited", "exit_code": 126}, "chmod +x it in the image"),
        ({}, REPAIR),
        ({"health_exit_code": 127}, program_hint()),
    ],
)
def test_each_way_to_fail_has_what_helps_against_it(changes: dict[str, Any], hint: str) -> None:
    error = failed_start(replace(CONTAINER, **changes), ("an ordinary line",))
    assert (error.hint, error.reference) == (hint, REFERENCE)
    assert "shop-app-2" in error.what


def test_a_number_of_restarts_is_said_where_there_were_any() -> None:
    ended = replace(CONTAINER, status="exited", exit_code=1)
    assert "restarts" not in failed_start(ended, ()).what
    assert "exit code 1" in failed_start(ended, ()).what
    assert "exit code" not in failed_start(replace(ended, exit_code=None), ()).what


def test_lack_of_memory_goes_before_what_the_log_says_and_the_log_before_the_exit_code() -> None:
    log = ("one", "No space left on device", "password authentication failed")
    killed = replace(CONTAINER, is_oom_killed=True, status="exited", exit_code=137)
    assert failed_start(killed, log).hint == MEMORY
    error = failed_start(replace(CONTAINER, status="exited", exit_code=127), log)
    assert "refuses its login" in error.what, "the first cause of the table that is found"
    assert "DATABASE_URL" in error.hint


@pytest.mark.parametrize(("code", "output", "says"), [(None, "x", ""), (0, "x", ""), (1, "", "'nothing'"), (1, " a\n\n b ", "'a b'")])
def test_the_health_checks_words_are_shown_where_it_failed(code: int | None, output: str, says: str) -> None:
    words = health_words(replace(CONTAINER, health_exit_code=code, health_output=output))
    assert says in words
    assert bool(words) is bool(says)


def test_a_page_of_html_is_cut() -> None:
    words = health_words(replace(CONTAINER, health_exit_code=1, health_output="y" * (SHOWN_CHARACTERS + 1)))
    assert words.count("y") == SHOWN_CHARACTERS + words.replace("y" * SHOWN_CHARACTERS, "").count("y")
    assert "y" * SHOWN_CHARACTERS in words
    assert "y" * (SHOWN_CHARACTERS + 1) not in words


def test_a_limit_of_the_start_is_added_only_where_the_program_is_there() -> None:
    assert failed_start(CONTAINER, (), "raise start_period").hint.endswith("raise start_period")
    lacking = replace(CONTAINER, health_exit_code=1, health_output="sh: curl: not found")
    assert failed_start(lacking, (), "raise start_period").hint == program_hint()
    assert not lacks_program(1, "curl: not found here")


# ── health ───────────────────────────────────────────────────────────────────


def _well(**changes: Any) -> tuple[FakeWorld, HealthExpectation]:
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:1", ImageBehaviour(healthy_after_looks=0))
    fake.docker.create("app", image_id, {})
    fake.http = FakeHttp(answer())
    return fake, replace(HealthExpectation("app", "http://edge/api/health", "", "", image_id, ("r1",)), **changes)


def test_without_an_address_a_release_or_a_revision_only_the_rest_is_asked() -> None:
    fake, expected = _well(url="")
    fake.http = FakeHttp(None)
    assert health_problems(fake.world, expected) == []
    assert fake.http.urls == []
    fake.database.change(revision_ids=("r9",))
    assert schema_problem(fake.world, expected)
    assert schema_problem(fake.world, replace(expected, revision_ids=None)) == ""


def test_revisions_agree_in_whatever_order() -> None:
    fake, expected = _well(revision_ids=("r2", "r1"))
    fake.database.change(revision_ids=("r1", "r2"))
    assert schema_problem(fake.world, expected) == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"health": Health.STARTING}, "starting"), ({"health": Health.UNHEALTHY}, "unhealthy"),
        ({"image_id": "sha256:other"}, "another image"), ({"health": Health.NONE}, ""), ({"health": Health.HEALTHY}, ""),
        ({"status": "exited"}, "no container"),
    ],
)
def test_every_running_container_must_be_well_and_of_the_image(changes: dict[str, Any], says: str) -> None:
    fake, expected = _well()
    well = replace(CONTAINER, health=Health.HEALTHY, image_id=expected.image_id)
    stopped = replace(well, status="exited", health=Health.UNHEALTHY, image_id="sha256:old")
    others = (stopped,) if "status" in changes else (stopped, well)
    fake.containers.list = lambda service: (*others, replace(well, **changes))  # type: ignore[method-assign,assignment]
    problem = container_problem(fake.world, expected)
    assert says in problem
    assert bool(problem) is bool(says)
    if "image_id" in changes:
        assert container_problem(fake.world, replace(expected, image_id="")) == "", "no image is expected"


def test_the_endpoint_is_given_five_seconds() -> None:
    fake, expected = _well()
    asked: list[tuple[str, float]] = []

    def get(url: str, timeout_seconds: float) -> Any:
        asked.append((url, timeout_seconds))
        return answer()

    fake.http.get = get  # type: ignore[method-assign]
    assert http_problem(fake.world, expected) == ""
    assert asked == [(expected.url, HTTP_TIMEOUT_SECONDS)] == [(expected.url, 5)]


# ── room ─────────────────────────────────────────────────────────────────────


def test_every_full_disk_is_named_with_its_numbers() -> None:
    fake = FakeWorld()
    fake.disk = FakeDisk(2_500_000)
    settings = fake_settings(reserve_disk_bytes=1_000_000)
    needed = {Path("/a"): 3_000_000, Path("/b"): 1_500_000, Path("/c"): 1_600_000}
    first, second = disk_problems(fake.world, settings, needed)
    assert (first.reference, second.reference) == ("disk-too-full", "disk-too-full")
    assert all(text in first.what for text in ("/a", "2 MB free", "4 MB", "1 MB"))
    assert "/c" in second.what
    assert first.hint


def test_a_dump_is_guessed_from_the_last_one_and_else_from_the_database() -> None:
    state = FakeDatabase().state
    assert (dump_bytes(state, 0), dump_bytes(state, 101)) == (0, 151)
    assert dump_bytes(replace(state, size_bytes=10), None) == 3


def test_connections_that_lack_are_told_with_their_numbers() -> None:
    database = FakeDatabase()
    database.change(connections_used=90, connections_max=97)
    [problem] = connection_problems(database.state, fake_settings(app_connections=8))
    assert all(text in problem.what for text in ("7 of 97", "8"))
    assert problem.hint


# ── the compose file ─────────────────────────────────────────────────────────

APP: dict[str, Any] = {"healthcheck": {"test": ["CMD", "true"]}, "init": True}
MOVER: dict[str, Any] = {
    "profiles": ["migration"], "command": ["alembic", "upgrade", "head"], "labels": {"surefoot.deployment": "manual"},
}


def _compose(app: Any = None, mover: Any = None, **changes: Any) -> list[Any]:
    services = {"web": APP | (app or {}), "door": {}, "mover": MOVER | (mover or {})}
    settings = fake_settings(app_service="web", edge_service="door", migration_service="mover", **changes)
    return compose_problems({"services": services}, settings)


def test_services_are_looked_for_by_the_names_that_the_settings_give() -> None:
    assert _compose() == []
    missing = compose_problems({"services": {}}, fake_settings(app_service="web"))
    assert [name in problem.what for name, problem in zip(("'web'", "'edge'", "'migration'"), missing, strict=True)] == [True] * 3
    variables = ("DEPLOY_APP_SERVICE", "DEPLOY_EDGE_SERVICE", "DEPLOY_MIGRATION_SERVICE")
    assert [name in problem.hint for name, problem in zip(variables, missing, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    ("mover", "references"),
    [
        ({"entrypoint": ["alembic"], "command": ["upgrade", "head"]}, []),
        ({"entrypoint": "alembic upgrade", "command": None}, []),
        ({"command": ["sh", "-c", "alembic upgrade head"]}, []),
        ({"command": ["alembic", "revision"]}, ["autogenerate-in-production"]),
        ({"command": "alembic --autogenerate upgrade"}, ["autogenerate-in-production"]),
        ({"command": None}, ["migration-without-upgrade"]),
        ({"profiles": ["other", "migration"]}, []),
    ],
)
def test_what_the_migration_service_runs_is_read_word_by_word(mover: dict[str, Any], references: list[str]) -> None:
    assert [problem.reference for problem in _compose(mover=mover)] == references


@pytest.mark.parametrize(
    ("app", "references"),
    [
        ({"healthcheck": {}}, ["healthcheck-missing"]), ({"healthcheck": {"test": ["CMD"], "disable": False}}, []),
        ({"depends_on": {"db": {"condition": "service_healthy"}, "x": {}}}, []),
        ({"depends_on": {"db": {}, "x": {"condition": "service_completed_successfully"}}}, ["depends-on-completion"]),
    ],
)
def test_what_the_application_depends_on_and_how_it_is_checked(app: dict[str, Any], references: list[str]) -> None:
    assert [problem.reference for problem in _compose(app)] == references


def test_each_refusal_names_the_service_and_has_a_hint() -> None:
    found = _compose({"init": False, "healthcheck": None}, {"profiles": [], "labels": {}, "command": "x"})
    assert len(found) == 5
    assert all("web" in p.what or "mover" in p.what for p in found)
    assert all(p.hint for p in found)


# ── side by side ─────────────────────────────────────────────────────────────


def _beside(app: dict[str, Any], edge: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    services = {"web": app, **({"door": edge} if edge is not None else {})}
    settings = fake_settings(**{"app_service": "web", "edge_service": "door", **changes})
    return [problem.reference for problem in side_by_side_problems(services, settings)]


@pytest.mark.parametrize(
    ("port", "is_problem"),
    [
        ("8000-8001", False), ("8000-8000", True), ("0", False), ("", False), ("8001-8000", True), ("x-y", True),
        ("8000-x", True), ("7000", True),
    ],
)
def test_a_host_port_is_shared_by_nobody_and_a_range_by_as_many_as_it_holds(port: str, is_problem: bool) -> None:
    assert bool(_beside({"ports": [port]}, {})) is is_problem
    assert bool(_beside({"ports": [{"published": port}]}, {})) is is_problem


def test_a_network_is_in_common_by_its_name_and_the_default_one_by_saying_nothing() -> None:
    assert _beside({}, {}) == []
    assert _beside({"networks": {"default": None}}, {"networks": {}}) == []
    assert _beside({"networks": {"a": None}}, {}) == ["edge-apart"]
    assert _beside({"networks": {"a": None}}, None) == [], "without an edge another rule speaks"
    assert _beside({"network_mode": "default"}, {}) == []
    assert _beside({"network_mode": "host"}, {"network_mode": "host"}) == ["service-cannot-scale"], "told once"


@pytest.mark.parametrize(
    ("app", "replicas", "references"),
    [
        ({"deploy": {"replicas": 2}}, 2, []), ({"deploy": {"replicas": 1}}, 2, ["replicas-differ"]),
        ({"scale": 2}, 2, []), ({"scale": 1}, 2, ["replicas-differ"]), ({"deploy": {"replicas": 2}, "scale": 1}, 2, []),
        ({"deploy": {"mode": "replicated"}}, 1, []), ({"deploy": {"mode": "global", "replicas": 1}}, 1, ["replicas-differ"]),
        ({"deploy": None}, 1, []), ({"deploy": {"replicas": 0}}, 1, ["replicas-differ"]),
    ],
)
def test_how_many_run_is_said_once_and_by_the_setting(app: dict[str, Any], replicas: int, references: list[str]) -> None:
    assert _beside(app, {}, replicas=replicas) == references


# ── data ─────────────────────────────────────────────────────────────────────


def _verdict(expectation: str, after: DataResult | None, before: DataResult | None = None, *, asked: bool = False) -> DataVerdict:
    earlier = ([before] if before else []) if asked or before else None
    [verdict] = judge_data([DataCheck("a.sql", "users", expectation)], earlier, [after] if after else [])
    return verdict


def _found(value: str | None = None, rows: int = 1, digest: str = "", **changes: Any) -> DataResult:
    return DataResult("a.sql", rows, value, digest, changes.pop("error", ""), **changes)


@pytest.mark.parametrize(
    ("expectation", "value", "is_ok"),
    [
        ("value = 5", "5", True), ("value = 5", "6", False), ("value != 5", "5", False), ("value != 5", "6", True),
        ("value >= 5", "5", True), ("value >= 5", "4", False), ("value <= 5", "5", True), ("value <= 5", "6", False),
        ("value > 5", "5", False), ("value > 5", "6", True), ("value < 5", "5", False), ("value < 5", "4", True),
    ],
)
def test_each_comparison_at_its_bound(expectation: str, value: str, is_ok: bool) -> None:
    assert _verdict(expectation, _found(value)).is_ok is is_ok
    assert _verdict(expectation.replace("value", "rows"), _found(None, int(value))).is_ok is is_ok


def test_a_check_that_refuses_by_its_own_word_has_failed_whatever_it_gave() -> None:
    assert not _verdict("value = 5", _found("5", is_refused=True)).is_ok
    assert _verdict("passes", _found("5")).is_ok
    assert not _verdict("passes", _found("5", is_refused=True)).is_ok


def test_where_nothing_was_asked_before_or_nothing_answered_the_comparison_is_left_open_and_said() -> None:
    for before, asked in ((None, False), (None, True), (_found(error="no such column"), True)):
        verdict = _verdict("not shrinking", _found("1"), before, asked=asked)
        assert verdict.is_ok
        assert "value 1" in verdict.says
    assert _verdict("not shrinking", _found("1")).says != _verdict("not shrinking", _found("1"), asked=True).says


def test_a_query_that_fails_says_why_and_one_without_an_answer_too() -> None:
    assert _verdict("passes", _found(error="no such table")) == DataVerdict("users", False, "no such table")
    assert _verdict("passes", None).is_ok is False


def test_each_check_is_compared_with_its_own_file() -> None:
    checks = [DataCheck("a.sql", "a", "not shrinking"), DataCheck("b.sql", "b", "not shrinking")]
    before = [DataResult("b.sql", 1, "9", "", ""), DataResult("a.sql", 1, "1", "", "")]
    after = [DataResult("a.sql", 1, "1", "", ""), DataResult("b.sql", 1, "8", "", "")]
    assert [(v.name, v.is_ok) for v in judge_data(checks, before, after)] == [("a", True), ("b", False)]


def test_equal_is_equal_in_digest_and_in_value() -> None:
    for before, is_ok in ((_found("1", 2, "aa"), True), (_found("2", 2, "aa"), False), (_found("1", 2, "ab"), False)):
        assert _verdict("equal before and after", _found("1", 2, "aa"), before).is_ok is is_ok


@pytest.mark.parametrize(("result", "says"), [(_found(None, 7), "7 rows"), (_found("5"), "value 5"), (_found("5", 0), "value 5"), (_found("5", 2), "2 rows, first value 5")])
def test_what_was_found_is_shown(result: DataResult, says: str) -> None:
    assert says in _verdict("value = 5", result).says


# ── the edge's socket ────────────────────────────────────────────────────────


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
    found = _edge(tmp_path, {"user": f"{owner}" if owner else "haproxy"}, 0o777)
    assert bool(found) is is_problem
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    assert _edge(tmp_path, {"user": f"{owner}" if owner else "haproxy"}, 0o777) == []


# ── what a build would send ──────────────────────────────────────────────────


def _build(root: Path, ignored: str, **changes: Any) -> str:
    (root / "Dockerfile").touch()
    (root / ".dockerignore").write_text(ignored)
    return build_context_warning(fake_settings(project_directory=root, **changes))


@pytest.mark.parametrize(
    ("ignored", "is_told"),
    [
        ("./.deploy\n", False), ("  .deploy  \n", False), ("a\n.deploy\nb\n", False), (".deploy\n!.deploy\n", True),
        ("!.deploy\n.deploy\n", False), (".dep*\n", False), ("deploy\n", True), (".deploy/*\n", False), ("# x\n.deploy\n", False),
        ("app/**\n", True), ("**/.deploy/**\n", False),
    ],
)
def test_the_last_pattern_that_matches_decides(tmp_path: Path, ignored: str, is_told: bool) -> None:
    assert bool(_build(tmp_path, ignored)) is is_told


def test_directories_inside_are_told_by_the_one_that_is_open_and_those_outside_are_not_sent(tmp_path: Path) -> None:
    inside, outside = tmp_path / "shop", tmp_path / "elsewhere"
    inside.mkdir()
    both = {"state_directory": inside / ".deploy", "backup_directory": inside / "kept" / "backups"}
    assert "add kept/" in _build(inside, ".deploy\n", **both)
    assert "add .deploy/" in _build(inside, "kept/backups\n", **both)
    assert _build(inside, ".deploy\nkept\n", **both) == ""
    assert _build(inside, ".deploy\n**/backups\n", **both) == ""
    assert "add kept/" in _build(inside, ".deploy\nbackups\n", **both)
    assert _build(inside, "", state_directory=outside / "a", backup_directory=outside / "b") == ""
