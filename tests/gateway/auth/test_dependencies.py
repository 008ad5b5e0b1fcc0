from __future__ import annotations

import base64

import pytest


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


class TestPresentedKey:
    @pytest.mark.parametrize(
        "headers",
        [
            lambda key: {"authorization": f"Bearer {key}"},
            lambda key: {"authorization": f"bearer   {key} "},
            lambda key: {"x-api-key": key},
            lambda key: {"api-key": key},
            lambda key: {"authorization": "", "x-api-key": key},
            lambda key: {"authorization": basic(f"anyone:{key}")},
        ],
    )
    async def test_a_key_is_taken_from_where_clients_put_it(self, stranger, key, headers):
        assert (await stranger.get("/v1/models", headers=headers(key))).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": ""},
            {"authorization": "Basic "},
            {"authorization": "Basic !!!"},
            {"authorization": "Basic /////w=="},
            {"authorization": basic("no colon")},
            {"authorization": "Bearer"},
            {"authorization": "Bearer av_wrong"},
            {"authorization": "Digest av_wrong"},
            {"x-api-key": "x" * 5000},
        ],
    )
    async def test_anything_else_is_401(self, stranger, headers):
        answer = await stranger.get("/v1/models", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
