"""Compares an exported network with PyTorch: names, axes, shapes, values, and that rows do not depend on each other.

Every check runs before the first finding is raised, so that one report shows all that is wrong. Needs torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diffusion.components import CLIP_SKIP, TOKEN_EMBEDDINGS, ComponentSpec, Part, Tensor
from export.errors import (
    AxesDifferError,
    NamesDifferError,
    RowsDependError,
    ShapesDifferError,
    ValuesDifferError,
    VerificationError,
)
from export.graph_file import GraphFile
from export.interface import check_interface
from export.precision import Precision
from export.sessions import open_session

if TYPE_CHECKING:
    import torch

Arrays = Mapping[str, NDArray[Any]]
HALF_TOLERANCE = 1e-2
MAX_VERIFIED_SIDE = 64  # latents
ROWS_TOLERANCE = 2e-5  # a matrix product may sum in another order when it has more rows
HALF_ROWS_TOLERANCE = 2e-3
"""Two neighbours of half precision at 1 (2 ** -10 each): a sum rounds to the next. 5e-4 was found in XL's UNet."""


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison: the sizes of the symbolic axes, and the largest difference over all outputs (`_difference`)."""

    name: str
    sizes: Mapping[str, int]
    max_difference: float
    tolerance: float


@dataclass
class ComponentReport:
    """What was compared for one component. `findings` is empty when it is the same network."""

    component: Part
    architecture: str
    precision: Precision = Precision.FP32
    cases: list[Case] = field(default_factory=list)
    findings: list[VerificationError] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.findings

    def raise_first(self) -> None:
        """Raise the first finding, if there is one."""
        if self.findings:
            raise self.findings[0]

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "component": str(self.component),
            "architecture": self.architecture,
            "precision": self.precision.value,
            "passed": self.passed,
            "cases": [asdict(case) for case in self.cases],
            "findings": [{"kind": type(item).__name__, "detail": item.detail} for item in self.findings],
        }


def verify_component(load: Callable[[], torch.nn.Module], spec: ComponentSpec, model: Path) -> ComponentReport:
    """Compare the installed or staged graph at `model` with its original in float32, which `load` gives.

    PyTorch answers every case first and is then let go, so that only one of the two is in memory. The report's findings
    are of the classes of `export.errors`, one per kind of difference.
    """
    graph = GraphFile.read(model)
    precision = Precision(graph.properties.get("precision", Precision.FP32))
    if precision is Precision.FP16:
        spec = replace(
            spec, tolerance=max(spec.tolerance, HALF_TOLERANCE), tolerance_reason="half precision keeps eleven bits"
        )
    report = ComponentReport(spec.component, graph.properties.get("architecture", ""), precision)
    try:
        check_interface(graph, spec)
    except (NamesDifferError, AxesDifferError) as error:
        report.findings.append(error)
    if any(isinstance(finding, NamesDifferError) for finding in report.findings):
        return report  # nothing can be fed to it
    cases = list(verification_sizes(spec))
    expected = reference_outputs(load, spec, [sizes for _, sizes in cases])
    session = open_session(model)
    for (name, sizes), right in zip(cases, expected, strict=True):
        _compare(report, spec, name, sizes, (right, _run(session, spec, example_arrays(spec, sizes))))
    _compare_rows(report, spec, session)
    return report


def verification_sizes(spec: ComponentSpec) -> Iterator[tuple[str, dict[str, int]]]:
    """Sizes of the symbolic axes to compare at: typical, oblong with several rows, smallest, and long text."""
    typical = typical_sizes(spec, 1)
    yield "typical", typical
    oblong = dict(typical, batch=min(3, spec.max_rows))
    for axis in ("width", "image_width"):
        if axis in spec.bounds:
            oblong[axis] = _one_step_wider(spec, axis, typical[axis])
    yield "oblong, several rows", oblong
    smallest = {axis: bounds.min for axis, bounds in spec.bounds.items()}
    if smallest != typical:
        yield "smallest", smallest
    if "tokens" in spec.bounds and spec.bounds["tokens"].max > spec.bounds["tokens"].min:
        yield "long text", dict(smallest, tokens=2 * spec.bounds["tokens"].min, batch=min(2, spec.max_rows))


def typical_sizes(spec: ComponentSpec, rows: int) -> dict[str, int]:
    """The usual sizes; smaller ones for a network of large pictures, where they would cost minutes and gigabytes."""
    sizes = {axis: bounds.opt for axis, bounds in spec.bounds.items()} | {"batch": rows}
    if sizes.get("height", 0) <= MAX_VERIFIED_SIDE:
        return sizes
    bounds = spec.bounds["height"]
    side = max(bounds.min, MAX_VERIFIED_SIDE // bounds.multiple * bounds.multiple)
    pixels = sizes.get("image_height", 0) // sizes["height"]
    for axis in spec.bounds:
        if axis in ("height", "width"):
            sizes[axis] = side
        elif axis in ("image_height", "image_width"):
            sizes[axis] = side * pixels
    return sizes


ADDED_INPUTS = (CLIP_SKIP, TOKEN_EMBEDDINGS)
"""What an installed text encoder takes beyond the network's own inputs; zeros change nothing (see `prompt_graph`)."""


