"""The images without an engine: their own commands in a clean Debian root, then their own user on a read-only root."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.docker.debian import Image, Started
from tests.docker.dockerfile import ROOT, read
from tests.e2e.running import free_ports, until
from tests.export.tiny import make_tiny

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="chroot and mount need root"),
]


@contextlib.contextmanager
def running(started: Started) -> Iterator[Started]:
    try:
        yield started
    finally:
        started.end()


def answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, timeout=5).is_success
    return False


def generated(port: int, key: str) -> httpx.Response:
    return httpx.post(
        f"http://127.0.0.1:{port}/v1/images/generations",
        json={"prompt": "a red apple", "num_inference_steps": 2, "loras": [{"name": "blob", "weight": 0.5}]},
        headers={"authorization": f"Bearer {key}"},
        timeout=120,
    )


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = Image(ROOT / "docker/gateway.Dockerfile", tmp_path_factory.mktemp("images"))
    image.build()
    return image


class TestGateway:
    def test_it_holds_no_torch_and_says_what_it_holds(self, gateway: Image) -> None:
        packages = {path.name.lower() for path in gateway.root.glob("opt/venv/lib/python3.*/site-packages/*")}
        assert not packages & {"torch", "diffusers", "transformers", "pytriton"}
        bill = json.loads((gateway.root / "opt/venv/sbom.cdx.json").read_text())
        names = {part["name"].lower() for part in bill["components"]}
        assert {"fastapi", "onnxruntime", "sqlalchemy"} <= names
        assert all(part.get("version") for part in bill["components"])
        assert (gateway.root / "opt/avila/web/dist/index.html").is_file()

    def test_it_serves_a_picture_as_an_unprivileged_user_on_a_read_only_root(
        self, gateway: Image, tmp_path: Path
    ) -> None:
        for name in ("models", "data"):
            (tmp_path / name).mkdir()
            (tmp_path / name).chmod(0o777)
        tmp_path.chmod(0o755)
        (port,) = free_ports(1)
        writable = {"/tmp": "", "/models": str(tmp_path / "models"), "/var/lib/avila": str(tmp_path / "data")}
        settings = {"AVILA_PORT": str(port), "AVILA_BACKEND": "inprocess"}

        def once(*command: str) -> str:
            return gateway.start(list(command), writable, **settings).finished()

        assert "installed avila-demo" in once("python", "-m", "avila", "models", "install")
        assert "schema" in once("python", "-m", "avila", "migrate")
        key = once("python", "-m", "avila", "keys", "create", "--name", "x").split()[-1]
        who = once("python", "-c", "import os; print(os.getuid(), os.getgid(), os.getgroups())")
        assert who.split("\n")[0] == "10001 10001 []"
        for place in ("/opt/avila/x", "/usr/x", "/etc/x"):
            with pytest.raises(AssertionError, match="Read-only file system"):
                once("touch", place)
        with running(gateway.start(["python", "-m", "avila", "serve"], writable, **settings)) as started:
            until(lambda: started.has_ended or answers(f"http://127.0.0.1:{port}/health"), 60, "it answers")
            assert not started.has_ended, started.log.read_text()
            assert once("avila-healthcheck") == ""
            assert "<html" in httpx.get(f"http://127.0.0.1:{port}/", timeout=10).text
            answer = generated(port, key)
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"]


@pytest.fixture(scope="module")
def exporter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """With TensorRT for RTX: that other one comes from NVIDIA's own index, not from everybody's."""
    locked = (ROOT / "requirements/plans.txt").read_text().split()
    (tensorrt,) = [word for word in locked if word.startswith("tensorrt-rtx-cu13==")]
    image = Image(ROOT / "docker/exporter.Dockerfile", tmp_path_factory.mktemp("exporter"), TENSORRT=tensorrt)
    image.build()
    yield image
    shutil.rmtree(image.root)  # gigabytes, with torch for GPUs


@pytest.fixture
def writable(tmp_path: Path) -> dict[str, str]:
    for name in ("models", "data"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    tmp_path.chmod(0o755)
    return {"/tmp": "", "/models": str(tmp_path / "models"), "/var/lib/avila": str(tmp_path / "data")}


class TestExporter:
    def test_it_says_what_it_holds(self, exporter: Image) -> None:
        bill = json.loads((exporter.root / "opt/venv/sbom.cdx.json").read_text())
        names = {part["name"].lower().replace("_", "-") for part in bill["components"]}
        assert {"torch", "diffusers", "onnx", "onnxruntime", "fastapi", "tensorrt-rtx-cu13"} <= names

    @pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # diffusers warns of its own
    def test_it_exports_a_checkpoint_as_an_unprivileged_user_on_a_read_only_root(
        self, exporter: Image, writable: dict[str, str]
    ) -> None:
        models = Path(writable["/models"])
        make_tiny(models / "incoming")
        for path in (models / "incoming", *(models / "incoming").rglob("*")):
            os.chown(path, 10001, 10001)  # weights are written for their owner alone
        assert "--target" in exporter.start(["python", "-m", "avila", "export", "--help"], writable).finished()
        command = ["python", "-m", "avila", "export", "/models/incoming", "--name", "tiny"]
        exporter.start(command, writable).finished(within_s=900)  # five steps, each with a torch of its own from disk
        assert (models / "repository" / "tiny" / "1" / "pipeline.json").is_file()
        assert (models / "repository" / "tiny").stat().st_uid == 10001
        code = "import tensorrt_rtx as rtx; print(rtx.__version__)"
        assert exporter.start(["python", "-c", code], writable).finished().strip()

    def test_the_installer_works_there(self, exporter: Image, writable: dict[str, str]) -> None:
        (port,) = free_ports(1)
        settings = {"AVILA_OPS_PORT": str(port), "AVILA_DATA_DIR": "/var/lib/avila"}
        assert "schema" in exporter.start(["python", "-m", "avila", "migrate"], writable, **settings).finished()
        with running(exporter.start(["python", "-m", "avila", "installer"], writable, **settings)) as started:
            until(lambda: started.has_ended or answers(f"http://127.0.0.1:{port}/readyz"), 60, "it is ready")
            assert not started.has_ended, started.log.read_text()


class TestTriton:
    def test_the_cpu_image_draws_for_the_gateways_and_keeps_its_controls_closed(
        self, gateway: Image, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        image = Image(ROOT / "docker/triton-cpu.Dockerfile", tmp_path_factory.mktemp("triton"))
        image.build()
        for name in ("models", "run", "data"):
            (tmp_path / name).mkdir()
            (tmp_path / name).chmod(0o777)
        tmp_path.chmod(0o755)
        for_gateway = {"/tmp": "", "/models": str(tmp_path / "models"), "/var/lib/avila": str(tmp_path / "data")}
        gateway.start(["python", "-m", "avila", "models", "install"], for_gateway).finished()
        port, http_port, grpc_port, metrics_port = free_ports(4)
        stage = read(image.dockerfile)[1][-1]
        command = [*stage.all("ENTRYPOINT")[0].arguments, *stage.all("CMD")[0].arguments]
        command += [f"--http-port={http_port}", f"--grpc-port={grpc_port}", f"--metrics-port={metrics_port}"]
        writable = {"/tmp": "", "/models": str(tmp_path / "models"), "/run/avila": str(tmp_path / "run")}
        address = f"http://127.0.0.1:{http_port}"
        with running(image.start(command, writable)) as started:
            until(lambda: started.has_ended or answers(f"{address}/v2/health/ready"), 120, "it is ready")
            assert not started.has_ended, started.log.read_text()
            assert httpx.post(f"{address}/v2/repository/index", timeout=10).status_code == 403
            token = (tmp_path / "run" / "control-token").read_text()
            assert (tmp_path / "run" / "control-token").stat().st_mode & 0o077 == 0

            def states() -> set[str]:
                index = httpx.post(f"{address}/v2/repository/index", headers={"avila-control": token}, timeout=10)
                return {model.get("state", "not loaded") for model in index.json()}

            assert states() == {"not loaded"}, "nobody has asked for a pipeline yet"
            settings = {
                "AVILA_PORT": str(port),
                "AVILA_TRITON_GRPC_PORT": str(grpc_port),
                "AVILA_TRITON_CONTROL_TOKEN_FILE": "/run/avila/control-token",
            }
            for_gateway["/run/avila"] = str(tmp_path / "run")
            create = ["python", "-m", "avila", "keys", "create", "--name", "x"]
            key = gateway.start(create, for_gateway, **settings).finished().split()[-1]
            with running(gateway.start(["python", "-m", "avila", "serve"], for_gateway, **settings)) as serving:
                until(lambda: serving.has_ended or answers(f"http://127.0.0.1:{port}/readyz"), 120, "it is ready")
                answer = generated(port, key)
                assert answer.status_code == 200, answer.text + started.log.read_text()[-3000:]
                assert states() == {"READY"}, started.log.read_text()[-6000:]

    def test_nvidias_image_gets_what_the_models_import(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        """On Debian in place of NVIDIA's image, with the numpy that is there; isolated, as a stub may start Python."""
        image = Image(ROOT / "docker/triton.Dockerfile", tmp_path_factory.mktemp("nvidia"))
        image.prepare()
        image.inside(["sh", "-ec", "apt-get update -qq && apt-get install -qq -y python3-pip"])
        image.inside(["python3", "-m", "pip", "install", "-q", "--break-system-packages", "numpy==1.26.4"])
        image.build()
        code = "import diffusion.assembly, diffusion.tokenizer, PIL, numpy; print(numpy.__version__)"
        assert image.start(["python3", "-I", "-c", code], {"/tmp": ""}).finished().strip() == "1.26.4"
        bill = json.loads((image.root / "opt/avila/sbom.cdx.json").read_text())
        assert {part["name"].lower() for part in bill["components"]} == {"pillow", "tokenizers"}
