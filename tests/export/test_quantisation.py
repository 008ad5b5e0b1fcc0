"""int8 and fp8: the pairs in the graph, the calibration through our own engine, and what the command refuses."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.__main__ import main
from diffusion.components import Component
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs
from export import verify_pipeline
from export.checkpoint import Checkpoint
from export.errors import DamagedFileError, NotCalibratedError
from export.graph_file import GraphFile
from export.precision import Precision
from export.quantised_graph import (
    Kind,
    Range,
    add_quantisation,
    observe,
    quantisable_layers,
    scales_from_json,
    scales_to_json,
    weight_scales,
)
from export.repository import install_pipeline
from export.safetensors_header import read_header
from export.scales import ScalesFile
from export.sessions import open_session
from export.store import kept_files, prune
from export.transaction import state_folder
from export.verify import example_arrays, typical_sizes
from tests.export.test_tensorrt import needs_rtx

needs_modelopt = pytest.mark.skipif(
    not Path(os.environ.get("AVILA_VENV_MODELOPT", ".venv-modelopt"), "bin", "python").is_file(),
    reason="ModelOpt's environment is missing: `make modelopt` makes it and runs this",
)


@pytest.fixture(scope="module")
def plain(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the tiny pipeline in float32."""
    repository = tmp_path_factory.mktemp("plain") / "models"
    install_pipeline(tiny, repository, "tiny")
    return repository


def unet(repository: Path, name: str = "tiny") -> Path:
    return repository / f"{name}__unet" / "1" / "model.onnx"


def layer_count(checkpoint: Path) -> int:
    return len(quantisable_layers(GraphFile.read(checkpoint / "graphs" / "unet.onnx")))


def layers_of_modelopt(checkpoint: Path, precision: str) -> int:
    """How many it quantises: in fp8 no convolution of 16 or fewer channels, whose FP8 kernels gain nothing."""
    weights = read_header(next((checkpoint / "unet").glob("*.safetensors")))
    layers = quantisable_layers(GraphFile.read(checkpoint / "graphs" / "unet.onnx"))
    small = [layer for layer in layers if layer.is_convolution and min(weights[f"{layer.name}.weight"].shape[:2]) <= 16]
    return len(layers) - (len(small) if precision == "fp8" else 0)


def ops(graph: GraphFile) -> Counter[str]:
    return Counter(node.op_type for node in graph.graph.node)


class TestGraph:
    def test_the_layers_are_those_with_a_weight_but_for_the_sensitive_ones(self, plain: Path) -> None:
        names = [layer.name for layer in quantisable_layers(GraphFile.read(unet(plain)))]
        weights = read_header(unet(plain).parent / "weights.safetensors")
        expected = {
            name.removesuffix(".weight")
            for name, tensor in weights.items()
            if name.endswith(".weight") and len(tensor.shape) > 1
        }
        sensitive = {
            name for name in expected if name.startswith(("conv_", "time_embedding")) or "time_emb_proj" in name
        }
        assert set(names) == expected - sensitive
        assert len(sensitive) >= 5

    def test_each_channel_has_a_scale_that_keeps_its_largest_weight(self) -> None:
        weight = np.array([[1.0, -254.0], [0.5, 0.25], [0.0, 0.0]], np.float16)
        scales = weight_scales(weight, Kind.INT8)
        np.testing.assert_allclose(scales[:2], [2.0, 0.5 / 127])
        assert scales[2] > 0

    def test_observing_changes_no_prediction_and_sees_the_largest_value(self, plain: Path, tmp_path: Path) -> None:
        spec = network_specs(PipelineSpec.load(plain / "tiny" / "1" / "pipeline.json"))[Component.UNET]
        inputs = example_arrays(spec, typical_sizes(spec, 2))
        graph = GraphFile.read(unet(plain))
        observed = observe(graph)
        shutil.copytree(unet(plain).parent, tmp_path / "observed")
        graph.write(tmp_path / "observed" / "model.onnx")
        (right,) = open_session(unet(plain)).run(None, inputs)
        found, *seen = open_session(tmp_path / "observed" / "model.onnx").run(None, inputs)
        np.testing.assert_allclose(found, right, atol=1e-6)
        ranges = dict(zip(observed, map(float, seen), strict=True))
        text = next(layer for layer, side in observed if layer.endswith("attn2.to_k"))
        assert ranges[text, "input"] == pytest.approx(np.abs(inputs["encoder_hidden_states"]).max())
        assert all(value > 0 for value in ranges.values())

    @pytest.mark.parametrize("kind", list(Kind))
    def test_a_layer_without_a_scale_stays_as_it_is(self, plain: Path, kind: Kind) -> None:
        graph = GraphFile.read(unet(plain))
        before = ops(graph)
        first, second = [layer for layer in quantisable_layers(graph) if layer.is_convolution][:2]
        scales = {first.name: Range(3.0, 2.0)}
        names = add_quantisation(graph, scales, {first.name: np.ones(16, np.float32)}, kind)
        assert names == [first.name]
        assert second.name not in names
        added = ops(graph) - before
        pairs = 3 if kind is Kind.INT8 else 2  # its input, its weight, and for int8 its output
        assert added == {"QuantizeLinear": pairs, "DequantizeLinear": pairs}
        assert graph.properties["quantised"] == kind

    def test_scales_survive_their_file_and_nonsense_does_not(self, tmp_path: Path) -> None:
        scales = {"a": Range(1.5, None), "b": Range(2.0, 3.0)}
        assert scales_from_json(json.loads(json.dumps(scales_to_json(scales)))) == scales
        for wrong in ([1.0], [0.0, None], [-1.0, None], ["1", None], [float("inf"), None], [1.0, True], 3):
            with pytest.raises(ValueError, match="expected two numbers above 0"):
                scales_from_json({"a": wrong})
        (tmp_path / "x.json").write_text("{}")
        with pytest.raises(DamagedFileError, match="no scales of a calibration"):
            ScalesFile.read(tmp_path / "x.json")


