"""The command line that compose is given, and what its words become."""

from __future__ import annotations

import os

import pytest

from deploy.adapters import compose as compose_module
from deploy.adapters.compose import DockerCompose
from deploy.adapters.kept_configurations import KeptConfigurations
from deploy.adapters.process import Completed, ProgramTimeout
from deploy.model.errors import BlockedError, StepFailed, UsageError


@pytest.fixture
def runs(monkeypatch):
    """What was run; `runs.reply` is what it answers."""

    class Runs(list):
        reply = Completed(0, "{}", "")

    seen = Runs()

    def run(argv, **options):
        seen.append((list(argv), options))
        return seen.reply

    monkeypatch.setattr(compose_module, "run_program", run)
    return seen


@pytest.fixture
def compose(tmp_path):
    return DockerCompose("shop", tmp_path, ["a.yml", "b.yml"], {"DB_PASSWORD": "hunter2"}, ["hunter2"])


def test_up_never_pulls_and_never_touches_dependencies(compose, runs, tmp_path):
    compose.up("app", environment={"APP_IMAGE": "sha256:1"}, scale=2, has_recreate=False)
    argv, options = runs[0]
    assert argv[:4] == ["docker", "compose", "--ansi", "never"]
    assert argv[argv.index("-p") + 1] == "shop"
    assert [argv[i + 1] for i, word in enumerate(argv) if word == "-f"] == [
        str(tmp_path / "a.yml"), str(tmp_path / "b.yml")
    ]
    after = argv[argv.index("up"):]
    assert {"-d", "--no-deps", "--no-recreate"} <= set(after)
    assert after[after.index("--pull") + 1] == "never"
    assert after[after.index("--scale") + 1] == "app=2"
    assert after[-1] == "app"
    assert options["environment"]["APP_IMAGE"] == "sha256:1"
    assert options["environment"]["DB_PASSWORD"] == "hunter2"


def test_no_secret_is_in_argv(compose, runs):
    compose.up("app", environment={})
    assert not any("hunter2" in word for word in runs[0][0])


def test_the_profile_stands_before_the_command(compose, runs):
    compose.up("migration", environment={}, profile="migration", has_force_recreate=True)
    argv = runs[0][0]
    assert argv[argv.index("--profile") + 1] == "migration"
    assert argv.index("--profile") < argv.index("up")
    assert "--force-recreate" in argv


