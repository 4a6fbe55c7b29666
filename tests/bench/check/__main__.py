"""`make bench-check`: the migration check beside its peers. Exits 1 where a target is missed, naming it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.adapters.scratch.binaries import ServerBinaries, all_server_binaries
from tests.bench.check import fixture, fixture_peers, tables, targets
from tests.bench.check.histories import MEASURED, PARSED, our_ways, total, try_history
from tests.bench.check.places import cache_directory
from tests.bench.check.projects import PROJECTS
from tests.bench.check.speed import measure_speed

PARTS = ("fixture", "histories", "speed")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts and print their tables; returns the exit code."""
    words = _read(argv)
    directory = cache_directory() / "runs"
    directory.mkdir(parents=True, exist_ok=True)
    chosen = [item for item in all_server_binaries() if not words.majors or item.major in words.majors]
    if not chosen:
        print("bench-check: no PostgreSQL server is at hand; scripts/bootstrap.sh installs one", file=sys.stderr)
        return 2
    found: list[targets.Target] = []
    if "fixture" in words.parts:
        found += _fixture(chosen, directory / "fixture")
    if "histories" in words.parts:
        found += _histories(words.projects, chosen[-1], directory)
    if "speed" in words.parts:
        _head(f"Speed, {chosen[-1].label}")
        speed = measure_speed(directory, chosen[-1], words.runs)
        print(tables.speed_table(speed))
        found += targets.speed_targets(speed)
    _head("Targets")
    print(tables.target_lines(found))
    missed = sum(not target.is_met for target in found)
    print(f"\n{missed} of {len(found)} targets missed; every disagreement is listed in {directory}")
    return 1 if missed else 0


def _read(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-check", description="The migration check beside its peers.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} [all]")
    parser.add_argument(
        "--project", dest="projects", action="append", metavar="NAME",
        help=f"{', '.join(PROJECTS)} [all]; or a directory with env.py and versions/",
    )
    parser.add_argument("--major", dest="majors", action="append", type=int, help="PostgreSQL's [all at hand]")
    parser.add_argument("--runs", type=int, default=5, help="for each median [5]")
    words = parser.parse_args(argv)
    unknown = set(words.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for name in words.projects or ():
        if name not in PROJECTS and not (Path(name) / "env.py").is_file():
            parser.error(f"no such project, and no directory with env.py: {name}")
    words.parts = words.parts or list(PARTS)
    words.projects = words.projects or list(PROJECTS)
    return words


def _fixture(chosen: Sequence[ServerBinaries], directory: Path) -> list[targets.Target]:
    directory.mkdir(parents=True, exist_ok=True)
    agreements: dict[str, fixture.Agreement] = {}
    found = []
    for binaries in chosen:
        measured = fixture.measured(binaries)
        parsed = fixture.parsed(binaries.major) if PARSED in our_ways() else None
        for way, agreement in ((MEASURED, measured), (PARSED, parsed)):
            if agreement is None:
                continue
            agreements[f"{binaries.major} {way}"] = agreement
            _write(directory / f"{binaries.major}-{way}.txt", agreement.wrong)
        found += targets.fixture_targets(f"fixture, PostgreSQL {binaries.version}", measured, parsed)
    _head("Fixture: shapes on which the answer is the fixture's")
    print(tables.agreement_table(agreements))
    print("\napart: shapes in which the fixture is wrong")
    for name, (keys, reason) in fixture.CONTRADICTIONS.items():
        print(f"  {name}, {', '.join(sorted(keys))}: {reason}")
    newest = chosen[-1]
    said: dict[str, fixture_peers.Labels] = {
        way: agreements[f"{newest.major} {way}"].said for way in our_ways()[:2]
    }
    said |= fixture_peers.judge_shapes(newest.major, directory / "shapes")
    _head(f"Fixture: precision/recall beside the peers, PostgreSQL {newest.major}")
    print(tables.shape_table({tool: fixture_peers.tallies(newest.major, item) for tool, item in said.items()}))
    return found


def _histories(names: Sequence[str], binaries: ServerBinaries, directory: Path) -> list[targets.Target]:
    tried = [try_history(name, directory, binaries) for name in names]
    _head(f"Histories, {binaries.label}: what is true")
    print(tables.count_table(tried))
    for item in tried:
        _head(f"{item.name}: precision/recall by statement")
        print(tables.score_table(item.scores))
        for tool, score in item.scores.items():
            _write(directory / item.name / f"wrong, {tool}.txt", [*score.wrong, *(f"silent: {s}" for s in score.silent)])
            if score.error:
                print(f"error: {tool}: {score.error}")
        if item.error:
            print(f"error: the history stopped: {item.error}")
    whole = total(tried)
    _head("All histories: precision/recall by statement")
    print(tables.score_table(whole))
    _head("All histories: precision/recall by revision")
    print(tables.score_table(whole, is_of_revisions=True))
    silent = sum(len(whole[way].silent) for way in our_ways())
    print(f"\nsilent revisions: {silent}")
    return targets.history_targets(tried, whole)


def _write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _head(title: str) -> None:
    print(f"\n{title}\n{'-' * len(title)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
