"""Lines for files that the project has already: they are added, and nothing in the file is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from deploy.model.init import Layout, ProposedFile
from deploy.project.ini_words import read_text
from deploy.settings.load import DOTENV_NAME, TOML_NAME

STATE = ".deploy/"
_SETTING = re.compile(r"^(\w+)\s*=.*$", re.MULTILINE)


def append_text(path: Path, text: str) -> bool:
    """At its end, on a line of its own."""
    before = path.read_bytes()
    with path.open("ab") as file:
        file.write((b"" if not before or before.endswith(b"\n") else b"\n") + text.encode("utf-8"))
    return True


def with_additions(directory: Path, file: ProposedFile) -> ProposedFile:
    """deploy.toml that is there: the settings that it lacks are added to it, in one block before its tables."""
    if file.path != TOML_NAME or not file.is_there:
        return file
    there = read_text(directory / file.path)
    known = {match[1] for match in _SETTING.finditer(there)}
    lines = [match[0] for match in _SETTING.finditer(file.text) if match[1] not in known]
    has_tables = re.search(r"^\s*\[", there, re.MULTILINE)  # behind one, a line would be of that table
    if not lines or has_tables:
        return file
    return replace(
        file, text="\n".join(lines) + "\n", says=f"add {', '.join(sorted(line.split()[0] for line in lines))}",
        is_there=False, is_appended=True,
    )


def appended(directory: Path, layout: Layout) -> Iterator[ProposedFile]:
    """Lines for files of the project's own."""
    if layout.dockerfile and not layout.build_context:
        yield from _ignored(directory)
    if (directory / DOTENV_NAME).is_file():
        yield from _variables_to_set(directory, layout)


def _ignored(directory: Path) -> Iterator[ProposedFile]:
    """`COPY . .` would put backups and the ledger into the image."""
    path = directory / ".dockerignore"
    if {STATE, STATE.rstrip("/"), f"**/{STATE}", "*", "**"} & set(read_text(path).split()):
        return
    says = f"keep {STATE} (backups, ledger) out of the image"
    yield ProposedFile(".dockerignore", f"{STATE}\n", says, is_there=False, is_appended=path.is_file())


def _variables_to_set(directory: Path, layout: Layout) -> Iterator[ProposedFile]:
    """Commented lines for what a deployment needs and neither the .env nor the compose file says."""
    there = read_text(directory / DOTENV_NAME)
    wanted = {"DATABASE_URL": f"postgresql://{layout.project}:change-me@db.example.com:5432/{layout.project}"}
    if not layout.has_own_compose:
        wanted["GITHUB_REPOSITORY"] = layout.github_repository or "owner/name"
    missing = [name for name in wanted if not re.search(rf"^\s*(?:#\s*|export\s+)?{name}\s*=", there, re.MULTILINE)]
    if not missing or (layout.has_own_compose and layout.has_database):
        return
    lines = ["# For ./scripts/deploy.sh:", *(f"#{name}={wanted[name]}" for name in missing)]
    yield ProposedFile(
        DOTENV_NAME, "\n".join(lines) + "\n", f"add {', '.join(missing)} as comments, for you to fill in",
        is_there=False, is_appended=True,
    )
