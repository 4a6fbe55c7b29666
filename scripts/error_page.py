"""Write docs/errors.md from the register of errors; with --check, say where register, code and page differ.

A reference that code raises and the register has not, or the register has and nothing raises, is a difference; so is an
exit code that the class of an error gives and its entry has not.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deploy.model import errors  # noqa: E402 - the path first
from deploy.model.error_register import SUBJECTS, entries_of, error_register, title_of  # noqa: E402
from deploy.model.error_register.entry import ErrorEntry  # noqa: E402

PAGE = ROOT / "docs" / "errors.md"
INTRODUCTION = """\
# Errors

<!-- written by `make docs` from deploy/model/error_register -->

An error says what happened, with names and numbers, and its hint says what to do next. Its reference, which the JSON
output has as `error.reference`, says what kind of error it is. This page explains each kind;
`./scripts/deploy.sh explain REFERENCE` says the same on a server.

Exit codes: 0 done; 1 failed, everything undone; 2 usage or settings; 3 blocked, nothing changed; 4 failed and not
undone; 5 another deployment is under way; 130 interrupted and undone. If an entry has 1 and 4, the exit code is 1 if
everything could be undone, and 4 if not.
"""
# What a step raises is undone, or it is not; the engine decides.
CODES = {
    name: (1, 4) if issubclass(kind, errors.StepFailed) else (kind.exit_code,)
    for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.DeployError)
}


@dataclass
class Raised:
    """Where a reference is raised, and with which exit codes."""

    places: list[str] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)


def main() -> int:
    """0; with --check, 1 where something differs."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    found = problems()
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for subject in SUBJECTS:
        entries = entries_of(subject)
        if entries:
            parts += [f"## {title_of(subject)}\n", *map(section, entries)]
    return "\n".join(parts)


def section(entry: ErrorEntry) -> str:
    """One entry; its heading is the anchor."""
    codes = " or ".join(map(str, entry.exit_codes))
    return f"### {entry.reference}\n\n{entry.means}\n\n**What to do:** {entry.helps} (Exit code {codes}.)\n"


def problems() -> list[str]:
    """One line each."""
    raised, register = raised_references(), error_register()
    lines = [
        f"{place}: no entry of the register explains {reference!r}: write one in deploy/model/error_register"
        for reference, found in sorted(raised.items()) if reference not in register for place in found.places
    ]
    lines += [f"the register explains {reference!r}, which nothing raises" for reference in register.keys() - raised]
    lines += [
        f"the register says exit code {entry.exit_codes} of {reference!r}; what raises it ends with {sorted(codes)}"
        for reference, entry in register.items()
        if (codes := raised[reference].codes if reference in raised else set()) - set(entry.exit_codes)
    ]
    if PAGE.read_text(encoding="utf-8") != page():
        lines.append("docs/errors.md is not what the register says: make docs")
    return lines


def raised_references() -> Mapping[str, Raised]:
    """Every reference that the code names, by reading it: literals, constants, and arguments called `reference`."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "deploy").rglob("*.py"))}
    constants = {path: _constants(tree) for path, tree in trees.items()}
    positions = _reference_parameters(trees.values())
    found: dict[str, Raised] = defaultdict(Raised)
    for path, tree in trees.items():
        known = constants[path] | _imported(tree, constants)
        for name, value, line in _given(tree, positions):
            for reference in _texts(value, known):
                found[reference].places.append(f"{path.relative_to(ROOT)}:{line}")
                found[reference].codes |= set(CODES.get(name, ()))
    return found


def _given(tree: ast.AST, positions: Mapping[str, int]) -> Iterator[tuple[str, ast.expr, int]]:
    """What is called, with which expression as its reference, and where; a parameter's default counts too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            values = [keyword.value for keyword in node.keywords if keyword.arg == "reference"]
            if not values and name in positions and len(node.args) > positions[name]:
                values = [node.args[positions[name]]]
            for value in values:
                yield name, value, node.lineno
        elif isinstance(node, ast.FunctionDef):
            named = node.args.args[len(node.args.args) - len(node.args.defaults):]
            for argument, default in zip(named, node.args.defaults, strict=True):
                if argument.arg == "reference" and node.name in positions:
                    yield node.name, default, node.lineno


def _reference_parameters(trees: Iterable[ast.AST]) -> dict[str, int]:
    """Functions that hand their argument `reference` to an error -> which one it is, `self` not counted.

    An image has a reference too; that is another word.
    """
    found = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args if argument.arg not in {"self", "cls"}]
                if "reference" in names and _hands_it_on(node):
                    found[node.name] = names.index("reference")
    return found


def _hands_it_on(function: ast.FunctionDef) -> bool:
    return any(
        keyword.arg == "reference" and isinstance(keyword.value, ast.Name) and keyword.value.id == "reference"
        and getattr(node.func, "id", "") in CODES
        for node in ast.walk(function) if isinstance(node, ast.Call) for keyword in node.keywords
    )


def _texts(value: ast.expr, known: Mapping[str, str]) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Name) and value.id in known:
        yield known[value.id]
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body, known)
        yield from _texts(value.orelse, known)


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in tree.body if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets if isinstance(target, ast.Name)
    }


def _imported(tree: ast.Module, constants: Mapping[Path, Mapping[str, str]]) -> dict[str, str]:
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            there = constants.get(ROOT / f"{node.module.replace('.', '/')}.py", {})
            found |= {alias.asname or alias.name: there[alias.name] for alias in node.names if alias.name in there}
    return found


if __name__ == "__main__":
    sys.exit(main())
