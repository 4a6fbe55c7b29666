"""A PostgreSQL in a container of the project that publishes no port: everything that we do reaches it by its name."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

from deploy.adapters.backups.pg_backups import BackupOptions, PgBackups
from deploy.adapters.backups.production import PgRestores
from deploy.adapters.containers import PROJECT_LABEL, SERVICE_LABEL
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.container_names import FileNames
from deploy.adapters.postgres.container_route import routed
from deploy.adapters.postgres.data_questions import ask_files
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.postgres.dump_client import find_dump_client
from deploy.adapters.postgres.monitoring import PostgresMonitoring
from deploy.adapters.postgres.server_containers import containers_of
from deploy.adapters.postgres.snapshot import PostgresSnapshots
from deploy.cli.progress import PlainReporter
from deploy.commands.production_address import is_productions_server, production_address
from deploy.commands.wiring import check_doors, open_elsewhere, open_monitoring, open_world, require_other_server
from deploy.model.errors import DATABASE, BlockedError, UsageError
from deploy.settings.load import load_settings
from deploy.settings.schema import Settings
from tests.contracts.ground import remove_project, wait_in_time
from tests.integration.backups.site import BY_ANN, never, silent

pytestmark = pytest.mark.docker

IMAGE = "surefoot/base-postgres:bookworm"
PASSWORD = "s@fe/t"
READY = ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "ann"]


@dataclass
class Project:
    """A compose project of the test's own, as the engine sees one."""

    client: docker.DockerClient
    name: str

    def network(self, name: str = "default", *, is_internal: bool = False) -> str:
        return self.client.networks.create(f"{self.name}_{name}", labels={PROJECT_LABEL: self.name}, internal=is_internal).name

    def start(self, service: str, network: str, *, aliases: tuple[str, ...] = (), rows: int = 0) -> Any:
        """A server with `rows` orders in it, in this network alone."""
        api = self.client.api
        made = api.create_container(
            IMAGE, ["postgres", "-c", "fsync=off"], name=f"{self.name}-{service}-1",
            labels={PROJECT_LABEL: self.name, SERVICE_LABEL: service, "com.docker.compose.oneoff": "False"},
            environment={"POSTGRES_USER": "ann", "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "shop"},
            networking_config=api.create_networking_config({network: api.create_endpoint_config(aliases=[service, *aliases])}),
        )
        api.start(made["Id"])
        container = self.client.containers.get(made["Id"])
        wait_until_ready(container)
        sql = f"CREATE TABLE orders AS SELECT n AS id, 'order ' || n AS text FROM generate_series(1, {rows}) n"
        assert container.exec_run(["psql", "-U", "ann", "-d", "shop", "-c", sql]).exit_code == 0
        return container

    def address(self, host: str = "db", **options: Any) -> DatabaseAddress:
        plain = DatabaseAddress(host, 5432, "ann", "shop", password=PASSWORD)
        return routed(plain, None, self.name, options.pop("file_names", no_file), **options)


def no_file() -> FileNames:
    return FileNames()


def wait_until_ready(container: Any) -> None:
    wait_in_time(lambda: container.exec_run(READY).exit_code == 0, 60)


@pytest.fixture(scope="module")
def client(docker_engine: None) -> Iterator[docker.DockerClient]:
    made = docker.from_env()
    yield made
    made.close()


def project_of(client: docker.DockerClient) -> Iterator[Project]:
    project = Project(client, f"inside_{uuid.uuid4().hex[:8]}")
    yield project
    remove_project(client, project.name)


@pytest.fixture
def project(client: docker.DockerClient) -> Iterator[Project]:
    yield from project_of(client)


@pytest.fixture
def other(client: docker.DockerClient) -> Iterator[Project]:
    yield from project_of(client)


@pytest.fixture(scope="module")
def standing(client: docker.DockerClient) -> Iterator[Project]:
    """One that no test changes: `db`, with three orders, in a network that leads nowhere."""
    for project in project_of(client):
        project.start("db", project.network("back", is_internal=True), aliases=("primary",), rows=3)
        yield project


def count(address: DatabaseAddress, tmp_path: Path) -> str:
    """How many orders are there."""
    question = tmp_path / "count.sql"
    question.write_text("SELECT count(*) FROM orders")
    [answer] = ask_files(address, [question], 10)
    return str(answer.get("value") or answer)


def inner_address(container: Any) -> str:
    container.reload()
    [end] = container.attrs["NetworkSettings"]["Networks"].values()
    return str(end["IPAddress"])


@pytest.mark.parametrize("host", ["db", "primary", "{project}-db-1"])
def test_every_door_reaches_it_by_each_of_its_names_in_a_network_without_a_way_out(standing: Project, host: str, tmp_path: Path) -> None:
    address = standing.address(host.format(project=standing.name))
    database = PostgresDatabase(address)
    monitoring = PostgresMonitoring(address)
    try:
        state = database.observe()
        database.take_deployment_lock()
        assert (state.database_name, state.table_names) == ("shop", ("public.orders",))
        assert monitoring.overview().totals is not None
    finally:
        database.close()
        monitoring.close()
    assert count(address, tmp_path) == "3"
    assert address.place == f"{host.format(project=standing.name)}:5432/shop"


def test_its_own_pg_dump_makes_the_backup_and_content_and_schema_are_read_through_it(standing: Project, tmp_path: Path) -> None:
    address = standing.address()

    def containers() -> Any:
        return containers_of(standing.client, address, None, standing.name, no_file)

    state = PostgresDatabase(address).observe()
    backups = PgBackups(tmp_path, address, containers, BackupOptions())
    assert backups.client(state.server_major).startswith(f"container {standing.name}-db-1 ")
    backup = backups.create(state, BY_ANN, say=silent, is_stop_requested=never)
    [table] = backup.manifest.content.tables
    assert (table.name, table.rows) == ("public.orders", 3)
    assert PostgresSnapshots(address, containers).take().server_major == state.server_major

    restores = PgRestores(tmp_path, address, containers, lambda: "/var/lib/docker", None)
    try:
        assert restores.content("shop", ("public.orders",)).tables == (table,)
        assert restores.ground().database is not None
        restores.create_database("shop_beside", backup.name, has_owner=True)
        restores.fill_database("shop_beside", backup.name, has_owner=True, say=silent, is_stop_requested=never)
        assert restores.content("shop_beside", ("public.orders",)).tables == (table,)
        restores.drop_database("shop_beside")
    finally:
        restores.close()


def test_a_pg_dump_of_this_machine_reaches_it_too(standing: Project, tmp_path: Path) -> None:
    address = standing.address()
    state = PostgresDatabase(address).observe()
    if find_dump_client(address, state.server_major, ()) is None:
        pytest.skip(f"no pg_dump {state.server_major} on this machine")
    backups = PgBackups(tmp_path, address, tuple, BackupOptions())
    backup = backups.create(state, BY_ANN, say=silent, is_stop_requested=never)
    assert [table.rows for table in backup.manifest.content.tables] == [3]
    assert "container" not in backup.manifest.client


def test_a_container_that_comes_back_with_another_address_is_found_again(project: Project, tmp_path: Path) -> None:
    network = project.network()
    server = project.start("db", network, rows=2)
    address = project.address()
    database = PostgresDatabase(address)
    backups = PgBackups(tmp_path / "backups", address, tuple, BackupOptions())
    try:
        state = database.observe()
        has_client = find_dump_client(address, state.server_major, ()) is not None
        before = inner_address(server)
        if has_client:
            assert backups.find_client(state.server_major).host == before
        server.stop(timeout=5)
        with pytest.raises(BlockedError) as caught:
            database.observe()
        assert (caught.value.reference, caught.value.away) == ("database-unreachable", DATABASE)
        thief = project.start("cache", network)
        assert inner_address(thief) == before
        server.start()
        wait_until_ready(server)
        assert inner_address(server) != before
        assert database.observe().table_names == ("public.orders",)
        assert count(address, tmp_path) == "2"
        if has_client:
            assert backups.find_client(state.server_major).host == inner_address(server)
    finally:
        database.close()


def test_another_project_with_the_same_service_in_the_same_network_is_never_touched(
    project: Project, other: Project, tmp_path: Path
) -> None:
    network = project.network("shared")
    own = project.start("db", network, rows=1)
    other.start("db", network, rows=7)
    names = FileNames(frozenset({"db"}), frozenset({network}))
    address = project.address(file_names=lambda: names)
    assert count(address, tmp_path) == "1"
    assert count(other.address(), tmp_path) == "7"
    [found] = containers_of(project.client, address, None, project.name, lambda: names)
    assert found["id"] == own.id

    own.stop(timeout=5)
    with pytest.raises(BlockedError):
        count(address, tmp_path)
    own.remove(v=True)
    with pytest.raises(BlockedError):
        count(address, tmp_path)
    assert containers_of(project.client, address, None, project.name, lambda: names) == []


def settings_of(project: Project, directory: Path, **variables: str) -> Settings:
    """A project in a directory whose compose file has the database inside."""
    file = {
        "services": {"app": {"image": "${APP_IMAGE:?}", "networks": ["back"]}, "db": {"image": IMAGE, "networks": ["back"]}},
        "networks": {"back": {}},
    }
    (directory / "docker-compose.prod.yml").write_text(json.dumps(file))
    values = {
        "PROJECT": project.name, "GITHUB_REPOSITORY": "acme/shop", "DATABASE_URL": "postgresql+psycopg://ann:s%40fe%2Ft@db:5432/shop", **variables,
    }
    (directory / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))
    return load_settings(directory)


