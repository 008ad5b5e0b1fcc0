"""Starting and stopping: what is said, and that nothing is left behind whatever way it ends."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import threading
import time

import httpx
import pytest

from tests.e2e.running import READY, SHM, free_ports, kill, shared_memory_of, stub_of, until

pytestmark = pytest.mark.triton


class TestStart:
    def test_the_first_start_shows_a_key_that_works_and_the_second_none(self, make_service):
        service = make_service()
        service.start()
        assert service.address in service.text
        assert service.readyz() == 200
        assert service.generate(model="toy").status_code == 200
        assert service.stop() == 0
        service.start()
        assert service.text.count(READY) == 2
        assert service.text.count(service.key) == 2, "the key and the example, of the first start only"

    def test_the_link_of_the_first_start_makes_the_administrator(self, make_service, tmp_path):
        (tmp_path / "page").mkdir()
        (tmp_path / "page" / "index.html").write_text("<!doctype html><title>a page</title>")
        service = make_service(web_dir=tmp_path / "page")
        service.start()
        (token,) = re.findall(rf"{service.address}/#setup=(\S+)", service.text)
        person = {"token": token, "email": "ada@example.org", "password": "correct horse battery", "timezone": "UTC"}
        url = f"{service.address}/v1/auth/setup"
        assert httpx.post(url, json=person, timeout=10).status_code == 201
        assert httpx.post(url, json={**person, "email": "b@example.org"}, timeout=10).status_code == 403

    @pytest.mark.parametrize("setting", ["port", "triton_grpc_port"])
    def test_a_port_in_use_is_one_line_with_the_remedy(self, make_service, setting):
        service = make_service()
        with socket.create_server(("127.0.0.1", 0)) as other:
            service.settings[setting] = other.getsockname()[1]
            text = refused(service)
        assert text == (
            f"avila: port {service.settings[setting]} of 127.0.0.1 is in use by another program; "
            f"set AVILA_{setting.upper()} to another port"
        )

    def test_a_data_folder_that_cannot_be_written_is_one_line(self, make_service, tmp_path):
        (tmp_path / "file").write_text("")
        text = refused(make_service(data_dir=tmp_path / "file" / "data"))
        assert text.startswith("avila: the data folder ")
        assert "set AVILA_DATA_DIR" in text
        assert "\n" not in text

    def test_a_missing_environment_is_one_line(self, make_service, tmp_path):
        text = refused(make_service(venv_triton=tmp_path / "nowhere"))
        assert text == f"avila: the environment {tmp_path / 'nowhere'} is missing; run `make run`, which makes it"

    def test_a_misspelt_variable_names_the_near_ones(self, make_service):
        assert "did you mean AVILA_PORT" in refused(make_service(prot=8080))

    def test_a_second_one_on_the_same_data_folder_is_refused(self, make_service):
        service = make_service()
        service.start()
        ports = dict(
            zip(("port", "triton_http_port", "triton_grpc_port", "triton_metrics_port"), free_ports(4), strict=True)
        )
        text = refused(make_service(**ports))
        assert f"in use by another `avila up` (process {service.pid})" in text


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_stops_everything(self, make_service, number):
        service = make_service()
        service.start()
        assert service.stop(number) == 0
        assert service.left_over() == []
        assert shared_memory_of(service.pid) == []

    def test_a_second_signal_stops_a_running_request_at_once(self, make_service):
        service = make_service(graceful_timeout_s=30)
        service.start()
        request = threading.Thread(target=try_to_generate, args=(service,), daemon=True)
        request.start()
        time.sleep(1)
        service.note_processes()
        kill(service.pid, signal.SIGINT)
        time.sleep(0.5)
        started = time.monotonic()
        assert service.stop(signal.SIGINT) == 0
        assert time.monotonic() - started < 5
        assert service.left_over() == []
        assert shared_memory_of(service.pid) == []
        request.join(10)

    def test_killing_the_parent_leaves_nothing_behind(self, make_service):
        service = make_service()
        service.start()
        kill(stub_of(service.triton, "toy__unet"))  # a dead stub leaves its shared memory to whoever cleans up
        assert shared_memory_of(service.pid)
        assert service.stop(signal.SIGKILL) == -signal.SIGKILL
        until(lambda: not service.left_over(), 15, f"all of {service.seen} have ended")
        until(lambda: not shared_memory_of(service.pid), 5, "its shared memory is gone")

    def test_what_a_killed_machine_left_is_removed_by_the_next_start(self, make_service):
        ended = subprocess.run(["true"], check=True)
        assert ended.returncode == 0
        process = subprocess.Popen(["true"])
        process.wait()
        stale = SHM / f"avila_{process.pid}_stale"
        stale.touch()
        service = make_service()
        service.start()
        assert not stale.exists()


def refused(service) -> str:
    """What it says when it does not start; its exit status must be 1."""
    with pytest.raises(AssertionError, match="it ended with 1 "):
        service.start()
    return service.text.strip()


def try_to_generate(service) -> None:
    with contextlib.suppress(OSError, httpx.HTTPError):  # whatever the client makes of a connection that is cut
        service.generate(model="toy", size="512x512", num_inference_steps=150, n=4)
