from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway import webui
from gateway.app import create_app
from gateway.settings import Settings
from gateway.webui import WebPage

PAGE = '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><title>Avila</title>'
SCRIPT = "console.log('hello');" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "icons").mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "assets" / "index-abc.js").write_text(SCRIPT)
    (folder / "icons" / "icon.svg").write_text("<svg/>")
    (folder / "sw.js").write_text("// worker")
    (folder / "manifest.webmanifest").write_text("{}")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def settings(tmp_path: Path, folder: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", model_repository=tmp_path / "models", web_dir=folder)


class TestPage:
    @pytest.mark.parametrize("path", ["/", "/index.html", "/settings", "/gallery/of/anything"])
    async def test_every_address_of_the_page_gets_its_shell_without_a_key(self, stranger, path):
        answer = await stranger.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert "<title>Avila</title>" in answer.text

    async def test_its_styles_carry_a_nonce_of_their_own_each_time(self, stranger):
        nonces = set()
        for _ in range(2):
            answer = await stranger.get("/")
            (nonce,) = re.findall('nonce="([^"]+)"', answer.text)
            policy = answer.headers["content-security-policy"]
            assert f"style-src 'self' 'nonce-{nonce}'" in policy
            nonces.add(nonce)
        assert len(nonces) == 2

    async def test_its_policy_allows_no_foreign_and_no_inline_script(self, stranger):
        policy = (await stranger.get("/")).headers["content-security-policy"]
        directives = dict(part.split(" ", 1) for part in policy.split("; "))
        assert directives["default-src"] == "'none'"
        assert directives["script-src"] == directives["connect-src"] == "'self'"
        assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
        assert "unsafe" not in policy
        assert "http" not in policy

    async def test_hashed_files_are_kept_for_ever_and_the_others_asked_for(self, stranger):
        kept = {
            path: (await stranger.get(path)).headers["cache-control"] for path in ("/assets/index-abc.js", "/sw.js")
        }
        assert kept == {"/assets/index-abc.js": "public, max-age=31536000, immutable", "/sw.js": "no-cache"}

    async def test_files_are_compressed_for_who_understands_it(self, stranger):
        async def raw(encoding: str) -> tuple[str | None, bytes]:
            async with stranger.stream("GET", "/assets/index-abc.js", headers={"accept-encoding": encoding}) as answer:
                return answer.headers.get("content-encoding"), b"".join([part async for part in answer.aiter_raw()])

        encoding, body = await raw("gzip, br")
        assert (encoding, gzip.decompress(body).decode()) == ("gzip", SCRIPT)
        assert await raw("identity") == (None, SCRIPT.encode())

    async def test_an_unchanged_file_is_not_sent_again(self, stranger):
        first = await stranger.get("/sw.js")
        again = await stranger.get("/sw.js", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    async def test_types_are_the_right_ones(self, stranger):
        types = [
            (await stranger.get(path)).headers["content-type"].partition(";")[0]
            for path in ("/assets/index-abc.js", "/icons/icon.svg", "/manifest.webmanifest")
        ]
        assert types == ["text/javascript", "image/svg+xml", "application/manifest+json"]

    async def test_head_is_answered(self, stranger):
        answer = await stranger.head("/")
        assert (answer.status_code, answer.content) == (200, b"")


class TestWhatIsNotThePage:
    @pytest.mark.parametrize("path", ["/assets/none.js", "/favicon.ico", "/secret.txt"])
    async def test_a_file_that_is_not_there_is_not_found(self, stranger, path):
        answer = await stranger.get(path)
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"

    @pytest.mark.parametrize(
        "path",
        ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/assets/%2e%2e%2f%2e%2e%2fsecret.txt"],
    )
    async def test_no_path_leads_out_of_the_build(self, stranger, path):
        answer = await stranger.get(httpx.URL("http://gateway").copy_with(raw_path=path.encode()))
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"

    @pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/sdapi/v1/nothing", "/metrics/x", "/files", "/health/x"])
    async def test_a_misspelt_address_of_an_api_never_gets_the_page(self, client, path):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert "html" not in answer.headers["content-type"]

    async def test_the_page_takes_no_other_method(self, stranger):
        answers = [(await stranger.request(method, "/nothing")).status_code for method in ("POST", "PUT", "DELETE")]
        assert answers == [404, 404, 404]


class TestWithoutABuild:
    async def test_the_page_says_how_to_build_it_and_the_apis_work(self, tmp_path, backend):
        settings = Settings(data_dir=tmp_path / "d", model_repository=tmp_path / "m", web_dir=tmp_path / "nowhere")
        app = create_app(settings, backend)
        async with app.router.lifespan_context(app) as state:

            async def asgi(scope, receive, send):
                await app({**scope, "state": dict(state)}, receive, send)

            transport = httpx.ASGITransport(asgi)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                answer = await client.get("/")
                assert answer.status_code == 404
                assert "make web" in answer.json()["detail"]
                assert (await client.get("/health")).status_code == 200

    def test_a_file_too_large_to_be_of_a_page_is_refused(self, folder, monkeypatch):
        monkeypatch.setattr(webui, "_MAX_FILE_BYTES", 10)
        with pytest.raises(ValueError, match="larger"):
            WebPage(folder).load()


def test_install_needs_nothing_of_an_application_but_its_routes():
    app = Starlette()
    webui.install(app)  # type: ignore[arg-type]
    assert [route.name for route in app.routes] == ["page"]
