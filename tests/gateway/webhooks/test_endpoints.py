"""`/v1/webhooks` and the two fields of `POST /v1/jobs`, through the application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from gateway.storage.tables import AuditRow
from tests.gateway.kit.receivers import Receiver, receiving
from tests.gateway.webhooks.bench import verified

ORDER = {"model": "toy", "input": {"prompt": "an apple", "num_inference_steps": 2}}


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"outbound_allow": "127.0.0.1"})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


async def until(is_so, timeout_s: float = 20.0):
    async with asyncio.timeout(timeout_s):
        while not (found := await is_so()):
            await asyncio.sleep(0.03)
    return found


async def delivered(client, webhook_id: str, count: int) -> list[dict]:
    async def are_there():
        results = (await client.get(f"/v1/webhooks/{webhook_id}/deliveries")).json()["results"]
        return results if len(results) == count and all(one["finished_at"] for one in results) else None

    return await until(are_there)


async def made(client, url: str, **more) -> dict:
    answer = await client.post("/v1/webhooks", json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestEndpoints:
    async def test_one_is_made_shown_changed_and_removed(self, client, receiver):
        new = await made(client, receiver.url("/a"), description="shop")
        assert new["secret"].startswith("whsec_")
        assert (new["events"], new["is_enabled"], new["disabled_reason"]) == (["output", "completed"], True, None)
        path = f"/v1/webhooks/{new['id']}"
        shown = (await client.get(path)).json()
        assert shown == {name: value for name, value in new.items() if name != "secret"}
        assert (await client.get("/v1/webhooks")).json() == [shown]
        changed = await client.patch(path, json={"events": ["progress", "start"], "is_enabled": False})
        assert changed.json() == {**shown, "events": ["start", "progress"], "is_enabled": False}
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).status_code == 404
        assert (await client.get("/v1/webhooks")).json() == []

    async def test_others_neither_see_nor_touch_it(self, client, gateway, receiver):
        new = await made(client, receiver.url())
        test = (await client.post(f"/v1/webhooks/{new['id']}/test")).json()
        _, key = await gateway.keys.create("another")
        async with gateway.client(key) as other:
            assert (await other.get("/v1/webhooks")).json() == []
            path = f"/v1/webhooks/{new['id']}"
            for method, where, body in (
                ("GET", path, None),
                ("PATCH", path, {}),
                ("DELETE", path, None),
                ("POST", f"{path}/rotate", {}),
                ("POST", f"{path}/test", None),
                ("GET", f"{path}/deliveries", None),
                ("GET", f"/v1/webhooks/deliveries/{test['id']}", None),
                ("POST", f"/v1/webhooks/deliveries/{test['id']}/redeliver", None),
            ):
                assert (await other.request(method, where, json=body)).status_code == 404, where
            mine = (await client.get("/v1/webhooks/default/secret")).json()
            assert (await other.get("/v1/webhooks/default/secret")).json() != mine

    @pytest.mark.parametrize(
        ("body", "field", "reason"),
        [
            ({"url": "http://hooks.example/"}, "url", "expected an https address"),
            ({"url": "https://10.0.0.1/"}, "url", "expected a public address"),
            ({"url": "https://[::1]/"}, "url", "expected a public address"),
            ({"url": "http://169.254.169.254/latest"}, "url", "expected an https address"),
            ({"url": "ftp://hooks.example/"}, "url", "expected an http or https address"),
            ({"url": "https://u:p@hooks.example/"}, "url", "without a user name"),
            ({"url": "https://hooks.example/", "events": []}, "events", "at least one of start, output"),
            ({"url": "https://hooks.example/", "events": ["logs"]}, "events", "jobs have no logs; progress tells"),
            ({"url": "https://hooks.example/", "events": ["done"]}, "events", "expected start, output, progress"),
        ],
    )
    async def test_what_is_not_allowed_is_told(self, client, body, field, reason):
        answer = await client.post("/v1/webhooks", json=body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["field"] == field
        assert reason in answer.json()["detail"]

    async def test_there_are_at_most_twenty(self, client):
        for _ in range(20):
            await made(client, "https://hooks.example/")
        answer = await client.post("/v1/webhooks", json={"url": "https://hooks.example/"})
        assert (answer.status_code, "20 webhooks already" in answer.text) == (400, True)

    async def test_acts_are_written_down_without_addresses_or_secrets(self, client, gateway, receiver):
        new = await made(client, receiver.url("/token-in-path"))
        path = f"/v1/webhooks/{new['id']}"
        await client.patch(path, json={"is_enabled": True})
        rotated = (await client.post(f"{path}/rotate", json={})).json()["key"]
        await client.delete(path)
        async with gateway._state["database"].reading() as session:
            acts = (await session.scalars(select(AuditRow).where(AuditRow.target == new["id"]))).all()
        assert [act.action.partition(".")[2] for act in acts] == ["create", "change", "rotate", "delete"]
        told = str([act.details for act in acts])
        assert not any(secret in told for secret in (new["secret"], rotated, "token-in-path"))


class TestDeliveries:
    async def test_the_test_button_sends_one_and_tells_how_it_went(self, client, receiver):
        new = await made(client, receiver.url("/t"))
        sent = await client.post(f"/v1/webhooks/{new['id']}/test")
        assert (sent.status_code, sent.json()["event"], sent.json()["status"]) == (202, "test", "pending")
        (done,) = await delivered(client, new["id"], 1)
        assert (done["id"], done["status"], done["next_attempt_at"]) == (sent.json()["id"], "delivered", None)
        assert done["attempts"][0]["status_code"] == 200
        ((_, path, headers, body),) = receiver.heard
        assert path == "/t"
        assert verified(new["secret"], headers, body)
        assert json.loads(body)["type"] == "job.test"

    async def test_a_failed_test_is_not_tried_again_and_can_be_sent_again(self, client, receiver):
        receiver.answer = lambda *_: (500, {}, b"")
        new = await made(client, receiver.url())
        await client.post(f"/v1/webhooks/{new['id']}/test")
        (failed,) = await delivered(client, new["id"], 1)
        assert (failed["status"], len(failed["attempts"])) == ("failed", 1)
        assert (await client.get(f"/v1/webhooks/{new['id']}")).json()["is_enabled"]
        receiver.answer = lambda *_: (200, {}, b"")
        again = await client.post(f"/v1/webhooks/deliveries/{failed['id']}/redeliver")
        assert (again.status_code, again.json()["id"], again.json()["status"]) == (202, failed["id"], "pending")
        (done,) = await delivered(client, new["id"], 1)
        assert [attempt["status_code"] for attempt in done["attempts"]] == [500, 200]
        assert len({headers["webhook-id"] for _, _, headers, _ in receiver.heard}) == 1
        shown = (await client.get(f"/v1/webhooks/deliveries/{failed['id']}")).json()
        assert shown["payload"] == json.loads(receiver.heard[0][3])

    async def test_what_is_being_delivered_cannot_be_sent_again(self, client, receiver):
        receiver.answer = lambda *_: (500, {}, b"")
        new = await made(client, receiver.url(), events=["completed"])
        await client.post("/v1/jobs", json=ORDER, headers={"prefer": "wait"})

        async def is_there():
            return (await client.get(f"/v1/webhooks/{new['id']}/deliveries")).json()["results"]

        (one,) = await until(is_there)
        answer = await client.post(f"/v1/webhooks/deliveries/{one['id']}/redeliver")
        assert (answer.status_code, "still being delivered" in answer.text) == (400, True)

    async def test_the_log_has_pages(self, client, receiver):
        new = await made(client, receiver.url())
        for _ in range(5):
            await client.post(f"/v1/webhooks/{new['id']}/test")
        all_of_them = [one["id"] for one in await delivered(client, new["id"], 5)]
        assert all_of_them == sorted(all_of_them, reverse=True)
        path, seen, cursor = f"/v1/webhooks/{new['id']}/deliveries", [], {}
        while True:
            page = (await client.get(path, params={"limit": 2, **cursor})).json()
            seen += [one["id"] for one in page["results"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert seen == all_of_them

    async def test_while_a_secret_is_rotated_both_sign(self, client, receiver):
        new = await made(client, receiver.url())
        path = f"/v1/webhooks/{new['id']}"
        secrets = [new["secret"], (await client.post(f"{path}/rotate", json={"overlap_s": 600})).json()["key"]]
        await client.post(f"{path}/test")
        await delivered(client, new["id"], 1)
        secrets.append((await client.post(f"{path}/rotate", json={"overlap_s": 0})).json()["key"])
        await client.post(f"{path}/test")
        await delivered(client, new["id"], 2)
        assert len(set(secrets)) == 3
        _, _, headers, body = receiver.heard[0]
        assert [verified(secret, headers, body) for secret in secrets] == [True, True, False]
        _, _, headers, body = receiver.heard[1]
        assert [verified(secret, headers, body) for secret in secrets] == [False, False, True]

    async def test_metrics_count_them(self, client, receiver, gateway):
        new = await made(client, receiver.url())
        await client.post(f"/v1/webhooks/{new['id']}/test")
        await delivered(client, new["id"], 1)
        receiver.answer = lambda *_: (500, {}, b"")
        await client.patch(f"/v1/webhooks/{new['id']}", json={"events": ["completed"]})
        await client.post("/v1/jobs", json=ORDER, headers={"prefer": "wait"})
        await asyncio.sleep(1.1)  # the gauges are looked at again after a second
        await gateway._state["watches"].refresh()
        text = gateway._state["metrics"].render().decode()
        assert 'avila_webhook_deliveries_total{outcome="delivered"} 1.0' in text
        oldest = next(line for line in text.splitlines() if line.startswith("avila_webhook_oldest_seconds"))
        assert float(oldest.split()[1]) > 0


class TestJobs:
    async def test_a_job_tells_the_address_it_brings(self, client, receiver):
        body = {**ORDER, "webhook": receiver.url("/mine"), "webhook_events_filter": ["completed", "start"]}
        job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()
        assert job["status"] == "succeeded", job
        log = await delivered(client, "default", 2)
        assert {one["job_id"] for one in log} == {job["id"]}
        assert {one["url"] for one in log} == {receiver.url("/mine")}
        assert sorted(json.loads(body)["type"] for *_, body in receiver.heard) == ["job.completed", "job.start"]
        secret = (await client.get("/v1/webhooks/default/secret")).json()["key"]
        assert all(verified(secret, headers, body) for _, _, headers, body in receiver.heard)
        rotated = (await client.post("/v1/webhooks/default/rotate", json={"overlap_s": 0})).json()["key"]
        assert (await client.get("/v1/webhooks/default/secret")).json()["key"] == rotated != secret

    async def test_its_retry_tells_it_too(self, client, receiver):
        body = {**ORDER, "webhook": receiver.url(), "webhook_events_filter": ["completed"]}
        job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()
        await delivered(client, "default", 1)
        again = (await client.post(f"/v1/jobs/{job['id']}/retry")).json()
        log = await delivered(client, "default", 2)
        assert {one["job_id"] for one in log} == {job["id"], again["id"]}

    @pytest.mark.parametrize(
        ("fields", "field", "reason"),
        [
            ({"webhook": "http://hooks.example/"}, "webhook", "expected an https address"),
            ({"webhook": "https://192.168.0.1/"}, "webhook", "expected a public address"),
            (
                {"webhook": "https://hooks.example/", "webhook_events_filter": ["logs"]},
                "webhook_events_filter",
                "'logs' is not allowed; expected start, output, progress, completed (jobs have no logs",
            ),
            ({"webhook_events_filter": ["start"]}, "webhook_events_filter", "it needs an address in webhook"),
        ],
    )
    async def test_what_is_not_allowed_is_told_and_makes_no_job(self, client, fields, field, reason):
        answer = await client.post("/v1/jobs", json={**ORDER, **fields})
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert reason in answer.json()["detail"]
        assert (await client.get("/v1/jobs")).json()["results"] == []