def test_commands_need_no_other_url_than_the_applications(standing: Project, tmp_path: Path) -> None:
    settings = settings_of(standing, tmp_path)
    with open_monitoring(settings) as monitoring:
        assert monitoring.overview().totals is not None
    with open_world(settings, PlainReporter(sys.stderr), command="status", is_exclusive=False) as world:
        assert world.database.observe().database_name == "shop"
        assert world.snapshots.take().database_name == "shop"
        assert world.restores.ground().database is not None
        assert f"container {standing.name}-db-1" in world.backups.client(world.database.observe().server_major)
    snapshots = check_doors(settings.host_database_url, settings=settings).snapshots
    assert snapshots is not None
    assert snapshots.take().database_name == "shop"


def test_another_url_for_this_machine_wins_and_is_read_as_it_was(standing: Project, tmp_path: Path) -> None:
    [row] = containers_of(standing.client, standing.address(), None, standing.name, no_file)
    inner = inner_address(standing.client.containers.get(row["id"]))
    settings = settings_of(standing, tmp_path, DEPLOY_DATABASE_URL=f"postgresql://ann:s%40fe%2Ft@{inner}/shop")
    address = production_address(settings)
    assert (address.route, address.reached()) == (None, (inner, 5432))
    assert PostgresDatabase(address).observe().database_name == "shop"


