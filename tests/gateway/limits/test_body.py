from __future__ import annotations

import pytest

PATH = "/v1/images/generations"


class TestBodyLimit:
    async def test_a_longer_content_length_is_refused_before_a_byte_is_read(self, client, settings):
        read = []

        async def body():
            read.append(1)
            yield b"x"

        headers = {"content-length": str(settings.max_body_bytes + 1), "content-type": "application/json"}
        answer = await client.post(PATH, content=body(), headers=headers)
        assert answer.status_code == 413
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
        assert answer.headers["connection"] == "close"
        assert len(read) <= 1

    async def test_a_body_without_a_length_is_cut_off_at_the_limit(self, client, settings):
        sent = 0

        async def body():
            nonlocal sent
            for _ in range(1000):
                sent += 65536
                yield b" " * 65536

        answer = await client.post(PATH, content=body(), headers={"content-type": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "body_too_large"

    @pytest.mark.parametrize("length", ["-5", "abc", "1e3", "²"])
    async def test_a_length_that_is_no_number_is_refused(self, client, length):
        answer = await client.post(PATH, content=b"{}", headers={"content-length": length.encode("latin-1")})
        assert answer.status_code == 400

    async def test_a_body_at_the_limit_is_read(self, client, settings):
        text = b'{"prompt":"x"}'
        text += b" " * (settings.max_body_bytes - len(text))
        answer = await client.post(PATH, content=text, headers={"content-type": "application/json"})
        assert answer.status_code == 200
