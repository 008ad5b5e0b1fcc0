"""What both baselines do with the networks of a pipeline: the same BLS calls as the engine, with a plain Euler loop.

Kept cheaper than ours on purpose: no guidance arithmetic beyond one line, no finiteness checks, no queue, no fairness.
"""

import json
from pathlib import Path

import numpy as np
import triton_python_backend_utils as pb_utils


class Networks:
    """The components of `pipeline`, reached as the engine reaches them."""

    def __init__(self, model_config, repository):
        self.pipeline = json.loads(model_config)["parameters"]["pipeline"]["string_value"]
        spec = json.loads((Path(repository).parent / self.pipeline / "1" / "pipeline.json").read_text())
        self.text, self.latent, self.defaults = spec["text"], spec["latent"], spec["defaults"]

    def call(self, component, output, **inputs):
        request = pb_utils.InferenceRequest(
            model_name=f"{self.pipeline}__{component}",
            requested_output_names=[output],
            inputs=[pb_utils.Tensor(name, np.ascontiguousarray(array)) for name, array in inputs.items()],
            preferred_memory=pb_utils.PreferredMemory(pb_utils.TRITONSERVER_MEMORY_CPU, 0),
        )
        response = request.exec()
        if response.has_error():
            raise pb_utils.TritonModelException(response.error().message())
        return pb_utils.get_output_tensor_by_name(response, output).as_numpy()

    def encode(self, rows):
        text = self.text
        ids = np.full((rows, text["chunk_tokens"]), text["pad"], np.int32)
        ids[:, 0] = text["bos"]
        inputs = {"input_ids": ids}
        if text.get("max_clip_skip"):  # an encoder that can stop early also takes the vectors of embeddings
            inputs["token_embeddings"] = np.zeros((*ids.shape, text["width"]), np.float32)
            inputs["clip_skip"] = np.zeros(rows, np.int32)
        return self.call("text_encoder", "last_hidden_state", **inputs).copy()

    def noise(self, seed):
        shape = (
            self.latent["channels"],
            self.defaults["height"] // self.latent["pixels"],
            self.defaults["width"] // self.latent["pixels"],
        )
        return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)

    def step(self, latents, times, context, guidance):
        """One evaluation of every row of `latents`; with guidance above 1 each costs two rows, as in the engine."""
        if guidance > 1:
            both = self.call(
                "unet",
                "out_sample",
                sample=np.concatenate([latents, latents]),
                timestep=np.concatenate([times, times]),
                encoder_hidden_states=np.concatenate([context, context]),
            )
            conditional, unconditional = both[: len(latents)], both[len(latents) :]
            return unconditional + np.float32(guidance) * (conditional - unconditional)
        return self.call("unet", "out_sample", sample=latents, timestep=times, encoder_hidden_states=context)

    def decode(self, latents):
        decoded = self.call("vae_decoder", "sample", latent_sample=latents / np.float32(self.latent["scaling_factor"]))
        unit = np.clip(decoded * np.float32(0.5) + np.float32(0.5), 0, 1)
        return np.ascontiguousarray(np.round(unit * np.float32(255)).astype(np.uint8).transpose(0, 2, 3, 1))


def read(request):
    """Seed, steps and guidance of a request."""
    value = {tensor.name(): tensor.as_numpy().reshape(-1)[0] for tensor in request.inputs()}
    return int(value["seed"]), int(value["num_inference_steps"]), float(value["guidance_scale"])
