"""The templates with a usual project's names in them."""

from __future__ import annotations

from deploy.adapters.init.proposals import tool_values
from deploy.adapters.init.templates import render_template
from deploy.model.tool_source import SourceKind, ToolSource

VALUES = {
    "branch": "main", "python_version": "3.12", "install": "-r requirements.txt",
    "alembic_ini": "alembic.ini", "health_path": "/api/health", "project": "shop",
    "section": "alembic", "ini_in_image": "alembic.ini", "app_service": "app", "port": "8000", "migration_command": "", "build_words": ".", "compose_names": "", "has_database": "", "has_own_compose": "",
    "release_header": "yes", "migration_words": '["alembic", "upgrade", "${MIGRATION_TARGET:-head}"]',
}


COMMIT = ToolSource(SourceKind.COMMIT, f"git+https://git.example.com/acme/surefoot.git@{'a1' * 20}")
WHEEL = ToolSource(SourceKind.WHEEL, "https://files.example.com/surefoot-1.0-py3-none-any.whl", "b2" * 32)
EXECUTABLE = ToolSource(SourceKind.EXECUTABLE, "tools/surefoot.pex", "c3" * 32, "3.11")


def rendered(name: str, tool: ToolSource = COMMIT, **changes: str) -> str:
    return render_template(name, VALUES | tool_values(tool) | changes)
