"""Files of a project, without those of other people's code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SKIPPED = frozenset({
    ".git", ".venv", "venv", "env", "node_modules", ".tox", ".nox", "build", "dist", "site-packages", "__pycache__",
    "tests", "test", "docs", "examples",
})
DEEPEST = 5


def walk(directory: Path, pattern: str, depth: int = DEEPEST) -> Iterator[Path]:
    """Files of that name, nearest first, without those of other people's code."""
    level = [directory]
    for _ in range(depth):
        deeper: list[Path] = []
        for place in level:
            yield from sorted(path for path in place.glob(pattern) if path.is_file())
            deeper += sorted(
                path for path in place.iterdir()
                if path.is_dir() and not path.is_symlink() and path.name not in SKIPPED
            )
        level = deeper


MARKS = (
    "pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "setup.py", "requirements.txt", "deploy.toml",
    "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "docker-compose.prod.yml",
)


def project_places(directory: Path) -> list[Path]:
    """The directory and those above it that are of the same project: up to its repository, or while marks lie there.

    Above a repository, nothing is the project's; without one, only what bears a mark of a project is.
    """
    repository = next((place for place in (directory, *directory.parents) if (place / ".git").exists()), None)
    found = [directory]
    for place in directory.parents:
        is_inside = repository is not None and place.is_relative_to(repository)
        if found[-1] == repository or not (is_inside or (repository is None and has_mark(place))):
            break
        found.append(place)
    return found


def has_mark(directory: Path) -> bool:
    """Whether something lies here that only a project has."""
    return any((directory / name).is_file() for name in MARKS)
