"""What is to be checked, and where from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.model.containers import ServiceGround
from deploy.model.releases import RevisionGraph, RevisionNote
from deploy.model.risk import RevisionSql
from deploy.model.trace import SqlFile


@dataclass(frozen=True)
class MigrationSource:
    """An Alembic project: in a directory of this machine, or in an image.

    Attributes:
        image_id: empty for a directory.
        directory: where the project's Python runs; python: which one.
        ini_path: as that Python sees it.
        environment: for env.py; connections are led to the scratch server whatever it says.
        x_arguments: Alembic's -x.
        scheme: of the project's own DATABASE_URL, `postgresql+asyncpg`; empty where it is not known.
        has_percent: whether that URL holds a `%`, which configparser takes for its own where env.py does not double it.
        ground: what the compose service that migrates gives a container of the image.
        entry: the same command, asked only for the application in whose context env.py runs.
        command: the project's own migration command, run in its Python under the watch; empty for Alembic's upgrade.
    """

    image_id: str = ""
    directory: Path = Path()
    python: str = ""
    ini_path: str = "alembic.ini"
    section: str = "alembic"
    environment: Mapping[str, str] = field(default_factory=dict)
    x_arguments: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    scheme: str = ""
    has_percent: bool = False
    ground: ServiceGround = field(default_factory=ServiceGround)
    entry: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """For messages."""
        return f"the image {self.image_id[7:19]}" if self.image_id else str(self.directory)


@dataclass(frozen=True)
class ProjectLook:
    """What a project says of itself without a database.

    Attributes:
        rendered: the pending revisions' SQL by Alembic's offline mode, oldest first.
        environment_path / environment_text: its env.py.
        from_ids / to_ids: what was asked for, by whole ids: of `head`, `branch@head` and short ones too.
    """

    graph: RevisionGraph
    notes: tuple[RevisionNote, ...]
    rendered: tuple[RevisionSql, ...]
    environment_path: str
    environment_text: str
    from_ids: tuple[str, ...] = ()
    to_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckRequest:
    """The operator's words, typed.

    Attributes:
        source: the project; None for plain SQL, which is then in `sql_files`.
        from_ids: start of the range; None for production's revisions (or the base where there is none).
        to_ids: its end; None for all heads.
        is_measured: run it on a scratch server; otherwise its text is read only.
        scratch_url: a server of one's own; empty for one that is started for the check.
        has_advice: tell style as well.
        only_paths: revisions of these files alone are told; the others only run before them. None: all.
    """

    source: MigrationSource | None = None
    sql_files: tuple[SqlFile, ...] = ()
    from_ids: tuple[str, ...] | None = None
    to_ids: tuple[str, ...] | None = None
    is_measured: bool = True
    scratch_url: str = ""
    has_advice: bool = False
    only_paths: tuple[str, ...] | None = None
