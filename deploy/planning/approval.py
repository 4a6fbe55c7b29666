"""What an approval holds for: everything that a deployment uses. Pure.

The plan's id holds one digest of it all; beside the plan, a digest of each part, so that a change can be named. The
parts hold secrets: what is kept of them is keyed, by a secret of their own or by a key that is kept with them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from deploy.model.deployments import Plan
from deploy.settings.schema import Settings

DIGEST_LENGTH = 16
# Of a plan's summary -> what people call it.
OF_THE_PLAN = {
    "image_id": "the image", "other_images": "the images of its other services",
    "database_revision": "the database's revision", "check": "the check's findings",
    "release_before": "the release that runs", "release": "the release that serves afterwards",
    "target": "the target revision", "backup": "the backup",
}
THE_STEPS = "the steps"


def approved_parts(
    settings: Settings, config: Mapping[str, Any], plan: Plan, schema: str, more: Mapping[str, str]
) -> dict[str, str]:
    """By the name that an operator knows it by, the content of each part.

    Args:
        config: the rendered compose file, overlays and variables put in; empty where it cannot be read.
        schema: production's, as it was checked; empty where it was not.
        more: what this command alone depends on, by the same kind of name.
    """
    parts = {f"setting {name}": value for name, value in _settings(settings).items()}
    parts |= {words: _text(plan.summary.get(key)) for key, words in OF_THE_PLAN.items()}
    parts[THE_STEPS] = _text([step.name for step in plan.steps])
    parts |= compose_parts(config)
    parts |= {f"`{key}` of the compose file": _text(value) for key, value in config.items() if key != "services"}
    return parts | {"the database's schema": schema, **more}


def compose_parts(config: Mapping[str, Any]) -> dict[str, str]:
    """Of each service: each variable of its environment, each other key."""
    parts: dict[str, str] = {}
    for name, service in (config.get("services") or {}).items():
        for key, value in service.items():
            if key == "environment":
                parts |= {f"variable {word} of service {name}": _text(value[word]) for word in value}
            else:
                parts[f"`{key}` of service {name}"] = _text(value)
    return parts


def digest_of(parts: Mapping[str, str], settings: Settings) -> str:
    """One digest of all, for the plan; keyed by the database's URL, so that it tells nothing of a short secret."""
    key = settings.database_url.get_secret_value().encode()
    return _keyed(key, json.dumps(dict(parts), sort_keys=True))


def digests_of(parts: Mapping[str, str], key: bytes) -> dict[str, str]:
    """One of each part."""
    return {name: _keyed(key, value) for name, value in parts.items()}


def changed_parts(kept: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The names of those that are new, gone or otherwise."""
    return tuple(sorted(name for name in {*kept, *now} if kept.get(name) != now.get(name)))


def _settings(settings: Settings) -> dict[str, str]:
    found = {}
    for name, field in Settings.model_fields.items():
        alias = getattr(field.validation_alias, "choices", [name])[0]
        found[str(alias)] = _revealed(getattr(settings, name))
    return found


def _revealed(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return _text([_revealed(item) for item in value])
    return str(value)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:DIGEST_LENGTH]
