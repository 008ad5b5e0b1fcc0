from __future__ import annotations

import asyncio

import pytest

from gateway.backend.base import Health


class TestHealth:
    async def test_it_needs_no_key(self, stranger):
        answer = await stranger.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


class TestReadyz:
    async def test_it_is_the_backends_own_answer(self, stranger, backend):
        assert (await stranger.get("/readyz")).status_code == 200
        assert backend.probes == 1

    async def test_it_says_why_not(self, stranger, backend):
        backend.answer = Health(is_ready=False, reason="toy__unet: away")
        answer = await stranger.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"status": "not ready", "reason": "toy__unet: away"}

    async def test_many_who_ask_cause_one_inference(self, stranger, backend):
        await asyncio.gather(*(stranger.get("/readyz") for _ in range(20)))
        assert backend.probes == 1


class TestMetrics:
    async def test_local_callers_may_read_what_happened(self, client, stranger):
        await client.post(
            "/v1/images/generations", json={"prompt": "x", "model": "toy", "n": 2, "num_inference_steps": 3}
        )
        await client.get("/v1/nothing")
        text = (await stranger.get("/metrics")).text
        assert 'avila_images_total{model="toy"} 2.0' in text
        assert 'avila_generations_total{model="toy",outcome="succeeded"} 1.0' in text
        assert 'avila_megapixel_steps_total{model="toy"} 0.0983' in text
        assert 'route="/v1/images/generations",status="200"} 1.0' in text
        assert 'route="unknown",status="404"} 1.0' in text
        assert 'avila_generations_in_progress{model="toy"} 0.0' in text

    @pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip"])
    async def test_not_through_a_proxy(self, stranger, client, header):
        assert (await stranger.get("/metrics", headers={header: "1.2.3.4"})).status_code == 401
        assert (await client.get("/metrics", headers={header: "1.2.3.4"})).status_code == 200

    async def test_not_from_another_machine(self, gateway):
        async with gateway.client(client=("203.0.113.9", 5)) as client:
            assert (await client.get("/metrics")).status_code == 401
