"""GET as a visitor would, against a server of our own on loopback."""

from __future__ import annotations

import http.server
import socket
import threading

import pytest

from deploy.adapters.http import PlainHttp
from deploy.model.errors import DeployError


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/fine")
        else:
            self.send_response(503 if self.path == "/sick" else 200)
            self.send_header("X-Release", "release-7")
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def url():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_answer_with_lower_case_headers_path_and_query(url):
    answer = PlainHttp().get(f"{url}/fine?a=1", 5)
    assert (answer.status, answer.headers["x-release"], answer.body) == (200, "release-7", b"/fine?a=1")
    assert answer.elapsed_seconds >= 0


def test_a_bad_status_is_an_answer(url):
    assert PlainHttp().get(f"{url}/sick", 5).status == 503


def test_no_redirect_is_followed(url):
    assert PlainHttp().get(f"{url}/moved", 5).status == 302


def test_no_proxy_of_the_environment_is_used(url, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert PlainHttp().get(f"{url}/fine", 5).status == 200


def test_none_when_refused():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening
        assert PlainHttp().get(f"http://127.0.0.1:{held.getsockname()[1]}/", 5) is None


def test_none_when_nothing_is_said_in_time():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert PlainHttp().get(f"http://127.0.0.1:{silent.getsockname()[1]}/", 0.1) is None


@pytest.mark.parametrize("bad", ["http://localhost:port/", "http://[::1/"])
def test_a_url_that_cannot_be_read_is_an_error_not_a_traceback(bad):
    with pytest.raises(DeployError):
        PlainHttp().get(bad, 1)
