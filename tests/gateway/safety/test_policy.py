"""What a role's policy does to prompts and pictures, on every surface, in its own words."""

from __future__ import annotations

import asyncio
import base64
import io
import json

import pytest
from PIL import Image

from gateway.auth.service import KeyWish
from gateway.auth.subject import Role, Scope
from tests.gateway.people import make_user

DARK, BRIGHT = 10, 200  # seeds: the scripted backend paints each picture in its seed's grey
BLOCK, BLUR = {"pictures": "block"}, {"pictures": "blur"}


def job(seed=DARK, **fields):
    more = {"prompt": "an apple", "num_inference_steps": 2, **fields}
    return {"model": "toy", "input": {"seed": seed, **more}}


@pytest.fixture
async def admin(gateway):
    _, key = await gateway.keys.create(KeyWish("admin", scopes=frozenset(Scope)))
    async with gateway.client(key) as client:
        yield client


@pytest.fixture
async def ann(gateway):
    """A user whose quota is counted."""
    user = await make_user(gateway._state["database"], Role.USER, "ann", limits={"images_per_day": 10})
    _, key = await gateway.keys.create(KeyWish("laptop", user.id))
    async with gateway.client(key) as client:
        yield client


async def set_policy(admin, role="user", **policy):
    answer = await admin.put(f"/v1/roles/{role}/safety", json=policy)
    assert answer.status_code == 200, answer.text


async def add_rule(admin, words="sword*", label="weapons"):
    answer = await admin.post("/v1/safety/rules", json={"words": words, "label": label})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def made(client, body):
    answer = await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def used(client):
    quota = (await client.get("/v1/quota")).json()["used"]
    return quota["images_today"], quota["megapixel_steps_today"]


class TestPrompts:
    async def test_without_a_policy_rules_are_only_words(self, admin, ann):
        await add_rule(admin)
        assert (await made(ann, job(prompt="a sword")))["status"] == "succeeded"

    async def test_a_blocked_prompt_says_the_stage_and_the_rule_on_every_surface(self, admin, ann):
        await add_rule(admin)
        await set_policy(admin, prompts="block")
        answers = {
            "jobs": await ann.post("/v1/jobs", json=job(prompt="two (swords:1.2)")),
            "openai": await ann.post("/v1/images/generations", json={"prompt": "a sword"}),
            "a1111": await ann.post("/sdapi/v1/txt2img", json={"prompt": "a sword"}),
        }
        for answer in answers.values():
            assert answer.status_code == 400
            assert "stage: prompt" in answer.text
            assert "weapons" in answer.text
            assert answer.headers["x-should-retry"] == "false"
        assert answers["jobs"].json()["code"] == "moderation_blocked"
        error = answers["openai"].json()["error"]
        assert (error["type"], error["code"]) == ("image_generation_user_error", "moderation_blocked")
        assert error["param"] == "prompt"
        assert answers["a1111"].json()["error"] == "moderation_blocked"
        assert await used(ann) == (0, 0)
        assert (await made(ann, job(prompt="an apple", negative_prompt="a sword")))["status"] == "succeeded"

    async def test_the_name_of_a_lora_in_the_prompt_counts(self, admin, ann):
        await add_rule(admin, "sword")
        await set_policy(admin, prompts="block")
        answer = await ann.post("/v1/jobs", json=job(prompt="an apple <lora:sword:0.5>"))
        assert answer.status_code == 400

    async def test_a_variant_that_is_chosen_counts(self, admin, ann):
        await add_rule(admin)
        await set_policy(admin, prompts="block")
        assert (await ann.post("/v1/jobs", json=job(prompt="{a sword|swords}"))).json()["code"] == "moderation_blocked"

    async def test_blur_makes_the_picture_and_blurs_it(self, admin, ann):
        await add_rule(admin)
        await set_policy(admin, prompts="blur")
        found = await made(ann, job(prompt="a sword"))
        assert found["images"][0]["moderation"] == "blurred"
        (told,) = found["moderation"]
        assert (told["stage"], told["action"], told["image"]) == ("prompt", "blurred", 0)
        assert "'weapons'" in told["reason"]

    async def test_rules_are_an_administrators_and_in_the_audit_log(self, admin, ann):
        rule = await add_rule(admin)
        await set_policy(admin, prompts="block")
        await ann.post("/v1/jobs", json=job(prompt="a sword"))
        assert (await admin.post("/v1/safety/rules/match", json={"text": "swordfish"})).json() == {
            "rule": rule,
            "label": "weapons",
        }
        assert (await admin.post("/v1/safety/rules/match", json={"text": "apple"})).json()["rule"] is None
        assert [one["id"] for one in (await admin.get("/v1/safety/rules")).json()] == [rule]
        assert (await admin.delete(f"/v1/safety/rules/{rule}")).status_code == 204
        assert (await admin.delete(f"/v1/safety/rules/{rule}")).status_code == 404
        assert (await made(ann, job(prompt="a sword")))["status"] == "succeeded", "the rule is gone, at once"
        acts = (await admin.get("/v1/audit", params={"action": "safety"})).json()["results"]
        told = [(act["action"], act["outcome"], act["target"]) for act in reversed(acts)]
        assert told == [
            ("safety.rule.create", "done", rule),
            ("safety.policy", "done", "user"),
            ("safety.block", "refused", rule),
            ("safety.rule.remove", "done", rule),
        ]
        assert all(act["actor"] for act in acts)
        assert (await ann.get("/v1/safety/rules")).status_code == 403

    @pytest.mark.parametrize(
        ("body", "field"),
        [({"words": "*", "label": "x"}, "words"), ({"words": "x", "label": ""}, "label"), ({"words": "x"}, "label")],
    )
    async def test_what_is_no_rule_is_refused(self, admin, body, field):
        answer = await admin.post("/v1/safety/rules", json=body)
        assert (answer.status_code, answer.json()["field"]) == (400, field)


