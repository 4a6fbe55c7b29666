"""What is laid over the project's compose file, from the file itself and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deploy.adapters.compose_overlay import OverlayFile
from deploy.adapters.own_services import edge_configuration, own_services, write_edge_configuration
from deploy.checks.compose_overlay import overlay_of
from deploy.checks.routes import read_routes
from deploy.checks.service_port import DEFAULT_PORT, service_port
from deploy.checks.settings_labels import with_labels
from deploy.model.compose_overlay import ComposeOverlay
from deploy.settings.schema import Settings


def overlay_file(settings: Settings, placeholders: Mapping[str, str]) -> OverlayFile:
    """Made when it is first needed; with it comes the configuration of an edge that is the tool's own.

    Args:
        placeholders: values for the variables that a deployment sets.
    """

    def make(config: Mapping[str, Any]) -> ComposeOverlay:
        services: Mapping[str, Any] = with_labels(config.get("services") or {}, settings)
        # Where no port is known, the rules say so before anything is started.
        port = service_port(services.get(settings.app_service) or {}, settings) or DEFAULT_PORT
        own = own_services(
            settings.project_name, settings.app_service, port, settings.health_path, settings.edge_directory
        )
        overlay = overlay_of(config, settings, own)
        if settings.edge_service not in overlay.services:
            return overlay
        routed = read_routes(services, settings)
        text = edge_configuration(settings.edge_alias, port, settings.health_path, routed)
        write_edge_configuration(settings.edge_directory, text)
        return replace(overlay, edge_configuration=text)

    return OverlayFile(settings.compose_overlay, make, placeholders)
