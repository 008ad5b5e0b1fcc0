"""The standalone networks by their kind, for the step that exports one. Needs torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from diffusion.components import Component
from export.networks import Network, read_tensor
from export.preprocessor_networks import empty_depth, empty_pose
from export.preprocessors import DepthFiles, PoseFiles
from export.safety_checker import CheckerFiles
from export.safety_network import empty_checker
from export.standalone import NetworkFiles

Reader = Callable[[Path], NetworkFiles]
KINDS: Mapping[Component, tuple[Reader, Callable[[Any], Network]]] = {
    Component.SAFETY_CHECKER: (CheckerFiles.read, empty_checker),
    Component.DEPTH_ESTIMATOR: (DepthFiles.read, empty_depth),
    Component.POSE_ESTIMATOR: (PoseFiles.read, empty_pose),
}


def read_standalone(component: Component, folder: Path) -> NetworkFiles:
    """The files of a network of this kind."""
    return KINDS[component][0](folder)


def empty_standalone(files: NetworkFiles) -> Network:
    """The network by its config alone."""
    return KINDS[files.COMPONENT][1](files)


def load_standalone(files: NetworkFiles) -> Network:
    """The network with its weights, in float32."""
    network = empty_standalone(files)
    with files.weights.open("rb") as file:
        state = {name: read_tensor(file, stored) for name, stored in files.tensors().items()}
    network.network.load_state_dict(state)
    return network
