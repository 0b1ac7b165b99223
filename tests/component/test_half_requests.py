"""Programs of this machine that connect to the kiosk's port and say half of something."""

from __future__ import annotations

import http.client
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest

from kiosk.web.hurried import LIMIT_S as LIMIT_OF_A_REQUEST_S
from kiosk.web.port import WebSettings
from provisioning.twin.house import free_port
from tests.bench.client import Client
from tests.driving.twin import REPOSITORY, Twin, until

MANY = 40
HEAD = b"POST /act/stop HTTP/1.1\r\nHost: 127.0.0.1\r\n"
LIMIT_S = 15.0


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with Twin(tmp_path_factory.mktemp("half")) as running:
        yield running


@pytest.mark.parametrize(
    "said",
    [b"", HEAD, HEAD + b"Content-Length: 500\r\n\r\nvisit="],
    ids=["nothing", "half-a-head", "half-a-body"],
)
def test_who_says_half_of_something_keeps_nobody_from_the_screen(twin: Twin, said: bytes) -> None:
    address = urlsplit(twin.enter_url())
    assert address.hostname is not None
    assert address.port is not None
    with ExitStack() as open_ones:
        # given more of them than the kiosk has threads
        for _ in range(MANY):
            made = socket.create_connection((address.hostname, address.port), LIMIT_S)
            open_ones.enter_context(made)
            made.sendall(said)
        # when the kiosk's own browser asks
        client = Client(twin, limit_s=LIMIT_S)
        open_ones.callback(client.close)
        # then
        assert client.state()


def test_an_event_stream_outlives_the_limit_for_requests(twin: Twin) -> None:
    # given beats that take longer, together, than a request may
    beats = 4
    assert beats * WebSettings.beat_s > 2 * LIMIT_OF_A_REQUEST_S
    client = Client(twin, limit_s=LIMIT_S)
    with closing(client), closing(client.listen()) as stream:
        while beats:
            line = stream.readline()
            assert line, "it has ended"
            beats -= line == b"event: beat\n"


SLOW = f"""
import sys, threading
from gunicorn.app.base import BaseApplication
from kiosk.web.hurried import HurriedWorker

def answer(environ, start):
    threading.Event().wait({LIMIT_OF_A_REQUEST_S * 1.7})
    said = environ["wsgi.input"].read()
    start("200 OK", [("Content-Length", str(len(said)))])
    return [said]

class Slow(BaseApplication):
    def load_config(self):
        for key, value in dict(
            bind="127.0.0.1:" + sys.argv[1], worker_class=HurriedWorker, threads=4,
            control_socket_disable=True, keepalive=30,
        ).items():
            if key in self.cfg.settings:
                self.cfg.set(key, value)
    def load(self):
        return answer

Slow().run()
"""


def test_a_slow_answer_costs_nobody_the_connection() -> None:
    port = free_port(0)
    server = subprocess.Popen([sys.executable, "-c", SLOW, str(port)], cwd=REPOSITORY)
    try:
        until(lambda: is_heard(port), "the server")
        with closing(http.client.HTTPConnection("127.0.0.1", port, LIMIT_S)) as connection:
            connection.connect()
            kept = connection.sock
            for said in (b"one", b"two", b"three"):
                connection.request("POST", "/", said)
                assert connection.getresponse().read() == said
                # Were the server to hang up, the line would have something to read: its end.
                assert select.select([kept], [], [], LIMIT_OF_A_REQUEST_S)[0] == []
            assert connection.sock is kept
    finally:
        server.terminate()
        server.wait()


def is_heard(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
