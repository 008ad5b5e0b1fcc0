"""A decoder that costs next to nothing: zeros of the right shape, for every row."""

import numpy as np
import triton_python_backend_utils as pb_utils

PIXELS = 8


class TritonPythonModel:
    def execute(self, requests):
        responses = []
        for request in requests:
            rows, _, height, width = pb_utils.get_input_tensor_by_name(request, "latent_sample").as_numpy().shape
            picture = np.zeros((rows, 3, height * PIXELS, width * PIXELS), np.float32)
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("sample", picture)]))
        return responses
