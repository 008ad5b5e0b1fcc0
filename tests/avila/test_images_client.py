"""Against a real server on a socket, which says what the service would say."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from avila.images_client import GenerationError, Picture, Progress, generate


class Answering(ThreadingHTTPServer):
    status = 200
    body = b""
    asked: dict[str, Any]
    hung_up: threading.Event


class Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.server.asked = {"body": json.loads(self.rfile.read(length)), "key": self.headers.get("authorization")}
        self.send_response(self.server.status)
        self.end_headers()
        try:
            self.wfile.write(self.server.body)
            self.wfile.flush()
            while self.server.body.endswith(b"\n\n") and b"hang" in self.server.body:
                self.wfile.write(b": keepalive\n\n")
                threading.Event().wait(0.05)
        except OSError:
            self.server.hung_up.set()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Answering]:
    made = Answering(("127.0.0.1", 0), Handler)
    made.hung_up = threading.Event()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def address(server: Answering) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def sse(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {e.get('type')}\ndata: {json.dumps(e)}\n\n".encode() for e in events)


def test_progress_and_pictures_come_as_they_are_sent(server):
    picture = {
        "type": "image_generation.completed",
        "index": 1,
        "seed": 7,
        "b64_json": base64.b64encode(b"png").decode(),
    }
    server.body = b": keepalive\n\n" + sse(
        {"type": "image_generation.progress", "index": 0, "step": 1, "num_steps": 4},
        {"type": "image_generation.something_newer"},
        picture,
    )
    assert list(generate(address(server), "av_x", {"prompt": "p"})) == [Progress(0, 1, 4), Picture(1, 7, b"png")]
    assert server.asked == {
        "body": {"prompt": "p", "stream": True, "stream_progress": True},
        "key": "Bearer av_x",
    }


def test_an_error_event_is_the_services_own_words(server):
    server.body = sse({"type": "error", "error": {"message": "the networks are away"}})
    with pytest.raises(GenerationError, match="the networks are away"):
        list(generate(address(server), "", {}))


@pytest.mark.parametrize(("status", "hint"), [(400, ""), (401, "avila keys create"), (503, "avila doctor")])
def test_a_refusal_says_what_to_do(server, status, hint):
    server.status, server.body = status, json.dumps({"error": {"message": "no"}}).encode()
    with pytest.raises(GenerationError, match=f"no.*{hint}"):
        list(generate(address(server), "", {}))


def test_an_answer_of_something_else_is_told_by_its_status(server):
    server.status, server.body = 502, b"<html>"
    with pytest.raises(GenerationError, match="answered 502"):
        list(generate(address(server), "", {}))


def test_no_server_says_how_to_start_it():
    with pytest.raises(GenerationError, match="avila up"):
        list(generate("http://127.0.0.1:1", "", {}))


def test_closing_early_closes_the_connection(server):
    server.body = sse({"type": "image_generation.progress", "index": 0, "step": 1, "num_steps": 4, "x": "hang"})
    events = generate(address(server), "", {})
    assert next(events) == Progress(0, 1, 4)
    events.close()
    assert server.hung_up.wait(5)
