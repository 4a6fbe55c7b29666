"""A database in the same compose file: its name leads to its own container, never to another project's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docker.errors import NotFound

from deploy.adapters.postgres import connection, container_route, dump_client
from deploy.adapters.postgres.address import DatabaseAddress, is_name
from deploy.adapters.postgres.container_names import FileNames, names_of_file
from deploy.adapters.postgres.container_route import ContainerRoute, routed
from deploy.adapters.postgres.dump_client import DumpClient, find_dump_client, reached_again
from deploy.adapters.postgres.server_containers import containers_of, is_one_server
from deploy.model.errors import DATABASE, ENGINE, BlockedError, DeployError, UsageError

EVERYWHERE = "0.0.0.0"  # noqa: S104 - read, not listened on
DB = DatabaseAddress("db", 5432, "ann", "shop", password="topsecret")


def row(
    name: str, networks: dict[str, str], *, project: str = "shop", service: str = "db", state: str = "running",
    ports: list[dict[str, Any]] | None = None, aliases: Collection[str] = (), one_off: bool = False,
) -> dict[str, Any]:
    ends = {
        key: {"IPAddress": value, "IPPrefixLen": 16, "NetworkID": f"{key}-0123456789abcdef", "Aliases": list(aliases)}
        for key, value in networks.items()
    }
    labels = {"com.docker.compose.project": project, "com.docker.compose.service": service, "com.docker.compose.oneoff": str(one_off)}
    return {
        "Id": f"{name}-id", "Names": [f"/{name}"], "ImageID": f"sha256:{name}", "Ports": ports or [], "Labels": labels,
        "State": state, "NetworkSettings": {"Networks": ends},
    }


def published(port: int, on: str = "127.0.0.1") -> dict[str, Any]:
    return {"IP": on, "PublicPort": port, "PrivatePort": 5432, "Type": "tcp"}


class Engine:
    """The calls of the SDK that are used; `asked` are their names."""

    def __init__(self, *rows: dict[str, Any], options: Mapping[str, str] | None = None, info: Mapping[str, Any] | None = None) -> None:
        self.api = self
        self.rows = list(rows)
        self.options = options or {}
        self.told = info or {}
        self.asked: list[str] = []
        self.is_up = True

    def containers(self, all: bool = False, filters: Mapping[str, str] | None = None) -> list[dict[str, Any]]:  # noqa: A002 - the SDK's
        self._note("all" if all else "containers")
        label, _, value = (filters or {}).get("label", "").partition("=")
        return [r for r in self.rows if (all or r["State"] != "exited") and (not label or r["Labels"].get(label) == value)]

    def inspect_container(self, container_id: str) -> dict[str, Any]:
        self._note("inspect")
        found = next((r for r in self.rows if r["Id"] == container_id), None)
        if found is None:
            raise NotFound(container_id)
        return found

    def inspect_network(self, network_id: str) -> dict[str, Any]:
        return {"Id": network_id, "Options": dict(self.options)}

    def info(self) -> Mapping[str, Any]:
        return self.told

    def _note(self, call: str) -> None:
        self.asked.append(call)
        if not self.is_up:
            raise ConnectionRefusedError(111, "Connection refused")


OWN = row("shop-db-1", {"shop_default": "172.20.0.2"})
APP = row("shop-app-1", {"shop_default": "172.20.0.3", "proxy": "172.30.0.3"}, service="app")
FOREIGN = row("other-db-1", {"proxy": "172.30.0.9"}, project="other")


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Which bridges this machine has, and which names it knows; at first all bridges and no name."""
    known: set[str] = set()

    def set_up(*names: str, bridges: Collection[str] | None = None, is_neighbour: bool = True) -> None:
        known.update(names)
        for path in () if bridges is None else tuple(tmp_path.iterdir()):
            path.unlink()
        for bridge in bridges or ():
            (tmp_path / bridge).touch()
        monkeypatch.setattr(container_route, "_is_neighbour", lambda *_: is_neighbour)

    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(container_route, "INTERFACES", tmp_path)
    monkeypatch.setattr(container_route, "_is_known_here", lambda host: host in known)
    set_up(bridges=[f"br-{name}-0123456789abcdef"[:15] for name in ("shop_default", "shop_back", "proxy", "other_default")])
    return set_up


