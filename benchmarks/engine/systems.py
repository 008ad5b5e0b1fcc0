"""What is compared under load: three ways of serving the same networks, each a Triton model."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.triton_client import Generation, GenerationClient


@dataclass(frozen=True, slots=True)
class System:
    """One Triton model and how it is asked."""

    label: str
    model: str
    takes_prompt: bool = False
    is_batched: bool = False

    async def generate(
        self, client: GenerationClient, seed: int, steps: int, guidance: float, owner: str = ""
    ) -> Generation:
        """Run one request to its end."""
        fields: dict[str, str | int | float] = {
            "seed": seed,
            "num_inference_steps": steps,
            "guidance_scale": guidance,
        }
        if self.takes_prompt:
            fields |= {"prompt": f"picture {seed}", "owner": owner}
        return await client.generate(self.model, fields, is_batched=self.is_batched)


def ours(pipeline: str) -> System:
    """The project's orchestrator: step-level batching."""
    return System("step-level (ours)", pipeline, takes_prompt=True)


def one_at_a_time(pipeline: str) -> System:
    """Each request to its end before the next."""
    return System("one at a time", f"{pipeline}-one-at-a-time")


def request_level(pipeline: str) -> System:
    """Triton's dynamic batcher over whole requests."""
    return System("request-level", f"{pipeline}-request-level", is_batched=True)
