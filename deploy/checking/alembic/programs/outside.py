"""Sent in front of tracer.py: what the project's code asks for beyond the scratch server is noted, never answered.

Python tells it by its audit events (PEP 578): connections, names that are looked up, programs that are started. Where
the machine allows it, nothing of this arrives anywhere; here it is only heard. Only the standard library; Python 3.8.
"""

import os
import re
import shlex
import socket
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Set, Tuple

if TYPE_CHECKING:
    from types import FrameType

# Programs that Python's own library starts to ask about this machine.
ASK_THE_MACHINE = {
    "uname", "ldconfig", "gcc", "cc", "ld", "objdump", "ifconfig", "ip", "arp", "lscpu", "file", "which", "git", "tput",
    "stty", "lsb_release", "getconf",
}
OF_POSTGRESQL = {"psql", "pg_dump", "pg_restore", "pg_isready", "createdb", "dropdb", "vacuumdb", "reindexdb"}
NAMES_A_SERVER = re.compile(
    r"(?:^|\s)(?:-h\s*|--host[=\s]\s*)(?P<option>[\w.:/-]+)|\bhost(?:addr)?=(?P<word>[\w.:/-]+)"
    r"|\b\w+://(?:[^\s/@'\"]*@)?(?P<url>[\w.:-]+)|\bservice=(?P<service>\w+)"
)
SETS_VARIABLE = re.compile(r"\w+=")
LOGS = {"/dev/log"}
WHY = "a check lets it reach nothing but the scratch server, so what that would do was not seen"


class Outside:
    """What was heard since it was last taken.

    Args:
        own_host: the scratch server's, or the directory of its socket.
        revision: names the revision that runs; None outside of one.
        where: the line of its own file.
    """

    def __init__(self, own_host: str, revision: Callable[[], Optional[str]], where: Callable[[], int]) -> None:
        self.own_host = own_host
        self.revision = revision
        self.where = where
        self.is_on = True
        self.kept: List[Dict[str, Any]] = []
        self.told: Set[Tuple[Optional[str], str]] = set()

    def listen(self) -> None:
        sys.addaudithook(self.hear)

    def hear(self, event: str, args: Tuple[Any, ...]) -> None:
        found = HEARD.get(event)
        if found is None or not self.is_on:
            return
        try:
            key, what = found(self, *args)
        except Exception:  # noqa: BLE001 - an event of another form than we know
            return
        if key and (self.revision() is not None or key.startswith("to ")):
            self.note(key, what)

    def note(self, key: str, what: str, why: str = WHY) -> None:
        """Keep it for the watch; one thing is told once of a revision."""
        revision = self.revision()
        if self.is_on and (revision, key) not in self.told:
            self.told.add((revision, key))
            self.kept.append({"revision": revision, "what": what, "why": why, "line": self.where()})

    def take(self) -> List[Dict[str, Any]]:
        found, self.kept = self.kept, []
        return found

    def connect(self, _: Any, address: Any) -> Tuple[str, str]:
        if isinstance(address, tuple):
            return "to " + str(address[0]), "connects to {}:{}".format(address[0], address[1])
        path = os.fsdecode(address)
        if path in LOGS or path.startswith(self.own_host):
            return "", ""
        return "to " + path, "connects to the socket " + path

    def look_up(self, host: Any, port: Any = None, *_: Any) -> Tuple[str, str]:
        name = host.decode() if isinstance(host, bytes) else host
        if not name or name in ("localhost", socket.gethostname()):
            return "", ""
        return "to " + name, "looks for the server {}{}".format(name, ":{}".format(port) if port else "")

    def start(self, executable: Any, words: Any, _: Any = None, environment: Any = None) -> Tuple[str, str]:
        argv = [os.fsdecode(words)] if isinstance(words, (str, bytes)) else [os.fsdecode(word) for word in words]
        text = argv[0] if len(argv) == 1 else " ".join(shlex.quote(word) for word in argv)
        if len(argv) == 3 and argv[1] == "-c" and os.path.basename(argv[0]) == "sh":  # noqa: PLR2004 - the shell's words
            text = argv[2]
        # Its other words may be secrets.
        named = [word for word in text.split() if not SETS_VARIABLE.match(word)] or [os.fsdecode(executable or "")]
        program = os.path.basename(named[0])
        server = NAMES_A_SERVER.search(text)
        host = dict(environment or os.environ).get("PGHOST", "")
        is_led = program in OF_POSTGRESQL and host == self.own_host and server is None
        if program in ASK_THE_MACHINE or is_led:
            return "", ""
        names = [name for name in server.groups() if name] if server else []
        to_whom = ", which names the server {}".format(*names) if names else ""
        return "by " + text, "starts {}{}".format(program, to_whom)

    def run_in_shell(self, command: Any) -> Tuple[str, str]:
        return self.start(None, command)


HEARD: Dict[str, Callable[..., Tuple[str, str]]] = {
    "socket.connect": Outside.connect, "socket.sendto": Outside.connect, "socket.getaddrinfo": Outside.look_up,
    "socket.gethostbyname": Outside.look_up, "subprocess.Popen": Outside.start, "os.system": Outside.run_in_shell,
    "os.posix_spawn": lambda outside, path, argv, env: outside.start(path, argv, None, env),
    "os.exec": lambda outside, path, argv, env: outside.start(path, argv, None, env),
}


def line_of(path: str) -> int:
    """The innermost line of this file that runs; 0 where it does not."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == path:
            return frame.f_lineno
        frame = frame.f_back
    return 0
