"""The templates of the package, with a project's own names in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

# What is put into YAML, shell and Makefiles must not end a line, a quote or a command.
_PLAIN = re.compile(r"[\w./:@+ ,=-]*")

OUR_OWN = {"surefoot_how", "surefoot_program", "migration_words"}


def render_template(name: str, values: Mapping[str, str]) -> str:
    """One template, such as `github/deploy.yml`.

    Raises:
        ValueError: a value would change the meaning of the file.
    """
    for key, value in values.items():
        # Some are our own words around values that are looked at here too.
        if key not in OUR_OWN and not _PLAIN.fullmatch(value):
            raise ValueError(f"{key} holds a character that a pipeline would read as its own")
    source = files("deploy.templates").joinpath(*name.split("/")).read_text(encoding="utf-8")
    return _environment().from_string(source).render(values)


@cache
def _environment() -> Environment:
    # GitHub's and Docker's templates have the usual delimiters for themselves. No HTML, so nothing is escaped: hence
    # the plain values above.
    no_escape = False
    return Environment(
        variable_start_string="[[", variable_end_string="]]", block_start_string="[%", block_end_string="%]",
        comment_start_string="[##", comment_end_string="##]", undefined=StrictUndefined, keep_trailing_newline=True,
        trim_blocks=True, lstrip_blocks=True, autoescape=no_escape,  # noqa: S701
    )
