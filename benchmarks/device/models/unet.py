"""A stated device instead of a network: a call takes BASE_S + ROW_S per row, whatever else the machine does."""

import time

import numpy as np
import triton_python_backend_utils as pb_utils

BASE_S, ROW_S = 0.020, 0.0025


class TritonPythonModel:
    def execute(self, requests):
        responses = []
        for request in requests:
            sample = pb_utils.get_input_tensor_by_name(request, "sample").as_numpy()
            time.sleep(BASE_S + ROW_S * len(sample))
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("out_sample", sample * np.float32(0.1))]))
        return responses