def no_file() -> FileNames:
    raise UsageError("the file is not valid", reference="compose-file-invalid")


def route(
    engine: Engine, address: DatabaseAddress = DB, container_name: str | None = None,
    file_names: Callable[[], FileNames] = no_file, **options: bool,
) -> ContainerRoute:
    return ContainerRoute(address, engine, container_name, "shop", file_names, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "10.0.0.5", "fd00::5", "/run/postgresql"])
def test_what_is_no_name_has_no_route_and_is_reached_as_it_is_written(host: str) -> None:
    address = routed(replace(DB, host=host), None, "shop", no_file)
    assert not is_name(host)
    assert (address.route, address.reached()) == (None, (host, 5432))


def test_a_service_leads_to_the_containers_own_address_at_the_port_of_the_url() -> None:
    assert route(Engine(APP, OWN), replace(DB, port=6000)).find() == ("172.20.0.2", 6000)
    assert route(Engine(APP, OWN), replace(DB, host="DB")).find() == ("172.20.0.2", 5432)


def test_a_containers_own_name_and_an_alias_lead_to_it_too() -> None:
    named = row("shop-db-1", {"shop_default": "172.20.0.2"}, aliases=["primary.shop", "0123456789ab"])
    for host in ("shop-db-1", "primary.shop"):
        assert route(Engine(APP, named), replace(DB, host=host)).find() == ("172.20.0.2", 5432)


def test_one_look_is_enough_for_a_service_and_it_is_taken_again_at_each_connect() -> None:
    engine = Engine(APP, OWN)
    way = route(engine)
    assert way.find() == ("172.20.0.2", 5432)
    engine.rows[1] = row("shop-db-1", {"shop_default": "172.20.0.7"})
    assert way.find() == ("172.20.0.7", 5432)
    assert engine.asked == ["containers", "containers"]


def test_two_projects_with_a_service_of_one_name_in_one_network_are_never_mixed_up() -> None:
    here = row("shop-db-1", {"proxy": "172.30.0.2"})
    for order in ((FOREIGN, here, APP), (here, FOREIGN, APP)):
        assert route(Engine(*order)).find() == ("172.30.0.2", 5432)


@pytest.mark.parametrize("state", ["exited", "created"])
def test_another_projects_container_is_not_taken_while_ones_own_does_not_run(state: str) -> None:
    engine = Engine(APP, FOREIGN, row("shop-db-1", {"proxy": ""}, state="exited"))
    names = FileNames(frozenset({"db", "app"}), frozenset({"proxy"}))
    with pytest.raises(BlockedError) as caught:
        route(engine, file_names=lambda: names).find()
    assert (caught.value.reference, caught.value.away) == ("database-unreachable", DATABASE)
    assert "shop-db-1" in caught.value.what


@pytest.mark.parametrize("file_names", [no_file, lambda: FileNames(frozenset({"db"}), frozenset({"proxy"}))])
def test_another_projects_container_is_not_taken_before_ones_own_was_ever_made(file_names: Callable[[], FileNames]) -> None:
    with pytest.raises(BlockedError) as caught:
        route(Engine(APP, FOREIGN), file_names=file_names).find()
    assert (caught.value.reference, caught.value.away) == ("database-unreachable", DATABASE)


def test_a_server_of_another_project_is_taken_where_this_project_has_nothing_of_its_name_and_joins_its_network() -> None:
    joined, apart = FileNames(frozenset({"app"}), frozenset({"proxy"})), FileNames(frozenset({"app"}), frozenset({"shop_default"}))
    assert route(Engine(FOREIGN), file_names=lambda: joined).find() == ("172.30.0.9", 5432)
    assert route(Engine(FOREIGN, APP), file_names=lambda: apart).find() == ("172.30.0.9", 5432)
    with pytest.raises(BlockedError):
        route(Engine(FOREIGN), file_names=lambda: apart).find()


def test_the_compose_file_is_rendered_once_at_most() -> None:
    rendered = []

    def names() -> FileNames:
        rendered.append(1)
        return FileNames(frozenset(), frozenset({"proxy"}))

    way = route(Engine(FOREIGN), file_names=names)
    assert {way.find() for _ in range(3)} == {("172.30.0.9", 5432)}
    assert len(rendered) == 1


