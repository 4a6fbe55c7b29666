"""What the edge reads when it starts: a maintenance page must outlive a restart of the edge."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from deploy.model.errors import StepFailed

FLAGS_NAME, ALLOW_NAME = "flags.map", "maintenance-allow.lst"


class EdgeFiles:
    """The folder that the compose file mounts as /conf.

    Args:
        directory: `edge/` beside the compose file.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, *, is_on: bool, message: str, allowed: Sequence[str]) -> None:
        """Both files, each whole or not at all.

        Raises:
            StepFailed: they cannot be written.
        """
        sentence = " ".join(html.escape(message).split())
        self._replace(FLAGS_NAME, f"maint {'on' if is_on else 'off'}\nmessage {sentence}\n")
        self._replace(ALLOW_NAME, "".join(f"{network}\n" for network in allowed))

    def _replace(self, name: str, text: str) -> None:
        replace_file(self._directory / name, text)


def replace_file(path: Path, text: str) -> None:
    """Whole or not at all, and readable for the edge's own user.

    Raises:
        StepFailed: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.chmod(0o644)
        part.rename(path)
    except OSError as error:
        raise StepFailed(
            f"{path} cannot be written: {error.strerror}",
            hint="check the folder's owner and the disk (df -h)",
            reference="edge-files-not-written",
        ) from None
