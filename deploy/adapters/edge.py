"""HAProxy's runtime socket: https://docs.haproxy.org/2.6/management.html section 9.3.

Each command takes about a millisecond, and nothing is ever reloaded: every reload loses requests.
"""

from __future__ import annotations

import csv
import html
import os
import re
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deploy.adapters.edge_counters import parse_counters
from deploy.adapters.edge_files import replace_file
from deploy.model.containers import Slot, SlotState
from deploy.model.errors import EDGE, StepFailed
from deploy.model.routes import APP_BACKEND
from deploy.model.watching import EdgeCounters

TIMEOUT_SECONDS = 3.0
# `show servers state`: srv_admin_state is a bit mask; these two are what the tool itself sets.
ADMIN_FORCED_MAINTENANCE = 0x01
ADMIN_FORCED_DRAIN = 0x08
UNCHECKED_SUFFIX, OVERLOADED_SUFFIX = "_unchecked", "_overloaded"
# edge/haproxy.cfg answers 503 with the page while this entry says so.
# The version of its format: https://docs.haproxy.org/2.6/management.html "show servers state"
SERVERS_NAME, NO_SERVERS = "servers.state", "1\n"
MAP = "/conf/flags.map"
MAP_KEY, MESSAGE_KEY = "maint", "message"
ALLOW_LIST = "/conf/maintenance-allow.lst"