def test_a_one_off_container_of_the_service_is_not_the_server() -> None:
    psql = row("shop-db-run-1", {"shop_default": "172.20.0.8"}, one_off=True)
    assert route(Engine(psql, OWN)).find() == ("172.20.0.2", 5432)


def test_two_containers_of_the_name_are_none() -> None:
    with pytest.raises(BlockedError) as caught:
        route(Engine(OWN, row("shop-db-2", {"shop_default": "172.20.0.4"}))).find()
    assert caught.value.reference == "database-in-several-containers"
    assert "shop-db-1, shop-db-2" in caught.value.what


@pytest.mark.parametrize(
    ("on", "expected"),
    [("127.0.0.1", "127.0.0.1"), (EVERYWHERE, "127.0.0.1"), ("::", "::1"), ("10.0.0.5", "10.0.0.5")],
)
def test_where_the_network_is_not_here_the_published_port_is_the_way(machine: Callable[..., None], on: str, expected: str) -> None:
    machine(bridges=[])
    assert route(Engine(row("shop-db-1", {"shop_default": "172.20.0.2"}, ports=[published(5433, on)]))).find() == (expected, 5433)


def test_this_machines_own_address_goes_before_others_that_a_port_is_published_on(machine: Callable[..., None]) -> None:
    machine(bridges=[])
    ports = [published(5433, "10.0.0.5"), published(5434, "::"), published(5435), {"PrivatePort": 5432, "Type": "tcp"}]
    assert route(Engine(row("shop-db-1", {"shop_default": "172.20.0.2"}, ports=ports))).find() == ("127.0.0.1", 5435)


@pytest.mark.parametrize("ports", [[], [{"PrivatePort": 5432, "Type": "tcp"}], [{**published(80), "PrivatePort": 80}]])
def test_where_there_is_no_way_the_error_says_so_with_the_next_step(machine: Callable[..., None], ports: list[Any]) -> None:
    machine(bridges=[])
    with pytest.raises(BlockedError) as caught:
        route(Engine(row("shop-db-1", {"shop_default": "172.20.0.2"}, ports=ports))).find()
    assert (caught.value.reference, caught.value.away) == ("database-container-unreachable", "")
    assert "127.0.0.1:5432:5432" in caught.value.hint
    assert "DEPLOY_DATABASE_URL" in caught.value.hint
    assert "db:5432/shop" in caught.value.what
    assert "topsecret" not in caught.value.what + caught.value.hint


def test_a_bridge_that_has_no_address_here_is_no_way(machine: Callable[..., None]) -> None:
    machine(bridges=["br-shop_default"], is_neighbour=False)
    with pytest.raises(BlockedError) as caught:
        route(Engine(OWN)).find()
    assert caught.value.reference == "database-container-unreachable"


@pytest.mark.parametrize(
    ("info", "is_way"),
    [
        ({"Name": "here", "SecurityOptions": ["name=seccomp,profile=default"]}, True),
        ({"Name": "here", "SecurityOptions": ["name=rootless"]}, False),
        ({"Name": "docker-desktop", "SecurityOptions": None}, False),
    ],
)
def test_a_bridge_with_a_name_of_its_own_counts_where_the_engine_is_here(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch, info: dict[str, Any], is_way: bool
) -> None:
    machine(bridges=["shopnet"])
    monkeypatch.setattr(container_route.socket, "gethostname", lambda: "here")
    engine = Engine(OWN, options={"com.docker.network.bridge.name": "shopnet"}, info=info)
    if is_way:
        assert route(engine).find() == ("172.20.0.2", 5432)
    else:
        with pytest.raises(BlockedError):
            route(engine).find()


@pytest.mark.parametrize(
    ("docker_host", "on", "expected"),
    [
        ("tcp://127.0.0.1:2375", "127.0.0.1", "127.0.0.1"), ("ssh://ann@far", EVERYWHERE, "far"), ("ssh://ann@far", "10.0.0.5", "10.0.0.5"),
        ("ssh://ann@far", "127.0.0.1", None),
    ],
)
def test_the_loopback_of_an_engine_elsewhere_is_not_ours(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch, docker_host: str, on: str, expected: str | None
) -> None:
    machine(bridges=[])
    monkeypatch.setenv("DOCKER_HOST", docker_host)
    way = route(Engine(row("shop-db-1", {"shop_default": "172.20.0.2"}, ports=[published(5433, on)])))
    if expected:
        assert way.find() == (expected, 5433)
    else:
        with pytest.raises(BlockedError):
            way.find()