class TestPictures:
    async def test_a_blocked_picture_is_never_stored_and_says_why(self, admin, ann, checker):
        await set_policy(admin, **BLOCK)
        found = await made(ann, job(BRIGHT))
        assert (found["status"], found["error_code"], found["images"]) == ("failed", "moderation_blocked", [])
        assert "stage: output_image" in found["error"]
        assert "concept 1" in found["error"]
        (told,) = found["moderation"]
        assert (told["stage"], told["action"], told["seed"]) == ("output_image", "blocked", BRIGHT)
        assert (await ann.get("/v1/history")).json()["results"] == []
        assert checker.looked == 1

    async def test_a_harmless_one_is_shown(self, admin, ann):
        await set_policy(admin, **BLOCK)
        found = await made(ann, job(DARK))
        assert (found["status"], found["moderation"]) == ("succeeded", [])
        assert found["images"][0]["moderation"] is None

    async def test_of_several_those_that_pass_are_delivered(self, admin, ann):
        await set_policy(admin, **BLOCK)
        found = await made(ann, job(127, num_images=4))  # 127, 128, 129, 130: two are too bright
        assert found["status"] == "succeeded"
        assert [one["seed"] for one in found["images"]] == [127, 128]
        assert [(one["image"], one["action"]) for one in found["moderation"]] == [(2, "blocked"), (3, "blocked")]

    async def test_the_quota_gets_the_pictures_back_and_keeps_the_work(self, admin, ann):
        await set_policy(admin, **BLOCK)
        await made(ann, job(127, num_images=4))
        images, work = await used(ann)
        assert images == 2
        await made(ann, job(BRIGHT))
        after = await used(ann)
        assert after[0] == 2
        assert after[1] == pytest.approx(work * 5 / 4)

    async def test_blur_keeps_a_blurred_picture_and_says_so(self, admin, ann):
        await set_policy(admin, **BLUR)
        found = await made(ann, job(BRIGHT))
        assert (found["status"], found["images"][0]["moderation"]) == ("succeeded", "blurred")
        assert any("blurred (stage: output_image)" in warning for warning in found["warnings"])
        listed = (await ann.get("/v1/history")).json()["results"]
        assert [one["moderation"] for one in listed] == ["blurred"]
        again = await made(ann, job(BRIGHT))
        assert again["cached_from"] == found["id"]
        assert (again["images"][0]["moderation"], len(again["moderation"])) == ("blurred", 1)

    async def test_a_picture_that_was_made_without_a_policy_answers_no_order_under_one(self, admin, ann):
        assert (await made(ann, job(BRIGHT)))["status"] == "succeeded"
        await set_policy(admin, **BLOCK)
        assert (await made(ann, job(BRIGHT)))["error_code"] == "moderation_blocked"

    async def test_previews_are_withheld_until_the_picture_was_looked_at(self, admin, ann, backend, checker):
        await set_policy(admin, **BLOCK)
        found = await made(ann, job(DARK, preview_every=1))
        assert backend.requests[-1].preview_every == 0
        assert any("previews are withheld" in warning for warning in found["warnings"])
        body = {"prompt": "x", "seed": DARK, "stream": True, "partial_images": 2}
        answer = await ann.post("/v1/images/generations", json=body)
        assert "partial_image" not in answer.text
        assert "previews are withheld" in answer.headers["x-avila-warnings"]
        assert "image_generation.completed" in answer.text

    async def test_a_picture_that_goes_in_is_looked_at_before_anything_is_made(self, admin, ann, backend):
        await set_policy(admin, **BLOCK)
        buffer = io.BytesIO()
        Image.new("RGB", (64, 64), (250, 250, 250)).save(buffer, "PNG")
        url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
        found = await made(ann, job(DARK, image=url))
        assert (found["status"], found["moderation"][0]["stage"]) == ("failed", "input_image")
        assert backend.requests == []

    async def test_sensitivity_moves_what_is_found(self, admin, ann):
        await set_policy(admin, pictures="block", sensitivity=0.2)
        assert (await made(ann, job(110)))["error_code"] == "moderation_blocked"
        await set_policy(admin, pictures="block", sensitivity=-0.2)
        assert (await made(ann, job(150)))["status"] == "succeeded"

    async def test_what_cannot_be_looked_at_is_not_shown(self, admin, ann, checker, settings):
        await set_policy(admin, **BLOCK)
        checker.is_away = True
        created = (await ann.post("/v1/jobs", json=job(DARK))).json()
        async with asyncio.timeout(10):
            while (now := (await ann.get(f"/v1/jobs/{created['id']}")).json())["attempts"] < 2:
                await asyncio.sleep(0.05)
        assert now["images"] == []
        checker.is_away = False
        async with asyncio.timeout(20):
            while (now := (await ann.get(f"/v1/jobs/{created['id']}")).json())["status"] != "succeeded":
                await asyncio.sleep(0.05)
        assert len(now["images"]) == 1


