"""Where exactly this version of the tool can be had again: what `init` writes into pipelines and scripts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceKind(StrEnum):
    """How it is installed."""

    COMMIT = "commit"
    WHEEL = "wheel"
    EXECUTABLE = "executable"


@dataclass(frozen=True)
class ToolSource:
    """One version of the tool, pinned by a hash.

    Attributes:
        place: `git+https://HOST/PATH@COMMIT`, an https address of a file, or a file's path.
        sha256: of the file; empty for a commit, which is a hash itself.
        python_version: with which the one executable file runs, such as `3.11`; empty where it is not known.
        is_of_this_machine: the place is a path outside of the project: other machines need it there too.
    """

    kind: SourceKind
    place: str
    sha256: str = ""
    python_version: str = ""
    is_of_this_machine: bool = False

    @property
    def file_name(self) -> str:
        """Of the file; empty for a commit."""
        return "" if self.kind is SourceKind.COMMIT else self.place.rpartition("/")[2]

    @property
    def how_to_get(self) -> str:
        """One sentence for a machine that lacks it."""
        if self.kind is SourceKind.EXECUTABLE:
            return (
                f"copy {self.place} (sha256 {self.sha256}) to this machine, make it executable, and set SUREFOOT to "
                "its path"
            )
        pin = f"#sha256={self.sha256}" if self.place.startswith("https://") else f" (sha256 {self.sha256})"
        return (
            "python3 -m venv ~/surefoot && ~/surefoot/bin/pip install "
            f"{self.place}{pin if self.sha256 else ''}; then export SUREFOOT_HOME=~/surefoot"
        )