class HaproxyEdge:
    """One backend of one HAProxy, and beside it the same containers without checks (edge/haproxy.cfg).

    Args:
        socket_path: the admin socket on this host; may be longer than the kernel's 107 bytes.
        configuration_path: what the edge reads when it starts.
    """

    def __init__(self, socket_path: Path, backend: str = APP_BACKEND, configuration_path: Path | None = None) -> None:
        self._socket_path = socket_path
        self._configuration_path = configuration_path
        self._backend = backend
        self._unchecked = f"{backend}{UNCHECKED_SUFFIX}"

    def of(self, backend: str) -> HaproxyEdge:
        """Another backend of the same HAProxy."""
        return HaproxyEdge(self._socket_path, backend, self._configuration_path)

    def backends(self) -> frozenset[str]:
        """`show backend`."""
        lines = [line.strip() for line in self._told("show backend").splitlines()]
        return frozenset(line for line in lines if line and not line.startswith("#"))

    def configuration(self) -> str:
        """The file's text."""
        path = self._configuration_path
        return path.read_text(encoding="utf-8") if path is not None and path.is_file() else ""

    def write_configuration(self, text: str) -> None:
        """By a rename."""
        if self._configuration_path is None:
            raise ValueError("nobody said where the edge's configuration lies")
        replace_file(self._configuration_path, text)

    def process_id(self) -> int:
        """`Pid` of `show info`."""
        found = re.search(r"^Pid: (\d+)$", self._told("show info"), re.MULTILINE)
        return int(found[1]) if found else 0

    def keep_servers(self) -> None:
        """In the form that `load-server-state-from-file` reads."""
        replace_file(self._servers, self._told("show servers state"))

    def forget_servers(self) -> None:
        """The file has its version and no server: one that is missing is a warning at every start."""
        replace_file(self._servers, NO_SERVERS)

    @property
    def _servers(self) -> Path:
        return self._socket_path.parent / SERVERS_NAME

    def is_reachable(self) -> bool:
        """Whether it answers."""
        try:
            return self._ask("show version").strip() != ""
        except OSError:
            return False

    def slots(self) -> tuple[Slot, ...]:
        """All slots of the backend."""
        try:
            state = self._ask(f"show servers state {self._backend}")
            stat = self._ask(f"show stat {self._backend} 4 -1")
        except OSError as error:
            raise _unreachable(self._socket_path, error) from None
        if not state.startswith("1\n"):  # the version line that every answer about servers begins with
            raise StepFailed(
                f"the edge has no backend {self._backend!r}: {state.strip()}",
                hint=f"edge/haproxy.cfg needs `backend {self._backend}` with the application's slots",
                reference="edge-refused",
            )
        is_application = self._backend == APP_BACKEND
        return self._with_last_resort(parse_slots(state, stat, is_port_enough=not is_application))

    def _with_last_resort(self, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        """Mark those that are asked because no check passes."""
        if any(slot.state is SlotState.READY and slot.is_up for slot in slots):
            return slots
        open_ones = parse_slots(self._told(f"show servers state {self._unchecked}"), "")
        asked = {slot.address for slot in open_ones if slot.address and slot.state is SlotState.READY}
        return tuple(replace(slot, is_last_resort=slot.address in asked) for slot in slots)

    def set_state(self, slot_name: str, state: SlotState) -> None:
        """`set server … state …`; HAProxy answers with an empty line, or with what is wrong."""
        self._set_state(self._backend, slot_name, state)

    def has_last_resort(self) -> bool:
        """Whether the configuration that it was started with has the backend without checks."""
        return self._told(f"show servers state {self._unchecked}").startswith("1\n")

    def set_last_resort(self, addresses: Collection[str] | None) -> None:
        """Slots of the backend without checks: ready for these containers, shut for all others."""
        state = self._told(f"show servers state {self._unchecked}")
        if not state.startswith("1\n"):  # an edge that was started with an older configuration
            return
        for slot in parse_slots(state, ""):
            is_open = addresses is None or slot.address in addresses
            wanted = SlotState.READY if is_open else SlotState.MAINTENANCE
            if slot.state is not wanted:
                self._set_state(self._unchecked, slot.name, wanted)

    def _set_state(self, backend: str, slot_name: str, state: SlotState) -> None:
        answer = self._told(f"set server {backend}/{slot_name} state {state.value}").strip()
        if answer:
            raise StepFailed(
                f"the edge refused to set {slot_name} to {state}: {answer}", hint="docker compose logs edge",
                reference="edge-refused",
            )

    def is_in_maintenance(self) -> bool:
        """Whether the map says so."""
        lines = [line.split() for line in self._told(f"show map {MAP}").splitlines()]
        return any(words[1:] == [MAP_KEY, "on"] for words in lines)  # each begins with the entry's address

    def set_maintenance(self, *, is_on: bool) -> None:
        """`set map`: at once, for every request that begins from now on."""
        self._must(f"set map {MAP} {MAP_KEY} {'on' if is_on else 'off'}")

    def set_page(self, message: str, allowed: Sequence[str]) -> None:
        """The page's sentence (plain text), and the networks that see the application all the same."""
        self._must(f"set map {MAP} {MESSAGE_KEY} {_escaped(html.escape(message))}")
        self._must(f"clear acl {ALLOW_LIST}")
        for network in allowed:
            self._must(f"add acl {ALLOW_LIST} {network}")

    def _must(self, command: str) -> None:
        answer = self._told(command).strip()
        if answer:
            raise StepFailed(
                f"the edge refused the maintenance page: {answer}",
                hint="edge/haproxy.cfg, flags.map and maintenance-allow.lst belong together; docker compose logs edge",
                reference="edge-refused",
            )

    def _told(self, command: str) -> str:
        try:
            return self._ask(command)
        except OSError as error:
            raise _unreachable(self._socket_path, error) from None

    def counters(self) -> EdgeCounters:
        """Responses by class, times and serving slots."""
        stat = self._told("show stat -1 6 -1")
        return parse_counters(
            stat, self._told(f"show table {self._backend}{OVERLOADED_SUFFIX}"), self._backend, self._unchecked
        )

    def _ask(self, command: str) -> str:
        # A path through /proc keeps within sun_path's 108 bytes however deep the project lies.
        directory = os.open(self._socket_path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(TIMEOUT_SECONDS)
                connection.connect(f"/proc/self/fd/{directory}/{self._socket_path.name}")
                connection.sendall(f"{command}\n".encode())
                parts = []
                while part := connection.recv(65536):
                    parts.append(part)
        finally:
            os.close(directory)
        return b"".join(parts).decode(errors="replace")


def parse_slots(state_text: str, stat_text: str, *, is_port_enough: bool = False) -> tuple[Slot, ...]:
    """Merge `show servers state` (addresses, wishes) and `show stat` (checks, sessions).

    Args:
        is_port_enough: whether an open port is a check that passed: of a service without a health path.
    """
    stats = {row["svname"]: row for row in csv.DictReader(stat_text.lstrip("# ").splitlines())}
    lines = state_text.splitlines()
    header = next((line[2:].split() for line in lines if line.startswith("# ")), [])
    slots = []
    for line in lines:
        if line.startswith("#") or len(line.split()) < len(header) // 2:
            continue
        row = dict(zip(header, line.split(), strict=False))
        stat = stats.get(row["srv_name"], {})
        slots.append(
            Slot(
                name=row["srv_name"],
                address=row["srv_addr"] if row["srv_addr"] not in {"-", "0.0.0.0", "::"} else None,  # noqa: S104
                state=_state(int(row["srv_admin_state"])),
                is_up=stat.get("status", "").startswith("UP"),
                is_check_passed=_is_check_passed(stat, is_port_enough=is_port_enough),
                session_count=int(stat.get("scur") or 0),
            )
        )
    return tuple(slots)


def _is_check_passed(stat: Mapping[str, str], *, is_port_enough: bool) -> bool:
    """Whether a check passed since the slot is in use.

    A slot that leaves `maint` is UP at once and shows its last check, perhaps of another container;
    only full health (rise + fall - 1) says that a check was made since (seen on HAProxy 2.6).
    """
    status = stat.get("check_status", "").lstrip("* ")
    if status != "L7OK" and not (is_port_enough and status == "L4OK"):
        return False
    rise, fall, health = (int(stat.get(name) or 0) for name in ("check_rise", "check_fall", "check_health"))
    return health == rise + fall - 1


def _state(admin_state: int) -> SlotState:
    if admin_state & ADMIN_FORCED_MAINTENANCE:
        return SlotState.MAINTENANCE
    return SlotState.DRAIN if admin_state & ADMIN_FORCED_DRAIN else SlotState.READY


def _unreachable(path: Path, error: OSError) -> StepFailed:
    return StepFailed(
        f"the edge does not answer on {path}: {error.strerror or error}", hint="docker compose ps edge",
        reference="edge-unreachable", away=EDGE,
    )


def _escaped(text: str) -> str:
    """A value of the runtime socket: blanks, backslashes and semicolons end words and commands."""
    return re.sub(r"([\\ ;])", r"\\\1", " ".join(text.split()))
