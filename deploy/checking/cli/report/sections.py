"""The parts of the terminal's report around the findings: verdict, facts, answers, review, env.py."""

from __future__ import annotations

from deploy.checking.cli.report.layout import LEVEL_STYLES, Line, code_lines, heading, prose
from deploy.checking.cli.report.words import (
    mark_of,
    one_line,
    say_next,
    say_place,
    say_production,
    say_range,
    say_session,
    say_verdict,
)
from deploy.checking.cli.report.wrapping import columns, wrap, wrap_command
from deploy.model.check import Answer, CheckReport, EnvironmentAdvice, ReviewLine

LONGEST_QUESTION = 34


def verdict_lines(report: CheckReport, width: int) -> list[Line]:
    """How dangerous, which mode, whether a backup, and the command to copy."""
    style = LEVEL_STYLES[report.risk.level] if report.risk.revisions else ""
    verdict = say_verdict(report)
    lines = prose(verdict[0].upper() + verdict[1:], width, style=f"{style} bold".strip())
    if report.advice.next_command:
        command = wrap_command(one_line(say_next(report)), width, "next: ", "      ")
        lines += [Line(line, "bold") for line in command]
    return lines


def fact_lines(report: CheckReport, width: int, *, is_verbose: bool) -> list[Line]:
    """Which revisions, where they were run, whose sizes; then what limits the answer."""
    lines = prose(say_range(report), width) if report.risk.revisions else []
    lines += prose(f"production: {say_production(report)}", width)
    advice = report.advice
    if is_verbose:
        named = {"expand": advice.expand_ids, "contract": advice.contract_ids, "unknown": advice.unknown_ids}
        kinds = "; ".join(f"{name}: {', '.join(ids)}" for name, ids in named.items() if ids)
        lines += prose(kinds, width) if kinds else []
        lines += prose(f"session: {say_session(report)}", width) if say_session(report) else []
        for name, value in report.details.items():
            lines += prose(f"{name.replace('_', ' ')}: {value}", width)
    for warning in report.warnings:
        lines += prose(f"warning: {warning}", width, style="yellow")
    return lines


def answer_lines(report: CheckReport, width: int) -> list[Line]:
    """The operator's questions (M2), answers in one column."""
    if not report.answers:
        return []
    longest = max(columns(answer.question) for answer in report.answers)
    return [Line(""), *(line for answer in report.answers for line in _answer(answer, width, longest))]


def _answer(answer: Answer, width: int, longest: int) -> list[Line]:
    style = {True: "green", False: "yellow", None: ""}[answer.is_good]
    question = one_line(answer.question)
    if longest > LONGEST_QUESTION:  # side by side only where there is room
        both = f"{question} {one_line(answer.answer)}"
        return [Line(line, style) for line in wrap(both, width, f"{mark_of(answer)}  ", "    ")]
    first = f"{mark_of(answer)}  {question}{' ' * (longest - columns(question))}  "
    return [Line(line, style) for line in wrap(one_line(answer.answer), width, first, " " * columns(first))]


def review_lines(report: CheckReport, width: int, *, is_verbose: bool) -> list[Line]:
    """The file review (M3); the short view folds the topics of which nothing was found."""
    found = [line for line in report.review if line.places or is_verbose]
    clear = [line.topic for line in report.review if not line.places and not is_verbose]
    if not report.review:
        return []
    lines = heading("review", width) if found else [Line("")]
    for line in found:
        lines += _review(line, width)
    if clear:
        lines += prose(f"not in these migrations: {', '.join(clear)}", width, indent=2 if found else 0)
    return lines


def _review(line: ReviewLine, width: int) -> list[Line]:
    places = f" ({', '.join(line.places)})" if line.places else ""
    return prose(f"{line.topic}: {line.verdict}{places}", width, indent=2)


def environment_lines(report: CheckReport, width: int) -> list[Line]:
    """What to change in env.py, and the line as it should be."""
    if not report.environment:
        return []
    return [*heading("env.py", width), *(line for advice in report.environment for line in _environment(advice, width))]


def _environment(advice: EnvironmentAdvice, width: int) -> list[Line]:
    place = say_place(advice.path, advice.line)
    where = f" ({place})" if place else ""
    lines = prose(f"{advice.topic}: {advice.says}{where}", width, indent=2)
    return lines + code_lines(advice.code, width, indent=6) if advice.code else lines
