"""What the real `docker compose` says against a file, and what an operator is told."""

from __future__ import annotations

import pytest

from deploy.adapters.compose import DockerCompose
from deploy.adapters.containers import DockerContainers
from deploy.model.errors import StepFailed, UsageError

pytestmark = pytest.mark.docker


@pytest.fixture
def compose(tmp_path, project, docker_engine, monkeypatch):
    monkeypatch.delenv("H3_IMAGE", raising=False)

    def of(text, environment=None):
        if text is not None:
            (tmp_path / "compose.yml").write_text(text)
        return DockerCompose(project, tmp_path, ["compose.yml"], environment or {}, ["hunter2"])

    return of


def test_the_rendered_file_holds_all_profiles(compose):
    text = "services: {a: {image: x}, b: {image: x, profiles: [migration]}}"
    assert set(compose(text).config({})["services"]) == {"a", "b"}


def test_version_2_answers(compose):
    assert int(compose(None).version().split(".")[0]) >= 2


@pytest.mark.parametrize("message", ["", "set it in .env"])
def test_an_unset_variable_is_named(compose, message):
    with pytest.raises(UsageError) as caught:
        compose(f'services: {{a: {{image: "${{H3_IMAGE:?{message}}}"}}}}').config({})
    assert (caught.value.reference, "H3_IMAGE" in caught.value.what) == ("variable-not-set", True)
    assert message in caught.value.hint


def test_the_environment_sets_it(compose):
    rendered = compose('services: {a: {image: "${H3_IMAGE:?}"}}', {"H3_IMAGE": "x:1"}).config({})
    assert rendered["services"]["a"]["image"] == "x:1"
    rendered = compose(None, {"H3_IMAGE": "x:1"}).config({"H3_IMAGE": "x:2"})
    assert rendered["services"]["a"]["image"] == "x:2"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("services:\n  a:\n   image: x\n  b: : y\n", "line"),
        ("services: {a: {image: x, restrat: always}}", "restrat"),
        ("services: {a: {image: x, depends_on: [nobody]}}", "nobody"),
        (None, "compose.yml"),
    ],
)
def test_a_bad_or_missing_file_is_a_usage_error_that_names_it(compose, text, named):
    with pytest.raises(UsageError) as caught:
        compose(text).config({})
    assert caught.value.reference == "compose-file-invalid"
    assert named in caught.value.what
    assert "\n" not in caught.value.what


def test_a_missing_image_is_not_pulled_and_named(compose):
    with pytest.raises(StepFailed) as caught:
        compose("services: {a: {image: h3-no-such-image:1}}").up("a", environment={})
    assert "h3-no-such-image:1" in caught.value.what


def test_a_container_started_beside_is_found_by_no_name_of_the_service_and_can_be_asked(compose, client, project):
    text = (
        'services: {app: {image: "surefoot/base-python:bookworm", restart: always, ports: ["8000"], '
        'command: ["python3", "-c", "import os, time; print(os.environ[\'TRIAL\'], flush=True); time.sleep(300)"], '
        "networks: {default: {aliases: [shop]}}, healthcheck: {test: [CMD, nothing]}}}"
    )
    name = f"{project}-try-release-2"
    compose(text).start_beside("app", name, environment={}, container_environment={"TRIAL": "1"})
    containers = DockerContainers(client, project)
    raw = client.api.inspect_container(name)
    [network] = raw["NetworkSettings"]["Networks"].values()
    assert not {"app", "shop"} & {*(network["Aliases"] or ()), *(network.get("DNSNames") or ())}  # from Docker 25 on
    assert raw["HostConfig"]["RestartPolicy"]["Name"] in {"", "no"}
    assert not raw["HostConfig"]["PortBindings"]
    assert raw["Config"]["Healthcheck"]["Test"] == ["CMD", "nothing"]
    assert containers.list("app") == (), "it does not count as one of the service's"
    container = containers.inspect(name)
    assert container is not None
    assert containers.run_inside(container.container_id, ["nothing"], 30).exit_code == 127
    done = containers.run_inside(container.container_id, ["sh", "-c", "echo $TRIAL; exit 3"], 30)
    assert (done.exit_code, done.stdout) == (3, "1\n")
    assert containers.run_inside(container.container_id, ["sleep", "60"], 1).exit_code == 124
    containers.remove(name)
    assert containers.inspect(name) is None