class TestSurfaces:
    async def test_openai_answers_its_own_error(self, admin, ann):
        await set_policy(admin, **BLOCK)
        answer = await ann.post("/v1/images/generations", json={"prompt": "x", "seed": BRIGHT})
        error = answer.json()["error"]
        assert (answer.status_code, error["type"]) == (400, "image_generation_user_error")
        assert error["code"] == "moderation_blocked"
        assert "stage: output_image" in error["message"]

    async def test_openai_tells_of_one_among_several(self, admin, ann):
        await set_policy(admin, **BLOCK)
        answer = (await ann.post("/v1/images/generations", json={"prompt": "x", "seed": 128, "n": 2})).json()
        assert len(answer["data"]) == 1
        assert [(one["image"], one["stage"]) for one in answer["moderation"]] == [(1, "output_image")]
        body = {"prompt": "x", "seed": 128, "n": 2, "stream": True}
        text = (await ann.post("/v1/images/generations", json=body)).text
        events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
        kinds = [event["type"] for event in events]
        assert kinds == ["image_generation.completed", "image_generation.blocked"]
        assert events[1]["stage"] == "output_image"

    async def test_openai_streams_a_last_error(self, admin, ann):
        await set_policy(admin, **BLOCK)
        body = {"prompt": "x", "seed": BRIGHT, "stream": True}
        text = (await ann.post("/v1/images/generations", json=body)).text
        assert '"code":"moderation_blocked"' in text.replace(" ", "")
        assert "output_image" in text

    async def test_openai_shows_a_blurred_picture_as_blurred(self, admin, ann):
        await set_policy(admin, **BLUR)
        answer = (await ann.post("/v1/images/generations", json={"prompt": "x", "seed": BRIGHT})).json()
        assert answer["data"][0]["moderation"] == "blurred"

    async def test_a1111_names_the_stage_in_error_header_and_info(self, admin, ann):
        await set_policy(admin, **BLOCK)
        answer = await ann.post("/sdapi/v1/txt2img", json={"prompt": "x", "seed": BRIGHT, "width": 64, "height": 64})
        assert (answer.status_code, answer.json()["error"]) == (400, "moderation_blocked")
        assert "stage: output_image" in answer.json()["detail"]
        body = {"prompt": "x", "seed": 128, "n_iter": 2, "width": 64, "height": 64}
        answer = await ann.post("/sdapi/v1/txt2img", json=body)
        assert len(answer.json()["images"]) == 1
        assert json.loads(answer.json()["info"])["moderation"][0]["stage"] == "output_image"
        assert "picture 2 was blocked (stage: output_image)" in answer.headers["x-avila-warnings"]

    async def test_mcp_tells_the_model_in_words(self, admin, ann, gateway):
        await set_policy(admin, **BLOCK)
        call = {"name": "generate_image", "arguments": {"prompt": "x", "seed": BRIGHT}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        headers = {"accept": "application/json, text/event-stream"}
        answer = await ann.post("/mcp", json=body, headers=headers)
        assert '"isError":true' in answer.text.replace(" ", "")
        assert "stage: output_image" in answer.text

    async def test_events_tell_of_a_blocked_picture(self, admin, ann):
        await set_policy(admin, **BLOCK)
        created = await made(ann, job(128, num_images=2))
        text = (await ann.get(f"/v1/jobs/{created['id']}/events")).text
        assert "event: blocked" in text
        assert text.index("event: blocked") < text.index("event: succeeded")


class TestCap:
    async def test_a_client_may_be_stricter_and_never_laxer(self, admin, ann):
        assert (await made(ann, job(BRIGHT, safety="block")))["error_code"] == "moderation_blocked"
        await set_policy(admin, **BLOCK)
        for wish in ("off", "blur"):
            assert (await made(ann, job(BRIGHT, safety=wish)))["error_code"] == "moderation_blocked", wish

    async def test_what_clients_send_to_switch_it_off_changes_nothing(self, admin, ann):
        await set_policy(admin, **BLOCK)
        low = {"prompt": "x", "seed": BRIGHT, "moderation": "low", "enable_safety_checker": False, "safety": "off"}
        assert (await ann.post("/v1/images/generations", json=low)).json()["error"]["code"] == "moderation_blocked"
        harmless = await ann.post("/v1/images/generations", json={**low, "seed": DARK})
        assert "can only be made stricter" in harmless.headers["x-avila-warnings"]
        body = {"prompt": "x", "seed": BRIGHT, "override_settings": {"filter_nsfw": False}}
        assert (await ann.post("/sdapi/v1/txt2img", json=body)).json()["error"] == "moderation_blocked"

    async def test_a1111_asks_for_it_by_its_own_option(self, ann):
        body = {"prompt": "x", "seed": BRIGHT, "override_settings": {"filter_nsfw": True}}
        assert (await ann.post("/sdapi/v1/txt2img", json=body)).json()["error"] == "moderation_blocked"

    async def test_a_retry_is_as_strict_as_the_job_was(self, ann):
        first = await made(ann, job(BRIGHT, safety="block"))
        again = (await ann.post(f"/v1/jobs/{first['id']}/retry")).json()
        async with asyncio.timeout(10):
            while (now := (await ann.get(f"/v1/jobs/{again['id']}")).json())["status"] != "failed":
                await asyncio.sleep(0.02)
        assert now["error_code"] == "moderation_blocked"

    async def test_each_role_has_its_own(self, admin, ann, client):
        await set_policy(admin, "user", **BLOCK)
        assert (await made(ann, job(BRIGHT)))["error_code"] == "moderation_blocked"
        assert (await made(client, job(BRIGHT)))["status"] == "succeeded"  # a key of the installation itself
        assert (await ann.get("/v1/safety")).json() == {"prompts": "off", "pictures": "block", "has_checker": True}
        assert (await ann.put("/v1/roles/user/safety", json={})).status_code == 403


class TestNoChecker:
    async def test_a_policy_that_needs_one_is_refused(self, admin, checker):
        checker.spec = None
        answer = await admin.put("/v1/roles/user/safety", json=BLOCK)
        assert (answer.status_code, answer.json()["field"]) == (400, "pictures")
        assert "no" in answer.json()["detail"]
        assert "avila safety install" in answer.json()["detail"]
        await set_policy(admin, prompts="block")  # needs none

    async def test_one_that_is_set_refuses_requests_and_says_so_at_the_start(
        self, admin, ann, checker, gateway, capsys, caplog
    ):
        await set_policy(admin, **BLOCK)
        checker.spec = None
        answer = await ann.post("/v1/jobs", json=job(DARK))
        assert (answer.status_code, answer.json()["code"]) == (400, "safety_checker_missing")
        openai = await ann.post("/v1/images/generations", json={"prompt": "x"})
        assert openai.json()["error"]["code"] == "safety_checker_missing"
        assert (await ann.get("/v1/safety")).json()["has_checker"] is False
        capsys.readouterr()
        caplog.clear()
        await gateway._state["safety"].tell_at_start()
        # through the standard library's log once any test of this process has configured the service's logging
        assert "no safety checker is installed" in capsys.readouterr().out + caplog.text

    @pytest.mark.parametrize("body", [{"pictures": "hide"}, {"sensitivity": 1}, {"colour": "red"}])
    async def test_what_is_no_policy_is_refused(self, admin, body):
        assert (await admin.put("/v1/roles/user/safety", json=body)).status_code == 400


async def test_what_was_blocked_is_counted(admin, ann):
    await add_rule(admin)
    await set_policy(admin, prompts="block", pictures="block")
    await ann.post("/v1/jobs", json=job(prompt="a sword"))
    await made(ann, job(BRIGHT))
    text = (await admin.get("/metrics")).text
    assert 'avila_moderation_total{action="blocked",stage="prompt"} 1.0' in text
    assert 'avila_moderation_total{action="blocked",stage="output_image"} 1.0' in text
    assert 'avila_moderation_total{action="blurred",stage="output_image"} 0.0' in text
    acts = (await admin.get("/v1/audit", params={"action": "safety.block"})).json()["results"]
    assert {act["details"]["stage"] for act in acts} == {"prompt", "output_image"}
