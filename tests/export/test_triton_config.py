from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from diffusion.components import Component
from diffusion.pipeline import Defaults, LatentSpec, Limits, PipelineSpec, TextSpec, component_specs
from diffusion.wire import INPUTS, OUTPUTS
from export.families import SD1
from export.graph_file import GraphFile
from export.repository import with_graphs
from export.serving import pipeline_spec
from export.tensorrt import make_profiles
from export.triton_config import PlanFiles, Target, component_config, orchestrator_config, pipeline_configs
from export.verify import ADDED_INPUTS

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models" / "avila-demo"
REPOSITORY = ROOT / "model_repository"
TYPES = {"float32": model_config_pb2.TYPE_FP32, "int32": model_config_pb2.TYPE_INT32}


def parsed(text: str) -> Any:
    config = model_config_pb2.ModelConfig()
    text_format.Parse(text, config)
    return config


def small_pipeline() -> PipelineSpec:
    black = (0.0, 0.0, 0.0)
    return PipelineSpec(
        name="toy",
        family="sd1",
        fingerprint="",
        text=TextSpec(chunk_tokens=10, width=6, bos=1, eos=2, pad=2),
        latent=LatentSpec(channels=4, pixels=4, scaling_factor=1.0, unet_halvings=1, rgb=(black,) * 4, rgb_bias=black),
        limits=Limits(min_size=16, max_size=64, size_multiple=8),
        defaults=Defaults(
            width=32, height=32, num_inference_steps=4, guidance_scale=3.0, sampler="ddim", schedule="trailing"
        ),
        noise_schedule={},
        max_rows=dict.fromkeys((component.value for component in SD1.components), 4),
    )


def test_the_orchestrator_answers_decoupled_from_one_instance() -> None:
    config = parsed(orchestrator_config("tiny"))
    assert config.model_transaction_policy.decoupled
    assert config.max_batch_size == 0
    assert [(group.count, group.kind) for group in config.instance_group] == [
        (1, model_config_pb2.ModelInstanceGroup.KIND_CPU)
    ]
    assert not config.HasField("dynamic_batching")
    assert [tensor.name for tensor in config.input] == [tensor.name for tensor in INPUTS]
    assert [tensor.name for tensor in config.input if not tensor.optional] == ["prompt"]
    assert [tuple(tensor.dims) for tensor in config.output] == [tensor.dims for tensor in OUTPUTS]


@pytest.mark.parametrize("target", [Target.CPU, Target.CUDA])
def test_a_component_takes_rows_as_its_first_dimension_and_has_no_batcher(target: Target) -> None:
    spec = component_specs(small_pipeline())[Component.UNET]
    config = parsed(component_config("toy__unet", spec, target))
    assert config.max_batch_size == 0
    assert not config.HasField("dynamic_batching")
    assert [tuple(tensor.dims) for tensor in config.input] == [(-1, 4, -1, -1), (-1,), (-1, -1, 6)]
    on_gpu = target is not Target.CPU
    kinds = model_config_pb2.ModelInstanceGroup
    assert config.instance_group[0].kind == (kinds.KIND_GPU if on_gpu else kinds.KIND_CPU)
    expected = {Target.CPU: "python", Target.CUDA: "onnxruntime_onnx"}
    assert (config.platform or config.backend) == expected[target]


def test_plans_are_chosen_by_compute_capability_with_every_profile_and_graphs_of_the_usual_calls() -> None:
    spec = component_specs(small_pipeline())[Component.UNET]
    files = {"8.9": "unet-a.plan", "9.0": "unet-b.plan"}
    config = parsed(component_config("toy__unet", spec, Target.TENSORRT, PlanFiles(files, profiles=2)))
    assert config.platform == "tensorrt_plan"
    assert dict(config.cc_model_filenames) == files
    assert list(config.instance_group[0].profile) == ["0", "1"]
    assert config.optimization.cuda.graphs
    assert [list(graph.input["sample"].dim) for graph in config.optimization.cuda.graph_spec] == [
        [2, 4, 8, 8], [4, 4, 8, 8],
    ]  # fmt: skip


