"""Whose image a throw-away server may be, and which container is production's database: nobody else's, ever."""

from __future__ import annotations

from typing import Any

import pytest
from docker.errors import ImageNotFound

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.server_containers import containers_of
from deploy.adapters.scratch.container_server import OWN_IMAGES, find_server_image

OWN = OWN_IMAGES[0]


class Engine:
    """The calls of the SDK that are used, on images that a test names; `ran` is what was started."""

    def __init__(self, images: dict[str, str]) -> None:
        self.api = self.containers = self
        self._images = images
        self.ran: list[str] = []

    def inspect_image(self, reference: str) -> dict[str, Any]:
        if reference not in self._images:
            raise ImageNotFound(reference)
        return {"Id": reference, "RepoTags": [reference]}

    def images(self) -> list[dict[str, Any]]:
        return [{"Id": name, "RepoTags": [name]} for name in self._images]

    def run(self, image_id: str, *_words: Any, **_options: Any) -> bytes:
        self.ran.append(image_id)
        return f"postgres (PostgreSQL) {self._images[image_id]}\n".encode()


class EngineWithContainers:
    """The running containers, as the SDK lists them."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.api = self
        self._rows = rows

    def containers(self) -> list[dict[str, Any]]:
        return self._rows

    def inspect_container(self, container_id: str) -> dict[str, Any]:
        return next(row for row in self._rows if row["Id"] == container_id)


def test_another_projects_image_is_neither_taken_nor_looked_into() -> None:
    engine = Engine({"theirs/postgis:15": "15.4", "postgres:15": "15.4"})
    assert find_server_image(engine, 15) is None  # type: ignore[arg-type]
    assert engine.ran == []


def test_what_a_setting_names_goes_before_productions_and_that_before_ours() -> None:
    engine = Engine({"theirs/postgis:15": "15.4", "postgres:15": "15.4", "sha256:db": "15.3", OWN: "15.18"})
    for references, expected in (
        (("postgres:15", "sha256:db"), "postgres:15"), (("sha256:db",), "sha256:db"), ((), OWN),
        (("not-here:15",), OWN),
    ):
        found = find_server_image(engine, 15, references)  # type: ignore[arg-type]
        assert found is not None
        assert found.image_id == expected
    assert "theirs/postgis:15" not in engine.ran


def test_an_image_of_another_major_is_not_taken() -> None:
    engine = Engine({"sha256:db": "16.2", OWN: "15.18"})
    assert find_server_image(engine, 17, ("sha256:db",)) is None  # type: ignore[arg-type]


def row(name: str, networks: dict[str, str], ports: list[dict[str, Any]] | None = None, **labels: str) -> dict[str, Any]:
    return {
        "Id": f"{name}-id", "Names": [f"/{name}"], "ImageID": f"sha256:{name}", "Ports": ports or [],
        "Labels": {f"com.docker.compose.{key}": value for key, value in labels.items()},
        "NetworkSettings": {"Networks": {key: {"IPAddress": value} for key, value in networks.items()}},
    }


def published(port: int, on: str = "127.0.0.1", inner: int = 5432) -> dict[str, Any]:
    return {"IP": on, "PublicPort": port, "PrivatePort": inner, "Type": "tcp"}


ROWS = [
    row("shop-db", {"shop_default": "172.20.0.2"}, [published(5433), published(5433, "172.17.0.1")], project="shop", service="db"),
    row("other-db", {"other_default": "172.21.0.2"}, [published(5434, "::")], project="other", service="db"),
    row("shop-app", {"shop_default": "172.20.0.3"}, [published(8000, inner=8000)], project="shop", service="app"),
    row("shared-db", {"shop_default": "172.20.0.9"}, project="platform", service="postgres"),
]


@pytest.mark.parametrize(
    ("host", "port", "found"),
    [
        ("127.0.0.1", 5433, [("shop-db", "5432")]),
        ("localhost", 5434, [("other-db", "5432")]),
        ("172.20.0.2", 5432, [("shop-db", "5432")]),
        ("host.docker.internal", 5433, [("shop-db", "5432")]),
        ("172.17.0.1", 5433, [("shop-db", "5432")]),
        ("db", 5432, [("shop-db", "5432")]),
        ("postgres", 5432, [("shared-db", "5432")]),
        ("other-db", 5432, [("other-db", "5432")]),
        ("127.0.0.1", 5432, []),
        ("db.example.org", 5432, []),
        ("192.0.2.7", 5434, []),
    ],
)
def test_the_servers_container_is_found_by_port_address_and_name(host: str, port: int, found: list[Any]) -> None:
    engine = EngineWithContainers(ROWS)
    address = DatabaseAddress(host, port, "ann", "shop")
    names = containers_of(engine, address, None, "shop")  # type: ignore[arg-type]
    assert [(item["name"], item["port"]) for item in names] == found
    assert all(item["image"] == f"sha256:{item['name']}" for item in names)


def test_a_container_that_a_setting_names_is_the_only_one() -> None:
    engine = EngineWithContainers(ROWS)
    address = DatabaseAddress("127.0.0.1", 5434, "ann", "shop")
    assert [c["name"] for c in containers_of(engine, address, "shop-db", "shop")] == ["shop-db"]  # type: ignore[arg-type]
