"""Opens graphs with ONNX Runtime on this machine's CPU, for verification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from export.graph_file import GraphFile
from export.quantised_graph import QUANTISED, Kind

MAPPED_BYTES = 4_000_000_000
"""A network with more stored weights than this, such as Stable Diffusion XL's UNet, is not copied into memory."""


def is_mapped(weights: Path) -> bool:
    """Whether the network of this weights file runs on the file itself, cast layer by layer in each call.

    ONNX Runtime would keep a copy in float32 and a second one in its kernels' layout: for 5 GB in half precision some
    20 GB. Without its optimiser and its memory arena it reads the mapped file, in about 1.3 times the time. In the
    graph's order it casts each weight where it is used (`cast_where_used`), in its own order all of them first: 1.3 and
    3.2 times the file in memory. A graph in half precision takes the latter in any order: casts to float32 are added.
    """
    return weights.is_file() and weights.stat().st_size > MAPPED_BYTES


def open_session(model: Path) -> Any:
    """An ONNX Runtime session on CPU without spinning threads, which would slow PyTorch's down."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if GraphFile.read(model).properties.get(QUANTISED) == Kind.FP8:
        # it would fuse fp8 pairs into integer kernels, which do not take them; unfused they compute what a GPU does
        options.add_session_config_entry("session.disable_quant_qdq", "1")
    if is_mapped(model.parent / "weights.safetensors"):
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.execution_order = onnxruntime.ExecutionOrder.PRIORITY_BASED  # the graph's
        options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
