"""The installer as a process: what it goes through, and what is left of it when it is stopped or killed."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.errands.service import BEGIN_S
from gateway.settings import Settings
from tests.avila.installing.conftest import URL, Program
from tests.hub.files import LORA, write_safetensors
from tests.hub.server import Hub

PATIENCE_S = 240.0
BIG = {**LORA, "lora_unet_padding.lora_up.weight": (1000, 400)}  # 0.8 MB
Install = Callable[[], Program]


def publish(hub: Hub, tmp_path: Path, seed: int = 0) -> Path:
    write_safetensors(tmp_path / f"made-{seed}" / "style.safetensors", BIG, seed)
    return hub.add("someone/style", tmp_path / f"made-{seed}", license="mit") / "style.safetensors"


async def order(admin: httpx.AsyncClient, **other: Any) -> str:
    body = {"source": "someone/style", "kind": "lora", "name": "style", "accept_licence": True, **other}
    answer = await admin.post(URL, json=body)
    assert answer.status_code == 202, answer.text
    return f"{URL}/{answer.json()['id']}"


async def when(
    admin: httpx.AsyncClient, at: str, holds: Callable[[dict[str, Any]], object], patience_s: float = PATIENCE_S
) -> dict[str, Any]:
    """The installation as soon as something holds of it."""
    deadline = time.monotonic() + patience_s
    while True:
        found: dict[str, Any] = (await admin.get(at)).json()
        if holds(found):
            return found
        assert time.monotonic() < deadline, found
        assert found["status"] not in ("failed", "canceled", "succeeded"), found
        await asyncio.sleep(0.05)


def is_(*statuses: str) -> Callable[[dict[str, Any]], bool]:
    return lambda found: found["status"] in statuses


def place(settings: Settings) -> Path:
    return settings.data_dir / "loras" / "style.safetensors"


def downloads(settings: Settings) -> list[Path]:
    return sorted((settings.model_repository.parent / ".models.avila" / "downloads").glob("*"))


async def nothing_left(settings: Settings) -> None:
    """Downloads are removed after the end was told."""
    deadline = time.monotonic() + 30
    while downloads(settings):
        assert time.monotonic() < deadline, downloads(settings)
        await asyncio.sleep(0.05)


async def test_a_cut_a_pause_and_a_kill_later_it_is_there_and_nothing_was_fetched_twice(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, settings: Settings, tmp_path: Path
) -> None:
    published = publish(hub, tmp_path)
    size = published.stat().st_size
    hub.cut["style.safetensors"], hub.chunk_s = [size // 8], 0.08
    at = await order(admin)
    first = installer()
    await when(admin, at, lambda found: found["bytes_done"] > size // 4)
    assert (await admin.post(f"{at}/pause")).json()["is_stopping"]
    paused = await when(admin, at, is_("paused"))
    (folder,) = downloads(settings)
    (part,) = folder.rglob("*.part")
    have = part.stat().st_size
    assert size // 4 <= have < size
    assert paused["error"] is None
    await asyncio.sleep(1)
    assert part.stat().st_size == have, "nothing more comes while it is paused"
    assert (await admin.post(f"{at}/resume")).json()["status"] == "queued"
    await when(admin, at, lambda found: found["bytes_done"] > have + size // 8)
    first.end(signal.SIGKILL)
    assert (await admin.get(at)).json()["status"] == "downloading", "nobody could say otherwise"
    installer()
    done = await when(admin, at, is_("succeeded"))
    assert done["bytes_done"] == done["bytes_total"] == size
    assert done["attempts"] == 2
    assert place(settings).read_bytes() == published.read_bytes()
    await nothing_left(settings)
    asked = [wanted for wanted in hub.ranges_of("style.safetensors") if wanted and wanted.endswith("-")]
    starts = [int(wanted.removeprefix("bytes=").removesuffix("-")) for wanted in asked]
    assert starts == sorted(starts)
    assert len(starts) == 3  # after the cut, the pause and the kill
    assert size // 8 - 1 <= starts[0]
    assert starts[1] == have
    assert starts[2] >= have + size // 8
    acts = [act["action"] for act in (await admin.get("/v1/audit?action=model")).json()["results"]]
    assert acts[0] == "model.install_succeeded"
    names = {found["name"]: found for found in (await admin.get("/v1/loras")).json()}
    assert names["style"]["error"] is None
    preview = (await admin.post(f"{URL}/previews", json={"source": "someone/style", "name": "style"})).json()
    assert preview["replaces"]


async def test_a_stopped_installer_hands_back_what_it_was_at(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, tmp_path: Path
) -> None:
    publish(hub, tmp_path)
    hub.chunk_s = 0.1
    at = await order(admin)
    program = installer()
    await when(admin, at, lambda found: found["bytes_done"] > 0)
    assert program.end(signal.SIGTERM) == 0
    found = (await admin.get(at)).json()
    assert (found["status"], found["attempts"]) == ("queued", 0)
    hub.chunk_s = 0
    installer()
    await when(admin, at, is_("succeeded"))


async def test_cancelling_removes_what_was_downloaded(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, settings: Settings, tmp_path: Path
) -> None:
    publish(hub, tmp_path)
    hub.chunk_s = 0.1
    at = await order(admin)
    installer()
    await when(admin, at, lambda found: found["bytes_done"] > 0)
    await admin.post(f"{at}/cancel")
    deadline = time.monotonic() + PATIENCE_S
    while (await admin.get(at)).json()["status"] != "canceled" or downloads(settings):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert not place(settings).exists()


async def test_wrong_bytes_leave_the_version_before_untouched_and_can_be_tried_again(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, settings: Settings, tmp_path: Path
) -> None:
    before = publish(hub, tmp_path).read_bytes()
    installer()
    await when(admin, await order(admin), is_("succeeded"))
    published = publish(hub, tmp_path, seed=1)
    hub.wrong = {"style.safetensors"}
    at = await order(admin)
    failed = await when(admin, at, is_("failed"))
    assert failed["error"]["code"] == "checksum_mismatch"
    assert failed["error"]["may_resume"]
    assert place(settings).read_bytes() == before
    hub.wrong = set()
    await admin.post(f"{at}/resume")
    await when(admin, at, is_("succeeded"))
    assert place(settings).read_bytes() == published.read_bytes() != before


async def test_a_lora_that_cannot_be_read_is_not_installed(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, settings: Settings, tmp_path: Path
) -> None:
    published = publish(hub, tmp_path)
    header, _, rest = published.read_bytes()[8:].partition(b"F16")
    data = published.read_bytes()[:8] + header + b"I16" + rest
    published.write_bytes(data)
    at = await order(admin)
    installer()
    failed = await when(admin, at, is_("failed"))
    assert failed["error"]["code"] == "invalid_lora"
    assert not failed["error"]["may_resume"]
    assert not place(settings).exists()
    await nothing_left(settings)


@pytest.mark.parametrize("kind", ["embedding"])
async def test_embeddings_go_to_their_folder(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, settings: Settings, tmp_path: Path, kind: str
) -> None:
    from tests.hub.files import EMBEDDING

    write_safetensors(tmp_path / "made" / "word.safetensors", EMBEDDING)
    hub.add("someone/word", tmp_path / "made")
    at = await order(admin, source=f"{hub.url}/plain/someone/word/word.safetensors", kind=kind, name="Word-1")
    installer()
    await when(admin, at, is_("succeeded"))
    written = settings.data_dir / "embeddings" / "Word-1.safetensors"
    assert written.read_bytes() == (tmp_path / "made" / "word.safetensors").read_bytes()


async def test_it_looks_installs_deletes_and_takes_back_for_a_gateway_that_may_do_nothing_of_that(
    hub: Hub, gateway: httpx.AsyncClient, installer: Install, settings: Settings, tmp_path: Path
) -> None:
    published = publish(hub, tmp_path)
    program = installer()
    preview = await gateway.post(f"{URL}/previews", json={"source": "someone/style"})
    assert preview.status_code == 200, preview.text
    assert preview.json()["kind"] == "lora"
    missing = await gateway.post(f"{URL}/previews", json={"source": "someone/nothing"})
    assert (missing.status_code, missing.json()["code"]) == (400, "source_not_found")
    await when(gateway, await order(gateway, source=preview.json()["source"]), is_("succeeded"))
    at = "/v1/admin/model-files/loras/style"
    assert (await gateway.delete(at)).json()["size_bytes"] == published.stat().st_size
    assert not place(settings).exists()
    assert (await gateway.post(f"{at}/restore")).status_code == 200
    assert place(settings).read_bytes() == published.read_bytes()
    program.end()
    waiting = time.monotonic()
    answer = await gateway.delete(at)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert time.monotonic() - waiting < 2 * BEGIN_S
    assert place(settings).exists()
