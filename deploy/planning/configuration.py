"""The compose file that a release was given, beside today's. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from deploy.model.observed import Observed
from deploy.model.releases import release_name
from deploy.model.steps import Step
from deploy.planning.approval import changed_parts, compose_parts
from deploy.steps.keep_configuration import KeepConfiguration

MOST_NAMED = 8


def keep_configuration(observed: Observed, number: int) -> list[Step]:
    """For a release that is to be made by today's file; nothing where that is what was kept for it."""
    is_kept = number in observed.kept_numbers
    if is_kept and not observed.kept_differences:
        return []
    name = release_name(number)
    return [KeepConfiguration(
        says=f"{name} gets the compose file as it is now", release=name, replaces=is_kept,
        images=tuple(image for _, image in sorted(observed.background.images.items())),
    )]


def kept_notes(observed: Observed, number: int) -> tuple[str, ...]:
    """What a rollback says of the compose file that comes back with the release."""
    name = release_name(number)
    if number not in observed.kept_numbers:
        return (f"the compose file of {name} was not kept: it gets today's",)
    if not observed.kept_differences:
        return ()
    otherwise = says_differences(observed.kept_differences)
    return (f"{name} gets its own compose file again; otherwise than today: {otherwise} (--with-todays-configuration)",)


def differences(kept: Mapping[str, Any], today: Mapping[str, Any], services: Collection[str]) -> tuple[str, ...]:
    """What of these services is otherwise, by names and without a value.

    Args:
        kept: the file as it was rendered for the release.
        today: today's, rendered for the same release.
    """
    def parts(config: Mapping[str, Any]) -> dict[str, str]:
        found = config.get("services") or {}
        # The image is the release's own, whatever tag stands in the file.
        concerned = {name: {**found[name], "image": ""} for name in services if name in found}
        return compose_parts({"services": concerned})

    return changed_parts(parts(kept), parts(today))


def says_differences(names: Collection[str]) -> str:
    """The first of them, and how many more."""
    shown = ", ".join(list(names)[:MOST_NAMED])
    return shown + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
