from __future__ import annotations

import json
import logging

import pytest

from gateway.observability.logging import configure_logging


class TestRequestId:
    async def test_a_harmless_one_is_taken_over(self, stranger):
        answer = await stranger.get("/health", headers={"x-request-id": "abc-1.2_3"})
        assert answer.headers["x-request-id"] == "abc-1.2_3"

    @pytest.mark.parametrize("given", ["", "a b", "x" * 65, "é"])
    async def test_another_is_replaced(self, stranger, given):
        answer = await stranger.get("/health", headers={"x-request-id": given.encode("latin-1")})
        assert answer.headers["x-request-id"].startswith("req_")


class TestSecurityHeaders:
    @pytest.mark.parametrize("path", ["/health", "/v1/models", "/nothing"])
    async def test_they_are_on_every_answer(self, stranger, path):
        headers = (await stranger.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


@pytest.fixture
def _logging_restored():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.mark.usefixtures("_logging_restored")
class TestLog:
    async def test_a_line_is_json_with_the_requests_id_and_no_secret(self, client, key, capsys):
        configure_logging("json", "info")
        body = {"prompt": "a private wish"}
        await client.post("/v1/images/generations?token=hush", json=body, headers={"x-request-id": "r-1"})
        out = capsys.readouterr().err
        lines = [json.loads(line) for line in out.splitlines()]
        (line,) = [line for line in lines if line["event"] == "request"]
        assert line["request_id"] == "r-1"
        assert (line["route"], line["status"]) == ("/v1/images/generations", 200)
        assert line["key_id"].startswith("key_")
        assert not any(secret in out for secret in ("private wish", "hush", key))

    async def test_a_defect_is_logged_with_its_traceback(self, client, backend, capsys):
        async def broken(request):
            raise RuntimeError("the cause")
            yield

        backend.script = broken
        for form in ("json", "console"):
            configure_logging(form, "info")
            await client.post("/v1/images/generations", json={"prompt": "a private wish"})
            out = capsys.readouterr().err
            assert "the cause" in out
            assert "a private wish" not in out