def test_production_is_recognised_behind_its_containers_own_address(standing: Project, tmp_path: Path) -> None:
    settings = settings_of(standing, tmp_path)
    [row] = containers_of(standing.client, standing.address(), None, standing.name, no_file)
    inner = inner_address(standing.client.containers.get(row["id"]))
    assert is_productions_server(settings, DatabaseAddress(inner, 5432, "ann", "postgres"))
    assert not is_productions_server(settings, DatabaseAddress("127.0.0.1", 1, "ann", "shop"))
    with pytest.raises(UsageError) as caught, open_elsewhere(settings, f"postgresql://ann@{inner}/shop"):
        pass
    assert caught.value.reference == "server-is-production"
    with pytest.raises(UsageError) as caught:
        require_other_server(settings.host_database_url, f"postgresql://ann@{inner}/scratch", settings)
    assert caught.value.reference == "server-is-production"


def test_a_way_costs_little_beside_the_connection(standing: Project) -> None:
    address = standing.address()
    address.reached()
    began = time.monotonic()
    for _ in range(20):
        address.reached()
    assert (time.monotonic() - began) / 20 < 0.1  # 3 ms were measured; a busy machine takes longer


def test_a_server_of_another_project_is_taken_where_the_file_joins_its_network_and_has_nothing_of_its_name(
    standing: Project, tmp_path: Path
) -> None:
    settings = settings_of(standing, tmp_path, PROJECT=f"{standing.name}x")
    path = tmp_path / "docker-compose.prod.yml"
    file = json.loads(path.read_text())
    file["networks"]["back"] = {"name": f"{standing.name}_back", "external": True}
    path.write_text(json.dumps(file))
    with pytest.raises(BlockedError):
        production_address(settings).reached()
    del file["services"]["db"]
    path.write_text(json.dumps(file))
    assert PostgresDatabase(production_address(settings)).observe().database_name == "shop"