def example_arrays(spec: ComponentSpec, sizes: Mapping[str, int], seed: int = 0) -> dict[str, Tensor]:
    """Seeded inputs: standard normal latents and states, fractional timesteps in 0 … 999, real token ids."""
    generator = np.random.default_rng(seed)
    arrays: dict[str, Tensor] = {}
    for tensor in spec.inputs:
        shape = tuple(axis if isinstance(axis, int) else sizes[axis] for axis in tensor.shape)
        if tensor.name in ADDED_INPUTS:
            arrays[tensor.name] = np.zeros(shape, tensor.dtype)
        elif tensor.dtype == "int32":
            arrays[tensor.name] = generator.integers(0, 255, shape, dtype=np.int32)
            arrays[tensor.name][:, -1] = 255  # pooling looks for the largest
        elif tensor.name == "time_ids":
            arrays[tensor.name] = generator.integers(0, 1025, shape).astype(np.float32)
        elif tensor.name == "timestep":
            arrays[tensor.name] = generator.uniform(0, 999, shape).astype(np.float32)
        else:
            arrays[tensor.name] = generator.standard_normal(shape).astype(np.float32)
    return arrays


def reference_outputs(
    load: Callable[[], torch.nn.Module], spec: ComponentSpec, cases: Sequence[Mapping[str, int]]
) -> list[Arrays]:
    """What PyTorch makes of the example inputs of each case, by output name."""
    import torch

    network, outputs = load(), list[Arrays]()
    for sizes in cases:
        inputs = example_arrays(spec, sizes)
        with torch.inference_mode():
            own = (tensor.name for tensor in spec.inputs if tensor.name not in ADDED_INPUTS)
            results = network(*(torch.from_numpy(inputs[name]) for name in own))
        results = results if isinstance(results, tuple) else (results,)
        named = zip(spec.outputs, results, strict=True)
        outputs.append({tensor.name: result.float().numpy() for tensor, result in named})
    return outputs


def write_reports(reports: Sequence[ComponentReport], path: Path) -> None:
    """All components' reports as one JSON file."""
    text = json.dumps({"passed": all(item.passed for item in reports), "components": [r.to_json() for r in reports]})
    path.write_text(text + "\n", encoding="utf-8")


def _one_step_wider(spec: ComponentSpec, axis: str, size: int) -> int:
    """The next width the network takes; a picture's must stay whole latents of whole halvings."""
    bounds = spec.bounds[axis]
    step = bounds.multiple * (spec.bounds["width"].multiple if axis == "image_width" else 1)
    return size + step if size + step <= bounds.max else size


def _run(session: Any, spec: ComponentSpec, inputs: Mapping[str, Tensor]) -> Arrays:
    names = [tensor.name for tensor in spec.outputs]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))


def _compare(
    report: ComponentReport, spec: ComponentSpec, name: str, sizes: Mapping[str, int], pair: tuple[Arrays, Arrays]
) -> None:
    expected, found = pair
    worst = 0.0
    for output in spec.outputs:
        right, given = expected[output.name], found[output.name]
        if right.shape != given.shape:
            detail = f"{output.name}, case {name}: shape {given.shape} found, PyTorch gives {right.shape}"
            report.findings.append(ShapesDifferError(spec.component, detail))
            continue
        difference = _difference(right, given)
        worst = max(worst, difference)
        if not difference <= spec.tolerance:
            detail = (
                f"{output.name}, case {name}: differs by {difference:.2e}, "
                f"{spec.tolerance:.0e} allowed ({spec.tolerance_reason})"
            )
            report.findings.append(ValuesDifferError(spec.component, detail))
    report.cases.append(Case(name, dict(sizes), worst, spec.tolerance))


def _compare_rows(report: ComponentReport, spec: ComponentSpec, session: Any) -> None:
    """Rows with different timesteps, latents and texts in one call equal the same rows one at a time."""
    rows = min(4, spec.max_rows)
    sizes = typical_sizes(spec, rows)
    inputs = example_arrays(spec, sizes, seed=1)
    together = _run(session, spec, inputs)
    worst = 0.0
    for row in range(rows):
        alone = _run(session, spec, {name: array[row : row + 1] for name, array in inputs.items()})
        worst = max(worst, *(_difference(alone[name], together[name][row : row + 1]) for name in alone))
    allowed = HALF_ROWS_TOLERANCE if report.precision is Precision.FP16 else ROWS_TOLERANCE
    report.cases.append(Case("rows alone and together", sizes, worst, allowed))
    if not worst <= allowed:
        detail = f"a row alone differs from the same row among {rows} by {worst:.2e}, {allowed:.0e} allowed"
        report.findings.append(RowsDependError(spec.component, detail))


def _difference(right: NDArray[Any], given: NDArray[Any]) -> float:
    """Largest difference, of values beyond 1 in parts of the value, as floats lie wider apart there; NaN is infinite.

    Beyond 32 neighbouring numbers of half precision are 0.031 apart, which no absolute tolerance allows for.
    """
    exact = right.astype(np.float64)
    difference = np.abs(exact - given.astype(np.float64)) / np.maximum(1.0, np.abs(exact))
    return float("inf") if np.isnan(difference).any() else float(difference.max(initial=0.0))
