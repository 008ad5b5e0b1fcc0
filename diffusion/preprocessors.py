"""Networks that make a ControlNet's map of a picture: how far things are, and how people stand.

Both take a square of RGB in the network's own normalisation. What becomes of their answer is `gateway.controls`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from diffusion.components import AxisBounds, Component, ComponentSpec, TensorSpec
from diffusion.standalone import Standalone

GROUP = "preprocessor"
PIXELS, DEPTH, HEATMAPS, FIELDS = "pixels", "depth", "heatmaps", "fields"
POINTS = 18
"""OpenPose's points of a body; a heatmap each, and one for the background."""
FIELD_CHANNELS = 38
"""Two for each of the 19 pairs of points that belong together: the direction from one to the other."""
POSE_STRIDE = 8  # its trunk halves the picture three times
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class DepthSpec(Standalone):
    """A network for depth, of transformers' classes `DPTForDepthEstimation` or `DepthAnythingForDepthEstimation`.

    Attributes:
        side: pixels of the square that it looks at.
        mean, std: of each channel in 0 … 1, which are taken out of a picture before.
        is_metric: whether larger numbers are farther away; otherwise nearer.
    """

    COMPONENT: ClassVar[Component] = Component.DEPTH_ESTIMATOR
    GROUP: ClassVar[str] = GROUP
    TITLE: ClassVar[str] = "depth model"

    fingerprint: str
    side: int
    mean: Triple
    std: Triple
    is_metric: bool = False

    @property
    def network(self) -> ComponentSpec:
        """[batch, 3, side, side] to [batch, side, side], a depth of unknown scale."""
        return ComponentSpec(
            component=self.COMPONENT,
            inputs=(TensorSpec(PIXELS, "float32", ("batch", 3, self.side, self.side)),),
            outputs=(TensorSpec(DEPTH, "float32", ("batch", self.side, self.side)),),
            max_rows=1,
            bounds={"batch": AxisBounds(1, 1, 1)},
            tolerance=1e-3,
            tolerance_reason="depths reach tens; sums over the hidden width in another order",
        )


@dataclass(frozen=True, slots=True)
class PoseSpec(Standalone):
    """OpenPose's network for bodies (Cao and others, 2017): heatmaps of points, and fields that join them.

    Attributes:
        side: pixels of the square that it looks at, a multiple of 8.
    """

    COMPONENT: ClassVar[Component] = Component.POSE_ESTIMATOR
    GROUP: ClassVar[str] = GROUP
    TITLE: ClassVar[str] = "pose model"

    fingerprint: str
    side: int

    @property
    def network(self) -> ComponentSpec:
        """[batch, 3, side, side], RGB in -0.5 … 0.5, to an eighth of the side: heatmaps and fields."""
        side = self.side // POSE_STRIDE
        return ComponentSpec(
            component=self.COMPONENT,
            inputs=(TensorSpec(PIXELS, "float32", ("batch", 3, self.side, self.side)),),
            outputs=(
                TensorSpec(HEATMAPS, "float32", ("batch", POINTS + 1, side, side)),
                TensorSpec(FIELDS, "float32", ("batch", FIELD_CHANNELS, side, side)),
            ),
            max_rows=1,
            bounds={"batch": AxisBounds(1, 1, 1)},
            tolerance=2e-5,
            tolerance_reason="float32 sums in another order",
        )
