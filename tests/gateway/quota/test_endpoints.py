from __future__ import annotations

import pytest

from gateway.auth.service import KeyWish
from gateway.auth.subject import KeyPolicy, Role, Scope
from tests.gateway.people import access_token, make_user

BODY = {"model": "toy", "input": {"prompt": "x", "num_inference_steps": 1, "num_images": 2}}


@pytest.fixture
async def ann(gateway):
    return await make_user(gateway._state["database"], limits={"images_per_day": 3}, timezone="Europe/Lisbon")


@pytest.fixture
async def as_ann(gateway, ann):
    async with gateway.client(await access_token(gateway._state["sessions"], ann)) as client:
        yield client


@pytest.fixture
async def as_admin(gateway):
    admin = await make_user(gateway._state["database"], Role.ADMIN, "admin")
    async with gateway.client(await access_token(gateway._state["sessions"], admin)) as client:
        yield client


class TestQuota:
    async def test_people_see_what_is_left_and_when_it_resets(self, as_ann):
        await as_ann.post("/v1/jobs", json=BODY, headers={"prefer": "wait"})
        quota = (await as_ann.get("/v1/quota")).json()
        assert quota["limits"]["images_per_day"] == 3
        assert (quota["used"]["images_today"], quota["remaining"]["images_today"]) == (2, 1)
        assert quota["remaining"]["queued_jobs"] is None
        assert quota["used"]["stored_bytes"] > 0
        assert "T00:00:00" in quota["resets_at"]

    async def test_a_refusal_is_429_on_both_surfaces_and_not_to_be_repeated(self, as_ann):
        await as_ann.post("/v1/jobs", json=BODY, headers={"prefer": "wait"})
        ours = await as_ann.post("/v1/jobs", json=BODY)
        assert (ours.status_code, ours.json()["code"]) == (429, "insufficient_quota")
        openais = await as_ann.post("/v1/images/generations", json={"prompt": "x", "n": 2})
        assert openais.json()["error"]["code"] == "insufficient_quota"
        assert openais.headers["x-should-retry"] == "false"

    async def test_administrators_see_and_change_it(self, as_admin, as_ann, ann):
        assert (await as_admin.get(f"/v1/users/{ann.id}/quota")).json()["limits"]["images_per_day"] == 3
        assert (await as_admin.get("/v1/users/nobody/quota")).status_code == 404
        await as_admin.patch(f"/v1/users/{ann.id}", json={"limits": {"images_per_day": 50}})
        assert (await as_ann.get("/v1/quota")).json()["remaining"]["images_today"] == 50
        await as_admin.put("/v1/roles/user/limits", json={"queued_jobs": 7, "images_per_day": 1})
        limits = (await as_ann.get("/v1/quota")).json()["limits"]
        assert (limits["images_per_day"], limits["queued_jobs"]) == (50, 7)

    @pytest.mark.parametrize("limits", [{"images_per_day": -1}, {"parallel_jobs": 0}, {"unknown": 1}])
    async def test_nonsense_is_refused(self, as_admin, limits):
        assert (await as_admin.put("/v1/roles/user/limits", json=limits)).status_code == 400


class TestRates:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"requests_per_minute": 5})

    async def test_too_many_requests_are_429_with_what_the_client_needs_to_know(self, as_ann):
        answers = [await as_ann.get("/v1/models") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert [answer.headers.get("x-ratelimit-remaining-requests") for answer in answers[:5]] == list("43210")
        assert answers[0].headers["x-ratelimit-limit-requests"] == "5"
        assert answers[0].headers["x-ratelimit-reset-requests"].endswith("s")
        assert 0 < int(answers[5].headers["retry-after"]) <= 60
        assert answers[5].headers["x-should-retry"] == "true"
        assert answers[5].json()["error"]["code"] == "rate_limit_exceeded"

    async def test_a_person_and_a_key_can_have_their_own(self, gateway):
        bob = await make_user(gateway._state["database"], name="bob", limits={"requests_per_minute": 8})
        policy = KeyPolicy(requests_per_minute=2)
        _, key = await gateway.keys.create(KeyWish("k", bob.id, frozenset(Scope), policy))
        _, other = await gateway.keys.create(KeyWish("other", bob.id))
        async with gateway.client(key) as client:
            assert [(await client.get("/v1/models")).status_code for _ in range(3)] == [200, 200, 429]
        async with gateway.client(other) as client:
            assert [(await client.get("/v1/models")).status_code for _ in range(6)] == [200] * 5 + [429]


class TestRefusedRates:
    async def test_guessing_keys_is_throttled_by_address(self, gateway):
        async with gateway.client("av_wrong", client=("203.0.113.7", 1)) as guesser:
            codes = [(await guesser.get("/v1/models")).status_code for _ in range(61)]
        assert codes == [401] * 60 + [429]
        async with gateway.client("av_wrong", client=("203.0.113.8", 1)) as other:
            assert (await other.get("/v1/models")).status_code == 401
