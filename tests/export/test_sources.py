from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from avila.__main__ import main
from diffusion.components import Component
from export import sources
from export.checkpoint import Checkpoint
from export.errors import CheckpointError, PickledCheckpointError
from export.families import NETWORKS
from export.repository import install_pipeline
from export.sources import local_checkpoint, weights_to_replace
from tests.export.test_repository import snapshot

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """The three requests of the hub's protocol that a download makes, answered from a folder."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.served: list[str] = []
        self.cut = 0  # bytes left out at the end of every file
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                self.answer(body=True)

            def answer(self, body: bool) -> None:
                path = self.path.partition("?")[0]
                if path.startswith(f"/api/models/{hub.name}"):
                    return self.send(json.dumps(hub.listing(path)).encode(), body)
                file = hub.folder / path.removeprefix(f"/{hub.name}/resolve/{COMMIT}/")
                if not path.startswith(f"/{hub.name}/") or not file.is_file():
                    self.send_response(404)
                    self.send_header("X-Error-Code", "RepoNotFound")
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                content = file.read_bytes()
                if body:
                    hub.served.append(file.relative_to(hub.folder).as_posix())
                return self.send(content, body, hub.cut if body else 0)

            def send(self, content: bytes, body: bool, cut: int = 0) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
                self.send_header("X-Repo-Commit", COMMIT)
                self.end_headers()
                if body:
                    self.wfile.write(content[: len(content) - cut])
                    self.close_connection = bool(cut)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def listing(self, path: str) -> object:
        files = sorted(file for file in self.folder.rglob("*") if file.is_file())
        names = [file.relative_to(self.folder).as_posix() for file in files]
        if "/tree/" in path:
            return [
                {"type": "file", "path": name, "size": file.stat().st_size, "oid": "0" * 40}
                for name, file in zip(names, files, strict=True)
            ]
        return {"id": self.name, "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}


@pytest.fixture
def hub(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = tmp_path / "hub"
    for name in ("model_index.json", "unet", "vae", "text_encoder", "tokenizer", "scheduler"):
        for file in [tiny / name] if (tiny / name).is_file() else (tiny / name).iterdir():
            target = folder / file.relative_to(tiny)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "README.md").write_text("")
    hub = Hub("someone/tiny", folder)
    threading.Thread(target=hub.server.serve_forever, daemon=True).start()
    monkeypatch.setattr(sources, "HUB_ENDPOINT", hub.url)
    yield hub
    hub.server.shutdown()
    hub.server.server_close()


def test_a_pipeline_is_downloaded_without_pickles_and_once(hub: Hub, tmp_path: Path) -> None:
    folder = local_checkpoint("someone/tiny", tmp_path / "models")
    assert Checkpoint.read(folder).tensors(Component.UNET)
    assert "unet/diffusion_pytorch_model.safetensors" in hub.served
    assert not any(name.endswith((".bin", ".md")) for name in hub.served)
    before = len(hub.served)
    assert local_checkpoint("someone/tiny", tmp_path / "models") == folder
    assert len(hub.served) == before


def test_an_unknown_name_at_the_hub_is_said(hub: Hub, tmp_path: Path) -> None:
    hub.folder = tmp_path / "nowhere"
    hub.name = "someone/other"
    with pytest.raises(CheckpointError, match="someone/tiny: cannot be downloaded from the hub"):
        local_checkpoint("someone/tiny", tmp_path / "models")


def test_a_download_that_breaks_off_is_said_and_goes_on_when_asked_again(hub: Hub, tmp_path: Path) -> None:
    hub.cut = 7
    with pytest.raises(CheckpointError, match="someone/tiny: cannot be downloaded from the hub"):
        local_checkpoint("someone/tiny", tmp_path / "models")
    hub.cut = 0
    assert Checkpoint.read(local_checkpoint("someone/tiny", tmp_path / "models")).tensors(Component.UNET)


def test_the_command_refuses_a_cut_download_and_leaves_what_is_installed(
    hub: Hub, tiny: Path, second: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = tmp_path / "models"
    install_pipeline(second, repository, "tiny", assets=tiny)
    before = snapshot(repository)
    words = ["export", "someone/tiny", "--name", "tiny", "--repository", str(repository), "--assets", str(tiny)]
    hub.cut = 7
    assert main(words) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("avila export: someone/tiny: cannot be downloaded from the hub: ")
    assert "Traceback" not in "".join(said)
    assert snapshot(repository) == before
    hub.cut = 0
    assert main(words) == 0
    installed = repository / "tiny__unet" / "1" / "weights.safetensors"
    assert installed.read_bytes() == (tiny / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()


def test_an_unreachable_hub_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "HUB_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(CheckpointError, match="cannot be downloaded from the hub"):
        local_checkpoint("someone/tiny", tmp_path / "models")


def test_a_folder_is_taken_as_it_is(tiny: Path, tmp_path: Path) -> None:
    assert local_checkpoint(str(tiny), tmp_path / "models") == tiny


@pytest.mark.parametrize("source", ["nothing-here", "a/b/c", "./x", ""])
def test_what_is_neither_is_refused(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match=r"no such folder or file|model_index"):
        Checkpoint.read(local_checkpoint(source, tmp_path / "models"))


def test_a_single_file_needs_a_base(tiny: Path) -> None:
    file = tiny / "vae" / "diffusion_pytorch_model.safetensors"
    with pytest.raises(CheckpointError, match="--base"):
        weights_to_replace(str(file), None, None)
    source, replaced = weights_to_replace(str(file), "someone/tiny", None)
    assert (source, set(replaced)) == ("someone/tiny", set(NETWORKS))


def test_another_vae_must_be_a_safetensors_file_that_is_there(tiny: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        weights_to_replace(str(tiny), None, tiny / "none.safetensors")
    with pytest.raises(PickledCheckpointError):
        weights_to_replace(str(tiny), None, tiny / "vae.pt")
