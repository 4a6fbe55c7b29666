"""The application's own environment says where its database is; what can be read in two ways is read in none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.adapters.postgres.address import parse_database_url
from deploy.settings.database_of_compose import URL_NAMES, database_url_of, secret_files_of

PARTS = {"POSTGRES_SERVER": "db", "POSTGRES_USER": "ann", "POSTGRES_PASSWORD": "pw", "POSTGRES_DB": "shop"}
URL = "postgresql://ann:pw@db:5432/shop"


def url_of(**environment: str) -> str | None:
    found = database_url_of(environment, {})
    return found[0] if found else None


@pytest.mark.parametrize("name", URL_NAMES)
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg"])
def test_a_usual_name_with_any_driver_is_taken_as_it_stands(name: str, scheme: str) -> None:
    url = URL.replace("postgresql", scheme)
    assert database_url_of({name: url, "REDIS_URL": "redis://cache/0"}, {}) == (url, name)


def test_database_url_goes_before_every_other_name_and_before_parts() -> None:
    others = {name: "postgresql://ann@other/else" for name in URL_NAMES if name != "DATABASE_URL"}
    assert database_url_of({**others, **PARTS, "POSTGRES_SERVER": "third", "DATABASE_URL": URL}, {}) == (URL, "DATABASE_URL")


def test_an_empty_variable_says_nothing() -> None:
    assert database_url_of({"DATABASE_URL": "", "DB_URL": f" {URL} "}, {}) == (URL, "DB_URL")
    assert url_of(DATABASE_URL="  ") is None


@pytest.mark.parametrize("other", ["sqlite:///shop.db", "mysql+pymysql://ann@db/shop", "mariadb://ann@db/shop", "oracle://x@y/z"])
def test_an_application_of_another_server_has_none_whatever_else_is_set(other: str) -> None:
    assert url_of(DATABASE_URL=other, **PARTS) is None
    assert url_of(DATABASE_URL=other, REPORTS_URL=URL) is None


@pytest.mark.parametrize("text", ["postgresql://db", "postgresql://ann@db:none/shop", "postgresql:///shop", "jdbc:postgresql://db/shop", "db"])
def test_what_is_no_whole_url_is_none(text: str) -> None:
    assert url_of(DATABASE_URL=text) is None


def test_a_socket_in_a_url_is_kept_as_it_is() -> None:
    assert url_of(DATABASE_URL="postgresql:///shop?host=/run/postgresql") == "postgresql:///shop?host=/run/postgresql"


@pytest.mark.parametrize("password", ["a/b", "a#b", "a?b", "1/2", "5#6", "[x]", "a%40b/c"])
def test_a_password_that_sqlalchemy_reads_and_a_url_cannot_hold_is_quoted(password: str) -> None:
    found = url_of(DATABASE_URL=f"postgresql+psycopg://ann:{password}@db:5433/shop?sslmode=require")
    address = parse_database_url(str(found))
    assert (address.host, address.port, address.database_name) == ("db", 5433, "shop")
    assert address.password == password.replace("%40", "@")
    assert address.options["sslmode"] == "require"


def test_an_at_sign_behind_the_address_is_no_password() -> None:
    url = "postgresql://db:5432/shop?application_name=a@b"
    assert url_of(DATABASE_URL=url) == url


def test_the_words_of_libpq_are_read_under_a_usual_name() -> None:
    found = url_of(POSTGRES_DSN="host=db port=5433 dbname=shop user=ann password='p w@' sslmode=require")
    assert found == "postgresql://ann:p%20w%40@db:5433/shop?sslmode=require"
    assert url_of(POSTGRES_DSN="host=db dbname=shop") is None
    assert url_of(POSTGRES_DSN="host='db") is None


def test_one_url_under_a_name_of_the_projects_own_is_taken() -> None:
    assert database_url_of({"SHOP_STORE": URL, "REDIS_URL": "redis://cache/0"}, {}) == (URL, "SHOP_STORE")


def test_two_drivers_of_one_database_are_one_and_two_databases_are_none() -> None:
    same = URL.replace("postgresql", "postgresql+asyncpg")
    assert database_url_of({"A_STORE": URL, "B_STORE": same}, {}) == (URL, "A_STORE")
    assert url_of(A_STORE=URL, B_STORE="postgresql://ann@db/other") is None


@pytest.mark.parametrize("name", ["TEST_DATABASE_URL", "SHADOW_DATABASE_URL", "DB_REPLICA_URL", "READONLY_URL", "MIGRATION_DATABASE_URL"])
def test_a_database_of_another_purpose_is_not_the_applications(name: str) -> None:
    assert database_url_of({name: URL}, {}) is None


def test_a_usual_name_goes_before_one_of_the_projects_own_in_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(URL + "\n")
    environment = {"DATABASE_URL_FILE": "/run/secrets/url", "STORE": "postgresql://ann@other/else"}
    assert database_url_of(environment, {"/run/secrets/url": tmp_path / "url"}) == (URL, "DATABASE_URL_FILE")


def test_a_url_of_another_server_in_a_file_decides_too(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:///x.db")
    found = database_url_of({"DATABASE_URL_FILE": "/s/url", **PARTS}, {"/s/url": tmp_path / "url"})
    assert found is None


def test_a_file_in_a_mounted_directory_is_found_and_nothing_outside_of_it(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "url").write_text(URL)
    (tmp_path / "out").write_text(URL)
    mounted = {"/run/more": tmp_path / "in"}
    assert database_url_of({"DATABASE_URL_FILE": "/run/more/deep/url"}, mounted) == (URL, "DATABASE_URL_FILE")
    for elsewhere in ("/run/more/../out", "/run/moreover", "/run/more", "/run/more/none", "deep/url"):
        assert database_url_of({"DATABASE_URL_FILE": elsewhere}, mounted) is None


def test_a_secret_that_is_no_text_or_endless_is_none(tmp_path: Path) -> None:
    (tmp_path / "url").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_text(URL + "x" * 70_000)
    for path in (tmp_path / "url", tmp_path / "long", Path("/dev/zero"), tmp_path):
        assert database_url_of({"DATABASE_URL_FILE": "/s"}, {"/s": path}) is None


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        (PARTS, URL),
        ({**PARTS, "POSTGRES_PORT": "5433"}, "postgresql://ann:pw@db:5433/shop"),
        ({"DB_HOST": "db", "DB_USER": "ann", "DB_PASSWORD": "pw", "DB_NAME": "shop", "DB_PORT": "5432"}, URL),
        ({"DB_HOST": "db", "DB_USERNAME": "ann", "DB_PASS": "pw", "DB_DATABASE": "shop", "DB_CONNECTION": "pgsql"}, URL),
        ({"DATABASE_HOST": "db", "DATABASE_USER": "ann", "DATABASE_PASSWORD": "pw", "DATABASE_NAME": "shop"}, URL),
        ({"PGHOST": "db", "PGUSER": "ann", "PGPASSWORD": "pw", "PGDATABASE": "shop"}, URL),
        ({"PG_HOST": "db", "PG_USER": "ann", "PG_PASSWORD": "pw", "PG_DB": "shop"}, URL),
        ({"RDS_HOSTNAME": "db", "RDS_USERNAME": "ann", "RDS_PASSWORD": "pw", "RDS_DB_NAME": "shop"}, URL),
        ({"SQL_HOST": "db", "SQL_USER": "ann", "SQL_PASSWORD": "pw", "SQL_DATABASE": "shop", "SQL_ENGINE": "django.db.backends.postgresql"}, URL),
        ({"DB_HOST": "db", "POSTGRES_USER": "ann", "POSTGRES_PASSWORD": "pw", "POSTGRES_DB": "shop"}, URL),
        ({**PARTS, "PGHOST": "db"}, URL),
        ({"POSTGRES_HOST": "db:5433", "POSTGRES_USER": "ann", "POSTGRES_DB": "shop"}, "postgresql://ann@db:5433/shop"),
        ({"PGHOST": "fd00::5", "PGUSER": "ann", "PGDATABASE": "shop"}, "postgresql://ann@[fd00::5]:5432/shop"),
        ({**PARTS, "PGSSLMODE": "verify-full"}, f"{URL}?sslmode=verify-full"),
        ({**PARTS, "PGSSLMODE": "nonsense"}, URL),
    ],
)
def test_parts_become_a_url(environment: Mapping[str, str], url: str) -> None:
    assert url_of(**environment) == url


def test_a_familys_own_parts_go_before_those_of_another() -> None:
    server = {"POSTGRES_USER": "root", "POSTGRES_PASSWORD": "all", "POSTGRES_DB": "postgres"}
    own = {"DB_HOST": "db", "DB_USER": "ann", "DB_PASSWORD": "pw", "DB_NAME": "shop"}
    assert url_of(**server, **own) == URL


@pytest.mark.parametrize("password", ["a@b", "a/b", "a:b", "a#b", "a%b", "a b", "ä€", "a$b", "?&=", "'\"\\", "%40"])
def test_every_password_in_parts_survives(password: str) -> None:
    address = parse_database_url(str(url_of(**{**PARTS, "POSTGRES_PASSWORD": password, "POSTGRES_USER": "a:n@n", "POSTGRES_DB": "s/h p"})))
    assert (address.password, address.user, address.database_name) == (password, "a:n@n", "s/h p")
    assert (address.host, address.port) == ("db", 5432)


@pytest.mark.parametrize("missing", ["POSTGRES_SERVER", "POSTGRES_USER", "POSTGRES_DB"])
def test_parts_that_are_not_whole_are_none(missing: str) -> None:
    assert database_url_of({key: value for key, value in PARTS.items() if key != missing}, {}) is None


@pytest.mark.parametrize("port", ["0", "70000", "none", "tcp://10.0.0.1:5432", "٣"])
def test_a_port_that_is_none_makes_no_url(port: str) -> None:
    assert url_of(**PARTS, POSTGRES_PORT=port) is None


@pytest.mark.parametrize("host", ["/var/run/postgresql", "db/x", "a b", "db@else"])
def test_a_host_that_no_url_can_name_makes_none(host: str) -> None:
    assert url_of(**{**PARTS, "POSTGRES_SERVER": host}) is None


def test_two_hosts_are_two_databases() -> None:
    assert url_of(**PARTS, DB_HOST="other") is None


@pytest.mark.parametrize("more", [{"DB_CONNECTION": "mysql"}, {"DB_PORT": "3306"}, {"DB_ENGINE": "django.db.backends.mysql"}])
def test_parts_of_another_server_are_left_out_with_all_that_is_theirs(more: Mapping[str, str]) -> None:
    mysql = {"DB_HOST": "mysql", "DB_USER": "ben", "DB_PASSWORD": "x", "DB_NAME": "blog", **more}
    assert url_of(**mysql) is None
    assert url_of(**mysql, **PARTS) == URL


def test_parts_and_a_url_of_the_projects_own_must_agree() -> None:
    assert url_of(**PARTS, STORE=URL) == URL
    assert url_of(**PARTS, STORE="postgresql://ann@db/vectors") is None


def test_parts_may_lie_in_files_and_are_named_where_they_come_from(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p@w\n")
    environment = {key: value for key, value in PARTS.items() if key != "POSTGRES_PASSWORD"}
    environment["POSTGRES_PASSWORD_FILE"] = "/run/secrets/password"
    found = database_url_of(environment, {"/run/secrets/password": tmp_path / "password"})
    assert found == (
        "postgresql://ann:p%40w@db:5432/shop",
        "POSTGRES_SERVER, POSTGRES_USER, POSTGRES_PASSWORD_FILE and POSTGRES_DB",
    )


def test_a_password_that_is_somewhere_and_cannot_be_read_makes_no_url() -> None:
    environment = {key: value for key, value in PARTS.items() if key != "POSTGRES_PASSWORD"}
    assert database_url_of({**environment, "POSTGRES_PASSWORD_FILE": "/run/secrets/password"}, {}) is None


def test_no_word_about_the_source_holds_a_value() -> None:
    found = database_url_of({**PARTS, "POSTGRES_PASSWORD": "topsecret"}, {})
    assert found is not None
    assert "topsecret" not in found[1]


def test_secrets_configs_and_mounts_of_a_service_lead_to_files_of_this_machine() -> None:
    config: Mapping[str, Any] = {
        "services": {
            "app": {
                "secrets": [
                    {"source": "password", "target": "/run/secrets/password"}, {"source": "url", "target": "deep/url"},
                    {"source": "of_shell", "target": "/run/secrets/of_shell"}, {"source": "placed", "target": "/etc/placed"},
                    "short", {"source": "unknown"},
                ],
                "configs": [{"source": "settings"}],
                "volumes": [
                    {"type": "bind", "source": "/srv/shop/file", "target": "/etc/file"},
                    {"type": "bind", "source": "/srv/shop/more", "target": "/run/more/"},
                    {"type": "volume", "source": "data", "target": "/data"}, {"type": "tmpfs", "target": "/tmp"},
                ],
            },
            "db": {"secrets": [{"source": "password"}]},
        },
        "secrets": {
            "password": {"file": "/srv/shop/password"}, "url": {"file": "/srv/shop/url"}, "of_shell": {"environment": "X"},
            "placed": {"file": "/srv/shop/placed"}, "short": {"file": "/srv/shop/short"},
        },
        "configs": {"settings": {"file": "/srv/shop/settings"}},
    }
    assert secret_files_of(config, "app") == {
        "/run/secrets/password": Path("/srv/shop/password"), "/run/secrets/deep/url": Path("/srv/shop/url"),
        "/etc/placed": Path("/srv/shop/placed"), "/run/secrets/short": Path("/srv/shop/short"),
        "/settings": Path("/srv/shop/settings"), "/etc/file": Path("/srv/shop/file"), "/run/more": Path("/srv/shop/more"),
    }
    assert secret_files_of(config, "db") == {"/run/secrets/password": Path("/srv/shop/password")}
    assert secret_files_of(config, "none") == secret_files_of({}, "app") == {}
