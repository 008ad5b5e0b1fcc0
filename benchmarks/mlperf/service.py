"""The system under test: the gateway's images API, asked by threads, as LoadGen issues its queries."""

from __future__ import annotations

import array
import base64
import itertools
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.mlperf.rules import Rules

TIMEOUT_S = 900


class Service:
    """Answers LoadGen's queries with pictures.

    LoadGen knows no failure: a query that fails is completed empty, and `failures` makes the run worthless.
    """

    def __init__(self, url: str, key: str, model: str, rules: Rules, prompts: Sequence[str], concurrency: int) -> None:
        self._url, self._key, self._model = url.rstrip("/"), key, model
        self._rules, self._prompts = rules, prompts
        self._pool = ThreadPoolExecutor(concurrency)
        self._seeds = itertools.count(1)
        self._lock = threading.Lock()
        self.failures: list[str] = []
        self.answered = 0

    def issue(self, samples: Sequence[Any]) -> None:
        """LoadGen's callback: take the queries and return at once."""
        for sample in samples:
            self._pool.submit(self._answer, sample.id, sample.index)

    def flush(self) -> None:
        """LoadGen's callback: nothing is held back."""

    def close(self) -> None:
        """Wait for what runs."""
        self._pool.shutdown()

    def _answer(self, query: int, index: int) -> None:
        import mlperf_loadgen as loadgen  # noqa: PLC0415

        try:
            picture = self.picture(self._prompts[index % len(self._prompts)])
        except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
            picture = b""
            with self._lock:
                self.failures.append(_told(error))
        with self._lock:
            self.answered += 1
        held = array.array("B", picture or b"\0")
        address, length = held.buffer_info()
        loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(query, address, length)])

    def picture(self, prompt: str) -> bytes:
        """One picture's file."""
        body = self._rules.body(self._model, prompt, next(self._seeds))
        headers = {"content-type": "application/json"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(
            f"{self._url}/v1/images/generations", json.dumps(body).encode(), headers, method="POST"
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return base64.b64decode(json.load(answer)["data"][0]["b64_json"], validate=True)


def _told(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.read(500).decode(errors='replace')}"
    return f"{type(error).__name__}: {error}"
