"""Why a new container does not come up: by its state, its health check's own words, and its log. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deploy.model.containers import Container
from deploy.model.errors import StepFailed

REFERENCE = "release-not-healthy"
EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, EXIT_KILLED = 126, 127, 137
# A health check's output may be a page of HTML.
SHOWN_CHARACTERS = 300
REPAIR = "its last log lines are above; repair the image and deploy again"
MEMORY = "raise its `mem_limit` in the compose file (the reference project's is APP_MEMORY), or find what uses it"
# What a log says -> what it means, and what helps.
CAUSES = (
    (
        re.compile(r"too many clients|remaining connection slots|too many connections for", re.IGNORECASE),
        "the database has no connection left for it",
        "make its pool smaller or raise max_connections; DEPLOY_APP_CONNECTIONS is how many one version may open",
    ),
    (
        re.compile(r"password authentication failed|no pg_hba\.conf entry", re.IGNORECASE),
        "the database refuses its login", "correct the DATABASE_URL that the compose file gives to the application",
    ),
    (
        re.compile(r"could not translate host name|Name or service not known|Temporary failure in name resolution"),
        "it cannot find a host by its name",
        "compare the host names in its variables with its networks, as `docker compose config` shows both",
    ),
    (
        re.compile(r"address already in use", re.IGNORECASE),
        "its port is taken inside the container", "let only one process listen on the port",
    ),
    (
        re.compile(r"No space left on device"), "the disk is full", "make room: docker system df, df -h",
    ),
)
_NO_PROGRAM = re.compile(
    r"executable file not found|no such file or directory: unknown|(?:^|: )(?:command )?not found\s*$|"
    r"permission denied: unknown", re.MULTILINE,
)


def is_crashed(container: Container) -> bool:
    """Whether it ended, or ended and was started again by the engine."""
    return container.status in {"exited", "dead", "restarting"} or container.restart_count > 0


def failed_start(container: Container, log_lines: Sequence[str], start_limit: str = "") -> StepFailed:
    """The error of a container that crashed, or that its health check gave up.

    Args:
        log_lines: its last ones.
        start_limit: what the compose file's health check allows, in words; for one that never became healthy.
    """
    cause = next(((says, hint) for found, says, hint in CAUSES if found.search("\n".join(log_lines))), None)
    if container.is_oom_killed:
        return _failed(container, f"was killed because memory ran out (OOM){_restarts(container)}", MEMORY)
    if is_crashed(container):
        says, hint = _crash(container)
    else:
        says, hint = f"is unhealthy{health_words(container)}", _unhealthy_hint(container, start_limit)
    if cause is not None:
        says, hint = f"{says}: {cause[0]}", cause[1]
    return _failed(container, says, hint)


def health_words(container: Container) -> str:
    """`: its health check says …`, in the check's own words; empty where it said nothing yet."""
    if container.health_exit_code in {None, 0}:
        return ""
    said = " ".join(container.health_output.split())[:SHOWN_CHARACTERS]
    return f": its health check ended with exit code {container.health_exit_code} and says {said or 'nothing'!r}"


def lacks_program(exit_code: int | None, output: str) -> bool:
    """Whether a health check failed because the image has not the program that it calls."""
    if exit_code is None or exit_code == 0:
        return False
    return exit_code in {EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND} or _NO_PROGRAM.search(output) is not None


def program_hint() -> str:
    """What helps where the image lacks the health check's program."""
    return "call in the health check what the image has (python, or the application's own program), or install it there"


def _crash(container: Container) -> tuple[str, str]:
    code = container.exit_code
    ended = "ended" if code is None else f"ended with exit code {code}"
    says = f"{ended}{_restarts(container)}"
    if code == EXIT_KILLED:
        return f"{says}: it was killed (SIGKILL), perhaps by the kernel because memory ran out", f"see dmesg; {MEMORY}"
    if code == EXIT_NOT_FOUND:
        return f"{says}: its command is not in the image", "compare `command` and `entrypoint` with what the image has"
    if code == EXIT_NOT_EXECUTABLE:
        return f"{says}: its command may not be executed", "chmod +x it in the image"
    return says, REPAIR


def _restarts(container: Container) -> str:
    count = container.restart_count
    return f", and crashes again each time that it is started ({count} restarts)" if count else ""


def _unhealthy_hint(container: Container, start_limit: str) -> str:
    if lacks_program(container.health_exit_code, container.health_output):
        return program_hint()
    if start_limit:
        return f"{REPAIR}; if it only starts slowly: {start_limit}"
    return REPAIR


def _failed(container: Container, says: str, hint: str) -> StepFailed:
    return StepFailed(f"the new container {container.name} {says}", hint=hint, reference=REFERENCE)
