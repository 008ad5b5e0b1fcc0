from __future__ import annotations

import errno
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

import pytest

from avila import checks, lock
from avila.checks import Level, examine
from avila.triton import TritonMissingError, find_installation
from gateway.settings import Settings

Usage = namedtuple("Usage", "total used free")


def the(findings: list[checks.Finding], subject: str) -> checks.Finding:
    (finding,) = [finding for finding in findings if finding.subject == subject]
    return finding


class TestGlibc:
    @pytest.mark.parametrize(
        ("version", "level"), [("2.31", Level.ERROR), ("2.34", Level.ERROR), ("2.35", Level.OK), ("2.40", Level.OK)]
    )
    def test_the_bundled_server_needs_2_35(self, settings, monkeypatch, version, level):
        monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", version))
        finding = the(examine(settings, (checks.check_glibc,)), "glibc")
        assert finding.level is level
        assert version in finding.text
        if level is Level.ERROR:
            assert "AVILA_BACKEND=inprocess" in finding.remedy

    def test_another_c_library_is_told_apart(self, settings, monkeypatch):
        monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
        assert "does not have" in the(examine(settings, (checks.check_glibc,)), "glibc").text

    def test_the_backend_in_process_needs_none_of_it(self, settings):
        local = settings.model_copy(update={"backend": "inprocess"})
        wanted = (checks.check_glibc, checks.check_triton, checks.check_shared_memory)
        assert examine(local, wanted) == []


class TestTriton:
    def test_a_missing_environment_says_what_makes_it(self, tmp_path):
        with pytest.raises(TritonMissingError, match="make run"):
            find_installation(tmp_path / "nowhere")

    def test_an_environment_without_the_server_says_what_installs_it(self, tmp_path):
        an_environment(tmp_path / "venv", "[3, 11], 'library_dir': '/usr/lib'")
        with pytest.raises(TritonMissingError, match="no Triton server"):
            find_installation(tmp_path / "venv")

    def test_a_python_without_a_shared_library_is_named(self, tmp_path):
        an_environment(tmp_path / "venv", "[3, 11], 'library_dir': ''", with_server=True)
        with pytest.raises(TritonMissingError, match=r"no shared libpython.*--enable-shared"):
            find_installation(tmp_path / "venv")

    def test_a_python_without_a_stub_is_named(self, tmp_path):
        an_environment(tmp_path / "venv", "[3, 14], 'library_dir': '/usr/lib'", with_server=True)
        with pytest.raises(TritonMissingError, match=r"no python backend for Python 3\.14"):
            find_installation(tmp_path / "venv")

    def test_a_python_that_does_not_run_is_named(self, tmp_path):
        an_environment(tmp_path / "venv", "", script="#!/bin/sh\nexit 3\n")
        with pytest.raises(TritonMissingError, match="does not run"):
            find_installation(tmp_path / "venv")


def an_environment(folder: Path, facts: str, *, with_server: bool = False, script: str | None = None) -> None:
    """A virtual environment whose python answers what it is told to."""
    packages = folder / "packages"
    answer = f"import json; print(json.dumps({{'version': {facts}, 'packages': '{packages}'}}))"
    text = script or f'#!/bin/sh\nexec {sys.executable} -c "{answer}"\n'
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(text)
    python.chmod(0o755)
    if with_server:
        server = packages / "pytriton" / "tritonserver" / "bin" / "tritonserver"
        server.parent.mkdir(parents=True)
        server.touch()


class TestPorts:
    def test_a_port_in_use_names_it_and_its_variable(self, settings):
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = settings.model_copy(update={"triton_metrics_port": other.getsockname()[1]})
            (finding,) = [f for f in examine(taken, (checks.check_ports,)) if f.level is Level.ERROR]
        assert "is in use" in finding.text
        assert "AVILA_TRITON_METRICS_PORT" in finding.remedy

    def test_the_same_port_twice_is_found(self, settings):
        twice = settings.model_copy(update={"triton_grpc_port": settings.port})
        (finding,) = [f for f in examine(twice, (checks.check_ports,)) if f.level is Level.ERROR]
        assert finding.text == f"AVILA_PORT and AVILA_TRITON_GRPC_PORT are both {settings.port}"

    def test_an_address_of_another_machine_is_found(self, settings):
        elsewhere = settings.model_copy(update={"host": "192.0.2.1"})
        errors = [f for f in examine(elsewhere, (checks.check_ports,)) if f.level is Level.ERROR]
        assert len(errors) == 1
        assert "192.0.2.1" in errors[0].text


class TestRunning:
    def test_the_ports_of_a_running_service_are_its_own(self, settings):
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = settings.model_copy(update={"port": other.getsockname()[1]})
            assert Level.ERROR in {f.level for f in examine(taken, (checks.check_running,))}
            taken.data_dir.mkdir(parents=True, exist_ok=True)
            with lock.held(taken.data_dir):
                (finding,) = examine(taken, (checks.check_running,))
        assert finding.level is Level.OK
        assert str(os.getpid()) in finding.text


class TestDataFolder:
    def test_a_new_folder_is_made(self, settings):
        assert the(examine(settings, (checks.check_data_folder,)), "data folder").level is Level.OK
        assert settings.data_dir.is_dir()

    @pytest.mark.parametrize(
        ("number", "words"),
        [(errno.EROFS, "make it writable"), (errno.EACCES, "make it writable"), (errno.ENOSPC, "free some space")],
    )
    def test_a_folder_that_refuses_a_write_says_why(self, settings, monkeypatch, number, words):
        def refuse(**_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
        finding = the(examine(settings, (checks.check_data_folder,)), "data folder")
        assert finding.level is Level.ERROR
        assert os.strerror(number) in finding.text
        assert words in finding.remedy
        assert "\n" not in finding.line

    def test_a_disk_that_is_nearly_full_is_told_before_it_is(self, settings, monkeypatch):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 5 * 1024 * 1024))
        finding = the(examine(settings, (checks.check_data_folder,)), "data folder")
        assert finding.level is Level.ERROR
        assert "5 MiB left, 200 MiB are needed" in finding.text

    def test_little_shared_memory_is_told_with_dockers_flag(self, settings, monkeypatch):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1024 * 1024))
        finding = the(examine(settings, (checks.check_shared_memory,)), "shared memory")
        assert finding.level is Level.ERROR
        assert "--shm-size" in finding.remedy


class TestModels:
    def test_an_empty_repository_says_how_to_fill_it(self, settings):
        finding = the(examine(settings, (checks.check_models,)), "models")
        assert (finding.level, "avila models install" in finding.remedy) == (Level.ERROR, True)

    def test_an_installed_pipeline_is_named(self, settings):
        path = settings.model_repository / "mine" / "1" / "pipeline.json"
        path.parent.mkdir(parents=True)
        path.touch()
        assert "mine in" in the(examine(settings, (checks.check_models,)), "models").text


@pytest.mark.parametrize(
    ("flags", "precision", "is_told"),
    [
        ({"amx_bf16"}, "float32", True),
        ({"avx512_bf16"}, "float32", True),
        ({"avx2"}, "float32", False),
        ({"amx_bf16"}, "bfloat16", False),
    ],
)
def test_bfloat16_is_named_where_the_processor_has_it(monkeypatch, flags, precision, is_told):
    monkeypatch.setattr(checks, "_processor_flags", lambda: flags)
    found = list(checks.check_processor(Settings(component_runtime="openvino", component_precision=precision)))
    assert [finding.level for finding in found] == [Level.OK] * is_told
    assert all("AVILA_COMPONENT_PRECISION=bfloat16" in finding.remedy for finding in found)
