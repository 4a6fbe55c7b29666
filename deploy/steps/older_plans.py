"""Plans that an older version of this tool saved, in today's form.

A plan's format goes up by one whenever a field of a step comes, goes, or means something else; what brings the format
before into the new one stands here, and stays. Format 1 grew for a while without a new number, so what its plans lack
has the value that the version of that day acted by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fields = Mapping[str, Any]
GUARD = ("max_block_seconds", "block_attempts", "obstacle_seconds", "obstacle_wait_seconds", "tables")
EXPECTATION = ("service", "url", "release_header", "release", "image_id", "revision_ids")


def in_todays_form(plan: Fields) -> Fields:
    """The plan's JSON values; of a format that is not known, they are left as they are."""
    for number, bring in ((1, _step_of_format_1), (2, _step_of_format_2)):
        if plan.get("format") == number:
            plan = {**plan, "format": number + 1, "steps": [bring(step) for step in plan["steps"]]}
    return plan


def _step_of_format_2(step: Fields) -> Fields:
    """A release was one image, and the application the only service behind the edge."""
    if step.get("name") == "keep-configuration":
        return {"images": [], **step}
    if "moves" in step:
        return {**step, "moves": [{"image_id": "", **move} for move in step["moves"]]}
    if step.get("name") == "switch-containers":
        return {"backend": "app", **step}
    if step.get("name") in {"measure-before", "watch-release"}:
        return {"others": [], **step}
    if step.get("name") == "take-over-port":
        return {**step, "switch": {"backend": "app", **step["switch"]}}
    return step


def _step_of_format_1(step: Fields) -> Fields:
    name = step["name"]
    bring = _FORMAT_1.get(name, dict)
    return {"name": name, "says": step["says"], "undo_kind": step["undo_kind"], **bring(step["params"])}


def _back_up_database(params: Fields) -> Fields:
    return {"external_max_age_seconds": None, **params}


def _check_health(params: Fields) -> Fields:
    return {
        "expectation": {name: params[name] for name in EXPECTATION if name in params},
        **{name: value for name, value in params.items() if name not in EXPECTATION},
    }


def _downgrade_database(params: Fields) -> Fields:
    return {"commits_inside": None, "also_differs": [], **params}


def _end_maintenance(params: Fields) -> Fields:
    return {"serves": "the restored database serves", **params}


def _migrate_database(params: Fields) -> Fields:
    """Invalid indexes of before were listed in it once; the catalog of before is kept instead."""
    guard = {"max_block_seconds": 0, "block_attempts": 1, "obstacle_seconds": 0, "obstacle_wait_seconds": 0,
             "tables": None}
    kept = {name: value for name, value in params.items() if name not in GUARD and name != "invalid_before"}
    return {
        "target": "head", "commits_inside": None, **kept,
        "guard": guard | {name: params[name] for name in GUARD if name in params},
    }


def _promote_release(params: Fields) -> Fields:
    return {"left": None, "left_before": [], "configuration": "", **params}


def _switch_containers(params: Fields) -> Fields:
    old = params["old"]
    return {
        "had_page": False, "start_limit": "", **params,
        "old": None if old is None else {"digest": "", "is_sick": False, **old},
    }


_FORMAT_1: Mapping[str, Callable[[Fields], Fields]] = {
    "back-up-database": _back_up_database,
    "check-health": _check_health,
    "downgrade-database": _downgrade_database,
    "end-maintenance": _end_maintenance,
    "migrate-database": _migrate_database,
    "promote-release": _promote_release,
    "switch-containers": _switch_containers,
}
