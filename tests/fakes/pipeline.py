"""A small pipeline spec and a tokenizer of single characters."""

from __future__ import annotations

from typing import Any

from diffusion.admission import make_request
from diffusion.pipeline import Defaults, LatentSpec, Limits, PipelineSpec, TextSpec
from diffusion.request import GenerationRequest

BOS, EOS = 1, 2


def make_spec(**fields: Any) -> PipelineSpec:
    values: dict[str, Any] = {
        "name": "toy",
        "family": "sd1",
        "fingerprint": "0" * 64,
        "text": TextSpec(chunk_tokens=10, width=6, bos=BOS, eos=EOS, pad=EOS),
        "latent": LatentSpec(
            channels=4,
            pixels=4,
            scaling_factor=1.0,
            unet_halvings=1,
            rgb=((0.3, 0.0, 0.0), (0.0, 0.3, 0.0), (0.0, 0.0, 0.3), (0.0, 0.0, 0.0)),
            rgb_bias=(0.5, 0.5, 0.5),
        ),
        "limits": Limits(min_size=16, max_size=64, size_multiple=8, max_prompt_chunks=4),
        "defaults": Defaults(
            width=32, height=32, num_inference_steps=4, guidance_scale=3.0, sampler="ddim", schedule="trailing"
        ),
        "noise_schedule": {
            "num_train_timesteps": 1000,
            "beta_start": 0.00085,
            "beta_end": 0.02,
            "beta_schedule": "scaled_linear",
            "prediction_type": "v_prediction",
            "timestep_spacing": "trailing",
            "set_alpha_to_one": False,
            "steps_offset": 1,
        },
        "max_rows": {"text_encoder": 4, "unet": 8, "vae_decoder": 4, "vae_encoder": 4},
        **fields,
    }
    return PipelineSpec(**values)


class CharTokenizer:
    """One token per character."""

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def starts(self, text: str) -> list[int]:
        return list(range(len(text)))


def make_toy_request(request_id: str, spec: PipelineSpec | None = None, **given: Any) -> GenerationRequest:
    given = {"prompt": "a", "seed": 7, **given}
    return make_request(spec or make_spec(), request_id=request_id, **given)
