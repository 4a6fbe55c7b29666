"""The `docker compose` v2 command line. Its exit code proves little; callers read the state back."""

from __future__ import annotations

import json
import re
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.adapters.compose_overlay import OverlayFile
from deploy.adapters.engine import no_engine
from deploy.adapters.helpers import helper_labels
from deploy.adapters.kept_configurations import KeptConfigurations
from deploy.adapters.process import Completed, away_in, redact, run_program
from deploy.model.compose_overlay import IMAGE_PROBE, NEEDED_COMPOSE, ComposeOverlay
from deploy.model.errors import ENGINE, BlockedError, StepFailed, UsageError
from deploy.model.pinned_images import PinnedImage, with_pinned_images

_MISSING_VARIABLE = re.compile(r"required variable (?P<name>\w+) is missing a value:? ?(?P<message>[^\n]*)")
# How long the engine may take with a container whose maker was killed.
SETTLE_SECONDS = 10.0
SETTLE_POLL_SECONDS = 0.5
BUILD_SECONDS = 3600.0
# How long a rendered file may be used again.
RENDERING_SECONDS = 5.0


class DockerCompose:
    """One compose project.

    Args:
        files: names relative to the project directory.
        environment: variables for the file, beside the process's own; its values may be secret.
        env_file: read in place of the project's .env.
        overlay: what is laid over the project's files; None where nothing is.
        kept: the files of releases as they were rendered; None where none are kept.
    """

    def __init__(
        self, project_name: str, project_directory: Path, files: Sequence[str], environment: Mapping[str, str],
        secrets: Sequence[str], env_file: Path | None = None, overlay: OverlayFile | None = None,
        kept: KeptConfigurations | None = None,
    ) -> None:
        self._project_name = project_name
        self._directory = project_directory
        self._files = tuple(files)
        self._environment = dict(environment)
        self._secrets = tuple(secrets)
        self._project = ["docker", "compose", "--ansi", "never", "--project-directory", str(project_directory)]
        self._project += ["-p", project_name]
        self._base = list(self._project)
        if env_file is not None:
            self._base += ["--env-file", str(env_file)]
        for name in files:
            self._base += ["-f", str(project_directory / name)]
        self._overlay_file = overlay
        self._overlaid: ComposeOverlay | None = None
        self._kept = kept
        self._env_file = env_file
        self._renderings: dict[tuple[Any, ...], tuple[float, Mapping[str, Any]]] = {}

    def version(self) -> str:
        """The plugin's version."""
        done = run_program(["docker", "compose", "version", "--short"], timeout_seconds=30)
        version = done.stdout.strip().removeprefix("v")
        if done.exit_code != 0 or not version.startswith(tuple("23456789")):
            raise BlockedError(
                f"Compose v2 does not answer as `docker compose`{f' (it is {version})' if version else ''}",
                hint="scripts/bootstrap.sh", reference="compose-missing",
            )
        return version

    def config(self, environment: Mapping[str, str]) -> Mapping[str, Any]:
        """The rendered file, all profiles, with what is laid over it."""
        return self._rendered([*self._base, *self._over()], environment)

    def config_hashes(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        """Of the rendered file: of the project's own, Compose would leave out what `env_file` brings (2.40)."""
        rendered = self.config(environment)
        with tempfile.NamedTemporaryFile("w", prefix="surefoot-compose-", suffix=".json") as file:
            file.write(json.dumps(rendered))
            file.flush()
            argv = [*self._project, "-f", file.name, "--profile", "*", "config", "--hash", "*"]
            done = self._run_bare(argv, environment)
        if done.exit_code != 0:
            raise config_error(done.stderr, self._files, self._secrets)
        pairs = [line.rpartition(" ") for line in done.stdout.splitlines() if line.strip()]
        return {name: found for name, _, found in pairs}

    def overlay(self) -> ComposeOverlay:
        """What is laid over the project's files; found once, and written beside the ledger for a person's hand."""
        if self._overlaid is None:
            self._overlaid = ComposeOverlay()
            if self._overlay_file is not None:
                own = self._rendered(self._base, {**self._overlay_file.environment, "APP_IMAGE": IMAGE_PROBE})
                self._overlaid = self._overlay_file.write(own)
                self._require_overlays()
        return self._overlaid

    def _over(self) -> list[str]:
        is_any = bool(self.overlay()) and self._overlay_file is not None
        return ["-f", str(self._overlay_file.path)] if is_any and self._overlay_file else []

    def _require_overlays(self) -> None:
        numbers = [int(part) for part in re.findall(r"\d+", self.version())[:3]]
        if self._overlaid and tuple(numbers) < NEEDED_COMPOSE:
            needed = ".".join(map(str, NEEDED_COMPOSE))
            raise BlockedError(
                f"Compose is {self.version()}, and only {needed} or newer can lay over the compose file what it lacks: "
                f"{'; '.join(self._overlaid.says)}",
                hint="scripts/bootstrap.sh, or write it into the compose file: README.md, \"Your own project\"",
                reference="compose-too-old",
            )

    def _rendered(self, base: Sequence[str], environment: Mapping[str, str]) -> Mapping[str, Any]:
        """As a moment ago where no file changed since: one command asks several times, and each costs 0.1 s."""
        key = (tuple(base), tuple(sorted(environment.items())), self._file_marks())
        at, known = self._renderings.get(key, (0.0, None))
        if known is None or time.monotonic() - at > RENDERING_SECONDS:
            known = self._render(base, environment)
            self._renderings[key] = (time.monotonic(), known)
        return known

    def _file_marks(self) -> tuple[int, ...]:
        """When the files changed last that everybody edits; of what they include, the short time is the guard."""
        names = [*self._files, ".env", *([self._env_file.name] if self._env_file else [])]
        return tuple(_changed_at(self._directory / name) for name in names)

    def _render(self, base: Sequence[str], environment: Mapping[str, str]) -> Mapping[str, Any]:
        done = self._run_bare([*base, "--profile", "*", "config", "--format", "json"], environment)
        if done.exit_code != 0:
            raise config_error(done.stderr, self._files, self._secrets)
        rendered: Mapping[str, Any] = json.loads(done.stdout)
        return rendered

    def up(
        self,
        service_name: str,
        *,
        environment: Mapping[str, str],
        scale: int | None = None,
        profile: str | None = None,
        has_recreate: bool = True,
        has_force_recreate: bool = False,
        command: Sequence[str] = (),
        image_id: str = "",
        labels: Mapping[str, str] | None = None,
        is_as_written: bool = False,
    ) -> None:
        """`up -d --no-deps`; says nothing about what became of the containers."""
        kept = None if is_as_written or profile else self._kept_for(environment)
        image_id = image_id or self._image_beside(kept, environment)
        with self._overlay(service_name, _otherwise(command, image_id, labels or {})) as own:
            argv = [*(self._base if is_as_written else self._file_words(kept)), *own]
            if profile:
                argv += ["--profile", profile]
            self._up(service_name, argv, environment, scale, has_recreate, has_force_recreate)

    def build(self, service_name: str) -> str:
        """`docker compose build`, without what is laid over the files: a built image bears the files' own name."""
        rendered = self._rendered(self._base, {})
        service: Mapping[str, Any] = (rendered.get("services") or {}).get(service_name) or {}
        if not service.get("build"):
            raise BlockedError(
                f"service {service_name} has no `build:` in the compose file, so --build has nothing to build",
                hint="name an image with --image, or give the service a `build:`", reference="nothing-to-build",
            )
        done = self._run_bare([*self._base, "build", service_name], {}, BUILD_SECONDS)
        if done.exit_code != 0:
            raise BlockedError(
                f"the image of {service_name} could not be built: {self._last_line(done.stderr)}",
                hint=f"docker compose build {service_name}", reference="build-failed",
            )
        return str(service.get("image") or f"{self._project_name}-{service_name}")

    def keep(self, release: str, images: Mapping[str, PinnedImage]) -> None:
        """Render the file as this release gets it, and keep that under the release's name."""
        if self._kept is not None:
            rendered = with_pinned_images(self.config({"RELEASE": release}), images)
            self._kept.keep(release, json.dumps(rendered))

    def kept(self, release: str) -> Mapping[str, Any] | None:
        """What was kept for it."""
        return self._kept.read(release) if self._kept is not None else None

    def put_back(self, release: str) -> None:
        """What was kept before the last `keep`, or nothing."""
        if self._kept is not None:
            self._kept.put_back(release)

    def forget(self, release: str) -> None:
        """It is pruned."""
        if self._kept is not None:
            self._kept.forget(release)

    def _kept_for(self, environment: Mapping[str, str]) -> Path | None:
        """The file of the release that is to be started; what runs in a profile is no part of a release."""
        release = environment.get("RELEASE", "")
        return self._kept.path_of(release) if self._kept is not None and release else None

    def _file_words(self, kept: Path | None) -> list[str]:
        return [*self._project, "-f", str(kept)] if kept else [*self._base, *self._over()]

    def _image_beside(self, kept: Path | None, environment: Mapping[str, str]) -> str:
        """A kept file has no variable that could take it."""
        return environment.get("APP_IMAGE", "") if kept else ""

    @contextmanager
    def _overlay(self, service_name: str, otherwise: Mapping[str, Any]) -> Iterator[list[str]]:
        """One more file; `run` would make a one-off container with another name."""
        if not otherwise:
            yield []
            return
        with tempfile.NamedTemporaryFile("w", prefix="surefoot-compose-", suffix=".json") as file:
            file.write(json.dumps({"services": {service_name: otherwise}}))
            file.flush()
            yield ["-f", file.name]

    def _up(
        self, service_name: str, argv: list[str], environment: Mapping[str, str], scale: int | None,
        has_recreate: bool, has_force_recreate: bool,
    ) -> None:
        argv += ["up", "-d", "--no-deps", "--pull", "never", "--no-build"]
        if scale is not None:
            argv += ["--scale", f"{service_name}={scale}"]
        if not has_recreate:
            argv.append("--no-recreate")
        if has_force_recreate:
            argv.append("--force-recreate")
        done = self._run_bare([*argv, service_name], environment)
        if done.exit_code != 0:
            raise StepFailed(
                f"docker compose could not start {service_name}: {self._last_line(done.stderr)}",
                hint=f"docker compose logs {service_name}", reference="compose-up-failed",
            )

    def start_beside(
        self, service_name: str, container_name: str, *, environment: Mapping[str, str],
        container_environment: Mapping[str, str],
    ) -> None:
        """A detached one-off container; without `--use-aliases` the service's name does not lead to it."""
        variables = [word for name, value in container_environment.items() for word in ("--env", f"{name}={value}")]
        kept = self._kept_for(environment)
        with self._overlay(service_name, _otherwise((), self._image_beside(kept, environment), {})) as own:
            argv = [*self._file_words(kept), *own, "run", "--detach", "--no-deps", "--name", container_name]
            done = self._run_bare([*argv, *variables, service_name], environment)
        if done.exit_code != 0:
            raise StepFailed(
                f"a container of {service_name} does not start beside the running one: {self._last_line(done.stderr)}",
                hint="repair what the message names in the image or the compose file", reference="compose-up-failed",
            )

    def run_once(
        self, service_name: str, command: Sequence[str], environment: Mapping[str, str],
        container_environment: Mapping[str, str], mounts: Mapping[Path, str], timeout_seconds: float,
    ) -> Completed:
        """A one-off container with the service's environment and networks, removed at its end; mounts are read-only.

        Args:
            container_environment: beside the service's own; it stands in a command line, so nothing secret.

        Raises:
            ProgramTimeout: it did not end in time; it is stopped and removed.
            StepFailed: it did not end in time, and could not be removed either.
        """
        container_name = f"surefoot-once-{uuid.uuid4().hex[:12]}"
        argv = ["run", "--rm", "-T", "--no-deps", "--name", container_name]
        for name, value in helper_labels(self._project_name).items():
            argv += ["--label", f"{name}={value}"]
        for here, there in mounts.items():
            argv += ["--volume", f"{here}:{there}:ro"]
        for name, value in container_environment.items():
            argv += ["--env", f"{name}={value}"]
        argv += ["--entrypoint", command[0], service_name, *command[1:]]
        try:
            return self._run(argv, environment, timeout_seconds)
        except BaseException:
            # Only the compose command was killed; the engine's container knows nothing of that, and would go on.
            self._remove(container_name)
            raise

    def _remove(self, container_name: str) -> None:
        """By force. The engine may still be making it: a name that it does not know yet is asked for again.

        Raises:
            StepFailed: it is still there.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            done = run_program(["docker", "rm", "--force", "--volumes", container_name], timeout_seconds=60)
            if container_name in done.stdout.split():
                return
            if time.monotonic() >= deadline:
                break
            time.sleep(SETTLE_POLL_SECONDS)
        if done.exit_code != 0 and "No such container" not in done.stderr:
            raise StepFailed(
                f"the container {container_name} still runs, and could not be removed: {self._last_line(done.stderr)}",
                hint=f"docker rm --force {container_name}", reference="container-goes-on",
            )

    def _run(
        self, argv: Sequence[str], environment: Mapping[str, str], timeout_seconds: float = 600
    ) -> Completed:
        return self._run_bare([*self._base, *self._over(), *argv], environment, timeout_seconds)

    def _run_bare(
        self, argv: Sequence[str], environment: Mapping[str, str], timeout_seconds: float = 600
    ) -> Completed:
        variables = {"COMPOSE_BAKE": "false", **self._environment, **environment}
        done = run_program(
            argv, environment=variables, working_directory=self._directory,
            timeout_seconds=timeout_seconds,
        )
        if done.exit_code != 0 and away_in(done.stderr) == ENGINE:
            raise no_engine(self._last_line(done.stderr))
        return done

    def _last_line(self, stderr: str) -> str:
        lines = [line for line in redact(stderr, self._secrets).splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it said nothing"


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _otherwise(command: Sequence[str], image_id: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """What the service has otherwise than in the project's own file; `$` is Compose's own sign."""
    found: dict[str, Any] = {}
    if command:
        found["command"] = [word.replace("$", "$$") for word in command]
    if image_id:
        found["image"] = image_id
    if labels:
        found["labels"] = {name: value.replace("$", "$$") for name, value in labels.items()}
    return found


def render_files(project_directory: Path, files: Sequence[str], env_file: Path | None = None) -> Mapping[str, Any]:
    """The project's own files as `docker compose` renders them, under the name that they have without us.

    Raises:
        UsageError: a variable is missing, or a file is not valid.
        BlockedError: there is no Compose.
    """
    argv = ["docker", "compose", "--ansi", "never", "--project-directory", str(project_directory)]
    argv += ["--env-file", str(env_file)] if env_file else []
    argv += [word for name in files for word in ("-f", str(project_directory / name))]
    done = run_program(
        [*argv, "--profile", "*", "config", "--format", "json"], working_directory=project_directory, timeout_seconds=60
    )
    if done.exit_code != 0:
        raise config_error(done.stderr, files, ())
    rendered: Mapping[str, Any] = json.loads(done.stdout)
    return rendered


def config_error(stderr: str, files: Sequence[str], secrets: Sequence[str]) -> UsageError:
    """What `docker compose config` said, in one sentence, without a secret."""
    text = redact(stderr, secrets)
    missing = _MISSING_VARIABLE.search(text)
    if missing:
        return UsageError(
            f"the compose file needs the variable {missing['name']}",
            hint=missing["message"] or f"set {missing['name']} in .env", reference="variable-not-set",
        )
    lines = [line for line in text.splitlines() if line.strip()]
    return UsageError(
        f"the compose file is not valid: {lines[-1].strip() if lines else 'it said nothing'}",
        hint=f"docker compose {' '.join(f'-f {name}' for name in files)} config", reference="compose-file-invalid",
    )
