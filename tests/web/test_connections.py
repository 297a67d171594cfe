"""A real server, met by clients that are slow, broken or too many."""

import contextlib
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from scamcheck.web.app import create_app
from scamcheck.web.connections import server_of
from scamcheck.web.settings import Limits, Settings

QUICK = Limits(head_seconds=0.6, body_seconds=0.6, head_bytes=8_192, connections=6)
REQUEST = b'POST /v1/classify HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"text":"hi"}'


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    app = create_app(Settings(database=folder / "desk.db", overlay=folder / "rules", watch=False, limits=QUICK))
    with serving(app, QUICK) as found:
        yield found


@contextlib.contextmanager
def serving(app, limits):
    server = server_of(app, limits)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def answer(client):
    """Status, headers and body up to the end of the connection or of the body."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += received(client)
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    while len(body) < int(headers["content-length"]):
        body += received(client)
    return int(lines[0].split()[1]), headers, json.loads(body)


def received(client):
    found = client.recv(65536)
    assert found, "closed without an answer"
    return found


def drip(client, piece, pause):
    """Send `piece` again and again, until the server has had enough; the seconds that took."""
    start = time.perf_counter()
    client.settimeout(pause)
    while time.perf_counter() < start + 10:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(piece)
        with contextlib.suppress(TimeoutError):
            client.recv(1, socket.MSG_PEEK)
            break
    client.settimeout(20)
    return time.perf_counter() - start


@pytest.mark.parametrize("first", [REQUEST, b""], ids=["after a request", "at once"])
def test_a_head_that_drips_is_cut_off(port, first):
    with connect(port) as client:
        if first:
            client.sendall(first)
            assert answer(client)[0] == 200
        client.sendall(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n")
        assert drip(client, b"x-a: b\r\n", 0.1) < 3
        status, headers, problem = answer(client)
        assert (status, headers["connection"], problem["type"]) == (408, "close", "urn:scamcheck:head-too-slow")


def test_a_connection_that_says_nothing_is_closed(port):
    with connect(port) as client:
        assert client.recv(1) == b""


def test_a_body_that_drips_is_cut_off(port):
    with connect(port) as client:
        client.sendall(REQUEST.replace(b"length: 13", b"length: 5000"))
        assert drip(client, b" ", 0.1) < 3
        assert answer(client)[2]["type"] == "urn:scamcheck:body-too-slow"


def test_a_head_without_end_is_refused(port):
    with connect(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: " + b"a" * 10_000)
        assert answer(client)[0] == 431


def test_what_is_not_http_gets_problem_details_too(port):
    with connect(port) as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        status, headers, problem = answer(client)
        assert (status, headers["content-type"]) == (400, "application/problem+json")
        assert problem["type"] == "urn:scamcheck:not-http"


def test_many_requests_on_one_connection(port):
    with connect(port) as client:
        for pause in (0, 0, 0.7, 0):  # longer than a head may take: the clock stops when the head is whole
            client.sendall(REQUEST[:30])
            client.sendall(REQUEST[30:])
            assert answer(client)[0] == 200
            time.sleep(pause)


def test_connections_over_the_limit_are_told_to_come_again(port):
    with contextlib.ExitStack() as open_ones:
        clients = [open_ones.enter_context(connect(port)) for _ in range(7)]
        clients[-1].sendall(REQUEST)
        status, headers, problem = answer(clients[-1])
        assert (status, headers["retry-after"], problem["type"]) == (503, "1", "urn:scamcheck:overloaded")
    time.sleep(0.2)
    with connect(port) as client:
        client.sendall(REQUEST)
        assert answer(client)[0] == 200


def test_more_requests_than_admitted_are_refused_at_once_and_the_rest_answered(tmp_path):
    """Sixty callers at full speed where eight are admitted: none waits long, refusals are problem details, then all is well again."""
    limits = Limits(concurrent_requests=8)
    app = create_app(Settings(database=tmp_path / "desk.db", overlay=tmp_path / "rules", watch=False, limits=limits))
    with serving(app, limits) as port, ThreadPoolExecutor(60) as callers:

        def call(_):
            with connect(port) as client:
                found = []
                for _ in range(10):
                    client.sendall(REQUEST)
                    found.append(answer(client))
                return found

        answers = [item for found in callers.map(call, range(60)) for item in found]
        statuses = [status for status, _, _ in answers]
        assert set(statuses) == {200, 503}
        for status, headers, problem in answers:
            if status == 503:
                assert (headers["content-type"], headers["retry-after"]) == ("application/problem+json", "1")
                assert problem["type"] == "urn:scamcheck:overloaded"
        assert [item[0] for item in call(0)] == [200] * 10
