"""Whether `docker build .` in the project would put backups and the ledger into an image."""

from __future__ import annotations

from pathlib import Path

from deploy.settings.schema import Settings


def build_context_warning(settings: Settings) -> str:
    """One sentence; empty where there is no Dockerfile at the root, or .dockerignore leaves the directories out."""
    root = settings.project_directory
    if not (root / "Dockerfile").is_file():
        return ""
    ignored = _patterns(root)
    inside = [path for path in (settings.state_directory, settings.backup_directory) if path.is_relative_to(root)]
    open_paths = [path.relative_to(root) for path in inside if not _is_ignored(path.relative_to(root), ignored)]
    if not open_paths:
        return ""
    name = open_paths[0].parts[0]
    return (
        f"`docker build .` here would send {name}/ (backups, ledger) to the Docker engine, and `COPY . .` would put it "
        f"into the image: add {name}/ to .dockerignore"
    )


def _patterns(root: Path) -> list[str]:
    """Of the file that BuildKit reads: the Dockerfile's own before the common one."""
    for name in ("Dockerfile.dockerignore", ".dockerignore"):
        try:
            lines = (root / name).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return []


def _is_ignored(path: Path, patterns: list[str]) -> bool:
    """The last pattern that matches decides, as Docker has it."""
    is_out = False
    for pattern in patterns:
        is_kept, text = pattern.startswith("!"), pattern.removeprefix("!").strip("/").removeprefix("./")
        names = [str(Path(*path.parts[: count + 1])) for count in range(len(path.parts))]
        if any(_matches(name, text) for name in names):
            is_out = not is_kept
    return is_out


def _matches(name: str, pattern: str) -> bool:
    """Against the path from the root; `**/` stands for any directories, also none."""
    plain = pattern.removeprefix("**/").removesuffix("/**").removesuffix("/*")
    return not plain or (Path(name).match(plain) and (
        "/" not in name or "/" in plain or pattern.startswith("**/")
    ))
