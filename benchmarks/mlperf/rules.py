"""By which rules LoadGen measures: SDXL's, which its package brings, or a short run of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCENARIOS = ("SingleStream", "Server", "Offline")
SDXL_SAMPLES, SDXL_SECONDS = 5000, 600


class RulesError(Exception):
    """LoadGen did not take the rules; the message says which."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What each request asks for, and the benchmark whose rules LoadGen looks up in its package (None: none).

    What is None in `size`, `steps` and `guidance` is the pipeline's default.
    """

    name: str
    benchmark: str | None
    size: str | None = None
    steps: int | None = None
    guidance: float | None = None
    sampler: str | None = None
    negative_prompt: str | None = None

    def body(self, model: str, prompt: str, seed: int) -> dict[str, Any]:
        """A request to OpenAI's images API. A seed of its own: an equal request would be answered from the store."""
        optional = {
            "size": self.size,
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance,
            "sampler": self.sampler,
            "negative_prompt": self.negative_prompt,
        }
        required = {"model": model, "prompt": prompt, "seed": seed, "response_format": "b64_json"}
        return required | {name: value for name, value in optional.items() if value is not None}


RULES = {
    "sdxl": Rules(
        "sdxl",
        "stable-diffusion-xl",
        "1024x1024",
        20,
        8.0,
        "euler",
        "normal quality, low quality, worst quality, low res, blurry, nsfw, nude",
    ),
    "own": Rules("own", None),
}


@dataclass(frozen=True, slots=True)
class Length:
    """How long a run is where the rules leave it open: rate of the Server scenario, least seconds and queries."""

    qps: float = 1.0
    seconds: float = 10.0
    queries: int = 10
    latency_s: float = 20.0


def settings_for(rules: Rules, scenario: str, length: Length, folder: Path) -> Any:
    """LoadGen's settings. Once per process: its package reads the rules it brings only the first time.

    Raises:
        RulesError: they were not read.
    """
    import mlperf_loadgen as loadgen  # noqa: PLC0415 only this benchmark needs it

    settings = loadgen.TestSettings()
    settings.scenario = getattr(loadgen.TestScenario, scenario)
    settings.mode = loadgen.TestMode.PerformanceOnly
    if rules.benchmark is not None:
        user = folder / "user.conf"
        user.write_text("", encoding="utf-8")
        failed = settings.FromConfig(str(user), rules.benchmark, scenario)
        is_read = (settings.performance_sample_count_override, settings.min_duration_ms) == (
            SDXL_SAMPLES, SDXL_SECONDS * 1000
        )  # fmt: skip
        if failed or not is_read:
            raise RulesError(
                f"LoadGen did not take its rules of {rules.benchmark}; run each scenario in its own process"
            )
        settings.scenario = getattr(loadgen.TestScenario, scenario)
    else:
        settings.min_duration_ms = int(length.seconds * 1000)
        settings.min_query_count = length.queries
        settings.server_target_latency_ns = int(length.latency_s * 1e9)
    settings.server_target_qps = length.qps
    settings.offline_expected_qps = length.qps
    settings.single_stream_expected_latency_ns = int(1e9 / length.qps)
    return settings
