"""Whether the compose file's health check calls a program that the image has: without it, it fails for ever."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deploy.checks.failed_start import EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, program_hint
from deploy.model.compose_look import ComposeLook
from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.model.releases import Image

SHELL = ("/bin/sh", "-c")
REFERENCE = "health-check-impossible"
# Alone in a container a check finds nobody to ask, and some of them wait for it.
MOST_SECONDS = 10
# What turns every failure into Docker's 1 hides the shell's 127 from us.
_ENDING = re.compile(r"\|\|\s*(exit(\s+\d+)?|false)\s*;?\s*$")


def health_command(test: Sequence[str]) -> list[str]:
    """The health check as a command of the container; empty where there is none."""
    if len(test) > 1 and test[0] == "CMD":
        return list(test[1:])
    if len(test) > 1 and test[0] == "CMD-SHELL":
        return [*SHELL, test[1]]
    return []


def health_program_problems(world: World, image: Image, look: ComposeLook) -> list[BlockedError]:
    """Run the health check alone in the image, without the application and without a network; its failure says nothing.

    A program that lies in a volume is not looked for: the volume is not there.
    """
    command = health_command(look.health_test)
    if not command or _is_in(command[0], look.mount_targets):
        return []
    if tuple(command[:2]) == SHELL:
        command[2] = _ENDING.sub("", command[2])
    environment = {"PATH": look.path_variable} if look.path_variable else {}
    seconds = min(look.health_timeout_seconds + 1, MOST_SECONDS)
    try:
        done = world.containers.run_probe(image.image_id, command, environment=environment, timeout_seconds=seconds)
    except BlockedError as error:
        if error.reference != "probe-timeout":
            raise
        return []
    # By the exit code alone: in `a || b` the words about `a` may stand above the success of `b`.
    is_missing = done.exit_code in {EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND}
    if not is_missing or any(target in " ".join(command) for target in look.mount_targets):
        return []
    said = " ".join(f"{done.stdout} {done.stderr}".split())[:300]
    return [BlockedError(
        f"the compose file's health check cannot pass in {image.reference}: {said or f'exit code {done.exit_code}'}",
        hint=program_hint(), reference=REFERENCE,
    )]


def _is_in(program: str, directories: Sequence[str]) -> bool:
    return any(program.startswith(f"{directory.rstrip('/')}/") for directory in directories)
