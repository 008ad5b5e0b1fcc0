"""What a graph computes in. Its inputs and outputs are float32 in any case."""

from __future__ import annotations

from enum import StrEnum

from diffusion.components import DENOISERS, Component, ControlNet, Part
from export.errors import ExportError
from export.quantised_graph import Kind
from export.triton_config import Target


class Precision(StrEnum):
    """As `avila export --precision` names it. INT8 means INT8_HALF where a plan is built."""

    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"
    INT8 = "int8"
    INT8_HALF = "int8-fp16"
    FP8 = "fp8"

    @property
    def base(self) -> Precision:
        """Of the graph that is exported, and of every layer that is not quantised."""
        return BASES.get(self, self)

    @property
    def kind(self) -> Kind | None:
        """What the UNet's layers are rounded to, or nothing."""
        return KINDS.get(self)

    @property
    def needs_modelopt(self) -> bool:
        """Whether NVIDIA's ModelOpt finds the scales, for plans; for CPUs we do."""
        return self in (Precision.INT8_HALF, Precision.FP8)


BASES = {
    Precision.BF16: Precision.FP32,
    Precision.INT8: Precision.FP32,
    Precision.INT8_HALF: Precision.FP16,
    Precision.FP8: Precision.FP16,
}
KINDS = {Precision.INT8: Kind.INT8, Precision.INT8_HALF: Kind.INT8, Precision.FP8: Kind.FP8}
PLANS = (Target.TENSORRT, Target.TENSORRT_RTX)
REFUSED = {
    (Precision.BF16, Target.CUDA): "ONNX Runtime computes no convolution in bf16 on GPUs; use fp16",
    (Precision.BF16, Target.TENSORRT): "plans are built in fp32, fp16, int8 or fp8",
    (Precision.BF16, Target.TENSORRT_RTX): "plans are built in fp32, fp16, int8 or fp8",
    (Precision.INT8, Target.CUDA): "ONNX Runtime has no int8 kernels on GPUs; use fp16, or int8 with tensorrt",
    (Precision.FP8, Target.CPU): "no CPU computes in fp8; use int8 or bf16",
    (Precision.FP8, Target.CUDA): "ONNX Runtime has no fp8 kernels; use fp16, or fp8 with tensorrt",
}


def precision_for(name: str, target: Target) -> Precision:
    """The precision that a user calls `name`, for `target`.

    Raises:
        ExportError: when the target cannot compute in it.
    """
    precision = Precision(name)
    if reason := REFUSED.get((precision, target)):
        raise ExportError(f"--precision {precision} with --target {target}: {reason}")
    return Precision.INT8_HALF if precision is Precision.INT8 and target in PLANS else precision


def component_precision(component: Part, wanted: Precision) -> Precision:
    """What the exported graph of `component` computes in where the pipeline is to be `wanted`.

    The autoencoder stays in float32: in half precision its activations overflow in some checkpoints (diffusers upcasts
    it too), and it runs once per picture, not once per step.
    """
    is_light = isinstance(component, ControlNet) or component in (*DENOISERS, Component.TEXT_ENCODER)
    return wanted.base if is_light else Precision.FP32
