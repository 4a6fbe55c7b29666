"""Read the settings from their four sources; every mistake is one sentence that names variable and source."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, SecretStr, ValidationError

from deploy.model.errors import UsageError
from deploy.model.secret_values import remember_secrets, secrets_of, url_password
from deploy.settings.env_file import EnvFileError, parse_env_file
from deploy.settings.schema import Settings

TOML_NAME = "deploy.toml"
DOTENV_NAME = ".env"
ENVIRONMENT_VARIABLE = "DEPLOY_ENV"
PRODUCTION = "production"
COMPOSE_FILE = "docker-compose.prod.yml"
# In Compose's own order: https://docs.docker.com/compose/intro/compose-application-model/
COMPOSE_DEFAULTS = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_ENVIRONMENT_NAME = re.compile(r"[a-z][a-z0-9-]*")
# What deploy.toml says of these is production's; a named environment never inherits it.
_OF_ONE_ENVIRONMENT = frozenset({
    "DATABASE_URL", "DEPLOY_DATABASE_URL", "DEPLOY_DATABASE_CONTAINER", "PROJECT", "ENVIRONMENT", "EDGE_BIND",
    "EDGE_PORT", "EDGE_RUN", "DEPLOY_PUBLIC_URL", "DEPLOY_STATE_DIRECTORY", "DEPLOY_BACKUP_DIRECTORY",
    "DEPLOY_REQUIRE_STAGING",
})


@dataclass(frozen=True)
class ComposeSays:
    """What the compose file says of settings that nobody set.

    Attributes:
        values: by variable.
        environment: the application's, as the file renders it; it may hold secrets.
    """

    values: Mapping[str, str] = attribute(default_factory=dict)
    environment: Mapping[str, str] = attribute(default_factory=dict, repr=False)


AskCompose = Callable[[Path, Mapping[str, Any]], ComposeSays]


def load_settings(
    project_directory: Path, overrides: Mapping[str, Any] | None = None, *, environment_name: str | None = None,
    ask_compose: AskCompose | None = None,
) -> Settings:
    """The settings of the project in this directory.

    Args:
        project_directory: where deploy.toml, .env and the compose file lie.
        overrides: field name -> value, from flags.
        environment_name: `staging` reads .env.staging in place of .env; "" is production; None is what --env said.
        ask_compose: asked last, and only where a setting that it may know is missing; None: nobody is asked.

    Raises:
        UsageError: naming the variable or the file and line; never a value.
    """
    if not project_directory.is_dir():
        raise UsageError(
            f"{project_directory} is not a directory", hint="name the project with --project-directory",
            reference="project-directory-missing",
        )
    project_directory = project_directory.resolve()
    variables = _variables()
    values: dict[str, Any] = _toml(project_directory / TOML_NAME, variables)
    name = named_environment() if environment_name is None else environment_name.removeprefix(PRODUCTION)
    dotenv = _dotenv(_dotenv_path(project_directory, name), set(variables.values()) - set(os.environ))
    if name:
        values = _without_production(values)
    values |= {name: value for name, value in dotenv.items() if name in variables.values()}
    values |= {name: value for name, value in os.environ.items() if name in variables.values()}
    values |= {variables[name]: value for name, value in (overrides or {}).items()}
    if name:
        values |= {key: value for key, value in _own_defaults(values, name).items() if not values.get(key)}
    values.pop(_BASE_PROJECT, None)
    values.setdefault("DEPLOY_COMPOSE_FILES", compose_files_of(project_directory))
    if _HEADER not in values and not _hands_release_on(project_directory, str(values["DEPLOY_COMPOSE_FILES"])):
        values[_HEADER] = ""
    says = ComposeSays()
    if ask_compose is not None and not name and not _is_whole(values):
        says = ask_compose(project_directory, values)
        values = {**says.values, **{key: value for key, value in values.items() if value != "" or key == _HEADER}}
    values["project_directory"] = project_directory
    values["environment_name"] = name
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise _usage_error(error, variables) from None
    _remember_secrets(settings, {**says.environment, **dotenv})
    if name:
        _require_separate(settings, ask_compose)
    return settings


def _is_whole(values: Mapping[str, Any]) -> bool:
    """Whether nothing is missing that the compose file may say: it costs a look."""
    has_image = values.get("IMAGE_REPOSITORY") or values.get("GITHUB_REPOSITORY")
    return bool(has_image and values.get("PROJECT") and values.get("DATABASE_URL"))


def compose_files_of(project_directory: Path) -> str:
    """Ours; else those that `docker compose` itself would take, with their override."""
    for name in (COMPOSE_FILE, *COMPOSE_DEFAULTS):
        if (project_directory / name).is_file():
            stem, _, ending = name.rpartition(".")
            also = [f"{stem}.override.{end}" for end in dict.fromkeys((ending, "yml", "yaml"))]
            found = [other for other in also if name != COMPOSE_FILE and (project_directory / other).is_file()]
            return ":".join([name, *found[:1]])
    return COMPOSE_FILE


def _hands_release_on(project_directory: Path, files: str) -> bool:
    """Whether the application can know its release's name: the variable RELEASE stands in the compose file.

    A file that cannot be read is said elsewhere.
    """
    try:
        return any("RELEASE" in (project_directory / name).read_text(encoding="utf-8") for name in files.split(":"))
    except (OSError, UnicodeDecodeError):
        return True


def _remember_secrets(settings: Settings, dotenv: Mapping[str, str]) -> None:
    """From now on no output of this process holds one: of the settings, of .env, or of the environment."""
    addresses = [urlsplit(url) for url in (settings.host_database_url, settings.database_url.get_secret_value())]
    public = [settings.project_name, settings.app_service, settings.edge_service, settings.environment]
    public += [part for a in addresses for part in (a.username, a.hostname, a.path.strip("/")) if part]
    values = [secret.get_secret_value() for secret in _secret_fields(settings)]
    values += [url_password(value) for value in values]
    remember_secrets([*values, *secrets_of(dotenv), *secrets_of(os.environ)], public)


def _secret_fields(settings: Settings) -> Iterator[SecretStr]:
    for name in Settings.model_fields:
        value = getattr(settings, name)
        yield from (item for item in (value if isinstance(value, tuple) else (value,)) if isinstance(item, SecretStr))


def named_environment() -> str:
    """What `--env` (or DEPLOY_ENV) said; empty for production.

    Raises:
        UsageError: it is no name.
    """
    name = os.environ.get(ENVIRONMENT_VARIABLE, "")
    if name in {"", PRODUCTION}:
        return ""
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise UsageError(
            f"--env {name!r} is not the name of an environment", hint="lower case letters, digits and -, as in staging",
            reference="bad-environment",
        )
    return name


def _dotenv_path(project_directory: Path, name: str) -> Path:
    """The one file of variables; a named environment without one is a mistake, never production.

    Raises:
        UsageError: the named environment has none.
    """
    if not name:
        return project_directory / DOTENV_NAME
    path = project_directory / f"{DOTENV_NAME}.{name}"
    if not path.is_file():
        raise UsageError(
            f"{path.name} does not exist", hint=f"cp .env.example {path.name}, and set what is not production's",
            reference="environment-unknown",
        )
    return path


_BASE_PROJECT = "base project"
_HEADER = "DEPLOY_RELEASE_HEADER"


def _without_production(values: Mapping[str, Any]) -> dict[str, Any]:
    """What deploy.toml says of the project, without what it says of production."""
    kept = {key: value for key, value in values.items() if key not in _OF_ONE_ENVIRONMENT}
    return kept | {_BASE_PROJECT: values.get("PROJECT") or Settings.model_fields["project_name"].default}


def _own_defaults(values: Mapping[str, Any], name: str) -> dict[str, str]:
    """A compose project, a ledger with its lock, and an edge of its own."""
    return {
        "PROJECT": f"{values[_BASE_PROJECT]}_{name}",
        "ENVIRONMENT": name,
        "DEPLOY_STATE_DIRECTORY": f".deploy/{name}",
        "EDGE_RUN": f".deploy/{name}/edge",
    }


def _require_separate(settings: Settings, ask_compose: AskCompose | None) -> None:
    """Two environments that share a database, a compose project, a ledger or a port are one.

    Raises:
        UsageError: naming the variable. Where production's settings are not here, there is nothing to mix up.
    """
    try:
        production = load_settings(settings.project_directory, environment_name="", ask_compose=ask_compose)
    except UsageError:
        return
    shared = next((name for name, of in _IDENTITIES.items() if of(settings) == of(production)), None)
    if shared:
        raise UsageError(
            f"{shared} of {settings.environment_name} is production's",
            hint=f"set another {shared} in {DOTENV_NAME}.{settings.environment_name}, and export none",
            reference="environment-not-separate",
        )


def _database_of(settings: Settings) -> tuple[Any, ...]:
    parts = urlsplit(settings.host_database_url)
    return parts.hostname, parts.port or 5432, parts.path


_IDENTITIES: dict[str, Callable[[Settings], Any]] = {
    "DATABASE_URL": _database_of,
    "PROJECT": lambda settings: settings.project_name,
    "DEPLOY_STATE_DIRECTORY": lambda settings: settings.state_directory.resolve(),
    "EDGE_RUN": lambda settings: settings.edge_run.resolve(),
    "EDGE_PORT": lambda settings: settings.edge_port,
}


def _variables() -> dict[str, str]:
    """Field name -> variable."""
    names = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.validation_alias, AliasChoices):
            names[name] = str(field.validation_alias.choices[0])
    return names


def _toml(path: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"{path.name} cannot be read: {error}", hint="repair that line", reference="bad-toml"
        ) from None
    unknown = sorted(set(raw) - set(variables))
    if unknown:
        raise UsageError(
            f"{path.name} has an unknown key {unknown[0]!r}",
            hint=f"known keys: {', '.join(sorted(variables))}", reference="unknown-setting",
        )
    return {variables[name]: value for name, value in raw.items()}


def _dotenv(path: Path, wanted: Collection[str] = ()) -> Mapping[str, str]:
    """The file's variables, as Compose reads them.

    Args:
        wanted: those in which a `$` that stands for nothing is a mistake.

    Raises:
        UsageError: naming the file and the line or the variable; never a value.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path.name} cannot be read: {error}", hint="repair the file", reference="bad-dotenv"
        ) from None
    try:
        found = parse_env_file(text, os.environ)
    except EnvFileError as error:
        raise UsageError(
            f"{path.name} {error}",
            hint="repair that line; values with spaces, # or $ belong in 'single quotes'", reference="bad-dotenv",
        ) from None
    for name in sorted(wanted):
        if name in found.unset_names:
            unset = f"${found.unset_names[name][0]}"
            raise UsageError(
                f"{name} in {path.name} holds {unset}, which is not set: Compose reads an empty text there, and so "
                "does this tool",
                hint=f"if you mean the character $, write ${unset} or put the value into 'single quotes'",
                reference="bad-dotenv",
            )
    return found.values


def _usage_error(error: ValidationError, variables: Mapping[str, str]) -> UsageError:
    """The first mistake, in words; pydantic's own text would echo values."""
    first = error.errors(include_input=False, include_url=False)[0]
    location = str(first["loc"][0]) if first["loc"] else ""
    name = variables.get(location, location)
    if first["type"] == "missing":
        return UsageError(
            f"{name} is not set", hint=f"set it in {DOTENV_NAME} or in the environment (see .env.example)",
            reference="variable-not-set",
        )
    message = first["msg"].removeprefix("Value error, ")
    what = f"{name}: {message[0].lower()}{message[1:]}" if name else message
    return UsageError(
        what, hint=f"correct it in {DOTENV_NAME}, {TOML_NAME} or the environment", reference="bad-setting"
    )


def read_variable(project_directory: Path, name: str) -> str:
    """One variable from the environment, else from the project's .env (that of --env); empty where it is in neither."""
    return os.environ.get(name) or _dotenv(_dotenv_path(project_directory, named_environment()), {name}).get(name, "")


def read_variables(project_directory: Path) -> Mapping[str, str]:
    """All of the project's .env (that of --env); what the environment sets is not among them."""
    return _dotenv(_dotenv_path(project_directory, named_environment()))
