"""Networks that make maps, as the exporter traces them. Imported where one is exported or verified; needs torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from diffusion.preprocessors import FIELD_CHANNELS, POINTS
from export.errors import UnsupportedArchitectureError
from export.networks import Network, without_initialisation
from export.preprocessors import DepthFiles, PoseFiles


class DepthEstimator(Network):
    """A picture to its depth, of unknown scale."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """[batch, 3, side, side] to [batch, side, side]."""
        depth: torch.Tensor = self.network(pixel_values=pixels).predicted_depth
        return depth.float()


class PoseEstimator(Network):
    """A picture to where the points of bodies are, and which belong together."""

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """RGB [batch, 3, side, side] in -0.5 … 0.5 to heatmaps [batch, 19, h, w] and fields [batch, 38, h, w]."""
        heatmaps, fields = self.network(pixels.flip(1))  # it was trained on blue, green, red
        return heatmaps.float(), fields.float()


class OpenPoseBody(torch.nn.Module):
    """OpenPose's network for bodies (arXiv:1611.08050), with its published names of layers.

    The first layers of VGG-19 give features; each stage has one branch for the fields (L1) and one for the heatmaps
    (L2), and from the second on sees what the stage before said.
    """

    def __init__(self, stages: int, width: int) -> None:
        super().__init__()
        conv, features, wide = torch.nn.Conv2d, 2 * width, 8 * width
        self.stages = stages
        sizes = [(1, 2, 3, width), (2, 2, width, 2 * width), (3, 4, 2 * width, 4 * width), (4, 2, 4 * width, wide)]
        for block, layers, before, channels in sizes:
            for layer in range(1, layers + 1):
                self.add_module(f"conv{block}_{layer}", conv(before if layer == 1 else channels, channels, 3, 1, 1))
        self.conv4_3_CPM = conv(wide, 4 * width, 3, 1, 1)
        self.conv4_4_CPM = conv(4 * width, features, 3, 1, 1)
        for branch, given in ((1, FIELD_CHANNELS), (2, POINTS + 1)):
            for layer in (1, 2, 3):
                self.add_module(f"conv5_{layer}_CPM_L{branch}", conv(features, features, 3, 1, 1))
            self.add_module(f"conv5_4_CPM_L{branch}", conv(features, wide, 1))
            self.add_module(f"conv5_5_CPM_L{branch}", conv(wide, given, 1))
            for stage in range(2, stages + 1):
                for layer in range(1, 6):
                    before = features + FIELD_CHANNELS + POINTS + 1 if layer == 1 else features
                    self.add_module(f"Mconv{layer}_stage{stage}_L{branch}", conv(before, features, 7, 1, 3))
                self.add_module(f"Mconv6_stage{stage}_L{branch}", conv(features, features, 1))
                self.add_module(f"Mconv7_stage{stage}_L{branch}", conv(features, given, 1))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See `PoseEstimator`; the channels are blue, green, red."""
        values = pixels
        for block, layers in ((1, 2), (2, 2), (3, 4), (4, 2)):
            values = self._run(values, [f"conv{block}_{layer}" for layer in range(1, layers + 1)])
            if block < 4:
                values = torch.nn.functional.max_pool2d(values, 2)
        features = self._run(values, ["conv4_3_CPM", "conv4_4_CPM"])
        names = [f"conv5_{layer}_CPM" for layer in range(1, 6)]
        fields, heatmaps = self._branches(features, names)
        for stage in range(2, self.stages + 1):
            seen = torch.cat([fields, heatmaps, features], 1)
            fields, heatmaps = self._branches(seen, [f"Mconv{layer}_stage{stage}" for layer in range(1, 8)])
        return heatmaps, fields

    def _branches(self, values: torch.Tensor, names: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        first, second = (
            self.get_submodule(f"{names[-1]}_L{branch}")(
                self._run(values, [f"{name}_L{branch}" for name in names[:-1]])
            )
            for branch in (1, 2)
        )
        return first, second

    def _run(self, values: torch.Tensor, names: list[str]) -> torch.Tensor:
        for name in names:
            values = torch.relu(self.get_submodule(name)(values))
        return values


def empty_depth(files: DepthFiles) -> DepthEstimator:
    """The network by its config alone.

    Raises:
        UnsupportedArchitectureError: for a config that the library cannot build a network from.
    """
    return DepthEstimator(_built(files.folder, files.config["architectures"][0]))


def empty_pose(files: PoseFiles) -> PoseEstimator:
    """The network by its config alone."""
    with without_initialisation(torch.float32):
        network = OpenPoseBody(files.config["stages"], files.config["width"])
    return PoseEstimator(network.eval().requires_grad_(False))


def _built(folder: Path, name: str) -> Any:
    import transformers

    try:
        with without_initialisation(torch.float32):
            config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
            config.dtype = torch.float32
            network: Any = getattr(transformers, name)(config)
    except (TypeError, ValueError, KeyError, AttributeError, OSError, ImportError) as error:
        raise UnsupportedArchitectureError(folder, f"{name}: {error}") from error
    return network.eval().requires_grad_(False)
