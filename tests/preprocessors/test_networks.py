"""Depth and pose models: exported, compared with PyTorch, installed, and asked through both backends."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from avila.__main__ import main
from diffusion.preprocessors import DepthSpec, PoseSpec
from diffusion.standalone_kinds import load_standalone
from export.errors import CheckpointError, RepositoryError, UnsupportedArchitectureError, WeightsMismatchError
from export.preprocessors import DepthFiles, PoseFiles
from export.standalone import install, remove
from gateway.backend.onnx_network import OnnxNetwork
from gateway.backend.standalone import NetworkAwayError
from gateway.backend.triton.network import TritonNetwork
from gateway.controls import depth, pose
from gateway.controls.service import MapMaker, Wanted
from gateway.errors import UnavailableError
from tests.e2e.running import running_triton
from tests.preprocessors.conftest import Installed
from tests.preprocessors.networks import a_picture, make_depth_anything, make_dpt


def in_process(repository: Path) -> MapMaker:
    return MapMaker(OnnxNetwork(DepthSpec, repository, 1), OnnxNetwork(PoseSpec, repository, 1))


def on_triton(url: str, repository: Path) -> MapMaker:
    return MapMaker(TritonNetwork(DepthSpec, url, repository), TritonNetwork(PoseSpec, url, repository))


def maps_by(maker: MapMaker) -> dict[str, np.ndarray]:
    async def ask() -> dict[str, np.ndarray]:
        try:
            return {name: await maker.map_of(a_picture(), Wanted(name)) for name in ("depth", "pose")}
        finally:
            await maker.aclose()

    return asyncio.run(ask())


def depth_by_torch(network, spec: DepthSpec) -> np.ndarray:
    """As transformers' own post-processing: bicubic to the picture's size, then its range."""
    import torch

    with torch.inference_mode():
        found = network(pixel_values=torch.from_numpy(depth.prepared(a_picture(), spec))).predicted_depth
        size = a_picture().shape[:2]
        whole = torch.nn.functional.interpolate(found[None], size=size, mode="bicubic", align_corners=False)[0, 0]
    shares = (whole - whole.min()) / (whole.max() - whole.min())
    return (shares * 255).numpy()


def test_the_maps_are_those_of_pytorchs_networks(installed: Installed) -> None:
    import torch

    made = maps_by(in_process(installed.repository))
    right = depth_by_torch(installed.networks["depth"], DepthSpec.installed(installed.repository))
    assert made["depth"].shape == (48, 64, 3)
    assert np.abs(made["depth"][..., 0] - right).max() <= 1.0
    framed = pose.prepared(a_picture(), 64)
    with torch.inference_mode():
        heatmaps, fields = installed.networks["pose"](torch.from_numpy(framed.pixels).flip(1))
    found = asyncio.run(OnnxNetwork(PoseSpec, installed.repository, 1).run({"pixels": framed.pixels}))
    np.testing.assert_allclose(found["heatmaps"], heatmaps.numpy(), atol=1e-5)
    np.testing.assert_allclose(found["fields"], fields.numpy(), atol=1e-5)
    assert np.abs(heatmaps.numpy()).max() > 0.01


@pytest.mark.triton
def test_both_backends_give_the_same_maps(installed: Installed, triton_environment: Path, tmp_path: Path) -> None:
    here = maps_by(in_process(installed.repository))
    with running_triton(triton_environment, installed.repository, tmp_path, component_threads=1) as server:
        server.load_all()
        there = maps_by(on_triton(server.url, installed.repository))
    for name, made in here.items():
        assert np.abs(made.astype(int) - there[name]).max() <= 1, name


@pytest.mark.slow
def test_a_depth_anything_is_served_as_well(tmp_path: Path) -> None:
    network = make_depth_anything(tmp_path / "depth")
    spec = install(DepthFiles.read(tmp_path / "depth"), tmp_path / "models")
    assert (spec.side, spec.is_metric) == (42, False)
    maker = in_process(tmp_path / "models")
    assert maker.usable == ("none", "canny", "depth")
    made = asyncio.run(maker.map_of(a_picture(), Wanted("depth")))
    assert np.abs(made[..., 0] - depth_by_torch(network, spec)).max() <= 1.0


def test_a_description_is_read_as_what_it_describes(installed: Installed, tmp_path: Path) -> None:
    for kind in (DepthSpec, PoseSpec):
        assert load_standalone(kind.place(installed.repository)) == kind.installed(installed.repository)
    with pytest.raises(ValueError, match="not a pose model"):
        PoseSpec.load(DepthSpec.place(installed.repository))
    (tmp_path / "network.json").write_text('{"component": "unet"}')
    with pytest.raises(ValueError, match="'unet' is no kind of network"):
        load_standalone(tmp_path / "network.json")


def test_what_is_not_installed_or_away_is_said(installed: Installed, tmp_path: Path) -> None:
    assert in_process(tmp_path).usable == ("none", "canny")
    with pytest.raises(NetworkAwayError, match="no depth model is installed"):
        asyncio.run(OnnxNetwork(DepthSpec, tmp_path, 1).run({}))
    with pytest.raises(UnavailableError, match="preprocessor depth cannot run now: preprocessor__depth_estimator"):
        maps_by(on_triton("127.0.0.1:9", installed.repository))


def test_another_of_the_architecture_needs_no_export(installed: Installed, tmp_path: Path, monkeypatch) -> None:
    make_dpt(tmp_path / "other", seed=1)
    monkeypatch.setattr("export.standalone.run_job", lambda *_: pytest.fail("exported again"))
    copy = Path(shutil.copytree(installed.repository, tmp_path / "models"))
    shutil.copytree(installed.repository.parent / ".models.avila", tmp_path / ".models.avila")
    install(DepthFiles.read(tmp_path / "other"), copy)
    first, second = (maps_by(in_process(folder))["depth"].astype(int) for folder in (installed.repository, copy))
    assert np.abs(first - second).max() > 10, "the weights are still the first one's"
    remove(DepthSpec, copy)
    assert in_process(copy).usable == ("none", "canny", "pose")
    with pytest.raises(RepositoryError, match="no depth model"):
        remove(DepthSpec, copy)


@pytest.mark.parametrize(
    ("kind", "change", "error", "words"),
    [
        ("depth", {"architectures": ["DPTModel"]}, UnsupportedArchitectureError, "a DPTModel; served are"),
        ("depth", {"image_size": 4000}, CheckpointError, "image_size is 4000; 32 to 1024"),
        ("depth", {"hidden_size": 24}, WeightsMismatchError, "shape"),
        ("pose", {"architectures": ["VitPose"]}, UnsupportedArchitectureError, "served is OpenPoseBody"),
        ("pose", {"image_size": 60}, CheckpointError, "a multiple of 8"),
        ("pose", {"stages": 9}, CheckpointError, "stages is 9; 1 to 6"),
        ("pose", None, CheckpointError, "pickled weights are not read"),
    ],
)
def test_what_cannot_be_served_is_named(installed: Installed, tmp_path: Path, kind, change, error, words) -> None:
    folder = Path(shutil.copytree(installed.folders[kind], tmp_path / kind))
    if change is None:
        (folder / "model.safetensors").rename(folder / "body_pose_model.pth")
    else:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(error, match=words):
        install((DepthFiles if kind == "depth" else PoseFiles).read(folder), tmp_path / "models")
    assert not list((tmp_path / "models").glob("preprocessor__*"))


def test_the_command_installs_shows_and_removes(installed: Installed, tmp_path: Path, monkeypatch, capsys) -> None:
    copy = Path(shutil.copytree(installed.repository, tmp_path / "models"))
    shutil.copytree(installed.repository.parent / ".models.avila", tmp_path / ".models.avila")
    monkeypatch.setenv("AVILA_MODEL_REPOSITORY", str(copy))
    assert main(["preprocessors", "remove", "pose"]) == 0
    assert main(["preprocessors", "show"]) == 0
    said = capsys.readouterr()
    assert "a depth model for 32x32 pixels" in said.out + said.err
    assert "no pose model is installed" in said.out + said.err
    assert main(["preprocessors", "install", "pose", str(installed.folders["pose"])]) == 0
    assert PoseSpec.installed(copy) == PoseSpec.installed(installed.repository)
    assert main(["preprocessors", "install", "depth", str(tmp_path / "nothing")]) == 1
