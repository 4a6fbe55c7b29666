"""Frozen data to one HTML document without any other file: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined

from deploy.model.deployment_record import DeploymentRecord
from deploy.model.deployments import Deployment
from deploy.model.redaction import without_passwords
from deploy.model.visible import visible
from deploy.pages.lock_chart import lock_groups
from deploy.pages.step_chart import bars_of, spans_of
from deploy.pages.words import say_bytes, say_count, say_seconds, say_time

LOG_LINES_SHOWN = 400
# key, name, unit: of the window before the deployment and of the watch's last sample
WATCHED = (
    ("average_ms", "average response", " ms"), ("failed_percent", "failed responses", " %"),
    ("per_second", "responses a second", ""), ("waiting", "waiting sessions of the database", ""),
)
LEVELS = {"very high": 4, "high": 3, "medium": 2, "low": 1, "advice": 0}


def render_deployment(record: DeploymentRecord, *, made_at: datetime) -> str:
    """The page of one deployment.

    Args:
        made_at: when the page is made; it says so.
    """
    deployment = record.deployment
    check = deployment.plan.check
    spans = spans_of(record.journal, deployment.ended_at)
    findings = sorted(check.get("findings", ()), key=lambda f: -LEVELS.get(f["level"], 0))
    lines = record.log_lines[-LOG_LINES_SHOWN:]
    return _render(
        "deployment.html.j2", made_at=made_at, deployment=deployment, summary=_summary(deployment), bars=bars_of(spans),
        check=check, findings=findings, lock_groups=lock_groups(check), backups=record.backups, log_lines=lines,
        log_left_out=len(record.log_lines) - len(lines), checklist=record.checklist, plan=deployment.plan,
        missing=_not_begun(record), watched=_watched(record.watched),
    )


def render_index(deployments: Sequence[Deployment], links: Mapping[str, str], *, made_at: datetime) -> str:
    """A page with one row a deployment, newest first.

    Args:
        links: deployment id -> the page's address, relative to the index.
    """
    return _render("index.html.j2", made_at=made_at, deployments=deployments, links=links)


def _render(template_name: str, **values: Any) -> str:
    text = _environment().get_template(template_name).render(values)
    return visible(without_passwords(text))


def _summary(deployment: Deployment) -> dict[str, str]:
    """The plan's key facts, in words."""
    shown = {}
    for name, value in deployment.plan.summary.items():
        if value in (None, [], ""):
            continue
        shown[name.replace("_", " ")] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shown


def _not_begun(record: DeploymentRecord) -> list[str]:
    begun = {entry.position for entry in record.journal}
    return [step.name for position, step in enumerate(record.deployment.plan.steps) if position not in begun]


def _watched(record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, before, after; only what was measured at one of both."""
    before, after = record.get("before") or {}, record.get("after") or {}
    rows = []
    for key, name, unit in WATCHED:
        first, second = (f"{of[key]:.4g}{unit}" if of.get(key) is not None else "" for of in (before, after))
        if first or second:
            rows.append((name, first or "not measured", second or "not measured"))
    return rows


class _PackageLoader(BaseLoader):
    """The templates beside this file, also out of a zipped package."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:  # noqa: ARG002
        """The text of one."""
        source = files("deploy.pages").joinpath("templates", template).read_text(encoding="utf-8")
        return source, None, None


@cache
def _environment() -> Environment:
    # Everything is escaped: table names, SQL and log lines are other people's text.
    environment = Environment(
        loader=_PackageLoader(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters |= {
        "seconds": say_seconds, "bytes": say_bytes, "time": say_time, "count": say_count,
    }
    return environment
