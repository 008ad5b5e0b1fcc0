"""Compares a graph's inputs and outputs with the component's declaration: names, types, and which axes are free."""

from __future__ import annotations

from diffusion.components import Component, ComponentSpec, TensorSpec
from export.errors import AxesDifferError, NamesDifferError
from export.graph_file import GraphFile, GraphTensor


def check_interface(graph: GraphFile, spec: ComponentSpec) -> None:
    """Raise unless `graph` has exactly the tensors that `spec` declares.

    Raises:
        NamesDifferError: another name, order or type.
        AxesDifferError: an axis that is fixed, free or of another size than declared.
    """
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


def _fits(component: Component, tensor: GraphTensor, declaration: TensorSpec) -> bool:
    return len(tensor.shape) == len(declaration.shape) and all(
        isinstance(found, str)
        if isinstance(declared, str) or (component is Component.TEXT_ENCODER and index == 1)
        else found == declared
        for index, (found, declared) in enumerate(zip(tensor.shape, declaration.shape, strict=True))
    )


def _listed(tensors: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({dtype})" for name, dtype in tensors)
