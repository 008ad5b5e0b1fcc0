"""How long things take: the model's only figures. Each profile says where they are from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Service times in seconds.

    Attributes:
        step_s, row_s: a denoising call takes `step_s + row_s * rows`.
        max_rows: rows of one call at most.
        rows_per_image: 2 with guidance, 1 without.
        around_s: what a request costs beside its steps without holding anybody up: waiting for wake-ups, transport.
        gateway_s: what the gateway's one process works for a request, one request after another: half of it before the
            job can be claimed, half after its last step (marking, storing). A burst waits for it.
        decode_s: of one image, during which its engine runs no step.
        concurrency: jobs that one worker holds at once.
        source: where the figures are from.
    """

    step_s: float
    row_s: float
    max_rows: int
    rows_per_image: int
    around_s: float
    decode_s: float
    concurrency: int
    source: str
    gateway_s: float = 0.0

    def call_s(self, rows: int) -> float:
        """Seconds of one denoising call."""
        return self.step_s + self.row_s * rows

    def images_per_s(self, steps: float) -> float:
        """What one engine can do at most, with full calls."""
        images = self.max_rows // self.rows_per_image
        return images / (steps * self.call_s(images * self.rows_per_image) + images * self.decode_s)


@dataclass(frozen=True, slots=True)
class ClosedLoop:
    """Measured: so many callers, each waiting for its picture, and the seconds of its requests at the median."""

    callers: int
    steps: int
    latency_s: float


@dataclass(frozen=True, slots=True)
class Volley:
    """Measured: so many requests at once, of `owners` in turn, and the seconds of its requests at the median."""

    count: int
    owners: int
    steps: int
    latency_s: float


PUBLISHED_H200_SDXL = Profile(
    step_s=0.033,
    row_s=0.0084,
    max_rows=16,
    rows_per_image=2,
    around_s=0.06,
    decode_s=0.0,
    concurrency=16,
    source=(
        "assumed, not measured: SDXL 1024², 20 steps, guidance, TensorRT FP8 on one H200. A call of 16 rows is set so "
        "that a full engine does the 2.40 images/s of MLPerf Inference v5.1 offline (its VAE inside), a call of 2 rows "
        "so that a lone image takes about a second"
    ),
)
