"""Baseline: Triton's dynamic batcher forms batches of whole requests; one loop runs a batch to the end of its longest.

Generous to the baseline: requests with different numbers of steps may share a batch, and a member that is through no
longer costs a row (a batch of a diffusers pipeline can do neither). All answers leave when the batch ends, since that
is what batching by request means: the batch is one call.
"""

import numpy as np
import triton_python_backend_utils as pb_utils

from .calls import Networks, read


class TritonPythonModel:
    def initialize(self, args):
        self.networks = Networks(args["model_config"], args["model_repository"])

    def execute(self, requests):
        members = [read(request) for request in requests]
        guidance = members[0][2]
        context = self.networks.encode(len(members))
        latents = np.stack([self.networks.noise(seed) for seed, _, _ in members])
        totals = np.array([steps for _, steps, _ in members])
        for step in range(totals.max()):
            active = np.flatnonzero(totals > step)
            times = (1000 * (1 - step / totals[active])).astype(np.float32)
            output = self.networks.step(latents[active], times, context[active], guidance)
            latents[active] -= output / totals[active, None, None, None].astype(np.float32)
        pictures = self.networks.decode(latents)
        return [pb_utils.InferenceResponse([pb_utils.Tensor("image", picture[None])]) for picture in pictures]
