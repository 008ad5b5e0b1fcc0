"""A text encoder that costs nothing: zeros of the right shape."""

import numpy as np
import triton_python_backend_utils as pb_utils

WIDTH = 768


class TritonPythonModel:
    def execute(self, requests):
        responses = []
        for request in requests:
            rows, tokens = pb_utils.get_input_tensor_by_name(request, "input_ids").as_numpy().shape
            states = np.zeros((rows, tokens, WIDTH), np.float32)
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("last_hidden_state", states)]))
        return responses
