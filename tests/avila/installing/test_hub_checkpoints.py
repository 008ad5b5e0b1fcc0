"""`avila export owner/name`: the real command and the real client against a hub on this machine."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from avila.__main__ import main
from avila.installing import download
from avila.installing.hub_checkpoints import AtHub, HubCheckpoints, is_hub_name
from diffusion.pipeline import PipelineSpec
from export.repository import install_pipeline, read_manifest, remove_pipeline
from export.store import fetched_folder
from gateway.settings import load_settings
from tests.export.conftest import one_thread, second, tiny
from tests.export.test_repository import snapshot
from tests.export.test_single_file import to_ldm
from tests.hub.server import COMMIT, Hub, running_hub

__all__ = ["one_thread", "second", "tiny"]
UNET = "diffusion_pytorch_model.safetensors"  # so is the autoencoder's


@pytest.fixture
def hub(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """With the tiny pipeline as somebody publishes one, and this machine's own addresses allowed."""
    with running_hub(tmp_path / "hub") as hub:
        published = hub.add("someone/tiny", tiny, license="openrail")
        shutil.rmtree(published / "graphs")
        (published / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"a pickle")
        (published / "README.md").write_text("A model.")
        monkeypatch.setenv("AVILA_HUB_ENDPOINT", hub.url)
        monkeypatch.setenv("AVILA_OUTBOUND_ALLOW", "127.0.0.1")
        monkeypatch.setattr(download, "FIRST_PAUSE_S", 0.0)
        yield hub


@pytest.fixture
def repository(tiny: Path, second: Path, tmp_path: Path) -> Path:
    """With another checkpoint installed under the name that the tests export to."""
    install_pipeline(second, tmp_path / "models", "tiny", assets=tiny)
    return tmp_path / "models"


@pytest.fixture
def export(tiny: Path, repository: Path) -> Callable[..., int]:
    """The command's exit status."""

    def run(source: str = "someone/tiny", *words: str) -> int:
        return main(
            ["export", source, "--name", "tiny", "--repository", str(repository), "--assets", str(tiny), *words]
        )

    return run


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def published(hub: Hub) -> bytes:
    return (hub.folder / "someone" / "tiny" / "unet" / UNET).read_bytes()


def is_installed(hub: Hub, repository: Path) -> bool:
    return (repository / "tiny__unet" / "1" / "weights.safetensors").read_bytes() == published(hub)


