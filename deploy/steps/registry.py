"""The steps that this version knows, by their names; and plans, read with them.

A step is found by being there: a file of this folder with a class of `Step`. What an older version saved is brought
into today's form first (`older_plans`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from deploy import steps as folder
from deploy.model.deployments import PLAN_FORMAT, Mode, Plan
from deploy.model.errors import BlockedError
from deploy.model.planned_step import UnreadableStep, read_step
from deploy.model.steps import Step
from deploy.steps.older_plans import in_todays_form

REFERENCE = "plan-from-another-version"
GIVE_UP_COMMAND = './scripts/deploy.sh abort --give-up --reason "TEXT"'


@cache
def step_kinds() -> Mapping[str, type[Step]]:
    """Every step, by the name that plans and journals have for it."""
    found: dict[str, type[Step]] = {}
    for module in iter_modules(folder.__path__):
        if module.name == "registry":
            continue
        for kind in vars(import_module(f"{folder.__name__}.{module.name}")).values():
            if isinstance(kind, type) and issubclass(kind, Step) and kind is not Step:
                found[kind.name] = kind
    return MappingProxyType(found)


def read_plan(text: str) -> Plan:
    """The plan that `Plan.to_json` wrote, in this version or an older one.

    A step that cannot be read becomes an UnreadableStep, so that a history can be told; `runnable_steps` refuses it.

    Raises:
        BlockedError: the whole plan is of a newer format.
    """
    raw = in_todays_form(json.loads(text))
    if raw.get("format") != PLAN_FORMAT:
        raise BlockedError(
            f"a plan of format {raw.get('format')!r}, which a newer version of this tool wrote",
            hint="use that version", reference=REFERENCE,
        )
    return Plan(
        mode=Mode(raw["mode"]),
        steps=tuple(read_step(fields, step_kinds()) for fields in raw["steps"]),
        summary=raw["summary"],
        warnings=tuple(raw["warnings"]),
        check=raw.get("check", {}),
    )


def runnable_steps(deployment_id: str, plan: Plan) -> tuple[Step, ...]:
    """The steps of a plan, all of them known whole, before the first of them moves anything.

    Raises:
        BlockedError: another version of this tool made it, with a step, or a field of a step, that is not as here.
    """
    problems = [step.problem for step in plan.steps if isinstance(step, UnreadableStep)]
    steps = tuple(step for step in plan.steps if isinstance(step, Step))
    if problems or len(steps) != len(plan.steps):
        raise BlockedError(
            f"another version of this tool made the plan of {deployment_id}: {'; '.join(problems)}",
            hint=f"use the version that began it; if that is lost: {GIVE_UP_COMMAND}", reference=REFERENCE,
        )
    return steps
