from __future__ import annotations

import pytest

from gateway.auth.subject import Role
from tests.gateway.people import HASH, access_token, make_user

PASSWORD = "x"  # what HASH was made of; the length is checked where a password is set, not where one is tried


@pytest.fixture
async def ann(gateway):
    return await make_user(gateway._state["database"], Role.ADMIN, "ann", password_hash=HASH)


async def sign_in(client, **body):
    return await client.post("/v1/auth/sign-in", json={"email": "ann@example.org", "password": PASSWORD, **body})


class TestSetUp:
    async def test_the_first_start_needs_it_and_its_token_does_it(self, gateway, stranger):
        assert (await stranger.get("/v1/auth/methods")).json()["needs_setup"] is True
        token = await gateway._state["accounts"].setup_token()
        body = {"token": token, "email": "ann@example.org", "password": "correct horse battery"}
        answer = await stranger.post("/v1/auth/setup", json=body)
        assert (answer.status_code, answer.json()["role"]) == (201, "admin")
        assert "password" not in answer.text
        assert (await stranger.get("/v1/auth/methods")).json()["needs_setup"] is False
        assert (await stranger.post("/v1/auth/setup", json=body)).status_code == 403


class TestSignIn:
    async def test_a_program_gets_tokens_that_work_and_refresh(self, stranger, ann):
        tokens = (await sign_in(stranger)).json()
        assert not stranger.cookies
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        assert (await stranger.get("/v1/auth/me", headers=headers)).json()["email"] == "ann@example.org"
        again = (await stranger.post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})).json()
        assert again["session_id"] == tokens["session_id"]
        assert again["refresh_token"] != tokens["refresh_token"]

    async def test_the_page_gets_cookies_that_no_script_can_read(self, stranger, ann):
        answer = await sign_in(stranger, cookies=True)
        assert answer.json()["access_token"] is None
        for cookie in answer.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie
            assert "SameSite=strict" in cookie
        assert (await stranger.get("/v1/auth/me")).json()["id"] == ann.id
        assert (await stranger.post("/v1/auth/refresh")).status_code == 200
        assert (await stranger.post("/v1/auth/sign-out")).status_code == 204
        assert (await stranger.get("/v1/auth/me")).status_code == 401

    async def test_over_https_the_cookies_are_secure(self, gateway, ann):
        async with gateway.client() as client:
            client.base_url = "https://gateway"
            answer = await sign_in(client, cookies=True)
        assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))

    @pytest.mark.parametrize(
        "headers",
        [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
    )
    async def test_another_sites_page_cannot_use_the_cookie(self, stranger, ann, headers):
        await sign_in(stranger, cookies=True)
        for path in ("/v1/auth/sign-out-everywhere", "/v1/auth/refresh"):
            assert (await stranger.post(path, headers=headers)).status_code == 403
        ours = {"origin": "http://gateway", "sec-fetch-site": "same-origin"}
        assert (await stranger.post("/v1/auth/refresh", headers=ours)).status_code == 200

    async def test_a_wrong_password_is_401_and_says_no_more(self, stranger, ann):
        answer = await sign_in(stranger, password="wrong")
        assert answer.status_code == 401
        assert answer.json()["detail"] == "The e-mail address or the password is wrong"

    async def test_a_password_is_in_no_error(self, stranger):
        body = {"email": "a@b.c", "password": "topsecret" * 30}
        answer = await stranger.post("/v1/auth/sign-in", json=body)
        assert answer.status_code == 400
        assert "topsecret" not in answer.text


class TestSessions:
    async def test_they_are_listed_and_one_can_be_ended(self, stranger, gateway, ann):
        here = (await sign_in(stranger)).json()
        there = (await sign_in(stranger)).json()
        headers = {"authorization": f"Bearer {here['access_token']}"}
        listed = (await stranger.get("/v1/auth/sessions", headers=headers)).json()
        assert {session["id"]: session["is_current"] for session in listed} == {
            here["session_id"]: True,
            there["session_id"]: False,
        }
        await stranger.delete(f"/v1/auth/sessions/{there['session_id']}", headers=headers)
        other = {"authorization": f"Bearer {there['access_token']}"}
        assert (await stranger.get("/v1/auth/me", headers=other)).status_code == 401


class TestAdministration:
    @pytest.fixture
    async def admin(self, gateway, ann):
        async with gateway.client(await access_token(gateway._state["sessions"], ann)) as client:
            yield client

    async def test_an_invited_person_registers_and_is_listed(self, admin, stranger, ann):
        token = (await admin.post("/v1/invitations", json={"role": "viewer"})).json()["token"]
        body = {"email": "bob@example.org", "password": "correct horse battery", "timezone": "Europe/Lisbon"}
        assert (await stranger.post("/v1/auth/register", json=body)).status_code == 403
        bob = (await stranger.post("/v1/auth/register", json={**body, "invitation": token})).json()
        assert (bob["role"], bob["timezone"]) == ("viewer", "Europe/Lisbon")
        page = (await admin.get("/v1/users", params={"limit": 1})).json()
        rest = (await admin.get("/v1/users", params={"after": page["next"]})).json()
        assert [user["id"] for user in page["results"] + rest["results"]] == [ann.id, bob["id"]]
        named = (await admin.get("/v1/users", params={"id": [bob["id"], "usr_gone"]})).json()
        assert [user["id"] for user in named["results"]] == [bob["id"]]
        refused = await admin.get("/v1/users", params={"id": ["u"] * 101})
        assert (refused.status_code, refused.json()["field"]) == (400, "id")
        changed = await admin.patch(f"/v1/users/{bob['id']}", json={"role": "user", "status": "disabled"})
        assert (changed.json()["role"], changed.json()["status"]) == ("user", "disabled")

    async def test_nobody_sees_a_hash(self, admin, ann):
        answer = await admin.get(f"/v1/users/{ann.id}")
        assert "argon2" not in answer.text
        assert "hash" not in answer.text
