"""Our reader of .env beside Compose itself: the same values, and the same refusals."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from deploy.settings.env_file import EnvFileError, parse_env_file

pytestmark = pytest.mark.docker

ENVIRONMENT = {"HOME": "/home/ann"}
# Behind NAME, as somebody might write it; each is one variable of one file.
SPELLINGS = (
    "=plain", "=pa$word", "=pa$$word", "='pa$word'", "='${x}'", '="pa$word"', '="pa\\$word"', '="pa$$word"', "=${x:-y}",
    "=${HOME}", "=x # c", "=x#c", "= #x", "='x # y' # c", " = spaced", ": as in yaml", "=\t x\t# y", "=", '=""', "=''",
    '="two\nlines"', "='two\nlines'", '="a\\nb\\tc\\\\d\\"e"', "='a\\nb\\'c'", '="\\x41 \\c \\0101 \\q \\0 \\07 \\0999"',
    "=a b  ", "=$", "=a$ b", "=$1", '="$1"', "=$(id)", "=`id`", "=100%", "=p@ss:w/rd%20#$$1", "=a=b=c", "=[1,2]", "=é$é",
    "=${x:-${HOME:-z}}", "=${x-d}e", "=${HOME:+set}", "=${x:+set}!", "=${HOME?must}", "=${x:-}}", "=$HOME_x",
    "=\\$x", "=a\\nb", "=a\\", "='a\\\\'", '="a\\\\"', '="${x:-a b}" # z', '={"k":"v"}', "=*?~", "=postgresql://a:p$$w@h/d",
    "=carriage return\r", "=tail' quote", '=tail" quote', "=$x$HOME", "=${EMPTY-unset}", "=${EMPTY:-empty}",
)
# Whole files that Compose refuses.
REFUSED = ("A=${B", 'A="open', "A='open", "a b=c", "A=${x?must}", "A=${X.Y}", "A!=1", "A=${x:-a # b}")


def compose(directory: Path, text: str, names: list[str]) -> dict[str, str] | None:
    """What Compose puts in for each name; None where it refuses the file."""
    (directory / ".env").write_bytes(text.encode())
    wanted = {name: f"${{{name}-<unset>}}" for name in names}
    (directory / "compose.json").write_text(json.dumps({"services": {"app": {"image": "x", "environment": wanted}}}))
    done = subprocess.run(
        ["docker", "compose", "-f", "compose.json", "config", "--format", "json"], cwd=directory, check=False,
        env={"PATH": os.environ["PATH"], **ENVIRONMENT}, capture_output=True, text=True, timeout=120,
    )
    if done.returncode != 0:
        return None
    found = json.loads(done.stdout)["services"]["app"]["environment"]
    return {name: value.replace("$$", "$") for name, value in found.items()}


def test_every_spelling_is_read_as_compose_reads_it(tmp_path: Path) -> None:
    names = [f"V{number}" for number in range(len(SPELLINGS))]
    lines = "".join(f"{name}{spelling}\n" for name, spelling in zip(names, SPELLINGS, strict=True))
    text = f"\ufeff# a comment\nEMPTY=\nexport  EXPORTED=1\n\n{lines}HOME\nMISSING\nLAST=$V0"
    names += ["EMPTY", "EXPORTED", "HOME", "MISSING", "LAST"]
    ours = parse_env_file(text, ENVIRONMENT).values
    theirs = compose(tmp_path, text, names)
    assert theirs is not None
    assert {name: ours.get(name, "<unset>") for name in names} == theirs


@pytest.mark.parametrize("text", REFUSED)
def test_what_compose_refuses_is_refused(tmp_path: Path, text: str) -> None:
    assert compose(tmp_path, f"{text}\n", ["A"]) is None
    with pytest.raises(EnvFileError):
        parse_env_file(f"{text}\n", ENVIRONMENT)
