"""Networks that are too large to be copied into memory run on their mapped file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from diffusion.components import Component
from diffusion.pipeline import component_specs
from export import sessions
from export.checkpoint import Checkpoint
from export.networks import keeps_half, load_network
from export.plan import ExportRequest, Verification, make_plan
from export.repository import install_pipeline
from export.verify import reference_outputs, typical_sizes, verify_component

ADDED = 'parameters { key: "weights" value { string_value: "mapped" } }'


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAPPED_BYTES", 1000)


def test_only_a_large_network_is_mapped(tiny: Path, tmp_path: Path) -> None:
    install_pipeline(tiny, tmp_path / "models", "tiny")
    assert not any(ADDED in path.read_text() for path in tmp_path.glob("models/*/configs/cpu.pbtxt"))
    assert not keeps_half(Checkpoint.read(tiny))


def test_a_mapped_unet_equals_pytorch_that_casts_layer_by_layer(
    tiny: Path, tmp_path: Path, all_are_large: None
) -> None:
    checkpoint = Checkpoint.read(tiny)
    assert keeps_half(checkpoint)
    spec = component_specs(install_pipeline(tiny, tmp_path / "models", "tiny"))[Component.UNET]
    load = partial(load_network, Component.UNET, checkpoint)
    report = verify_component(load, spec, tmp_path / "models" / "tiny__unet" / "1" / "model.onnx")
    report.raise_first()
    assert max(case.max_difference for case in report.cases) < 2e-5
    assert ADDED in (tmp_path / "models" / "tiny__unet" / "configs" / "cpu.pbtxt").read_text()
    assert ADDED in (tmp_path / "models" / "tiny__unet_lora" / "configs" / "cpu.pbtxt").read_text()
    assert ADDED not in (tmp_path / "models" / "tiny__unet" / "config.pbtxt").read_text()


def test_casting_layer_by_layer_changes_no_bit(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint.read(tiny)
    spec = component_specs(install_pipeline(tiny, tmp_path / "models", "tiny"))[Component.UNET]
    sizes = [typical_sizes(spec, 2)]
    (whole,) = reference_outputs(partial(load_network, Component.UNET, checkpoint), spec, sizes)
    monkeypatch.setattr(sessions, "MAPPED_BYTES", 1000)
    (by_layer,) = reference_outputs(partial(load_network, Component.UNET, checkpoint), spec, sizes)
    assert (whole["out_sample"] == by_layer["out_sample"]).all()


def test_the_plan_counts_a_mapped_network_once_for_each_side(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unet_bytes() -> int:
        request = ExportRequest(tiny, "tiny", tmp_path / "models", tiny, verification=Verification.ALL)
        (step,) = (step for step in make_plan(request).steps if step.component is Component.UNET)
        return step.memory_bytes

    usual = unet_bytes()
    monkeypatch.setattr(sessions, "MAPPED_BYTES", 1000)
    stored = sum(tensor.length for tensor in Checkpoint.read(tiny).tensors(Component.UNET).values())
    assert usual - unet_bytes() == pytest.approx(3 * stored)