@pytest.mark.parametrize(
    ("stderr", "reference", "named"),
    [
        (
            "error while interpolating services.app.image: required variable DATABASE_URL is missing a value: set it",
            "variable-not-set", "DATABASE_URL",
        ),
        ("required variable APP_IMAGE is missing a value", "variable-not-set", "APP_IMAGE"),
        ("yaml: line 3: mapping values are not allowed in this context", "compose-file-invalid", "line 3"),
        ("open /srv/shop/b.yml: no such file or directory", "compose-file-invalid", "b.yml"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(compose, runs, stderr, reference, named):
    runs.reply = Completed(1, "", stderr)
    with pytest.raises(UsageError) as caught:
        compose.config({})
    assert caught.value.reference == reference
    assert named in caught.value.what
    assert caught.value.hint


def test_a_failed_up_gives_its_last_words_without_the_password(compose, runs):
    runs.reply = Completed(1, "", "Container x Creating\nError: bad url postgresql://bob:hunter2@db/x\n")
    with pytest.raises(StepFailed) as caught:
        compose.up("app", environment={})
    assert "bad url" in caught.value.what
    assert "hunter2" not in caught.value.what


def test_hashes_are_those_of_the_rendered_file(compose, runs, monkeypatch):
    replies = iter([Completed(0, '{"services": {"cache": {}}}', ""), Completed(0, "cache 12ab\nother 34cd\n", "")])
    monkeypatch.setattr(compose_module, "run_program", lambda argv, **_: runs.append(list(argv)) or next(replies))
    assert compose.config_hashes({}) == {"cache": "12ab", "other": "34cd"}
    files = [runs[1][i + 1] for i, word in enumerate(runs[1]) if word == "-f"]
    assert len(files) == 1
    assert runs[1][-3:] == ["config", "--hash", "*"]


def test_hashes_of_a_file_that_is_wrong_are_refused_as_the_file_is(compose, runs, monkeypatch):
    replies = iter([Completed(0, "{}", ""), Completed(1, "", "yaml: line 3: hunter2 is wrong")])
    monkeypatch.setattr(compose_module, "run_program", lambda argv, **_: runs.append(list(argv)) or next(replies))
    with pytest.raises(UsageError) as caught:
        compose.config_hashes({})
    assert "hunter2" not in caught.value.what


@pytest.mark.parametrize(
    "reply", [Completed(1, "", "docker: 'compose' is not a docker command"), Completed(0, "1.29.2\n", "")]
)
def test_a_missing_plugin_and_version_1_are_refused(compose, runs, reply):
    runs.reply = reply
    with pytest.raises(BlockedError) as caught:
        compose.version()
    assert caught.value.reference == "compose-missing"


@pytest.mark.parametrize("printed", ["2.40.3\n", "v2.40.3\n"])
def test_the_version_is_bare(compose, runs, printed):
    runs.reply = Completed(0, printed, "")
    assert compose.version() == "2.40.3"


@pytest.mark.parametrize(
    ("answers", "reference"),
    [
        ([Completed(0, "{name}\n", "")], "program-timeout"),
        ([Completed(0, "", "No such container"), Completed(0, "{name}\n", "")], "program-timeout"),
        ([Completed(0, "", "No such container")], "program-timeout"),
        ([Completed(1, "", "permission denied")], "container-goes-on"),
    ],
    ids=["removed", "it came late", "it never came", "it cannot be removed"],
)
def test_a_one_off_container_that_runs_too_long_is_removed_or_named(compose, monkeypatch, answers, reference):
    waiting, names = list(answers), []

    def run(argv, **_options):
        if argv[1] == "compose":
            names.append(argv[argv.index("--name") + 1])
            raise ProgramTimeout("too long", reference="program-timeout")
        assert argv[:3] == ["docker", "rm", "--force"]
        assert argv[-1] == names[0]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return Completed(answer.exit_code, answer.stdout.format(name=names[0]), answer.stderr)

    monkeypatch.setattr(compose_module, "run_program", run)
    monkeypatch.setattr(compose_module, "SETTLE_SECONDS", 0.1)
    monkeypatch.setattr(compose_module, "SETTLE_POLL_SECONDS", 0.01)
    with pytest.raises(StepFailed) as caught:
        compose.run_once("app", ["python", "-c", ""], {}, {"A": "1"}, {}, 1)
    assert caught.value.reference == reference
    assert reference == "program-timeout" or names[0] in caught.value.hint


def test_a_release_whose_file_was_kept_is_made_by_that_file_and_its_own_image(runs, tmp_path):
    kept = KeptConfigurations(tmp_path / "releases")
    kept.keep("release-7", "{}")
    compose = DockerCompose("shop", tmp_path, ("a.yml",), {}, [], kept=kept)

    compose.up("app", environment={"APP_IMAGE": "sha256:7", "RELEASE": "release-7"})
    compose.up("app", environment={"APP_IMAGE": "sha256:8", "RELEASE": "release-8"})
    compose.up("migration", environment={"APP_IMAGE": "sha256:7", "RELEASE": "release-7"}, profile="migration")
    compose.up("app", environment={"APP_IMAGE": "sha256:7", "RELEASE": "release-7"}, is_as_written=True)

    own, todays = str(kept.path_of("release-7")), str(tmp_path / "a.yml")
    used = [[argv[i + 1] for i, word in enumerate(argv) if word == "-f"] for argv, _ in runs]
    assert used[0][0] == own
    assert len(used[0]) == 2, "its image"
    assert used[1:] == [[todays]] * 3


def test_a_file_is_rendered_once_a_moment_and_again_when_it_changed(runs, tmp_path, monkeypatch):
    (tmp_path / "a.yml").write_text("services: {}")
    compose = DockerCompose("shop", tmp_path, ("a.yml",), {}, [])
    monkeypatch.setattr(compose, "_run_bare", lambda *_, **__: runs.append(1) or Completed(0, "{}", ""))

    compose.config({"RELEASE": "a"})
    compose.config({"RELEASE": "a"})
    assert len(runs) == 1
    compose.config({"RELEASE": "b"})
    assert len(runs) == 2, "other values are another file"
    os.utime(tmp_path / "a.yml", ns=(1, 1))
    compose.config({"RELEASE": "a"})
    assert len(runs) == 3
