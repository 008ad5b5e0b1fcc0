"""For people who prefer Locust: users who draw through OpenAI's images API, and some who order jobs and follow them.

    BENCH_API_KEYS=av_first,av_second locust -f benchmarks/locustfile.py --host http://127.0.0.1:8080

Without BENCH_API_KEYS no key is sent. BENCH_MODEL and BENCH_STEPS say what is drawn, else it is the service's.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from typing import Any

from locust import HttpUser, between, task

PROMPTS = ("a red apple", "two green pears", "a yellow lemon on a table", "a bunch of grapes")
KEYS = itertools.cycle([key.strip() for key in os.environ.get("BENCH_API_KEYS", "").split(",") if key.strip()] or [""])
SEEDS = itertools.count(random.randrange(2**31))
PATIENCE_S = 600.0
ENDED = ("succeeded", "failed", "canceled")


class Drawer(HttpUser):
    """Draws, looks at the picture for a moment, draws again. An answer without a picture is a failure."""

    wait_time = between(0.5, 2.0)

    def on_start(self) -> None:
        """Each user has a key; they share those that there are."""
        key = next(KEYS)
        self.headers = {"authorization": f"Bearer {key}"} if key else {}

    @task(3)
    def draw(self) -> None:
        """One request that waits for its picture."""
        body = self.wish("prompt", "model")
        with self.client.post("/v1/images/generations", json=body, headers=self.headers, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} {answer.text[:200]}")
            elif not all(picture.get("b64_json") for picture in answer.json().get("data", [{}])):
                answer.failure("no picture")

    @task(1)
    def order(self) -> None:
        """A job, asked for until it has ended; its whole time is reported as `job`."""
        started = time.perf_counter()
        wish = self.wish("prompt")
        body: dict[str, Any] = {"input": wish} | ({"model": MODEL} if MODEL else {})
        with self.client.post("/v1/jobs", json=body, headers=self.headers, catch_response=True) as answer:
            if answer.status_code not in (200, 201):
                answer.failure(f"{answer.status_code} {answer.text[:200]}")
                return
            job = answer.json()["id"]
        status = ""
        while status not in ENDED and time.perf_counter() - started < PATIENCE_S:
            time.sleep(0.5)
            status = self.client.get(f"/v1/jobs/{job}", headers=self.headers, name="/v1/jobs/ID").json()["status"]
        self.environment.events.request.fire(
            request_type="JOB",
            name="job",
            response_time=(time.perf_counter() - started) * 1e3,
            response_length=0,
            exception=None if status == "succeeded" else RuntimeError(status or "not ended"),
            context={},
        )

    def wish(self, *names: str) -> dict[str, Any]:
        """What is asked for. A seed of its own: an equal request would be answered from the store."""
        every: dict[str, Any] = {"prompt": random.choice(PROMPTS), "model": MODEL}
        found = {name: every[name] for name in names if every[name]} | {"seed": next(SEEDS)}
        return found | ({"num_inference_steps": int(STEPS)} if STEPS else {})


MODEL, STEPS = os.environ.get("BENCH_MODEL", ""), os.environ.get("BENCH_STEPS", "")
