"""What `init` found in a project, and the files that it proposes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Somebody else's Alembic project. Paths are relative to its directory, with `/`.

    Attributes:
        alembic_ini / section: the file, and its section; `alembic` unless there are several databases.
        ini_in_image: where it is likely to be in the image, seen from its working directory.
        script_location: as that file says it.
        revisions: how many files of revisions lie there.
        package_layout: `src`, `flat` or `scripts` (no package of its own).
        install: words for `pip install`.
        compose_files: those that were read; empty where there is none.
        app_service / port / health_path: of the application; defaults where nothing says it (see notes).
        dockerfile: empty where there is none.
        python_version: `3.12`.
        notes: what was guessed, and what a person must look at.
        migration_command: the project's own; empty where `alembic upgrade` with the file is enough.
        has_own_compose: a deployment takes the project's compose files as they are.
        has_release_header: the application tells its release.
        build_context: of the image, relative to the project; empty for the project itself.
        env_path: of env.py; empty where it was not found.
        is_flask: env.py needs Flask's application.
        has_database: the compose file says which database the application uses.
    """

    project: str
    alembic_ini: str
    section: str
    ini_in_image: str
    script_location: str
    revisions: int
    package_layout: str
    install: str
    compose_files: tuple[str, ...]
    app_service: str
    port: int
    health_path: str
    dockerfile: str
    python_version: str
    branch: str
    github_repository: str
    has_gitlab: bool
    notes: tuple[str, ...] = ()
    migration_command: str = ""
    has_own_compose: bool = False
    has_release_header: bool = True
    is_flask: bool = False
    build_context: str = ""
    env_path: str = ""
    has_database: bool = False


@dataclass(frozen=True)
class ServiceFate:
    """What becomes of one service of the project's compose file.

    Attributes:
        role: as the plan of a deployment names it.
        says: why, and what is otherwise than in the file.
    """

    name: str
    role: str
    says: str


@dataclass(frozen=True)
class ProposedFile:
    """One file to write.

    Attributes:
        is_there: it exists already, and is left as it is.
        mode: of the new file.
        is_appended: the text is added to the end of the file that is there; nothing in it is changed.
    """

    path: str
    text: str
    says: str
    is_there: bool
    mode: int = 0o644
    is_appended: bool = False
