"""A runner of toy networks: numpy only, deterministic, row by row the same whatever shares the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from diffusion.components import Component, ControlNet, Network, Tensor, Variant
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs


class ToyRunner:
    """Linear stand-ins for the networks. It checks every call against the component's spec, as the real ones do.

    `before` is called first with the component and its inputs; what it raises, the call raises.
    """

    def __init__(
        self, spec: PipelineSpec, before: Callable[[Network, Mapping[str, Tensor]], None] = lambda *_: None
    ) -> None:
        self.specs = network_specs(spec)
        self.pixels = spec.latent.pixels
        self.before = before
        self.calls: Counter[Network] = Counter()
        self.rows: list[int] = []

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        self.before(component, inputs)
        rows = self.specs[component].check_inputs(inputs)
        self.calls[component] += 1
        if component in (Component.UNET, Variant.UNET_CONTROL, Variant.UNET_KEEP, Variant.UNET_REUSE):
            self.rows.append(rows)
        if isinstance(component, ControlNet):
            return self._controlnet(component, **inputs)
        return getattr(self, f"_{component}")(**inputs)

    def _text_encoder(self, input_ids):
        width = self.specs[Component.TEXT_ENCODER].outputs[0].shape[2]
        phases = input_ids[..., None].astype(np.float32) * np.linspace(0.01, 0.1, width, dtype=np.float32)
        return {"last_hidden_state": np.sin(phases)}

    def _unet(self, sample, timestep, encoder_hidden_states, timestep_cond=None):
        mood = encoder_hidden_states.mean(axis=(1, 2))[:, None, None, None]
        if timestep_cond is not None:
            mood = mood + timestep_cond.mean(axis=1)[:, None, None, None]
        pull = (timestep / 1000.0)[:, None, None, None]
        return {"out_sample": (np.float32(0.3) * sample * pull + mood).astype(np.float32)}

    def _unet_keep(self, sample, **others):
        """Its deep half gives each row's mean, which `_unet_reuse` goes by instead of the present one."""
        channels = self.specs[Variant.UNET_KEEP].outputs[1].shape[1]
        size = len(sample), channels, sample.shape[2] // 2, sample.shape[3] // 2
        deep = np.broadcast_to(sample.mean(axis=(1, 2, 3), keepdims=True), size).astype(np.float32)
        return {**self._unet_reuse(sample, deep_features=deep, **others), "deep_features": deep}

    def _unet_reuse(self, sample, timestep, encoder_hidden_states, deep_features):
        plain = self._unet(sample, timestep, encoder_hidden_states)["out_sample"]
        return {"out_sample": plain + np.float32(0.2) * deep_features.mean(axis=(1, 2, 3))[:, None, None, None]}

    def _controlnet(self, component, sample, controlnet_cond, conditioning_scale, **_):
        shade = (controlnet_cond.mean(axis=(1, 2, 3)) * conditioning_scale)[:, None, None, None]
        sizes = {"batch": len(sample), "height": sample.shape[2], "width": sample.shape[3]}
        found = {}
        for tensor in self.specs[component].outputs:
            halvings = (
                int(str(tensor.shape[2]).rpartition("_halved_")[2] or 0) if "_halved_" in str(tensor.shape[2]) else 0
            )
            shape = (sizes["batch"], tensor.shape[1], sizes["height"] >> halvings, sizes["width"] >> halvings)
            found[tensor.name] = np.broadcast_to(shade, shape).astype(np.float32)
        return found

    def _unet_control(self, sample, timestep, encoder_hidden_states, mid_residual, **_):
        plain = self._unet(sample, timestep, encoder_hidden_states)["out_sample"]
        return {"out_sample": plain + np.float32(0.1) * mid_residual.mean(axis=(1, 2, 3))[:, None, None, None]}

    def _vae_encoder(self, sample):
        rows, _, height, width = sample.shape
        cells = (rows, 3, height // self.pixels, self.pixels, width // self.pixels, self.pixels)
        means = sample.reshape(cells).mean(axis=(3, 5), dtype=np.float32)
        mean = np.concatenate([means, means[:, :1]], axis=1)
        return {"latent_mean": mean, "latent_logvar": np.full_like(mean, -4.0)}

    def _vae_decoder(self, latent_sample):
        picture = np.tanh(latent_sample[:, :3])
        return {"sample": picture.repeat(self.pixels, axis=2).repeat(self.pixels, axis=3)}
