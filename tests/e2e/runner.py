"""A runner for the jobs of a workflow: the very commands of its steps, in bash as GitHub starts it, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class JobFailed(AssertionError):  # noqa: N818 - it says what happened
    """A step ended with another exit code than 0."""

    def __init__(self, step: str, exit_code: int, output: str) -> None:
        super().__init__(f"step {step!r} ended with exit code {exit_code}:\n{output}")
        self.exit_code = exit_code
        self.output = output


@dataclass
class Runner:
    """One machine that runs jobs.

    Attributes:
        facts: what `${{ name }}` is: `vars.SSH_HOST`, `secrets.SSH_KEY`, `needs.build.outputs.image` …
        output: everything that was printed.
    """

    workflow: Mapping[str, Any]
    workspace: Path
    facts: dict[str, str]
    output: str = ""
    summary: str = ""
    steps_run: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, workspace: Path, facts: Mapping[str, str]) -> Runner:
        workspace.mkdir(parents=True, exist_ok=True)
        return cls(yaml.safe_load(text), workspace, dict(facts) | {"github.workspace": str(workspace)})

    def run(self, job_name: str) -> dict[str, str]:
        """All `run` steps of a job, in order; returns the job's outputs, and keeps them for jobs that need them."""
        job = self.workflow["jobs"][job_name]
        failed: JobFailed | None = None
        for number, step in enumerate(job["steps"]):
            if "run" not in step or (failed and "always()" not in str(step.get("if", ""))):
                continue
            try:
                self._step(job, step, number)
            except JobFailed as error:
                failed = failed or error
        if failed:
            raise failed
        outputs = {name: self.value(str(text)) for name, text in job.get("outputs", {}).items()}
        self.facts |= {f"needs.{job_name}.outputs.{name}": value for name, value in outputs.items()}
        return outputs

    def _step(self, job: Mapping[str, Any], step: Mapping[str, Any], number: int) -> None:
        files = {name: self.workspace.parent / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("")
        script = self.workspace.parent / f"step-{number}.sh"
        script.write_text(step["run"])
        given = {**self.workflow.get("env", {}), **job.get("env", {}), **step.get("env", {})}
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.workspace.parent), "RUNNER_TEMP": str(self.workspace.parent),
            "GITHUB_REPOSITORY": "acme/shop", **{name: str(path) for name, path in files.items()},
            **{name: self.value(str(text)) for name, text in given.items()},
        }
        done = subprocess.run(
            ["bash", "-e", str(script)], cwd=self.workspace, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
        )
        self.output += done.stdout
        self.steps_run.append(step["name"])
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        for line in files["GITHUB_OUTPUT"].read_text().splitlines():
            name, _, value = line.partition("=")
            self.facts[f"steps.{step['id']}.outputs.{name}"] = value
        if done.returncode != 0:
            raise JobFailed(step["name"], done.returncode, done.stdout)

    def value(self, text: str) -> str:
        """The text with its expressions replaced: names, and `name || 'default'`."""
        return EXPRESSION.sub(lambda match: self._expression(match[1]), text)

    def _expression(self, text: str) -> str:
        name, _, default = (part.strip() for part in text.partition("||"))
        found = self.facts.get(name, "")
        if not found and not default:
            raise AssertionError(f"the workflow asks for {name}, which nobody gave it")
        return found or default.strip("'")