@pytest.mark.parametrize("buckets", [(), (32,), (16, 48)])
def test_each_cuda_graph_is_a_call_that_a_profile_of_the_plan_takes(buckets: tuple[int, ...]) -> None:
    pipeline = small_pipeline()
    spec = component_specs(pipeline)[Component.UNET]
    profiles = make_profiles(spec, buckets, pipeline.latent.pixels)
    files = PlanFiles({"9.0": "x.plan"}, profiles=len(profiles))
    graphs = parsed(component_config("toy__unet", spec, Target.TENSORRT, files)).optimization.cuda.graph_spec
    assert [graph.input["timestep"].dim[0] for graph in graphs] == [2, 4]
    for graph in graphs:
        assert graph.batch_size == 0, "rows are a dimension of the tensors"
        assert graph.input.keys() == {tensor.name for tensor in spec.inputs}
        assert any(
            all(low <= size <= high
                for name, (least, _, most) in profile.items()
                for low, size, high in zip(least, graph.input[name].dim, most, strict=True))
            for profile in profiles
        )  # fmt: skip


def test_only_the_unet_has_cuda_graphs() -> None:
    spec = component_specs(small_pipeline())[Component.VAE_DECODER]
    config = parsed(component_config("toy", spec, Target.TENSORRT, PlanFiles({"9.0": "x.plan"}, profiles=1)))
    assert not config.optimization.cuda.graphs


@pytest.mark.parametrize("component", list(SD1.components))
@pytest.mark.parametrize("name", ["config.pbtxt", "configs/cpu.pbtxt"])
def test_committed_configs_have_the_tensors_of_the_committed_graphs(component: Component, name: str) -> None:
    config = parsed((REPOSITORY / f"avila-demo__{component}" / name).read_text())
    graph = GraphFile.read(SHIPPED / "graphs" / f"{component}.onnx")
    inputs = [tensor for tensor in config.input if tensor.name not in ADDED_INPUTS]  # those come at installation
    for committed, tensors in ((inputs, graph.inputs), (config.output, graph.outputs)):
        assert [tensor.name for tensor in committed] == [tensor.name for tensor in tensors]
        assert [tensor.data_type for tensor in committed] == [TYPES[tensor.dtype] for tensor in tensors]
        for tensor, described in zip(committed, tensors, strict=True):
            dims = [axis if isinstance(axis, int) else -1 for axis in described.shape]
            if component is Component.TEXT_ENCODER:
                dims[1] = tensor.dims[1]  # the graph takes any length, the tokenizer has one
            assert list(tensor.dims) == dims


def test_committed_orchestrator_config_is_what_the_generator_writes() -> None:
    committed = (REPOSITORY / "avila-demo" / "config.pbtxt").read_text()
    assert parsed(committed) == parsed(orchestrator_config("avila-demo"))


@pytest.mark.skipif(
    not (SHIPPED / "model_index.json").is_file(),
    reason="the shipped checkpoint is not in models/avila-demo; its configs are compared with its graphs instead",
)
def test_committed_configs_are_what_the_generator_writes() -> None:
    from export.checkpoint import Checkpoint
    from export.latent_rgb import LatentRgb

    black = (0.0, 0.0, 0.0)
    spec = pipeline_spec(Checkpoint.read(SHIPPED), "avila-demo", "", LatentRgb((black,) * 4, black, 0.0))
    spec = with_graphs(spec, {component: SHIPPED / "graphs" / f"{component}.onnx" for component in SD1.components})
    generated = pipeline_configs(spec)
    committed = {path: (REPOSITORY / path).read_text() for path in generated}
    assert {path: parsed(text) for path, text in committed.items()} == {
        path: parsed(text) for path, text in generated.items()
    }
