"""Sign-in through a real provider: everything the browser does, over HTTP."""

from __future__ import annotations

from urllib.parse import parse_qs

import httpx
import pytest

from gateway.app import create_app
from gateway.auth.subject import Role
from tests.gateway.conftest import Running
from tests.gateway.fakes import ScriptedBackend
from tests.gateway.oidc.provider import Provider, running_provider
from tests.gateway.people import make_user

pytestmark = pytest.mark.filterwarnings("ignore")  # the provider's own, which runs in this process
BASE = "http://gateway"
CALLBACK = f"{BASE}/v1/auth/oidc/callback"


@pytest.fixture(scope="module")
def provider():
    with running_provider(CALLBACK) as provider:
        yield provider


@pytest.fixture
def chosen():
    return {}


@pytest.fixture
async def gateway(settings, provider: Provider, chosen):
    values = {
        "public_url": BASE,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": provider.client["client_id"],
        "oidc_client_secret": provider.client["client_secret"],
        "oidc_name": "Example",
        "oidc_roles": {"drawers": "user", "chiefs": "admin"},
        **chosen,
    }
    settings = type(settings)(**{**settings.model_dump(), **values})
    app = create_app(settings, ScriptedBackend())
    async with app.router.lifespan_context(app) as state:
        yield Running(app, state["keys"], dict(state))


async def go(browser: httpx.AsyncClient, provider: Provider, sub: str, back_to: str = "/gallery") -> httpx.Response:
    """To the provider, through its form, and back."""
    start = await browser.get("/v1/auth/oidc/start", params={"back_to": back_to})
    assert start.status_code == 303, start.text
    back = provider.sign_in(start.headers["location"], sub)
    return await browser.get(back.raw_path.decode())


class TestSignIn:
    async def test_a_person_of_a_group_gets_an_account_and_a_session(self, gateway, provider, stranger):
        provider.know("ann")
        (way,) = (await stranger.get("/v1/auth/providers")).json()
        assert way == {"id": "oidc", "name": "Example", "url": "/v1/auth/oidc/start"}
        back = await go(stranger, provider, "ann")
        assert (back.status_code, back.headers["location"]) == (303, "/gallery"), back.text
        cookies = back.headers.get_list("set-cookie")
        assert all("HttpOnly" in cookie for cookie in cookies if "Max-Age=0" not in cookie)
        me = (await stranger.get("/v1/auth/me")).json()
        assert (me["email"], me["name"], me["role"]) == ("ann@example.org", "Ann", "user")
        again = await go(stranger, provider, "ann")
        assert again.status_code == 303
        assert (await stranger.get("/v1/auth/me")).json()["id"] == me["id"]

    async def test_pkce_state_and_nonce_are_sent(self, stranger):
        url = httpx.URL((await stranger.get("/v1/auth/oidc/start")).headers["location"])
        query = parse_qs(url.query.decode())
        assert query["code_challenge_method"] == ["S256"]
        assert len(query["code_challenge"][0]) == 43
        assert {"state", "nonce"} <= query.keys()

    async def test_a_changed_group_changes_the_role_at_the_next_sign_in(self, gateway, provider, stranger):
        provider.know("ben", email="ben@example.org", groups=["drawers", "chiefs"])
        await go(stranger, provider, "ben")
        assert (await stranger.get("/v1/auth/me")).json()["role"] == "admin"
        provider.know("ben", email="ben@example.org", groups=["drawers"])
        await go(stranger, provider, "ben")
        assert (await stranger.get("/v1/auth/me")).json()["role"] == "user"

    async def test_signing_out_ends_the_session(self, provider, stranger):
        provider.know("ann")
        await go(stranger, provider, "ann")
        answer = await stranger.post("/v1/auth/oidc/sign-out")
        assert answer.status_code == 200
        url = answer.json()["url"]
        assert url is None or url.startswith(provider.issuer)
        assert (await stranger.get("/v1/auth/me")).status_code == 401


class TestRefused:
    async def test_who_is_in_no_group(self, provider, stranger):
        provider.know("eve", email="eve@example.org", groups=["others"])
        answer = await go(stranger, provider, "eve")
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_an_address_that_is_not_verified(self, provider, stranger):
        provider.know("eve", email="ann2@example.org", email_verified=False)
        assert (await go(stranger, provider, "eve")).status_code == 403

    async def test_nobody_takes_over_an_account_by_its_address(self, gateway, provider, stranger):
        local = await make_user(gateway._state["database"], Role.ADMIN, "root")
        provider.know("mallory", email=local.email, groups=["drawers"])
        answer = await go(stranger, provider, "mallory")
        assert answer.status_code == 400
        assert (await stranger.get("/v1/auth/me")).status_code == 401

    async def test_who_was_blocked_here(self, gateway, provider, stranger):
        provider.know("cat", email="cat@example.org")
        await go(stranger, provider, "cat")
        me = (await stranger.get("/v1/auth/me")).json()
        await gateway._state["accounts"].update(me["id"], {"status": "blocked"})
        assert (await go(stranger, provider, "cat")).status_code == 403

    async def test_another_browser_cannot_use_the_code(self, gateway, provider, stranger):
        provider.know("ann")
        start = await stranger.get("/v1/auth/oidc/start")
        back = provider.sign_in(start.headers["location"], "ann")
        async with gateway.client() as other:
            assert (await other.get(back.raw_path.decode())).status_code == 401
            await other.get("/v1/auth/oidc/start")
            assert (await other.get(back.raw_path.decode())).status_code == 401
        assert (await stranger.get(back.raw_path.decode())).status_code == 303
        assert (await stranger.get(back.raw_path.decode())).status_code == 401, "a code works once"

    async def test_a_browser_is_told_by_the_page(self, provider, stranger):
        stranger.headers["accept"] = "text/html,*/*"
        provider.know("eve", email="eve@example.org", groups=["others"])
        answer = await go(stranger, provider, "eve")
        assert (answer.status_code, answer.headers["location"]) == (303, "/#refused=permission_denied")
        denied = await stranger.get("/v1/auth/oidc/callback", params={"error": "access_denied"})
        assert (denied.status_code, denied.headers["location"]) == (303, "/#refused=invalid_api_key")
        assert (await stranger.get("/v1/auth/me")).status_code == 401

    @pytest.mark.parametrize("back_to", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
    async def test_nobody_is_sent_elsewhere(self, provider, stranger, back_to):
        provider.know("ann")
        assert (await go(stranger, provider, "ann", back_to)).headers["location"] == "/"


class TestProviderAway:
    @pytest.fixture
    def chosen(self):
        return {"oidc_issuer": "http://127.0.0.1:1"}

    async def test_it_is_said_and_may_be_tried_again(self, stranger):
        answer = await stranger.get("/v1/auth/oidc/start")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        told = await stranger.get("/v1/auth/oidc/start", headers={"accept": "text/html"})
        assert (told.status_code, told.headers["location"]) == (303, "/#refused=unavailable")


class TestOff:
    @pytest.fixture
    def chosen(self):
        return {"oidc_issuer": None}

    async def test_there_is_no_such_way(self, stranger):
        assert (await stranger.get("/v1/auth/providers")).json() == []
        assert (await stranger.get("/v1/auth/oidc/start")).status_code == 404


class TestEverybody:
    @pytest.fixture
    def chosen(self):
        return {"oidc_default_role": "viewer"}

    async def test_the_role_of_everybody_else_can_be_set(self, provider, stranger):
        provider.know("dan", email="dan@example.org", groups=[])
        await go(stranger, provider, "dan")
        assert (await stranger.get("/v1/auth/me")).json()["role"] == "viewer"
