"""The templates with a usual project's names in them."""

from __future__ import annotations

from deploy.adapters.init.templates import render_template

VALUES = {
    "branch": "main", "surefoot": "surefoot", "python_version": "3.12", "install": "-r requirements.txt",
    "alembic_ini": "alembic.ini", "health_path": "/api/health", "project": "shop",
    "section": "alembic", "ini_in_image": "alembic.ini", "app_service": "app", "port": "8000",
}


def rendered(name: str, **changes: str) -> str:
    return render_template(name, VALUES | changes)
