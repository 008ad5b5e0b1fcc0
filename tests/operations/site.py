"""An installation of real processes whose stores a test may destroy, and the pages' commands run against it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.running import environment, free_ports, until
from tests.gateway.installation import install_toy

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations.md"
SECRET_KEY = "the same secret before and after, 32 bytes"
PATIENCE_S = 60


def blocks(heading: str, language: str = "sh") -> list[str]:
    """The blocks of a section of docs/operations.md, in order."""
    section = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (found,) = [text for text in section if text.startswith(f"{heading}\n")]
    return re.findall(rf"^```{language}\n(.*?)^```", found, re.MULTILINE | re.DOTALL)


class Site:
    """Where the gateway's state lies, and how its processes are started. `settings` are those of every process."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.models = folder / "models"
        if not self.models.exists():
            install_toy(self.models)
        self.programs = folder / "programs"
        self.programs.mkdir(exist_ok=True)
        for name, words in (("avila", "-m avila"), ("avila-model-store", f"{ROOT}/docker/model_store.py")):
            program = self.programs / name
            program.write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
            program.chmod(0o755)
        self.settings: dict[str, object] = {
            "backend": "inprocess",
            "model_repository": self.models,
            "component_threads": 1,
            "data_dir": folder / "data",
            "secret_key": SECRET_KEY,
            "requests_per_minute": 100_000,
            **settings,
        }

    def shell(self, script: str, **variables: str) -> str:
        """Run a page's block in the folder of the back-up; what it printed."""
        place = self.folder / "backup"
        place.mkdir(exist_ok=True)
        tools = variables.pop("PATH", self.programs)
        path = f"{self.programs}:{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-eu", "-c", script],
            cwd=place,
            env={**environment(**self.settings), **variables, "PATH": path},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextlib.contextmanager
    def gateway(self, **settings: object) -> Iterator[str]:
        """A gateway process; its address."""
        (port,) = free_ports(1)
        log = self.folder / f"gateway-{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "avila", "serve"],
                cwd=ROOT,
                env=environment(**{**self.settings, "port": port, **settings}),
                stdout=output,
                stderr=output,
            )
        address = f"http://127.0.0.1:{port}"
        try:
            until(lambda: process.poll() is not None or answers(address), PATIENCE_S, "the gateway answers")
            assert process.poll() is None, log.read_text()
            yield address
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def answers(address: str) -> bool:
    """Whether it is ready."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{address}/readyz", timeout=5).is_success
    return False


def sign_in(address: str, email: str, password: str) -> str:
    """An access token."""
    answer = httpx.post(f"{address}/v1/auth/sign-in", json={"email": email, "password": password}, timeout=30)
    assert answer.is_success, answer.text
    token: str = answer.json()["access_token"]
    return token


class User:
    """Somebody with a key or an access token."""

    def __init__(self, address: str, key: str) -> None:
        self._address, self._headers = address, {"authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The answer's JSON, None of an empty one."""
        answer = self.send(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def draw(self, prompt: str, *, wait: bool = True) -> str:
        """A job for one picture; its id."""
        body = {"model": "toy", "input": {"prompt": prompt, "num_inference_steps": 2, "width": 64, "height": 64}}
        job: str = self.ask("POST", "/v1/jobs", json=body)["id"]
        if wait:
            self.until_done(job)
        return job

    def until_done(self, job: str) -> None:
        """Wait until a job has succeeded."""
        states: list[str] = []

        def ended() -> bool:
            states.append(self.ask("GET", f"/v1/jobs/{job}")["status"])
            return states[-1] in ("succeeded", "failed", "canceled")

        until(ended, PATIENCE_S, f"job {job} ends")
        assert states[-1] == "succeeded"

    def state(self) -> dict[str, Any]:
        """All that is his: pictures with their bytes, jobs, albums; without the signatures of links."""
        pictures = self.ask("GET", "/v1/history")["results"]
        content = {one["id"]: self.send("GET", one["url"]).content for one in pictures}
        jobs = self.ask("GET", "/v1/jobs")["results"]
        plain = [unsigned(one) for one in (pictures, jobs, self.ask("GET", "/v1/albums"))]
        return {"pictures": plain[0], "jobs": plain[1], "albums": plain[2], "bytes": content}

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer, whatever it is. A link that the service gave out may be given as it is."""
        link = path if "://" in path else f"{self._address}{path}"
        return httpx.request(method, link, headers=self._headers, timeout=60, **options)


def unsigned(value: Any) -> Any:
    """The same without what every answer signs or estimates anew."""
    if isinstance(value, dict):
        return {name: unsigned(one) for name, one in value.items() if name != "eta_seconds"}
    if isinstance(value, list):
        return [unsigned(one) for one in value]
    return re.sub(r"^https?://[^/]+|\?.*$", "", value) if isinstance(value, str) and "?" in value else value