def test_it_is_fetched_whole_without_what_is_not_needed_and_once(
    hub: Hub, repository: Path, export: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert export("someone/tiny", "--json") == 0
    said = events(capsys)
    found = said[0]
    assert (found["event"], found["source"], found["licence"]) == ("found", f"someone/tiny@{COMMIT}", "openrail")
    assert found["bytes_missing"] == found["bytes"] > 10_000
    coming = [event for event in said if event["event"] == "downloading"]
    assert coming[-1]["bytes_done"] == found["bytes"]
    assert any(event["left_s"] is not None for event in coming)
    assert sum(event["event"] == "comparing" for event in said) == found["files"]
    assert [event["event"] for event in said[-4:]] == ["planned", "step_started", "step_done", "finished"]
    assert is_installed(hub, repository)
    manifest = read_manifest(repository, "tiny")
    assert manifest is not None
    told = {"kind": "hub", "location": "someone/tiny", "revision": COMMIT, "licence": "openrail"}
    assert manifest.origin == told
    asked = [path for _, path, _, _ in hub.asked]
    assert not any(path.endswith((".bin", ".md")) for path in asked)
    kept = fetched_folder(repository, f"someone/tiny@{COMMIT}") / "unet" / UNET
    assert kept.samefile(repository / "tiny__unet" / "1" / "weights.safetensors"), "no second copy of the weights"

    hub.asked.clear()
    assert export("someone/tiny@main", "--json") == 0
    assert events(capsys)[0]["bytes_missing"] == 0
    assert [path for _, path, _, _ in hub.asked if "/resolve/" in path and path.endswith(".safetensors")] == []


def test_a_plan_fetches_nothing_large(
    hub: Hub, repository: Path, export: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(repository)
    assert export("someone/tiny", "--plan") == 0
    said = capsys.readouterr().out
    assert f"someone/tiny@{COMMIT}: " in said
    assert "to be downloaded, licence openrail" in said
    assert hub.ranges_of(".safetensors") == []
    assert snapshot(repository) == before


def test_a_cut_connection_is_gone_on_with_where_it_was(hub: Hub, repository: Path, export: Callable[..., int]) -> None:
    hub.cut[UNET] = [5000]
    assert export() == 0
    assert "bytes=5000-" in hub.ranges_of(UNET)
    assert is_installed(hub, repository)


def test_one_that_breaks_off_is_said_and_the_same_command_goes_on(
    hub: Hub,
    repository: Path,
    export: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "PATIENCE", 2)
    hub.cut[UNET] = [5000, 0, 0]
    before = snapshot(repository)
    assert export() == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"avila export: someone/tiny@{COMMIT}: ")
    assert "the connection was lost" in said
    assert said.endswith("; the same command goes on with what is there")
    assert snapshot(repository) == before
    hub.cut = {}
    hub.asked.clear()
    assert export() == 0
    assert "bytes=5000-" in hub.ranges_of(UNET)
    assert is_installed(hub, repository)


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        (UNET, "checksum_mismatch", "its publisher says "),
        ("tokenizer.json", "checksum_mismatch", "its publisher says "),
        ("model_index.json", "source_refused", "is no JSON object"),  # looked at before it is fetched
    ],
)
def test_a_corrupted_download_is_one_error_and_nothing_is_installed(
    hub: Hub,
    repository: Path,
    export: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    name: str,
    code: str,
    message: str,
) -> None:
    hub.wrong = {name}
    before = snapshot(repository)
    assert export() == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert name in said
    assert message in said
    assert export("someone/tiny", "--json") == 1
    failed = events(capsys)[-1]
    assert (failed["event"], failed["error"], failed["code"]) == ("failed", "InstallationError", code)
    assert snapshot(repository) == before
    hub.wrong = set()
    assert export() == 0
    assert is_installed(hub, repository)


def gated(hub: Hub) -> None:
    hub.gated = {"someone/tiny"}


def private(hub: Hub) -> None:
    hub.private = {"someone/tiny"}


def other_kind(hub: Hub) -> None:
    path = hub.folder / "someone" / "tiny" / "model_index.json"
    path.write_text(path.read_text().replace("StableDiffusionPipeline", "FluxPipeline"))


def only_pickles(hub: Hub) -> None:
    (hub.folder / "someone" / "tiny" / "unet" / UNET).unlink()


def led_away(hub: Hub) -> None:
    hub.away = "https://10.9.8.7"


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (gated, "source_gated", "accept its terms at the hub"),
        (private, "source_not_found", "someone/tiny is not at the hub, or is private"),
        (other_kind, "source_refused", "someone/tiny: it is a FluxPipeline"),
        (only_pickles, "source_pickled", "diffusion_pytorch_model.bin is a pickle"),
        (led_away, "source_refused", "not public"),
    ],
    ids=["gated", "private", "other_kind", "only_pickles", "led_away"],
)
def test_what_cannot_be_had_is_one_sentence_with_a_code(
    hub: Hub,
    repository: Path,
    export: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Hub], None],
    code: str,
    message: str,
) -> None:
    change(hub)
    before = snapshot(repository)
    assert export() == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert message in said
    assert export("someone/tiny", "--json") == 1
    assert events(capsys)[-1]["code"] == code
    assert snapshot(repository) == before


