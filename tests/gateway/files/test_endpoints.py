from __future__ import annotations

import pytest
from httpx import URL

from gateway.files.service import RangeNotSatisfiableError, Slice, slice_of


@pytest.fixture
async def image(client):
    body = {"model": "toy", "input": {"prompt": "x", "num_inference_steps": 1}}
    job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()
    return job["images"][0]


class TestLink:
    async def test_it_works_as_it_is(self, stranger, image):
        answer = await stranger.get(image["url"])
        assert answer.status_code == 200
        assert len(answer.content) == image["bytes"]
        assert answer.headers["cache-control"].startswith("private, max-age=")
        assert "sandbox" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize("change", [{"expires": "9999999999"}, {"signature": "0" * 32}, {"signature": "é"}])
    async def test_a_changed_one_is_refused(self, stranger, image, change):
        answer = await stranger.get(URL(image["url"]).copy_merge_params(change))
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_one_does_not_open_another_image(self, stranger, image):
        assert (await stranger.get(image["url"].replace(image["id"], "img_other"))).status_code == 403

    async def test_an_expired_one_says_so(self, gateway, stranger, image, monkeypatch):
        files = gateway._state["files"]
        monkeypatch.setattr(files, "_lifetime_s", -5)
        answer = await stranger.get(files.link(image["id"], "http://gateway"))
        assert answer.status_code == 403
        assert "expired" in answer.json()["detail"]

    @pytest.mark.parametrize("name", ["..%2F..%2Favila.sqlite", "%2e%2e", "a" * 300])
    async def test_no_name_reaches_the_file_system(self, client, name):
        assert (await client.get(f"/files/{name}")).status_code == 404

    async def test_a_nul_is_no_image_and_no_fault(self, client, settings):
        answer = await client.get("/files/img_%00")
        refused = (400, "invalid_value") if settings.database_url else (404, "not_found")  # PostgreSQL keeps none
        assert (answer.status_code, answer.json()["code"]) == refused


class TestKey:
    async def test_the_owner_needs_no_link_and_others_get_nothing(self, gateway, client, image):
        assert (await client.get(f"/files/{image['id']}")).status_code == 200
        _, other = await gateway.keys.create("other")
        async with gateway.client(other) as client:
            assert (await client.get(f"/files/{image['id']}")).status_code == 404

    async def test_a_stranger_is_asked_for_a_key(self, stranger, image):
        assert (await stranger.get(f"/files/{image['id']}")).status_code == 401


class TestRange:
    async def test_a_part_is_that_part(self, stranger, image):
        whole = (await stranger.get(image["url"])).content
        part = await stranger.get(image["url"], headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, whole[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"

    async def test_an_etag_saves_the_transfer(self, stranger, image):
        etag = (await stranger.get(image["url"])).headers["etag"]
        again = await stranger.get(image["url"], headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")

    async def test_head_tells_the_size_only(self, stranger, image):
        answer = await stranger.head(image["url"])
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(image["bytes"])

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (None, Slice(0, 100, 100)),
            ("bytes=0-", Slice(0, 100, 100)),
            ("bytes=5-", Slice(5, 100, 100)),
            ("bytes=-5", Slice(95, 100, 100)),
            ("bytes=-500", Slice(0, 100, 100)),
            ("bytes=90-500", Slice(90, 100, 100)),
            ("bytes=-", Slice(0, 100, 100)),
            ("bytes=1-2,4-5", Slice(0, 100, 100)),
            ("items=1-2", Slice(0, 100, 100)),
        ],
    )
    def test_of_a_header(self, header, expected):
        assert slice_of(header, 100) == expected

    @pytest.mark.parametrize("header", ["bytes=100-", "bytes=5-4", "bytes=-0"])
    def test_beyond_the_end(self, header):
        with pytest.raises(RangeNotSatisfiableError):
            slice_of(header, 100)
