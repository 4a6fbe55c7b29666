"""`deploy verify`: the project's data checks on the database as it is, compared with an earlier answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from deploy.checks.data_expectations import judge_data
from deploy.commands.wiring import open_world
from deploy.model.data_checks import DataResult, DataVerdict
from deploy.model.doors import Reporter, World
from deploy.model.errors import BlockedError, DeployError, UsageError
from deploy.settings.schema import Settings

SCHEMA = "surefoot/data/1"


@dataclass(frozen=True)
class DataReport:
    """All verdicts; `results` are what was found."""

    verdicts: tuple[DataVerdict, ...]
    results: tuple[DataResult, ...]

    @property
    def is_ok(self) -> bool:
        """Whether every check holds."""
        return all(verdict.is_ok for verdict in self.verdicts)


def verify_data(
    settings: Settings, reporter: Reporter, *, image_reference: str | None, compare_with: Path | None,
    save_to: Path | None,
) -> DataReport:
    """Ask now.

    Args:
        image_reference: whose Python asks; None for the running release's.
        compare_with: an earlier answer, for `not shrinking` and `equal before and after`.
        save_to: where this answer goes.

    Raises:
        UsageError: there are no checks, or one cannot be read.
        BlockedError: nothing runs, or the checks could not be asked.
    """
    before = _read(compare_with) if compare_with else None
    with open_world(settings, reporter, command="verify", is_exclusive=False) as world:
        checks = world.data_checks.find()
        if not checks:
            raise UsageError(
                f"there is no check in {settings.project_directory / settings.verify_directory}",
                hint="write one: docs/commands/verify.md", reference="no-data-checks",
            )
        image_id = _image_id(world, settings, image_reference)
        try:
            results = world.data_checks.run(image_id)
        except DeployError as error:
            raise BlockedError(error.what, hint=error.hint, reference=error.reference) from None
    if save_to:
        _write(save_to, results)
    return DataReport(judge_data(checks, before, results), results)


def _image_id(world: World, settings: Settings, reference: str | None) -> str:
    if reference is not None:
        image = world.images.find(reference)
        if image is None:
            raise BlockedError(
                f"image {reference} is not on this machine", hint=f"docker pull {reference}",
                reference="image-not-found",
            )
        return image.image_id
    running = next((c for c in world.containers.list(settings.app_service) if c.is_running), None)
    if running is None:
        raise BlockedError(
            "no release runs whose Python could run the checks", hint="name an image with --image",
            reference="nothing-runs",
        )
    return running.image_id


def _read(path: Path) -> tuple[DataResult, ...]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        results = tuple(DataResult.from_json(item) for item in raw["results"] if raw["schema"] == SCHEMA)
    except (OSError, ValueError, KeyError, TypeError):
        results = ()
    if not results:
        raise UsageError(
            f"{path} was not written by `verify --save`", hint=f"./scripts/deploy.sh verify --save {path}",
            reference="bad-data-answer",
        )
    return results


def _write(path: Path, results: tuple[DataResult, ...]) -> None:
    document = {"schema": SCHEMA, "results": [result.to_json() for result in results]}
    try:
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise BlockedError(
            f"{path} could not be written: {error.strerror}", hint="name another file with --save",
            reference="data-answer-not-written",
        ) from None