def test_a_container_in_the_machines_own_network_is_at_this_machine() -> None:
    assert route(Engine(row("shop-db-1", {"host": ""}))).find() == ("127.0.0.1", 5432)


def test_a_name_of_this_machine_is_looked_for_among_containers_once(machine: Callable[..., None]) -> None:
    machine("db")
    engine = Engine(row("shop-app-1", {"shop_default": "172.20.0.3"}, service="app"))
    way = route(engine)
    assert {way.find() for _ in range(3)} == {("db", 5432)}
    assert engine.asked.count("containers") == 1


def test_a_container_goes_before_a_host_of_the_same_name(machine: Callable[..., None]) -> None:
    machine("db")
    assert route(Engine(APP, OWN)).find() == ("172.20.0.2", 5432)


def test_a_stopped_container_of_ones_own_is_not_mixed_up_with_a_host_of_the_same_name(machine: Callable[..., None]) -> None:
    machine("db")
    with pytest.raises(BlockedError) as caught:
        route(Engine(APP, row("shop-db-1", {"shop_default": ""}, state="exited"))).find()
    assert caught.value.away == DATABASE


def test_a_url_that_was_written_for_this_machine_means_what_this_machine_knows(machine: Callable[..., None]) -> None:
    machine("db")
    engine = Engine(APP, OWN)
    assert route(engine, is_from_here=True).find() == ("db", 5432)
    assert engine.asked == []
    assert route(engine, replace(DB, host="shop-db-1"), is_from_here=True).find() == ("172.20.0.2", 5432)


def test_a_host_with_a_domain_that_is_known_here_costs_no_look_at_the_engine(machine: Callable[..., None]) -> None:
    machine("db.example.org")
    engine = Engine(APP, OWN)
    assert route(engine, replace(DB, host="db.example.org")).find() == ("db.example.org", 5432)
    assert engine.asked == []


def test_the_name_of_this_machine_in_a_container_is_this_machine(machine: Callable[..., None]) -> None:
    engine = Engine(OWN)
    inside = replace(DB, host="host.docker.internal", port=5433)
    assert route(engine, inside).find() == ("127.0.0.1", 5433)
    machine("host.docker.internal")
    assert route(engine, inside).find() == ("host.docker.internal", 5433)
    assert engine.asked == []


def test_an_engine_that_is_away_is_said_and_waited_for_unless_the_name_is_known_here(machine: Callable[..., None]) -> None:
    engine = Engine(OWN)
    engine.is_up = False
    with pytest.raises(DeployError) as caught:
        route(engine).find()
    assert caught.value.away == ENGINE
    assert "db:5432/shop" in caught.value.what
    machine("db")
    assert route(engine).find() == ("db", 5432)
    engine.is_up = True
    assert route(engine).find() == ("172.20.0.2", 5432)


@pytest.mark.parametrize("state", ["restarting", "exited"])
def test_a_container_that_does_not_run_is_waited_for(state: str) -> None:
    with pytest.raises(BlockedError) as caught:
        route(Engine(APP, row("shop-db-1", {"shop_default": ""}, state=state))).find()
    assert (caught.value.reference, caught.value.away) == ("database-unreachable", DATABASE)
    assert "docker start shop-db-1" in caught.value.hint


def test_a_name_that_nobody_knows_is_waited_for_and_says_how_to_start_it() -> None:
    with pytest.raises(BlockedError) as caught:
        route(Engine(APP)).find()
    assert (caught.value.reference, caught.value.away) == ("database-unreachable", DATABASE)
    assert "docker compose up -d db" in caught.value.hint


def test_the_container_that_a_setting_names_is_the_way_where_nothing_else_bears_the_name() -> None:
    apart = row("platform-pg", {"other_default": "172.21.0.2"}, project="platform", service="pg")
    assert route(Engine(APP, apart), container_name="platform-pg").find() == ("172.21.0.2", 5432)
    assert containers_of(Engine(APP, apart), DB, "platform-pg", "shop")[0]["port"] == "5432"  # type: ignore[arg-type]


