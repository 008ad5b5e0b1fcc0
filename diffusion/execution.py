"""Runs the scheduler's batches: packs the rows of many requests into one call of a network, and unpacks the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from diffusion.components import DEEP_FEATURES, GUIDANCE, LORA_DOWN, LORA_UP, Component, Network, Tensor, Variant
from diffusion.conditioning import TextConditioner
from diffusion.controls import Controls
from diffusion.events import Pixels
from diffusion.guidance import RowPlan, combine, embedded_scales, plan_rows, rescaled
from diffusion.loras.factors import StackedFactors, factors_for, pack_rows
from diffusion.passes import Pass
from diffusion.pipeline import PipelineSpec
from diffusion.pixels import from_pixels, preview, to_pixels
from diffusion.reuse import remember, remembered
from diffusion.runner import Runner
from diffusion.solvers.update import apply_rows
from diffusion.state import Encoded, ImageState, Latents, RequestState
from diffusion.tiles import Tiling

AESTHETIC_SCORE, NEGATIVE_SCORE = 6.0, 2.5  # what the refiner of Stable Diffusion XL is told, as in diffusers
CONTROL, KEEP, REUSE = "control", "keep", "reuse"  # parts of the names of the UNet's variants
SHARED = frozenset({LORA_DOWN, LORA_UP})  # inputs that rows share; all others have a row for each


class Executor:
    """Stateless but for the text cache and the packed conditioning of the last batch. Raises what the runner raises;
    a raise leaves every image as it was, so that the same batch can run again."""

    def __init__(self, spec: PipelineSpec, runner: Runner) -> None:
        self._spec = spec
        self._runner = runner
        self._conditioner = TextConditioner(runner, spec)
        self._packed_for: tuple[tuple[int, ...], tuple[tuple[RequestState, int], ...]] | None = None
        self._packed: dict[str, Tensor] = {}
        self._factors_of: tuple[StackedFactors, ...] = ()
        self._packed_factors: Mapping[str, Tensor] = {}
        self._controls = Controls(spec, runner)

    def encode(self, requests: Sequence[RequestState]) -> int:
        """Give every request its conditioning and its picture's latents; returns the rows that had to be run."""
        loras = {request: factors_for(request.loras, Component.TEXT_ENCODER) for request in requests}
        rows = self._conditioner.prepare((request.prompt, loras[request]) for request in requests)
        for request in requests:
            request.contexts = self._conditioner.contexts(request.prompt, loras[request])
        return rows + self._encode_pictures(requests)

    def _encode_pictures(self, requests: Sequence[RequestState]) -> int:
        """Each picture once, whatever the number of images made from it; all have the same size."""
        given = [(state, state.source) for state in requests if state.source is not None]
        if not given:
            return 0
        pictures = [from_pixels(source.picture) for _, source in given]
        takes_mask = bool(self._spec.latent.mask_channels)
        if takes_mask:
            pictures += [source.without_masked(picture) for (_, source), picture in zip(given, pictures, strict=True)]
        encoded = self._encoded(pictures)
        for number, (state, _) in enumerate(given):
            masked = encoded[len(given) + number] if takes_mask else None
            for image in state.images:
                image.start_from(encoded[number], masked)
        return len(pictures)

    def _encoded(self, pictures: Sequence[NDArray[np.float32]]) -> list[Encoded]:
        latent, cap, found = self._spec.latent, self._spec.max_rows[Component.VAE_ENCODER], []
        for start in range(0, len(pictures), cap):
            outputs = self._runner.run(Component.VAE_ENCODER, {"sample": np.stack(pictures[start : start + cap])})
            pairs = zip(outputs["latent_mean"], outputs["latent_logvar"], strict=True)
            found += [Encoded(mean, logvar, latent.scaling_factor, latent.shift_factor) for mean, logvar in pairs]
        return found

    def denoise(self, images: Sequence[ImageState]) -> tuple[list[ImageState], int]:
        """One evaluation of every image, all in as few calls as the denoiser's cap allows (normally one).

        Returns the images whose prediction is not finite (left as they were), and the number of rows.
        """
        rows = plan_rows(images)
        latents = np.stack([image.latents for image in images])
        scales = np.array([image.table.input_scale[image.evaluation] for image in images], np.float32)
        times = np.array([image.table.timesteps[image.evaluation] for image in images], np.float32)
        sample = latents * scales[:, None, None, None]
        if self._spec.latent.mask_channels:
            masks = [image.mask_inputs for image in images if image.mask_inputs is not None]  # admission: all have it
            sample = np.concatenate([sample, np.stack(masks)], axis=1)
        inputs: dict[str, Tensor] = {
            "sample": sample[rows.images],
            "timestep": times[rows.images],
            **self._conditioning(rows, latents.shape[2:]),
        }
        if self._spec.guidance_width:
            asked = [state.request.guidance_scale for state, _ in rows.texts]
            inputs[GUIDANCE] = embedded_scales(asked, self._spec.guidance_width)
        first = images[0]  # all need the same graph: `BatchKey`
        variant = unet_variant(first.parent, first.current, first.evaluation)
        if CONTROL in variant:
            inputs |= self._controls.residuals([images[number] for number in rows.images], inputs)
        elif variant == REUSE:
            inputs[DEEP_FEATURES] = remembered(images, rows.images)
        outputs = self._run_denoiser(inputs, [state for state, _ in rows.texts], variant)
        output = np.asarray(outputs["out_sample"], np.float32)
        if variant == KEEP:
            remember(images, rows.images, outputs)
        prediction = rescaled(rows, output, combine(rows, output))
        return self._advance(images, latents, prediction), len(output)

    def decode(self, images: Sequence[ImageState]) -> list[Pixels | None]:
        """The finished pictures, RGB; None for an image whose decoded values are not finite."""
        latent = self._spec.latent
        latents = np.stack([image.latents for image in images])
        latents = latents / np.float32(latent.scaling_factor) + np.float32(latent.shift_factor)
        largest = (self._spec.limits.decode_tile or self._spec.limits.max_size) // latent.pixels
        tiling = Tiling.of(latents.shape[2], latents.shape[3], largest)
        tiles = self._decoded([tile for grid in latents for tile in tiling.cut(grid)])
        count, pictures = len(tiling.places), []
        for start in range(0, len(tiles), count):
            whole = tiles[start] if count == 1 else tiling.joined(tiles[start : start + count], latent.pixels)
            pictures.append(to_pixels(whole) if np.isfinite(whole).all() else None)
        return pictures

    def _decoded(self, latents: Sequence[Latents]) -> list[Latents]:
        cap, found = self._spec.max_rows[Component.VAE_DECODER], []
        for start in range(0, len(latents), cap):
            part = {"latent_sample": np.stack(latents[start : start + cap])}
            found += [*self._runner.run(Component.VAE_DECODER, part)["sample"].astype(np.float32)]
        return found

    def preview(self, image: ImageState) -> Pixels:
        """A cheap look at where `image` is going, at latent resolution."""
        latents = image.latents if image.predicted is None else image.predicted
        return preview(latents, self._spec.latent)

    def forget(self) -> None:
        """Drop what is kept for the next step (nothing is in flight)."""
        self._packed_for = None
        self._factors_of, self._packed_factors = (), {}
        self._controls.forget()

    def _run_denoiser(
        self, inputs: Mapping[str, Tensor], requests: Sequence[RequestState], variant: str
    ) -> Mapping[str, Tensor]:
        """`requests` has the request of each row; all of them use LoRAs or none does (`BatchKey.variant`)."""
        rows, cap = len(inputs["sample"]), self._spec.max_rows[self._spec.denoiser]
        network: Network = Variant(f"{Component.UNET}_{variant}") if variant else self._spec.denoiser
        factors = [changed for state in requests if (changed := factors_for(state.loras, Component.UNET))]
        if factors:
            inputs = {**inputs, **self._factors(tuple(factors))}
        parts = []
        for start in range(0, rows, cap):
            part = {name: tensor if name in SHARED else tensor[start : start + cap] for name, tensor in inputs.items()}
            parts.append(self._runner.run(network, part))
        return (
            parts[0] if len(parts) == 1 else {name: np.concatenate([one[name] for one in parts]) for name in parts[0]}
        )

    def _factors(self, rows: tuple[StackedFactors, ...]) -> Mapping[str, Tensor]:
        # as with the text: most steps run the rows of the step before
        if rows != self._factors_of:
            self._packed_factors, self._factors_of = pack_rows(rows), rows
        return self._packed_factors

    def _conditioning(self, rows: RowPlan, size: tuple[int, ...]) -> Mapping[str, Tensor]:
        # most steps run the rows of the step before: do not copy megabytes of text conditioning again
        if (size, rows.texts) != self._packed_for:
            texts = [state.contexts[number] for state, number in rows.texts]
            self._packed = {"encoder_hidden_states": np.stack([text.states for text in texts])}
            if self._spec.pooled_width:
                self._packed["text_embeds"] = np.stack([text.pooled for text in texts])
            if self._spec.time_ids:
                self._packed["time_ids"] = self._time_ids(rows, size)
            self._packed_for = (size, rows.texts)
        return self._packed

    def _time_ids(self, rows: RowPlan, latents: tuple[int, ...]) -> Tensor:
        """Sizes for Stable Diffusion XL: the picture is whole and as large as it was asked for; see `PipelineSpec`."""
        found = []
        size = tuple(side * self._spec.latent.pixels for side in latents)
        for number in range(len(rows.texts)):
            is_conditional = number < len(rows.conditional)
            last = size if self._spec.time_ids == 6 else (AESTHETIC_SCORE if is_conditional else NEGATIVE_SCORE,)
            found.append((*size, 0, 0, *last))
        return np.array(found, np.float32)

    @staticmethod
    def _advance(images: Sequence[ImageState], latents: Latents, prediction: Latents) -> list[ImageState]:
        finite = [bool(np.isfinite(row).all()) for row in prediction]
        good = [i for i, is_finite in enumerate(finite) if is_finite]
        moving = [images[i] for i in good]
        if moving:
            rows = [(image.table, image.evaluation) for image in moving]
            history = [image.history for image in moving]
            noise = [_noise_for(image) for image in moving]
            following, converted = apply_rows(rows, latents[good], prediction[good], history, noise)
            estimates = [
                np.float32(table.x0_sample_coef[k]) * x + np.float32(table.x0_output_coef[k]) * output
                for (table, k), x, output in zip(rows, latents[good], prediction[good], strict=True)
            ]
            for image, *news in zip(moving, following, converted, estimates, strict=True):
                image.advance(*news)
        return [image for image, is_finite in zip(images, finite, strict=True) if not is_finite]


def _noise_for(image: ImageState) -> Latents | None:
    if not image.table.draws_noise[image.evaluation]:
        return None
    return image.noise.normal(image.latents.shape)


def unet_variant(state: RequestState, current: Pass, evaluation: int) -> str:
    """Which of the UNet's graphs an evaluation of a request needs: "" for the plain one."""
    if current.interval > 1:  # by admission without ControlNets and LoRAs
        return REUSE if current.reuses(evaluation) else KEEP
    is_controlled, has_loras = bool(current.acting(evaluation)), factors_for(state.loras, Component.UNET) is not None
    return "_".join([CONTROL] * is_controlled + ["lora"] * has_loras)
