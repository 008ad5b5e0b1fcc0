from __future__ import annotations

import json

import pytest

from tests.gateway.fakes import refuse

BODY = {"model": "toy", "input": {"prompt": "x", "seed": 1, "num_inference_steps": 4, "preview_every": 2}}


def parsed(text: str) -> list[dict]:
    events = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "data" in lines:
            events.append({**json.loads(lines["data"]), "seq": int(lines["id"]), "event": lines["event"]})
    return events


async def events_of(client, job_id, **headers) -> list[dict]:
    answer = await client.get(f"/v1/jobs/{job_id}/events", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    return parsed(answer.text)


@pytest.fixture
async def job(client):
    return (await client.post("/v1/jobs", json=BODY, headers={"prefer": "wait"})).json()


class TestJobEvents:
    async def test_an_ended_jobs_stream_tells_what_happened_and_ends(self, client, job):
        events = await events_of(client, job["id"])
        assert [event["event"] for event in events] == ["queued", "starting", "processing", "image", "succeeded"]
        (image,) = [event for event in events if event["event"] == "image"]
        assert image["seed"] == 1
        assert image["url"].startswith(f"http://gateway/files/{image['id']}?")
        assert "blob" not in image

    async def test_after_a_lost_connection_it_goes_on_where_it_was(self, client, job):
        events = await events_of(client, job["id"])
        for position, event in enumerate(events):
            rest = await events_of(client, job["id"], **{"last-event-id": str(event["seq"])})
            assert [e["event"] for e in rest] == [e["event"] for e in events[position + 1 :]]

    async def test_a_nonsensical_last_event_id_means_from_the_start(self, client, job):
        assert len(await events_of(client, job["id"], **{"last-event-id": b"\xb2x"})) == 5

    async def test_a_failure_is_told_with_its_code(self, client, backend):
        backend.script = refuse(ValueError("secret"))
        job = (await client.post("/v1/jobs", json=BODY)).json()
        await client.post(f"/v1/jobs/{job['id']}/cancel")
        events = await events_of(client, job["id"])
        assert events[-1]["event"] in ("canceled", "failed")
        assert "secret" not in json.dumps(events)
