"""Roles and routes that the settings give to services, as the labels that the compose file could have. Pure.

They are laid over the file, so that whoever reads the rendered file sees one kind of word only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.model.errors import BlockedError
from deploy.model.roles import ROLE_LABEL
from deploy.model.routes import ROUTE_LABEL
from deploy.settings.schema import Settings


def labels_of_settings(settings: Settings) -> dict[str, dict[str, str]]:
    """By the service's name."""
    labels: dict[str, dict[str, str]] = {}
    for label, said in ((ROLE_LABEL, settings.roles), (ROUTE_LABEL, settings.routes)):
        for service, value in said.items():
            labels.setdefault(service, {})[label] = value
    return labels


def with_labels(services: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The services as they are once that is laid over them."""
    added = labels_of_settings(settings)
    return {
        name: {**service, "labels": {**(service.get("labels") or {}), **added[name]}} if name in added else service
        for name, service in services.items()
    }


def unknown_services(services: Mapping[str, Any], settings: Settings) -> Iterator[BlockedError]:
    """Settings for services that the file has not."""
    for variable, said in (("DEPLOY_ROLES", settings.roles), ("DEPLOY_ROUTES", settings.routes)):
        for name in said:
            if name not in services:
                yield BlockedError(
                    f"{variable} names the service {name}, and the compose file has none of that name",
                    hint=f"it has {', '.join(services)}", reference="unknown-service",
                )