@pytest.fixture(scope="module")
def quantised(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The tiny pipeline exported in int8 by the command, and what the command said."""
    from contextlib import redirect_stdout
    from io import StringIO

    repository, said = tmp_path_factory.mktemp("int8") / "models", StringIO()
    words = ["export", str(tiny), "--name", "tiny", "--repository", str(repository), "--precision", "int8", "--json"]
    with redirect_stdout(said):
        assert main(words) == 0
    return repository, [json.loads(line) for line in said.getvalue().splitlines()]


class TestInt8OnCpu:
    def test_it_is_calibrated_compared_and_installed(
        self, quantised: tuple[Path, list[dict[str, Any]]], tiny: Path
    ) -> None:
        _, said = quantised
        done = {line["step"]: line["result"] for line in said if line["event"] == "step_done"}
        assert [*done] == ["calibrate", "pictures", "install"]
        assert done["calibrate"]["layers"] == layer_count(tiny)
        pictures = done["pictures"]["pictures"]
        assert all(verify_pipeline.MIN_PSNR[Precision.INT8] <= one["psnr_db"] < 60 for one in pictures)
        assert any(one["max_difference"] > 2 for one in pictures), "the loss is what was measured"

    def test_the_unet_and_its_variant_are_quantised_and_nothing_else(
        self, quantised: tuple[Path, list[dict[str, Any]]]
    ) -> None:
        repository, _ = quantised
        for path in repository.glob("tiny__*/1/model.onnx"):
            expected = "int8" if path.parts[-3] in ("tiny__unet", "tiny__unet_lora") else None
            assert GraphFile.read(path).properties.get("quantised") == expected, path
        assert not list(repository.glob("*/1/rest.onnx")), "the parts are for floats"
        header = read_header(unet(repository).parent / "weights.safetensors")
        assert {tensor.dtype for tensor in header.values()} == {"F16"}, "the checkpoint's own file, not a copy"

    def test_onnx_runtime_computes_with_integers(
        self, quantised: tuple[Path, list[dict[str, Any]]], tmp_path: Path
    ) -> None:
        import onnx
        import onnxruntime

        repository, _ = quantised
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        options.log_severity_level = 3
        onnxruntime.InferenceSession(str(unet(repository)), options, providers=["CPUExecutionProvider"])
        kinds = Counter(node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node)
        assert kinds["QLinearConv"] >= 5
        assert kinds["MatMulIntegerToFloat"] >= 10

    def test_the_same_again_does_nothing_and_other_weights_need_scales_of_their_own(
        self, quantised: tuple[Path, list[dict[str, Any]]], tiny: Path, second: Path
    ) -> None:
        repository, _ = quantised
        before = unet(repository).stat().st_mtime_ns
        install_pipeline(tiny, repository, "tiny", precision=Precision.INT8)
        assert unet(repository).stat().st_mtime_ns == before
        with pytest.raises(NotCalibratedError, match=r"unet: no int8 scales for these weights .*--precision int8"):
            install_pipeline(second, repository, "second", assets=tiny, precision=Precision.INT8)
        assert not (repository / "second").exists()

    def test_scales_are_kept_while_a_pipeline_uses_them(
        self, quantised: tuple[Path, list[dict[str, Any]]], tmp_path: Path
    ) -> None:
        repository = shutil.copytree(quantised[0].parent, tmp_path / "copy") / "models"
        (scales,) = (file for file in kept_files(repository) if file.kind == "scales")
        assert scales.used_by == ("tiny",)
        prune(repository)
        assert scales.path.is_file()
        from export.repository import remove_pipeline

        remove_pipeline(repository, "tiny")
        assert scales.path.name in [name for name, _ in prune(repository)]
        assert not scales.path.exists()

    def test_scales_of_another_network_are_refused(
        self, quantised: tuple[Path, list[dict[str, Any]]], tiny: Path, tmp_path: Path
    ) -> None:
        repository = shutil.copytree(quantised[0].parent, tmp_path / "copy") / "models"
        (path,) = (state_folder(repository) / "scales").iterdir()
        kept = ScalesFile.read(path)
        ScalesFile(kept.key, kept.precision, kept.made_by, {"no.such.layer": Range(1.0)}).write(path)
        with pytest.raises(DamagedFileError, match=r"no\.such\.layer is no layer of this UNet"):
            install_pipeline(tiny, repository, "other", precision=Precision.INT8)
        assert not (repository / "other").exists()


def test_bf16_on_cpu_is_openvino_for_all_but_the_autoencoder(tiny: Path, tmp_path: Path) -> None:
    install_pipeline(tiny, tmp_path / "models", "tiny", precision=Precision.BF16)
    for network in ("unet", "unet_lora", "text_encoder", "vae_decoder", "vae_encoder"):
        config = (tmp_path / "models" / f"tiny__{network}" / "configs" / "cpu.pbtxt").read_text()
        expected = 0 if network.startswith("vae") else 1
        assert config.count('key: "runtime" value { string_value: "openvino" }') == expected, network
        assert config.count('key: "precision" value { string_value: "bfloat16" }') == expected, network


@pytest.mark.parametrize(
    ("precision", "target", "reason"),
    [
        ("bf16", "cuda", "computes no convolution in bf16"),
        ("bf16", "tensorrt", "plans are built in fp32, fp16, int8 or fp8"),
        ("bf16", "tensorrt-rtx", "plans are built in fp32, fp16, int8 or fp8"),
        ("int8", "cuda", "no int8 kernels on GPUs"),
        ("fp8", "cpu", "no CPU computes in fp8"),
        ("fp8", "cuda", "no fp8 kernels"),
    ],
)
def test_what_a_target_cannot_compute_is_refused_before_any_work(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], precision: str, target: str, reason: str
) -> None:
    words = ["export", str(tiny), "--name", "tiny", "--repository", str(tmp_path / "models")]
    assert main([*words, "--precision", precision, "--target", target]) == 1
    said = capsys.readouterr().err
    assert f"--precision {precision} with --target {target}: " in said
    assert reason in said
    assert list(tmp_path.iterdir()) == []


def test_a_missing_modelopt_is_said_before_any_work(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from export.errors import ExportError
    from export.plan import ExportRequest, make_plan

    monkeypatch.setenv("AVILA_VENV_MODELOPT", str(tmp_path / "none"))
    with pytest.raises(ExportError, match=r"none/bin/python: missing; .*`make modelopt`"):
        make_plan(ExportRequest(tiny, "tiny", tmp_path / "models", tiny, precision=Precision.FP8))


@pytest.mark.slow
@needs_modelopt
@needs_rtx
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("precision", ["int8", "fp8"])
def test_modelopt_finds_the_scales_of_a_plan(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], precision: str
) -> None:
    repository = tmp_path / "models"
    words = ["export", str(tiny), "--name", "tiny", "--repository", str(repository), "--precision", precision]
    assert main([*words, "--target", "tensorrt-rtx", "--capability", "8.9", "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    done = {line["step"]: line["result"] for line in said if line["event"] == "step_done"}
    assert done["calibrate"]["made_by"].startswith("ModelOpt ")
    assert done["calibrate"]["layers"] == layers_of_modelopt(tiny, precision)
    assert GraphFile.read(unet(repository)).properties["quantised"] == precision
    assert {line["component"] for line in said if line["event"] == "plan_built"} == set(
        Checkpoint.read(tiny).components
    )
