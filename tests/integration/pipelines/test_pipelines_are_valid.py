"""The pipelines against their published schemas and linters, and against the rules that deployments need."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.model.tool_source import ToolSource
from tests.integration.pipelines.rendering import COMMIT, EXECUTABLE, WHEEL, rendered

BIN = Path(sys.executable).parent
WORKFLOW, GITLAB, RENDER = "github/deploy.yml", "gitlab/.gitlab-ci.yml", "project/render.yaml"

# The part of Render's published blueprint schema (render.com/schema/render.yaml.json) that the template uses.
RENDER_SCHEMA: dict[str, Any] = {
    "type": "object", "required": ["services", "databases"], "additionalProperties": False,
    "properties": {
        "services": {"type": "array", "items": {
            "type": "object", "required": ["type", "name", "runtime"], "additionalProperties": False,
            "properties": {
                "type": {"enum": ["web", "worker", "pserv", "cron", "static", "keyvalue", "redis"]},
                "name": {"type": "string"},
                "runtime": {"enum": ["docker", "elixir", "go", "image", "node", "python", "ruby", "rust", "static"]},
                "plan": {"enum": ["free", "starter", "standard", "pro", "pro plus", "pro max", "pro ultra"]},
                "autoDeployTrigger": {"enum": ["off", "commit", "checksPass"]},
                "preDeployCommand": {"type": "string"},
                "healthCheckPath": {"type": "string", "pattern": "^/"},
                "envVars": {"type": "array", "items": {
                    "type": "object", "required": ["key", "fromDatabase"], "additionalProperties": False,
                    "properties": {"key": {"type": "string"}, "fromDatabase": {
                        "type": "object", "required": ["name", "property"], "additionalProperties": False,
                        "properties": {"name": {"type": "string"}, "property": {
                            "enum": ["host", "port", "database", "user", "password", "connectionString"],
                        }},
                    }},
                }},
            },
        }},
        "databases": {"type": "array", "items": {
            "type": "object", "required": ["name"], "additionalProperties": False,
            "properties": {
                "name": {"type": "string"}, "plan": {"type": "string"},
                "postgresMajorVersion": {"enum": ["11", "12", "13", "14", "15", "16", "17", "18"]},
            },
        }},
    },
}


def program(name: str) -> str:
    path = BIN / name
    if not path.exists():
        why = f"{name} is not installed: scripts/bootstrap.sh --dev"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return str(path)


def passes(argv: list[str], directory: Path) -> tuple[bool, str]:
    # actionlint looks for shellcheck on the path: the scripts inside the steps are checked too.
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(argv, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def written(directory: Path, name: str, text: str) -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("tool", [COMMIT, WHEEL, EXECUTABLE], ids=lambda tool: tool.kind)
def test_the_workflow_passes_actionlint_and_a_broken_one_does_not(tmp_path: Path, tool: ToolSource) -> None:
    assert shutil.which("shellcheck", path=str(BIN))
    path = written(tmp_path, ".github/workflows/deploy.yml", rendered(WORKFLOW, tool))
    argv = [program("actionlint"), "-no-color", str(path)]
    assert passes(argv, tmp_path) == (True, "")
    path.write_text(rendered(WORKFLOW, tool).replace("needs.plan.outputs.id", "needs.plan.outputs.idd"))
    is_fine, says = passes(argv, tmp_path)
    assert not is_fine
    assert "idd" in says


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (WORKFLOW, ["--builtin-schema", "vendor.github-workflows"]),
        (GITLAB, ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_a_pipeline_is_valid_by_its_published_schema(tmp_path: Path, name: str, words: list[str]) -> None:
    path = written(tmp_path, Path(name).name, rendered(name))
    argv = [program("check-jsonschema"), *words, str(path)]
    is_fine, says = passes(argv, tmp_path)
    assert is_fine, says
    path.write_text(rendered(name) + "\nbroken:\n  runs-on: 5\n  script: {}\n")
    assert not passes(argv, tmp_path)[0]


def test_render_yaml_migrates_before_it_deploys() -> None:
    document = yaml.safe_load(rendered(RENDER))
    jsonschema.validate(document, RENDER_SCHEMA)
    [service] = document["services"]
    assert service["preDeployCommand"] == "alembic -c alembic.ini -n alembic upgrade head"
    assert service["envVars"][0]["fromDatabase"]["name"] == document["databases"][0]["name"]


def test_a_deployment_under_way_is_never_cancelled() -> None:
    jobs = yaml.safe_load(rendered(WORKFLOW))["jobs"]
    for name in ("staging", "production"):
        assert jobs[name]["concurrency"] == {"group": f"deploy-{name}", "cancel-in-progress": False}
    gitlab = yaml.safe_load(rendered(GITLAB))
    assert gitlab[".server"]["interruptible"] is False
    for name in ("staging", "production"):
        assert gitlab[name]["extends"] == ".server"
        assert gitlab[name]["resource_group"] == name


def test_production_waits_for_a_person_who_saw_the_plan() -> None:
    jobs = yaml.safe_load(rendered(WORKFLOW))["jobs"]
    assert jobs["production"]["environment"] == "production"
    assert "plan" in jobs["production"]["needs"]
    assert "--approve" in str(jobs["production"]["steps"])
    assert "--yes" not in rendered(WORKFLOW) + rendered(GITLAB)
    gitlab = yaml.safe_load(rendered(GITLAB))
    assert [rule["when"] for rule in gitlab["production"]["rules"]] == ["manual"]
    assert gitlab["production"]["allow_failure"] is False


def test_no_script_of_a_step_holds_an_expression() -> None:
    """What an outsider may name (a branch, a title) reaches a script as a variable, never as its text."""
    jobs = yaml.safe_load(rendered(WORKFLOW))["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert len(scripts) > 10
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("tool", [COMMIT, WHEEL, EXECUTABLE], ids=lambda tool: tool.kind)
def test_no_template_is_left_with_a_gap(tool: ToolSource) -> None:
    for name in (WORKFLOW, GITLAB, RENDER, "project/scripts/deploy.sh"):
        assert not re.search(r"\[\[ |\[%", rendered(name, tool))


@pytest.mark.parametrize("tool", [WHEEL, EXECUTABLE], ids=lambda tool: tool.kind)
@pytest.mark.parametrize("name", [WORKFLOW, GITLAB])
def test_a_file_that_is_not_the_pinned_one_is_never_installed(tmp_path: Path, name: str, tool: ToolSource) -> None:
    """The pipeline's own commands, with another file in the place of the right one."""
    document = yaml.safe_load(rendered(name, tool))
    steps = document["jobs"]["check"]["steps"] if name == WORKFLOW else []
    lines = document["check"]["script"] if name == GITLAB else [s["run"] for s in steps if s.get("name") == "Install"]
    variables = document["env"] if name == WORKFLOW else document["variables"]
    assert variables["SUREFOOT_SHA256"] == tool.sha256
    other = written(tmp_path, "other", "not the tool")
    script = "\n".join(lines).replace("/tmp/", f"{tmp_path}/")
    program = written(tmp_path, "bin/python", "#!/bin/sh\ntouch installed\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=variables | {"SUREFOOT": str(other), "RUNNER_TEMP": str(tmp_path), "PATH": f"{program.parent}:/usr/bin:/bin"},
    )
    assert done.returncode != 0
    assert "FAILED" in done.stdout
    assert not (tmp_path / "installed").exists()


