"""Writes model repositories for the benchmark: the project's orchestrator, the device model and the two baselines."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from benchmarks.machine import ROOT

SOURCE = ROOT / "model_repository"
SHIPPED = "avila-demo"
TOY, TOY_SIZE = "device", 64
SD15, SD15_SIZE = "device-512", 512
HERE = Path(__file__).resolve().parent
MODELS = HERE / "models"
ANY = "TYPE_FP32, dims: [ -1, -1, -1, -1 ]"
# The tensors of the device's components, in the words of config.pbtxt; the orchestrator checks the sizes.
COMPONENTS = {
    "text_encoder": (
        ("input_ids", "TYPE_INT32, dims: [ -1, -1 ]"),
        ("last_hidden_state", "TYPE_FP32, dims: [ -1, -1, -1 ]"),
    ),
    "unet": (
        ("sample", ANY),
        ("timestep", "TYPE_FP32, dims: [ -1 ]"),
        ("encoder_hidden_states", "TYPE_FP32, dims: [ -1, -1, -1 ]"),
        ("out_sample", ANY),
    ),
    "vae_decoder": (("latent_sample", ANY), ("sample", ANY)),
}
BASELINE_INPUTS = (("seed", "TYPE_INT64"), ("num_inference_steps", "TYPE_INT32"), ("guidance_scale", "TYPE_FP32"))
BATCHED_MEMBERS = 8
BATCHER_DELAY_US = 5000


class NotInstalledError(Exception):
    """The pipeline is not in the model repository."""


def write_device(repository: Path, pipeline: str = TOY, size: int = TOY_SIZE) -> None:
    """Write a pipeline over the device model and its two baselines into `repository`.

    The orchestrator is the project's own, byte for byte; the components are those of `models/`.

    Args:
        repository: Triton's model repository.
        pipeline: its name.
        size: width and height of a picture in pixels; 512 gives the tensors of Stable Diffusion 1.5.
    """
    orchestrator = repository / pipeline
    shutil.copytree(SOURCE / SHIPPED / "1", orchestrator / "1", ignore=_not_code)
    config = (SOURCE / SHIPPED / "config.pbtxt").read_text(encoding="utf-8")
    (orchestrator / "config.pbtxt").write_text(config.replace(f'"{SHIPPED}"', f'"{pipeline}"'), encoding="utf-8")
    spec = json.loads((HERE / "pipeline.json").read_text(encoding="utf-8"))
    spec["name"] = pipeline
    spec["limits"] |= {"min_size": size, "max_size": size}
    spec["defaults"] |= {"width": size, "height": size}
    (orchestrator / "1" / "pipeline.json").write_text(json.dumps(spec), encoding="utf-8")
    shutil.copy(HERE / "tokenizer.json", orchestrator / "1")
    for component, tensors in COMPONENTS.items():
        *inputs, output = tensors
        lines = [
            f'name: "{pipeline}__{component}"',
            'backend: "python"',
            "max_batch_size: 0",
            *(f'input [ {{ name: "{name}", data_type: {kind} }} ]' for name, kind in inputs),
            f'output [ {{ name: "{output[0]}", data_type: {output[1]} }} ]',
            "instance_group [ { count: 1, kind: KIND_CPU } ]",
        ]
        _write_model(repository / f"{pipeline}__{component}", lines, [MODELS / f"{component}.py"])
    write_baselines(repository, pipeline)


def write_pipeline(repository: Path, source: Path, pipeline: str) -> None:
    """Put `pipeline` into `repository`, as it is installed in the model repository `source`. Weights are linked.

    Raises:
        NotInstalledError: `source` does not hold it.
    """
    if not (source / pipeline / "1" / "pipeline.json").is_file():
        raise NotInstalledError(f"the pipeline {pipeline} is not installed in {source}; `make run` installs {SHIPPED}")
    for folder in (source / pipeline, *sorted(source.glob(f"{pipeline}__*"))):
        # Hard links: ONNX Runtime refuses weights that a symbolic link leads out of the graph's folder.
        shutil.copytree(folder, repository / folder.name, copy_function=_link, ignore=_caches)


def write_baselines(repository: Path, pipeline: str) -> None:
    """Write `<pipeline>-one-at-a-time` and `<pipeline>-request-level`, which call the same components."""
    event = 'output [ { name: "event", data_type: TYPE_STRING, dims: [ 1 ] } ]'
    calls, parameter = MODELS / "calls.py", f'parameters {{ key: "pipeline", value: {{ string_value: "{pipeline}" }} }}'
    one = f"{pipeline}-one-at-a-time"
    lines = [*_baseline(one, 0), event, "model_transaction_policy { decoupled: true }", parameter]
    _write_model(repository / one, lines, [MODELS / "one_at_a_time.py", calls])
    many = f"{pipeline}-request-level"
    batching = f"dynamic_batching {{ max_queue_delay_microseconds: {BATCHER_DELAY_US} }}"
    lines = [*_baseline(many, BATCHED_MEMBERS), batching, parameter]
    _write_model(repository / many, lines, [MODELS / "request_level.py", calls])


def _baseline(name: str, max_batch_size: int) -> list[str]:
    return [
        f'name: "{name}"',
        'backend: "python"',
        f"max_batch_size: {max_batch_size}",
        *(f'input [ {{ name: "{field}", data_type: {kind}, dims: [ 1 ] }} ]' for field, kind in BASELINE_INPUTS),
        'output [ { name: "image", data_type: TYPE_UINT8, dims: [ -1, -1, 3 ] } ]',
        "instance_group [ { count: 1, kind: KIND_CPU } ]",
    ]


def _write_model(folder: Path, config: list[str], code: list[Path]) -> None:
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text("\n".join(config) + "\n", encoding="utf-8")
    shutil.copy(code[0], folder / "1" / "model.py")
    for other in code[1:]:
        shutil.copy(other, folder / "1")


def _not_code(_: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py")]


def _caches(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__"]


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
