"""Triton's model control: only its watchdog has the secret, and with it `avila watchdog` repairs what is dead."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import tritonclient.grpc as grpc
from tritonclient.utils import InferenceServerException

from gateway.backend.triton.backend import TritonBackend
from tests.e2e.running import ROOT, Triton, environment, free_ports, kill, running_triton, stub_of, until

pytestmark = pytest.mark.triton

SECRET = "a-secret-of-the-watchdog"


@pytest.fixture(scope="module")
def guarded(
    triton_environment: Path, toy_repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Triton]:
    folder = tmp_path_factory.mktemp("guarded")
    with running_triton(triton_environment, toy_repository, folder, SECRET, component_threads=1) as server:
        yield server


class TestWithoutTheSecret:
    def test_no_model_can_be_loaded_or_unloaded(self, guarded):
        client = grpc.InferenceServerClient(guarded.url)
        for call in (client.load_model, client.unload_model):
            with pytest.raises(InferenceServerException, match="restricted"):
                call("toy__unet")
        client.close()

    @pytest.mark.parametrize("path", ["v2/repository/models/toy/unload", "v2/repository/index", "v2/logging"])
    def test_a_page_in_a_browser_on_this_machine_reaches_nothing(self, guarded, path):
        answer = httpx.post(f"http://127.0.0.1:{guarded.http_port}/{path}", content=b"{}", timeout=10)
        assert answer.status_code == 403

    async def test_the_gateway_finds_the_pipelines_all_the_same(self, guarded, toy_repository):
        backend = TritonBackend(guarded.url, toy_repository)
        await backend.start()
        try:
            assert set(backend.pipelines) == {"toy"}
            assert (await backend.health()).is_ready
        finally:
            await backend.aclose()


class TestSidecar:
    def test_it_repairs_with_the_secret_and_tells_whether_all_is_well(self, guarded, tmp_path):
        (ops_port,) = free_ports(1)
        token = tmp_path / "token"
        token.write_text(SECRET + "\n")
        variables = environment(
            triton_grpc_port=guarded.grpc_port,
            triton_control_token_file=token,
            ops_port=ops_port,
            watchdog_interval_s=0.5,
        )
        with (tmp_path / "watchdog.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "avila", "watchdog"], env=variables, cwd=ROOT, stdout=log, stderr=log
            )
        try:
            address = f"http://127.0.0.1:{ops_port}"
            until(lambda: status(address, "readyz") == 200, 30, "it finds the pipeline ready")
            dead = stub_of(guarded.pid, "toy__vae_decoder")
            kill(dead)
            until(lambda: status(address, "readyz") == 503, 5, "it tells that a network is away")
            seconds = until(lambda: status(address, "readyz") == 200, 15, "it has repaired it")
            assert stub_of(guarded.pid, "toy__vae_decoder") != dead
            assert status(address, "health") == 200
            print(f"\nrepaired {seconds:.1f} s after it was told")
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait()
        assert SECRET not in (tmp_path / "watchdog.log").read_text()


def status(address: str, path: str) -> int:
    try:
        return httpx.get(f"{address}/{path}", timeout=5).status_code
    except httpx.TransportError:
        return 0
