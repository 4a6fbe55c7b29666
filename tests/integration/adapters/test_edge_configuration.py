"""HAProxy itself reads what the tool writes for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.adapters.edge import HaproxyEdge
from deploy.adapters.own_services import edge_configuration, write_edge_configuration
from deploy.model.routes import Route, RoutedService

pytestmark = pytest.mark.docker

IMAGE = "surefoot/base-haproxy:bookworm"
ROUTED = (
    RoutedService("admin", "admin.shop.surefoot", 9000, "/admin/ok", (Route("", "/admin"), Route("", "/v1.0/a-b~c"))),
    RoutedService("docs", "docs.shop.surefoot", 80, "", (Route("docs.shop.example", ""), Route("shop.example", "/docs"))),
)


@pytest.mark.parametrize("routed", [(), ROUTED])
def test_the_configuration_with_and_without_routes_is_valid(tmp_path: Path, routed: tuple[RoutedService, ...]) -> None:
    write_edge_configuration(tmp_path, edge_configuration("web.shop.surefoot", 8000, "/health", routed))
    (tmp_path / "run").mkdir()
    HaproxyEdge(tmp_path / "run" / "admin.sock").forget_servers()
    done = subprocess.run(
        ["docker", "run", "--rm", "-v", f"{tmp_path}:/conf:ro", "-v", f"{tmp_path / 'run'}:/run/edge", IMAGE, "haproxy", "-c", "-f",
         "/conf/haproxy.cfg"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout, done.stdout
