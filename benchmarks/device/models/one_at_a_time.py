"""Baseline: each request runs to its end before the next one starts, one BLS call per step, with progress events."""

import json

import numpy as np
import triton_python_backend_utils as pb_utils

from .calls import Networks, read

FINAL = pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL


class TritonPythonModel:
    def initialize(self, args):
        self.networks = Networks(args["model_config"], args["model_repository"])

    def execute(self, requests):
        for request in requests:
            sender = request.get_response_sender()
            try:
                self.generate(request, sender)
            except Exception as error:  # noqa: BLE001 whatever it is, the client gets an answer
                failure = pb_utils.InferenceResponse(error=pb_utils.TritonError(repr(error)))
                sender.send(failure, flags=FINAL)

    def generate(self, request, sender):
        seed, steps, guidance = read(request)
        context = self.networks.encode(1)
        latents = self.networks.noise(seed)[None]
        for step in range(steps):
            time = np.full(1, 1000 * (1 - step / steps), np.float32)
            latents = latents - self.networks.step(latents, time, context, guidance) / np.float32(steps)
            send(sender, {"type": "step_done", "step": step + 1, "num_steps": steps, "rows": 1})
        send(sender, {"type": "finished"}, image=self.networks.decode(latents)[0])


def send(sender, event, image=None):
    tensors = [pb_utils.Tensor("event", np.array([json.dumps(event).encode()], dtype=np.object_))]
    if image is not None:
        tensors.append(pb_utils.Tensor("image", image))
    sender.send(pb_utils.InferenceResponse(tensors), flags=FINAL if image is not None else 0)