def test_an_address_is_the_same_whatever_way_leads_there_and_keeps_its_way() -> None:
    with_route = replace(DB, route=lambda: ("172.20.0.2", 5432))
    assert with_route == DB
    assert "172.20" not in repr(with_route)
    other = replace(with_route, database_name="postgres")
    assert (other.reached(), other.place, other.machine) == (("172.20.0.2", 5432), "db:5432/postgres", "db")


def test_a_connection_is_opened_where_the_route_leads_and_errors_keep_the_written_name(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    async def refuse(**words: Any) -> None:
        opened.append((words["host"], words["port"]))
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(connection.asyncpg, "connect", refuse)
    with pytest.raises(DeployError) as caught:
        asyncio.run(connection.connect(replace(DB, route=lambda: ("172.20.0.2", 6000))))
    assert opened == [("172.20.0.2", 6000)]
    assert "db:5432/shop" in caught.value.what
    assert "172.20" not in caught.value.what


def test_a_dump_client_of_this_machine_goes_where_the_route_leads_and_follows_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [("172.20.0.2", 5432), ("172.20.0.7", 5432)]
    address = replace(DB, route=lambda: places[0])
    monkeypatch.setattr(dump_client, "_host_directories", lambda major: [("host", "/usr/lib/postgresql/15/bin")])
    monkeypatch.setattr(dump_client, "_version", lambda argv: ("15.1", 15))
    client = find_dump_client(address, 15, [])
    assert client is not None
    assert (client.host, client.port) == places.pop(0)
    assert reached_again(client, address).host == "172.20.0.7"
    inside = DumpClient("container db", "15.1", 15, (), "", "127.0.0.1", 5432, "id")
    assert reached_again(inside, address) == inside


def test_the_programs_of_the_servers_own_container_are_found_by_every_name_and_never_in_another_projects() -> None:
    here = row("shop-db-1", {"proxy": "172.30.0.2"}, aliases=["primary"])
    engine = Engine(FOREIGN, row("db", {"other_default": "172.21.0.4"}, project="", service=""), here, APP)
    for host in ("db", "shop-db-1", "primary"):
        found = containers_of(engine, replace(DB, host=host), None, "shop", no_file)  # type: ignore[arg-type]
        assert [(item["name"], item["port"]) for item in found] == [("shop-db-1", "5432")]
    engine.rows.remove(here)
    assert containers_of(engine, DB, None, "shop", no_file) == []  # type: ignore[arg-type]
    assert containers_of(engine, DB, None, "shop", lambda: FileNames(frozenset({"db"}), frozenset({"proxy"}))) == []  # type: ignore[arg-type]


def test_one_server_is_recognised_by_its_container_whatever_it_is_called() -> None:
    engine = Engine(row("shop-db-1", {"shop_default": "172.20.0.2"}, ports=[published(5433)]), APP, FOREIGN)
    for host, port, is_one in (("127.0.0.1", 5433, True), ("172.20.0.2", 5432, True), ("127.0.0.1", 5432, False), ("172.30.0.9", 5432, False)):
        assert is_one_server(engine, DB, replace(DB, host=host, port=port), "shop", no_file) is is_one  # type: ignore[arg-type]


def test_a_rendered_file_tells_its_names_and_networks() -> None:
    config = {
        "services": {
            "App": {"networks": {"default": {"aliases": ["web", "API"]}, "back": None}},
            "db": {"container_name": "shop-db"}, "once": {"network_mode": "host", "networks": None},
        },
        "networks": {"default": {"name": "shop_default"}, "back": {"name": "proxy", "external": True}, "bare": None},
    }
    names = names_of_file(config)
    assert names.names == {"app", "web", "api", "db", "shop-db", "once"}
    assert names.networks == {"shop_default", "proxy", "bare"}
    assert names_of_file({}) == FileNames()


def test_a_neighbour_is_one_that_this_machine_speaks_to_from_the_same_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert container_route._is_neighbour("127.0.0.2", 8)
    assert not container_route._is_neighbour("203.0.113.7", 24)
    assert not container_route._is_neighbour("nonsense", 24)


def test_a_name_that_cannot_be_one_is_not_known_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert container_route._is_known_here("localhost")
    assert not container_route._is_known_here("a" * 70 + ".invalid")
    assert not container_route._is_known_here("surefoot-nobody.invalid")
