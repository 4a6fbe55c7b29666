"""What passed in staging goes to production: the same image, by its digest (D13)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from deploy.commands.project_settings import project_settings
from deploy.commands.wiring import open_ledger
from deploy.model.deployments import DeploymentState
from deploy.model.doors import Ledger
from deploy.model.errors import BlockedError, UsageError
from deploy.model.passed import PassedImage
from deploy.model.releases import Image, Release, ReleaseState
from deploy.settings.schema import Settings

STAGING = "staging"
FOLDER_NAME = "passed"  # in production's state directory: what came from another machine
NEXT_COMMAND = "./scripts/deploy.sh --env {name} --auto-migrate --health-check"


def passed_image(project_directory: Path, environment_name: str, release_number: int | None = None) -> PassedImage:
    """What passed in another environment of this project, on this machine.

    Args:
        environment_name: `staging`; `production` is the one without a name.
        release_number: there; None is the release that runs there.

    Raises:
        BlockedError: nothing passed, or that release did not.
        UsageError: there is no such environment.
    """
    other = project_settings(project_directory, environment_name=environment_name)
    with closing(open_ledger(other)) as ledger:
        return _passed(ledger, environment_name, _chosen(ledger, environment_name, release_number))


def save_passed(passed: PassedImage, path: Path) -> None:
    """Write it to a file, for another machine.

    Raises:
        BlockedError: no registry gave it a digest: another machine could not get it.
        UsageError: the file cannot be written.
    """
    _require_digest(passed)
    _write(passed, path, hint="name another file with --save")


def take_passed(settings: Settings, path: Path) -> PassedImage:
    """Read the file that `save_passed` wrote on another machine, and keep a copy beside the ledger.

    Raises:
        BlockedError: it names no digest of a registry.
        UsageError: it cannot be read, or is something else; or the copy cannot be written.
    """
    try:
        passed = PassedImage.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}",
            hint="write it with ./scripts/deploy.sh --env staging promote --save FILE", reference="bad-passed-file",
        ) from None
    _require_digest(passed)
    copy = settings.state_directory / FOLDER_NAME / f"{passed.image_id.removeprefix('sha256:')}.json"
    _write(passed, copy, hint="a copy is kept there: make DEPLOY_STATE_DIRECTORY writable, and make room on its disk")
    return passed


def _require_digest(passed: PassedImage) -> None:
    if passed.digest is None:
        raise BlockedError(
            f"{passed.release} of {passed.environment_name} has no digest of a registry",
            hint="push the image and deploy that reference there; on one machine: "
            "./scripts/deploy.sh promote --auto-migrate --health-check",
            reference="passed-without-digest",
        )


def _write(passed: PassedImage, path: Path, *, hint: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(passed.to_json(), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", hint=hint, reference="passed-not-written"
        ) from None


def require_passed(settings: Settings, image: Image) -> PassedImage | None:
    """Where the rule is set, only what passed in staging goes to production.

    Returns:
        Where it passed; None where there is no such rule here.

    Raises:
        BlockedError: it did not pass; the hint holds the commands that come next.
    """
    if not settings.require_staging or settings.environment_name:
        return None
    found = _taken(settings, image.image_id) or _passed_here(settings, image.image_id)
    if found is None:
        first = NEXT_COMMAND.format(name=STAGING) + f" --image {image.digest or image.image_id}"
        raise BlockedError(
            f"image {image.image_id[7:19]} did not pass in {STAGING}, and DEPLOY_REQUIRE_STAGING is set",
            hint=f"{first}; then ./scripts/deploy.sh promote --auto-migrate", reference="not-passed-in-staging",
        )
    return found


def _taken(settings: Settings, image_id: str) -> PassedImage | None:
    path = settings.state_directory / FOLDER_NAME / f"{image_id.removeprefix('sha256:')}.json"
    try:
        return PassedImage.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _passed_here(settings: Settings, image_id: str) -> PassedImage | None:
    try:
        other = project_settings(settings.project_directory, environment_name=STAGING)
    except UsageError as error:
        if error.reference == "environment-unknown":  # staging is another machine
            return None
        raise
    with closing(open_ledger(other)) as ledger:
        good = [r for r in ledger.releases() if r.image.image_id == image_id and _is_passed(ledger, r)]
        return _passed(ledger, STAGING, good[0]) if good else None


def _chosen(ledger: Ledger, environment_name: str, number: int | None) -> Release:
    """The release that runs there, or the one that was named.

    Raises:
        BlockedError: there is none, or it did not pass.
    """
    current = ledger.current_release()
    releases = [r for r in ledger.releases() if r.number == number] if number is not None else [current]
    release = releases[0] if releases else None
    if release is None:
        named = "no release runs" if number is None else f"there is no release-{number}"
        raise BlockedError(
            f"{named} in {environment_name}", hint=NEXT_COMMAND.format(name=environment_name),
            reference="nothing-passed",
        )
    if not _is_passed(ledger, release):
        raise BlockedError(
            f"{release.name} of {environment_name} did not pass: it is {release.state.value}",
            hint=f"./scripts/deploy.sh --env {environment_name} history", reference="nothing-passed",
        )
    return release


def _is_passed(ledger: Ledger, release: Release) -> bool:
    """Good, in a deployment that ended well; one that is pruned there passed once."""
    deployment = ledger.deployment(release.deployment_id)
    is_done = deployment is not None and deployment.state is DeploymentState.DONE
    return is_done and release.state in {ReleaseState.GOOD, ReleaseState.PRUNED}


def _passed(ledger: Ledger, environment_name: str, release: Release) -> PassedImage:
    deployment = ledger.deployment(release.deployment_id)
    ended_at = deployment.ended_at if deployment else None
    return PassedImage(
        environment_name, release.image.image_id, release.image.digest, release.name, release.deployment_id,
        release.head_ids, ended_at.isoformat() if ended_at else "",
    )