@pytest.mark.parametrize("value", ["main'; rm -rf /", "a\nb: c", "$(id)", "`id`", "${{ x }}", 'a"b'])
def test_a_value_that_would_be_read_as_code_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="branch"):
        rendered(WORKFLOW, branch=value)


@pytest.mark.parametrize("tool", [COMMIT, WHEEL, EXECUTABLE], ids=lambda tool: tool.kind)
@pytest.mark.parametrize("name", ["deploy.sh", "migration-check.sh"])
def test_the_scripts_for_others_pass_shellcheck(tmp_path: Path, name: str, tool: ToolSource) -> None:
    path = written(tmp_path, name, rendered(f"project/scripts/{name}", tool))
    is_fine, says = passes([program("shellcheck"), str(path)], tmp_path)
    assert is_fine, says


def started(script: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    script.chmod(0o755)
    bare = {"PATH": "/usr/bin:/bin"}
    return subprocess.run([str(script), *words], env=bare | variables, capture_output=True, text=True, check=False)


def stand_in(directory: Path, name: str) -> Path:
    path = written(directory, name, '#!/bin/sh\necho "$@"\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("tool", [COMMIT, WHEEL, EXECUTABLE], ids=lambda tool: tool.kind)
def test_the_script_for_others_says_which_tool_exactly_is_missing(tmp_path: Path, tool: ToolSource) -> None:
    done = started(written(tmp_path, "shop/scripts/deploy.sh", rendered("project/scripts/deploy.sh", tool)), "status")
    assert done.returncode == 2
    assert tool.place in done.stderr
    assert tool.sha256 in done.stderr
    assert "pipx" not in done.stderr


def test_the_script_for_others_names_its_own_project(tmp_path: Path) -> None:
    script = written(tmp_path, "shop/scripts/deploy.sh", rendered("project/scripts/deploy.sh"))
    stand_in(tmp_path, "home/bin/surefoot")
    found = started(script, "--env", "staging", "status", SUREFOOT_HOME=str(tmp_path / "home"))
    assert found.stdout.split() == ["--project-directory", str(tmp_path / "shop"), "--env", "staging", "status"]


def test_the_script_for_others_runs_the_file_that_it_names_and_no_other(tmp_path: Path) -> None:
    file = stand_in(tmp_path, "shop/tools/surefoot.pex")
    tool = replace(EXECUTABLE, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    script = written(tmp_path, "shop/scripts/deploy.sh", rendered("project/scripts/deploy.sh", tool))
    assert started(script, "status").stdout.split() == ["--project-directory", str(tmp_path / "shop"), "status"]
    file.write_text(file.read_text() + "echo changed\n")
    done = started(script, "status")
    assert (done.returncode, done.stdout) == (2, "")
    assert "sha256" in done.stderr
