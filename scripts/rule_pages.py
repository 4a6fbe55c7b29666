"""Write what repeats the rules: finding.txt of each in tests/rules, then the pages in docs/rules.

Run it after a rule, its docstring or its examples changed, and read what `git diff` shows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deploy.checking.risk.ignores import UNUSED, WITHOUT_REASON  # noqa: E402
from deploy.checking.risk.rules import RULES  # noqa: E402
from deploy.checking.risk.run_rules import RUN_RULES  # noqa: E402
from deploy.model.risk import RiskLevel  # noqa: E402 - the path first
from tests.rules import examples  # noqa: E402

PAGES = ROOT / "docs" / "rules"
INTRODUCTION = """\
# Rules

This is what the migration check looks for. Each page says what PostgreSQL does, who waits, and how to do the same \
without the danger. The level is that on small tables; measured work on large tables raises it.

To ignore a danger that you know and accept, write a comment with a reason into the revision's file, on the line of \
the statement or the line above it:

```python
# surefoot: ignore RULE -- why it is no danger here
```
"""


# Findings about the comments that ignore others: no statement shows them.
OF_COMMENTS = {
    UNUSED: """\
A comment that ignores a danger which is not there (low).

Either the danger is gone, or the comment is too far from its statement, or its rule is misspelled. It would hide the
next danger of that name, so remove it, or put it on the line above the statement.
""",
    WITHOUT_REASON: """\
A comment that ignores a danger without saying why (medium).

The comment has no effect: the danger is still reported. Write the reason after two dashes:
`# surefoot: ignore drop_column -- nothing has written it since release 41`.
""",
}


def name_of_kind() -> dict[str, str]:
    """Every rule's name with the package that it is in."""
    return {rule.name: "rules" for rule in RULES} | {rule.name: "run_rules" for rule in RUN_RULES}


def docstring(name: str) -> str:
    """The rule's own explanation."""
    return (import_module(f"deploy.checking.risk.{name_of_kind()[name]}.{name}").__doc__ or "").strip()


def level_of(name: str) -> RiskLevel:
    """The highest level at which the rule's own example is told, on small tables."""
    found = examples.findings(examples.FOLDER / name / "bad.sql")
    return max(finding.level for case in found for finding in case)


def page(name: str) -> str:
    """The page of a rule."""
    folder = examples.FOLDER / name
    bad, good = examples.cases(folder / "bad.sql")[0], examples.cases(folder / "good.sql")[0]
    finding = examples.findings(folder / "bad.sql")[0][0]
    return "\n".join((*_head(name), *_said(bad, finding), "## What the check accepts", "", *_fenced("sql", good.sql)))


def _head(name: str) -> Iterator[str]:
    yield from (f"# {name}", "", docstring(name), "")


def _said(bad: examples.Case, finding: examples.Finding) -> Iterator[str]:
    yield from ("## Example", "", *_fenced("sql", bad.sql))
    told = [f"{finding.level.label}: {finding.says}"]
    told += [f"lock: {finding.lock}"] if finding.lock else []
    told += [f"loses: {finding.loses}"] if finding.loses else []
    yield from ("The check says:", "", *_fenced("text", "\n".join(told)))
    if finding.safe_form:
        yield from ("## Safe form", "", *_fenced("python", finding.safe_form))


def _fenced(language: str, text: str) -> Iterator[str]:
    yield from (f"```{language}", text.strip(), "```", "")


def index() -> str:
    """The list of all pages, the highest level first; dangers that lie in more than one statement stand apart."""
    names = name_of_kind()
    lines = [INTRODUCTION]
    for level in sorted(RiskLevel, reverse=True):
        own = sorted(name for name, kind in names.items() if kind == "rules" and level_of(name) is level)
        if own:
            title = "Advice (off by default)" if level is RiskLevel.ADVICE else level.label.capitalize()
            lines += [f"## {title}", "", *(_line(name) for name in own), ""]
    runs = sorted(name for name, kind in names.items() if kind == "run_rules")
    lines += ["## Of a whole revision, or of several", "", *(_line(name) for name in runs), ""]
    comments = (f"- [{name}]({name}.md): {text.splitlines()[0].rstrip('.')}" for name, text in OF_COMMENTS.items())
    lines += ["## Of comments that ignore a danger", "", *comments, ""]
    return "\n".join(lines)


def _line(name: str) -> str:
    return f"- [{name}]({name}.md): {docstring(name).splitlines()[0].rstrip('.')}"


def pages() -> dict[Path, str]:
    """Every file of docs/rules with its text."""
    made = {PAGES / f"{name}.md": page(name) for name in name_of_kind()}
    others = {PAGES / f"{name}.md": f"# {name}\n\n{text}" for name, text in OF_COMMENTS.items()}
    return {PAGES / "README.md": index(), **made, **others}


def write_findings() -> None:
    """finding.txt of every rule."""
    for folder in examples.folders():
        (folder / "finding.txt").write_text(examples.told(folder / "bad.sql"))


def write_pages() -> None:
    """docs/rules; a page whose rule is gone goes too."""
    PAGES.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in set(PAGES.glob("*.md")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text)


if __name__ == "__main__":
    write_findings()
    write_pages()
