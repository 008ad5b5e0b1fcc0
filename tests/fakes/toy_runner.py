"""A runner of toy networks: numpy only, deterministic, row by row the same whatever shares the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from diffusion.components import Component, Tensor
from diffusion.pipeline import PipelineSpec, component_specs


class ToyRunner:
    """Linear stand-ins for the networks. It checks every call against the component's spec, as the real ones do.

    `before` is called first with the component and its inputs; what it raises, the call raises.
    """

    def __init__(
        self, spec: PipelineSpec, before: Callable[[Component, Mapping[str, Tensor]], None] = lambda *_: None
    ) -> None:
        self.specs = component_specs(spec)
        self.pixels = spec.latent.pixels
        self.before = before
        self.calls: Counter[Component] = Counter()
        self.rows: list[int] = []

    def run(self, component: Component, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        self.before(component, inputs)
        rows = self.specs[component].check_inputs(inputs)
        self.calls[component] += 1
        if component is Component.UNET:
            self.rows.append(rows)
        return getattr(self, f"_{component}")(**inputs)

    def _text_encoder(self, input_ids):
        width = self.specs[Component.TEXT_ENCODER].outputs[0].shape[2]
        phases = input_ids[..., None].astype(np.float32) * np.linspace(0.01, 0.1, width, dtype=np.float32)
        return {"last_hidden_state": np.sin(phases)}

    def _unet(self, sample, timestep, encoder_hidden_states):
        mood = encoder_hidden_states.mean(axis=(1, 2))[:, None, None, None]
        pull = (timestep / 1000.0)[:, None, None, None]
        return {"out_sample": (np.float32(0.3) * sample * pull + mood).astype(np.float32)}

    def _vae_decoder(self, latent_sample):
        picture = np.tanh(latent_sample[:, :3])
        return {"sample": picture.repeat(self.pixels, axis=2).repeat(self.pixels, axis=3)}
