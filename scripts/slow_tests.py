"""The ten longest tests of a run, with set-up and tear-down, and what each kind of test took.

scripts/slow_tests.py build/test-times.xml
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

LONGEST = 10


def main() -> int:
    """0; 2 where there is no run to tell of."""
    path = Path(sys.argv[1])
    if not path.exists():
        print(f"{path} is not there\nhint: make test", file=sys.stderr)
        return 2
    cases = list(ET.parse(path).iter("testcase"))  # noqa: S314 - our own file
    for case in sorted(cases, key=_seconds, reverse=True)[:LONGEST]:
        print(f"{_seconds(case):7.1f} s  {case.get('classname')}::{case.get('name')}")
    print()
    for kind, seconds in _by_kind(cases).most_common():
        print(f"{seconds:7.0f} s  {kind}")
    return 0


def _seconds(case: ET.Element) -> float:
    return float(case.get("time", "0"))


def _by_kind(cases: list[ET.Element]) -> Counter[str]:
    """Seconds of each folder of tests."""
    found: Counter[str] = Counter()
    for case in cases:
        found[".".join(case.get("classname", "").split(".")[:3])] += _seconds(case)  # type: ignore[assignment]
    return found


if __name__ == "__main__":
    sys.exit(main())
