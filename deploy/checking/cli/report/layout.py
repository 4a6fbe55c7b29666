"""A line of the terminal's report, and the few shapes that lines come in."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.checking.cli.report.words import one_line
from deploy.checking.cli.report.wrapping import wrap, wrap_code
from deploy.model.risk import RiskLevel

LABEL_COLUMNS = 8
LEVEL_STYLES = {
    RiskLevel.ADVICE: "cyan", RiskLevel.LOW: "green", RiskLevel.MEDIUM: "yellow", RiskLevel.HIGH: "red",
    RiskLevel.VERY_HIGH: "bold red",
}


@dataclass(frozen=True)
class Line:
    """Text that fits already; the style is Rich's and says nothing that the words do not."""

    text: str
    style: str = ""


def heading(text: str, width: int) -> list[Line]:
    """An empty line and a title."""
    return [Line(""), *prose(text, width, style="bold")]


def prose(text: str, width: int, *, indent: int = 0, hang: int = 2, style: str = "") -> list[Line]:
    """A paragraph; later lines stand further in."""
    first, rest = " " * indent, " " * (indent + hang)
    return [Line(line, style) for line in wrap(one_line(text), width, first, rest)]


def labelled(label: str, text: str, width: int, *, indent: int = 4, style: str = "") -> list[Line]:
    """`    loses   the values of …`; nothing where there is no text."""
    if not text:
        return []
    first = " " * indent + label.ljust(LABEL_COLUMNS)
    return [Line(line, style) for line in wrap(one_line(text), width, first, " " * (indent + LABEL_COLUMNS))]


def code_lines(code: str, width: int, *, indent: int) -> list[Line]:
    """Code as it is, only broken where it does not fit."""
    return [Line(line, "cyan") for line in wrap_code(code, width, " " * indent)]
