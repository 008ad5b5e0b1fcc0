"""Compares a graph's inputs and outputs with the component's declaration: names, types, and which axes are free."""

from __future__ import annotations

from diffusion.components import LORA_DOWN, LORA_UP, TEXT_ENCODERS, ComponentSpec, Part, TensorSpec
from export.errors import AxesDifferError, NamesDifferError, UnsupportedOpsetError
from export.graph_file import ONNX_DOMAIN, GraphFile, GraphTensor

WITHOUT_TOKENS = ("text_embeds", LORA_DOWN, LORA_UP)  # of a text encoder's tensors
OPSETS = range(20, 22)  # 23 emits Attention, which TensorRT refuses for Stable Diffusion's head sizes


def check_interface(graph: GraphFile, spec: ComponentSpec) -> None:
    """Raise unless `graph` has exactly the tensors that `spec` declares, and operators that every target runs.

    Raises:
        UnsupportedOpsetError: operators of another version, or of another domain than ONNX's.
        NamesDifferError: another name, order or type.
        AxesDifferError: an axis that is fixed, free or of another size than declared.
    """
    for domain, version in graph.opsets.items():
        if domain != ONNX_DOMAIN or version not in OPSETS:
            allowed = f"{ONNX_DOMAIN} {OPSETS[0]} to {OPSETS[-1]}"
            raise UnsupportedOpsetError(spec.component, f"{domain} {version}", allowed)
    for kind, given, declared in (("input", graph.inputs, spec.inputs), ("output", graph.outputs, spec.outputs)):
        found = [(tensor.name, tensor.dtype) for tensor in given]
        expected = [(tensor.name, tensor.dtype) for tensor in declared]
        if found != expected:
            raise NamesDifferError(spec.component, f"{kind}s {_listed(found)} found, {_listed(expected)} declared")
        for tensor, declaration in zip(given, declared, strict=True):
            if not _fits(spec.component, tensor, declaration):
                raise AxesDifferError(
                    spec.component, f"{tensor.name}: axes {tensor.shape} found, {declaration.shape} declared"
                )


def _fits(component: Part, tensor: GraphTensor, declaration: TensorSpec) -> bool:
    return len(tensor.shape) == len(declaration.shape) and all(
        isinstance(found, str)
        if isinstance(declared, str)
        or (component in TEXT_ENCODERS and index == 1 and declaration.name not in WITHOUT_TOKENS)
        else found == declared
        for index, (found, declared) in enumerate(zip(tensor.shape, declaration.shape, strict=True))
    )


def _listed(tensors: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({dtype})" for name, dtype in tensors)
