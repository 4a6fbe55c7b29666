"""The runtime socket itself: paths that are too long, answers that do not come."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager

import pytest

from deploy.adapters import edge as edge_module
from deploy.adapters.edge import HaproxyEdge
from deploy.model.containers import SlotState
from deploy.model.errors import StepFailed


@contextmanager
def answering(path, reply):
    """A socket that answers every command alike; `reply` None: it accepts and stays silent."""
    directory = os.open(path.parent, os.O_PATH)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(f"/proc/self/fd/{directory}/{path.name}")
    listener.listen()
    asked: list[str] = []
    held: list[socket.socket] = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            asked.append(connection.recv(65536).decode().strip())
            if reply is None:
                held.append(connection)
                continue
            connection.sendall(reply.encode())
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)
        for connection in held:
            connection.close()
        os.close(directory)


def test_a_path_longer_than_a_socket_address_works(tmp_path):
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    with answering(deep / "admin.sock", "\n") as asked:
        HaproxyEdge(deep / "admin.sock", "shop").set_state("s2", SlotState.DRAIN)
    assert asked == ["set server shop/s2 state drain"]


def test_what_haproxy_says_against_it_is_told(tmp_path):
    with answering(tmp_path / "a.sock", "No such server.\n\n"), pytest.raises(StepFailed) as caught:
        HaproxyEdge(tmp_path / "a.sock").set_state("s9", SlotState.READY)
    assert caught.value.reference == "edge-refused"
    assert "s9" in caught.value.what


@pytest.mark.parametrize("kind", ["no directory", "no socket", "dead socket"])
def test_a_socket_that_is_not_served_is_unreachable(tmp_path, kind):
    path = (tmp_path / "absent" if kind == "no directory" else tmp_path) / "a.sock"
    if kind == "dead socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    edge = HaproxyEdge(path)
    assert edge.is_reachable() is False
    with pytest.raises(StepFailed) as caught:
        edge.slots()
    assert caught.value.reference == "edge-unreachable"


def test_a_socket_that_accepts_and_says_nothing_is_unreachable_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(edge_module, "TIMEOUT_SECONDS", 0.1)
    with answering(tmp_path / "a.sock", None):
        assert HaproxyEdge(tmp_path / "a.sock").is_reachable() is False


def test_a_backend_that_haproxy_has_not_is_an_error(tmp_path):
    with answering(tmp_path / "a.sock", "Can't find backend.\n\n"), pytest.raises(StepFailed):
        HaproxyEdge(tmp_path / "a.sock", "nope").slots()