@pytest.mark.parametrize(("scheme", "reason"), [("http", "without TLS"), ("https", "AVILA_OUTBOUND_ALLOW")])
def test_nothing_private_is_reached_unless_it_is_allowed(
    hub: Hub,
    export: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    reason: str,
) -> None:
    monkeypatch.delenv("AVILA_OUTBOUND_ALLOW")
    monkeypatch.setenv("AVILA_HUB_ENDPOINT", hub.url.replace("http", scheme))
    assert export() == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert reason in said
    assert hub.asked == []


def test_an_unreachable_hub_is_said(
    hub: Hub, export: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AVILA_HUB_ENDPOINT", "http://127.0.0.1:9")
    assert export() == 1
    assert "someone/tiny: http://127.0.0.1:9: the server does not answer" in capsys.readouterr().err


def test_too_little_disk_is_said_before_anything_large_comes(
    hub: Hub, export: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "free_disk", lambda _: 1_000_000)
    assert export() == 1
    assert "still to be downloaded, and 0.00 GB of disk are free" in capsys.readouterr().err
    assert hub.ranges_of(".safetensors") == []


def test_the_token_opens_a_gated_model(
    hub: Hub, repository: Path, export: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    gated(hub)
    monkeypatch.setenv("AVILA_HUB_TOKEN", hub.token)
    assert export() == 0
    assert is_installed(hub, repository)


def test_a_base_at_the_hub_gives_its_configs_alone(
    hub: Hub,
    tiny: Path,
    repository: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    export: Callable[..., int],
) -> None:
    from safetensors.torch import save_file

    file = tmp_path / "one.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in to_ldm(tiny).items()}, file)
    assert export(str(file), "--base", "someone/tiny") == 0
    assert hub.ranges_of(".safetensors") == []
    assert PipelineSpec.load(repository / "tiny" / "1" / "pipeline.json").name == "tiny"
    assert (repository / "tiny__unet" / "1" / "weights.safetensors").samefile(file)
    hub.add("someone/one", _alone(file, tmp_path / "alone"))
    remove_pipeline(repository, "tiny")  # else it is there already
    assert export("someone/one", "--base", "someone/tiny") == 0
    fetched = fetched_folder(repository, f"someone/one@{COMMIT}") / "model.safetensors"
    assert (repository / "tiny__unet" / "1" / "weights.safetensors").samefile(fetched)
    capsys.readouterr()
    before = snapshot(repository)
    assert export("someone/one") == 1
    assert "someone/one: is one file; --base is for a checkpoint in one file" in capsys.readouterr().err
    assert export("someone/tiny", "--base", "someone/tiny") == 1
    assert "is a pipeline with configs of its own; --base is for" in capsys.readouterr().err
    assert snapshot(repository) == before


def _alone(file: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copyfile(file, folder / file.name)
    return folder


def test_of_two_at_once_one_fetches_and_the_other_waits(hub: Hub, repository: Path) -> None:
    hub.chunk_s = 0.002
    failures: list[BaseException] = []
    # In turn, as a process does it: the hub's library has one client for all, and who looks closes the one before.
    both = [HubCheckpoints(load_settings(), repository, lambda _: None) for _ in range(2)]
    wanted = [tuple(checkpoints.find("someone/tiny", None).values()) for checkpoints in both]

    def fetch(checkpoints: HubCheckpoints, all_found: tuple[AtHub, ...]) -> None:
        try:
            for found in all_found:
                checkpoints.fetch(found)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=fetch, args=given) for given in zip(both, wanted, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    served = [path for method, path, _, _ in hub.asked if method == "GET" and path.startswith("/storage/")]
    assert len(served) == len(set(served)) == 3
    kept = fetched_folder(repository, f"someone/tiny@{COMMIT}") / "unet" / UNET
    assert kept.read_bytes() == published(hub)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("someone/tiny", True),
        ("someone/tiny@main", True),
        ("someone/model.safetensors", False),
        ("someone/model.ckpt", False),
        ("a/b/c", False),
        ("./x", False),
        ("here/there", False),
    ],
)
def test_a_name_at_the_hub_is_no_file(text: str, is_one: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "there").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert is_hub_name(text) is is_one
