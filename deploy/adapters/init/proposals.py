"""The files that a project lacks, with its own names in them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from deploy.adapters.init.additions import append_text, appended, with_additions
from deploy.adapters.init.templates import render_template
from deploy.model.errors import UsageError
from deploy.model.init import Layout, ProposedFile
from deploy.model.tool_source import SourceKind, ToolSource
from deploy.settings.load import COMPOSE_DEFAULTS, COMPOSE_FILE

TARGET = "${MIGRATION_TARGET:-head}"

# template -> where it goes, what it is for
ALWAYS = (
    ("project/scripts/deploy.sh", "scripts/deploy.sh", "the command"),
    ("project/scripts/migration-check.sh", "scripts/migration-check.sh", "the migration check"),
    ("project/deploy.toml", "deploy.toml", "facts of the project"),
    ("project/.env.example", ".env.example", "variables of one environment"),
    ("project/surefoot.mk", "surefoot.mk", "for the Makefile: include surefoot.mk"),
)
# Where the project has no compose file that a deployment takes as it is.
COMPOSE = (
    ("project/docker-compose.prod.yml", "docker-compose.prod.yml", "application, edge and migration in production"),
    ("project/edge/haproxy.cfg", "edge/haproxy.cfg", "the edge"),
    ("project/edge/flags.map", "edge/flags.map", "the edge's switch for maintenance"),
    ("project/edge/maintenance-allow.lst", "edge/maintenance-allow.lst", "who sees the application meanwhile"),
    ("project/edge/maintenance.html", "edge/maintenance.html", "the maintenance page"),
)
GITHUB = ("github/deploy.yml", ".github/workflows/deploy.yml", "GitHub Actions")
GITLAB = ("gitlab/.gitlab-ci.yml", ".gitlab-ci.yml", "GitLab CI")
RENDER = ("project/render.yaml", "render.yaml", "Render")
# What the templates hold of a layout.
USED = frozenset({
    "project", "alembic_ini", "section", "ini_in_image", "install", "app_service", "port", "health_path",
    "python_version", "branch", "migration_command",
})
# Most projects have the first, with other things in it.
SECOND_CHOICES = {
    ".env.example": ".env.deploy.example", ".github/workflows/deploy.yml": ".github/workflows/surefoot.yml",
}


def propose_files(
    directory: Path, layout: Layout, *, tool: ToolSource, has_gitlab: bool, has_render: bool
) -> tuple[ProposedFile, ...]:
    """What would be written; what is there already is marked, and stays.

    Args:
        tool: what pipelines install, and what the scripts look for.

    Raises:
        UsageError: a name that was found cannot stand in these files.
    """
    chosen = [
        *ALWAYS, *([] if layout.has_own_compose else COMPOSE), GITLAB if has_gitlab else GITHUB,
        *([RENDER] if has_render else []),
    ]
    values = {name: str(value) for name, value in asdict(layout).items() if name in USED}
    values |= {"github_repository": layout.github_repository or "owner/name", **tool_values(tool)}
    values |= compose_values(layout)
    try:
        files = [_propose(directory, values, *entry) for entry in chosen]
        return (*(with_additions(directory, file) for file in files), *appended(directory, layout))
    except ValueError as error:
        raise UsageError(
            str(error), hint="rename it, or write the files by hand: docs/commands/init.md", reference="init-bad-name"
        ) from None


def migration_words(command: str, ini: str, section: str) -> str:
    """The command of the migration service, as a list of YAML."""
    words = (command or f"alembic -c {ini} -n {section} upgrade").split()
    kept = [word for word in words if word not in {"head", "heads"}]
    return json.dumps([*kept, *([TARGET] if "upgrade" in kept else [])])


def compose_values(layout: Layout) -> dict[str, str]:
    """What the templates say of the compose file and of the migration."""
    is_usual = any(name in {COMPOSE_FILE, *COMPOSE_DEFAULTS} for name in layout.compose_files)
    names = ":".join(layout.compose_files) if layout.has_own_compose and not is_usual else ""
    return {
        "build_words": _build_words(layout), "compose_names": names,
        "has_database": "yes" if layout.has_own_compose and layout.has_database else "",
        "has_own_compose": "yes" if layout.has_own_compose else "",
        "release_header": "yes" if layout.has_release_header else "",
        "migration_words": migration_words(layout.migration_command, layout.ini_in_image, layout.section),
    }


def _build_words(layout: Layout) -> str:
    """For `docker build`, at the project's root."""
    context = layout.build_context or "."
    usual = "Dockerfile" if context == "." else f"{context}/Dockerfile"
    return context if layout.dockerfile in {"", usual} else f"-f {layout.dockerfile} {context}"


def tool_values(tool: ToolSource) -> dict[str, str]:
    """What the templates say of the tool."""
    is_here = tool.kind is SourceKind.EXECUTABLE and "://" not in tool.place
    in_project = "" if tool.is_of_this_machine else "$root/"
    return {
        "surefoot": tool.place, "surefoot_kind": tool.kind.value, "surefoot_sha256": tool.sha256,
        "surefoot_file": tool.file_name, "surefoot_python": tool.python_version,
        "surefoot_program": f"{in_project}{tool.place}" if is_here else "surefoot",
        "surefoot_how": tool.how_to_get,
    }


def write_file(directory: Path, proposed: ProposedFile) -> bool:
    """Write one; False when it came into being meanwhile: nothing is ever overwritten, lines are only added.

    Raises:
        UsageError: it cannot be written.
    """
    path = directory / proposed.path
    try:
        if proposed.is_appended:
            return append_text(path, proposed.text)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(proposed.text)
        path.chmod(proposed.mode)
    except FileExistsError:
        return False
    except OSError as error:
        raise UsageError(
            f"{proposed.path} cannot be written: {error.strerror}", hint="is the project yours to write to?",
            reference="init-not-written",
        ) from None
    return True


def _propose(directory: Path, values: dict[str, str], template: str, place: str, says: str) -> ProposedFile:
    text = render_template(template, values)
    if place in SECOND_CHOICES and _is_anothers(directory / place, text):
        place = SECOND_CHOICES[place]
    is_there = (directory / place).exists() or (directory / place).is_symlink()
    return ProposedFile(place, text, says, is_there, 0o755 if place.endswith(".sh") else 0o644)


def _is_anothers(path: Path, text: str) -> bool:
    """Whether a file is there that no earlier `init` wrote: ours begin with our first line, whatever follows."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline().rstrip() != text.partition("\n")[0].rstrip()
    except OSError:
        return False
