"""Read the settings from their four sources; every mistake is one sentence that names variable and source."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AliasChoices, ValidationError

from deploy.model.errors import UsageError
from deploy.settings.schema import Settings

TOML_NAME = "deploy.toml"
DOTENV_NAME = ".env"


def load_settings(project_directory: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the project in this directory.

    Args:
        project_directory: where deploy.toml, .env and the compose file lie.
        overrides: field name -> value, from flags.

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
    dotenv = _dotenv(project_directory / DOTENV_NAME)
    values |= {name: value for name, value in dotenv.items() if name in variables.values()}
    values |= {name: value for name, value in os.environ.items() if name in variables.values()}
    values |= {variables[name]: value for name, value in (overrides or {}).items()}
    values["project_directory"] = project_directory
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _usage_error(error, variables) from None


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


def _dotenv(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path.name} cannot be read: {error}", hint="repair the file", reference="bad-dotenv"
        ) from None
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            skipped = len(binding.original.string) - len(binding.original.string.lstrip("\n"))
            raise UsageError(
                f"{path.name} line {binding.original.line + skipped} is not NAME=value",
                hint="repair that line; values with spaces or # need quotes", reference="bad-dotenv",
            )
    return {name: value for name, value in dotenv_values(stream=StringIO(text)).items() if value is not None}


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
    """One variable from the environment, else from the project's .env; empty where it is in neither."""
    return os.environ.get(name) or _dotenv(project_directory / DOTENV_NAME).get(name, "")
