"""Runs the scheduler's batches: packs the rows of many requests into one call of a network, and unpacks the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from diffusion.components import Component, Tensor
from diffusion.conditioning import Context, TextConditioner
from diffusion.events import Pixels
from diffusion.pipeline import PipelineSpec
from diffusion.pixels import preview, to_pixels
from diffusion.runner import Runner
from diffusion.solvers.update import apply_rows
from diffusion.state import ImageState, Latents, RequestState


class Executor:
    """Stateless but for the text cache and the packed conditioning of the last batch. Raises what the runner raises;
    a raise leaves every image as it was, so that the same batch can run again."""

    def __init__(self, spec: PipelineSpec, runner: Runner) -> None:
        self._spec = spec
        self._runner = runner
        self._conditioner = TextConditioner(runner, spec.max_rows[Component.TEXT_ENCODER])
        self._packed_for: tuple[ImageState, ...] = ()
        self._packed: Context = np.empty((0, 0, 0), np.float32)

    def encode(self, requests: Sequence[RequestState]) -> int:
        """Give every request its conditioning; returns the rows that had to be run."""
        rows = self._conditioner.prepare(request.prompt for request in requests)
        for request in requests:
            request.positive = self._conditioner.context(request.prompt.positive)
            request.negative = self._conditioner.context(request.prompt.negative)
        return rows

    def denoise(self, images: Sequence[ImageState]) -> tuple[list[ImageState], int]:
        """One evaluation of every image, all in as few calls as the UNet's cap allows (normally one).

        Guidance is rows: the conditional rows of all images come first, then the unconditional rows of those that need
        one. Returns the images whose prediction is not finite (left as they were), and the number of rows.
        """
        guided = [i for i, image in enumerate(images) if image.parent.request.uses_guidance]
        latents = np.stack([image.latents for image in images])
        scales = np.array([image.parent.table.input_scale[image.evaluation] for image in images], np.float32)
        times = np.array([image.parent.table.timesteps[image.evaluation] for image in images], np.float32)
        sample = latents * scales[:, None, None, None]
        output = self._run_unet(
            {
                "sample": np.concatenate([sample, sample[guided]]),
                "timestep": np.concatenate([times, times[guided]]),
                "encoder_hidden_states": self._context(images, guided),
            }
        )
        prediction = output[: len(images)].copy()
        if guided:
            unconditional = output[len(images) :]
            weights = np.array([images[i].parent.request.guidance_scale for i in guided], np.float32)
            difference = prediction[guided] - unconditional
            prediction[guided] = unconditional + weights[:, None, None, None] * difference
        return self._advance(images, latents, prediction), len(output)

    def decode(self, images: Sequence[ImageState]) -> list[Pixels | None]:
        """The finished pictures, RGB; None for an image whose decoded values are not finite."""
        latent = self._spec.latent
        latents = np.stack([image.latents for image in images])
        latents = latents / np.float32(latent.scaling_factor) + np.float32(latent.shift_factor)
        cap = self._spec.max_rows[Component.VAE_DECODER]
        pictures: list[Pixels | None] = []
        for start in range(0, len(images), cap):
            part = {"latent_sample": latents[start : start + cap]}
            decoded = self._runner.run(Component.VAE_DECODER, part)["sample"]
            pictures += [to_pixels(row) if np.isfinite(row).all() else None for row in decoded.astype(np.float32)]
        return pictures

    def preview(self, image: ImageState) -> Pixels:
        """A cheap look at where `image` is going, at latent resolution."""
        latents = image.latents if image.predicted is None else image.predicted
        return preview(latents / np.float32(self._spec.latent.scaling_factor), self._spec.latent)

    def forget(self) -> None:
        """Drop what is kept for the next step (nothing is in flight)."""
        self._packed_for = ()

    def _run_unet(self, inputs: Mapping[str, Tensor]) -> Latents:
        rows, cap = len(inputs["sample"]), self._spec.max_rows[Component.UNET]
        parts = []
        for start in range(0, rows, cap):
            part = {name: tensor[start : start + cap] for name, tensor in inputs.items()}
            parts.append(np.asarray(self._runner.run(Component.UNET, part)["out_sample"], np.float32))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _context(self, images: Sequence[ImageState], guided: Sequence[int]) -> Context:
        # most steps run the batch of the step before: do not copy megabytes of text conditioning again
        if tuple(images) != self._packed_for:
            rows = [image.parent.positive for image in images] + [images[i].parent.negative for i in guided]
            self._packed = np.stack([row for row in rows if row is not None])
            self._packed_for = tuple(images)
        return self._packed

    @staticmethod
    def _advance(images: Sequence[ImageState], latents: Latents, prediction: Latents) -> list[ImageState]:
        finite = [bool(np.isfinite(row).all()) for row in prediction]
        good = [i for i, is_finite in enumerate(finite) if is_finite]
        moving = [images[i] for i in good]
        if moving:
            rows = [(image.parent.table, image.evaluation) for image in moving]
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
    if not image.parent.table.draws_noise[image.evaluation]:
        return None
    return image.noise.normal(image.latents.shape)
