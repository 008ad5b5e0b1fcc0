"""Pipelines, by the functions of `avila export`: known architectures in seconds, new ones exported and verified."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from avila.installing.placing import precision_of
from avila.shipped import SHIPPED, shipped_controlnets
from diffusion.components import Component
from diffusion.pipeline import PipelineSpec, component_specs
from export.checkpoint import Checkpoint
from export.onnx_export import export_architecture
from export.precision import Precision
from export.recipe import stored_graph
from export.repository import read_manifest, remove_pipeline
from export.transaction import prepare_state, state_folder
from gateway.settings import Settings
from tests.avila.installing.conftest import Program
from tests.avila.installing.test_installer import is_, nothing_left, order, when
from tests.export.conftest import one_thread, second, spec_of, tiny
from tests.hub.server import COMMIT, Hub

__all__ = ["one_thread", "second", "tiny"]
Install = Callable[[], Program]


def known(tiny: Path, repository: Path, **controlnets: Path) -> None:
    """An architecture's graphs, as an earlier export has left them."""
    state = prepare_state(repository)
    checkpoint = Checkpoint.read(tiny, controlnets=controlnets)
    for component in checkpoint.parts:
        target = stored_graph(state, component, checkpoint.architecture(component), "fp32")
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(tiny / "graphs" / f"{component}.onnx", target)


def publish(hub: Hub, folder: Path, name: str) -> Path:
    published = hub.add(name, folder, license="openrail")
    shutil.rmtree(published / "graphs", ignore_errors=True)
    return published


def contents(repository: Path, name: str) -> dict[str, str]:
    files = (path for path in repository.glob(f"{name}*/**/*") if path.is_file())
    return {str(path.relative_to(repository)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


async def test_a_known_architecture_is_installed_replaced_and_kept_when_the_next_one_fails(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, settings: Settings, tiny: Path, second: Path
) -> None:
    known(tiny, settings.model_repository)
    publish(hub, tiny, "someone/one")
    other = publish(hub, second, "someone/two")
    hub.cut["diffusion_pytorch_model.safetensors"] = [5000]
    installer()
    wanted = {"kind": "pipeline", "name": "mine"}
    await when(admin, await order(admin, source="someone/one", **wanted), is_("succeeded"))
    repository = settings.model_repository
    assert PipelineSpec.load(repository / "mine" / "1" / "pipeline.json").name == "mine"
    first = contents(repository, "mine")
    # what breaks off in the middle of a pipeline, or does not fit, changes nothing
    unet = other / "unet" / "config.json"
    right = unet.read_text()
    unet.write_text(right.replace('"cross_attention_dim": 16', '"cross_attention_dim": 20'))
    failed = await when(admin, await order(admin, source="someone/two", **wanted), is_("failed"))
    assert failed["error"]["code"] == "source_unsupported"
    assert failed["error"]["message"] == "unet: takes text states of width 20, but the text encoder gives 16"
    assert contents(repository, "mine") == first
    await nothing_left(settings)
    unet.write_text(right)
    done = await when(admin, await order(admin, source="someone/two", **wanted), is_("succeeded"))
    assert done["bytes_done"] == done["bytes_total"]
    assert contents(repository, "mine") != first
    manifest = read_manifest(repository, "mine")
    assert manifest is not None
    assert manifest.is_intact(repository)
    assert manifest.licence == "openrail"
    told = {"kind": "hub", "location": "someone/two", "revision": COMMIT, "licence": "openrail"}
    assert manifest.origin == told
    # its checkpoint is kept for a ControlNet that comes later, without a second copy of the weights
    kept = state_folder(repository) / "checkpoints" / "mine"
    weights = kept / "unet" / "diffusion_pytorch_model.safetensors"
    assert weights.samefile(repository / "mine__unet" / "1" / "weights.safetensors")
    remove_pipeline(repository, "mine")
    assert not kept.exists()


async def test_a_controlnet_is_served_with_its_pipeline_and_stays_when_that_is_replaced(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, settings: Settings
) -> None:
    canny = shipped_controlnets()["canny"]
    known(SHIPPED, settings.model_repository, canny=canny)
    publish(hub, SHIPPED, "someone/demo")
    publish(hub, canny, "someone/edges")
    installer()
    repository = settings.model_repository
    await when(admin, await order(admin, source="someone/demo", kind="pipeline", name="mine"), is_("succeeded"))
    assert not PipelineSpec.load(repository / "mine" / "1" / "pipeline.json").controlnets
    wanted = {"source": "someone/edges", "kind": "controlnet", "name": "edges", "pipeline": "mine"}
    await when(admin, await order(admin, **wanted), is_("succeeded"))
    found = PipelineSpec.load(repository / "mine" / "1" / "pipeline.json").controlnets
    assert set(found) == {"edges"}
    assert (repository / "mine__controlnet_edges" / "1" / "weights.safetensors").is_file()
    assert (settings.controlnet_folder / "mine" / "edges" / "config.json").is_file()
    await when(admin, await order(admin, source="someone/demo", kind="pipeline", name="mine"), is_("succeeded"))
    assert PipelineSpec.load(repository / "mine" / "1" / "pipeline.json").controlnets == found


def test_a_pipeline_keeps_its_precision_when_a_controlnet_comes(tiny: Path, tmp_path: Path) -> None:
    """The one that it is installed with again; half precision is told by the graphs alone."""
    checkpoint = Checkpoint.read(tiny)
    unet = component_specs(spec_of(checkpoint))[Component.UNET]
    for precision in (Precision.FP16, Precision.FP32):
        path = tmp_path / f"{precision}__unet" / "1" / "model.onnx"
        path.parent.mkdir(parents=True)
        if precision is Precision.FP32:
            shutil.copyfile(tiny / "graphs" / "unet.onnx", path)
        else:
            export_architecture(checkpoint, unet, path, precision)
        assert precision_of(tmp_path, str(precision)) is precision


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_two_at_once_export_a_new_architecture_without_getting_into_each_others_way(
    hub: Hub, admin: httpx.AsyncClient, installer: Install, settings: Settings, tiny: Path, second: Path
) -> None:
    """Two installers on one repository; of the graphs, only one network's is missing, so that it takes seconds."""
    known(tiny, settings.model_repository)
    state = state_folder(settings.model_repository)
    for graph in (state / "graphs").glob("vae_encoder*"):
        graph.unlink()
    publish(hub, tiny, "someone/one")
    publish(hub, second, "someone/two")
    at = [
        await order(admin, source=f"someone/{name}", kind="pipeline", name=name, precision="fp32")
        for name in ("one", "two")
    ]
    installer()
    installer()
    seen: dict[str, set[str]] = {path: set() for path in at}

    def watched(path: str) -> Callable[[dict], bool]:
        def holds(found: dict) -> bool:
            seen[path].add(found["status"])
            return found["status"] == "succeeded"

        return holds

    await asyncio.gather(*(when(admin, path, watched(path), 1700) for path in at))
    for name in ("one", "two"):
        manifest = read_manifest(settings.model_repository, name)
        assert manifest is not None
        assert manifest.is_intact(settings.model_repository)
    assert any("exporting" in states for states in seen.values())
    assert not list((state / "staging").glob("*"))
    assert not list((state / "work").glob("*"))
